//! Buckets: what names their objects.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use synctable::{Direction, Kind, Scalar};

/// Paths are texts, in columns that Postgres has.
///
/// Whoever cleans a bucket compares the paths of its objects with these columns: a comparison that never holds would make
/// every object an orphan.
pub(super) fn paths_are_texts_of_the_server(model: &Model, cx: &mut Complaints) {
    for bucket in model.storage.values() {
        for reference in &bucket.references {
            let name = format!("{}.{}", reference.table, reference.column);
            let (Some(table), place) = (
                model.tables.get(&reference.table),
                Place::new(["storage", &bucket.name, "references", &name]),
            ) else {
                continue;
            };
            let Some(column) = table.columns.get(&reference.column) else {
                continue;
            };
            let is_virtual = matches!(&column.generated, Some(generated) if !generated.stored);
            if !table.sync.on_server() || column.direction == Direction::ClientOnly || is_virtual {
                cx.push(
                    place,
                    Diagnostic::error(
                        codes::ABSENT_ON_SERVER,
                        format!(
                            "the bucket `{}` is referenced by `{name}`, which does not exist in Postgres",
                            bucket.name
                        ),
                    )
                    .help("name a column that exists in Postgres: the bridge asks it there"),
                );
            } else if !is_text(&column.kind) {
                cx.push_with_label(
                    place,
                    Diagnostic::error(
                        codes::OBJECT_REFERENCE,
                        format!(
                            "`{name}` has the kind `{}`, and the path of an object is a text",
                            column.kind
                        ),
                    )
                    .help("name a column of the kind `text` that contains whole paths, such as `acme/photos/1.jpg`"),
                    Place::table(&table.name).column(&column.name),
                    format!("this is `{}`", column.kind),
                );
            }
        }
    }
}

/// Whether every value is a text, as the path of an object is.
fn is_text(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => {
            matches!(scalar, Scalar::Text | Scalar::Varchar(_))
        }
        Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_) => false,
    }
}
