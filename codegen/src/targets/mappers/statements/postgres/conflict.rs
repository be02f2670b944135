//! Whether a write applies to the row that it finds, by the conflict rule of its table.
//!
//! `told` is what a rule calls the entry: `entry`, or `judged` where the row is asked once more.

use super::spell::{base_type, equal, ident, literal};
use super::{ENTRY, Postgres};
use crate::catalog;
use crate::catalog::writers::{Asked, IS_OWN_EDIT, IS_OWN_VERSION, Written};
use crate::guard::{STORED, tombstone};
use crate::model::{Arbiter, Column};
use synctable::{Database, Kind, Scalar};

impl Postgres<'_> {
    /// Whether a PUT applies; `None` where it always does.
    pub(super) fn put_rule(&self, told: &str) -> Option<String> {
        let facts = self.facts;
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let device = facts.device.map(|device| match told {
                    ENTRY => self.proposed(device),
                    _ => format!("{told}.{}", ident(device)),
                });
                Some(self.later(told, facts.is_open(time), device, true))
            }
            Arbiter::Seen => Some(match facts.version {
                None => self.own_version("null", true),
                Some(version) => {
                    let seen = self.read_from(told, "given", version);
                    let own = self.own_version(&seen, true);
                    format!("(stored.{} = {seen} or {own})", ident(version))
                }
            }),
        }
    }

    /// Whether a PATCH applies; `None` where it always does.
    pub(super) fn patch_rule(&self, told: &str) -> Option<String> {
        let facts = self.facts;
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw(told)),
            Arbiter::Time => {
                // The same device does not say again that it is the same.
                let device = facts.device.filter(|device| facts.is_patched(device));
                let device = device.map(|device| self.patched(told, device));
                Some(self.later(told, true, device, false))
            }
        }
    }

    /// Whether a DELETE applies to a row that lives; `None` where it always does.
    pub(super) fn delete_rule(&self, told: &str) -> Option<String> {
        let facts = self.facts;
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw(told)),
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let seen = format!("{told}.{}", self.free("seen_at"));
                // Nothing lies between a time and the next microsecond.
                let own = self.own_edit(&format!("{seen} + interval '1 microsecond'"), false);
                let stored = ident(time);
                let without = match time.nullable {
                    true => format!("stored.{stored} is null or "),
                    false => String::new(),
                };
                Some(format!(
                    "({seen} is null or {without}stored.{stored} <= {seen} or {own})"
                ))
            }
        }
    }

    /// Whether a write is later than the stored row, or its writer's own; `is_open` where an upload may name no time.
    fn later(&self, told: &str, is_open: bool, device: Option<String>, anew: bool) -> String {
        let facts = self.facts;
        let column = facts.edited_at.expect("time decides");
        let (stored, time) = (ident(column), format!("{told}.{}", self.free("edited")));
        let mut ways = Vec::new();
        if is_open {
            ways.push(format!("not {}", self.gives(told, column)));
        }
        if column.nullable {
            ways.push(format!("stored.{stored} is null"));
        }
        ways.push(format!("stored.{stored} < {time}"));
        if let (Some(device), Some(column)) = (device, facts.device) {
            let text = match column.kind {
                Kind::Scalar(Scalar::Text) => "",
                _ => "::text",
            };
            let name = ident(column);
            ways.push(format!(
                "(stored.{stored} = {time} and coalesce(stored.{name}{text}, '') collate \"C\" < coalesce({device}{text}, '') collate \"C\")"
            ));
        }
        ways.push(self.own_edit(&time, anew));
        format!("({})", ways.join(" or "))
    }

    /// Whether the writer saw the row as it stands, or wrote it.
    fn saw(&self, told: &str) -> String {
        let facts = self.facts;
        let seen = self.member(told, "seen");
        let mut conditions: Vec<String> = Vec::new();
        if !facts.tracked.is_empty() {
            let names: Vec<String> = facts.tracked.iter().map(|one| literal(&one.name)).collect();
            conditions.push(format!("{seen} ?| array[{}]", names.join(", ")));
            for column in &facts.tracked {
                let same = equal(column, &self.read_from(told, "seen", column));
                let name = literal(&column.name);
                conditions.push(format!("(not {seen} ? {name} or {same})"));
            }
        }
        let values = match conditions.is_empty() {
            true => "false".to_owned(),
            false => conditions.join(" and "),
        };
        let (saw, version) = match facts.version {
            Some(version) => {
                let (name, seen) = (ident(version), self.read_from(told, "seen", version));
                let saw = format!(
                    "case when {seen} is not null then stored.{name} = {seen} else {values} end"
                );
                (saw, seen)
            }
            None => (values, "null".to_owned()),
        };
        format!("({saw} or {})", self.own_version(&version, false))
    }

    /// Whether the writer's client wrote the row as it stands, and this edit is later than what others wrote before it;
    /// `anew` for a write that makes a row out of the client's own tombstone.
    fn own_edit(&self, edited: &str, anew: bool) -> String {
        let stands = self.facts.edited_at.expect("time decides");
        let edited = catalog::instant_of(&stands.kind, edited);
        self.own(&IS_OWN_EDIT, Some(stands), &edited, anew)
    }

    /// Whether the writer's client wrote the row as it stands, and has seen what others wrote before it.
    fn own_version(&self, seen: &str, anew: bool) -> String {
        self.own(&IS_OWN_VERSION, self.facts.version, seen, anew)
    }

    fn own(&self, asked: &Asked, stands: Option<&Column>, told: &str, anew: bool) -> String {
        let facts = self.facts;
        let written = Written::of(facts.model, facts.table).expect("its writers are kept");
        let anew = match facts.buried_by() {
            Some(column) if anew => tombstone::row_is_buried(column, STORED),
            _ => "false".to_owned(),
        };
        let stands = match stands {
            Some(column) => catalog::instant_of(&column.kind, &format!("stored.{}", ident(column))),
            None => "null".to_owned(),
        };
        format!(
            "{}.{}({}::regclass, {}, {stands}, {told}, {anew})",
            Database::Postgres.ident(&catalog::private_schema(facts.model)),
            asked.name,
            literal(&self.name()),
            written.key("stored"),
        )
    }

    /// What an entry tells of a column in one of its members, as the column's type.
    pub(super) fn read_from(&self, told: &str, member: &str, column: &Column) -> String {
        let member = self.member(told, member);
        let name = literal(&column.name);
        let of_type = base_type(self.facts.model, &column.kind);
        ["(", &member, " ->> ", &name, ")::", &of_type].concat()
    }
}
