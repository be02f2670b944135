//! Index methods: which there are, and what each can index.
//!
//! An extension may add methods and operator classes; where hand-written SQL runs before the tables, nothing is known of them.

use crate::catalog;
use crate::diagnostic::{Complaints, Diagnostic, INDEX_METHOD, Place, did_you_mean};
use crate::model::{Expr, Index, IndexSide, Model, SqlPhase, Table};
use synctable::{Kind, Scalar};

/// The methods of Postgres itself.
const METHODS: &[&str] = &["btree", "hash", "gin", "gist", "spgist", "brin"];

/// Each index has a method that Postgres has, over what that method can index.
pub(super) fn fit_their_methods(model: &Model, cx: &mut Complaints) {
    let extended = model
        .sql
        .values()
        .any(|sql| sql.phase == SqlPhase::BeforeTables);
    for table in catalog::server_tables(model) {
        for index in &table.indexes {
            if index.side == IndexSide::Client {
                continue;
            }
            if let Some(diagnostic) = mistake(table, index, extended) {
                let place = Place::entry(&table.name, "indexes", &index.name);
                cx.push(place.key("method"), diagnostic);
            }
        }
    }
}

fn mistake(table: &Table, index: &Index, extended: bool) -> Option<Diagnostic> {
    let method = index.method.as_str();
    let error = |message: String| Diagnostic::error(INDEX_METHOD, message);
    if !METHODS.contains(&method) {
        let known = METHODS.iter().copied();
        return (!extended).then(|| {
            error(format!("Postgres has no index method `{method}`"))
                .help_maybe(did_you_mean(method, known))
                .help("a method of an extension needs `create extension …` under `sql:`, with `phase: before_tables`")
        });
    }
    let sorted = |part: &&crate::model::IndexPart| part.descending || part.nulls_first.is_some();
    if method != "btree" && index.parts.iter().any(|part| sorted(&part)) {
        return Some(
            error(format!("a `{method}` index cannot have an order"))
                .help("remove `desc` and `nulls`, or remove the method"),
        );
    }
    if matches!(method, "hash" | "spgist") && index.parts.len() > 1 {
        return Some(
            error(format!("a `{method}` index can only have one part"))
                .help("declare an index for each column, or remove the method"),
        );
    }
    if !index.include.is_empty() && !matches!(method, "btree" | "gist" | "spgist") {
        return Some(
            error(format!("a `{method}` index cannot include columns"))
                .help("remove `include`, or remove the method"),
        );
    }
    let columns = index.parts.iter().filter_map(|part| match &part.expr {
        Expr::Column(name) => table.columns.get(name),
        _ => None,
    });
    let unfit = columns
        .into_iter()
        .find(|column| !extended && !indexes(method, &column.kind))?;
    Some(
        error(format!(
            "a `{method}` index cannot contain `{}`, which is `{}`",
            unfit.name, unfit.kind
        ))
        .help(match method {
            "gin" => "remove the method: `gin` indexes lists and json",
            _ => "remove the method",
        }),
    )
}

/// Whether the method has an operator class for the kind without any extension.
fn indexes(method: &str, kind: &Kind) -> bool {
    match kind {
        // Whoever names a Postgres type knows it.
        Kind::Opaque(_) => true,
        Kind::List(_) => matches!(method, "btree" | "hash" | "gin"),
        Kind::Enum { .. } | Kind::Scalar(_) | Kind::Domain { .. } => {
            let scalar = kind.carrier();
            match method {
                "gin" => scalar == Some(Scalar::Json),
                "gist" => false,
                "spgist" => scalar.is_some_and(Scalar::is_text),
                "brin" => !matches!(scalar, None | Some(Scalar::Bool | Scalar::Json)),
                _ => true,
            }
        }
    }
}
