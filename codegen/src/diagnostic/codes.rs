//! Every diagnostic code there is, in one table. Codes are stable and never reused.
//!
//! The letter and the hundred say where a mistake lives, and so which exit code a run ends with:
//!
//! | codes | about | exit code |
//! | --- | --- | --- |
//! | `S0..` | the YAML text itself | 1 |
//! | `S1..` | the shape of the declaration: keys and values | 1 |
//! | `S2..` | tables, columns, keys, names | 1 |
//! | `S3..` | expressions, access rules, scopes | 1 |
//! | `S4..` | streams | 1 |
//! | `S5..` | what one target cannot say | 1 |
//! | `E...` | the environment: files, folders, databases | 3 |
//! | `D...` | drift: outputs that differ from the declaration | 4 |
//!
//! To add one: a line here, `explain/<code>.md` beside this file, and a case that reports it.

/// A stable code, such as `S101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether the cause is the machine (files, folders, databases) and not the declaration.
    #[must_use]
    pub fn is_environment(self) -> bool {
        self.0.starts_with('E')
    }

    /// What the code means.
    #[must_use]
    pub fn info(self) -> &'static CodeInfo {
        CODES
            .iter()
            .find(|info| info.code == self)
            .expect("every code is made by the table of codes")
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

/// What a code means, for `codegen explain`.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// The rule in a few words.
    pub title: &'static str,
    /// Markdown: what it means, an example of wrong and one of right.
    pub explain: &'static str,
}

/// The entry for a code as a person types it, in any case (`s101`).
#[must_use]
pub fn find_code(code: &str) -> Option<&'static CodeInfo> {
    CODES
        .iter()
        .find(|info| info.code.0.eq_ignore_ascii_case(code))
}

macro_rules! codes {
    ($($name:ident = $code:literal $title:literal)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $name: Code = Code($code);
        )*

        /// All codes, in the order of their letters and numbers.
        pub const CODES: &[CodeInfo] = &[$(CodeInfo {
            code: $name,
            title: $title,
            explain: include_str!(concat!("explain/", $code, ".md")),
        }),*];
    };
}

codes! {
    OUTPUT_MISSING = "D001" "a generated file is missing"
    OUTPUT_STALE = "D002" "a generated file differs from the declaration"
    OUTPUT_STRAY = "D003" "a generated file belongs to nothing any more"
    OUTPUT_EDITED = "D004" "a generated file was edited by hand"
    OUTPUT_FOREIGN = "D005" "a file that was not generated stands where an output goes"

    UNREADABLE = "E001" "a file or folder cannot be read"
    NO_SOURCES = "E002" "there is no declaration to read"
    UNWRITABLE = "E003" "an output cannot be written"
    NOT_A_FILE = "E004" "something that is no plain file stands where an output goes"

    INVALID_UTF8 = "S001" "a source file is not UTF-8"
    SOURCE_TOO_LARGE = "S002" "a source file is too large"
    YAML_SYNTAX = "S003" "the text is not YAML"
    YAML_TOO_DEEP = "S004" "the YAML is nested too deeply"
    YAML_TOO_MANY_NODES = "S005" "the YAML has too many values"
    SCALAR_TOO_LONG = "S006" "a value is too long"
    YAML_ALIAS = "S007" "anchors, aliases and merge keys are not used"
    YAML_TAG = "S008" "tags are not used"
    YAML_DOCUMENTS = "S009" "a file holds one document"
    DUPLICATE_KEY = "S010" "a key is given twice"
    KEY_NOT_SCALAR = "S011" "a key is a plain name"
    SPLIT_SCALAR = "S012" "a comma inside braces or brackets split a value"
    AMBIGUOUS_WORD = "S013" "a word that some readers of YAML take for a truth value"

    UNKNOWN_KEY = "S101" "a key that has no meaning here"
    MISSING_KEY = "S102" "a key that has to be there"
    EXPECTED_TEXT = "S103" "a text is expected here"
    EXPECTED_BOOL = "S104" "`true` or `false` is expected here"
    EXPECTED_NUMBER = "S105" "a whole number is expected here"
    EXPECTED_MAPPING = "S106" "a mapping is expected here"
    EXPECTED_SEQUENCE = "S107" "a list is expected here"
    UNEXPECTED_NULL = "S108" "there is no value here"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn every_code_is_explained_with_a_wrong_and_a_right_example() {
        for info in CODES {
            let code = info.code;
            assert!(info.explain.ends_with('\n'), "{code}: no final newline");
            assert!(
                !info.explain.starts_with('#'),
                "{code}: the title is added when printed"
            );
            if code.as_str().starts_with('S') {
                for part in ["Wrong:", "Right:", "```yaml"] {
                    assert!(info.explain.contains(part), "{code}: no {part:?}");
                }
            } else {
                assert!(info.explain.contains("What to do:"), "{code}: no way out");
            }
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(find_code("s101").unwrap().code, UNKNOWN_KEY);
        assert!(find_code("S000").is_none());
    }
}
