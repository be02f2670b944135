//! Dart's names and forms of values, read with the grammar, and compared with those of TypeScript, which Node runs.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use synctable_codegen::targets::{dart, typescript};
use tempfile::TempDir;
use tests::cases::workspace;
use tests::node::typescript::{link_packages, run, script};
use tree_sitter::Node;

use crate::apps::{App, app, apps};
use crate::grammars::{DART, children, words};

/// The tables of a file: its names, its view, its columns, and the forms of their values, by the name in uploads.
fn declared(text: &str) -> Result<Value, String> {
    let tree = DART.parse(text)?;
    let constants = |body: Node<'_>| -> BTreeMap<String, String> {
        children(body)
            .into_iter()
            .filter_map(|member| {
                let path = [
                    "declaration",
                    "static_final_declaration_list",
                    "static_final_declaration",
                ];
                let declaration = inside(member, &path)?;
                let [name, value] = &children(declaration)[..] else {
                    panic!("{} is not a constant", words(declaration, text))
                };
                Some((words(*name, text).to_owned(), quoted(*value, text)))
            })
            .collect()
    };
    let mut tables = json!({});
    let mut forms = json!({});
    for node in children(tree.root_node()) {
        match node.kind() {
            "class_declaration" => {
                let body = inside(node, &["class_body"]).expect("a class has a body");
                let mut constants = constants(body);
                let mut take = |name: &str| constants.remove(name).expect("every class has it");
                let (name, view) = (take("$name"), take("$view"));
                let columns: BTreeMap<String, Value> = constants
                    .into_values()
                    .map(|column| (column, Value::Null))
                    .collect();
                tables[name] = json!({"view": view, "columns": columns});
            }
            "top_level_variable_declaration" => {
                let path = [
                    "static_final_declaration_list",
                    "static_final_declaration",
                    "set_or_map_literal",
                ];
                forms = map(inside(node, &path).expect("it is a map"), text);
            }
            _ => {}
        }
    }
    for (table, columns) in forms.as_object().expect("a map") {
        for (column, form) in columns.as_object().expect("a map") {
            let known = tables[table]["columns"].get_mut(column);
            *known.ok_or(format!("`{table}.{column}` is not declared"))? = form.clone();
        }
    }
    Ok(tables)
}

/// The node at the end of a way through the first children of these kinds.
fn inside<'t>(node: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(node, |node, kind| {
        children(node)
            .into_iter()
            .find(|child| child.kind() == *kind)
    })
}

fn map(node: Node<'_>, text: &str) -> Value {
    let entries = children(node).into_iter().map(|entry| {
        let [key, value] = &children(entry)[..] else {
            panic!("{} is not an entry", words(entry, text))
        };
        let value = match value.kind() {
            "set_or_map_literal" => map(*value, text),
            _ => json!(words(*value, text).trim_start_matches("StoredAs.")),
        };
        (quoted(*key, text), value)
    });
    Value::Object(entries.collect())
}

fn quoted(node: Node<'_>, text: &str) -> String {
    words(node, text).trim_matches('\'').to_owned()
}

/// The same of TypeScript, which runs.
fn in_typescript(apps: &[App]) -> Vec<Value> {
    let folder = TempDir::new().expect("a folder can be made");
    link_packages(folder.path());
    fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).expect("it can be");
    for (index, app) in apps.iter().enumerate() {
        for (path, text) in app.files(typescript::TARGET) {
            let path = folder.path().join(index.to_string()).join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
    }
    let mut program = script("client_schema.js");
    program
        .arg("names")
        .arg(folder.path())
        .arg(apps.len().to_string());
    let printed = run(&mut program).unwrap_or_else(|why| panic!("{why}"));
    serde_json::from_str(&printed).expect("it prints JSON")
}

#[test]
fn dart_has_the_names_and_forms_of_typescript() {
    let apps = apps();
    let found = in_typescript(&apps);
    assert_eq!(found.len(), apps.len());
    for (app, expected) in apps.iter().zip(found) {
        let text = app.file(dart::TARGET, "tables.dart");
        let declared = declared(&text).unwrap_or_else(|why| panic!("{}: {why}\n{text}", app.name));
        assert_eq!(declared, expected, "{}", app.name);
    }
}

#[test]
fn other_names_and_forms_in_dart_are_seen() {
    let app = app("schema");
    let text = app.file(dart::TARGET, "tables.dart");
    let right = declared(&text).expect("it is Dart");
    for (from, to) in [
        ("'edited_at'", "'changed_at'"),
        ("$view = 'people'", "$view = 'profiles'"),
        (
            "'is_public': StoredAs.boolean",
            "'is_public': StoredAs.json",
        ),
        ("    'tags': StoredAs.json,\n", ""),
    ] {
        assert!(text.contains(from), "{from}");
        let other = declared(&text.replace(from, to)).expect("it is Dart still");
        assert_ne!(other, right, "{from}");
    }
    let unknown = text.replace("'tags': StoredAs", "'tag': StoredAs");
    assert!(declared(&unknown).is_err());
    assert!(declared(&text.replacen("switch (", "switch ", 1)).is_err());
}

/// The page about Dart: its declaration is generated, its Dart is Dart, and uses what is generated.
#[test]
fn the_page_about_dart_uses_what_is_generated() {
    let page = fs::read_to_string(workspace().join("docs/dart.md")).expect("it is there");
    let blocks: Vec<(&str, &str)> = page
        .split("\n```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').expect("a block has lines"))
        .collect();
    let of = |language: &str| {
        let blocks = blocks.iter().filter(|(of, _)| *of == language);
        blocks.map(|(_, text)| *text).collect::<Vec<_>>()
    };
    let [yaml] = of("yaml")[..] else {
        panic!("one declaration is expected")
    };
    let reading = synctable_codegen::read_texts([("app.yaml", yaml)]);
    let model = reading.model.expect("the declaration is accepted");
    let tree = (dart::TARGET.emit)(&model);
    let generated: String = tree.iter().map(|(_, text)| text.into_owned()).collect();
    let programs = of("dart");
    assert_eq!(programs.len(), 3);
    let mut used = 0;
    for program in programs {
        DART.parse(program)
            .unwrap_or_else(|why| panic!("{why}\n{program}"));
        for name in program.split("Items.").skip(1) {
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '$');
            let name = &name[..end.expect("something follows")];
            assert!(generated.contains(&format!(" {name} = ")), "{name}");
            used += 1;
        }
        for name in ["appSchema", "asJson"] {
            assert!(
                !program.contains(name) || generated.contains(name),
                "{name}"
            );
        }
    }
    assert_eq!(used, 4);
}
