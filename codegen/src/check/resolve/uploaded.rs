//! What happens where an upload carries a column that the server fills.

use super::Resolver;
use super::shapes::direction;
use crate::declaration::{self, Server};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{DefaultValue, Expr, Function};
use synctable::{Direction, Kind, SyncMode, Uploaded};

impl Resolver<'_, '_> {
    /// What the declaration says; where it says nothing, the caller's own id is verified and all else refused.
    ///
    /// A device knows who uses it, and often fills the owner in for its own queries.
    pub(super) fn uploaded(
        &mut self,
        table: &declaration::Table,
        column: &declaration::Column,
        kind: &Kind,
        filled: Option<&DefaultValue>,
    ) -> Uploaded {
        let is_on_both_sides = direction(column) == Direction::ServerOwned;
        let sync = table.sync.as_ref().map(|sync| sync.value);
        let is_uploaded = sync.is_none_or(SyncMode::uploads);
        let Some(uploads) = &column.uploads else {
            let by_caller = matches!(filled, Some(DefaultValue::Expr(Expr::UserId)));
            let by_caller = by_caller && column.server.is_some();
            return match is_on_both_sides && is_uploaded && by_caller {
                true => Uploaded::Verified,
                false => Uploaded::Refused,
            };
        };
        let name = &column.name.value;
        if column.server.is_none() && column.copied.is_none() {
            let message = format!("`uploads` needs `server` or `copied`, and `{name}` has neither");
            self.cx.push(
                Diagnostic::error(codes::UPLOADS_WRITTEN, message)
                    .at(uploads.span)
                    .help("remove `uploads`, or add `server: …`, which fills the column"),
            );
            return Uploaded::Refused;
        }
        let missing = if !is_uploaded {
            Some((
                format!("devices do not upload `{}`", table.name.value),
                "remove `uploads`, or let devices upload the table: `sync: both`",
            ))
        } else if !is_on_both_sides {
            Some((
                format!("devices do not have `{name}`, so no upload carries it"),
                "remove `uploads`, or sync the column to devices",
            ))
        } else {
            None
        };
        if let Some((message, way_out)) = missing {
            self.cx.push(
                Diagnostic::error(codes::UPLOADS_WRITTEN, message)
                    .at(uploads.span)
                    .help(way_out),
            );
            return Uploaded::Refused;
        }
        let is_key = column.key.is_some()
            || (table.key.iter()).any(|key| key.value.iter().any(|part| part.value == *name));
        let reason = match uploads.value {
            Uploaded::Verified => unforeseen(column, kind, filled),
            _ if is_key => Some("the id of the row always contains it"),
            Uploaded::Ignored if matches!(filled, Some(DefaultValue::Sql(_))) => {
                Some("its SQL may have another meaning inside a trigger")
            }
            Uploaded::Ignored | Uploaded::Refused => None,
        };
        let Some(reason) = reason else {
            return uploads.value;
        };
        let message = format!("`{name}` cannot be `{}`: {reason}", uploads.value);
        let way_out = match is_key {
            true => "remove `uploads`: the id is always compared with the key",
            false => "write `uploads: refused`, or remove `uploads`",
        };
        self.cx.push(
            Diagnostic::error(codes::UPLOADS_IMPOSSIBLE, message)
                .at(uploads.span)
                .help(way_out),
        );
        Uploaded::Refused
    }
}

/// Why no device can know what the server fills in; `None` where it can.
fn unforeseen(
    column: &declaration::Column,
    kind: &Kind,
    filled: Option<&DefaultValue>,
) -> Option<&'static str> {
    if let Kind::Opaque(_) = kind {
        return Some("values of an `opaque` kind cannot be compared");
    }
    if column.copied.is_some() {
        return None;
    }
    if let Some(Server::Elsewhere) = column.server.as_ref().map(|server| &server.value) {
        return Some("the declaration does not say what the server fills in");
    }
    match filled {
        Some(DefaultValue::Sql(_)) => Some("a device cannot know the result of its SQL"),
        Some(DefaultValue::Expr(expr)) => {
            let mut changes = false;
            expr.visit(&mut |expr| {
                changes |= matches!(
                    expr,
                    Expr::Call {
                        function: Function::Now | Function::Today | Function::Uuid,
                        ..
                    }
                );
            });
            changes.then_some("a device cannot know the value that the server fills in")
        }
        // The value itself is a mistake, which is told elsewhere.
        None => None,
    }
}
