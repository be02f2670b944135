//! Prints strings as Postgres prints them in `jsonb`.

use std::fmt::Write;

/// A string with its quotes.
pub(super) fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Most texts have nothing to escape, and are copied in one piece.
    while let Some(at) = rest.bytes().position(is_escaped) {
        out.push_str(&rest[..at]);
        letter(char::from(rest.as_bytes()[at]), out);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a byte of a text stands for a character that is escaped: all of these are ASCII.
const fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..b' ')
}

/// A character of a string.
pub(super) fn letter(letter: char, out: &mut String) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        control if control < ' ' => {
            write!(out, "\\u{:04x}", u32::from(control)).expect("a string takes all text");
        }
        other => out.push(other),
    }
}
