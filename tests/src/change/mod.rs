//! Small changes of a random declaration: what the owner of an app does to it from week to week.

use serde_json::{Map, Value, json};

use crate::generate::Case;
use crate::generate::dice::Dice;

pub mod beside;
pub mod corner;

/// A change of a declaration, and what it lets go.
pub struct Mutation {
    /// The way it was changed.
    pub what: &'static str,
    /// The declaration as it is now.
    pub case: Case,
    /// The tables and columns that go.
    pub allowed: Vec<String>,
}

/// Every way to change a declaration.
const WAYS: &[&str] = &[
    "add a nullable column",
    "add a column with a default",
    "drop a column",
    "rename a column",
    "rename a table",
    "drop a table",
    "add a table",
    "let a column be NULL",
    "require a value",
    "widen a type",
    "drop a default",
    "add an index",
    "drop an index",
    "drop a unique",
    "drop a check",
    "add a check",
    "drop a rule",
    "rename an enum",
    "rename a domain",
    "add a label",
    "change a doc",
    "drop a view",
    "drop a foreign key",
];

/// How many ways there are.
pub fn ways() -> usize {
    WAYS.len() + corner::WAYS.len()
}

/// What is done in every way.
pub fn all() -> impl Iterator<Item = &'static str> {
    WAYS.iter().chain(corner::WAYS).copied()
}

/// One change, if the declaration has something to change in this way; it need not be accepted.
pub fn mutate(case: &Case, way: usize, dice: &mut Dice, number: usize) -> Option<Mutation> {
    let what = all().nth(way)?;
    let mut changed = case.clone();
    let mut allowed = Vec::new();
    let root = &mut changed.root;
    if way >= WAYS.len() {
        corner::change(root, what, dice, number, &mut allowed)?;
        return Some(Mutation {
            what,
            case: changed,
            allowed,
        });
    }
    let table = pick(section(root, "tables")?, dice)?;
    match what {
        "add a table" => {
            let columns = json!({"id": {"kind": "uuid", "key": true}, "title": "text"});
            let name = format!("zz_table_{number}");
            section(root, "tables")?.insert(name, json!({"sync": "none", "columns": columns}));
        }
        "drop a table" => {
            section(root, "tables")?.shift_remove(&table)?;
            allowed.push(table);
        }
        // A word that names a schema too would be written anew there.
        "rename a table" if matches!(table.as_str(), "public" | "extra" | "app_data") => {
            return None;
        }
        "rename a table" => {
            let new = format!("zz_renamed_{number}");
            let mut value = Value::Object(std::mem::take(root));
            words(&mut value, &table, &new);
            *root = value.as_object()?.clone();
            options(section(root, "tables")?, &new)?.insert("was".to_owned(), json!(table));
        }
        "rename a column" => {
            let columns = section(root, "tables")?.get_mut(&table)?;
            let column = pick(section(columns.as_object_mut()?, "columns")?, dice)?;
            let new = format!("zz_renamed_{number}");
            // Whose column it is, SQL written by hand does not say.
            let written = ["views", "sql"].into_iter().filter_map(|one| root.get(one));
            if written
                .map(Value::to_string)
                .any(|text| text.contains(&column))
            {
                return None;
            }
            let tables = section(root, "tables")?;
            let old = format!("{table}.{column}");
            for (_, other) in tables.iter_mut() {
                texts(other, &|text| match *text == old {
                    true => format!("{table}.{new}"),
                    false => text.clone(),
                });
            }
            words(tables.get_mut(&table)?, &column, &new);
            let one = tables.get_mut(&table)?.as_object_mut()?;
            options(section(one, "columns")?, &new)?.insert("was".to_owned(), json!(column));
        }
        "rename an enum" | "rename a domain" => {
            let sections = if what == "rename an enum" {
                "enums"
            } else {
                "domains"
            };
            let old = pick(section(root, sections)?, dice)?;
            let new = format!("zz_type_{number}");
            rename(section(root, sections)?, &old, &new)?;
            let mut value = Value::Object(std::mem::take(root));
            kinds(&mut value, &old, &new);
            *root = value.as_object()?.clone();
        }
        "add a label" => {
            let name = pick(section(root, "enums")?, dice)?;
            let labels = section(root, "enums")?.get_mut(&name)?;
            let labels = match labels {
                Value::Array(labels) => labels,
                other => other.get_mut("labels")?.as_array_mut()?,
            };
            let at = dice.below(labels.len() + 1);
            labels.insert(at, json!(format!("zz label {number}")));
        }
        "drop a view" => {
            let name = pick(section(root, "views")?, dice)?;
            section(root, "views")?.shift_remove(&name)?;
        }
        _ => {
            let one = section(root, "tables")?.get_mut(&table)?.as_object_mut()?;
            of_table(what, one, &table, dice, number, &mut allowed)?;
        }
    }
    Some(Mutation {
        what,
        case: changed,
        allowed,
    })
}

fn of_table(
    what: &str,
    table: &mut Map<String, Value>,
    name: &str,
    dice: &mut Dice,
    number: usize,
    allowed: &mut Vec<String>,
) -> Option<()> {
    let new = format!("zz_new_{number}");
    let sections = match what {
        "drop an index" => "indexes",
        "drop a unique" => "uniques",
        "drop a check" => "checks",
        "drop a foreign key" => "foreign_keys",
        "drop a rule" => "access",
        _ => "columns",
    };
    if what == "add an index" || what == "add a check" {
        let columns = section(table, "columns")?;
        let column = pick(columns, dice)?;
        // Postgres cannot sort points, and only Postgres knows which opaque types it can index.
        if what == "add an index" && columns[&column].to_string().contains("opaque('point')") {
            return None;
        }
        let (sections, value) = match what {
            "add an index" => ("indexes", json!([column])),
            _ => ("checks", json!(format!("{column} is not null or 1 = 1"))),
        };
        let entries = table.entry(sections).or_insert_with(|| json!({}));
        entries.as_object_mut()?.insert(new, value);
        return Some(());
    }
    if what == "change a doc" {
        table.insert(
            "doc".to_owned(),
            json!(format!("Said otherwise, {number}.")),
        );
        return Some(());
    }
    let entries = section(table, sections)?;
    match what {
        "add a nullable column" => {
            let kind = *dice.pick(&["text", "int", "timestamptz", "decimal(10,2)", "list(text)"]);
            entries.insert(new, json!({"kind": kind, "nullable": true}));
            return Some(());
        }
        "add a column with a default" => {
            let (kind, value) = dice
                .pick(&[
                    ("int", json!(3)),
                    ("text", json!("a ' b")),
                    ("bool", json!(true)),
                ])
                .clone();
            entries.insert(new, json!({"kind": kind, "default": value}));
            return Some(());
        }
        _ => {}
    }
    let column = pick(entries, dice)?;
    match what {
        "drop a column" => {
            entries.shift_remove(&column)?;
            allowed.push(format!("{name}.{column}"));
        }
        "let a column be NULL" => {
            options(entries, &column)?.insert("nullable".to_owned(), json!(true));
        }
        "require a value" => {
            options(entries, &column)?.shift_remove("nullable")?;
        }
        "drop a default" => {
            options(entries, &column)?.shift_remove("default")?;
        }
        "widen a type" => {
            let options = options(entries, &column)?;
            let kind = options.get("kind")?.as_str()?.to_owned();
            let wide = match kind.as_str() {
                "smallint" => "int".to_owned(),
                "int" => "bigint".to_owned(),
                kind if kind.starts_with("varchar(") => {
                    (*dice.pick(&["text", "varchar(400)"])).to_owned()
                }
                kind if kind.starts_with("decimal(") => {
                    let scale = kind
                        .trim_end_matches(')')
                        .rsplit(',')
                        .next()?
                        .trim()
                        .to_owned();
                    format!("decimal(38,{scale})")
                }
                _ => return None,
            };
            options.insert("kind".to_owned(), json!(wide));
        }
        _ => {
            entries.shift_remove(&column)?;
            if entries.is_empty() {
                table.shift_remove(sections);
            }
        }
    }
    Some(())
}

pub(crate) fn section<'a>(
    root: &'a mut Map<String, Value>,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    root.get_mut(name)?.as_object_mut()
}

fn pick(entries: &Map<String, Value>, dice: &mut Dice) -> Option<String> {
    let names: Vec<&String> = entries.keys().collect();
    (!names.is_empty()).then(|| (*dice.pick(&names)).clone())
}

/// The options of an entry, also where it was written as a kind alone.
pub(crate) fn options<'a>(
    entries: &'a mut Map<String, Value>,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    let entry = entries.get_mut(name)?;
    if let Value::String(kind) = entry {
        *entry = json!({"kind": kind.clone()});
    }
    entry.as_object_mut()
}

/// Gives an entry another name, in its place.
fn rename(entries: &mut Map<String, Value>, old: &str, new: &str) -> Option<()> {
    if let Some(labels) = entries.get(old).filter(|entry| entry.is_array()).cloned() {
        entries[old] = json!({"labels": labels});
    }
    options(entries, old)?.insert("was".to_owned(), json!(old));
    let renamed = std::mem::take(entries).into_iter().map(|(name, value)| {
        let name = if name == old { new.to_owned() } else { name };
        (name, value)
    });
    *entries = renamed.collect();
    Some(())
}

/// Writes another word wherever one stands: in expressions, in lists of names, as a key.
fn words(value: &mut Value, old: &str, new: &str) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    texts(value, &|text| {
        let mut written = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(old) {
            let (before, after) = (&rest[..at], &rest[at + old.len()..]);
            let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
            written += before;
            written += if whole { new } else { old };
            rest = after;
        }
        written + rest
    });
}

/// Writes every text anew, keys too, but for docs and what says a kind or an old name.
fn texts(value: &mut Value, write: &dyn Fn(&String) -> String) {
    match value {
        Value::String(text) => *text = write(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, write)),
        Value::Object(entries) => {
            let written = std::mem::take(entries).into_iter().map(|(key, mut value)| {
                if !matches!(key.as_str(), "doc" | "kind" | "was" | "deprecated" | "app") {
                    texts(&mut value, write);
                }
                (write(&key), value)
            });
            *entries = written.collect();
        }
        _ => {}
    }
}

/// Gives a kind another name wherever it is one.
fn kinds(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("kind", Value::String(kind)) => {
                        if kind == old {
                            *kind = new.to_owned();
                        } else if *kind == format!("list({old})") {
                            *kind = format!("list({new})");
                        }
                    }
                    ("was", _) => {}
                    ("columns", Value::Object(columns)) => {
                        for (_, column) in columns.iter_mut() {
                            match column {
                                Value::String(kind) if kind == old => *kind = new.to_owned(),
                                other => kinds(other, old, new),
                            }
                        }
                    }
                    (_, other) => kinds(other, old, new),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| kinds(item, old, new)),
        _ => {}
    }
}
