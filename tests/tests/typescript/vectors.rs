//! One set of vectors, which Rust and TypeScript both have to satisfy: values of every kind, entries, and recipes.
//! The texts by which servers know entries again are tried here for TypeScript, and in the bridge for Rust.

use std::path::Path;

use schema::generated::enums::{ItemStatus, MemberRole};
use schema::mappers::Change;
use serde::Deserialize;
use synctable::crud::{Code, Entry, Member, Release, Sender};
use synctable::{
    ColumnDef, Element, ElementSyntax, Kind, KindSyntax, Label, Recipe, RecipePart, Role, Scalar,
    Value,
};
use synctable_codegen::map::IndexMap;
use tests::cases::workspace;
use tests::node::typescript::{program, run, run_in_workerd};

fn read<T: for<'de> Deserialize<'de>>(file: &str) -> T {
    let path = workspace().join("tests/cases/vectors").join(file);
    let text = std::fs::read_to_string(path).expect("the vectors are there");
    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{file}: {why}"))
}

fn report(found: Vec<String>) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn typescript_satisfies_every_vector() {
    let folder = workspace().join("tests/cases/vectors");
    run(program("vectors").arg(folder)).unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn typescript_satisfies_every_vector_in_workerd() {
    let folder = workspace().join("tests/cases/vectors");
    let files = ["values", "entries", "recipes", "known"]
        .map(|name| (name, folder.join(format!("{name}.json"))));
    let texts: Vec<(&str, &Path)> = files.iter().map(|(name, file)| (*name, &**file)).collect();
    run_in_workerd("vectors_workerd", &texts).unwrap_or_else(|said| panic!("{said}"));
    let wrong = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(wrong.path(), r#"{"bool": [{"in": "1", "out": "0"}]}"#)
        .expect("it can be written");
    let other = [("values", wrong.path()), texts[1], texts[2], texts[3]];
    let said = run_in_workerd("vectors_workerd", &other).expect_err("a vector is wrong");
    assert!(said.contains("bool 1: found"), "{said}");
}

#[test]
fn every_kind_has_vectors_that_are_valid_that_are_not_and_null() {
    let vectors: IndexMap<String, Vec<ValueVector>> = read("values.json");
    let scalars = Scalar::EXAMPLES.iter().map(|scalar| scalar.word());
    for word in scalars.chain(["item_status", "list", "opaque"]) {
        let own = vectors
            .iter()
            .filter(|(kind, _)| kind.split(['(', ' ']).next() == Some(word));
        let vectors: Vec<&ValueVector> = own.flat_map(|(_, vectors)| vectors).collect();
        let count =
            |holds: fn(&ValueVector) -> bool| vectors.iter().filter(|one| holds(one)).count();
        assert!(count(|one| one.out.is_some()) > 0, "{word}");
        assert!(
            count(|one| one.code.as_deref() == Some("null")) > 0,
            "{word}"
        );
        let refused = |one: &ValueVector| one.code.as_deref().is_some_and(|code| code != "null");
        assert!(count(refused) > 1, "{word}");
    }
}

/// A value as JSON text, and its one form or what is wrong with it.
#[derive(Deserialize)]
struct ValueVector {
    r#in: String,
    out: Option<String>,
    code: Option<String>,
}

#[test]
fn rust_satisfies_every_vector_of_values() {
    let vectors: IndexMap<String, Vec<ValueVector>> = read("values.json");
    let mut found = Vec::new();
    for (kind, vectors) in &vectors {
        let column = column(kind);
        for vector in vectors {
            let text = entry_of(&vector.r#in);
            let entry = Entry::from_json(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
            let member = &entry.op_data.as_ref().expect("it has columns")[0].1;
            let result = canonical(&column, member);
            let expected = match (&vector.out, &vector.code) {
                (Some(out), None) => Ok(out.as_str()),
                (None, Some(code)) => Err(code.as_str()),
                _ => panic!("{kind} {}: a vector has `out` or `code`", vector.r#in),
            };
            if !is_expected(&result, expected) {
                found.push(format!(
                    "{kind} {}: {result:?}, not {expected:?}",
                    vector.r#in
                ));
            }
        }
    }
    report(found);
}

fn entry_of(value: &str) -> String {
    format!(r#"{{"op": "PATCH", "table": "t", "id": "x", "op_data": {{"c": {value}}}}}"#)
}

/// What comes of a value that a device writes to a required column.
fn canonical(column: &ColumnDef, member: &Member<'_>) -> Result<Value<'static>, &'static str> {
    let Member::Value(value) = member else {
        return Err("form");
    };
    let in_utc = column.in_utc(value);
    let value = in_utc.as_ref().unwrap_or(value);
    let admitted = column.admit(value);
    let canonical = admitted.and_then(|()| column.canonical(value.clone()));
    canonical.map_err(|error| Code::from(&error).as_str())
}

fn is_expected(found: &Result<Value<'_>, &str>, expected: Result<&str, &str>) -> bool {
    match (found, expected) {
        (Err(found), Err(expected)) => *found == expected,
        (Ok(found), Ok(text)) => {
            let text = entry_of(text);
            let entry = Entry::from_json(&text).expect("`out` is JSON");
            let Member::Value(expected) = &entry.op_data.as_ref().expect("it has columns")[0].1
            else {
                return false;
            };
            match (found, expected) {
                (Value::Real(found), Value::Integer(expected)) => *found == *expected as f64,
                (found, expected) => found == expected,
            }
        }
        _ => false,
    }
}

/// A column of a declared kind, and its role after a blank; labels are those of the workspace's own app.
fn column(kind: &str) -> ColumnDef {
    if let Some((kind, role)) = kind.split_once(' ') {
        return column(kind).role(Role::parse(role).expect("it is a role"));
    }
    let labels = |name: &str| match name {
        "item_status" => ItemStatus::DEF,
        "member_role" => MemberRole::DEF,
        other => panic!("the vectors have no enum `{other}`"),
    };
    match KindSyntax::parse(kind).unwrap_or_else(|why| panic!("{kind}: {why}")) {
        KindSyntax::Scalar(scalar) => ColumnDef::new("c", Kind::Scalar(scalar)),
        KindSyntax::Name(name) => ColumnDef::label("c", labels(&name)),
        KindSyntax::List(ElementSyntax::Scalar(scalar)) => {
            ColumnDef::new("c", Kind::List(Element::Scalar(scalar)))
        }
        KindSyntax::List(ElementSyntax::Name(name)) => ColumnDef::label_list("c", labels(&name)),
        KindSyntax::Opaque(sql) => ColumnDef::new("c", Kind::Opaque(sql.into())),
    }
}

/// An entry of the workspace's own app, and column and code of every mistake.
#[derive(Deserialize)]
struct EntryVector {
    why: String,
    entry: serde_json::Value,
    user: Option<String>,
    codes: Vec<(Option<String>, String)>,
}

#[test]
fn rust_satisfies_every_vector_of_entries() {
    let vectors: Vec<EntryVector> = read("entries.json");
    let mut found = Vec::new();
    for vector in &vectors {
        let text = vector.entry.to_string();
        let entry = Entry::from_json(&text).expect("it is an entry");
        let sender = Sender::of(&Release::CURRENT);
        let sender = match &vector.user {
            Some(user) => sender.user(user),
            None => sender,
        };
        let mut codes: Vec<(Option<String>, String)> = match Change::decode_from(&entry, &sender) {
            Ok(_) => Vec::new(),
            Err(refusal) => {
                let mistakes = refusal.mistakes.into_iter();
                mistakes
                    .map(|mistake| (mistake.column, mistake.code.as_str().to_owned()))
                    .collect()
            }
        };
        codes.sort();
        if codes != vector.codes {
            found.push(format!("{}: {codes:?}, not {:?}", vector.why, vector.codes));
        }
    }
    report(found);
}

/// A recipe as generated TypeScript has it, the texts of its parts, and the id.
#[derive(Deserialize)]
struct RecipeVector {
    recipe: RecipeText,
    texts: IndexMap<String, Option<String>>,
    id: String,
}

#[derive(Deserialize)]
struct RecipeText {
    #[serde(rename = "uuidV5")]
    uuid_v5: Option<String>,
    join: Option<char>,
    parts: Vec<PartText>,
}

#[derive(Deserialize)]
struct PartText {
    column: String,
    #[serde(default)]
    lower: bool,
    #[serde(default)]
    trim: bool,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    null: Option<String>,
}

#[test]
fn rust_satisfies_every_vector_of_recipes() {
    let vectors: Vec<RecipeVector> = read("recipes.json");
    for vector in vectors {
        let parts = vector.recipe.parts.iter().map(|part| {
            let name: &'static str = part.column.clone().leak();
            let column: &'static ColumnDef = Box::leak(Box::new(ColumnDef::new(name, Kind::TEXT)));
            RecipePart {
                lower: part.lower,
                trim: part.trim,
                before: part.before.clone().leak(),
                after: part.after.clone().leak(),
                null: part.null.clone().map(|text| &*text.leak()),
                ..RecipePart::new(column)
            }
        });
        let parts: &'static [RecipePart] = parts.collect::<Vec<_>>().leak();
        let recipe = match (vector.recipe.uuid_v5, vector.recipe.join) {
            (Some(namespace), None) => Recipe::UuidV5 {
                namespace: namespace.leak(),
                parts,
            },
            (None, Some(separator)) => Recipe::Join { parts, separator },
            _ => panic!("a recipe is one of the two"),
        };
        let id = recipe.id(|part| {
            let text = vector.texts[part.column.name].as_deref().or(part.null);
            text.map(Into::into)
        });
        assert_eq!(id.as_deref(), Some(&*vector.id), "{:?}", vector.texts);
    }
}
