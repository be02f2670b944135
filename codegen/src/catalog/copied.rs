//! How Postgres keeps copied columns: a trigger that fills them in, and one on the row they come from that carries a change on.
//!
//! Both functions are `security definer`: the row that a column is copied from is there, whatever the policies let the
//! caller see of it.
//! Where a change is carried on, the time of the edit stays as it is and no client counts as the writer: nobody has edited
//! the row.

use super::helper::{Call, Helper, ident, qualified};
use super::writers::CLIENT;
use crate::map::IndexMap;
use crate::model::{Copied, Model, Table};
use std::collections::BTreeMap;
use synctable::derived_name;

/// Everything that keeps the copied columns of a model.
pub(super) fn helpers(model: &Model) -> Vec<Helper> {
    let mut copies: BTreeMap<&str, Vec<OfRow<'_>>> = BTreeMap::new();
    for child in super::server_tables(model) {
        for (copied, columns) in by_row(child) {
            let of_row = (child, copied, columns);
            copies.entry(&copied.table).or_default().push(of_row);
        }
    }
    let mut helpers = Vec::new();
    for table in super::server_tables(model) {
        helpers.extend(filling(model, table));
        let copies = copies.get(table.name.as_str()).into_iter().flatten();
        helpers.extend(copies.filter_map(|of_row| carrying(table, of_row)));
    }
    helpers
}

/// A table, what its columns are copied from, and these columns, each with the one there.
type OfRow<'m> = (&'m Table, &'m Copied, Vec<(&'m String, &'m String)>);

/// The copied columns of a table, each after those that say where it comes from, and what they are copied from.
fn copied(table: &Table) -> Vec<(&String, &Copied)> {
    let mut open: Vec<(&String, &Copied)> = table
        .columns
        .values()
        .filter_map(|column| Some((&column.name, column.copied.as_ref()?)))
        .collect();
    let mut ordered: Vec<(&String, &Copied)> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waits = |(_, copied): &(&String, &Copied)| {
            open.iter().any(|(name, _)| copied.by.contains(name))
        };
        let ready = open.iter().position(|one| !waits(one));
        // A circle is refused before anybody asks.
        let one = open.remove(ready.unwrap_or(0));
        ordered.push(one);
    }
    ordered
}

/// The copied columns by the row that they come from: one look at it fills them all.
fn by_row(table: &Table) -> Vec<(&Copied, Vec<(&String, &String)>)> {
    let mut rows: Vec<(&Copied, Vec<(&String, &String)>)> = Vec::new();
    for (name, copied) in copied(table) {
        let same = |(other, _): &&mut (&Copied, Vec<(&String, &String)>)| {
            (&other.table, &other.by) == (&copied.table, &copied.by)
        };
        match rows.iter_mut().find(same) {
            Some((_, columns)) => columns.push((name, &copied.column)),
            None => rows.push((copied, vec![(name, &copied.column)])),
        }
    }
    rows
}

/// The function that fills in the copied columns of a table.
fn filling(model: &Model, table: &Table) -> Option<Helper> {
    let rows = by_row(table);
    if rows.is_empty() {
        return None;
    }
    let mut body = vec!["begin".to_owned()];
    let mut changed: IndexMap<String, ()> = IndexMap::default();
    for (copied, columns) in &rows {
        let parent = &model.tables[&copied.table];
        let there: Vec<String> = columns
            .iter()
            .map(|(_, there)| format!("parent.{}", ident(there)))
            .collect();
        let here: Vec<String> = columns
            .iter()
            .map(|(here, _)| format!("new.{}", ident(here)))
            .collect();
        let found: Vec<String> = copied
            .references
            .iter()
            .zip(&copied.by)
            .map(|(there, here)| format!("parent.{} = new.{}", ident(there), ident(here)))
            .collect();
        body.push(format!(
            "    select {} into {}",
            there.join(", "),
            here.join(", ")
        ));
        body.push(format!("    from {} as parent", qualified(parent)));
        // What is about to change there is waited for, so that no copy is left behind.
        let changes = columns.iter().any(|(_, there)| may_change(parent, there));
        let lock = if changes { " for share" } else { "" };
        body.push(format!("    where {}{lock};", found.join(" and ")));
        changed.extend(copied.by.iter().map(|by| (by.clone(), ())));
        changed.extend(columns.iter().map(|(here, _)| ((*here).clone(), ())));
    }
    body.push("    return new;".to_owned());
    body.push("end".to_owned());
    let call = |event: &str, changed: Vec<String>| Call {
        trigger: derived_name(&[&table.name, "copied"], event),
        table: table.name.clone(),
        when: format!("before {event}"),
        of: Vec::new(),
        changed,
        bound: false,
        by_client: false,
        rows: None,
        arguments: Vec::new(),
    };
    let changed = changed.into_keys().collect();
    Some(Helper {
        function: derived_name(&["copy"], &table.name),
        of: Some(table.name.clone()),
        doc: format!(
            "Fills in what {} copies from the rows that its rows refer to.",
            table.name
        ),
        security_definer: true,
        body,
        triggers: vec![call("insert", Vec::new()), call("update", changed)],
    })
}

/// Whether a column may come to hold something else while rows are copied from it.
///
/// Clients never change keys and immutable columns, and a key that changes takes its references along.
fn may_change(parent: &Table, column: &str) -> bool {
    !parent.key.iter().any(|key| key == column) && !parent.columns[column].immutable
}

/// The function that carries changes of a row on to what is copied from it.
fn carrying(parent: &Table, (child, copied, columns): &OfRow<'_>) -> Option<Helper> {
    let columns: Vec<_> = columns
        .iter()
        .filter(|(_, there)| !copied.references.contains(there))
        .collect();
    if columns.is_empty() {
        return None;
    }
    let set: Vec<String> = columns
        .iter()
        .map(|(here, there)| format!("{} = new.{}", ident(here), ident(there)))
        .collect();
    let found: Vec<String> = copied
        .by
        .iter()
        .zip(&copied.references)
        .map(|(here, there)| format!("child.{} = new.{}", ident(here), ident(there)))
        .collect();
    let by = copied.by.join("_");
    Some(Helper {
        function: derived_name(&["carry", &parent.name, &child.name], &by),
        of: Some(parent.name.clone()),
        doc: format!(
            "Carries a change of {} on to what {} copies by {}; nobody has edited those rows.",
            parent.name,
            child.name,
            copied.by.join(", ")
        ),
        security_definer: true,
        body: vec![
            "declare".to_owned(),
            format!("    client text := current_setting('{CLIENT}', true);"),
            "begin".to_owned(),
            format!("    perform set_config('{CLIENT}', '', true);"),
            format!(
                "    update {} as child set {}",
                qualified(child),
                set.join(", ")
            ),
            format!("    where {};", found.join(" and ")),
            format!("    perform set_config('{CLIENT}', coalesce(client, ''), true);"),
            "    return null;".to_owned(),
            "end".to_owned(),
        ],
        triggers: vec![Call {
            trigger: derived_name(&[&parent.name, &child.name, &by], "carried"),
            table: parent.name.clone(),
            when: "after update".to_owned(),
            of: Vec::new(),
            changed: columns.iter().map(|(_, there)| (*there).clone()).collect(),
            bound: false,
            by_client: false,
            rows: None,
            arguments: Vec::new(),
        }],
    })
}
