//! Prints strings as Postgres prints them in `jsonb`.

use std::fmt::Write;

/// A string with its quotes.
pub(super) fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        letter(character, out);
    }
    out.push('"');
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
