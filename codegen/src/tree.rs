//! The files that a target makes of a model: their texts, or what writes a text when it is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Paths with their texts, in the order of their paths.
///
/// Paths are relative, with `/`. They stay apart on every file system, also where `A` and `a` are one name.
/// A text is written when it is asked for, where there are many of them: whoever compares or writes one file after the other
/// then never holds them all.
#[derive(Clone, Debug, Default)]
pub struct Tree<'m> {
    files: BTreeMap<String, Text<'m>>,
    /// The paths in lower case, with the path as it was given.
    folded: BTreeMap<String, String>,
}

/// The text of a file, or what writes it.
#[derive(Clone)]
enum Text<'m> {
    Written(String),
    Later(Arc<dyn Fn() -> String + Send + Sync + 'm>),
}

impl Text<'_> {
    fn get(&self) -> Cow<'_, str> {
        match self {
            Text::Written(text) => Cow::Borrowed(text),
            Text::Later(write) => Cow::Owned(whole(write())),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// The text with lines that end as on unix, and with exactly one newline at its end.
fn whole(mut text: String) -> String {
    if text.contains('\r') {
        text = text.replace("\r\n", "\n");
    }
    text.truncate(text.trim_end_matches('\n').len());
    text.push('\n');
    text
}

impl<'m> Tree<'m> {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; its lines end as on unix, and the text ends with exactly one newline.
    ///
    /// # Panics
    ///
    /// If [`try_insert`](Self::try_insert) refuses the path: names that collide are the check's to find, so it would be our bug.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        if let Err(refused) = self.try_insert(path, text) {
            panic!("a target writes a path it may not: {refused}");
        }
    }

    /// Adds a file, as [`insert`](Self::insert) does.
    ///
    /// # Errors
    ///
    /// A path that is absolute, leaves its folder or is not portable, and one that another file has or needs as a folder.
    pub fn try_insert(
        &mut self,
        path: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<(), PathRefused> {
        self.place(path.into(), Text::Written(whole(text.into())))
    }

    /// Adds a file whose text is written each time it is asked for, always the same.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    pub fn insert_later(
        &mut self,
        path: impl Into<String>,
        write: impl Fn() -> String + Send + Sync + 'm,
    ) {
        if let Err(refused) = self.place(path.into(), Text::Later(Arc::new(write))) {
            panic!("a target writes a path it may not: {refused}");
        }
    }

    /// Adds the files of another tree.
    ///
    /// # Errors
    ///
    /// The paths that were not taken; the others were.
    pub(crate) fn append(&mut self, other: &Tree<'m>) -> Result<(), Vec<PathRefused>> {
        let mut refused = Vec::new();
        for (path, text) in &other.files {
            refused.extend(self.place(path.clone(), text.clone()).err());
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(refused),
        }
    }

    fn place(&mut self, path: String, text: Text<'m>) -> Result<(), PathRefused> {
        if !is_portable(&path) {
            return Err(PathRefused::NotPortable(path));
        }
        let folded = path.to_lowercase();
        let below = format!("{folded}/");
        let first_below = self.folded.range(below.clone()..).next();
        let parents = folded.match_indices('/').map(|(at, _)| &folded[..at]);
        let other = self
            .folded
            .get(&folded)
            .or_else(|| parents.into_iter().find_map(|p| self.folded.get(p)))
            .or_else(|| {
                first_below
                    .filter(|(p, _)| p.starts_with(&below))
                    .map(|(_, p)| p)
            });
        if let Some(other) = other {
            return Err(PathRefused::Taken {
                path,
                by: other.clone(),
            });
        }
        self.folded.insert(folded, path.clone());
        self.files.insert(path, text);
        Ok(())
    }

    /// The text at a path.
    pub fn get(&self, path: &str) -> Option<Cow<'_, str>> {
        self.files.get(path).map(Text::get)
    }

    /// Paths and texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.get()))
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is a file at the path.
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The same files with all texts written, for whoever asks for them again and again.
    pub fn written(&self) -> Tree<'static> {
        let written = |text: &Text<'_>| Text::Written(text.get().into_owned());
        Tree {
            files: self
                .files
                .iter()
                .map(|(path, text)| (path.clone(), written(text)))
                .collect(),
            folded: self.folded.clone(),
        }
    }

    /// No files so far.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Why a path was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRefused {
    /// It is absolute, has a part that is empty, `.` or `..`, or a character that some file system refuses.
    NotPortable(String),
    /// Another file has it, perhaps in another case, or one of them would be a file and a folder.
    Taken {
        /// The refused path.
        path: String,
        /// The path that was there before.
        by: String,
    },
}

impl std::fmt::Display for PathRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotPortable(path) => write!(f, "`{path}` is not a portable relative path"),
            Self::Taken { path, by } => write!(f, "`{path}` collides with `{by}`"),
        }
    }
}

impl std::error::Error for PathRefused {}

/// A relative path with `/` that means the same on every system.
pub(crate) fn is_portable(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !is_of_git(part)
            && !part.ends_with([' ', '.'])
            && !part.contains(|c: char| c.is_control() || "\\:*?\"<>|".contains(c))
    })
}

/// Whether a name is `.git` for some file system: with other letters, with marks that do not show, or in its short form.
pub(crate) fn is_of_git(part: &str) -> bool {
    let name: String = part
        .split(':')
        .next()
        .unwrap_or_default()
        .chars()
        // What the file system of a Mac leaves out when it compares names.
        .filter(|c| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'))
        .collect();
    let name = name.trim_end_matches([' ', '.']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_on_unix_and_a_text_with_one_newline() {
        let mut tree = Tree::new();
        tree.insert("a.sql", "select 1;");
        tree.insert("b.sql", "select\r\n1;\n\n\n");
        tree.insert_later("c.sql", || "select\r\n2;".to_owned());
        assert_eq!(tree.get("a.sql").as_deref(), Some("select 1;\n"));
        assert_eq!(tree.get("b.sql").as_deref(), Some("select\n1;\n"));
        assert_eq!(tree.get("c.sql").as_deref(), Some("select\n2;\n"));
        let texts = |tree: &Tree<'_>| -> Vec<String> {
            tree.iter().map(|(_, text)| text.into_owned()).collect()
        };
        assert_eq!(texts(&tree.written()), texts(&tree));
    }

    #[test]
    fn a_path_stays_in_its_folder_on_every_system() {
        for path in [
            "",
            "/a",
            "../a",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "c:/a",
            "a\0",
            "a.",
            "a /b",
            "a?",
            ".git/config",
            "a/.GIT/b",
            "a/.g\u{200c}it",
            "GIT~1/hooks",
            ".git /x",
        ] {
            let refused = Tree::new().try_insert(path, "");
            assert_eq!(refused, Err(PathRefused::NotPortable(path.to_owned())));
        }
        assert_eq!(Tree::new().try_insert(".a/ä b.rs", ""), Ok(()));
        assert_eq!(Tree::new().try_insert(".gitignore", ""), Ok(()));
    }

    #[test]
    fn paths_differ_in_more_than_case_and_no_file_is_a_folder() {
        let mut tree = Tree::new();
        tree.insert("Todo/a.rs", "");
        tree.insert("todo.rs", "");
        for path in ["TODO.rs", "todo/A.rs", "todo", "todo.rs/x"] {
            assert!(
                matches!(tree.try_insert(path, ""), Err(PathRefused::Taken { .. })),
                "{path}"
            );
        }
        tree.insert("todo/b.rs", "");
        assert_eq!(tree.iter().count(), 3);
    }
}
