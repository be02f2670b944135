//! Which key or value somebody is typing, in a text that may not be YAML at the moment.
//!
//! The lines above say it by their indentation, and the beginning of the line by its braces.

/// Where the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The keys that lead there, from the top.
    pub(super) path: Vec<String>,
    /// Whether a key is being typed there, or the value of the last key of the path.
    pub(super) is_key: bool,
    /// Whether the mapping is written in braces.
    pub(super) in_braces: bool,
    /// The part of the value before the cursor.
    pub(super) written: String,
    /// The keys that the mapping has before the cursor.
    pub(super) beside: Vec<String>,
}

/// What is at a byte of a text.
pub(super) fn cursor(text: &str, offset: usize) -> Cursor {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..offset];
    let indent = indent_of(line);
    let mut inner = line.trim_start();
    let mut is_item = false;
    while let Some(rest) = inner.strip_prefix("- ") {
        inner = rest.trim_start();
        is_item = true;
    }
    let (mut path, beside) = above(&text[..start], indent, is_item);
    let mut cursor = Cursor {
        path: Vec::new(),
        is_key: !is_item,
        in_braces: false,
        written: inner.to_owned(),
        beside,
    };
    let mut value = inner;
    if let Some((key, rest)) = split_key(inner) {
        path.push(key.to_owned());
        cursor.is_key = false;
        value = rest;
    }
    cursor.written = value.to_owned();
    let mut frames: Vec<Frame> = Vec::new();
    let mut part = 0;
    let mut quote = None;
    for (at, c) in value.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => {
                frames.push(Frame {
                    is_mapping: c == '{',
                    key: None,
                    keys: Vec::new(),
                });
                part = at + 1;
            }
            (None, '}' | ']') => {
                frames.pop();
                part = at + 1;
            }
            (None, ',') => {
                if let Some(frame) = frames.last_mut() {
                    frame.key = None;
                    part = at + 1;
                }
            }
            (None, ':') if value[at + 1..].starts_with(' ') || at + 1 == value.len() => {
                if let Some(frame) = frames.last_mut().filter(|frame| frame.is_mapping) {
                    let key = value[part..at].trim().trim_matches(['"', '\'']).to_owned();
                    frame.keys.push(key.clone());
                    frame.key = Some(key);
                    part = at + 1;
                }
            }
            (None, _) => {}
        }
    }
    if let Some(last) = frames.last() {
        cursor.written = value[part..].trim_start().to_owned();
        cursor.in_braces = true;
        cursor.is_key = last.is_mapping && last.key.is_none();
        cursor.beside = last.keys.clone();
    }
    path.extend(frames.into_iter().filter_map(|frame| frame.key));
    cursor.path = path;
    cursor
}

/// An open brace or bracket.
struct Frame {
    is_mapping: bool,
    /// The key whose value is open.
    key: Option<String>,
    keys: Vec<String>,
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// `key: rest`; nothing where the line has no key.
fn split_key(line: &str) -> Option<(&str, &str)> {
    let is_open = |c: char| matches!(c, '{' | '[' | '"' | '\'' | '#');
    if line.starts_with(is_open) {
        return None;
    }
    let at = line
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| line[at + 1..].starts_with(' ') || at + 1 == line.len())?;
    Some((line[..at].trim(), line[at + 1..].trim_start()))
}

/// The keys that a line with this indentation is under, and those beside it.
fn above(text: &str, indent: usize, is_item: bool) -> (Vec<String>, Vec<String>) {
    let mut path = Vec::new();
    let mut beside = Vec::new();
    let mut least = indent;
    // The key of a list may have the indentation of its items.
    let mut may_be_equal = is_item;
    for line in text.lines().rev() {
        let inner = line.trim_start();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        let depth = indent_of(line);
        let Some((key, _)) = split_key(inner) else {
            continue;
        };
        if depth < least || (may_be_equal && depth == least && !inner.starts_with("- ")) {
            path.push(key.trim_start_matches("- ").to_owned());
            least = depth;
            may_be_equal = false;
        } else if path.is_empty() && depth == indent && !is_item {
            beside.push(key.to_owned());
        }
        if least == 0 {
            if path.is_empty() {
                continue;
            }
            break;
        }
    }
    path.reverse();
    (path, beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor is at `|`.
    fn at(text: &str) -> Cursor {
        let offset = text.find('|').expect("a cursor");
        cursor(&text.replacen('|', "", 1), offset)
    }

    fn told(text: &str) -> String {
        let cursor = at(text);
        let what = if cursor.is_key { "key" } else { "value" };
        format!("{} {what} `{}`", cursor.path.join("."), cursor.written)
    }

    #[test]
    fn keys_and_values_are_told_apart_by_indentation_and_braces() {
        for (text, expected) in [
            ("|", " key ``"),
            ("ap|", " key `ap`"),
            ("app: t|", "app value `t`"),
            ("tables:\n  lists:\n    sy|", "tables.lists key `sy`"),
            (
                "tables:\n  lists:\n    sync: |",
                "tables.lists.sync value ``",
            ),
            (
                "tables:\n  lists:\n    columns:\n      id: {kind: uuid, k|",
                "tables.lists.columns.id key `k`",
            ),
            (
                "tables:\n  lists:\n    columns:\n      id: {kind: uu|",
                "tables.lists.columns.id.kind value `uu`",
            ),
            (
                "tables:\n  lists:\n    indexes: {by: [a, |",
                "tables.lists.indexes.by value ``",
            ),
            (
                "tables:\n  a:\n    sync: both\n\n  b:\n    # why\n    access: {all: id = 1 and o|",
                "tables.b.access.all value `id = 1 and o`",
            ),
            (
                "streams:\n  s:\n    tables:\n    - li|",
                "streams.s.tables value `li`",
            ),
            (
                "streams:\n  s:\n    tables:\n      - li|",
                "streams.s.tables value `li`",
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn the_keys_beside_are_known() {
        assert_eq!(
            at("tables:\n  a:\n    sync: both\n    doc: x\n    |").beside,
            ["doc", "sync"]
        );
        assert_eq!(at("a: {kind: uuid, key: true, |").beside, ["kind", "key"]);
    }

    #[test]
    fn any_text_has_a_cursor() {
        for text in [
            "}|",
            "]]|",
            "\"|",
            "- - |",
            ": |",
            "{:|",
            "ü: {ü: |",
            "a:\n\t|",
            "{{{{|",
        ] {
            at(text);
        }
    }
}
