//! The row that a PUT proposes: as it is inserted, and as it replaces one that is there.
//!
//! Where the connection reads whole rows, `judged` makes it beside the row that stands: what a PUT leaves out stays as it
//! is, and begins with its default where there is no row, where the row has a tombstone, or where the caller does not see it.
//! So an upsert writes it as it is, and what a check or a trigger says of it tells nothing of a row that nobody may see.
//! Where columns of the table are secret, `entry` makes it from the entry alone.

use super::super::layout::Lines;
use super::spell::{base_type, bounded, ident, is_text, literal, named};
use super::{ENTRY, JUDGED, Postgres, SENT, asks_for_caller};
use crate::catalog;
use crate::guard;
use crate::model::{Column, DefaultValue, Expr, Function};
use synctable::{Kind, Role};

/// How many pairs one call of `jsonb_build_object` takes.
const PAIRS: usize = 50;

/// Whether a proposal keeps what stands, where several conditions say so.
const KEEPS: &str = "base.keeps";

fn objects(pairs: &[String]) -> Vec<String> {
    let some = pairs.chunks(PAIRS);
    some.map(|pairs| format!("jsonb_build_object({})", pairs.join(", ")))
        .collect()
}

impl<'a> Postgres<'a> {
    /// Whether the row that a PUT proposes is made beside the one that stands.
    pub(super) fn is_merging(&self) -> bool {
        self.is_guarded() || (self.facts.reads() && !self.facts.has_secrets())
    }

    /// The entries, with the columns by which they find a row.
    pub(super) fn puts(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let members = Self::members(&self.told_beside(&facts.put));
        let mut items = self.of_sent(&members);
        items.extend(facts.target.iter().map(|column| {
            let is_put = facts.put.iter().any(|put| put.name == column.name);
            named(
                &match is_put {
                    true => self.told_or_filled(SENT, column),
                    false => self.filled_or_null(column),
                },
                column,
            )
        }));
        if let Some(time) = self.time() {
            let value = self.value(SENT, time);
            let told = match facts.is_open(time) {
                true => format!("coalesce({value}, {})", catalog::now_of(&time.kind)),
                false => value,
            };
            items.push(format!(
                "{} as {}",
                bounded(&told, time),
                self.free("edited")
            ));
        }
        if let Some(device) = self.device() {
            let device = self.value(SENT, device);
            items.push(format!("{device} as {}", self.free("written_by")));
        }
        lines.list(4, "select ", &items, "");
        self.sent(&mut lines, &members, None);
        lines
    }

    /// The entries as the rows that they would insert, defaults included.
    pub(super) fn new_rows(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let told = self.told_beside(&facts.put);
        let members = Self::members(&told);
        let mut items = self.of_sent(&members);
        items.extend(self.row_items(SENT));
        if let Some(time) = self.time() {
            let new = format!("new.{}", ident(time));
            let told = match time.nullable {
                true => format!("coalesce({new}, {})", catalog::now_of(&time.kind)),
                false => new,
            };
            let time = bounded(&told, time);
            items.push(format!("{time} as {}", self.free("edited")));
        }
        lines.list(4, "select ", &items, "");
        let mut given = objects(&self.defaults());
        given.push("sent.given".to_owned());
        given.extend(objects(&self.told_by_server()));
        let row = format!("null::{}", self.name());
        self.sent(&mut lines, &members, Some([row, given.join(" || ")]));
        lines
    }

    /// What `judged` holds of an entry and of the row that it proposes.
    pub(super) fn proposal(&self) -> Vec<String> {
        let mut items = vec![format!("entry.{}", self.free("nr"))];
        items.extend(self.row_items(ENTRY));
        let of_entry = [
            self.time().map(|_| "edited"),
            self.device().map(|_| "written_by"),
        ];
        let of_entry = of_entry.into_iter().flatten();
        items.extend(of_entry.map(|name| format!("entry.{}", self.free(name))));
        items.extend(self.left_to_triggers().into_iter().map(|column| {
            let value = self.value(ENTRY, column);
            format!("{value} as {}", self.told_name(column))
        }));
        items
    }

    /// The columns of the row `new`, and those that stand beside it.
    fn row_items(&self, told: &str) -> Vec<String> {
        let facts = self.facts;
        let is_put = |column: &&Column| facts.put.iter().any(|put| put.name == column.name);
        let found_by = facts.target.iter().copied().filter(|one| !is_put(one));
        let beside: Vec<String> = match self.is_merging() {
            true => found_by
                .map(|one| format!("entry.{}", ident(one)))
                .collect(),
            false => {
                let beside = self.beside().into_iter();
                beside.map(|one| format!("new.{}", ident(one))).collect()
            }
        };
        let is_apart = match self.is_merging() {
            true => !beside.is_empty() || facts.put.iter().any(|one| is_text(one)),
            false => self.told_beside(&facts.put).into_iter().any(is_text),
        };
        if !is_apart {
            return vec!["new.*".to_owned()];
        }
        let put = facts.put.iter().copied();
        let put = put.filter(|one| !(self.is_merging() && self.is_of_entry(one)));
        let mut items: Vec<String> = put
            .map(|column| match is_text(column) {
                false => format!("new.{}", ident(column)),
                true => named(&self.text(told, column), column),
            })
            .collect();
        items.extend(beside);
        if !self.is_merging() {
            let told = self.left_to_triggers().into_iter();
            items.extend(told.map(|column| named(&self.value(SENT, column), column)));
        }
        items
    }

    /// Adds the row `new` beside an entry and the row that stands.
    pub(super) fn beside_proposal(&self, lines: &mut Lines) {
        if let Some(sees) = self.sees() {
            // The offset keeps the rule from being worked out at each place that asks.
            let rule =
                format!("cross join lateral (select ({sees}) is true as sees offset 0) as rule");
            lines.add(4, &rule);
        }
        let (keeps, conditions) = (self.keeps(), self.kept_where());
        if keeps == KEEPS {
            let conditions = conditions.join(" and ");
            lines.add(
                4,
                &format!("cross join lateral (select {conditions} as keeps) as base"),
            );
        }
        // What is told of a column that the server fills stands in `new`, where nothing reads it but a comparison of rows.
        let told = match self.compares_rows() {
            true => self.given_without(self.facts.told.iter().copied()),
            false => self.member(ENTRY, "given"),
        };
        let (once, each) = self.defaults_beside();
        let begins = match self.begins_with_defaults() {
            true => {
                let once = once.join(" || ");
                let name = self.name();
                let begins = format!("(select jsonb_populate_record(null::{name}, {once}))");
                (!once.is_empty()).then_some(begins)
            }
            false => None,
        };
        let row = match (&begins, conditions.len()) {
            (Some(begins), _) => format!("case when {keeps} then stored else {begins} end"),
            (None, 1) => guard::STORED.to_owned(),
            (None, _) => format!("case when {keeps} then stored end"),
        };
        let mut defaults = each;
        if begins.is_none() {
            defaults.splice(0..0, once.iter().map(|object| format!("(select {object})")));
        }
        let mut given = objects(&self.renewals());
        given.push(match defaults.as_slice() {
            [] => told,
            defaults => {
                let defaults = defaults.join(" || ");
                format!("case when {keeps} then {told} else {defaults} || {told} end")
            }
        });
        let arguments = [row, given.join(" || ")];
        lines.list(
            4,
            "cross join jsonb_populate_record(",
            &arguments,
            ") as new",
        );
    }

    /// Whether the row `new` is the one that stands where a PUT gives nothing else.
    pub(super) fn compares_rows(&self) -> bool {
        let facts = self.facts;
        let finds_by_key = facts.target.iter().all(|column| facts.is_key(column));
        finds_by_key && facts.version.is_none() && self.renewals().is_empty() && self.compares_all()
    }

    /// Whether a proposal keeps what stands, in one condition.
    fn keeps(&self) -> String {
        let mut conditions = self.kept_where();
        let mut open = self.facts.open.iter();
        match conditions.len() == 1 && !open.any(|column| is_text(column)) {
            true => conditions.remove(0),
            false => KEEPS.to_owned(),
        }
    }

    /// When a proposal keeps what stands: conditions that must all hold.
    fn kept_where(&self) -> Vec<String> {
        let mut all = vec![format!("stored.{} is not null", ident(self.facts.key[0]))];
        if let Some(column) = self.facts.buried_by() {
            all.push(guard::tombstone::row_lives(column, guard::STORED));
        }
        if self.sees().is_some() {
            all.push("rule.sees".to_owned());
        }
        all
    }

    /// The column of the time of an edit, where devices write it.
    fn time(&self) -> Option<&'a Column> {
        let put = self.facts.put.iter().copied();
        put.into_iter()
            .find(|column| column.role == Some(Role::EditedAt))
    }

    fn is_time(&self, column: &Column) -> bool {
        self.time().is_some_and(|time| time.name == column.name)
    }

    /// The column of the device, where a row that is written without it has none.
    fn device(&self) -> Option<&'a Column> {
        let mut open = self.facts.open.iter().copied();
        let device = open.find(|column| column.role == Some(Role::Device) && column.nullable);
        device.filter(|_| self.is_merging())
    }

    fn is_device(&self, column: &Column) -> bool {
        self.device()
            .is_some_and(|device| device.name == column.name)
    }

    /// Whether an entry holds what it proposes for a column beside the row: given or not, it is the entry's own.
    pub(super) fn is_of_entry(&self, column: &Column) -> bool {
        self.is_time(column) || self.is_device(column)
    }

    /// What an upload does not say, and the statement has to know: see [`Self::beside`].
    ///
    /// It stands behind what was sent: nobody names himself.
    fn told_by_server(&self) -> Vec<String> {
        let beside = self.beside().into_iter();
        beside
            .filter_map(|column| self.pair(column, self.filled(column)?))
            .collect()
    }

    /// What an upload may leave out and the server then fills in.
    fn defaults(&self) -> Vec<String> {
        let open = self.facts.open.iter();
        open.filter_map(|column| match self.is_time(column) {
            true => self.pair(column, catalog::now_of(&column.kind).to_owned()),
            false => self.pair(column, self.filled(column)?),
        })
        .collect()
    }

    /// The defaults, as objects: those that are the same for all rows, which a statement makes once, and the others.
    fn defaults_beside(&self) -> (Vec<String>, Vec<String>) {
        let open = self.facts.open.iter();
        let open = open.filter(|column| !self.is_time(column));
        let (once, each): (Vec<&Column>, Vec<&Column>) =
            open.partition(|column| is_the_same_for_all(column));
        let pairs = |columns: Vec<&Column>| {
            let columns = columns.into_iter();
            let pairs = columns.filter_map(|one| self.pair(one, self.filled(one)?));
            objects(&pairs.collect::<Vec<_>>())
        };
        (pairs(once), pairs(each))
    }

    /// Whether a new row may begin as a row of defaults, which what is given then replaces.
    ///
    /// Such a row holds null in all other columns. Postgres asks a domain whether it takes null where it makes the row, and
    /// not again where a row is there: of a table with domains, each row is made at once.
    fn begins_with_defaults(&self) -> bool {
        let mut columns = self.facts.table.columns.values();
        !columns.any(|column| matches!(column.kind, Kind::Domain { .. }))
    }

    /// What a proposal does not keep from a row that lives, though an upload may leave it out.
    fn renewals(&self) -> Vec<String> {
        let open = self.facts.open.iter();
        let buries = |column: &Column| {
            let tombstone = self.facts.buried_by();
            tombstone.is_some_and(|tombstone| tombstone.name == column.name)
        };
        open.filter(|column| {
            self.is_renewed(column) && !self.is_of_entry(column) && !buries(column)
        })
        .filter_map(|column| self.pair(column, "null".to_owned()))
        .collect()
    }

    /// A column and its value for an object; `None` for what stands beside the row.
    fn pair(&self, column: &Column, value: String) -> Option<String> {
        (!is_text(column)).then(|| format!("{}, {value}", literal(&column.name)))
    }

    /// The value of a column that comes as text, in the row that is proposed.
    fn text(&self, told: &str, column: &Column) -> String {
        let facts = self.facts;
        if !facts.put.iter().any(|put| put.name == column.name) {
            return self.filled_or_null(column);
        }
        if !self.is_merging() || told == SENT || !facts.is_open(column) {
            return self.told_or_filled(told, column);
        }
        let (gives, value) = (self.gives(told, column), self.value(told, column));
        let keeps = self.keeps();
        let filled = self.filled(column);
        let filled = filled.map_or_else(String::new, |filled| format!("else {filled} "));
        let name = ident(column);
        format!("case when {gives} then {value} when {keeps} then stored.{name} {filled}end")
    }

    /// What an entry gives a column, and what the server fills in where it gives nothing.
    fn told_or_filled(&self, told: &str, column: &Column) -> String {
        let value = self.value(told, column);
        let filled = self.filled(column).filter(|_| self.facts.is_open(column));
        match filled {
            None => value,
            Some(filled) => {
                let gives = self.gives(told, column);
                format!("case when {gives} then {value} else {filled} end")
            }
        }
    }

    fn filled_or_null(&self, column: &Column) -> String {
        self.filled(column)
            .unwrap_or_else(|| format!("null::{}", base_type(self.facts.model, &column.kind)))
    }

    /// Columns that no device uploads and that the statement must know all the same: those that an upsert stands on, and
    /// what is filled in with a caller that the session does not know.
    fn beside(&self) -> Vec<&'a Column> {
        let facts = self.facts;
        let columns = facts.table.columns.values();
        columns
            .filter(|column| {
                let is_put = facts.put.iter().any(|put| put.name == column.name);
                !is_put
                    && column.direction.on_server()
                    && column.generated.is_none()
                    && (facts.is_target(column) || (self.is_guarded() && asks_for_caller(column)))
            })
            .collect()
    }

    /// The columns that an insert names: the session fills in the others.
    fn inserted(&self) -> Vec<&'a Column> {
        let put = self.facts.put.iter().copied();
        let put = put.filter(|column| self.is_guarded() || column.uploads());
        let beside = self.beside().into_iter();
        let beside = beside.filter(|column| self.is_guarded() && asks_for_caller(column));
        let once = self.filled_once();
        put.chain(beside)
            .chain(once)
            .chain(self.left_to_triggers())
            .collect()
    }

    /// Columns with a value of the caller that an insert under row-level security may name: it is asked for once for all
    /// rows, where the default of the column asks for each.
    fn filled_once(&self) -> Vec<&'a Column> {
        let is_apart = !self.is_guarded() && self.is_merging();
        let told = self.values_told().filter(|_| is_apart);
        told.filter(|column| asks_for_caller(column)).collect()
    }

    /// The insertion of rows, each in its turn.
    pub(super) fn insertion(&self, lines: &mut Lines, indent: usize, from: &str) {
        let inserted = self.inserted();
        let names: Vec<String> = inserted.iter().map(|one| ident(one)).collect();
        let left = self.left_to_triggers();
        let is_told = |one: &Column| left.iter().any(|left| left.name == one.name);
        let is_put = |one: &Column| self.facts.put.iter().any(|put| put.name == one.name);
        let once = self.filled_once();
        let is_once = |one: &Column| once.iter().any(|once| once.name == one.name);
        let values = inserted.iter().map(|one| {
            if self.is_time(one) {
                return self.free("edited");
            }
            if self.is_device(one) {
                return self.free("written_by");
            }
            if is_told(one) {
                return self.for_trigger(one);
            }
            match self.is_merging() && !is_put(one) {
                true if is_once(one) => format!("(select {})", self.filled_or_null(one)),
                true => self.filled_or_null(one),
                false => ident(one),
            }
        });
        let into = format!("insert into {} as stored (", self.name());
        lines.list(indent, &into, &names, ")");
        let from = format!(" from {from} order by {}", self.free("nr"));
        lines.list(indent, "select ", &values.collect::<Vec<_>>(), &from);
    }

    /// Whether a row that is written has the value of a new one, given or not: it lives, and its writer is known or nobody.
    pub(super) fn is_renewed(&self, column: &Column) -> bool {
        let is_of_writer = matches!(column.role, Some(Role::Tombstone | Role::Device));
        !self.facts.is_open(column) || self.is_time(column) || (is_of_writer && column.nullable)
    }

    /// What a PUT proposes for a column, beside an entry.
    pub(super) fn proposed(&self, column: &Column) -> String {
        match (self.is_merging(), is_text(column)) {
            _ if self.is_time(column) => format!("entry.{}", self.free("edited")),
            _ if self.is_device(column) => format!("entry.{}", self.free("written_by")),
            (false, _) => format!("entry.{}", ident(column)),
            (true, true) => self.text(ENTRY, column),
            (true, false) => format!("new.{}", ident(column)),
        }
    }

    /// What an upsert leaves in a column of a row that it finds.
    pub(super) fn replacing(&self, column: &Column) -> String {
        let name = ident(column);
        if self.is_merging() {
            return format!("excluded.{name}");
        }
        if self.is_time(column) {
            return format!("judged.{}", self.free("edited"));
        }
        if self.is_renewed(column) {
            return format!("judged.{name}");
        }
        let gives = self.gives(JUDGED, column);
        let tombstone = self.facts.buried_by();
        let anew = tombstone.map_or_else(String::new, |tombstone| {
            let is_buried = guard::tombstone::row_is_buried(tombstone, guard::STORED);
            format!(" or {is_buried}")
        });
        format!("case when {gives}{anew} then judged.{name} else stored.{name} end")
    }

    /// What a new row will hold in a column, beside an entry.
    pub(super) fn inserting(&self, column: &Column) -> String {
        let mut put = self.facts.put.iter();
        match put.any(|put| put.name == column.name) {
            true => self.proposed(column),
            false => self.filled_or_null(column),
        }
    }

    /// What a row that is found will hold in a column, beside an entry.
    pub(super) fn changing(&self, column: &Column) -> String {
        let mut replaced = self.facts.replaced().into_iter();
        match replaced.any(|one| one.name == column.name) {
            true => self.proposed(column),
            false => format!("stored.{}", ident(column)),
        }
    }
}

/// Whether a default is the same for all rows of a statement.
fn is_the_same_for_all(column: &Column) -> bool {
    match &column.default {
        Some(DefaultValue::Expr(expr)) => {
            let mut is_new = false;
            expr.visit(&mut |expr| {
                is_new |= matches!(
                    expr,
                    Expr::Call {
                        function: Function::Uuid,
                        ..
                    }
                );
            });
            !is_new
        }
        // Nobody reads what hand-written SQL calls.
        Some(DefaultValue::Sql(_)) => false,
        None => true,
    }
}
