//! The statements of a device's SQLite: one row each, by the same rules as in Postgres.
//!
//! SQLite has neither policies nor a clock that two devices share: who may write is not asked, and the time of receipt
//! is a parameter.
//! Nobody else writes meanwhile: one statement decides, and another one writes without asking again.
//! The table's constants say all that they take, so that a device writes them itself.

use crate::crud::Op;
use crate::ident::Database;
use crate::kind::{Kind, Scalar};
use crate::statement::WRITERS;
use crate::table::{CLIENT_ID, ColumnDef, TableDef};
use crate::words::{ConflictRule, DeleteRule, Role};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How many columns one mask speaks of: the bits of a whole number that SQLite holds without a sign.
const BITS: usize = 62;

/// What a statement binds in one place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Param {
    /// The client that writes; null for one that is not known.
    Client,
    /// The row's id on the device.
    Id,
    /// The time of receipt, in the canonical text of a kind.
    Now(Zone),
    /// The latest time that an edit may have, in the same text: five minutes from now.
    Horizon(Zone),
    /// The value of a column; null where it is not given.
    Given(&'static ColumnDef),
    /// What the writer saw in a column; null where it does not say.
    Seen(&'static ColumnDef),
    /// The version that the writer saw: what it saw in the column, else what it gives it.
    Version(&'static ColumnDef),
    /// Which of these columns the entry gives: a number with a bit for each.
    Gives(Vec<&'static ColumnDef>),
    /// Which of these columns the writer saw.
    Saw(Vec<&'static ColumnDef>),
}

/// How a text says that it is a time of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// By a `Z`: a `timestamptz`.
    Written,
    /// It does not: a `timestamp`.
    Unwritten,
}

impl Zone {
    fn of(column: &ColumnDef) -> Self {
        match column.kind {
            Kind::Scalar(Scalar::Timestamp) => Self::Unwritten,
            _ => Self::Written,
        }
    }
}

/// A parameter that tells which of some columns an entry gives or saw.
type Mask = fn(Vec<&'static ColumnDef>) -> Param;

/// A text and its parameters, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) params: Vec<Param>,
}

/// The statements of a kind of change.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    /// Answers with one outcome, and writes nothing.
    pub(super) decide: Statement,
    /// Writes what `decide` calls applied.
    pub(super) write: Statement,
}

impl Statements {
    /// Those of a table whose rows, once they are there, devices change or do not; each is written once in a program.
    pub(super) fn of(table: &'static TableDef, op: Op, takes_changes: bool) -> Arc<Self> {
        type Known = HashMap<(usize, Op, bool), Arc<Statements>>;
        static KNOWN: RwLock<Option<Known>> = RwLock::new(None);
        let key = (std::ptr::from_ref(table).addr(), op, takes_changes);
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.as_ref().and_then(|known| known.get(&key)) {
            return Arc::clone(found);
        }
        drop(known);
        let written = Arc::new(Self::written(table, op, takes_changes));
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        Arc::clone(known.entry(key).or_insert(written))
    }

    fn written(table: &'static TableDef, op: Op, takes_changes: bool) -> Self {
        let (decide, write): (Writes, Writes) = match op {
            Op::Put => (Rules::judged_put, Rules::put),
            Op::Patch => (Rules::judged_patch, Rules::patch),
            Op::Delete => (Rules::judged_deletion, Rules::delete),
        };
        let statement = |writes: Writes| {
            let rules = Rules::of(table, takes_changes);
            Statement {
                text: writes(&rules),
                params: rules.params.into_inner(),
            }
        };
        Statements {
            decide: statement(decide),
            write: statement(write),
        }
    }
}

/// Whether the statements of a table ask who wrote a row.
pub(super) fn asks_for_writer(table: &TableDef) -> bool {
    arbiter(table) != Arbiter::Arrival
}

type Writes = fn(&Rules) -> String;

/// What decides between a write and the row that it finds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arbiter {
    /// Whatever arrives applies.
    Arrival,
    /// The time of the edit.
    Time,
    /// What the writer saw.
    Seen,
}

fn arbiter(table: &TableDef) -> Arbiter {
    match (table.conflict, on_server(table, Role::EditedAt)) {
        (ConflictRule::LastWriteWins, Some(_)) => Arbiter::Time,
        (ConflictRule::ServerWins, _) => Arbiter::Seen,
        _ => Arbiter::Arrival,
    }
}

fn on_server(table: &TableDef, role: Role) -> Option<&'static ColumnDef> {
    let column = table.role(role)?;
    column.direction.on_server().then_some(column)
}

/// The statements of a table, one of which is being written.
struct Rules {
    table: &'static TableDef,
    takes_changes: bool,
    /// What a new row brings beside its id, and those columns that it may leave out.
    put: Vec<&'static ColumnDef>,
    open: Vec<&'static ColumnDef>,
    /// What the server fills and an upload may say all the same.
    told: Vec<&'static ColumnDef>,
    /// What a change may give a new value.
    patch: Vec<&'static ColumnDef>,
    tracked: Vec<&'static ColumnDef>,
    edited_at: Option<&'static ColumnDef>,
    device: Option<&'static ColumnDef>,
    version: Option<&'static ColumnDef>,
    /// The column whose setting is a deletion.
    tombstone: Option<&'static ColumnDef>,
    params: RefCell<Vec<Param>>,
}

impl Rules {
    fn of(table: &'static TableDef, takes_changes: bool) -> Self {
        let columns = || table.columns.iter().copied();
        let is_key = |column: &'static ColumnDef| table.key.contains(&column);
        let is_version = |column: &'static ColumnDef| column.role == Some(Role::Version);
        let put = || columns().filter(|column| is_key(column) || column.uploads());
        let is_open = |column: &&'static ColumnDef| {
            !is_key(column) && (column.nullable || column.has_default)
        };
        Rules {
            table,
            takes_changes,
            put: put()
                .filter(|column| column.on_client() && !is_id(column))
                .collect(),
            open: put().filter(is_open).collect(),
            told: columns()
                .filter(|column| column.is_verified() && !is_key(column))
                .filter(|column| column.on_client() && !is_id(column))
                .collect(),
            patch: columns()
                .filter(|one| one.uploads() && !is_key(one) && !one.immutable && !is_version(one))
                .filter(|column| !is_id(column))
                .collect(),
            tracked: columns()
                .filter(|column| table.client.track_previous.contains(column))
                .filter(|column| !is_version(column) && !is_key(column))
                .filter(|column| column.direction.on_server() && !column.generated)
                .collect(),
            edited_at: on_server(table, Role::EditedAt),
            device: on_server(table, Role::Device),
            version: on_server(table, Role::Version),
            tombstone: match table.delete {
                DeleteRule::Soft => on_server(table, Role::Tombstone),
                DeleteRule::Hard | DeleteRule::Denied => None,
            },
            params: RefCell::default(),
        }
    }

    fn is_key(&self, column: &'static ColumnDef) -> bool {
        self.table.key.contains(&column)
    }

    /// Whether a PUT may come without any column: it then says no more than that there is a row of its id.
    fn may_say_nothing(&self) -> bool {
        let columns = self.table.columns.iter();
        let mut given = columns.filter(|column| column.uploads() && !self.is_key(column));
        given.all(|column| self.open.contains(column))
    }

    /// The place of a parameter, the same for the same one.
    fn place(&self, param: Param) -> String {
        let mut params = self.params.borrow_mut();
        let known = params.iter().position(|known| *known == param);
        let place = known.unwrap_or_else(|| {
            params.push(param);
            params.len() - 1
        });
        format!("?{}", place + 1)
    }

    /// What comes of a PUT.
    fn judged_put(&self) -> String {
        let mut branches = vec!["WHEN stored.id IS NULL THEN 'applied'".to_owned()];
        if self.may_say_nothing() {
            let masks = self.masks(&self.open, Param::Gives).into_iter();
            let nothing: Vec<String> = masks.map(|mask| format!("{mask} = 0")).collect();
            branches.push(format!("WHEN {} THEN 'same'", nothing.join(" AND ")));
        }
        let columns = self.put.iter().copied();
        let columns =
            columns.filter(|column| !self.is_key(column) && column.role != Some(Role::Version));
        let columns: Vec<_> = columns.collect();
        let same = || {
            let same = self.all_same(&self.open, &columns);
            let all = (!same.is_empty())
                .then_some(same)
                .into_iter()
                .chain(self.agrees());
            all.collect::<Vec<_>>().join(" AND ")
        };
        // Where nothing changes a row that is there, nobody may.
        let otherwise = if self.takes_changes {
            "stale"
        } else {
            "refused"
        };
        if !self.takes_changes {
            let same = same();
            return match same.is_empty() {
                true => self.judged(&branches, "same"),
                false => {
                    branches.push(format!("WHEN {same} THEN 'same'"));
                    self.judged(&branches, otherwise)
                }
            };
        }
        if let Some(rule) = self.put_rule() {
            let same = same();
            let stale = match same.is_empty() {
                true => "'same'".to_owned(),
                false => format!("iif({same}, 'same', '{otherwise}')"),
            };
            branches.push(format!("WHEN NOT coalesce({rule}, 0) THEN {stale}"));
        }
        branches.extend(self.contradicted());
        let kept = self.put.iter().copied();
        let kept = kept.filter(|column| column.immutable && !self.is_key(column));
        let kept = self.all_same(&self.open, &kept.collect::<Vec<_>>());
        if !kept.is_empty() {
            branches.push(format!("WHEN NOT ({kept}) THEN 'refused'"));
        }
        self.judged(&branches, "applied")
    }

    /// Inserts a row, or changes the one that is there.
    fn put(&self) -> String {
        let mut names = vec!["id".to_owned()];
        let columns = || self.put.iter().chain(&self.told).copied();
        names.extend(columns().map(ident));
        let mut values = vec![self.place(Param::Id)];
        values.extend(columns().map(|column| self.new_value(column)));
        let (name, names, values) = (self.name(), names.join(", "), values.join(", "));
        let insert = format!("INSERT INTO {name} AS stored ({names})\nVALUES ({values})");
        if !self.takes_changes {
            return insert;
        }
        let mut sets: Vec<String> = self
            .patch
            .iter()
            .map(|column| {
                let name = ident(column);
                let is_of_writer = matches!(column.role, Some(Role::Tombstone | Role::Device));
                let is_renewed = column.role == Some(Role::EditedAt)
                    || (is_of_writer && column.nullable)
                    || !self.open.contains(column);
                let value = match is_renewed {
                    true => format!("excluded.{name}"),
                    false => {
                        let gives = self.bit(&self.open, column).expect("it is open");
                        // A row that is made anew begins with what its PUT gives.
                        let anew = self.tombstone.map_or_else(String::new, |tombstone| {
                            format!(" OR {}", is_buried(tombstone))
                        });
                        format!("iif({gives}{anew}, excluded.{name}, stored.{name})")
                    }
                };
                format!("{name} = {value}")
            })
            .collect();
        sets.extend(self.counted());
        format!(
            "{insert}\nON CONFLICT (id) DO UPDATE SET {}",
            sets.join(", ")
        )
    }

    /// What comes of a PATCH.
    fn judged_patch(&self) -> String {
        let mut branches = vec!["WHEN stored.id IS NULL THEN 'gone'".to_owned()];
        if let Some(rule) = self.patch_rule() {
            let same = self.all_same(&self.patch, &self.patch);
            let stale = match same.is_empty() {
                true => "'same'".to_owned(),
                false => format!("iif({same}, 'same', 'stale')"),
            };
            branches.push(format!("WHEN NOT coalesce({rule}, 0) THEN {stale}"));
        }
        branches.extend(self.contradicted());
        self.judged(&branches, "applied")
    }

    /// Changes a row.
    fn patch(&self) -> String {
        let mut sets: Vec<String> = self
            .patch
            .iter()
            .map(|column| {
                let name = ident(column);
                let gives = self.bit(&self.patch, column).expect("a PATCH may give it");
                let otherwise = match column.role {
                    Some(Role::EditedAt) => self.place(Param::Now(Zone::of(column))),
                    _ => format!("stored.{name}"),
                };
                format!("{name} = iif({gives}, {}, {otherwise})", self.told(column))
            })
            .collect();
        sets.extend(self.counted());
        self.update(&sets)
    }

    fn update(&self, sets: &[String]) -> String {
        let (name, sets, id) = (self.name(), sets.join(", "), self.place(Param::Id));
        format!("UPDATE {name} AS stored SET {sets}\nWHERE stored.id = {id}")
    }

    /// What comes of a DELETE.
    fn judged_deletion(&self) -> String {
        let mut branches = vec!["WHEN stored.id IS NULL THEN 'same'".to_owned()];
        if let Some(tombstone) = self.tombstone {
            branches.push(format!("WHEN {} THEN 'same'", is_buried(tombstone)));
        }
        if let Some(rule) = self.delete_rule() {
            branches.push(format!("WHEN NOT coalesce({rule}, 0) THEN 'stale'"));
        }
        self.judged(&branches, "applied")
    }

    /// Deletes a row, or sets its tombstone.
    fn delete(&self) -> String {
        let Some(tombstone) = self.tombstone else {
            let (name, id) = (self.name(), self.place(Param::Id));
            return format!("DELETE FROM {name} AS stored WHERE stored.id = {id}");
        };
        let set = match tombstone.kind {
            Kind::Scalar(Scalar::Bool) => "1".to_owned(),
            _ => self.now(tombstone),
        };
        let mut sets = vec![format!("{} = {set}", ident(tombstone))];
        if let Some(time) = self.edited_at {
            let name = ident(time);
            // Just past what it replaces: an edit that is later than that one is later than the deletion.
            let next = next_microsecond(&name, Zone::of(time));
            sets.push(match time.nullable {
                true => format!("{name} = iif(stored.{name} IS NULL, NULL, {next})"),
                false => format!("{name} = {next}"),
            });
        }
        if let Some(device) = self.device.filter(|device| device.nullable) {
            sets.push(format!("{} = NULL", ident(device)));
        }
        sets.extend(self.counted());
        self.update(&sets)
    }

    /// The question what comes of an entry, whether there is a row of its id or not.
    fn judged(&self, branches: &[String], otherwise: &str) -> String {
        let (name, id, branches) = (self.name(), self.place(Param::Id), branches.join("\n    "));
        format!(
            "SELECT CASE\n    {branches}\n    ELSE '{otherwise}'\nEND AS outcome\nFROM (SELECT 1) LEFT JOIN {name} AS stored ON stored.id = {id}"
        )
    }

    /// The value of a column in a new row.
    fn new_value(&self, column: &'static ColumnDef) -> String {
        let value = self.told(column);
        match column.role {
            Some(Role::EditedAt) => format!("coalesce({value}, {})", self.now(column)),
            _ => value,
        }
    }

    /// The uploaded value of a column.
    fn told(&self, column: &'static ColumnDef) -> String {
        let value = self.place(Param::Given(column));
        match column.role {
            Some(Role::EditedAt) => {
                let horizon = self.place(Param::Horizon(Zone::of(column)));
                match column.nullable {
                    true => format!("min(coalesce({value}, {}), {horizon})", self.now(column)),
                    false => format!("min({value}, {horizon})"),
                }
            }
            _ => value,
        }
    }

    /// Whether the row that stands holds what an entry gives these columns; `open` are those that it may leave out.
    fn all_same(&self, open: &[&'static ColumnDef], columns: &[&'static ColumnDef]) -> String {
        let same: Vec<String> = columns
            .iter()
            .map(|column| {
                let equal = format!("stored.{} IS {}", ident(column), self.told(column));
                match self.bit(open, column) {
                    Some(gives) => format!("(NOT {gives} OR {equal})"),
                    None => equal,
                }
            })
            .collect();
        same.join(" AND ")
    }

    /// Whether an entry says nothing of what the server fills, or what stands in the row if that has a value; `None` where
    /// it cannot.
    fn agrees(&self) -> Option<String> {
        let agree = self.told.iter().map(|column| {
            let (name, told) = (ident(column), self.told(column));
            format!("({told} IS NULL OR stored.{name} IS NULL OR stored.{name} IS {told})")
        });
        let agree: Vec<String> = agree.collect();
        (!agree.is_empty()).then(|| agree.join(" AND "))
    }

    /// What comes of an entry that says something else of what the server fills.
    fn contradicted(&self) -> Option<String> {
        let agrees = self.agrees()?;
        Some(format!("WHEN NOT ({agrees}) THEN 'refused'"))
    }

    /// Whether a PUT applies to the row that it finds; `None` where it always does.
    fn put_rule(&self) -> Option<String> {
        match arbiter(self.table) {
            Arbiter::Arrival => None,
            Arbiter::Time => {
                let time = self.edited_at.expect("time decides");
                let without = self.bit(&self.open, time);
                let device = self.device.map(|device| self.told(device));
                let new = self.told(time);
                let own = self.own_edit(&format!("< {new}"), true);
                Some(self.later(without, &new, device.as_deref(), &own))
            }
            Arbiter::Seen => {
                let Some(version) = self.version else {
                    return Some(self.own_version("NULL", true));
                };
                let told = self.told(version);
                let same = format!("stored.{} = {told}", ident(version));
                // A value that is not given is null.
                Some(format!("({same} OR {})", self.own_version(&told, true)))
            }
        }
    }

    /// Whether a PATCH applies to the row that it finds; `None` where it always does.
    fn patch_rule(&self) -> Option<String> {
        match arbiter(self.table) {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw()),
            Arbiter::Time => {
                let time = self.edited_at.expect("time decides");
                let new = self.told(time);
                let device = self.device.map(|device| {
                    let gives = self.bit(&self.patch, device).expect("a PATCH may give it");
                    let (value, name) = (self.told(device), ident(device));
                    format!("iif({gives}, {value}, stored.{name})")
                });
                let own = self.own_edit(&format!("< {new}"), false);
                let without = self.bit(&self.patch, time);
                Some(self.later(without, &new, device.as_deref(), &own))
            }
        }
    }

    /// Whether a DELETE applies to a row that lives; `None` where it always does.
    fn delete_rule(&self) -> Option<String> {
        match arbiter(self.table) {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw()),
            Arbiter::Time => {
                let time = self.edited_at.expect("time decides");
                let seen = self.place(Param::Seen(time));
                let own = self.own_edit(&format!("<= {seen}"), false);
                let stored = ident(time);
                let without = match time.nullable {
                    true => format!("stored.{stored} IS NULL OR "),
                    false => String::new(),
                };
                Some(format!(
                    "({seen} IS NULL OR {without}stored.{stored} <= {seen} OR {own})"
                ))
            }
        }
    }

    /// Whether the client wrote the row as it stands, and what others wrote before is older: `since` compares it.
    fn own_edit(&self, since: &str, anew: bool) -> String {
        let time = self.edited_at.expect("time decides");
        let stands = format!("own.edited_at IS stored.{}", ident(time));
        let since = match time.nullable {
            true => format!("own.edited_since IS NULL OR own.edited_since {since}"),
            false => format!("own.edited_since {since}"),
        };
        self.own(&stands, &since, anew)
    }

    /// Whether the client wrote the row as it stands, and has seen what others wrote before.
    fn own_version(&self, seen: &str, anew: bool) -> String {
        let stands = match self.version {
            Some(version) => format!("own.version IS stored.{}", ident(version)),
            None => "own.version IS NULL".to_owned(),
        };
        // Who tells nothing has seen what stood when the run began.
        let since = match seen {
            "NULL" => "1".to_owned(),
            seen => format!("coalesce(own.version_since <= {seen}, 1)"),
        };
        self.own(&stands, &since, anew)
    }

    fn own(&self, stands: &str, since: &str, anew: bool) -> String {
        let anew = match self.tombstone {
            Some(tombstone) if anew => format!("{} OR ", is_buried(tombstone)),
            _ => String::new(),
        };
        let table = Database::Sqlite.literal(self.table.client_name);
        let client = self.place(Param::Client);
        format!(
            "EXISTS (SELECT 1 FROM {WRITERS} AS own WHERE own.table_name = {table} AND own.id = stored.id AND own.client = {client} AND {stands} AND ({anew}own.inserted OR {since}))"
        )
    }

    /// Whether a write is later than the stored row, or the client's own; `names_time` where it may name none.
    fn later(
        &self,
        names_time: Option<String>,
        time: &str,
        device: Option<&str>,
        own: &str,
    ) -> String {
        let column = self.edited_at.expect("time decides");
        let stored = ident(column);
        let mut ways: Vec<String> = Vec::new();
        ways.extend(names_time.map(|names| format!("NOT {names}")));
        if column.nullable {
            ways.push(format!("stored.{stored} IS NULL"));
        }
        ways.push(format!("stored.{stored} < {time}"));
        if let (Some(device), Some(column)) = (device, self.device) {
            let name = ident(column);
            ways.push(format!(
                "(stored.{stored} = {time} AND coalesce(stored.{name}, '') < coalesce({device}, ''))"
            ));
        }
        ways.push(own.to_owned());
        format!("({})", ways.join(" OR "))
    }

    /// Whether the writer saw the row as it stands, or wrote it.
    fn saw(&self) -> String {
        let tracked = &self.tracked;
        let values = match tracked.is_empty() {
            true => "0".to_owned(),
            false => {
                let masks = self.masks(tracked, Param::Saw).into_iter();
                let any = masks.map(|mask| format!("{mask} <> 0"));
                let any = any.collect::<Vec<_>>().join(" OR ");
                let mut seen = vec![format!("({any})")];
                for column in tracked {
                    let value = self.place(Param::Seen(column));
                    let saw = self.bit_of(tracked, column, Param::Saw);
                    let saw = saw.expect("it is tracked");
                    seen.push(format!(
                        "(NOT {saw} OR stored.{} IS {value})",
                        ident(column)
                    ));
                }
                seen.join(" AND ")
            }
        };
        let (saw, told) = match self.version {
            Some(version) => {
                let told = self.place(Param::Version(version));
                let name = ident(version);
                let saw = format!(
                    "CASE WHEN {told} IS NOT NULL THEN stored.{name} = {told} ELSE {values} END"
                );
                (saw, told)
            }
            None => (values, "NULL".to_owned()),
        };
        format!("({saw} OR {})", self.own_version(&told, false))
    }

    /// The time of receipt as a value of the column.
    fn now(&self, column: &ColumnDef) -> String {
        self.place(Param::Now(Zone::of(column)))
    }

    /// Counts the version up.
    fn counted(&self) -> Option<String> {
        let version = ident(self.version?);
        Some(format!("{version} = stored.{version} + 1"))
    }

    /// Whether an entry gives a column, where it may leave it out; an operand.
    fn bit(&self, open: &[&'static ColumnDef], column: &'static ColumnDef) -> Option<String> {
        self.bit_of(open, column, Param::Gives)
    }

    fn bit_of(
        &self,
        columns: &[&'static ColumnDef],
        column: &'static ColumnDef,
        mask: Mask,
    ) -> Option<String> {
        let index = columns.iter().position(|one| one.name == column.name)?;
        let some = columns.chunks(BITS).nth(index / BITS)?;
        let mask = self.mask(some, mask);
        Some(format!("({mask} & {})", 1_u64 << (index % BITS)))
    }

    /// What tells which of some columns an entry gives or saw.
    fn masks(&self, columns: &[&'static ColumnDef], mask: Mask) -> Vec<String> {
        let chunks = columns.chunks(BITS);
        chunks.map(|some| self.mask(some, mask)).collect()
    }

    fn mask(&self, columns: &[&'static ColumnDef], mask: Mask) -> String {
        self.place(mask(columns.to_vec()))
    }

    fn name(&self) -> String {
        Database::Sqlite.ident(self.table.client_name).into_owned()
    }
}

/// Whether the tombstone of the row that stands is set; a flag that nobody has filled in is not.
fn is_buried(tombstone: &ColumnDef) -> String {
    let name = ident(tombstone);
    match tombstone.kind {
        Kind::Scalar(Scalar::Bool) => format!("stored.{name} IS 1"),
        _ => format!("stored.{name} IS NOT NULL"),
    }
}

fn is_id(column: &ColumnDef) -> bool {
    column.client_name == CLIENT_ID
}

fn ident(column: &ColumnDef) -> String {
    Database::Sqlite.ident(column.client_name).into_owned()
}

/// The next moment after that of a column, in canonical text.
fn next_microsecond(name: &str, zone: Zone) -> String {
    let z = match zone {
        Zone::Written => "Z",
        Zone::Unwritten => "",
    };
    format!(
        "iif(substr(stored.{name}, 21, 6) = '999999', strftime('%Y-%m-%dT%H:%M:%S.000000{z}', substr(stored.{name}, 1, 19), '+1 second'), printf('%s.%06d{z}', substr(stored.{name}, 1, 19), substr(stored.{name}, 21, 6) + 1))"
    )
}
