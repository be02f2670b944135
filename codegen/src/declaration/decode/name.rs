//! What can be a name, by where it goes.

use crate::diagnostic::{BAD_NAME, Diagnostic, NAME_TOO_LONG};
use synctable::ident::NAME_BYTES;

/// The longest name of a stream or a bucket, in bytes.
const LONG_NAME_BYTES: usize = 255;

/// What a name must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameRule {
    /// A letter or `_`, then letters, digits and `_`: it becomes an identifier in every language.
    Word,
    /// The same in lower case.
    Snake,
    /// What Postgres can quote: names that exist already, of roles, schemas, external tables.
    Postgres,
    /// A word, or words with dots between: `todos.title`.
    Dotted,
    /// The literal name of a stream.
    Stream,
    /// The id of a storage bucket.
    Bucket,
}

impl NameRule {
    /// What is wrong with a name, without a place.
    pub(super) fn complaint(self, name: &str) -> Option<Diagnostic> {
        let most = match self {
            Self::Word | Self::Snake | Self::Postgres => NAME_BYTES,
            Self::Dotted | Self::Stream | Self::Bucket => LONG_NAME_BYTES,
        };
        if name.is_empty() {
            return Some(
                Diagnostic::error(BAD_NAME, "a name is empty").help("write at least one character"),
            );
        }
        if name.len() > most {
            return Some(
                Diagnostic::error(
                    NAME_TOO_LONG,
                    format!(
                        "a name of {} bytes is longer than {most}: `{name}`",
                        name.len()
                    ),
                )
                .help("shorten it: Postgres truncates longer names silently"),
            );
        }
        if self.admits(name) {
            return None;
        }
        let diagnostic = Diagnostic::error(
            BAD_NAME,
            format!("`{name}` is not a valid name here: {}", self.description()),
        );
        Some(match self.repair(name) {
            Some(repaired) => diagnostic.help(format!("write `{repaired}`")),
            None => diagnostic.help("choose another name"),
        })
    }

    fn admits(self, name: &str) -> bool {
        let mut chars = name.chars();
        let first = chars.next();
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match self {
            Self::Word => {
                first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(word)
            }
            Self::Snake => {
                first.is_some_and(|c| c.is_ascii_lowercase())
                    && chars.all(|c| word(c) && !c.is_ascii_uppercase())
            }
            Self::Dotted => name.split('.').all(|part| Self::Word.admits(part)),
            Self::Postgres => name.chars().all(|c| !c.is_control()),
            Self::Stream => name.trim() == name && name.chars().all(|c| !c.is_control()),
            Self::Bucket => {
                first.is_some_and(|c| c.is_ascii_alphanumeric())
                    && chars.all(|c| word(c) || c == '-' || c == '.')
            }
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Word => "a name starts with a letter or `_`, followed by letters, digits and `_`",
            Self::Snake => {
                "a name starts with a lower-case letter, followed by lower-case letters, digits and `_`"
            }
            Self::Dotted => "a name is one word, or several words separated by dots",
            Self::Postgres => "it contains characters that are not printable",
            Self::Stream => {
                "it starts or ends with a blank, or contains characters that are not printable"
            }
            Self::Bucket => {
                "a name starts with a letter or digit, followed by letters, digits, `_`, `-` and `.`"
            }
        }
    }

    /// The nearest name that is admitted, where it is plain which.
    fn repair(self, name: &str) -> Option<String> {
        if !matches!(self, Self::Word | Self::Snake) {
            return None;
        }
        let mut repaired: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        if self == Self::Snake {
            repaired.make_ascii_lowercase();
        }
        let plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
        (plain && self.admits(&repaired)).then_some(repaired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(rule: NameRule, name: &str) -> bool {
        rule.complaint(name).is_none()
    }

    #[test]
    fn words_are_what_every_language_can_spell() {
        for name in ["line_1", "URLPath", "class", "values", "_x", "a"] {
            assert!(admits(NameRule::Word, name), "{name}");
        }
        for name in ["", "1a", "a-b", "a b", "é", "a.b", "a\0", &"a".repeat(64)] {
            assert!(!admits(NameRule::Word, name), "{name}");
        }
        assert!(admits(NameRule::Word, &"a".repeat(63)));
    }

    #[test]
    fn streams_and_buckets_have_freer_names() {
        assert!(admits(
            NameRule::Stream,
            "orgs/{org_id}/repos/{repo_id}/refs"
        ));
        assert!(!admits(NameRule::Stream, " a"));
        assert!(!admits(NameRule::Stream, "a\nb"));
        assert!(admits(NameRule::Bucket, "git-packs"));
        assert!(!admits(NameRule::Bucket, "git packs"));
        assert!(admits(NameRule::Postgres, "app owner"));
    }

    #[test]
    fn a_near_name_is_offered() {
        let help = |rule: NameRule, name| rule.complaint(name).expect(name).help;
        assert_eq!(help(NameRule::Word, "my-list"), ["write `my_list`"]);
        assert_eq!(help(NameRule::Snake, "MyApp"), ["write `myapp`"]);
        assert_eq!(help(NameRule::Word, "1st"), ["choose another name"]);
    }
}
