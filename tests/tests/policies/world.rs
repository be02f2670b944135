//! A declaration in a few lines, applied, and what becomes of a statement of a caller's.

use std::fs;

use postgres::Transaction;
use synctable_codegen::catalog;
use synctable_codegen::diagnostic::{Color, Complaints, Format, render};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::read;
use synctable_codegen::targets::postgres as target;
use tests::postgres::{Cluster, Database, OWNER, Refusal, act_as};

/// Users of the tests.
pub(crate) const ANN: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BOB: &str = "00000000-0000-4000-8000-00000000000b";
pub(crate) const CID: &str = "00000000-0000-4000-8000-00000000000c";

/// The model of an app of these sections.
pub(crate) fn declared(sections: &str) -> Model {
    let folder = tempfile::tempdir().expect("a folder is made");
    let text = format!("synctable: 1\napp: tasks\n{sections}");
    fs::write(folder.path().join("app.yaml"), &text).expect("a file is written");
    let reading = read(folder.path());
    let report = render(
        Format::Human(Color::Never),
        &reading.diagnostics,
        &reading.sources,
    );
    let mut model = reading.model.unwrap_or_else(|| panic!("{report}\n{text}"));
    model.postgres.roles.owner = OWNER.to_owned();
    let mut complaints = Complaints::new();
    (target::TARGET.admit)(&model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    model
}

/// A database with the schema of a model, and rows that the superuser adds.
pub(crate) fn applied(hint: &str, model: &Model, rows: &str) -> Database<'static> {
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database(hint),
        Auth::JwtClaims => Cluster::shared().plain_database(hint),
    };
    let tree = (target::TARGET.emit)(model);
    database
        .apply_setup(&tree.get("setup.sql").expect("it stands beside the ledger"))
        .unwrap_or_else(|error| panic!("{error}"));
    let baseline = target::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}\n{baseline}"));
    database
        .superuser()
        .batch_execute(rows)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, rows)));
    database
}

/// The claims of a user.
pub(crate) fn claims(subject: &str) -> String {
    serde_json::json!({ "sub": subject }).to_string()
}

/// What becomes of a statement: the number of rows, or the refusal's code; nothing of it stays.
pub(crate) fn outcome(
    database: &Database<'_>,
    role: &str,
    claims: &str,
    statement: &str,
) -> String {
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    act_as(&mut transaction, role, claims);
    said(&mut transaction, statement)
}

fn said(transaction: &mut Transaction<'_>, statement: &str) -> String {
    match transaction.execute(statement, &[]) {
        Ok(rows) => rows.to_string(),
        Err(error) => Refusal::new(&error, statement).code,
    }
}

/// The first column of a query's rows, as text, in order.
pub(crate) fn seen(database: &Database<'_>, role: &str, claims: &str, query: &str) -> Vec<String> {
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    act_as(&mut transaction, role, claims);
    let rows = transaction
        .query(query, &[])
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, query)));
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a database tells otherwise than its model asks.
pub(crate) fn differences(database: &Database<'_>, model: &Model) -> Vec<String> {
    let reading = catalog::postgres::Reading::of(model);
    let found = catalog::postgres::read(&mut database.superuser(), &reading)
        .expect("the catalog is readable");
    catalog::difference(&catalog::lower(model), &found)
        .iter()
        .map(ToString::to_string)
        .collect()
}
