//! Which cast a change of kind uses: `using`, as long as it was not written for an earlier change, or the one that an enum
//! needs which becomes a type of its own.

use super::super::sql::ident;
use super::refuse::origin_of;
use super::side::Side;
use crate::catalog::Name;
use crate::model::{EnumDef, Model};
use synctable::{Element, EnumStorage, Kind};

/// The cast of a column of a table that stays, in SQL; `None` where Postgres needs none, or none is known.
pub(super) fn cast(
    before: &Side<'_>,
    after: &Side<'_>,
    table: &Name,
    column: &str,
) -> Option<String> {
    let declared = after.table(table)?.columns.get(column)?;
    let old = before.table(&origin_of(before, after, table))?;
    let was = declared.was.as_ref().and_then(|was| old.columns.get(was));
    let was = was.or(old.columns.get(column))?;
    if let Some(using) = &declared.using
        && was.using.as_ref() != Some(using)
    {
        return Some(using.clone());
    }
    let (old, new) = (
        enum_of(before.model, &was.kind)?,
        enum_of(after.model, &declared.kind)?,
    );
    let is_same = new.name == old.name || new.was.as_ref() == Some(&old.name);
    let becomes_a_type = old.storage == EnumStorage::Check && new.storage == EnumStorage::Native;
    let to = &after.catalog.tables[table].columns[column].sql_type;
    (is_same && becomes_a_type).then(|| format!("{}::{to}", ident(column)))
}

/// The enum that a column holds, or a list of it.
fn enum_of<'m>(model: &'m Model, kind: &Kind) -> Option<&'m EnumDef> {
    let name = match kind {
        Kind::Enum { name, .. } => name,
        Kind::List(Element::Enum { name, .. }) => name,
        _ => return None,
    };
    model.enums.get(&**name)
}
