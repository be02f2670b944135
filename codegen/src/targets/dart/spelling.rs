//! How names, texts and comments are spelt in Dart.

use crate::targets::rust;
use synctable::{Case, Language};

/// A name as a constant: `listId`.
pub(super) fn constant(name: &str) -> String {
    Language::Dart.identifier(&Case::camel(name)).into_owned()
}

/// A name as a class: `TimeEntries`.
pub(super) fn class(name: &str) -> String {
    Language::Dart.identifier(&Case::pascal(name)).into_owned()
}

/// A text in quotes.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' | '\\' | '$' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if rust::is_refused(letter) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

/// A doc comment with so many blanks in front; nothing if there is nothing to say.
pub(super) fn doc(doc: Option<&str>, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let lines = doc.map(rust::doc_lines).unwrap_or_default();
    lines
        .iter()
        .map(|line| format!("{blanks}///{line}\n"))
        .collect()
}
