//! Foreign keys that a device tests: those whose other row it has, if its user may refer to it.
//!
//! A row that the user may not read is not on the device, and a reference to it may be right.
//! So the declaration has to say that the user reads every row that they may refer to.

use crate::model::{Expr, ForeignKey, Literal, Model, OnServer, Rule, Set, Table};

/// A foreign key that a device tests.
pub(super) struct Tested<'m> {
    /// The column here.
    pub(super) column: &'m str,
    /// The table there, whose id the column has.
    pub(super) parent: &'m Table,
}

/// The foreign keys of a table that a device tests.
pub(super) fn tested<'m>(
    model: &'m Model,
    table: &'m Table,
) -> impl Iterator<Item = Tested<'m>> + use<'m> {
    let keys = table.foreign_keys.iter();
    keys.filter_map(move |key| one(model, table, key))
}

fn one<'m>(model: &'m Model, table: &'m Table, key: &'m ForeignKey) -> Option<Tested<'m>> {
    let ([column], [there]) = (&key.columns[..], &key.references[..]) else {
        return None;
    };
    let parent = model.tables.get(&key.table)?;
    let is_id = parent.key.len() == 1 && parent.key[0] == *there;
    let is_received = parent.sync.downloads();
    // Where the server asks at the end of a transaction, the other row may come later in it.
    if !is_id || !is_received || key.deferrable || key.on_server == OnServer::Unchecked {
        return None;
    }
    let client = &model.postgres.roles.client;
    let read = parent.access.as_ref()?.read.get(client)?;
    let access = table.access.as_ref()?;
    let new_rows = access.insert.get(client).into_iter();
    let changed = access.update.get(client).map(|rule| &rule.after);
    let is_seen = match read {
        Rule::Public | Rule::When(Expr::Literal(Literal::Bool(true))) => true,
        Rule::When(read) => new_rows.chain(changed).all(|written| match written {
            Rule::Public => false,
            Rule::When(written) => sets(read.disjuncts(), there)
                .any(|seen| sets(written.conjuncts(), column).any(|set| set == seen)),
        }),
    };
    is_seen.then_some(Tested { column, parent })
}

/// The sets that a column is in, by parts of a rule.
fn sets<'e>(parts: &'e [Expr], column: &str) -> impl Iterator<Item = &'e Set> {
    let column = Expr::Column(column.to_owned());
    parts.iter().filter_map(move |part| match part {
        Expr::InSet { operand, set } if **operand == column => Some(set),
        _ => None,
    })
}
