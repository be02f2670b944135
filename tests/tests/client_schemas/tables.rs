//! What each language's file declares, by the signatures of PowerSync's library there, and that it is what the extension takes.

use serde_json::{Value, json};
use synctable_codegen::targets::{Target, dart, dotnet, kotlin, swift};

use crate::client_schemas::apps::{app, apps};
use crate::client_schemas::code::{Argument, Code};
use crate::client_schemas::grammars::{C_SHARP, DART, Grammar, KOTLIN, SWIFT};

/// A library: the names of what its `Table` takes.
struct Library {
    target: Target,
    file: &'static str,
    grammar: Grammar,
    /// The parameters of a table, in the order of its signature; an empty name is one that is not named.
    parameters: &'static [(&'static str, Parameter)],
    /// Whether named arguments have to be in the order of the signature.
    is_ordered: bool,
    /// The class of options for previous values, and its list of columns.
    previous: (&'static str, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Parameter {
    Name,
    Columns,
    Indexes,
    LocalOnly,
    InsertOnly,
    ViewName,
    TrackMetadata,
    TrackPrevious,
    IgnoreEmptyUpdates,
}

use Parameter::*;

const LIBRARIES: &[Library] = &[
    Library {
        target: dart::TARGET,
        file: "powersync.dart",
        grammar: DART,
        parameters: &[
            ("", Name),
            ("", Columns),
            ("indexes", Indexes),
            ("viewName", ViewName),
            ("localOnly", LocalOnly),
            ("ignoreEmptyUpdates", IgnoreEmptyUpdates),
            ("trackMetadata", TrackMetadata),
            ("trackPreviousValues", TrackPrevious),
        ],
        is_ordered: false,
        previous: ("TrackPreviousValuesOptions", "columnFilter"),
    },
    Library {
        target: kotlin::TARGET,
        file: "AppSchema.kt",
        grammar: KOTLIN,
        parameters: &[
            ("name", Name),
            ("columns", Columns),
            ("indexes", Indexes),
            ("localOnly", LocalOnly),
            ("insertOnly", InsertOnly),
            ("viewNameOverride", ViewName),
            ("trackMetadata", TrackMetadata),
            ("trackPreviousValues", TrackPrevious),
            ("ignoreEmptyUpdates", IgnoreEmptyUpdates),
        ],
        is_ordered: false,
        previous: ("TrackPreviousValuesOptions", "columnFilter"),
    },
    Library {
        target: swift::TARGET,
        file: "AppSchema.swift",
        grammar: SWIFT,
        parameters: &[
            ("name", Name),
            ("columns", Columns),
            ("indexes", Indexes),
            ("localOnly", LocalOnly),
            ("insertOnly", InsertOnly),
            ("viewNameOverride", ViewName),
            ("trackMetadata", TrackMetadata),
            ("trackPreviousValues", TrackPrevious),
            ("ignoreEmptyUpdates", IgnoreEmptyUpdates),
        ],
        is_ordered: true,
        previous: ("TrackPreviousValuesOptions", "columnFilter"),
    },
    Library {
        target: dotnet::TARGET,
        file: "AppSchema.cs",
        grammar: C_SHARP,
        parameters: &[
            ("Name", Name),
            ("Columns", Columns),
            ("Indexes", Indexes),
            ("LocalOnly", LocalOnly),
            ("InsertOnly", InsertOnly),
            ("ViewName", ViewName),
            ("TrackMetadata", TrackMetadata),
            ("TrackPreviousValues", TrackPrevious),
            ("IgnoreEmptyUpdates", IgnoreEmptyUpdates),
        ],
        is_ordered: false,
        previous: ("TrackPreviousOptions", "Columns"),
    },
];

impl Library {
    /// The schema that a file declares, as the library would send it.
    fn wire(&self, schema: &Code) -> Value {
        let (name, arguments) = schema.call();
        assert_eq!(name, "Schema");
        let (tables, raw): (Vec<&Code>, &[Code]) = match arguments {
            [
                Argument {
                    value: Code::List(tables),
                    ..
                },
                raw @ ..,
            ] => {
                let mut raw = raw.iter().map(|argument| {
                    assert_eq!(argument.name.as_deref(), Some("rawTables"));
                    argument.value.list()
                });
                (tables.iter().collect(), raw.next().unwrap_or_default())
            }
            tables => (tables.iter().map(|table| &table.value).collect(), &[]),
        };
        let tables: Vec<Value> = tables.into_iter().map(|table| self.table(table)).collect();
        let raw: Vec<Value> = raw.iter().map(|table| self.raw_table(table)).collect();
        json!({"tables": tables, "raw_tables": raw})
    }

    /// `RawTable.inferred(name: …, schema: RawTableSchema(syncedColumns: …, options: TableOptions(…)))`.
    fn raw_table(&self, table: &Code) -> Value {
        let named = |code: &Code, constructor: &str| -> Vec<(String, Code)> {
            let (name, arguments) = code.call();
            assert_eq!(name, constructor);
            let arguments = arguments.iter();
            arguments
                .map(|one| (one.name.clone().expect("it is named"), one.value.clone()))
                .collect()
        };
        let mut wire = json!({
            "name": null,
            "table_name": null,
            "synced_columns": null,
            "local_only": false,
            "insert_only": false,
            "include_old": false,
            "include_old_only_when_changed": false,
            "include_metadata": false,
            "ignore_empty_update": false,
        });
        for (name, value) in named(table, "RawTable.inferred") {
            match &*name {
                "name" => {
                    wire["name"] = json!(value.text());
                    wire["table_name"] = json!(value.text());
                }
                "schema" => {
                    for (name, value) in named(&value, "RawTableSchema") {
                        match &*name {
                            "syncedColumns" => wire["synced_columns"] = json!(value.texts()),
                            "options" => {
                                for (name, value) in named(&value, "TableOptions") {
                                    let known = self.parameters.iter();
                                    let mut known = known.filter(|(known, _)| *known == name);
                                    let (_, parameter) = known.next().expect("it is an option");
                                    self.set(&mut wire, *parameter, &value);
                                }
                            }
                            other => panic!("`RawTableSchema` takes no `{other}`"),
                        }
                    }
                }
                other => panic!("`RawTable.inferred` takes no `{other}`"),
            }
        }
        wire
    }

    fn table(&self, table: &Code) -> Value {
        let (constructor, arguments) = table.call();
        let mut wire = json!({
            "name": null,
            "view_name": null,
            "columns": null,
            "indexes": [],
            "local_only": false,
            "insert_only": false,
            "include_old": false,
            "include_old_only_when_changed": false,
            "include_metadata": false,
            "ignore_empty_update": false,
        });
        match constructor {
            "Table" => {}
            // Dart's has neither indexes nor `localOnly`.
            "Table.insertOnly" => wire["insert_only"] = json!(true),
            other => panic!("there is no constructor `{other}`"),
        }
        let mut before = None;
        for (place, argument) in arguments.iter().enumerate() {
            let name = argument.name.as_deref().unwrap_or_default();
            let known = self.parameters.iter().enumerate();
            let found = known.into_iter().find(|(index, (parameter, _))| {
                *parameter == name && (!name.is_empty() || *index == place)
            });
            let (index, (_, parameter)) =
                found.unwrap_or_else(|| panic!("a table takes no `{name}`"));
            assert!(
                !self.is_ordered || before < Some(index),
                "`{name}` is not in the order of the signature"
            );
            before = Some(index);
            assert!(
                constructor == "Table" || !matches!(parameter, Indexes | LocalOnly),
                "`{constructor}` takes no `{name}`"
            );
            self.set(&mut wire, *parameter, &argument.value);
        }
        if wire["view_name"].is_null() {
            wire["view_name"] = wire["name"].clone();
        }
        wire
    }

    fn set(&self, wire: &mut Value, parameter: Parameter, value: &Code) {
        match parameter {
            Name => wire["name"] = json!(value.text()),
            ViewName => wire["view_name"] = json!(value.text()),
            LocalOnly => wire["local_only"] = json!(value.is_true()),
            InsertOnly => wire["insert_only"] = json!(value.is_true()),
            TrackMetadata => wire["include_metadata"] = json!(value.is_true()),
            IgnoreEmptyUpdates => wire["ignore_empty_update"] = json!(value.is_true()),
            TrackPrevious => {
                let (name, arguments) = value.call();
                assert_eq!(name, self.previous.0);
                wire["include_old"] = match arguments {
                    [] => json!(true),
                    [
                        Argument {
                            name: Some(name),
                            value,
                        },
                    ] => {
                        assert_eq!(name, self.previous.1);
                        json!(value.texts())
                    }
                    other => panic!("other options for previous values: {other:?}"),
                };
            }
            Columns => wire["columns"] = columns(value),
            Indexes => wire["indexes"] = indexes(value, &wire["columns"]),
        }
    }
}

impl std::fmt::Debug for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {:?}", self.name, self.value)
    }
}

fn columns(value: &Code) -> Value {
    let pairs: Vec<(&str, &str)> = match value {
        Code::Entries(entries) => entries
            .iter()
            .map(|(name, of)| match of {
                Code::Word(word) => (name.text(), word.as_str()),
                other => panic!("{other:?} is not a type"),
            })
            .collect(),
        list => {
            let columns = list.list().iter();
            columns
                .map(|column| match column.call() {
                    (of, [Argument { name: None, value }]) => (value.text(), of),
                    other => panic!("{other:?} is not a column"),
                })
                .collect()
        }
    };
    let columns = pairs.into_iter().map(|(name, of)| {
        let of = match of {
            "Column.text" | "ColumnType.Text" => "TEXT",
            "Column.integer" | "ColumnType.Integer" => "INTEGER",
            "Column.real" | "ColumnType.Real" => "REAL",
            other => panic!("`{other}` is not a type"),
        };
        json!({"name": name, "type": of})
    });
    columns.collect()
}

fn indexes(value: &Code, columns: &Value) -> Value {
    let indexed = |name: &str| {
        let columns = columns.as_array().expect("columns are declared first");
        let column = columns.iter().find(|column| column["name"] == name);
        let column = column.unwrap_or_else(|| panic!("an index has an unknown column `{name}`"));
        json!({"name": name, "ascending": true, "type": column["type"]})
    };
    let pairs: Vec<(&str, Vec<&str>)> = match value {
        Code::Entries(_) => {
            let entries = value.entries().iter();
            entries
                .map(|(name, columns)| (name.text(), columns.texts()))
                .collect()
        }
        list => list.list().iter().map(index).collect(),
    };
    let indexes = pairs.into_iter().map(|(name, columns)| {
        let columns: Vec<Value> = columns.into_iter().map(indexed).collect();
        json!({"name": name, "columns": columns})
    });
    indexes.collect()
}

fn index(index: &Code) -> (&str, Vec<&str>) {
    let (constructor, arguments) = index.call();
    let [name, columns] = arguments else {
        panic!("{index:?} is not an index")
    };
    let columns = match constructor {
        "Index.ascending" => columns.value.texts(),
        "Index" => {
            let columns = columns.value.list().iter();
            columns
                .map(|column| match column.call() {
                    ("IndexedColumn", [column]) => column.value.text(),
                    other => panic!("{other:?} is not an indexed column"),
                })
                .collect()
        }
        other => panic!("there is no constructor `{other}`"),
    };
    (name.value.text(), columns)
}

#[test]
fn the_file_of_every_language_declares_what_the_extension_takes() {
    for app in apps() {
        let wire = app.wire();
        for library in LIBRARIES {
            if !app.is_for(library.target.name) {
                continue;
            }
            let text = app.file(library.target, library.file);
            let schema = library.grammar.schema(&text);
            let schema = schema.unwrap_or_else(|why| panic!("{}: {why}\n{text}", app.name));
            let (app, language) = (&app.name, library.target.name);
            assert_eq!(library.wire(&schema), wire, "{app} in {language}\n{text}");
        }
    }
}

/// What could differ, in the words of all four languages.
const MISTAKES: &[&[(&str, &str)]] = &[
    &[("list_id", "list")],
    &[
        ("Column.integer", "Column.real"),
        ("ColumnType.Integer", "ColumnType.Real"),
    ],
    &[("true", "false")],
    &[("my_drafts", "drafts")],
    &[("todos_by_list", "by_list")],
    &[
        ("[\"done\", \"weight\"]", "[]"),
        ("['done', 'weight']", "[]"),
        ("listOf(\"done\", \"weight\")", "listOf()"),
    ],
];

#[test]
fn a_file_that_declares_something_else_is_seen() {
    let app = app("a_client_in_every_language");
    let wire = app.wire();
    for library in LIBRARIES {
        let text = app.file(library.target, library.file);
        let language = library.target.name;
        for mistake in MISTAKES {
            let other = mistake
                .iter()
                .fold(text.clone(), |text, (from, to)| text.replace(from, to));
            assert_ne!(
                other, text,
                "{language}: nothing of {mistake:?} is in the file"
            );
            let schema = library.grammar.schema(&other);
            let schema = schema.expect("it is of the language still");
            assert_ne!(library.wire(&schema), wire, "{language}: {mistake:?}");
        }
        let torn = text.replacen(['(', '{'], " ", 1);
        assert!(
            library.grammar.schema(&torn).is_err(),
            "{language}: a bracket is missing"
        );
    }
}
