//! Databases that somebody wrote by hand: the declaration that comes of each, and everything that is not in it.

use tests::cases::each;
use tests::postgres::Cluster;

use crate::live::imported;

#[test]
fn each_database_is_declared_as_far_as_it_can_be() {
    each("import", |case| {
        let database = Cluster::shared().database("import_case");
        database
            .apply(&case.read("database.sql"))
            .map_err(|refusal| refusal.to_string())?;
        let imported = imported(&mut database.superuser(), &[], Some("app"))?;
        for (path, text) in &imported.files {
            case.expect(&format!("expected/{path}"), text)?;
        }
        let leftovers: String = imported
            .leftovers
            .iter()
            .map(|one| format!("{:?}: {}\n  {}\n", one.fate, one.thing, one.why))
            .collect();
        case.expect("leftovers.txt", &leftovers)
    });
}
