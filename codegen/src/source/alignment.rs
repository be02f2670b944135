//! From an offset inside a scalar's value back to the file.
//!
//! YAML folds lines, strips indentation and unescapes; what it never does is reorder. So the characters of the value
//! that are not white space stand in the source in the same order, and everything else is found relative to them.

use super::{Sources, Span};
use crate::diagnostic::offset;
use std::ops::Range;

/// Where a byte range of a scalar's value stands in the file.
///
/// `scalar` is the span of its node, `text` its value. Exact for every style: line by line in block scalars and folded
/// ones, through `''` and escapes in quoted ones. Should text and source not agree, it is the whole scalar.
///
/// ```
/// use synctable_codegen::diagnostic::{Diagnostics, Sources};
/// use synctable_codegen::source::{locate, parse};
///
/// let mut sources = Sources::new();
/// let file = sources.add("app.yaml", "read: |\n  owner\n  = me()\n").unwrap();
/// let mut cx = Diagnostics::new();
/// let root = parse(file, sources.text(file), &mut cx).unwrap();
/// let node = root.get("read").unwrap();
/// let text = node.as_str(&mut cx).unwrap();
/// let span = locate(&sources, node.span, text, 8..10);
/// assert_eq!((&text[8..10], sources.slice(span)), ("me", "me"));
/// # assert!(cx.is_clean());
/// ```
#[must_use]
pub fn locate(sources: &Sources, scalar: Span, text: &str, range: Range<usize>) -> Span {
    let source = sources.slice(scalar);
    // A quoted scalar that begins like its value is none: its value begins after the quote.
    let writings = match source.as_bytes().first() {
        Some(b'\'') => &[Writing::Single, Writing::Bare][..],
        Some(b'"') => &[Writing::Double, Writing::Bare],
        _ => &[Writing::Bare],
    };
    let alignment = writings
        .iter()
        .find_map(|writing| Alignment::new(source, text, *writing));
    let Some(alignment) = alignment else {
        return scalar;
    };
    let first = text.floor_char_boundary(range.start);
    let last = text.floor_char_boundary(range.end).max(first);
    let start = alignment.start_of(first);
    let end = if last == first {
        start
    } else {
        alignment.end_of(last)
    };
    Span {
        file: scalar.file,
        start: scalar.start + offset(start),
        end: scalar.start + offset(end.max(start)),
    }
}

/// Which characters of the source are not what they stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// None: plain and block scalars.
    Bare,
    /// `''` in single quotes.
    Single,
    /// Escapes in double quotes.
    Double,
}

/// One character of the value that is not white space: its bytes in the value and in the source.
struct Anchor {
    text: Range<usize>,
    source: Range<usize>,
}

struct Alignment<'a> {
    source: &'a str,
    text: &'a str,
    /// Where the content begins: after an opening quote.
    content: usize,
    anchors: Vec<Anchor>,
}

impl<'a> Alignment<'a> {
    fn new(source: &'a str, text: &'a str, writing: Writing) -> Option<Self> {
        let content = usize::from(writing != Writing::Bare);
        let mut at = content;
        let mut anchors = Vec::new();
        for (start, wanted) in text.char_indices() {
            if is_space(wanted) {
                continue;
            }
            let (found, range) = next_character(source, at, writing)?;
            if found != wanted {
                return None;
            }
            at = range.end;
            anchors.push(Anchor {
                text: start..start + wanted.len_utf8(),
                source: range,
            });
        }
        Some(Self {
            source,
            text,
            content,
            anchors,
        })
    }

    fn start_of(&self, offset: usize) -> usize {
        let index = self.anchors.partition_point(|a| a.text.start < offset);
        match self.anchors.get(index) {
            Some(anchor) if anchor.text.start == offset => anchor.source.start,
            _ => self.end_of(offset),
        }
    }

    /// The end of the last anchor before the offset, and the white space after it where it is written as it reads.
    fn end_of(&self, offset: usize) -> usize {
        let index = self.anchors.partition_point(|a| a.text.end <= offset);
        let (text, source) = match index.checked_sub(1) {
            Some(last) => (self.anchors[last].text.end, self.anchors[last].source.end),
            None => (0, self.content),
        };
        let space = &self.text[text..offset];
        if self.source[source..].starts_with(space) {
            source + space.len()
        } else {
            source
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The next character that is not white space, unescaped, and the bytes it is written with.
fn next_character(source: &str, mut at: usize, writing: Writing) -> Option<(char, Range<usize>)> {
    loop {
        let rest = source.get(at..)?;
        let (c, length) = match writing {
            Writing::Single if rest.starts_with("''") => ('\'', 2),
            Writing::Double if rest.starts_with('\\') => unescape(rest)?,
            _ => {
                let c = rest.chars().next()?;
                (c, c.len_utf8())
            }
        };
        if !is_space(c) {
            return Some((c, at..at + length));
        }
        at += length;
    }
}

/// The character of the escape sequence that `rest` begins with, and its length; a line continuation is a space.
fn unescape(rest: &str) -> Option<(char, usize)> {
    let letter = rest[1..].chars().next()?;
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => {
            let c = match letter {
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'v' => '\u{b}',
                'f' => '\u{c}',
                'e' => '\u{1b}',
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                't' | 'n' | 'r' | '\t' | '\n' | '\r' | ' ' => ' ',
                '"' | '/' | '\\' => letter,
                _ => return None,
            };
            return Some((c, 1 + letter.len_utf8()));
        }
    };
    let number = |at: usize| u32::from_str_radix(rest.get(at..at + digits)?, 16).ok();
    let high = number(2)?;
    if (0xd800..0xdc00).contains(&high) && rest.get(6..8) == Some("\\u") {
        let low = number(8)?.checked_sub(0xdc00)?;
        let c = char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?;
        return Some((c, 12));
    }
    Some((char::from_u32(high)?, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::super::{Node, Sources, parse};
    use super::locate;
    use crate::diagnostic::Diagnostics;

    /// Every occurrence of a marker in the value is found at the same occurrence in the file.
    fn assert_found(yaml: &str, word: &str, written: &str) {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", yaml).unwrap();
        let mut cx = Diagnostics::new();
        let root: Node = parse(file, yaml, &mut cx).expect("YAML");
        let node = root.get("a").expect("a");
        let text = node.as_str(&mut cx).expect("text");
        assert_eq!(cx.into_sorted(), []);
        let start = text.find(word).expect("the word is in the value");
        let span = locate(&sources, node.span, text, start..start + word.len());
        assert_eq!(sources.slice(span), written, "in {yaml:?}");
        assert_eq!(
            span.start as usize,
            yaml.find(written).expect("the word is in the file"),
            "in {yaml:?}"
        );
    }

    #[test]
    fn plain_and_quoted_on_one_line() {
        assert_found("a: owner = me()\n", "me()", "me()");
        assert_found("a: 'owner = ''x'' or me()'\n", "me()", "me()");
        assert_found("a: 'owner = ''x'' or me()'\n", "'x'", "''x''");
        assert_found("a: \"owner = \\\"x\\\" or me()\"\n", "me()", "me()");
        assert_found("a: \"\\u00e4\\ud83d\\ude00 \\x41 me()\"\n", "A", "\\x41");
        assert_found(
            "a: \"\\u00e4\\ud83d\\ude00 \\x41 me()\"\n",
            "😀",
            "\\ud83d\\ude00",
        );
    }

    #[test]
    fn folded_over_lines() {
        assert_found("a: owner =\n     me()\nb: 1\n", "me()", "me()");
        assert_found("a: 'owner =\n\n     me()'\n", "me()", "me()");
        assert_found("a: \"owner =\\\n     me()\"\n", "me()", "me()");
    }

    #[test]
    fn block_scalars_line_by_line() {
        for header in ["|", ">", "|-", ">-", "|+", "|2 # note", "> # note"] {
            let yaml = format!("a: {header}\n  owner = other\n\n  and\n    b = me()\n");
            assert_found(&yaml, "owner", "owner");
            assert_found(&yaml, "me()", "me()");
            assert_found(&yaml, "b = me", "b = me");
        }
        assert_found("a: |\n  'x' = me()\n", "'x'", "'x'");
        assert_found("a: |\n  ''x = me()\n", "''x", "''x");
        assert_found("a: |\n  \"x\" = me()\n", "\"x\"", "\"x\"");
    }

    #[test]
    fn windows_line_breaks() {
        assert_found("a: |\r\n  owner = other\r\n  and me()\r\n", "me()", "me()");
        assert_found(
            "a: >-\r\n  owner = other\r\n  and me()\r\nb: 1\r\n",
            "me()",
            "me()",
        );
        assert_found("a: owner\r\n   me()\r\n", "me()", "me()");
    }

    #[test]
    fn a_range_over_a_fold_covers_the_fold() {
        assert_found("a: owner\n   = me()\n", "owner = me", "owner\n   = me");
        assert_found("a: |\n  owner\n  = me()\n", "owner\n= me", "owner\n  = me");
    }

    #[test]
    fn the_end_and_white_space_have_places() {
        let yaml = "a: 'x  y'\n";
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", yaml).unwrap();
        let mut cx = Diagnostics::new();
        let root = parse(file, yaml, &mut cx).unwrap();
        let node = root.get("a").unwrap();
        let text = node.as_str(&mut cx).unwrap();
        assert_eq!(cx.into_sorted(), []);
        let at = |range| {
            let span = locate(&sources, node.span, text, range);
            (span.start, span.end)
        };
        assert_eq!(at(4..4), (8, 8));
        assert_eq!(at(2..3), (6, 7));
        assert_eq!(at(1..3), (5, 7));
        assert_eq!(at(0..99), (4, 8));
    }
}
