//! Conflict and delete rules have the columns that they work with.

use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Column, DefaultValue, Expr, Literal, Model, Table};
use std::collections::BTreeSet;
use synctable::{ConflictRule, DeleteRule, Direction, Kind, Role, Scalar};

/// Each role stands on at most one column, of a kind that can play it.
pub(super) fn roles_fit(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for role in Role::ALL {
            let mut holders = table
                .columns
                .values()
                .filter(|column| column.role == Some(*role));
            let Some(holder) = holders.next() else {
                continue;
            };
            for second in holders {
                cx.push(
                    Place::table(&table.name).column(&second.name).key("role"),
                    Diagnostic::error(
                        codes::ROLE_TWICE,
                        format!("the column `{}` already has the role `{role}`", holder.name),
                    )
                    .help("give each role to one column of a table"),
                );
            }
            let scalar = |wanted: Scalar| holder.kind == Kind::Scalar(wanted);
            let (fits, wanted) = match role {
                Role::EditedAt => (
                    (scalar(Scalar::Timestamptz) || scalar(Scalar::Timestamp))
                        && !holder.immutable
                        && holder.direction == Direction::Both,
                    "a `timestamptz` or a `timestamp` that the client writes with every change",
                ),
                Role::Tombstone => (
                    (is_time_of_deletion(holder) || is_flag_of_deletion(holder))
                        && holder.direction != Direction::ClientOnly,
                    "a nullable `timestamptz`, or a `bool` with `default: false`, on the server",
                ),
                Role::Device => (
                    holder
                        .kind
                        .carrier()
                        .is_some_and(|kind| kind.is_text() || kind == Scalar::Uuid)
                        && holder.direction == Direction::Both,
                    "a text or `uuid` that the client writes",
                ),
                Role::Changed => (
                    scalar(Scalar::Bigint) && !holder.direction.uploads(),
                    "a `bigint` that the server owns (`server: true`)",
                ),
                Role::Version => (
                    matches!(holder.kind, Kind::Scalar(Scalar::Int | Scalar::Bigint))
                        && !holder.nullable,
                    "an `int` or `bigint`, not nullable",
                ),
                Role::Owner => (
                    holder.kind.carrier() == Some(model.postgres.user_id),
                    "of the same kind as the caller's id (`postgres.user_id`)",
                ),
            };
            if !fits {
                cx.push(
                    Place::table(&table.name).column(&holder.name).key("role"),
                    Diagnostic::error(
                        codes::ROLE_KIND,
                        format!("`{}` cannot have the role `{role}`", holder.name),
                    )
                    .help(format!("use a column that is {wanted}")),
                );
            }
        }
    }
}

/// A time that is NULL in a row that lives.
fn is_time_of_deletion(column: &Column) -> bool {
    column.kind == Kind::Scalar(Scalar::Timestamptz) && column.nullable
}

/// A flag that is false in a row that lives, also where nobody says so.
fn is_flag_of_deletion(column: &Column) -> bool {
    let is_false = matches!(
        column.default,
        Some(DefaultValue::Expr(Expr::Literal(Literal::Bool(false))))
    );
    column.kind == Kind::Scalar(Scalar::Bool) && !column.nullable && is_false
}

/// `last_write_wins` compares `edited_at`; `soft` sets a tombstone; `append_only` has no update and no delete.
pub(super) fn rules_have_their_columns(
    model: &Model,
    broken: &BTreeSet<String>,
    cx: &mut Complaints,
) {
    for table in sound(model, broken) {
        let place = Place::table(&table.name);
        let carried = table.carried_up();
        if (carried.patch || carried.delete)
            && table.conflict == ConflictRule::LastWriteWins
            && table.role(Role::EditedAt).is_none()
        {
            cx.push(
                place.clone().key("conflict"),
                Diagnostic::error(
                    codes::CONFLICT_WITHOUT_TIME,
                    format!(
                        "`{}` uses `last_write_wins`, but no column has the role `edited_at`",
                        table.name
                    ),
                )
                .help("add `edited_at: {kind: timestamptz, role: edited_at}`")
                .help("or write `conflict: server_wins` or `conflict: last_upload_wins`"),
            );
        }
        if table.delete == DeleteRule::Soft && table.role(Role::Tombstone).is_none() {
            cx.push(
                place.clone().key("delete"),
                Diagnostic::error(
                    codes::SOFT_WITHOUT_TOMBSTONE,
                    format!(
                        "`{}` uses `delete: soft`, but no column has the role `tombstone`",
                        table.name
                    ),
                )
                .help("add `deleted_at: {kind: timestamptz, nullable: true, role: tombstone}`")
                .help("or `deleted: {kind: bool, default: false, role: tombstone}`"),
            );
        }
        if table.conflict == ConflictRule::AppendOnly {
            appends_only(table, &place, cx);
        }
    }
}

fn appends_only(table: &Table, place: &Place, cx: &mut Complaints) {
    let Some(access) = &table.access else { return };
    if !access.update.is_empty() {
        cx.push(
            place.clone().key("access").key("update"),
            Diagnostic::error(
                codes::APPEND_ONLY_UPDATE,
                format!("`{}` is append-only, but has an update rule", table.name),
            )
            .help("remove the rule, or choose another conflict rule"),
        );
    }
}
