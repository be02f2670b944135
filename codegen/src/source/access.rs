//! Typed access for decoders: each accessor returns what it promises or reports why it cannot.
//!
//! Nothing is said about a [`Value::Refused`], which has been reported already.

use super::{Key, Node, Style, Value};
use crate::diagnostic::{
    AMBIGUOUS_WORD, Code, Diagnostic, Diagnostics, EXPECTED_BOOL, EXPECTED_MAPPING,
    EXPECTED_NUMBER, EXPECTED_SEQUENCE, EXPECTED_TEXT, UNEXPECTED_NULL, excerpt,
};
use std::ops::RangeInclusive;

/// Words that are texts in YAML 1.2, and truth values or nothing for older readers.
const AMBIGUOUS: [&str; 11] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "",
];

impl Node {
    /// A text of any style. A value that was left out or is null is refused.
    pub fn as_str(&self, cx: &mut Diagnostics) -> Option<&str> {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => self.refuse_null(cx),
            Value::Scalar { text, .. } => Some(text),
            Value::Sequence(_) | Value::Mapping(_) => self.expected(EXPECTED_TEXT, "a text", cx),
            Value::Refused => None,
        }
    }

    /// A text that other YAML readers must not take for something else: an enum label, a name.
    ///
    /// Plain `yes`, `no`, `on`, `off`, `true`, `false`, `null` are refused, with the advice to quote them.
    pub fn as_label(&self, cx: &mut Diagnostics) -> Option<&str> {
        let text = self.as_str(cx)?;
        let plain = matches!(
            self.value,
            Value::Scalar {
                style: Style::Plain,
                ..
            }
        );
        if plain && AMBIGUOUS.contains(&text.to_lowercase().as_str()) {
            cx.push(
                Diagnostic::error(
                    AMBIGUOUS_WORD,
                    format!("some YAML parsers read `{text}` as a boolean, others as text"),
                )
                .at(self.span)
                .help(format!("quote it: `\"{text}\"`")),
            );
            return None;
        }
        Some(text)
    }

    /// Plain `true` or `false`.
    pub fn as_bool(&self, cx: &mut Diagnostics) -> Option<bool> {
        match &self.value {
            Value::Refused => None,
            Value::Scalar { .. } if self.is_null() => {
                cx.push(
                    Diagnostic::error(UNEXPECTED_NULL, "the value is missing")
                        .at(self.span)
                        .help("write `true` or `false`"),
                );
                None
            }
            Value::Scalar { text, style } => match (text.as_str(), style) {
                ("true", Style::Plain) => Some(true),
                ("false", Style::Plain) => Some(false),
                _ => {
                    let way_out = match text.to_lowercase().as_str() {
                        "true" | "yes" | "on" | "y" | "1" => "write `true`",
                        "false" | "no" | "off" | "n" | "0" => "write `false`",
                        _ => "write `true` or `false`",
                    };
                    cx.push(
                        Diagnostic::error(
                            EXPECTED_BOOL,
                            format!(
                                "expected `true` or `false`, found the text `{}`",
                                excerpt(text)
                            ),
                        )
                        .at(self.span)
                        .help(way_out),
                    );
                    None
                }
            },
            Value::Sequence(_) | Value::Mapping(_) => {
                self.expected(EXPECTED_BOOL, "`true` or `false`", cx)
            }
        }
    }

    /// A whole number within limits, in plain decimal digits: without sign, leading zero or underscore.
    pub fn as_u32(&self, limits: RangeInclusive<u32>, cx: &mut Diagnostics) -> Option<u32> {
        match &self.value {
            Value::Refused => None,
            Value::Scalar { .. } if self.is_null() => self.refuse_null(cx),
            Value::Scalar { text, style } => {
                let canonical = text.bytes().all(|byte| byte.is_ascii_digit())
                    && (text == "0" || !text.starts_with('0'));
                let number = text.parse().ok().filter(|number| limits.contains(number));
                if number.is_some() && canonical && *style == Style::Plain {
                    return number;
                }
                let (least, most) = limits.into_inner();
                let way_out = match number {
                    Some(number) => format!("write `{number}`"),
                    None => format!("write a number from {least} to {most}"),
                };
                cx.push(
                    Diagnostic::error(
                        EXPECTED_NUMBER,
                        format!(
                            "expected a whole number from {least} to {most}, found `{}`",
                            excerpt(text)
                        ),
                    )
                    .at(self.span)
                    .help(way_out),
                );
                None
            }
            Value::Sequence(_) | Value::Mapping(_) => {
                self.expected(EXPECTED_NUMBER, "a whole number", cx)
            }
        }
    }

    /// Keys and values in the order written.
    pub fn as_mapping(&self, cx: &mut Diagnostics) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            Value::Refused => None,
            Value::Scalar { .. } if self.is_null() => self.refuse_null(cx),
            Value::Scalar { .. } | Value::Sequence(_) => {
                self.expected(EXPECTED_MAPPING, "a mapping", cx)
            }
        }
    }

    /// The values of a list.
    pub fn as_sequence(&self, cx: &mut Diagnostics) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Refused => None,
            Value::Scalar { .. } if self.is_null() => self.refuse_null(cx),
            Value::Scalar { .. } | Value::Mapping(_) => {
                self.expected(EXPECTED_SEQUENCE, "a list", cx)
            }
        }
    }

    fn refuse_null<T>(&self, cx: &mut Diagnostics) -> Option<T> {
        let diagnostic = Diagnostic::error(UNEXPECTED_NULL, "the value is missing").at(self.span);
        cx.push(match &self.value {
            Value::Scalar { text, .. } if !text.is_empty() => {
                diagnostic.help(format!("for the text, quote it: `\"{text}\"`"))
            }
            _ => diagnostic.help("add a value, or remove the key"),
        });
        None
    }

    fn expected<T>(&self, code: Code, what: &str, cx: &mut Diagnostics) -> Option<T> {
        let found = self.describe();
        let way_out = match code {
            EXPECTED_TEXT => "write one text; quote it if it contains a colon or a comma",
            EXPECTED_BOOL => "write `true` or `false`",
            EXPECTED_NUMBER => "write a number in plain digits",
            EXPECTED_MAPPING => "write `name: value`, one line for each",
            _ => "write `[one, two]`, or one line that starts with `- ` for each",
        };
        let message = format!("expected {what}, found {found}");
        cx.push(Diagnostic::error(code, message).at(self.span).help(way_out));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FileId, parse};
    use super::*;

    fn node(yaml: &str) -> Node {
        let mut cx = Diagnostics::new();
        let node = parse(FileId(0), yaml, &mut cx).expect("YAML");
        assert_eq!(cx.into_sorted(), []);
        node
    }

    /// The result of an accessor, or what it reported: code, message, help.
    fn read<T>(
        yaml: &str,
        access: impl Fn(&Node, &mut Diagnostics) -> Option<T>,
    ) -> Result<T, String> {
        let mut cx = Diagnostics::new();
        let value = access(&node(yaml), &mut cx);
        let found = cx.into_sorted();
        assert_eq!(
            value.is_none(),
            found.len() == 1,
            "{yaml}: a value or one mistake"
        );
        value.ok_or_else(|| {
            let help = found[0].help.first().map_or("", |help| help);
            format!("{} {} | {help}", found[0].code, found[0].message)
        })
    }

    #[test]
    fn only_true_and_false_are_truth_values() {
        let bool = |yaml: &str| read(yaml, Node::as_bool);
        assert_eq!(bool("true"), Ok(true));
        assert_eq!(bool("false"), Ok(false));
        for (yaml, help) in [
            ("yes", "write `true`"),
            ("Off", "write `false`"),
            ("\"true\"", "write `true`"),
            ("True", "write `true`"),
            ("maybe", "write `true` or `false`"),
        ] {
            let text = yaml.trim_matches('"');
            let expected =
                format!("S104 expected `true` or `false`, found the text `{text}` | {help}");
            assert_eq!(bool(yaml), Err(expected));
        }
        assert_eq!(
            bool("[true]").unwrap_err(),
            "S104 expected `true` or `false`, found a list | write `true` or `false`"
        );
        assert_eq!(
            bool("~").unwrap_err(),
            "S108 the value is missing | write `true` or `false`"
        );
    }

    #[test]
    fn numbers_are_plain_digits() {
        let number = |yaml: &str| read(yaml, |node, cx| node.as_u32(0..=u32::MAX, cx));
        assert_eq!(number("0"), Ok(0));
        assert_eq!(number("4294967295"), Ok(u32::MAX));
        for yaml in [
            "01",
            "+1",
            "-1",
            "1.0",
            "1e3",
            "0x1",
            "4294967296",
            "'1'",
            "one",
        ] {
            assert!(number(yaml).unwrap_err().starts_with("S105 "), "{yaml}");
        }
        assert!(number("'7'").unwrap_err().ends_with("| write `7`"));
    }

    #[test]
    fn null_is_no_text_and_its_quoted_spelling_is() {
        let text = |yaml: &str| read(yaml, |node, cx| node.as_str(cx).map(str::to_owned));
        assert_eq!(text("\"null\""), Ok("null".to_owned()));
        assert_eq!(text("''"), Ok(String::new()));
        assert_eq!(
            text("null").unwrap_err(),
            "S108 the value is missing | for the text, quote it: `\"null\"`"
        );
        assert_eq!(text("a").unwrap(), "a");
        assert_eq!(
            text("{a: b}").unwrap_err(),
            "S103 expected a text, found a mapping | write one text; quote it if it contains a colon or a comma"
        );
    }

    #[test]
    fn a_label_that_reads_differently_elsewhere_is_refused() {
        let label = |yaml: &str| read(yaml, |node, cx| node.as_label(cx).map(str::to_owned));
        for yaml in ["yes", "NO", "on", "false"] {
            assert!(label(yaml).unwrap_err().starts_with("S013 "), "{yaml}");
        }
        assert_eq!(label("'no'").unwrap(), "no");
        assert_eq!(label("open").unwrap(), "open");
    }

    #[test]
    fn a_refused_value_is_not_reported_again() {
        let refused = Node {
            value: Value::Refused,
            ..node("a")
        };
        let mut cx = Diagnostics::new();
        assert!(refused.as_str(&mut cx).is_none());
        assert!(refused.as_bool(&mut cx).is_none());
        assert!(refused.as_u32(0..=9, &mut cx).is_none());
        assert!(refused.as_mapping(&mut cx).is_none());
        assert!(refused.as_sequence(&mut cx).is_none());
        assert_eq!(cx.into_sorted(), []);
    }
}
