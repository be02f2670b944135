//! Databases of declarations: what is imported of them generates the same database.

use std::path::Path;

use synctable_codegen::import::Fate;
use synctable_codegen::model::Model;
use synctable_codegen::{read, read_texts};
use tests::cases::workspace;
use tests::generate::Case;
use tests::postgres::OWNER;

use crate::import::live::{applied, differences, imported};

/// Why the same things are not declared again, if they are not.
fn unlike(model: &Model, prelude: &str) -> Result<(), String> {
    let database = applied(model, prelude)?;
    let imported = imported(&mut database.superuser(), &model.postgres.schemas, None)?;
    let texts = || -> String {
        let files = imported.files.iter();
        files
            .map(|(path, text)| format!("# {path}\n{text}"))
            .collect()
    };
    let told: Vec<String> = imported
        .leftovers
        .iter()
        .filter(|one| one.fate != Fate::Sql)
        .map(|one| format!("{}: {}", one.thing, one.why))
        .collect();
    if !told.is_empty() {
        return Err(format!("{}\n{}", told.join("\n"), texts()));
    }
    let again = applied(&imported.model, prelude).map_err(|why| format!("{why}\n{}", texts()))?;
    let found = differences(&imported.model, &database, &again);
    match found.is_empty() {
        true => Ok(()),
        false => Err(format!("{}\n{}", found.join("\n"), texts())),
    }
}

fn model_of(folder: &Path) -> Model {
    let mut model = read(folder).model.expect("the declaration is sound");
    model.postgres.roles.owner = OWNER.to_owned();
    model
}

#[test]
fn the_database_of_each_example_and_of_the_workspace_generates_itself() {
    let root = workspace();
    let examples = ["powergit", "taskly", "tunetrees"];
    let mut folders = vec![root.join("schema")];
    folders.extend(examples.map(|app| root.join("examples").join(app).join("schema")));
    for folder in folders {
        let unlike = unlike(&model_of(&folder), "");
        assert_eq!(unlike, Ok(()), "{}", folder.display());
    }
}

#[test]
fn the_databases_of_random_declarations_generate_themselves() {
    let seeds: Vec<u64> = match std::env::var("SYNCTABLE_IMPORT_SEEDS") {
        Ok(count) => (0..count.parse().expect("a number")).collect(),
        Err(_) => (1..=5).collect(),
    };
    let mut wrong = Vec::new();
    for seed in seeds {
        let case = Case::new(seed, 6);
        let texts = case.texts();
        let reading = read_texts(
            texts
                .iter()
                .map(|(path, text)| (path.clone(), text.clone())),
        );
        let model = reading.model.expect("a random declaration is sound");
        if let Err(why) = unlike(&model, &case.prelude) {
            wrong.push(format!("seed {seed}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
