//! Tables and their columns.

use super::Importer;
use super::values::value;
use crate::catalog::{Column, Formula, Name, Table};
use crate::expr::print::language;
use crate::model::Expr;
use serde_json::{Map, Value, json};

impl Importer<'_> {
    /// Every table with its columns; a table that cannot be declared is left with the reason.
    pub(super) fn tables(&mut self) {
        for (name, table) in self.live.tables() {
            let thing = format!("table {name}");
            if let Some(why) = self.undeclarable(name, table) {
                self.draft.because(thing, why);
                continue;
            }
            let at = ["tables", &name.name];
            self.draft.is(&at, &thing);
            if let Some(doc) = &table.comment {
                self.draft.set(&["tables", &name.name, "doc"], doc_of(doc));
            }
            self.draft.set(&["tables", &name.name, "sync"], "none");
            if name.schema != self.live.schema() {
                self.draft
                    .set(&["tables", &name.name, "schema"], name.schema.clone());
            }
            for (column, of) in &table.columns {
                self.column(name, table, column, of);
            }
            if let Some(key) = &table.key
                && key.columns.len() > 1
            {
                self.draft
                    .set(&["tables", &name.name, "key"], key.columns.clone());
            }
            self.declared.insert(name.clone());
        }
    }

    /// Why a table cannot be declared at all.
    fn undeclarable(&self, name: &Name, table: &Table) -> Option<String> {
        let same = |other: &&Name| other.name == name.name;
        if !is_name(&name.name) {
            return Some("its name is not a name of the language".to_owned());
        }
        if let Some(other) = self.declared.iter().find(same) {
            return Some(format!(
                "`{other}` has the same name, and names are unique over all schemas"
            ));
        }
        if table.key.is_none() {
            return Some("it does not have a primary key".to_owned());
        }
        let odd = table.columns.keys().find(|column| !is_name(column));
        odd.map(|column| format!("the name of its column `{column}` is not a name of the language"))
    }

    fn column(&mut self, of: &Name, table: &Table, name: &str, column: &Column) {
        let path = |key: &'static str| ["tables", of.name.as_str(), "columns", name, key];
        let thing = format!("table {of}, column {name}");
        let kind = self.kind_of_column(of, table, name, column);
        let (doc, deprecated) = told(column.comment.as_deref());
        let is_key = |key: &crate::catalog::Key| key.columns.as_slice() == [name.to_owned()];
        self.draft.set(&path("kind"), kind.clone());
        self.draft.or(
            &path("kind"),
            format!(
                "opaque({})",
                synctable::Database::Postgres.literal(&column.sql_type)
            ),
        );
        self.draft
            .is(&["tables", &of.name, "columns", name], &thing);
        if table.key.as_ref().is_some_and(is_key) {
            self.draft.set(&path("key"), true);
        }
        if column.nullable {
            self.draft.set(&path("nullable"), true);
        }
        if column.identity {
            self.draft.set(&path("identity"), true);
        }
        if let Some(default) = &column.default {
            self.counted_with(column);
            let text = self.sql_of_default(of, name);
            // Only what the server fills in may ask for a claim.
            let is_claim = matches!(default, Formula::Expr(Expr::Claim(_)));
            let key = if is_claim { "server" } else { "default" };
            self.draft.set(&path(key), value(default, &kind));
            if let Some(text) = text.filter(|_| !is_claim) {
                self.draft.or(&path("default"), json!({ "sql": text }));
            }
            self.draft.is(&path("default"), format!("{thing}, default"));
        }
        if let Some(generated) = &column.generated {
            let expr = match generated {
                Formula::Expr(expr) => language(expr),
                Formula::Sql(text) => text.clone(),
            };
            self.draft
                .set(&path("generated"), json!({"expr": expr, "stored": true}));
            self.draft
                .is(&path("generated"), format!("{thing}, generated"));
        }
        if let Some(deprecated) = deprecated {
            self.draft.set(&path("deprecated"), deprecated);
        }
        if let Some(doc) = doc {
            self.draft.set(&path("doc"), doc);
        }
    }

    /// The kind of a column: that of its type, or an enum whose labels a check of ours lists.
    fn kind_of_column(&mut self, of: &Name, table: &Table, name: &str, column: &Column) -> String {
        let check = crate::catalog::labels(&of.name, name);
        let labels = table
            .checks
            .get(&check)
            .and_then(|check| match &check.formula {
                Formula::Expr(Expr::InList {
                    list,
                    negated: false,
                    ..
                }) => super::labels(list),
                Formula::Sql(text) => super::labels_of_list(text),
                _ => None,
            });
        let Some(labels) = labels else {
            return self.kinds.of(&column.sql_type);
        };
        let checked = self.checked_enum(&of.name, name, labels);
        match column.sql_type.ends_with("[]") {
            true => format!("list({checked})"),
            false => checked,
        }
    }

    /// Makes the sequence that a default counts with, before the tables.
    fn counted_with(&mut self, column: &Column) {
        let Some(Formula::Sql(text)) = &column.default else {
            return;
        };
        let sequence = text
            .strip_prefix("nextval('")
            .and_then(|rest| rest.strip_suffix("'::regclass)"));
        let Some(sequence) = sequence.map(|name| name.replace("''", "'")) else {
            return;
        };
        let bare = sequence.rsplit('.').next().unwrap_or(&sequence);
        let entry = bare.trim_matches('"').to_owned();
        if !is_name(&entry) {
            return;
        }
        self.draft.set(
            &["sql", &entry, "doc"],
            format!("The sequence `{entry}`, as it was found."),
        );
        self.draft.set(&["sql", &entry, "phase"], "before_tables");
        self.draft.set(
            &["sql", &entry, "up"],
            format!("create sequence {sequence} as {};\n", column.sql_type),
        );
    }

    /// A default as Postgres prints it.
    fn sql_of_default(&self, of: &Name, name: &str) -> Option<String> {
        let column = self.live.catalog.tables.get(of)?.columns.get(name)?;
        match column.default.as_ref()? {
            Formula::Sql(text) => Some(text.clone()),
            Formula::Expr(expr) => Some(language(expr)),
        }
    }
}

/// A text of a comment as a doc.
pub(super) fn doc_of(comment: &str) -> Value {
    json!(comment)
}

/// The doc and the deprecation in a comment.
fn told(comment: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(comment) = comment else {
        return (None, None);
    };
    if let Some(why) = comment.strip_prefix("Deprecated: ") {
        return (None, Some(why.to_owned()));
    }
    match comment.rsplit_once("\nDeprecated: ") {
        Some((doc, why)) => (Some(doc.to_owned()), Some(why.to_owned())),
        None => (Some(comment.to_owned()), None),
    }
}

/// Whether a name of Postgres is one of the language.
pub(super) fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    letters.next().is_some_and(first)
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= synctable::ident::NAME_BYTES
}

/// A mapping of these entries.
pub(super) fn mapping(entries: Vec<(&str, Value)>) -> Value {
    let entries = entries.into_iter();
    let entries = entries.map(|(key, value)| (key.to_owned(), value));
    Value::Object(entries.collect::<Map<_, _>>())
}
