//! Names and texts that mean something to YAML, SQL, Rust or a shell are data.

use synctable_codegen::import::Fate;
use synctable_codegen::read_texts;
use tests::postgres::{Cluster, OWNER};

use crate::import::live::{applied, differences, imported};

/// Texts that other languages read as something else.
const TEXTS: [&str; 14] = [
    "it's",
    "say \"hi\"",
    "a: b",
    "a #b",
    "!tag &anchor *alias",
    "{a: [1, 2]}",
    "*/ -- ;",
    "$$ $body$",
    "two\nlines",
    "  around  ",
    "naïve ünïcödé 名前 🙂",
    "back\\slash",
    "null",
    "%s {} ${HOME} `id`",
];

fn literal(text: &str) -> String {
    format!(
        "E'{}'",
        text.replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('\n', "\\n")
    )
}

fn ident(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn a_database_of_hostile_names_and_texts_is_imported_as_data() {
    let long = "l".repeat(63);
    let labels: Vec<String> = TEXTS.iter().map(|text| literal(text)).collect();
    let labels = labels.join(", ");
    let mut sql = format!(
        "create type moods as enum ({labels});\n\
         create table {long} (id uuid primary key, {long} text not null constraint {long} check ({long} <> ''));\n\
         create table texts (id uuid primary key, mood moods not null default {}, kind text not null check (kind in ({labels})));\n",
        literal(TEXTS[0]),
    );
    for (number, text) in TEXTS.iter().enumerate() {
        let (value, name) = (literal(text), ident(text));
        sql += &format!(
            "alter table texts add column c{number} text not null default {value} check (c{number} <> {value});\n\
             comment on column texts.c{number} is {value};\n\
             create table t{number} (id uuid primary key);\n\
             comment on table t{number} is {value};\n\
             create table {name} (id uuid primary key, {name} text);\n\
             create index {} on texts (c{number});\n\
             create policy {name} on t{number} using (id = auth.uid());\n",
            ident(&format!("i {text}")),
        );
    }
    let database = Cluster::shared().database("import_hostile");
    database
        .apply(&sql)
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let imported = imported(&mut database.superuser(), &[], Some("app")).expect("it is imported");

    // What was written means what was meant.
    let texts = imported.files.iter();
    let reading = read_texts(texts.map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    let mut model = reading.model.expect("the declaration is sound");
    assert_eq!(model.enums["moods"].labels, TEXTS);
    for (number, text) in TEXTS.iter().enumerate() {
        let doc = model.tables[&format!("t{number}")].doc.as_deref();
        assert_eq!(doc, Some(*text));
    }

    // Only names that the language does not have are left out, and told.
    let unmanaged = imported
        .leftovers
        .iter()
        .filter(|one| one.fate == Fate::NotManaged);
    let unmanaged: Vec<&str> = unmanaged.map(|one| one.thing.as_str()).collect();
    for text in TEXTS {
        let of = |thing: &&&str| **thing == format!("table public.{text}");
        let is_name = text == "null";
        assert_eq!(
            unmanaged.iter().any(|thing| of(&thing)),
            !is_name,
            "{text:?}: {unmanaged:?}"
        );
    }

    // The same things are made of it.
    model.postgres.roles.owner = OWNER.to_owned();
    let again = applied(&model, "").unwrap_or_else(|why| panic!("{why}"));
    // Row-level security, policies and rights are the declaration's own until the next migration.
    let is_of_access = |one: &str| {
        let words = ["row-level security", "policy ", "grant to", "trigger "];
        words.iter().any(|word| one.contains(word))
    };
    let structure = |one: &String| {
        let mut declared = model.tables.keys();
        let is_declared = declared.any(|name| {
            let rest = one.strip_prefix(&format!("table public.{name}"));
            rest.is_some_and(|rest| rest.starts_with([',', ':']))
        });
        (is_declared || one.starts_with("enum ")) && !is_of_access(one)
    };
    let found = differences(&model, &database, &again).into_iter();
    let found: Vec<String> = found.filter(structure).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
