//! A device with nobody beside it: it changes rows offline, by a clock that is right, slow, fast or set back, and queues
//! what a PowerSync client would queue.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use synctable::statement::Statements;
use synctable::{Role, Timestamp};
use tests::generate::dice::Dice;

/// The columns that a device may give a value, beside those of its roles.
const NAME: &str = "name";
const SEATS: &str = "seats";

/// What a table is declared to be, as its name tells it.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) name: &'static str,
    pub(crate) tracked: bool,
    version: Option<&'static str>,
    device: Option<&'static str>,
    pub(crate) edited_at: Option<&'static str>,
    pub(crate) tombstone: Option<&'static str>,
}

impl Rules {
    pub(crate) fn of(statements: &Statements) -> Self {
        let table = statements.table;
        let role = |role| table.role(role).map(|column| column.name);
        Rules {
            name: table.name,
            tracked: table.name.ends_with("_tracked"),
            version: role(Role::Version),
            device: role(Role::Device),
            edited_at: role(Role::EditedAt),
            tombstone: role(Role::Tombstone),
        }
    }

    /// Whether the time of an edit stands there without its zone, or not at all.
    pub(crate) fn is_utc(&self) -> bool {
        self.name.contains("_utc")
    }

    pub(crate) fn is(&self, rule: &str) -> bool {
        self.name.starts_with(rule)
    }

    fn denies_deletions(&self) -> bool {
        self.name.contains("_denied")
    }

    /// What devices know of a row, and what is compared.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let roles = [self.version, self.device, self.edited_at, self.tombstone];
        let roles = roles.into_iter().flatten();
        [NAME, SEATS].into_iter().chain(roles).collect()
    }
}

/// How the clock of a device goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Clock {
    /// Always forward, and every change says its time.
    Forward,
    /// Forward, not at all, or back.
    Any,
}

/// A queued entry.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) json: Value,
    /// Whether the declaration lets no device do this, so that it is refused and the device takes it back.
    pub(crate) is_refused: bool,
}

/// A row as the device has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) values: BTreeMap<&'static str, Value>,
    /// What the device left to the server, whose word stands there until the row comes back.
    pub(crate) left: Vec<&'static str>,
    /// Whether the device has written it.
    is_mine: bool,
}

/// The device.
pub(crate) struct Device<'d> {
    pub(crate) rules: Rules,
    pub(crate) rows: BTreeMap<String, Row>,
    pub(crate) queue: Vec<Queued>,
    ids: Vec<String>,
    clock: Clock,
    now: i64,
    dice: &'d mut Dice,
}

const SECOND: i64 = 1_000_000;

impl<'d> Device<'d> {
    pub(crate) fn new(rules: Rules, ids: Vec<String>, clock: Clock, dice: &'d mut Dice) -> Self {
        let off = match clock {
            Clock::Forward => -120 * SECOND,
            Clock::Any => *dice.pick(&[0, -3600 * SECOND, 240 * SECOND]),
        };
        Device {
            rules,
            rows: BTreeMap::new(),
            queue: Vec::new(),
            ids,
            clock,
            now: Timestamp::now().micros() + off,
            dice,
        }
    }

    pub(crate) fn dice(&mut self) -> &mut Dice {
        self.dice
    }

    /// Takes a row as the server tells it.
    pub(crate) fn receive(&mut self, id: &str, row: Option<BTreeMap<&'static str, Value>>) {
        match row {
            Some(values) => {
                let is_mine = self.rows.get(id).is_some_and(|row| row.is_mine);
                let row = Row {
                    values,
                    left: Vec::new(),
                    is_mine,
                };
                self.rows.insert(id.to_owned(), row);
            }
            None => drop(self.rows.remove(id)),
        }
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.ids.clone()
    }

    fn tick(&mut self) -> Value {
        self.now += match self.clock {
            Clock::Forward => SECOND / 10,
            Clock::Any => {
                *self
                    .dice
                    .pick(&[SECOND / 100, SECOND / 50, 0, 0, -600 * SECOND, -SECOND])
            }
        };
        json!(Timestamp::from_micros(self.now).unwrap().to_string())
    }

    /// Changes one row, and queues what says so.
    pub(crate) fn act(&mut self) {
        let id = self.dice.pick(&self.ids).clone();
        let is_there = self.rows.contains_key(&id);
        match self.dice.below(10) {
            _ if !is_there => self.insert(&id),
            0..=1 => self.delete(&id),
            2 if self.may_replace(&id) => self.insert(&id),
            _ => self.update(&id),
        }
    }

    /// Whether a PUT of the row is the device's to say: under `server_wins` one that names no version replaces no row of
    /// somebody else.
    fn may_replace(&self, id: &str) -> bool {
        let is_mine = self.rows[id].is_mine || !self.rules.is("server_wins");
        is_mine && !self.rules.is("append_only")
    }

    fn said(&mut self, percent: usize) -> bool {
        self.clock == Clock::Forward || self.dice.chance(percent)
    }

    /// Makes a row, or replaces the one that is there.
    fn insert(&mut self, id: &str) {
        let mut data = Map::new();
        if self.dice.chance(70) {
            data.insert(NAME.to_owned(), json!(format!("n{}", self.dice.below(100))));
        }
        if self.dice.chance(50) {
            data.insert(SEATS.to_owned(), json!(self.dice.below(50)));
        }
        if let Some(column) = self.rules.device.filter(|_| self.dice.chance(80)) {
            data.insert(column.to_owned(), json!("phone"));
        }
        if let Some(column) = self.rules.edited_at
            && self.said(85)
        {
            let time = self.tick();
            data.insert(column.to_owned(), time);
        }
        // A new row that says nothing at all is one, too.
        if self.clock == Clock::Any && self.dice.chance(5) {
            data.clear();
        }
        let mut row = Row {
            is_mine: true,
            ..Row::default()
        };
        for column in self.rules.columns() {
            let given = data.get(column).cloned();
            let nullable =
                column == NAME || Some(column) == self.rules.device || column == "deleted_at";
            if given.is_none() && !nullable {
                row.left.push(column);
            }
            row.values.insert(column, given.unwrap_or(Value::Null));
        }
        self.queue("PUT", id, Some(data), None, false);
        self.rows.insert(id.to_owned(), row);
    }

    fn update(&mut self, id: &str) {
        let before = self.rows[id].clone();
        let mut data = Map::new();
        let is_empty = self.dice.chance(10);
        if !is_empty {
            if self.dice.chance(60) {
                let name = match self.dice.chance(20) {
                    true => Value::Null,
                    false => json!(format!("n{}", self.dice.below(100))),
                };
                data.insert(NAME.to_owned(), name);
            }
            if self.dice.chance(50) {
                data.insert(SEATS.to_owned(), json!(self.dice.below(50)));
            }
            if let Some(column) = self.rules.device
                && before.values[column] != json!("phone")
                && self.dice.chance(80)
            {
                data.insert(column.to_owned(), json!("phone"));
            }
            if let Some(column) = self.rules.edited_at
                && self.said(85)
            {
                let time = self.tick();
                data.insert(column.to_owned(), time);
            }
        }
        let refused = self.rules.is("append_only");
        if !refused {
            let row = self.rows.get_mut(id).expect("it is there");
            row.is_mine |= !data.is_empty();
            for (column, value) in &data {
                let column = before.values.keys().find(|key| **key == column).unwrap();
                row.values.insert(column, value.clone());
                row.left.retain(|left| left != column);
            }
            // The server says when it was, where the device does not.
            if let Some(time) = self.rules.edited_at
                && !data.is_empty()
                && !data.contains_key(time)
            {
                row.left.push(time);
            }
        }
        self.queue("PATCH", id, Some(data), Some(&before), refused);
    }

    fn delete(&mut self, id: &str) {
        let refused = self.rules.denies_deletions();
        let before = self.rows[id].clone();
        if !refused {
            self.rows.remove(id);
        }
        self.queue("DELETE", id, None, Some(&before), refused);
    }

    fn queue(
        &mut self,
        op: &str,
        id: &str,
        data: Option<Map<String, Value>>,
        before: Option<&Row>,
        is_refused: bool,
    ) {
        let mut json = json!({"op": op, "table": self.rules.name, "id": id});
        if let Some(data) = data {
            json["op_data"] = Value::Object(data);
        }
        if let Some(before) = before.filter(|_| self.rules.tracked) {
            json["previous_values"] = json!(before.values);
        }
        self.queue.push(Queued { json, is_refused });
    }
}
