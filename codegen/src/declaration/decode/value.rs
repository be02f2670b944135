//! Values that fill a column: literals, calls, SQL.

use super::Decoder;
use super::fields::Fields;
use crate::declaration::{Name, Server, Spanned, Value};
use crate::diagnostic::{BAD_NUMBER, Diagnostic};
use crate::source::{Node, Style, Value as Yaml};

impl Decoder<'_> {
    /// The value of a key.
    pub(super) fn value_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Spanned<Value>> {
        let node = fields.get(key)?;
        Some(Spanned::new(self.value(node)?, node.span))
    }

    /// `server`: `true`, or a value.
    pub(super) fn server_at(&mut self, fields: &Fields<'_>) -> Option<Spanned<Server>> {
        let node = fields.get("server")?;
        let server = match self.value(node)? {
            Value::Bool(true) => Server::Elsewhere,
            value => Server::Value(value),
        };
        Some(Spanned::new(server, node.span))
    }

    pub(super) fn value(&mut self, node: &Node) -> Option<Value> {
        match &node.value {
            Yaml::Scalar { text, .. } if looks_like_call(text) => {
                self.snippet(node).map(Value::Call)
            }
            Yaml::Mapping(entries) => match entries.as_slice() {
                [(key, node)] if key.text == "sql" => self.snippet(node).map(Value::Sql),
                [(key, node)] if key.text == "text" => {
                    self.text(node).map(|text| Value::Text(text.value))
                }
                _ => self.literal(node),
            },
            Yaml::Scalar { .. } | Yaml::Sequence(_) | Yaml::Refused => self.literal(node),
        }
    }

    /// A value in which nothing is called.
    fn literal(&mut self, node: &Node) -> Option<Value> {
        match &node.value {
            Yaml::Scalar { text, style } => match style {
                Style::Plain => self.plain(node, text),
                Style::SingleQuoted | Style::DoubleQuoted | Style::Literal | Style::Folded => {
                    self.text(node).map(|text| Value::Text(text.value))
                }
            },
            Yaml::Sequence(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(Spanned::new(self.literal(item)?, item.span));
                }
                Some(Value::List(values))
            }
            Yaml::Mapping(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for (key, node) in entries {
                    self.printable(&key.text, key.span);
                    let name = Name::new(key.text.clone(), key.span);
                    members.push((name, Spanned::new(self.literal(node)?, node.span)));
                }
                Some(Value::Object(members))
            }
            Yaml::Refused => None,
        }
    }

    /// An unquoted scalar.
    fn plain(&mut self, node: &Node, text: &str) -> Option<Value> {
        if node.is_absent() {
            node.as_str(self.cx);
            return None;
        }
        if node.is_null() {
            return Some(Value::Null);
        }
        match text {
            "true" => return Some(Value::Bool(true)),
            "false" => return Some(Value::Bool(false)),
            _ => {}
        }
        if is_decimal(text) {
            return Some(Value::Number(text.to_owned()));
        }
        if is_other_number(text) {
            self.push(
                Diagnostic::error(
                    BAD_NUMBER,
                    format!("some YAML parsers read `{text}` as a number, others as text"),
                )
                .at(node.span)
                .help(format!(
                    "write the number in plain decimal digits, or quote the text: `\"{text}\"`"
                )),
            );
            return None;
        }
        let text = node.as_label(self.cx)?;
        self.printable(text, node.span)
            .then(|| Value::Text(text.to_owned()))
    }
}

/// Whether a text is a name with dots, followed by something in parentheses.
pub(super) fn looks_like_call(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('(') else {
        return false;
    };
    rest.trim_end().ends_with(')')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// Whether a text is a number in plain decimal digits: `0`, `-1`, `1.50`.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
}

/// Whether a text is a number in another notation, for YAML 1.1 or 1.2.
pub(super) fn is_other_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned.to_ascii_lowercase().as_str(), ".inf" | ".nan") {
        return true;
    }
    if let Some(digits) = ["0x", "0o", "0b"]
        .iter()
        .find_map(|prefix| unsigned.strip_prefix(prefix))
    {
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    let mantissa = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if exponent.is_empty() || !exponent.bytes().all(|b| b.is_ascii_digit()) {
                return false;
            }
            mantissa
        }
        None => unsigned,
    };
    mantissa.bytes().any(|b| b.is_ascii_digit())
        && mantissa.bytes().filter(|b| *b == b'.').count() <= 1
        && mantissa.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && mantissa
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_a_name_at_once_followed_by_parentheses() {
        for text in ["now()", "auth.user_id()", "auth.claim('a.b')", "f(\n1)"] {
            assert!(looks_like_call(text), "{text}");
        }
        for text in ["now", "Smith (Jr)", "(x)", "n/a(x)", "now() + 1", "1(2)"] {
            assert!(!looks_like_call(text), "{text}");
        }
    }

    #[test]
    fn numbers_have_one_notation() {
        for text in ["0", "-1", "1.50", "9007199254740993"] {
            assert!(is_decimal(text), "{text}");
        }
        for text in [
            "007", "+1", "1e3", "0x1F", ".5", "5.", "1_000", ".inf", "-.NaN",
        ] {
            assert!(!is_decimal(text) && is_other_number(text), "{text}");
        }
        for text in [
            "1.2.3",
            "2026-01-31",
            "e3",
            "-",
            "",
            "open",
            "1h",
            "12:30",
            "0xyz",
            ".",
        ] {
            assert!(!is_decimal(text) && !is_other_number(text), "{text}");
        }
    }
}
