//! Which cast a change of kind uses: `using`, as long as it was not written for an earlier change.

use super::refuse::origin_of;
use super::side::Side;
use crate::catalog::Name;

/// The cast that is stated for a column of a table that stays.
pub(super) fn cast<'m>(
    before: &Side<'_>,
    after: &Side<'m>,
    table: &Name,
    column: &str,
) -> Option<&'m str> {
    let declared = after.table(table)?.columns.get(column)?;
    let using = declared.using.as_deref()?;
    let old = before.table(&origin_of(before, after, table))?;
    let was = declared.was.as_ref().and_then(|was| old.columns.get(was));
    let was = was.or(old.columns.get(column))?;
    (was.using.as_deref() != Some(using)).then_some(using)
}
