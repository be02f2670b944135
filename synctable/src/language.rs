//! The languages that types are written in: how they spell lists, nulls and names.

use std::fmt;

/// A language that generated types are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Rust.
    Rust,
    /// TypeScript.
    TypeScript,
    /// Dart.
    Dart,
    /// Kotlin.
    Kotlin,
    /// Swift.
    Swift,
}

impl Language {
    /// All of them, in documentation order.
    pub const ALL: &'static [Language] = &[
        Language::Rust,
        Language::TypeScript,
        Language::Dart,
        Language::Kotlin,
        Language::Swift,
    ];

    /// Its own name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::TypeScript => "TypeScript",
            Language::Dart => "Dart",
            Language::Kotlin => "Kotlin",
            Language::Swift => "Swift",
        }
    }

    /// The type of a list of `element`.
    ///
    /// ```
    /// use synctable::Language;
    /// assert_eq!(Language::TypeScript.list_of("string"), "string[]");
    /// assert_eq!(Language::TypeScript.list_of("string | null"), "(string | null)[]");
    /// ```
    pub fn list_of(self, element: &str) -> String {
        match self {
            Language::Rust => format!("Vec<{element}>"),
            Language::TypeScript if element.contains(' ') => format!("({element})[]"),
            Language::TypeScript => format!("{element}[]"),
            Language::Dart | Language::Kotlin => format!("List<{element}>"),
            Language::Swift => format!("[{element}]"),
        }
    }

    /// The type of an `inner` that may be null. What holds null already stays as it is.
    ///
    /// ```
    /// use synctable::Language;
    /// assert_eq!(Language::Rust.nullable("i64"), "Option<i64>");
    /// assert_eq!(Language::Dart.nullable("Object?"), "Object?");
    /// ```
    pub fn nullable(self, inner: &str) -> String {
        match self {
            Language::Rust => format!("Option<{inner}>"),
            Language::TypeScript if inner == "unknown" || inner.ends_with("| null") => inner.into(),
            Language::TypeScript => format!("{inner} | null"),
            Language::Dart | Language::Kotlin | Language::Swift => match inner.ends_with('?') {
                true => inner.into(),
                false => format!("{inner}?"),
            },
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
