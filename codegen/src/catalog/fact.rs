//! A formula as a fact: one text for all formulas that mean the same to us.

use super::Formula;
use crate::expr::{self, catalog::Calls, normalise};
use crate::model::Expr;

/// Text of a dialect is read as an expression of ours where it is one.
///
/// Other text is compared without what a catalog adds to it: parentheses, casts, upper case and blanks.
pub(super) fn formula(formula: &Formula) -> String {
    match formula {
        Formula::Expr(expr) => of(&normalise(expr)),
        Formula::Sql(text) => match expr::catalog::postgres(text, &Calls::default()) {
            Ok(expr) => of(&expr),
            Err(_) => loose(text),
        },
    }
}

fn of(expr: &Expr) -> String {
    serde_json::to_string(expr).expect("an expression has a JSON form")
}

/// Words that go on the name of a type: `double precision`, `timestamp with time zone`.
const TYPE_WORDS: [&str; 6] = ["precision", "varying", "with", "without", "time", "zone"];

fn loose(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut tokens = tokens(text).into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "(" | ")" => {}
            "::" => {
                // The name of the type, its schema, its arguments and its brackets.
                tokens.next();
                while let Some(next) = tokens.peek() {
                    let goes_on = next == "." || next == "[" || TYPE_WORDS.contains(&next.as_str());
                    if !goes_on {
                        break;
                    }
                    let dot = next == "." || next == "[";
                    tokens.next();
                    if dot {
                        tokens.next();
                    }
                }
                if tokens.peek().is_some_and(|next| next == "(") {
                    while tokens.next().is_some_and(|token| token != ")") {}
                    if tokens.peek().is_some_and(|next| next == "[") {
                        tokens.next();
                        tokens.next();
                    }
                }
            }
            _ => out.push(token),
        }
    }
    out.join(" ")
}

/// Words, quoted texts, and everything else by the character, but for `::`.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut token = String::from(c);
        if c.is_whitespace() {
            continue;
        }
        if c == '\'' || c == '"' {
            for inner in chars.by_ref() {
                token.push(inner);
                if inner == c {
                    break;
                }
            }
        } else if c.is_alphanumeric() || c == '_' {
            while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                token.push(next);
            }
            token.make_ascii_lowercase();
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            token.push(':');
        }
        tokens.push(token);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::loose;

    #[test]
    fn what_a_catalog_adds_to_a_text_does_not_count() {
        for (written, printed) in [
            ("md5(random()::text)", "md5((random())::text)"),
            (
                "array_position(tags, '') is null",
                "(array_position(tags, ''::text) IS NULL)",
            ),
            (
                "a <@ array['x', 'y']",
                "(a <@ ARRAY['x'::character varying(3), 'y'::app.\"Kind\"])",
            ),
            (
                "now() at time zone 'utc'",
                "(now() AT TIME ZONE 'utc'::text)",
            ),
        ] {
            assert_eq!(loose(written), loose(printed));
        }
        assert_ne!(loose("'A'"), loose("'a'"));
        assert_ne!(loose("a + b"), loose("a - b"));
    }
}
