//! The languages that types are written in: how they spell lists, nulls and names.

mod reserved;

use std::borrow::Cow;
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

    /// The name as an identifier: as it is where it can be, else escaped.
    ///
    /// The name is already in the casing that the language wants. A keyword becomes a raw
    /// identifier (`r#type`) or is set in backticks where the language has those, and carries a
    /// trailing `_` elsewhere; so does a name that would hide a type or a member which generated code
    /// relies on. A digit in front gets a prefix, and characters that identifiers cannot hold
    /// become `_`. Two names that meet are found by [`collisions`](crate::collisions).
    ///
    /// ```
    /// use synctable::Language;
    /// assert_eq!(Language::Rust.identifier("type"), "r#type");
    /// assert_eq!(Language::Rust.identifier("self"), "self_");
    /// assert_eq!(Language::TypeScript.identifier("class"), "class_");
    /// assert_eq!(Language::Kotlin.identifier("when"), "`when`");
    /// assert_eq!(Language::Dart.identifier("_id"), "id_");
    /// assert_eq!(Language::Swift.identifier("title"), "title");
    /// ```
    pub fn identifier(self, name: &str) -> Cow<'_, str> {
        let name = self.plain(name);
        if reserved::escapable(self).contains(&&*name) {
            return Cow::Owned(match self {
                Language::Rust => format!("r#{name}"),
                Language::Kotlin | Language::Swift => format!("`{name}`"),
                Language::TypeScript | Language::Dart => format!("{name}_"),
            });
        }
        if reserved::taken(self).contains(&&*name) {
            return Cow::Owned(format!("{name}_"));
        }
        name
    }

    /// The name as a member of a struct, class or interface, where TypeScript allows keywords.
    ///
    /// ```
    /// use synctable::Language;
    /// assert_eq!(Language::TypeScript.member("class"), "class");
    /// assert_eq!(Language::TypeScript.member("constructor"), "constructor_");
    /// assert_eq!(Language::Dart.member("class"), "class_");
    /// ```
    pub fn member(self, name: &str) -> Cow<'_, str> {
        match self {
            Language::TypeScript => {
                let name = self.plain(name);
                match reserved::TYPESCRIPT_MEMBERS.contains(&&*name) {
                    true => Cow::Owned(format!("{name}_")),
                    false => name,
                }
            }
            Language::Rust | Language::Dart | Language::Kotlin | Language::Swift => {
                self.identifier(name)
            }
        }
    }

    /// Whether the name cannot be an identifier as it is.
    pub fn is_reserved(self, name: &str) -> bool {
        reserved::escapable(self).contains(&name) || reserved::taken(self).contains(&name)
    }

    /// The name with nothing in it but what identifiers hold.
    fn plain(self, name: &str) -> Cow<'_, str> {
        if name.chars().all(|c| c == '_') {
            return match name {
                "" => Cow::Borrowed("empty"),
                // Only underscores: a pattern in Rust, reserved in Kotlin, private in Dart.
                lines => Cow::Owned(format!("line{lines}")),
            };
        }
        let fits = |c: char| match self {
            Language::Dart => c.is_ascii_alphanumeric(),
            Language::Rust | Language::TypeScript | Language::Kotlin | Language::Swift => {
                c.is_alphanumeric()
            }
        };
        // A leading underscore makes a name private to its library in Dart; it moves to the end.
        let shown = match self {
            Language::Dart => name.trim_start_matches('_'),
            Language::Rust | Language::TypeScript | Language::Kotlin | Language::Swift => name,
        };
        let moved = name.len() - shown.len();
        let digit_first = shown.starts_with(|c: char| c.is_numeric());
        if !digit_first && moved == 0 && name.chars().all(|c| c == '_' || fits(c)) {
            return Cow::Borrowed(name);
        }
        let mut out = String::with_capacity(name.len() + 1);
        if digit_first {
            out.push_str(if self == Language::Dart { "n" } else { "_" });
        }
        for letter in shown.chars() {
            match letter {
                '_' => out.push('_'),
                letter if fits(letter) => out.push(letter),
                letter if letter.is_alphanumeric() => {
                    out.push_str(&format!("${:x}", u32::from(letter)));
                }
                _ => out.push('_'),
            }
        }
        out.push_str(&"_".repeat(moved));
        Cow::Owned(out)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_word_is_escaped_into_one_that_is_not() {
        for language in Language::ALL {
            for word in reserved::escapable(*language)
                .iter()
                .chain(reserved::taken(*language))
            {
                assert!(language.is_reserved(word));
                let escaped = language.identifier(word);
                assert_ne!(escaped, *word, "{language}");
                assert!(!language.is_reserved(&escaped), "{language} {word}");
            }
        }
    }

    #[test]
    fn whatever_the_name_an_identifier_comes_out() {
        for language in Language::ALL {
            for name in [
                "",
                "_",
                "__",
                "2fa",
                "a-b",
                "c++",
                "\u{e9}t\u{e9}",
                "\u{663}",
                "'",
                "\n",
            ] {
                let out = language.identifier(name);
                assert!(
                    out.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'),
                    "{language} {name:?} {out:?}"
                );
                assert!(
                    out.chars()
                        .all(|c| c.is_alphanumeric() || c == '_' || c == '$'),
                    "{language} {name:?} {out:?}"
                );
            }
        }
        assert_eq!(Language::Dart.identifier("gr\u{f6}\u{df}e"), "gr$f6$dfe");
        assert_eq!(Language::Dart.identifier("_2"), "n2_");
    }
}
