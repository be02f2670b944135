//! What is worked out of a table while compiling, so that no entry pays for it.

use crate::declared::Declared;
use crate::table::{ColumnDef, TableDef};
use std::marker::PhantomData;

/// More than twice the columns that are found through it, so that few names meet in one slot.
const SLOTS: usize = 256;
const COLUMNS: usize = 120;

/// How many checks it covers; those past them are looked at for every entry.
const CHECKS: usize = 32;

/// Columns of a table as bits; all past the 63rd share the last one.
pub(super) type Places = u64;

/// The bit of a column.
pub(super) const fn bit(place: usize) -> Places {
    1 << if place < 63 { place } else { 63 }
}

/// Where the columns of a table are found by their names on devices, and which of them each check speaks of.
#[derive(Debug)]
pub(super) struct Layout {
    /// The place of a column, plus one; at the slot of its name, or at the next ones if that is taken.
    slots: [u8; SLOTS],
    checks: [Places; CHECKS],
}

/// The layout of a table.
pub(super) struct Of<T>(PhantomData<T>);

impl<T: Declared> Of<T> {
    pub(super) const LAYOUT: &'static Layout = &Layout::of(T::DEF);
}

impl Layout {
    pub(super) const fn of(table: &TableDef) -> Layout {
        let mut layout = Layout {
            slots: [0; SLOTS],
            checks: [Places::MAX; CHECKS],
        };
        if table.columns.len() <= COLUMNS {
            // The device's own come first: only they may have its name.
            layout.add(table, true);
            layout.add(table, false);
        }
        let mut index = 0;
        while index < table.checks.len() && index < CHECKS {
            layout.checks[index] = places(table, table.checks[index].columns);
            index += 1;
        }
        layout
    }

    const fn add(&mut self, table: &TableDef, on_client: bool) {
        let mut place = 0;
        while place < table.columns.len() {
            let column = table.columns[place];
            if column.on_client() == on_client {
                let mut slot = slot(column.client_name.as_bytes());
                while self.slots[slot] != 0 {
                    slot = (slot + 1) % SLOTS;
                }
                self.slots[slot] = place as u8 + 1;
            }
            place += 1;
        }
    }

    /// The place of the column that devices call so.
    pub(super) fn place(&self, table: &TableDef, name: &str) -> Option<usize> {
        if table.columns.len() > COLUMNS {
            let named = |on_client| {
                let is = |column: &&ColumnDef| {
                    column.on_client() == on_client && column.client_name == name
                };
                table.columns.iter().position(is)
            };
            return named(true).or_else(|| named(false));
        }
        let mut slot = slot(name.as_bytes());
        loop {
            let place = usize::from(self.slots[slot]).checked_sub(1)?;
            if table.columns[place].client_name == name {
                return Some(place);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// The columns that the check of an index speaks of; all of them where that is not known.
    pub(super) fn check(&self, index: usize) -> Places {
        self.checks.get(index).copied().unwrap_or(Places::MAX)
    }
}

const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let (first, middle, last) = (name[0], name[length / 2], name[length - 1]);
    (length * 37 + first as usize * 5 + middle as usize * 11 + last as usize * 3) % SLOTS
}

const fn places(table: &TableDef, columns: &[&ColumnDef]) -> Places {
    let mut places = 0;
    let mut index = 0;
    while index < columns.len() {
        let mut place = 0;
        while place < table.columns.len() {
            if is_equal(table.columns[place].name, columns[index].name) {
                places |= bit(place);
            }
            place += 1;
        }
        index += 1;
    }
    places
}

const fn is_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckDef;
    use crate::id::ClientId;
    use crate::kind::{Kind, Scalar};
    use crate::table::ClientOptions;
    use crate::words::{ConflictRule, DeleteRule, Direction, SyncMode};

    /// A table of so many columns; the last is the server's alone, and has the device's name of the first.
    fn table(columns: usize, checks: usize) -> TableDef {
        let name = |index: usize| -> &'static str { format!("column_{index}").leak() };
        let column = |index: usize| -> &'static ColumnDef {
            let column = ColumnDef::new(name(index), Kind::Scalar(Scalar::Int));
            Box::leak(Box::new(match index + 1 == columns {
                true => column
                    .client_name("column_0")
                    .direction(Direction::ServerOnly),
                false => column,
            }))
        };
        let columns: &'static [&'static ColumnDef] =
            (0..columns).map(column).collect::<Vec<_>>().leak();
        let check = |index: usize| CheckDef {
            name: "a_check",
            columns: &columns[index..=index],
            term: None,
        };
        TableDef {
            name: "wide",
            schema: "public",
            client_name: "wide",
            sync: SyncMode::Both,
            columns,
            key: &columns[..1],
            id: ClientId::Column(columns[0]),
            recipe: None,
            upsert_on: &[],
            uniques: &[],
            foreign_keys: &[],
            checks: (0..checks).map(check).collect::<Vec<_>>().leak(),
            conflict: ConflictRule::LastUploadWins,
            delete: DeleteRule::Hard,
            client: ClientOptions::NONE,
        }
    }

    #[test]
    fn every_column_is_found_however_many_there_are() {
        for count in [2, COLUMNS, COLUMNS + 1, 1000] {
            let table = table(count, 0);
            let layout = Layout::of(&table);
            for (place, column) in table.columns.iter().enumerate().take(count - 1) {
                assert_eq!(
                    layout.place(&table, column.client_name),
                    Some(place),
                    "{count}"
                );
            }
            for unknown in ["", "column_", "Column_0", "column_00"] {
                assert_eq!(layout.place(&table, unknown), None, "{count}");
            }
            assert_eq!(layout.place(&table, &format!("column_{}", count - 1)), None);
        }
    }

    #[test]
    fn a_check_is_asked_for_its_columns_and_one_past_the_last_known_for_all() {
        let table = table(80, CHECKS + 2);
        let layout = Layout::of(&table);
        for index in 0..CHECKS {
            assert_eq!(layout.check(index), bit(index));
        }
        assert_eq!(layout.check(CHECKS + 1), Places::MAX);
        assert_eq!(bit(63), bit(79));
    }
}
