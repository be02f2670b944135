//! A place in a declaration by its keys, for those who know the Model and not the text.

use std::fmt;

/// The path of keys that leads to something declared: `tables.todos.columns.title.check`.
///
/// It need not exist in the text: a derived fact has the place it would be declared at, and the nearest
/// part of the path that is written is what gets underlined.
///
/// ```
/// use synctable_codegen::diagnostic::Place;
/// let place = Place::table("todos").column("title").key("check");
/// assert_eq!(place.to_string(), "tables.todos.columns.title.check");
/// assert_eq!(place, Place::new(["tables", "todos", "columns", "title", "check"]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Vec<String>);

impl Place {
    /// A place by its keys, from the top level inwards; an element of a list is its index (`"0"`) or what it says.
    pub fn new(keys: impl IntoIterator<Item: Into<String>>) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }

    /// A table.
    pub fn table(name: impl Into<String>) -> Self {
        Self(vec!["tables".to_owned(), name.into()])
    }

    /// The entry of a table's section, by what the database calls it: its own name, or the table's and its key.
    pub fn entry(table: &str, section: &str, name: &str) -> Self {
        let declared = name.strip_prefix(table);
        let declared = declared.and_then(|rest| rest.strip_prefix('_'));
        Self::table(table)
            .key(section)
            .key(declared.unwrap_or(name))
    }

    /// A column of this table.
    #[must_use]
    pub fn column(self, name: impl Into<String>) -> Self {
        self.key("columns").key(name)
    }

    /// One key further in.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(key.into());
        self
    }

    /// The keys, from the top level inwards.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
