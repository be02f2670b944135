//! Whole declarations that come into a schema without tables, and go again: every object of every accepted case.

use synctable_codegen::model::Model;
use synctable_codegen::targets::postgres::evolve::Files;
use tests::applied::{applied, model_of};
use tests::cases::{each, workspace};

use crate::evolve::run;

/// The settings alone.
fn without_objects(model: &Model) -> Model {
    let mut bare = model.clone();
    bare.tables.clear();
    bare.views.clear();
    bare.enums.clear();
    bare.domains.clear();
    bare.scopes.clear();
    bare.expected.clear();
    bare.streams.clear();
    bare.sql.clear();
    bare.storage.clear();
    bare.postgres.schemas = vec![bare.postgres.schema.clone()];
    bare
}

/// What is new was never called otherwise.
fn without_other_names(model: &mut Model) {
    for table in model.tables.values_mut() {
        table.was = None;
        for column in table.columns.values_mut() {
            column.was = None;
        }
    }
    for one in model.enums.values_mut() {
        one.was = None;
    }
    for one in model.domains.values_mut() {
        one.was = None;
    }
}

/// Whether everything of the model comes, reads back as it was asked for, and goes again.
fn comes_and_goes(model: &Model) -> Result<(), String> {
    let mut model = model.clone();
    model.storage.clear();
    without_other_names(&mut model);
    let bare = without_objects(&model);
    let database = applied("evolve_whole", &bare);
    database
        .apply_setup(&run::setup(&model))
        .map_err(|refusal| refusal.to_string())?;
    let check = |model: &Model, sql: &str| -> Result<(), String> {
        database
            .apply(sql)
            .map_err(|refusal| format!("{refusal}\n{sql}"))?;
        let mut client = database.superuser();
        let mut transaction = client.transaction().expect("it begins");
        let wrong = run::differences(&mut transaction, model);
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("{}\n{sql}", wrong.join("\n"))),
        }
    };
    let allowed: Vec<String> = model
        .tables
        .values()
        .filter(|table| table.sync.on_server())
        .map(|table| table.name.clone())
        .collect();
    for (from, to, allowed) in [(&bare, &model, &[][..]), (&model, &bare, &allowed)] {
        // Hand-written SQL that nothing undoes keeps what it made.
        if from.sql.values().any(|sql| sql.down.is_none()) {
            return Ok(());
        }
        let (_, ledger) = run::started(from);
        let migrated = run::next(&ledger, to, allowed, Files::Online)
            .map_err(|refused| format!("{refused:?}"))?;
        for sql in run::sql(&run::files(&migrated)) {
            check(to, sql)?;
        }
    }
    Ok(())
}

#[test]
fn every_accepted_case_comes_and_goes() {
    each("accept", |case| {
        comes_and_goes(&model_of(&case.folder.join("schema")))
    });
}

#[test]
fn what_is_declared_here_comes_and_goes() {
    let root = workspace();
    let mut folders = vec![root.join("schema")];
    folders.extend(
        ["powergit", "taskly", "tunetrees"]
            .map(|app| root.join("examples").join(app).join("schema")),
    );
    for folder in folders {
        if let Err(why) = comes_and_goes(&model_of(&folder)) {
            panic!("{}:\n{why}", folder.display());
        }
    }
}
