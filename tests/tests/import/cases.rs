//! Databases that somebody wrote by hand: the declaration that comes of each, everything that is not in it, and where a sync
//! config says something else than the policies.

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::import::{Asked, SyncConfig};
use tests::cases::each;
use tests::postgres::Cluster;

use crate::import::live::import_as;

#[test]
fn each_database_is_declared_as_far_as_it_can_be() {
    each("import", |case| {
        let database = Cluster::shared().database("import_case");
        database
            .apply(&case.read("database.sql"))
            .map_err(|refusal| refusal.to_string())?;
        let names = ["sync-config.yaml", "sync-rules.yaml"];
        let named = names
            .into_iter()
            .find(|name| case.folder.join(name).exists());
        let sync_config = named.map(|name| SyncConfig::read(name, &case.read(name)));
        let asked = Asked {
            app: Some("app".to_owned()),
            sync_config: sync_config.transpose()?,
            ..Asked::default()
        };
        let imported = import_as(&mut database.superuser(), &asked)?;
        for (path, text) in &imported.files {
            case.expect(&format!("expected/{path}"), text)?;
        }
        if let Some(config) = &asked.sync_config {
            let human = Format::Human(Color::Never);
            let told = render(human, &imported.contradictions, &config.sources);
            case.expect("contradictions.txt", &told)?;
        }
        // Roles belong to the cluster, in which other tests make some.
        let leftovers = imported.leftovers.iter();
        let leftovers: String = leftovers
            .filter(|one| !one.thing.starts_with("role "))
            .map(|one| format!("{:?}: {}\n  {}\n", one.fate, one.thing, one.why))
            .collect();
        case.expect("leftovers.txt", &leftovers)
    });
}
