//! Files in memory: what a target makes of a model.

use std::collections::BTreeMap;

/// Paths with their texts, in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; its text ends with exactly one newline.
    ///
    /// # Panics
    ///
    /// If the path is taken: two files of one target may not have one name.
    pub fn insert(&mut self, path: impl Into<String>, text: impl AsRef<str>) {
        let path = path.into();
        let text = format!("{}\n", text.as_ref().trim_end_matches('\n'));
        let taken = self.0.insert(path.clone(), text);
        assert!(taken.is_none(), "the file {path} is written twice");
    }

    /// The text at a path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Paths and texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}
