//! How names, texts and comments are spelt in Dart.

use crate::targets::rust;
use std::collections::BTreeMap;
use synctable::{Case, Language};

/// Names as constants of one class: `listId`; where camel case would make one of two, both are as they are.
pub(super) fn constants<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let names: Vec<(&str, String)> = names.map(|name| (name, Case::camel(name))).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, camel) in &names {
        *count.entry(camel).or_default() += 1;
    }
    let names = names.iter().map(|(name, camel)| match count[&**camel] {
        1 => Language::Dart.identifier(camel).into_owned(),
        _ => Language::Dart.identifier(name).into_owned(),
    });
    let own = |name: String| match TAKEN.contains(&&*name) {
        true => name + "_",
        false => name,
    };
    names.map(own).collect()
}

/// What the generated classes and functions have beside their columns, labels and parameters; `s` is the runtime.
const TAKEN: &[&str] = &["fromSql", "label", "labels", "s", "toSql", "writer"];

/// A stream as a function: `listDetailStream`.
pub(super) fn stream(name: &str) -> String {
    let name = format!("{}Stream", Case::camel(name));
    Language::Dart.identifier(&name).into_owned()
}

/// A doc comment and a mark for what is deprecated, as whole lines with so many blanks in front.
pub(super) fn marked(text: Option<&str>, deprecated: Option<&str>, indent: usize) -> String {
    let mut head = doc(text, indent);
    if let Some(why) = deprecated {
        let blanks = " ".repeat(indent);
        head.push_str(&format!("{blanks}@Deprecated({})\n", literal(why.trim())));
    }
    head
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
