//! The Postgres target against a real Postgres: applied by an owner that is no superuser, asked as a client that owns nothing.

use synctable_codegen::model::{Model, sample};
use synctable_codegen::targets::postgres;
use tests::postgres::{Cluster, Database};

/// Runs setup and baseline, as an administrator and an owner would.
fn applied<'a>(hint: &str, model: &Model) -> Database<'a> {
    let database = Cluster::shared().database(hint);
    let setup = (postgres::TARGET.emit)(model);
    let setup = setup
        .get("setup.sql")
        .expect("setup stands beside the ledger");
    for _ in 0..2 {
        database
            .apply_setup(setup)
            .unwrap_or_else(|error| panic!("{error}\n{setup}"));
    }
    let baseline = postgres::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}\n{baseline}"));
    database
}

#[test]
fn the_sample_applies() {
    let model = sample::model();
    let tree = (postgres::TARGET.emit)(&model);
    println!("{}", tree.get("setup.sql").unwrap());
    println!("{}", postgres::baseline(&model));
    applied("sample", &model);
}
