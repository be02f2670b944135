//! Generated columns, and why a stored one cannot be synced.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use synctable::{Direction, SyncMode};

/// What reaches a client is never a column that Postgres stores as generated.
///
/// Postgres 15 leaves stored generated columns out of logical replication: the first snapshot would have the value and every later
/// change would not. Declared without `stored`, the stream and the client compute the same expression.
pub(super) fn can_reach_the_client(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for column in table.columns.values() {
            let Some(generated) = &column.generated else {
                continue;
            };
            let place = Place::table(&table.name)
                .column(&column.name)
                .key("generated");
            let synced = table.sync.on_server()
                && table.sync != SyncMode::None
                && column.direction != Direction::ServerOnly;
            if generated.stored && synced {
                cx.push(
                    place.clone().key("stored"),
                    Diagnostic::error(
                        codes::GENERATED_STORED,
                        format!(
                            "`{}` is a stored generated column, which Postgres does not replicate, but it is synced",
                            column.name
                        ),
                    )
                    .help("remove `stored: true`, so that streams and clients compute it")
                    .help("or keep the column on the server: `on: server`"),
                );
            }
            let other = |name: &&str| {
                let other = table.columns.get(*name);
                other.is_some_and(|other| other.generated.is_some())
            };
            if let Some(other) = generated.expr.columns().into_iter().find(other) {
                cx.push(
                    place.clone(),
                    Diagnostic::error(
                        codes::GENERATED_OF_GENERATED,
                        format!(
                            "`{}` is computed from `{other}`, which is itself computed",
                            column.name
                        ),
                    )
                    .help("write out the expression of that column: Postgres and sync streams read only stored columns"),
                );
            }
            if column.default.is_some() || column.client_default.is_some() || column.identity {
                cx.push(
                    place,
                    Diagnostic::error(
                        codes::GENERATED_DEFAULT,
                        format!(
                            "`{}` is generated, so it cannot have a default",
                            column.name
                        ),
                    )
                    .help("remove one of them"),
                );
            }
        }
    }
}
