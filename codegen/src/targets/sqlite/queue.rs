//! The upload queue of a device with plain SQLite: triggers that write an entry for each row that is written locally.
//!
//! - Rows of the server are applied while `synctable_applying` has the row 1. It refers to nothing by a deferred foreign key,
//!   so a transaction cannot end with it, and a crash does not leave it behind.
//! - The pragmas of a connection are asked for each write, which costs as much as the write. Row 2 says that the transaction
//!   has asked already. The view `synctable_connection` asks, for all triggers.
//! - SQL does not number transactions. An entry belongs to the number in `synctable_state`. The library counts it up when it
//!   opens a transaction and when it reads the queue, so a transaction that was sent never grows.
//! - `edited_at` is set by the same triggers where the statement leaves it alone. The update that does so fires them once
//!   more, and is known by what the last entry says.
//! - A REPLACE deletes rows without firing anything unless the connection says `recursive_triggers`; it is refused elsewhere.
//! - The queue has no index, which would cost as much as the row that is written. An insert does not look for the deletion
//!   of the row that it replaces: `synctable_uploads` leaves that one out.

use super::lower::{Device, client_indexes, column_type, ident};
use super::parents;
use super::view::{self, Trigger};
use crate::expr::{Known, print};
use crate::model::{
    CheckBody, ClientColumn, ClientTable, Column, Expr, InPatch, InPut, IndexPart, Model,
};
use askama::Template as _;
use synctable::crud::Code;
use synctable::{Database, Kind, Role, Scalar, SyncMode};

/// How long the lines of lists are.
const WIDTH: usize = 110;

/// The largest finite number of a `REAL`.
const LARGEST: &str = "1.7976931348623157e308";

/// Whether a connection was not set up.
const NOT_SET_UP: &str = "(SELECT foreign_keys FROM pragma_foreign_keys) = 0
    OR (SELECT recursive_triggers FROM pragma_recursive_triggers) = 0";

/// What a connection has to do that was not set up.
const SET_UP: &str =
    "connection: run PRAGMA foreign_keys = ON and PRAGMA recursive_triggers = ON first";

/// Nothing is captured while rows of the server are applied.
const LOCAL: &str = "NOT EXISTS (SELECT 1 FROM synctable_applying WHERE id = 1)";

/// The number of the transaction that a new entry belongs to.
const NUMBER: &str = "(SELECT transaction_number FROM synctable_state)";

/// `queue.sql`, where the queue is declared.
pub(super) fn queue(model: &Model) -> Option<String> {
    if !model.sqlite.queue {
        return None;
    }
    let known = Known::of(model);
    let tables = model.client_tables();
    let shared = tables.iter().filter(|it| it.table.sync != SyncMode::Local);
    let view = view::Queue {
        app: &model.app,
        not_set_up: NOT_SET_UP,
        set_up: Refusal {
            condition: NOT_SET_UP.to_owned(),
            message: SET_UP.to_owned(),
        }
        .statement(),
        triggers: shared
            .flat_map(|shared| Captured::of(model, &known, shared).triggers())
            .collect(),
    };
    Some(view.render().expect("a template of strings renders"))
}

/// A table whose rows are captured.
struct Captured<'a> {
    device: Device<'a>,
    shared: &'a ClientTable<'a>,
    /// The table, as an identifier and as a text.
    name: String,
    text: String,
    /// The column that says when a row was edited, and the time of now in its form.
    edited_at: Option<(String, String)>,
}

impl<'a> Captured<'a> {
    fn of(model: &'a Model, known: &'a Known, shared: &'a ClientTable<'a>) -> Self {
        let table = shared.table;
        let edited_at = table.role(Role::EditedAt).map(|column| {
            let zone = match column.kind.carrier() {
                Some(Scalar::Timestamp) => "",
                _ => "Z",
            };
            let now = format!("strftime('%Y-%m-%dT%H:%M:%f000{zone}', 'now')");
            (ident(&column.client_name), now)
        });
        Self {
            device: Device {
                model,
                table,
                known,
                row: &known.tables[&table.name],
            },
            shared,
            name: ident(&table.client_name),
            text: Database::Sqlite.literal(&table.client_name),
            edited_at,
        }
    }

    fn triggers(&self) -> [Trigger; 3] {
        let writes = self.shared.writes;
        [
            match writes.put {
                true => self.on_insert(),
                false => self.refused("insert", "insert"),
            },
            match writes.patch {
                true => self.on_update(),
                false => self.refused("update", "change"),
            },
            match writes.delete {
                true => self.on_delete(),
                false => self.refused("delete", "delete"),
            },
        ]
    }

    fn trigger(&self, event: &str, when: Vec<String>, body: Vec<String>) -> Trigger {
        Trigger {
            name: ident(&format!(
                "synctable_{}_{event}",
                self.device.table.client_name
            )),
            event: format!("AFTER {} ON {}", event.to_uppercase(), self.name),
            when,
            body,
        }
    }

    fn refused(&self, event: &str, verb: &str) -> Trigger {
        let why = format!(
            "devices do not {verb} rows of {}",
            self.device.table.client_name
        );
        let refusal = Refusal::new(Code::NotAllowed, &why, "1".to_owned());
        let body = vec![format!("SELECT {}", refusal.raise())];
        self.trigger(event, vec![LOCAL.to_owned()], body)
    }

    fn on_insert(&self) -> Trigger {
        let mut body = vec![refuse(self.guards(Written::New))];
        let at = self
            .edited_at
            .as_ref()
            .map(|(name, now)| format!("ifnull(new.{name}, {now})"));
        body.push(self.entry(
            "'PUT'",
            "new.id",
            &[("op_data", self.put(at.as_deref()))],
            at.as_deref(),
            "",
        ));
        body.extend(self.touch("IS NULL"));
        self.trigger("insert", vec![LOCAL.to_owned()], body)
    }

    fn on_update(&self) -> Trigger {
        let is_edited_at = |column: &ClientColumn<'_>| column.column.role == Some(Role::EditedAt);
        let watched =
            self.columns(|column| is_kept(column) || column.in_patch() == InPatch::Changed);
        let (of_trigger, others): (Vec<_>, Vec<_>) = watched.into_iter().partition(is_edited_at);
        let names = others
            .iter()
            .map(|column| ident(&column.column.client_name));
        let names: Vec<String> = ["id".to_owned()].into_iter().chain(names).collect();
        let row = |row: &str| {
            let values = names.iter().map(|name| format!("{row}.{name}"));
            filled(&values.collect::<Vec<_>>(), 6)
        };
        let mut changed = vec![match &names[..] {
            [name] => format!("new.{name} IS NOT old.{name}"),
            _ => format!("({}) IS NOT\n      ({})", row("new"), row("old")),
        }];
        if let (Some((name, _)), [column]) = (&self.edited_at, &of_trigger[..]) {
            // It is not what the trigger has just set.
            changed.push(format!(
                "({} AND ifnull((
      SELECT table_name IS NOT {} OR id IS NOT new.id OR edited_at IS NOT new.{name}
      FROM synctable_queue ORDER BY sequence DESC LIMIT 1), 1))",
                differs(column.column),
                self.text
            ));
        }
        let when = vec![LOCAL.to_owned(), format!("({})", changed.join("\n    OR "))];
        let mut refusals = self.guards(Written::Changed);
        let moves = self.shared.writes.put && self.shared.writes.delete;
        if !moves {
            let why = format!(
                "devices do not change the id of a row of {}",
                self.device.table.client_name
            );
            let moved = "new.id IS NOT old.id".to_owned();
            refusals.push(Refusal::new(Code::NotAllowed, &why, moved));
        }
        let mut body = vec![refuse(refusals)];
        // What the entries share.
        let at = self
            .edited_at
            .as_ref()
            .map(|(name, now)| format!("iif(new.{name} IS old.{name}, {now}, new.{name})"));
        let stays = moves.then_some("new.id IS old.id");
        let shared = [(stays, "stays"), (at.as_deref(), "at")];
        let shared = shared
            .iter()
            .filter_map(|(value, name)| Some(format!("{} AS {name}", value.as_ref()?)));
        let shared: Vec<String> = shared.collect();
        let from = match shared.is_empty() {
            true => String::new(),
            false => format!("FROM (SELECT {})", shared.join(", ")),
        };
        if moves {
            let moved = "WHERE new.id IS NOT old.id";
            body.push(self.entry("'DELETE'", "old.id", &[], at.as_deref(), moved));
        }
        // A row that moves is a new one, and says everything.
        let sent = self.columns(|column| match moves {
            true => is_in_put(column),
            false => column.in_patch() == InPatch::Changed,
        });
        let parts = sent.iter().map(|column| {
            let name = Database::Sqlite.literal(&format!(",{}:", json_name(column.column)));
            let value = value(column.column, "new");
            match (column.in_patch() == InPatch::Changed, moves) {
                (true, _) if is_edited_at(column) => format!("{name} || json_quote(at)"),
                (true, true) => {
                    let same = same(column.column);
                    format!("iif(stays AND {same}, '', {name} || {value})")
                }
                (true, false) => format!("iif({}, '', {name} || {value})", same(column.column)),
                (false, _) => format!("iif(stays, '', {name} || {value})"),
            }
        });
        let parts = object(parts.collect());
        let mut said = vec![("op_data", parts)];
        said.extend(self.previous().map(|(name, previous)| match moves {
            true => (name, format!("iif(stays, {previous}, NULL)")),
            false => (name, previous),
        }));
        let op = match moves {
            true => "iif(stays, 'PATCH', 'PUT')",
            false => "'PATCH'",
        };
        let named = at.as_ref().map(|_| "at");
        body.push(self.entry(op, "new.id", &said, named, &from));
        if let Some((name, _)) = &self.edited_at {
            body.extend(self.touch(&format!("IS old.{name}")));
        }
        self.trigger("update", when, body)
    }

    fn on_delete(&self) -> Trigger {
        let at = self.edited_at.as_ref().map(|(_, now)| now.as_str());
        let said: Vec<_> = self.previous().into_iter().collect();
        let entry = self.entry("'DELETE'", "old.id", &said, at, "");
        self.trigger(
            "delete",
            vec![LOCAL.to_owned()],
            vec![refuse(Vec::new()), entry],
        )
    }

    /// Adds an entry.
    fn entry(
        &self,
        op: &str,
        id: &str,
        said: &[(&str, String)],
        at: Option<&str>,
        filter: &str,
    ) -> String {
        let mut columns = vec!["transaction_number", "table_name", "id", "op"];
        let mut values = format!("{NUMBER}, {}, {id}, {op}", self.text);
        let at = at.map(|at| ("edited_at", at));
        let said = said.iter().map(|(column, text)| (*column, text.as_str()));
        for (column, value) in said.chain(at) {
            columns.push(column);
            values += &format!(",\n    {value}");
        }
        let into = format!("INSERT INTO synctable_queue ({})", columns.join(", "));
        // VALUES is faster than a SELECT.
        match filter {
            "" => format!("{into}\n  VALUES ({values})"),
            filter => format!("{into}\n  SELECT {values}\n  {filter}"),
        }
    }

    /// Sets `edited_at` of the row, where the statement has left it alone.
    fn touch(&self, left_alone: &str) -> Option<String> {
        let (name, now) = self.edited_at.as_ref()?;
        Some(format!(
            "UPDATE {} SET {name} = {now} WHERE id = new.id AND new.{name} {left_alone}",
            self.name
        ))
    }

    /// The columns of the entry of a new row. `synctable_uploads` leaves out what is NULL.
    fn put(&self, edited_at: Option<&str>) -> String {
        let sent = self.columns(is_in_put);
        let members = sent.iter().map(|column| {
            let value = match (column.column.role, edited_at) {
                (Some(Role::EditedAt), Some(at)) => at.to_owned(),
                _ => json_value(column.column, "new"),
            };
            let name = Database::Sqlite.literal(&column.column.client_name);
            format!("{name}, {value}")
        });
        json_object(&members.collect::<Vec<_>>())
    }

    /// What the writer saw, where the table keeps it.
    fn previous(&self) -> Option<(&'static str, String)> {
        let kept = &self.device.table.client.track_previous;
        let kept = self.columns(|column| kept.contains(&column.column.name));
        let parts = kept.iter().map(|column| {
            let name = Database::Sqlite.literal(&format!(",{}:", json_name(column.column)));
            format!("{name} || {}", value(column.column, "old"))
        });
        (!kept.is_empty()).then(|| ("previous_values", object(parts.collect())))
    }

    /// What a local write may not do.
    fn guards(&self, written: Written) -> Vec<Refusal> {
        let mut guards = Vec::new();
        let table = &self.device.table.client_name;
        for column in &self.shared.columns {
            let declared = column.column;
            let name = ident(&declared.client_name);
            let place = format!("{table}.{}", declared.client_name);
            if written == Written::Changed && is_kept(column) {
                let code = match column.in_patch() {
                    InPatch::Once => Code::Immutable,
                    InPatch::Key => Code::Id,
                    _ => Code::ServerOwned,
                };
                let why = match code {
                    Code::Immutable => format!("{place} is set once"),
                    Code::Id => format!("{place} is part of the id"),
                    _ => format!("the server owns {place}"),
                };
                let moved = match column.in_patch() {
                    InPatch::Key | InPatch::Once => " AND new.id IS old.id",
                    _ => "",
                };
                guards.push(Refusal::new(
                    code,
                    &why,
                    format!("{}{moved}", differs(declared)),
                ));
                continue;
            }
            let sent = match written {
                Written::New => !matches!(
                    column.in_put(),
                    InPut::Never | InPut::Ignored | InPut::Verified
                ),
                Written::Changed => column.in_patch() == InPatch::Changed,
            };
            if !sent || self.is_id(declared) {
                continue;
            }
            let is_new = match written {
                Written::New => String::new(),
                Written::Changed => format!("{} AND ", differs(declared)),
            };
            let required = match written {
                Written::New => column.in_put() == InPut::Required,
                Written::Changed => !declared.nullable,
            };
            // The trigger fills it in.
            let filled = declared.role == Some(Role::EditedAt);
            if required && !filled {
                let why = format!("{place} has no value");
                guards.push(Refusal::new(
                    Code::Null,
                    &why,
                    format!("{is_new}new.{name} IS NULL"),
                ));
            }
            if let Kind::Enum { name: of, .. } = &declared.kind {
                let def = &self.device.model.enums[of.as_ref()];
                let labels: Vec<String> = def
                    .labels
                    .iter()
                    .filter(|label| !def.retired.contains(*label))
                    .map(|label| Database::Sqlite.literal(label))
                    .collect();
                let unknown = format!("{is_new}new.{name} NOT IN ({})", labels.join(", "));
                guards.push(Refusal::new(
                    Code::UnknownLabel,
                    &format!("{place} has no such label"),
                    unknown,
                ));
            }
            if column_type(declared) == "REAL" {
                let infinite = format!("{is_new}abs(new.{name}) > {LARGEST}");
                guards.push(Refusal::new(
                    Code::Range,
                    &format!("{place} is not finite"),
                    infinite,
                ));
            }
        }
        guards.extend(self.checks());
        guards.extend(self.uniques(written));
        guards.extend(self.references(written));
        guards
    }

    /// The rows that must be there, because their columns refer to them.
    fn references(&self, written: Written) -> Vec<Refusal> {
        let table = self.device.table;
        let tested = parents::tested(self.device.model, table).filter_map(|tested| {
            let held = self.shared.columns.iter();
            let held = held
                .into_iter()
                .find(|one| one.column.name == tested.column)?;
            let is_sent = match written {
                Written::New => !matches!(
                    held.in_put(),
                    InPut::Never | InPut::Ignored | InPut::Verified
                ),
                Written::Changed => held.in_patch() == InPatch::Changed,
            };
            if !is_sent {
                return None;
            }
            let column = held.column;
            let name = ident(&column.client_name);
            let is_new = match written {
                Written::New => format!("new.{name} IS NOT NULL"),
                Written::Changed => format!("new.{name} IS NOT NULL AND {}", differs(column)),
            };
            let id = match column_type(column) {
                "TEXT" => format!("new.{name}"),
                _ => format!("CAST(new.{name} AS TEXT)"),
            };
            let parent = &tested.parent.client_name;
            Some(Refusal {
                condition: format!(
                    "{is_new} AND NOT EXISTS (SELECT 1 FROM {} WHERE id = {id})",
                    ident(parent)
                ),
                message: format!(
                    "reference: {}.{} names a row of {parent} that is not there",
                    table.client_name, column.client_name
                ),
            })
        });
        tested.collect()
    }

    /// The uniques that refuse the second row: one that the device has is certainly there.
    ///
    /// Without an index, each write would look at every row.
    fn uniques(&self, written: Written) -> Vec<Refusal> {
        let table = self.device.table;
        let on_device = |name: &&str| table.columns.get(*name).is_some_and(Column::is_on_device);
        let uniques = table.uniques.iter().filter_map(|unique| {
            let columns = unique.columns()?;
            let found = client_indexes(table).any(|index| match index.parts.first() {
                Some(IndexPart {
                    expr: Expr::Column(name),
                    ..
                }) => index.predicate.is_none() && columns.contains(&name.as_str()),
                _ => false,
            });
            if !unique.clash_is_refused || unique.deferrable || !found {
                return None;
            }
            let predicate = unique.predicate.as_ref();
            let read = predicate.map(Expr::columns).unwrap_or_default();
            let mut watched = columns.clone();
            watched.extend(read.iter().map(|name| &**name));
            if !watched.iter().all(on_device) {
                return None;
            }
            let equal = if unique.nulls_not_distinct { "IS" } else { "=" };
            let name = |column: &str| ident(&table.columns[column].client_name);
            let mut other: Vec<String> = columns
                .iter()
                .map(|column| format!("other.{0} {equal} new.{0}", name(column)))
                .collect();
            other.push("other.id IS NOT new.id".to_owned());
            let mut conditions = Vec::new();
            if written == Written::Changed {
                let changed = watched
                    .iter()
                    .map(|column| differs(&table.columns[*column]));
                conditions.push(format!("({})", changed.collect::<Vec<_>>().join(" OR ")));
            }
            if let Some(predicate) = predicate {
                let printed = |row| {
                    let context = self.device.context().qualified(row);
                    print::sqlite(predicate, &context).ok()
                };
                conditions.push(format!("({})", printed("new")?));
                other.push(format!("({})", printed("other")?));
            }
            conditions.push(format!(
                "EXISTS (SELECT 1 FROM {} AS other WHERE {})",
                self.name,
                other.join(" AND ")
            ));
            let columns = columns
                .iter()
                .map(|column| &*table.columns[*column].client_name);
            let message = format!(
                "unique: another row of {} has this {}",
                table.client_name,
                columns.collect::<Vec<_>>().join(", ")
            );
            Some(Refusal {
                condition: conditions.join(" AND "),
                message,
            })
        });
        uniques.collect()
    }

    /// The declared checks that SQLite can evaluate over what a device has.
    fn checks(&self) -> Vec<Refusal> {
        let table = self.device.table;
        let on_device = |name: &&str| table.columns.get(*name).is_some_and(Column::is_on_device);
        let texts = table.checks.iter().filter_map(|check| {
            let CheckBody::Expr(expr) = &check.body else {
                return None;
            };
            if !expr.columns().iter().all(on_device) {
                return None;
            }
            let text = print::sqlite(expr, &self.device.context().qualified("new")).ok()?;
            let why = format!("{} does not hold", check.name);
            Some(Refusal::new(Code::Check, &why, format!("NOT ({text})")))
        });
        texts.collect()
    }

    fn columns(&self, wanted: impl Fn(&ClientColumn<'a>) -> bool) -> Vec<ClientColumn<'a>> {
        let columns = self.shared.columns.iter();
        columns
            .filter(|column| !self.is_id(column.column) && wanted(column))
            .copied()
            .collect()
    }

    /// Whether a column is the text id, which every entry has apart.
    fn is_id(&self, column: &Column) -> bool {
        super::names::is_text_id(self.device.table, column)
    }
}

/// What a statement did to the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    New,
    Changed,
}

/// Whether the entry of a new row has a column.
fn is_in_put(column: &ClientColumn<'_>) -> bool {
    matches!(
        column.in_put(),
        InPut::Required | InPut::Defaulted | InPut::Nullable
    )
}

/// Whether nothing on the device may change a column of a row that is there.
fn is_kept(column: &ClientColumn<'_>) -> bool {
    let declared = column.column;
    // What SQLite computes changes by itself, and what only the device has is the device's.
    declared.generated.is_none()
        && declared.direction.on_server()
        && matches!(
            column.in_patch(),
            InPatch::Once | InPatch::Never | InPatch::Verified | InPatch::Key
        )
        && declared.client_name != synctable::table::CLIENT_ID
}

fn differs(column: &Column) -> String {
    let name = ident(&column.client_name);
    format!("new.{name} IS NOT old.{name}")
}

fn same(column: &Column) -> String {
    let name = ident(&column.client_name);
    format!("new.{name} IS old.{name}")
}

/// The name of a member, as JSON.
fn json_name(column: &Column) -> String {
    serde_json::to_string(&column.client_name).expect("a text has a form")
}

/// A value as JSON: what SQLite stores, and every digit of a number.
fn value(column: &Column, row: &str) -> String {
    let present = present(column, row);
    match column_type(column) {
        "REAL" => format!(
            "iif({row}.{} IS NULL, 'null', {present})",
            ident(&column.client_name)
        ),
        "INTEGER" => format!("ifnull({present}, 'null')"),
        _ => present,
    }
}

/// The same of a value that is not NULL.
fn present(column: &Column, row: &str) -> String {
    let name = ident(&column.client_name);
    match column_type(column) {
        // Before 3.43, `json_quote` cuts a number after 15 digits.
        "REAL" => format!("printf('%!.17g', {row}.{name})"),
        // A number is the text of itself.
        "INTEGER" => format!("{row}.{name}"),
        _ => format!("json_quote({row}.{name})"),
    }
}

/// A value as an argument of `json_object`: before 3.43, that cuts a number after 15 digits.
fn json_value(column: &Column, row: &str) -> String {
    let name = ident(&column.client_name);
    match column_type(column) {
        "REAL" => format!("json(iif({row}.{name} IS NULL, NULL, printf('%!.17g', {row}.{name})))"),
        _ => format!("{row}.{name}"),
    }
}

/// A JSON object of names and values.
fn json_object(members: &[String]) -> String {
    // A function takes 127 arguments at most, which are the names and values of 63 members.
    let parts: Vec<String> = members
        .chunks(63)
        .map(|chunk| format!("json_object(\n      {})", filled(chunk, 6)))
        .collect();
    match &parts[..] {
        [] => "'{}'".to_owned(),
        [one] => one.clone(),
        parts => {
            let inside = parts
                .iter()
                .map(|part| format!("rtrim(substr({part}, 2), '}}')"));
            let inside: Vec<String> = inside.collect();
            format!("'{{' || {} || '}}'", inside.join(" || ',' || "))
        }
    }
}

/// Items with commas between them, as many in each line as fit; every line is indented.
fn filled(items: &[String], indent: usize) -> String {
    let mut text = String::new();
    let mut taken = indent;
    for (index, item) in items.iter().enumerate() {
        let length = item.chars().count();
        if index > 0 && taken + length + 2 > WIDTH {
            text.push_str(",\n");
            text.extend(std::iter::repeat_n(' ', indent));
            taken = indent;
        } else if index > 0 {
            text.push_str(", ");
            taken += 2;
        }
        text.push_str(item);
        taken += length;
    }
    text
}

/// A JSON object of parts that each begin with a comma, or are empty.
fn object(parts: Vec<String>) -> String {
    match parts.is_empty() {
        true => "'{}'".to_owned(),
        false => format!(
            "'{{' || substr(\n      {}, 2) || '}}'",
            parts.join("\n      || ")
        ),
    }
}

/// What is refused, and why.
struct Refusal {
    condition: String,
    message: String,
}

impl Refusal {
    fn new(code: Code, why: &str, condition: String) -> Self {
        let message = format!("{code}: {why}");
        Self { condition, message }
    }

    fn raise(&self) -> String {
        let text = Database::Sqlite.literal(&self.message);
        format!("RAISE(ABORT, {text})")
    }

    fn statement(&self) -> String {
        format!("SELECT {}\n  WHERE {}", self.raise(), self.condition)
    }
}

/// The one statement that refuses a write: each statement of a trigger has a cost, also where it does nothing.
fn refuse(refusals: Vec<Refusal>) -> String {
    let set_up = Refusal {
        condition: "(SELECT is_refused FROM synctable_connection)".to_owned(),
        message: SET_UP.to_owned(),
    };
    let branches = std::iter::once(set_up)
        .chain(refusals)
        .map(|refusal| format!("\n    WHEN {} THEN {}", refusal.condition, refusal.raise()));
    format!("SELECT CASE{}\n  END", branches.collect::<String>())
}
