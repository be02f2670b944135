//! From the model to the pages.

use super::markdown::{code, codes, entity, text, word};
use super::view::{
    App, ColumnRow, DomainRow, Entity, EntityColumn, EnumRow, Fact, ReferenceRow, Relation,
    RuleRow, StreamRow, Table as Page, TableRow,
};
use crate::exposure::{self, ColumnExposure, TableExposure};
use crate::model::{Column, ForeignKey, Model, Table, UniquePart};
use std::collections::{BTreeMap, BTreeSet};
use synctable::{ConflictRule, DeleteRule, FkAction, SyncMode};

/// What stands in a cell that has nothing.
const NOTHING: &str = "–";

/// What pages know of each other, and of who sees what.
pub(super) struct Book<'m> {
    model: &'m Model,
    /// The names of the tables' files, without `.md`.
    files: BTreeMap<&'m str, String>,
    exposed: BTreeMap<String, TableExposure>,
    /// The foreign keys that refer to a table, each with the table that has it.
    referring: BTreeMap<&'m str, Vec<(&'m Table, &'m ForeignKey)>>,
}

impl<'m> Book<'m> {
    pub(super) fn of(model: &'m Model) -> Self {
        let exposed = exposure::tables(model).into_iter();
        let mut referring: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for table in model.tables.values() {
            for key in &table.foreign_keys {
                referring.entry(&key.table).or_default().push((table, key));
            }
        }
        Self {
            model,
            files: files(model),
            exposed: exposed.map(|table| (table.table.clone(), table)).collect(),
            referring,
        }
    }

    /// The name of a table's file, without `.md`.
    pub(super) fn file(&self, table: &Table) -> &str {
        &self.files[table.name.as_str()]
    }

    pub(super) fn app(&self) -> App {
        app(self.model, &self.files)
    }
}

/// The names of the tables' files: they stay apart also where upper and lower case are one.
fn files(model: &Model) -> BTreeMap<&str, String> {
    let mut taken = BTreeSet::new();
    let mut files = BTreeMap::new();
    for name in model.tables.keys() {
        let stem = file_name(name);
        let numbered = (2..).map(|number| format!("{stem}_{number}"));
        let file = std::iter::once(stem.clone())
            .chain(numbered)
            .find(|file| !taken.contains(file))
            .expect("there are more numbers than tables");
        taken.insert(file.clone());
        files.insert(name.as_str(), file);
    }
    files
}

fn file_name(name: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = name.to_ascii_lowercase();
    name.replace(|c| !is_kept(c), "_")
}

fn app(model: &Model, files: &BTreeMap<&str, String>) -> App {
    let tables = model.tables.values().map(|table| TableRow {
        name: code(&table.name),
        file: files[table.name.as_str()].clone(),
        travels: travels(table),
        doc: cell(table.doc.as_deref()),
    });
    let streams = model.streams.values().map(|stream| StreamRow {
        name: code(&stream.name),
        subscribed: match stream.automatic {
            true => "always",
            false => "when the app asks",
        },
        params: listed(stream.params.keys().map(String::as_str)),
        priority: stream.priority,
        tables: listed(stream.tables.iter().map(|part| part.table.as_str())),
        doc: cell(stream.doc.as_deref()),
    });
    let enums = model.enums.values().map(|one| EnumRow {
        name: code(&one.name),
        labels: listed(one.labels.iter().map(String::as_str)),
        retired: listed(one.retired.iter().map(String::as_str)),
        doc: cell(one.doc.as_deref()),
    });
    let domains = model.domains.values().map(|one| DomainRow {
        name: code(&one.name),
        kind: code(&one.base.to_string()),
        doc: cell(one.doc.as_deref()),
    });
    App {
        app: text(&model.app),
        doc: model.doc.as_deref().map(text),
        entities: entities(model),
        relations: relations(model),
        tables: tables.collect(),
        streams: streams.collect(),
        enums: enums.collect(),
        domains: domains.collect(),
    }
}

fn entities(model: &Model) -> Vec<Entity> {
    let of_tables = model.tables.values().map(|table| {
        let refers = |name: &str| {
            let mut keys = table.foreign_keys.iter();
            keys.any(|key| key.columns.iter().any(|column| column == name))
        };
        let columns = table.columns.values().filter_map(|column| {
            let is_key = table.key.contains(&column.name);
            let keys = match (is_key, refers(&column.name)) {
                (true, true) => "PK, FK",
                (true, false) => "PK",
                (false, true) => "FK",
                (false, false) => return None,
            };
            Some(EntityColumn {
                kind: word(&column.kind.to_string()),
                name: word(&column.name),
                keys,
            })
        });
        Entity {
            name: entity(&table.name),
            columns: columns.collect(),
        }
    });
    let of_others = model
        .externals
        .keys()
        .filter(|name| {
            let mut tables = model.tables.values();
            tables.any(|table| table.foreign_keys.iter().any(|key| key.table == **name))
        })
        .map(|name| Entity {
            name: entity(name),
            columns: Vec::new(),
        });
    of_tables.chain(of_others).collect()
}

fn relations(model: &Model) -> Vec<Relation> {
    let of_table = |table: &Table| -> Vec<Relation> {
        let keys = table.foreign_keys.iter();
        keys.map(|key| Relation {
            to: entity(&key.table),
            from: entity(&table.name),
            ends: match (is_optional(table, key), is_single(table, key)) {
                (false, false) => "||--o{",
                (false, true) => "||--o|",
                (true, false) => "|o--o{",
                (true, true) => "|o--o|",
            },
            columns: key
                .columns
                .iter()
                .map(|column| word(column))
                .collect::<Vec<_>>()
                .join(", "),
        })
        .collect()
    };
    model.tables.values().flat_map(of_table).collect()
}

/// Whether a row may refer to none.
fn is_optional(table: &Table, key: &ForeignKey) -> bool {
    key.columns
        .iter()
        .any(|column| table.columns.get(column).is_some_and(|one| one.nullable))
}

/// Whether at most one row refers to a row.
fn is_single(table: &Table, key: &ForeignKey) -> bool {
    let holds = |unique: &[&str]| {
        unique
            .iter()
            .all(|name| key.columns.iter().any(|c| c == name))
    };
    let of_key: Vec<&str> = table.key.iter().map(String::as_str).collect();
    let uniques = table.uniques.iter().filter(|one| one.predicate.is_none());
    holds(&of_key)
        || uniques.into_iter().any(|one| {
            let columns: Option<Vec<&str>> = one
                .parts
                .iter()
                .map(|part| match part {
                    UniquePart::Column(name) => Some(name.as_str()),
                    UniquePart::Expr(_) => None,
                })
                .collect();
            columns.is_some_and(|columns| holds(&columns))
        })
}

pub(super) fn page(book: &Book<'_>, table: &Table) -> Page {
    let (files, exposed) = (&book.files, book.exposed.get(&table.name));
    let linked = |name: &str| match files.get(name) {
        Some(file) => format!("[{}]({file}.md)", code(name)),
        None => code(name),
    };
    let references = table.foreign_keys.iter().map(|key| ReferenceRow {
        columns: codes(key.columns.iter().map(String::as_str)),
        table: linked(&key.table),
        on_delete: on_delete(key.on_delete).to_owned(),
    });
    let referring = book
        .referring
        .get(table.name.as_str())
        .into_iter()
        .flatten();
    let referenced = referring.map(|(other, key)| ReferenceRow {
        columns: codes(key.columns.iter().map(String::as_str)),
        table: linked(&other.name),
        on_delete: on_delete(key.on_delete).to_owned(),
    });
    let rules = exposed.map(|one| one.rules.as_slice()).unwrap_or_default();
    let rules = rules.iter().map(|rule| RuleRow {
        command: rule.command,
        role: code(&rule.role),
        rule: match &rule.after {
            None => code(&rule.rule),
            Some(after) => format!("before: {}; after: {}", code(&rule.rule), code(after)),
        },
    });
    Page {
        title: text(&table.name),
        doc: table.doc.as_deref().map(text),
        app: text(&book.model.app),
        facts: facts(table, exposed),
        columns: table
            .columns
            .values()
            .enumerate()
            .map(|(at, one)| column(table, one, exposed.and_then(|table| table.columns.get(at))))
            .collect(),
        has_client_names: table
            .columns
            .values()
            .any(|one| one.client_name != one.name),
        rules: rules.collect(),
        references: references.collect(),
        referenced: referenced.collect(),
    }
}

fn facts(table: &Table, exposed: Option<&TableExposure>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |what, value: String| facts.push(Fact { what, value });
    fact("rows travel", travels(table).to_owned());
    if table.sync != SyncMode::Local {
        fact(
            "in Postgres",
            code(&format!("{}.{}", table.schema, table.name)),
        );
    }
    if table.sync.on_client() {
        fact("on devices", code(&table.client_name));
    }
    fact("key", codes(table.key.iter().map(String::as_str)));
    let streams = exposed
        .map(|one| one.streams.as_slice())
        .unwrap_or_default();
    if !streams.is_empty() {
        fact("in streams", codes(streams.iter().map(String::as_str)));
    }
    if table.sync.uploads() {
        fact(
            "two devices change one row",
            conflict(table.conflict).to_owned(),
        );
        fact("a device deletes a row", deletion(table.delete).to_owned());
    }
    facts
}

fn column(table: &Table, column: &Column, exposed: Option<&ColumnExposure>) -> ColumnRow {
    let mut kind = code(&column.kind.to_string());
    if table.key.contains(&column.name) {
        kind += ", key";
    }
    if column.nullable {
        kind += ", may be NULL";
    }
    let mut doc = column.doc.as_deref().map(text).unwrap_or_default();
    if let Some(deprecated) = &column.deprecated {
        let gap = if doc.is_empty() { "" } else { " " };
        doc += &format!("{gap}Deprecated: {}", text(deprecated));
    }
    let roles = |of: fn(&ColumnExposure) -> &Vec<String>| {
        listed(exposed.into_iter().flat_map(of).map(String::as_str))
    };
    ColumnRow {
        name: code(&column.name),
        client_name: code(&column.client_name),
        kind,
        doc: if doc.is_empty() {
            NOTHING.to_owned()
        } else {
            doc
        },
        read: roles(|one| &one.read),
        synced: roles(|one| &one.synced),
        insert: roles(|one| &one.insert),
        update: roles(|one| &one.update),
        note: exposed
            .and_then(|one| one.note)
            .unwrap_or(NOTHING)
            .to_owned(),
    }
}

fn cell(doc: Option<&str>) -> String {
    doc.map(text)
        .filter(|doc| !doc.is_empty())
        .unwrap_or_else(|| NOTHING.to_owned())
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = codes(names);
    match names.is_empty() {
        true => NOTHING.to_owned(),
        false => names,
    }
}

fn travels(table: &Table) -> &'static str {
    let carried = table.carried_up();
    match table.sync {
        SyncMode::Both => "both ways",
        SyncMode::Down => "to devices",
        SyncMode::Up => match (carried.patch, carried.delete) {
            (false, false) => "from devices",
            (true, false) => "from devices, with changes",
            (false, true) => "from devices, with deletions",
            (true, true) => "from devices, with changes and deletions",
        },
        SyncMode::Local => "never: they stay on the device",
        SyncMode::None => "never: they stay on the server",
    }
}

fn conflict(rule: ConflictRule) -> &'static str {
    match rule {
        ConflictRule::LastWriteWins => "the last edit wins",
        ConflictRule::ServerWins => "the row of the server stays",
        ConflictRule::LastUploadWins => "the last upload wins",
        ConflictRule::AppendOnly => "rows are only added",
    }
}

fn deletion(rule: DeleteRule) -> &'static str {
    match rule {
        DeleteRule::Hard => "the row is removed",
        DeleteRule::Soft => "the row stays, marked as deleted",
        DeleteRule::Denied => "it is refused",
    }
}

fn on_delete(action: FkAction) -> &'static str {
    match action {
        FkAction::NoAction | FkAction::Restrict => "is refused",
        FkAction::Cascade => "these rows go, too",
        FkAction::SetNull => "these columns become NULL",
        FkAction::SetDefault => "these columns get their default",
    }
}
