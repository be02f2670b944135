//! A place in the declaration by what stands there, for those who know the model but not the text.

use std::fmt;

/// A path of keys: `tables`, `todos`, `columns`, `title`, `check`.
///
/// `check` turns it into a span: the value at the path, or that of the longest beginning that was written.
///
/// ```
/// use synctable_codegen::diagnostic::place::Place;
///
/// let column = Place::table("todos").then("columns").then("title");
/// assert_eq!(column.to_string(), "tables.todos.columns.title");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Vec<String>);

impl Place {
    /// The place at these keys, from the top of the declaration.
    pub fn at<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }

    /// A declared table.
    pub fn table(name: &str) -> Self {
        Self::at(["tables", name])
    }

    /// A column of a declared table.
    pub fn column(table: &str, name: &str) -> Self {
        Self::at(["tables", table, "columns", name])
    }

    /// The place below this one at `key`.
    #[must_use]
    pub fn then(mut self, key: impl Into<String>) -> Self {
        self.0.push(key.into());
        self
    }

    /// The keys from the top.
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
