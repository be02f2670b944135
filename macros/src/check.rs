//! Rules that need more than one attribute or field.

use crate::ast::Container;
use crate::ctxt::Ctxt;
use std::collections::BTreeMap;

pub(crate) fn check(cx: &Ctxt, container: &Container<'_>) {
    table_is_named(cx, container);
    columns_are_named_once(cx, container);
}

/// Nothing is guessed from the struct's name: a plural is no rule.
fn table_is_named(cx: &Ctxt, container: &Container<'_>) {
    if container.table().is_none() {
        cx.error_at(
            container.ident,
            "say which table it is: `#[synctable(table = …)]` with the generated module of the table",
        );
    }
}

/// A column that stands in two fields would have two values.
fn columns_are_named_once(cx: &Ctxt, container: &Container<'_>) {
    let mut seen = BTreeMap::new();
    for field in &container.fields {
        if let Some(first) = seen.insert(field.constant.to_string(), field.ident) {
            cx.error_at(field.ident, format!("`{first}` holds this column already"));
        }
    }
}
