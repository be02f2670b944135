//! A declaration, and a database or a program that holds what it declares.

use std::fs;
use std::path::Path;

use synctable_codegen::diagnostic::{Color, Complaints, Format, render};
use synctable_codegen::model::{Auth, History, Model};
use synctable_codegen::served;
use synctable_codegen::targets::{Beside, postgres as target, sqlite, typescript};

use crate::postgres::{Cluster, Database, OWNER};

/// The model of a declaration without mistakes, owned by the role that owns the tests' databases.
///
/// # Panics
///
/// If it has a mistake.
pub fn model_of(folder: &Path) -> Model {
    let reading = synctable_codegen::read(folder);
    let mut model = reading.model.unwrap_or_else(|| {
        let report = render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        );
        panic!("{report}")
    });
    model.postgres.roles.owner = OWNER.to_owned();
    model
}

/// A database after setup and baseline, as an administrator and an owner would run them.
///
/// # Panics
///
/// If Postgres refuses what is generated.
pub fn applied(hint: &str, model: &Model) -> Database<'static> {
    applied_in(Cluster::shared(), hint, model)
}

/// The same in a cluster of the test's own.
///
/// # Panics
///
/// If Postgres refuses what is generated.
pub fn applied_in<'c>(cluster: &'c Cluster, hint: &str, model: &Model) -> Database<'c> {
    let database = match model.postgres.auth {
        Auth::Supabase => cluster.database(hint),
        Auth::JwtClaims => cluster.plain_database(hint),
    };
    let tree = (target::TARGET.emit)(model);
    let setup = tree
        .get("setup.sql")
        .expect("setup stands beside the ledger");
    database
        .apply_setup(&setup)
        .unwrap_or_else(|error| panic!("{error}\n{setup}"));
    let baseline = target::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}\n{baseline}"));
    database
}

/// Writes the TypeScript of a model into a folder, with the database of its devices.
///
/// # Panics
///
/// If the folder cannot be written, or a device cannot have the database.
pub fn typescript_of(model: &Model, folder: &Path) {
    let mut refused = Complaints::new();
    let beside = Beside {
        database: Some(sqlite::database(model, &History::default(), &mut refused)),
        ..served(model)
    };
    assert!(refused.is_empty(), "{refused:?}");
    let emit = typescript::TARGET.beside.expect("it knows the database");
    for (path, text) in emit(model, &beside).iter() {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, &*text).expect("it can be written");
    }
}
