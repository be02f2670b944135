//! What all targets that write TypeScript share: how names, texts and comments are spelt.

use super::rust;
use synctable::{Case, Language};

/// A name as a constant: `timeEntries`.
pub(super) fn constant(name: &str) -> String {
    Language::TypeScript
        .identifier(&Case::camel(name))
        .into_owned()
}

/// A name as the beginning of a type: `TimeEntries`.
pub(super) fn type_name(name: &str) -> String {
    Language::TypeScript
        .identifier(&Case::pascal(name))
        .into_owned()
}

/// The file of a table, without its ending: one that every file system can hold.
pub(super) fn file(table: &str) -> String {
    let file = rust::module_file(&rust::module(table));
    file.trim_end_matches(".rs").to_owned()
}

/// A text in quotes.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if rust::is_refused(letter) || matches!(letter, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

/// A text of several lines between backticks.
pub(super) fn text_block(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('`');
    for letter in text.chars() {
        match letter {
            '`' | '\\' | '$' => out.extend(['\\', letter]),
            '\n' => out.push('\n'),
            letter if rust::is_refused(letter) || matches!(letter, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('`');
    out
}

/// A name as the key of an object.
///
/// `__proto__` is computed, because it would set the prototype otherwise.
pub(super) fn property(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match name {
        "__proto__" => "['__proto__']".to_owned(),
        name if starts && name.chars().all(is_word) => name.to_owned(),
        name => literal(name),
    }
}

/// Items between brackets; as many lines as it takes are the reader's to scroll, because each is one fact.
pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(", "))
}

/// The lines of a `//` comment, each with its blank.
pub(super) fn comment_lines(text: &str) -> Vec<String> {
    rust::doc_lines(text)
}

/// A doc comment with so many blanks in front, and a mark for what is deprecated; nothing if there is nothing to say.
pub(super) fn doc(doc: Option<&str>, deprecated: Option<&str>, indent: usize) -> String {
    let mut lines = doc.map(rust::doc_lines).unwrap_or_default();
    if let Some(why) = deprecated {
        let why = rust::doc_lines(why).concat();
        lines.push(format!(" @deprecated{why}"));
    }
    for line in &mut lines {
        if line.contains("*/") {
            *line = line.replace("*/", "* /");
        }
    }
    let blanks = " ".repeat(indent);
    match &lines[..] {
        [] => String::new(),
        [line] => [&blanks, "/**", line, " */\n"].concat(),
        lines => {
            let lines = lines.iter().map(|line| format!("{blanks} *{line}\n"));
            format!("{blanks}/**\n{}{blanks} */\n", lines.collect::<String>())
        }
    }
}
