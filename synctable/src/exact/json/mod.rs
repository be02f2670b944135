//! A JSON document as Postgres keeps it.

mod elements;
mod equal;
mod number;
mod print;
mod read;
mod rewrite;

pub(crate) use elements::{Elements, JsonElement};
pub(crate) use read::{Number, Piece, Reader};

use std::fmt;
use std::str::FromStr;

/// A JSON document in the one text that Postgres prints for it as `jsonb`.
///
/// Members are ordered by length and then by bytes, the last of equal names stays, numbers keep their
/// digits and lose their exponents. So what a client writes is what comes back to it. Documents are
/// equal when their values are: `1.0` equals `1`.
///
/// What `jsonb` refuses is refused here: `\u0000` and lone surrogates in strings. So are numbers that
/// take more than 1000 digits on a side of the point, and more than 128 levels.
///
/// ```
/// use synctable::Json;
/// let shape: Json = r#"{"size":2e0, "color":"\u0072ed"}"#.parse()?;
/// assert_eq!(shape.as_str(), r#"{"size": 2, "color": "red"}"#);
/// assert_eq!(shape, r#"{"color": "red", "size": 2.0}"#.parse()?);
/// # Ok::<(), synctable::JsonError>(())
/// ```
#[derive(Clone)]
pub struct Json {
    text: String,
}

/// Why a text is no JSON document that Postgres keeps, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte at which it was noticed.
    pub at: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What can be wrong with a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonProblem {
    /// Not JSON.
    Syntax,
    /// The character `\u0000`, which Postgres has no text for.
    Null,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// A number with too many digits when it is written out.
    LongNumber,
    /// Too many levels of arrays and objects.
    Depth,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.problem {
            JsonProblem::Syntax => "no JSON",
            JsonProblem::Null => "`\\u0000` in a string, which Postgres cannot hold",
            JsonProblem::LoneSurrogate => "half of a surrogate pair in a string",
            JsonProblem::LongNumber => "a number with more than 1000 digits on a side of the point",
            JsonProblem::Depth => "more than 128 levels of arrays and objects",
        };
        write!(f, "{what} at byte {}", self.at)
    }
}

impl std::error::Error for JsonError {}

impl Json {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, taken out.
    pub fn into_string(self) -> String {
        self.text
    }
}

/// Writes a JSON string with its quotes.
pub(crate) fn push_string(text: &str, out: &mut String) {
    print::string(text, out);
}

impl FromStr for Json {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        let text = rewrite::rewritten(text)?;
        Ok(Json { text })
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || equal::are_equal(&self.text, &other.text)
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        text.parse::<Json>().expect(text).to_string()
    }

    fn problem(text: &str) -> JsonProblem {
        text.parse::<Json>().expect_err(text).problem
    }

    /// Pairs that Postgres 15 printed.
    #[test]
    fn the_text_is_that_of_jsonb() {
        for (given, text) in [
            ("null", "null"),
            (" true ", "true"),
            ("[ ]", "[]"),
            ("{}", "{}"),
            ("[1,[2,{}],\"\"]", "[1, [2, {}], \"\"]"),
            (
                r#"{"bb":1,"a":2,"c":3,"":4}"#,
                r#"{"": 4, "a": 2, "c": 3, "bb": 1}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
            ("1.50", "1.50"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("1e2", "100"),
            ("1.5e1", "15"),
            ("1.50e1", "15.0"),
            ("12E-1", "1.2"),
            ("1.5e-3", "0.0015"),
            ("0e5", "0"),
            (
                "12345678901234567890.123456789012345678",
                "12345678901234567890.123456789012345678",
            ),
            (r#""\/\b\f\n\r\t\"\\""#, r#""/\b\f\n\r\t\"\\""#),
            (
                "\"\\u001f\\u007f\\u00e9\\ud83d\\ude00\"",
                "\"\\u001f\u{7f}\u{e9}\u{1f600}\"",
            ),
        ] {
            assert_eq!(read(given), text, "{given}");
            assert_eq!(read(text), text, "{given}");
        }
    }

    #[test]
    fn documents_are_equal_by_value() {
        let same = |a: &str, b: &str| a.parse::<Json>().unwrap() == b.parse::<Json>().unwrap();
        assert!(same("[1.0, {\"a\": 1e1}]", "[1,{\"a\":10}]"));
        assert!(!same("[1,2]", "[2,1]"));
        assert!(!same("\"1\"", "1"));
    }

    #[test]
    fn what_jsonb_refuses_is_refused() {
        for text in [
            "",
            "nul",
            "tru e",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "\"a",
            "\"\t\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "NaN",
            "[",
            "]",
            "1 1",
            "'a'",
            "\u{feff}1",
            "\"\\ud83d",
        ] {
            assert_eq!(problem(text), JsonProblem::Syntax, "{text}");
        }
        assert_eq!(problem(r#""\u0000""#), JsonProblem::Null);
        for text in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\ud83dx""#,
        ] {
            assert_eq!(problem(text), JsonProblem::LoneSurrogate, "{text}");
        }
        assert_eq!(problem("1e1000"), JsonProblem::LongNumber);
        assert_eq!(problem("1e-1001"), JsonProblem::LongNumber);
        assert_eq!(problem("1e99999999999999999999"), JsonProblem::LongNumber);
        assert_eq!(problem(&"9".repeat(1001)), JsonProblem::LongNumber);
        assert_eq!(problem(&"[".repeat(129)), JsonProblem::Depth);
        assert!(
            format!("{}{}", "[".repeat(128), "]".repeat(128))
                .parse::<Json>()
                .is_ok()
        );
    }

    #[test]
    fn an_error_says_where() {
        let error = "[1, x]".parse::<Json>().unwrap_err();
        assert_eq!(error.at, 4);
        assert_eq!(error.to_string(), "no JSON at byte 4");
    }
}
