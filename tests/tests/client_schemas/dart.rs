//! Dart's tables, read with the grammar, and compared with those of TypeScript, which Node runs.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};
use synctable_codegen::targets::{dart, typescript};
use tempfile::TempDir;
use tests::cases::workspace;
use tests::node::typescript::{link_packages, run, script};
use tree_sitter::Node;

use crate::client_schemas::apps::{App, app, apps};
use crate::client_schemas::code::Code;
use crate::client_schemas::grammars::{self, DART, children, words};

/// What the files of an app say of each table, by its name, as the TypeScript of the same app says it.
fn declared(files: &BTreeMap<String, String>) -> Result<Value, String> {
    let mut labels = BTreeMap::new();
    if let Some(text) = files.get("enums.dart") {
        let tree = DART.parse(text)?;
        for node in children(tree.root_node()) {
            if node.kind() == "extension_type_declaration" {
                let (name, all) = labels_of(node, text);
                labels.insert(format!("{name}.labels"), all);
            }
        }
    }
    let mut tables = Map::new();
    for (path, text) in files {
        let tree = DART.parse(text).map_err(|why| format!("{path}: {why}"))?;
        if !path.starts_with("tables/") {
            continue;
        }
        let classes = children(tree.root_node());
        let body = classes
            .into_iter()
            .find(|node| node.kind() == "class_declaration")
            .and_then(|node| inside(node, &["class_body"]))
            .expect("every table has a class");
        let mut constants = constants(body, text);
        let mut take = |name: &str| constants.remove(name).expect("every table has it");
        let (name, view) = (take("$name"), take("$view"));
        let mut table = json_of(&take("$table"), &labels);
        assert_eq!(
            table.get("view").unwrap_or(&json!(name.text())),
            &json!(view.text())
        );
        let columns = table["columns"].as_object_mut().expect("a map");
        let mut named: Vec<&str> = constants.values().map(Code::text).collect();
        let mut expected: Vec<&str> = columns.keys().map(String::as_str).collect();
        named.sort_unstable();
        expected.sort_unstable();
        assert_eq!(named, expected, "{path}");
        let writes = table["writes"].as_object_mut().expect("an object");
        *writes = writes
            .iter()
            .map(|(name, value)| (name.to_uppercase(), value.clone()))
            .collect();
        tables.insert(name.text().to_owned(), table);
    }
    Ok(Value::Object(tables))
}

/// The name of an extension type, and its labels as TypeScript has them.
fn labels_of(node: Node<'_>, text: &str) -> (String, Value) {
    let source = words(node, text);
    let name = source.trim_start_matches("extension type const ");
    let name = &name[..name.find('(').expect("it holds a label")];
    let list = source
        .rsplit_once("labels = [")
        .and_then(|(_, rest)| rest.split_once("];"))
        .expect("it lists its labels")
        .0;
    let labels = list.split(", ").filter(|label| !label.is_empty());
    let labels = labels.map(|label| label.trim_matches('\'').replace("\\$", "$"));
    let all = labels.map(|label| (label.clone(), json!(label))).collect();
    (name.to_owned(), Value::Object(all))
}

/// The constants of a class.
fn constants(body: Node<'_>, text: &str) -> BTreeMap<String, Code> {
    let path = [
        "declaration",
        "static_final_declaration_list",
        "static_final_declaration",
    ];
    children(body)
        .into_iter()
        .filter_map(|member| {
            let declaration = inside(member, &path)?;
            let [name, value] = &children(declaration)[..] else {
                panic!("{} is not a constant", words(declaration, text))
            };
            Some((words(*name, text).to_owned(), grammars::dart(*value, text)))
        })
        .collect()
}

/// Data as JSON: an object for every constructor.
fn json_of(code: &Code, labels: &BTreeMap<String, Value>) -> Value {
    let of = |code: &Code| json_of(code, labels);
    match code {
        Code::Call { name, arguments } if name == "s.FillValue" => {
            json!({"value": of(&arguments[0].value)})
        }
        Code::Call { arguments, .. } => {
            let members = arguments.iter().map(|argument| {
                let name = match argument.name.clone().expect("it is named") {
                    // Dart has a word of this name.
                    name if name == "ifNull" => "null".to_owned(),
                    name => name,
                };
                (name, of(&argument.value))
            });
            Value::Object(members.collect())
        }
        Code::List(items) => items.iter().map(of).collect(),
        Code::Entries(entries) => {
            let entries = entries.iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key.text().to_owned(), of(value)))
                    .collect(),
            )
        }
        Code::Text(text) => json!(text),
        Code::Word(word) => match labels.get(word) {
            Some(labels) => labels.clone(),
            None => serde_json::from_str(word).unwrap_or_else(|_| panic!("{word} is not data")),
        },
    }
}

/// The node at the end of a way through the first children of these kinds.
fn inside<'t>(node: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(node, |node, kind| {
        children(node)
            .into_iter()
            .find(|child| child.kind() == *kind)
    })
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
        .arg("tables")
        .arg(folder.path())
        .arg(apps.len().to_string());
    let printed = run(&mut program).unwrap_or_else(|why| panic!("{why}"));
    serde_json::from_str(&printed).expect("it prints JSON")
}

#[test]
fn dart_says_of_every_table_and_column_what_typescript_says() {
    let apps = apps();
    let found = in_typescript(&apps);
    assert_eq!(found.len(), apps.len());
    for (app, expected) in apps.iter().zip(found) {
        let files = app.files(dart::TARGET);
        let declared = declared(&files).unwrap_or_else(|why| panic!("{}: {why}", app.name));
        assert_eq!(declared, expected, "{}", app.name);
    }
}

#[test]
fn another_fact_in_dart_is_seen() {
    let app = app("schema");
    let files = app.files(dart::TARGET);
    let right = declared(&files).expect("it is Dart");
    for (path, from, to) in [
        ("tables/lists.dart", "'edited_at': s.", "'changed_at': s."),
        ("tables/lists.dart", "kind: 'bool'", "kind: 'int'"),
        (
            "tables/lists.dart",
            "kind: 'list', of: s.KindDef(kind: 'text')",
            "kind: 'text'",
        ),
        ("tables/lists.dart", "put: 'ignored'", "put: 'nullable'"),
        (
            "tables/lists.dart",
            "fill: s.FillValue(0)",
            "fill: s.FillValue(1)",
        ),
        ("tables/labels.dart", "join: ':'", "join: '.'"),
        (
            "tables/item_labels.dart",
            "hex: ['label_name']",
            "hex: ['item_id']",
        ),
        (
            "enums.dart",
            "['open', 'done', 'archived']",
            "['open', 'done']",
        ),
    ] {
        let mut other = files.clone();
        let text = other.get_mut(path).expect("the file is there");
        assert!(text.contains(from), "{path}: {from}");
        *text = text.replace(from, to);
        let other = std::panic::catch_unwind(|| declared(&other));
        assert!(
            !other.is_ok_and(|other| other.expect("it is Dart still") == right),
            "{from}"
        );
    }
    let mut torn = files.clone();
    let text = torn.get_mut("runtime/rows.dart").expect("it is there");
    *text = text.replacen("switch (", "switch ", 1);
    assert!(declared(&torn).is_err());
}

/// What Drift declares of each table: SQL's names in order, each with its type, whether it may be null and is converted.
fn in_drift(text: &str) -> Result<Value, String> {
    DART.parse(text)?;
    let mut tables = Map::new();
    for class in text.split(" extends Table {").skip(1) {
        let name = between(class, "String get tableName => '", "';").expect("it has a name");
        let mut columns = Map::new();
        for line in class.lines() {
            let Some((of, rest)) = line.trim().split_once("Column get ") else {
                continue;
            };
            let (getter, made) = rest.split_once(" => ").expect("it is a getter");
            let sql = between(made, ".named('", "')").unwrap_or(getter);
            let facts = json!({
                "of": of,
                "nullable": made.contains(".nullable()"),
                "converted": made.contains(".map(const StoredConverter("),
            });
            columns.insert(sql.to_owned(), facts);
        }
        tables.insert(name.to_owned(), Value::Object(columns));
    }
    Ok(Value::Object(tables))
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// The same, as the tables of TypeScript say it.
fn for_drift(tables: &Value) -> Value {
    let tables = tables
        .as_object()
        .expect("an object")
        .values()
        .map(|table| {
            let declared = table["columns"].as_object().expect("an object");
            let mut columns = Map::new();
            if !declared.contains_key("id") {
                columns.insert(
                    "id".to_owned(),
                    json!({"of": "Text", "nullable": false, "converted": false}),
                );
            }
            for (name, column) in declared {
                let of = match column["kind"].as_str().expect("a word") {
                    "bool" => "Bool",
                    "smallint" | "int" | "bigint" => "Int",
                    "real" | "double" => "Real",
                    _ => "Text",
                };
                let is_other = ["json", "bytes", "timestamptz", "enum", "list"]
                    .contains(&column["kind"].as_str().expect("a word"));
                let is_numeric_id = name == "id" && of != "Text";
                let nullable = [&column["nullable"], &column["awaited"]].contains(&&json!(true));
                columns.insert(
                    name.clone(),
                    json!({
                        "of": if is_numeric_id { "Text" } else { of },
                        "nullable": nullable,
                        "converted": is_other || is_numeric_id,
                    }),
                );
            }
            let name = table.get("view").unwrap_or(&table["name"]);
            let name = name.as_str().expect("a name").to_owned();
            (name, Value::Object(columns))
        });
    Value::Object(tables.collect())
}

#[test]
fn drift_has_the_tables_and_columns_of_typescript_with_a_converter_where_sqlite_has_another_form() {
    let apps = apps();
    let found = in_typescript(&apps);
    for (app, expected) in apps.iter().zip(found) {
        let text = app.file(dart::TARGET, "drift.dart");
        let declared = in_drift(&text).unwrap_or_else(|why| panic!("{}: {why}\n{text}", app.name));
        assert_eq!(declared, for_drift(&expected), "{}", app.name);
    }
}

/// The page about Dart: its declaration is generated, and its Dart is Dart, in which every name that is generated exists.
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
    let [yaml, _] = of("yaml")[..] else {
        panic!("one declaration and one list of packages are expected")
    };
    let reading = synctable_codegen::read_texts([("app.yaml", yaml)]);
    let model = reading.model.expect("the declaration is accepted");
    let tree = (dart::TARGET.emit)(&model);
    let files: BTreeMap<String, String> = tree
        .iter()
        .map(|(path, text)| (path.to_string(), text.into_owned()))
        .collect();
    let programs = of("dart");
    assert_eq!(programs.len(), 5);
    let mut used = 0;
    for program in programs {
        DART.parse(program)
            .unwrap_or_else(|why| panic!("{why}\n{program}"));
        let imports = program
            .lines()
            .filter_map(|line| line.strip_prefix("import 'tasks/"));
        let mut imported = String::new();
        for import in imports {
            let path = import.trim_end_matches("';");
            imported.push_str(
                files
                    .get(path)
                    .unwrap_or_else(|| panic!("{path} is not generated")),
            );
            let folder = path
                .rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/"));
            for line in files[path].lines() {
                let Some(export) = line.strip_prefix("export '") else {
                    continue;
                };
                imported.push_str(&files[&format!("{folder}{}", export.trim_end_matches("';"))]);
            }
        }
        // Every member of a generated class, and every parameter of a generated function.
        for class in ["Items.", "ItemStatus."] {
            for name in program.split(class).skip(1) {
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '$');
                let name = &name[..end.expect("something follows")];
                assert!(imported.contains(&format!(" {name} = ")), "{class}{name}");
                used += 1;
            }
        }
        for (call, declared) in [
            ("newItems(", "ItemsRow newItems("),
            ("ItemsChanges(", "const ItemsChanges("),
            ("= insert(", "Statement insert("),
            ("= update(", "Statement update("),
            ("select(", "String select("),
            ("ItemsRow.fromSql", "ItemsRow.fromSql("),
            (".toSql()", "Map<String, Object?> toSql()"),
            (
                "Connector(\n",
                "class Connector extends PowerSyncBackendConnector",
            ),
            ("Session?", "final class Session"),
            (
                "listDetailStream(",
                "listDetailStream({required String listId})",
            ),
            ("insertable(", "Insertable<T> insertable<T>("),
            ("asJson(", "Map<String, Object?> asJson("),
            ("appSchema", "const Schema appSchema"),
            ("fingerprint", "const String fingerprint"),
            ("[ListsTable, ItemsTable]", "class ItemsTable extends Table"),
            ("Writer(", "const Writer("),
        ] {
            if program.contains(call) {
                assert!(imported.contains(declared), "{call} in\n{program}");
                used += 1;
            }
        }
        for (name, start) in [
            ("newItems(", "ItemsRow newItems({"),
            ("Connector(\n", "  Connector({"),
        ] {
            let Some((_, call)) = program.split_once(name) else {
                continue;
            };
            let declared = between(&imported, start, "})").expect("it is declared");
            let call = call.split(");").next().expect("it ends");
            for given in call.split([',', '\n']) {
                let Some((given, _)) = given.split_once(": ") else {
                    continue;
                };
                let given = given.trim();
                if given.chars().all(char::is_alphanumeric) {
                    assert!(
                        declared.contains(&format!("{given},"))
                            || declared.contains(&format!("{given} =")),
                        "{given} in {name}"
                    );
                    used += 1;
                }
            }
        }
    }
    assert!(used > 30, "only {used} names");
}
