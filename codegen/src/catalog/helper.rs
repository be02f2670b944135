//! Functions of the private schema that triggers call, with those triggers: each as it is made and as a catalog tells it.

use super::deletion::bare;
use super::lower::SEARCH_PATH;
use super::{Body, Function, Name, Trigger, private_schema};
use crate::guard::comparable;
use crate::model::{self, Model};
use std::borrow::Cow;
use synctable::statement::CLIENT_SETTING;
use synctable::{Database, Kind, Scalar};

/// A function that triggers call.
#[derive(Clone, Debug, PartialEq)]
pub struct Helper {
    /// Its name in the private schema.
    pub function: String,
    /// The declared table whose declaration asks for it; `None` where it serves all.
    pub of: Option<String>,
    /// What it is for, one sentence.
    pub doc: String,
    /// Whether it runs with the rights of its owner.
    pub security_definer: bool,
    /// Its text, line by line.
    pub body: Vec<String>,
    /// The triggers that call it.
    pub triggers: Vec<Call>,
}

/// A trigger that calls a function of the private schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its name.
    pub trigger: String,
    /// The declared table.
    pub table: String,
    /// When it fires: `before update`.
    pub when: String,
    /// It fires where an UPDATE names one of these columns; where any is named if there is none.
    pub of: Vec<String>,
    /// It fires where one of these columns changes; always where there is none.
    pub changed: Vec<String>,
    /// It fires only for those whom the policies bind.
    pub bound: bool,
    /// It fires only while a client is named whose writes are applied.
    pub by_client: bool,
    /// It fires once for a statement, and sees the rows under these names: `new table as new_rows`; otherwise for each row.
    pub rows: Option<&'static str>,
    /// What it hands to the function.
    pub arguments: Vec<String>,
}

impl Helper {
    /// The function as a catalog tells it.
    pub(super) fn lowered(&self) -> Function {
        Function {
            returns: "trigger".to_owned(),
            volatility: "volatile".to_owned(),
            security_definer: self.security_definer,
            settings: vec![format!("search_path={SEARCH_PATH}")],
            body: Some(Body::text(&self.body.join("\n"))),
            ..Function::default()
        }
    }
}

impl Call {
    /// The trigger as a catalog tells it.
    pub(super) fn lowered(&self, model: &Model, function: &str) -> Trigger {
        let table = &model.tables[&self.table];
        let changed: Vec<String> = self
            .columns(table)
            .map(|column| {
                let [new, old] = ["new", "old"].map(|row| {
                    let column_of_row = format!("{row}.{}", ident(&column.name));
                    match compared_as(&column.kind) {
                        Some(of_type) => format!("({column_of_row})::{of_type}"),
                        None => column_of_row,
                    }
                });
                format!("({new}ISDISTINCTFROM{old})")
            })
            .collect();
        let changed = match changed.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("({})", many.join("OR"))),
        };
        let bound = self.bound.then(|| bound(table));
        let by_client = self
            .by_client
            .then(|| format!("(current_setting('{CLIENT_SETTING}'::text,true)<>''::text)"));
        let conditions: Vec<String> = [changed, bound, by_client].into_iter().flatten().collect();
        let condition = match conditions.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("({})", many.join("AND"))),
        };
        let event = self.event(|column| column.to_owned());
        Trigger {
            when: match self.rows {
                Some(rows) => format!("{event} referencing {rows} for each statement"),
                None => event,
            },
            condition: condition.map(|text| bare(&text)),
            function: Name::new(private_schema(model), function),
        }
    }

    /// When it fires, with the names of columns as `spell` writes them: `before update of a, b`.
    pub fn event(&self, spell: impl Fn(&str) -> String) -> String {
        let of: Vec<String> = self.of.iter().map(|column| spell(column)).collect();
        match of.is_empty() {
            true => self.when.clone(),
            false => format!("{} of {}", self.when, of.join(", ")),
        }
    }

    /// Its condition, as Postgres reads it; `None` where it always fires.
    pub fn condition(&self, model: &Model) -> Option<String> {
        let table = &model.tables[&self.table];
        let changed: Vec<String> = self
            .columns(table)
            .map(|column| {
                let [new, old] = ["new", "old"].map(|row| comparable(row, column));
                format!("{new} is distinct from {old}")
            })
            .collect();
        let bound = self.bound.then(|| is_bound(table));
        let by_client = self
            .by_client
            .then(|| format!("current_setting('{CLIENT_SETTING}', true) <> ''"));
        let rest: Vec<String> = bound.into_iter().chain(by_client).collect();
        let changed = match (changed.len(), rest.is_empty()) {
            (0, _) => None,
            (1, _) | (_, true) => Some(changed.join(" or ")),
            (_, false) => Some(format!("({})", changed.join(" or "))),
        };
        let conditions: Vec<String> = changed.into_iter().chain(rest).collect();
        (!conditions.is_empty()).then(|| conditions.join(" and "))
    }

    fn columns<'m>(&'m self, table: &'m model::Table) -> impl Iterator<Item = &'m model::Column> {
        self.changed.iter().map(|name| &table.columns[name])
    }
}

/// Whether policies bind whoever writes the table, as Postgres tells it of a trigger's condition.
pub(super) fn bound(table: &model::Table) -> String {
    let table = Database::Postgres.literal(&bare(&qualified(table)));
    format!("row_security_active(({table}::regclass)::oid)")
}

/// Whether policies bind whoever writes the table: the client role does, the owner and the service do not.
pub(crate) fn is_bound(table: &model::Table) -> String {
    let table = Database::Postgres.literal(&qualified(table));
    format!("row_security_active({table}::regclass)")
}

/// The type as which Postgres compares values of the kind, where that is another one.
///
/// Postgres names it in the conditions that it tells, in full and here without blanks.
fn compared_as(kind: &Kind) -> Option<Cow<'static, str>> {
    let base = match kind {
        Kind::Opaque(_) | Kind::Scalar(Scalar::Varchar(_)) => return Some("text".into()),
        Kind::Domain { base, .. } => base,
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::List(_) => return None,
    };
    Some(match base {
        Scalar::Varchar(_) => "text".into(),
        Scalar::Time => "timewithouttimezone".into(),
        Scalar::Timestamp => "timestampwithouttimezone".into(),
        Scalar::Timestamptz => "timestampwithtimezone".into(),
        Scalar::Double => "doubleprecision".into(),
        Scalar::Decimal { .. } => "numeric".into(),
        base => base.postgres_type(),
    })
}

pub(super) fn qualified(table: &model::Table) -> String {
    format!("{}.{}", ident(&table.schema), ident(&table.name))
}

pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}
