//! The columns of a table, shared by everything that speaks of its rows.

use super::Column;
use crate::map::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// The columns of a table by declared name, in declared order.
///
/// Clones share the columns until one of the clones changes.
///
/// ```
/// use synctable_codegen::model::Columns;
///
/// let columns = Columns::default();
/// let mut others = columns.clone();
/// others.clear();
/// assert_eq!(columns, others);
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Columns(Arc<IndexMap<String, Column>>);

impl Deref for Columns {
    type Target = IndexMap<String, Column>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Columns {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl From<IndexMap<String, Column>> for Columns {
    fn from(columns: IndexMap<String, Column>) -> Self {
        Self(Arc::new(columns))
    }
}

impl FromIterator<(String, Column)> for Columns {
    fn from_iter<I: IntoIterator<Item = (String, Column)>>(columns: I) -> Self {
        IndexMap::from_iter(columns).into()
    }
}

impl<'c> IntoIterator for &'c Columns {
    type Item = (&'c String, &'c Column);
    type IntoIter = indexmap::map::Iter<'c, String, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IndexMap::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::sample;

    #[test]
    fn a_clone_that_changes_leaves_the_other_as_it_is() {
        let model = sample::model();
        let before = &model.tables["lists"];
        let mut after = before.clone();
        after.columns["title"].nullable = true;
        assert!(!before.columns["title"].nullable);
        assert!(after.columns["title"].nullable);
        assert_eq!(before.columns, sample::model().tables["lists"].columns);
    }
}
