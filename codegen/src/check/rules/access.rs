//! Access is declared where data travels, and only for what the direction allows.

use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::map::IndexMap;
use crate::model::{Column, Model, Rule, Table};
use std::collections::BTreeSet;
use synctable::{ConflictRule, DeleteRule, Role, SyncMode};

/// A downloaded table says who may read it, an uploaded one who may write it.
///
/// Fail closed: nothing is synced because a rule was forgotten.
pub(super) fn is_declared(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    for table in sound(model, broken) {
        let place = Place::table(&table.name);
        let access = table.access.as_ref();
        if table.sync.downloads() && access.is_none_or(|access| access.read.is_empty()) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::NO_READ_RULE,
                    format!(
                        "`{}` is synced to devices, but has no read rule",
                        table.name
                    ),
                )
                .help("add `access: {read: …}`, or `read: public` if everybody may see the rows")
                .help("or keep the table on the server: `sync: none`"),
            );
        }
        let writes = access.is_some_and(|access| {
            !(access.insert.is_empty() && access.update.is_empty() && access.delete.is_empty())
        });
        if table.changes_go_up_only() {
            listed_have_rules(table, &place, cx);
        } else if table.sync.uploads() && !writes {
            cx.push(
                place,
                Diagnostic::error(
                    codes::NO_WRITE_RULE,
                    format!(
                        "`{}` accepts uploads, but no rule allows a write",
                        table.name
                    ),
                )
                .help("add a rule for `insert`, `update` or `delete`, or write `sync: down`"),
            );
        }
    }
}

/// Whatever `sync: {up: […]}` lists, somebody may do.
fn listed_have_rules(table: &Table, place: &Place, cx: &mut Complaints) {
    let access = table.access.as_ref();
    let carried = table.carried_up();
    let commands = [
        (
            "insert",
            carried.put,
            access.is_some_and(|one| !one.insert.is_empty()),
        ),
        (
            "update",
            carried.patch,
            access.is_some_and(|one| !one.update.is_empty()),
        ),
        (
            "delete",
            carried.delete,
            access.is_some_and(|one| !one.delete.is_empty()),
        ),
    ];
    for (command, _, _) in commands
        .into_iter()
        .filter(|(_, listed, ruled)| *listed && !ruled)
    {
        cx.push(
            place.clone().key("sync").key("up").key(command),
            Diagnostic::error(
                codes::NO_WRITE_RULE,
                format!(
                    "`{}` accepts uploads that {command} rows, but no rule allows them",
                    table.name
                ),
            )
            .help(format!(
                "add a rule for `{command}`, or remove `{command}` from `up`"
            )),
        );
    }
}

/// A rule exists only for what can happen.
pub(super) fn can_be_written(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        let Some(access) = &table.access else {
            continue;
        };
        let place = Place::table(&table.name).key("access");
        let commands = [
            ("read", !access.read.is_empty()),
            ("insert", !access.insert.is_empty()),
            ("update", !access.update.is_empty()),
            ("delete", !access.delete.is_empty()),
        ];
        // `write` and `all` stand for several commands: one reason is given once.
        let mut useless: IndexMap<(&str, &str), Vec<&str>> = IndexMap::default();
        for (command, _) in commands.into_iter().filter(|(_, declared)| *declared) {
            if let Some(reason) = impossible(table, command) {
                useless.entry(reason).or_default().push(command);
            }
        }
        for ((why, way_out), commands) in useless {
            cx.push(
                place.clone().key(commands[0]),
                Diagnostic::error(
                    codes::RULE_WITHOUT_USE,
                    format!(
                        "`{}` has a rule for `{}`, but {why}",
                        table.name,
                        commands.join("`, `")
                    ),
                )
                .help(way_out),
            );
        }
    }
}

fn impossible(table: &Table, command: &str) -> Option<(&'static str, &'static str)> {
    match table.sync {
        SyncMode::Local => Some(("it never leaves the device", "remove the rule")),
        _ if command == "read" => None,
        SyncMode::Down => Some((
            "clients only read it",
            "write `sync: both`, or remove the rule",
        )),
        SyncMode::Up if command == "update" && !table.carried_up().patch => Some((
            "clients do not upload changes of its rows",
            "write `sync: both`, list `update` in `sync: {up: […]}`, or remove the rule",
        )),
        SyncMode::Up if command == "delete" && !table.carried_up().delete => Some((
            "clients do not upload deletions of its rows",
            "write `sync: both`, list `delete` in `sync: {up: […]}`, or remove the rule",
        )),
        SyncMode::Both | SyncMode::Up
            if command == "delete" && table.delete == DeleteRule::Denied =>
        {
            Some((
                "its delete rule is `denied`",
                "remove the rule, or write `delete: hard`",
            ))
        }
        SyncMode::Both | SyncMode::Up
            if command == "delete" && table.conflict == ConflictRule::AppendOnly =>
        {
            Some((
                "the table is append-only",
                "remove the rule, or choose another conflict rule",
            ))
        }
        // There would be nothing to insert: everything else is the server's to fill.
        SyncMode::Both | SyncMode::Up
            if command == "insert" && !table.columns.values().any(Column::uploads) =>
        {
            Some((
                "devices do not upload any of its columns",
                "add a column that devices upload, or write `sync: down` and a rule for `read` only",
            ))
        }
        SyncMode::Both | SyncMode::Up | SyncMode::None => None,
    }
}

/// Who changes or deletes a row finds it first.
pub(super) fn changes_what_is_read(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let Some(access) = &table.access else {
            continue;
        };
        let commands = [
            ("update", access.update.keys().collect::<Vec<_>>()),
            ("delete", access.delete.keys().collect()),
        ];
        for (command, roles) in commands {
            for role in roles {
                // Without any read rule there is one mistake, and it is told.
                if access.read.is_empty() || access.read.contains_key(role) {
                    continue;
                }
                cx.push(
                    Place::table(&table.name).key("access").key(command),
                    Diagnostic::error(
                        codes::CHANGE_UNSEEN,
                        format!(
                            "`{role}` has a rule for `{command}` on `{}`, but no rule for `read`",
                            table.name
                        ),
                    )
                    .help(format!("add the rows that it reads: `read: {{{role}: …}}`"))
                    .help("or remove the rule"),
                );
            }
        }
    }
}

/// The row that a soft deletion leaves behind can be read by who deleted it; Postgres refuses the deletion otherwise.
pub(super) fn deleted_rows_stay_readable(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        let (Some(access), DeleteRule::Soft) = (&table.access, table.delete) else {
            continue;
        };
        for rule in access.read.values() {
            let Rule::When(expr) = rule else {
                continue;
            };
            let changed = expr.columns().into_iter().find(|name| {
                let column = table.columns.get(*name);
                matches!(
                    column.and_then(|column| column.role),
                    Some(Role::Tombstone | Role::EditedAt | Role::Device | Role::Version)
                )
            });
            if let Some(name) = changed {
                cx.push(
                    Place::table(&table.name).key("access").key("read"),
                    Diagnostic::error(
                        codes::READ_OF_TOMBSTONE,
                        format!(
                            "the read rule of `{}` depends on `{name}`, which a deletion changes",
                            table.name
                        ),
                    )
                    .help("remove this condition: sync streams already leave out rows with a tombstone")
                    .help("or move the condition to a stream's filter, which is not an access rule")
                    .help("for an API without deleted rows, declare a view with this condition as its `where`, in the schema that the API shows"),
                );
            }
        }
    }
}
