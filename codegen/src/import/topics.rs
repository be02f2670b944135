//! Which tables stand in one file: those that belong together by their foreign keys.

use super::Importer;
use crate::catalog::{Name, Table};
use crate::map::IndexMap;

/// How many tables stand in one file before topics are told apart.
const FEW: usize = 8;

impl Importer<'_> {
    /// Puts each table into the file of the table that it belongs to: the one that the deletion of takes it along.
    pub(super) fn topics(&mut self) {
        if self.declared.len() <= FEW {
            return;
        }
        let live = self.live;
        let tables: IndexMap<&Name, &Table> = live
            .tables()
            .filter(|(name, _)| self.declared.contains(*name))
            .collect();
        let owner = |name: &Name| {
            let keys = tables.get(name)?.foreign_keys.values();
            let mut owners = keys.filter(|key| {
                key.on_delete == "CASCADE" && key.table != *name && tables.contains_key(&key.table)
            });
            owners.next().map(|key| &key.table)
        };
        let mut topics: IndexMap<&Name, &Name> = IndexMap::default();
        for name in tables.keys() {
            let mut root: &Name = name;
            let mut seen = vec![root];
            while let Some(next) = owner(root).filter(|next| !seen.contains(next)) {
                root = next;
                seen.push(root);
            }
            topics.insert(name, root);
        }
        for (name, root) in &topics {
            let many = topics.values().filter(|other| other == &root).count();
            if many > 1 {
                self.draft.put_into(&name.name, &file(&root.name));
            }
        }
    }
}

/// The name of a file, which must not be one that has another use.
fn file(topic: &str) -> String {
    match topic {
        "app" | "kinds" | "views" | "server" => format!("{topic}_tables"),
        _ => topic.to_owned(),
    }
}
