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
pub struct Place {
    keys: Vec<String>,
    /// Where it is if the first keys are not written.
    or: Option<Or>,
}

/// The place of something that can be declared in two ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Or {
    /// How many keys have to be written for the first way.
    first: usize,
    keys: Vec<String>,
}

impl Place {
    /// A place by its keys, from the top level inwards; an element of a list is its index (`"0"`) or what it says.
    pub fn new(keys: impl IntoIterator<Item: Into<String>>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
            or: None,
        }
    }

    /// A table.
    pub fn table(name: impl Into<String>) -> Self {
        Self::new(["tables".to_owned(), name.into()])
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
        let key = key.into();
        if let Some(or) = &mut self.or {
            or.keys.push(key.clone());
        }
        self.keys.push(key);
        self
    }

    /// This place if it is written whole, else another one: of what can be declared in two ways.
    ///
    /// ```
    /// use synctable_codegen::diagnostic::Place;
    /// let column = Place::table("todos").column("title").key("unique");
    /// let place = Place::entry("todos", "uniques", "todos_title_key").or(column);
    /// assert_eq!(place.to_string(), "tables.todos.uniques.title_key");
    /// ```
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.or = Some(Or {
            first: self.keys.len(),
            keys: other.keys,
        });
        self
    }

    /// How many keys have to be written, and the keys that count if they are not.
    pub(crate) fn other(&self) -> Option<(usize, &[String])> {
        let or = self.or.as_ref()?;
        Some((or.first, &or.keys))
    }

    /// The keys, from the top level inwards.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys.join("."))
    }
}
