//! One column: its kind, who fills it, and who may see and write it.

use super::Resolver;
use super::expressions::Room;
use super::shapes::direction;
use crate::declaration::{self, Backfill, Server, Side};
use crate::diagnostic::{Diagnostic, codes};
use crate::expr::written;
use crate::model::{Column, Copied, DefaultValue, Expr, Function, Generated};
use synctable::{Direction, Kind, Scalar, SyncMode};

impl Resolver<'_, '_> {
    /// The column, or `None` where its kind is not understood.
    pub(super) fn column(
        &mut self,
        table: &declaration::Table,
        column: &declaration::Column,
    ) -> Option<Column> {
        let row = &self.shapes.known.tables[&table.name.value];
        let fact = row.column(&column.name.value)?;
        let (kind, direction) = (fact.kind.clone(), fact.direction);
        self.sides(table, column);
        let default = self.server_value(column, &kind);
        let client_default = column.client_default.as_ref().and_then(|value| {
            let filled = self.value(value, &kind)?;
            if matches!(filled, DefaultValue::Sql(_)) {
                self.cx.push(
                    Diagnostic::error(
                        codes::CLIENT_DEFAULT_SQL,
                        "a client default cannot be Postgres SQL",
                    )
                    .at(value.span)
                    .help("use a literal, `now()`, `today()`, `uuid()` or `auth.user_id()`"),
                );
                return None;
            }
            Some(filled)
        });
        let generated = column.generated.as_ref().and_then(|generated| {
            let room = Room::Generated {
                table: &table.name.value,
                column: &column.name.value,
            };
            Some(Generated {
                expr: self.expression(&generated.expr, room)?,
                stored: generated.stored.is_some(),
            })
        });
        if let (Some(span), Some(carrier)) = (column.identity, kind.carrier())
            && !matches!(carrier, Scalar::Smallint | Scalar::Int | Scalar::Bigint)
        {
            self.cx.push(
                Diagnostic::error(
                    codes::IDENTITY_KIND,
                    format!("a `{kind}` column cannot be an identity"),
                )
                .at(span)
                .help("use a `smallint`, an `int` or a `bigint`"),
            );
        }
        let taken = [
            ("default", column.default.as_ref().map(|value| value.span)),
            ("server", column.server.as_ref().map(|value| value.span)),
            ("nullable", column.nullable),
        ];
        let taken = taken.into_iter().find_map(|(key, span)| Some((key, span?)));
        if let (Some(identity), Some((key, span))) = (column.identity, taken) {
            self.cx.push(
                Diagnostic::error(
                    codes::IDENTITY_KIND,
                    format!(
                        "`{}` is an identity column, so it cannot have `{key}`",
                        column.name.value
                    ),
                )
                .at(span)
                .label(identity, "the identity")
                .help(format!("remove `{key}` or `identity`")),
            );
        }
        self.is_filled(table, column);
        let copied = self.copied(table, column);
        self.moves(column, &kind, default.as_ref());
        let uploaded = self.uploaded(table, column, &kind, default.as_ref());
        Some(Column {
            name: column.name.value.clone(),
            client_name: column
                .client_name
                .as_ref()
                .map_or_else(|| column.name.value.clone(), |name| name.value.clone()),
            was: column.was.as_ref().map(|was| was.value.clone()),
            doc: column.doc.as_ref().map(|doc| doc.value.clone()),
            deprecated: column.deprecated.as_ref().map(|text| text.value.clone()),
            kind,
            nullable: column.nullable.is_some(),
            default,
            client_default,
            direction,
            uploaded,
            immutable: column.immutable.is_some(),
            secret: column.secret.is_some(),
            identity: column.identity.is_some(),
            moves: column.on_change.is_some(),
            copied,
            generated,
            backfill: self.backfill(table, column),
            using: column.using.as_ref().and_then(|sql| {
                let is_one = self.written("the cast", sql, written::expression);
                is_one.then(|| sql.text.trim().to_owned())
            }),
            role: column.role.as_ref().map(|role| role.value),
        })
    }

    /// What moves with every change begins with the time of the first one.
    fn moves(&mut self, column: &declaration::Column, kind: &Kind, default: Option<&DefaultValue>) {
        let Some(span) = column.on_change else { return };
        let is_now = match default {
            Some(DefaultValue::Expr(Expr::Call { function, .. })) => *function == Function::Now,
            // The time of UTC, without its zone.
            Some(DefaultValue::Sql(_)) => *kind == Kind::Scalar(Scalar::Timestamp),
            Some(DefaultValue::Expr(_)) | None => false,
        };
        if column.server.is_some() && is_now {
            return;
        }
        self.cx.push(
            Diagnostic::error(
                codes::ON_CHANGE_UNFIT,
                format!(
                    "`on_change` needs a column that the server fills with the time, and `{}` is not one",
                    column.name.value
                ),
            )
            .at(span)
            .help("write `{kind: timestamptz, server: now(), on_change: now()}`")
            .help("or, for a time of UTC without zone, `{kind: timestamp, server: {sql: \"(now() at time zone 'utc')\"}, on_change: now()}`")
            .help("or, if devices write it and the latest write wins, use `role: edited_at`"),
        );
    }

    /// What rows that are there get, from their other columns.
    fn backfill(
        &mut self,
        table: &declaration::Table,
        column: &declaration::Column,
    ) -> Option<DefaultValue> {
        match column.backfill.as_deref()? {
            Backfill::Sql(sql) => self
                .written("the backfill", sql, written::expression)
                .then(|| DefaultValue::Sql(sql.text.trim().to_owned())),
            Backfill::Expr(expr) => {
                let room = Room::Generated {
                    table: &table.name.value,
                    column: &column.name.value,
                };
                self.expression(expr, room).map(DefaultValue::Expr)
            }
        }
    }

    /// A column that exists on one side only says nothing about the other.
    fn sides(&mut self, table: &declaration::Table, column: &declaration::Column) {
        let sync = table.sync.as_ref().map(|sync| sync.value);
        let owner = [
            ("server", column.server.as_ref().map(|server| server.span)),
            (
                "copied",
                column.copied.as_ref().map(|reference| reference.span),
            ),
            ("identity", column.identity),
            ("secret", column.secret),
        ]
        .into_iter()
        .find_map(|(key, span)| Some((key, span?)));
        // Who never writes a column says nothing about writing it.
        let written = [
            ("immutable", column.immutable),
            (
                "client_default",
                column.client_default.as_ref().map(|value| value.span),
            ),
        ];
        for (key, span) in written
            .into_iter()
            .filter_map(|(key, span)| Some((key, span?)))
        {
            let direction = direction(column);
            if direction.uploads() || direction == Direction::ClientOnly {
                continue;
            }
            self.cx.push(
                Diagnostic::error(
                    codes::SIDES_CONTRADICT,
                    format!(
                        "`{key}` has no effect on `{}`, which clients do not write",
                        column.name.value
                    ),
                )
                .at(span)
                .help(format!("remove `{key}`, or let clients write the column")),
            );
        }
        if let (Some(Side::Client), Some((key, span))) =
            (column.on.as_ref().map(|on| on.value), owner)
        {
            self.cx.push(
                Diagnostic::error(
                    codes::SIDES_CONTRADICT,
                    format!(
                        "`{key}` has no effect on `{}`, which exists only on the device",
                        column.name.value
                    ),
                )
                .at(span)
                .help(format!("remove `{key}`, or `on: client`")),
            );
        }
        if sync == Some(SyncMode::Local)
            && let Some((key, span)) = owner.or_else(|| {
                Some((
                    "on",
                    column
                        .on
                        .as_ref()
                        .filter(|on| on.value == Side::Server)?
                        .span,
                ))
            })
        {
            self.cx.push(
                Diagnostic::error(
                    codes::SIDES_CONTRADICT,
                    format!(
                        "`{key}` has no effect in `{}`, which never leaves the device",
                        table.name.value
                    ),
                )
                .at(span)
                .help(format!("remove `{key}`, or sync the table")),
            );
        }
    }

    /// A column that no upload has takes NULL, or is filled by somebody, where clients create rows.
    fn is_filled(&mut self, table: &declaration::Table, column: &declaration::Column) {
        let sync = table.sync.as_ref().map(|sync| sync.value);
        let creates = sync.is_some_and(SyncMode::uploads)
            && table
                .access
                .as_ref()
                .is_some_and(|access| access.insert().is_some());
        let filled = column.nullable.is_some()
            || column.default.is_some()
            || column.server.is_some()
            || column.copied.is_some()
            || column.identity.is_some()
            || column.generated.is_some();
        if creates && !filled && direction(column) == Direction::ServerOnly {
            self.cx.push(
                Diagnostic::error(
                    codes::NEVER_FILLED,
                    format!(
                        "clients create rows of `{}`, but nothing fills `{}`",
                        table.name.value, column.name.value
                    ),
                )
                .at(column.name.span)
                .help("add a `default` or `nullable: true`")
                .help("or add `server: true` if hand-written SQL or a service fills it"),
            );
        }
    }

    /// Where the column is copied from; the columns that are referred to are filled in where the foreign keys are known.
    fn copied(
        &mut self,
        table: &declaration::Table,
        column: &declaration::Column,
    ) -> Option<Copied> {
        let (copied, by) = (column.copied.as_ref()?, column.by.as_ref()?);
        let others = [
            ("server", column.server.as_ref().map(|value| value.span)),
            ("default", column.default.as_ref().map(|value| value.span)),
            ("identity", column.identity),
            (
                "generated",
                column
                    .generated
                    .as_ref()
                    .map(|generated| generated.expr.span),
            ),
        ];
        if let Some((key, span)) = others
            .into_iter()
            .find_map(|(key, span)| Some((key, span?)))
        {
            self.cx.push(
                Diagnostic::error(
                    codes::DEFAULT_TWICE,
                    format!(
                        "`{}` is filled twice: by `copied` and by `{key}`",
                        column.name.value
                    ),
                )
                .at(span)
                .label(copied.span, "copied from here")
                .help(format!("remove `{key}`, or remove `copied` and `by`")),
            );
            return None;
        }
        let by: Vec<String> = by
            .value
            .iter()
            .filter(|name| self.own_column(table, name))
            .map(|name| name.value.clone())
            .collect();
        let [there] = copied.columns.as_slice() else {
            return None;
        };
        let Some(parent) = self.declaration.tables.get(&copied.table.value) else {
            let tables = self.declaration.tables.keys().map(String::as_str);
            self.unknown(codes::UNKNOWN_TABLE, "table", &copied.table, tables);
            return None;
        };
        self.own_column(parent, there).then(|| Copied {
            table: copied.table.value.clone(),
            column: there.value.clone(),
            by,
            references: Vec::new(),
        })
    }

    /// What Postgres fills in, from `server` or `default`.
    fn server_value(&mut self, column: &declaration::Column, kind: &Kind) -> Option<DefaultValue> {
        if let (Some(server), Some(default)) = (&column.server, &column.default) {
            self.cx.push(
                Diagnostic::error(
                    codes::DEFAULT_TWICE,
                    format!(
                        "`{}` is filled twice: by `default` and by the server",
                        column.name.value
                    ),
                )
                .at(default.span)
                .label(server.span, "filled here")
                .help("remove `default`: `server` fills a column that the server owns"),
            );
        }
        match column.server.as_ref().map(|server| &server.value) {
            Some(Server::Value(value)) => {
                let span = column.server.as_ref()?.span;
                self.server_filled(&declaration::Spanned::new(value.clone(), span), kind)
            }
            Some(Server::Elsewhere) => None,
            None => {
                let default = column.default.as_ref()?;
                self.value(default, kind)
            }
        }
    }
}
