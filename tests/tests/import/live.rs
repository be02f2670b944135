//! Databases that are imported, and those that what was imported generates.

use postgres::{Client, IsolationLevel};
use synctable_codegen::catalog::postgres::{Reading, read};
use synctable_codegen::catalog::{difference, without_written};
use synctable_codegen::import::{Asked, Imported, Refused, import};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::postgres as target;
use tests::postgres::{Cluster, Database};

/// What is imported of a database.
pub(crate) fn imported(
    client: &mut Client,
    schemas: &[String],
    app: Option<&str>,
) -> Result<Imported, String> {
    let asked = Asked {
        schemas: schemas.to_vec(),
        app: app.map(str::to_owned),
        ..Asked::default()
    };
    import_as(client, &asked)
}

/// What is imported of a database, of which something is asked.
pub(crate) fn import_as(client: &mut Client, asked: &Asked) -> Result<Imported, String> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .map_err(|error| format!("{error:?}"))?;
    import(&mut transaction, asked).map_err(|refused| match refused {
        Refused::Database(error) => format!("{error:?}"),
        Refused::Draft(why) => why
            .iter()
            .map(|one| format!("{}: {}\n", one.code, one.message))
            .collect(),
    })
}

/// An owner that row-level security leaves alone and that owns no database; some declarations name it.
const BYPASSING: &str = "
    do $$ begin
        if not exists (select from pg_roles where rolname = 'bypassing_owner') then
            create role bypassing_owner nologin bypassrls;
        end if;
        grant usage, create on schema public to bypassing_owner;
    end $$";

/// A database that a model was applied to.
pub(crate) fn applied(model: &Model, prelude: &str) -> Result<Database<'static>, String> {
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database("import"),
        Auth::JwtClaims => Cluster::shared().plain_database("import"),
    };
    let tree = (target::TARGET.emit)(model);
    let setup = tree.get("setup.sql").unwrap_or_default().into_owned();
    let refused = |refusal: tests::postgres::Refusal| refusal.to_string();
    database.apply_setup(prelude).map_err(refused)?;
    database.apply_setup(BYPASSING).map_err(refused)?;
    database.apply_setup(&setup).map_err(refused)?;
    let baseline = format!(
        "set session authorization {};\n{}",
        model.postgres.roles.owner,
        target::baseline(model)
    );
    database.apply_setup(&baseline).map_err(refused)?;
    Ok(database)
}

/// In what two databases differ, as far as a model speaks of them.
pub(crate) fn differences(model: &Model, from: &Database<'_>, to: &Database<'_>) -> Vec<String> {
    let reading = Reading::of(model);
    let [from, to] = [from, to].map(|database| {
        read(&mut database.superuser(), &reading).expect("the catalog is readable")
    });
    let differences = without_written(model, difference(&from, &to));
    differences.iter().map(ToString::to_string).collect()
}
