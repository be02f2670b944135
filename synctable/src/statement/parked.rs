//! Entries that a deferred constraint holds up, and which of the others may set them free.
//!
//! What refers in a circle, or swaps the values of a unique constraint, is wrong after its first entry and right after
//! its last.
//! So an entry after which a check fails waits, and is tried again together with each later entry that has to do with
//! it: the same row, a row that it refers to or that refers to it, a row that stands in its way.

use super::Statements;
use crate::crud::Write;
use crate::table::ColumnDef;
use std::collections::HashMap;

/// The row of a table, by the texts of its key.
pub(super) type Row = (usize, Vec<String>);

/// What one entry has in common with another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Link {
    /// The row.
    Row(Row),
    /// The columns that an upsert finds it by.
    Natural(usize, Vec<Option<String>>),
    /// The values by which rows of a table are referred to.
    Referred(usize, &'static [&'static str], Vec<String>),
}

/// What an entry is, and what it asks of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    is: Vec<Link>,
    asks: Vec<Link>,
}

impl Links {
    /// The links of a change of the table at `table`.
    pub(super) fn of(tables: &[&Statements], table: usize, write: &Write<'_>) -> Self {
        let def = tables[table].table;
        let mut links = Links::default();
        links.is.push(Link::Row((table, key_of(write))));
        if def.upsert_on != def.key {
            let texts = def.upsert_on.iter().map(|one| text(write, one)).collect();
            links.is.push(Link::Natural(table, texts));
        }
        let place = |name: &str| tables.iter().position(|one| one.table.name == name);
        for key in def.foreign_keys.iter().filter(|key| key.enforced) {
            let values: Option<Vec<String>> =
                key.columns.iter().map(|one| text(write, one)).collect();
            if let (Some(parent), Some(values)) = (place(key.table), values) {
                links
                    .asks
                    .push(Link::Referred(parent, key.references, values));
            }
        }
        for key in tables.iter().flat_map(|one| one.table.foreign_keys) {
            if !key.enforced || key.table != def.name {
                continue;
            }
            let columns = key.references.iter().map(|name| def.column(name));
            let values: Option<Vec<String>> = columns.map(|column| text(write, column?)).collect();
            if let Some(values) = values {
                let link = Link::Referred(table, key.references, values);
                if !links.is.contains(&link) {
                    links.is.push(link);
                }
            }
        }
        links
    }

    /// With the rows that stand in its way.
    pub(super) fn and(mut self, obstacles: Vec<Row>) -> Self {
        self.asks.extend(obstacles.into_iter().map(Link::Row));
        self
    }
}

/// The key of the row that a change is of.
pub(super) fn key_of(write: &Write<'_>) -> Vec<String> {
    let text = |value: &crate::value::Value<'_>| value.key_text().unwrap_or_default().into_owned();
    write.key.iter().map(text).collect()
}

fn text(write: &Write<'_>, column: &ColumnDef) -> Option<String> {
    Some(write.value(column)?.key_text()?.into_owned())
}

/// Entries that wait, by their places; those that have to do with each other form a group.
#[derive(Debug, Default)]
pub(super) struct Parked {
    /// Each group's entries; none once they are free or in another group.
    groups: Vec<Vec<usize>>,
    /// The group that a group was joined with.
    joined: Vec<usize>,
    is: HashMap<Link, usize>,
    asks: HashMap<Link, usize>,
}

impl Parked {
    /// The entries that wait and have to do with these links; none where they are more than `most`.
    pub(super) fn connected(&self, links: &Links, most: usize) -> Vec<usize> {
        let groups = self.groups_of(links);
        let many: usize = groups.iter().map(|group| self.groups[*group].len()).sum();
        if many > most {
            return Vec::new();
        }
        let entries = groups.into_iter().flat_map(|group| &self.groups[group]);
        let mut entries: Vec<usize> = entries.copied().collect();
        entries.sort_unstable();
        entries
    }

    /// Lets an entry wait, with all that it has to do with.
    pub(super) fn park(&mut self, entry: usize, links: &Links) {
        let groups = self.groups_of(links);
        let largest = groups.iter().max_by_key(|group| self.groups[**group].len());
        let root = largest.copied().unwrap_or_else(|| {
            self.groups.push(Vec::new());
            self.joined.push(self.joined.len());
            self.joined.len() - 1
        });
        for joined in groups.into_iter().filter(|group| *group != root) {
            let entries = std::mem::take(&mut self.groups[joined]);
            self.groups[root].extend(entries);
            self.joined[joined] = root;
        }
        self.groups[root].push(entry);
        for link in &links.is {
            self.is.insert(link.clone(), root);
        }
        for link in &links.asks {
            self.asks.insert(link.clone(), root);
        }
    }

    /// Sets those free that wait and have to do with these links.
    pub(super) fn free(&mut self, links: &Links) {
        for group in self.groups_of(links) {
            self.groups[group].clear();
        }
    }

    /// The entries that still wait.
    pub(super) fn all(self) -> Vec<usize> {
        let mut entries: Vec<usize> = self.groups.into_iter().flatten().collect();
        entries.sort_unstable();
        entries
    }

    /// The groups that links lead to, each once.
    fn groups_of(&self, links: &Links) -> Vec<usize> {
        let same = links.is.iter().filter_map(|link| self.is.get(link));
        let asked = links.is.iter().filter_map(|link| self.asks.get(link));
        let asks = links.asks.iter().filter_map(|link| self.is.get(link));
        let mut groups: Vec<usize> = same
            .chain(asked)
            .chain(asks)
            .map(|group| self.root(*group))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn root(&self, mut group: usize) -> usize {
        while self.joined[group] != group {
            group = self.joined[group];
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(is: usize, asks: &[usize]) -> Links {
        let row = |nr: usize| Link::Row((0, vec![nr.to_string()]));
        Links {
            is: vec![row(is)],
            asks: asks.iter().map(|nr| row(*nr)).collect(),
        }
    }

    #[test]
    fn those_that_have_to_do_with_each_other_wait_together() {
        let mut parked = Parked::default();
        parked.park(0, &links(1, &[2]));
        parked.park(1, &links(5, &[]));
        assert_eq!(parked.connected(&links(9, &[]), 9), [] as [usize; 0]);
        // The same row, a row that is asked for, a row that asks.
        assert_eq!(parked.connected(&links(1, &[]), 9), [0]);
        assert_eq!(parked.connected(&links(2, &[]), 9), [0]);
        assert_eq!(parked.connected(&links(9, &[1, 5]), 9), [0, 1]);
        assert_eq!(parked.connected(&links(9, &[1, 5]), 1), [] as [usize; 0]);
        parked.park(2, &links(2, &[5]));
        assert_eq!(parked.connected(&links(1, &[]), 9), [0, 1, 2]);
        parked.free(&links(5, &[]));
        assert_eq!(parked.connected(&links(1, &[]), 9), [] as [usize; 0]);
        parked.park(3, &links(7, &[]));
        assert_eq!(parked.all(), [3]);
    }
}
