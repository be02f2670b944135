//! The source texts that places refer to, and the arithmetic from byte offsets to lines and columns.

use super::{Diagnostic, INVALID_UTF8, SOURCE_TOO_LARGE};
use std::borrow::Cow;

/// The most bytes one source file may have.
pub(crate) const FILE_BYTES: usize = 16 << 20;

/// Names one text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in one source text, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest span that covers both, which must be of one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        debug_assert_eq!(self.file, other.file, "a span is in one file");
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The empty span where this one begins.
    #[must_use]
    pub fn head(self) -> Self {
        Self {
            end: self.start,
            ..self
        }
    }
}

/// A span as a person counts: lines and columns from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// The file's path as it was given.
    pub path: &'a str,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column one past the last character.
    pub end_column: u32,
}

#[derive(Clone, Debug)]
struct Source {
    path: String,
    text: String,
    line_starts: Vec<u32>,
}

/// All texts that were read, in the order they were added.
///
/// Paths are shown as given, so give them relative and with `/`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. A leading byte order mark is skipped; offsets count from after it.
    ///
    /// # Errors
    ///
    /// Text that is not UTF-8, or larger than 16 MiB; the diagnostic carries the place and can be rendered.
    pub fn add(
        &mut self,
        path: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<FileId, Diagnostic> {
        let path = path.into();
        let mut bytes = bytes.into();
        if bytes.len() > FILE_BYTES {
            let file = self.push(path, String::new());
            return Err(Diagnostic::error(
                SOURCE_TOO_LARGE,
                format!("this file is larger than the limit of {FILE_BYTES} bytes"),
            )
            .at(Span {
                file,
                start: 0,
                end: 0,
            })
            .help("declare the tables in several files of one folder"));
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.push(path, text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[valid];
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = self.push(path, text);
                let start = offset(valid);
                Err(
                    Diagnostic::error(INVALID_UTF8, format!("the byte 0x{byte:02x} is not UTF-8"))
                        .at(Span {
                            file,
                            start,
                            end: start + offset('\u{fffd}'.len_utf8()),
                        })
                        .help("save the file as UTF-8"),
                )
            }
        }
    }

    fn push(&mut self, path: String, text: String) -> FileId {
        let file = FileId(u32::try_from(self.files.len()).expect("fewer than 4 billion files"));
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| offset(at + 1)))
            .collect();
        self.files.push(Source {
            path,
            text,
            line_starts,
        });
        file
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self, file: FileId) -> &str {
        &self.source(file).path
    }

    /// The text, without a byte order mark.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        &self.source(file).text
    }

    /// The files in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).expect("fewer than 4 billion files")).map(FileId)
    }

    /// The text a span covers; ends that fall inside a character are moved back to its start.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.file);
        let start = text.floor_char_boundary(span.start as usize);
        let end = text.floor_char_boundary(span.end as usize);
        &text[start..end.max(start)]
    }

    /// Where a span is, as a person counts.
    #[must_use]
    pub fn position(&self, span: Span) -> Position<'_> {
        let (line, column) = self.line_column(span.file, span.start);
        let (end_line, end_column) = self.line_column(span.file, span.end.max(span.start));
        Position {
            path: self.path(span.file),
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// The bytes of one line (counted from 1), without its line break.
    pub(super) fn line_range(&self, file: FileId, line: u32) -> std::ops::Range<usize> {
        let source = self.source(file);
        let index = line as usize - 1;
        let start = source.line_starts[index] as usize;
        let end = source
            .line_starts
            .get(index + 1)
            .map_or(source.text.len(), |next| *next as usize - 1);
        let line = &source.text[start..end];
        start..start + line.strip_suffix('\r').unwrap_or(line).len()
    }

    fn line_column(&self, file: FileId, at: u32) -> (u32, u32) {
        let source = self.source(file);
        let at = source.text.floor_char_boundary(at as usize);
        let index = source
            .line_starts
            .partition_point(|start| *start as usize <= at)
            - 1;
        let start = source.line_starts[index] as usize;
        let column = source.text[start..at].chars().count();
        (offset(index) + 1, offset(column) + 1)
    }

    fn source(&self, file: FileId) -> &Source {
        self.files
            .get(file.0 as usize)
            .expect("a file id comes from the `Sources` it is used with")
    }
}

/// A byte offset as it is kept in a [`Span`].
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("source files are smaller than 4 GiB")
}

/// A path as it is shown on every system: with `/`, without a leading `./`.
pub(crate) fn shown(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' {
        text
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/").into()
    };
    visible(match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest,
        _ => &text,
    })
}

/// A text without anything that a terminal or a log obeys: each such character is written as its escape.
///
/// A log of GitHub Actions takes a line that begins with `::`, and `##[` wherever it stands, for a command.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}') {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    without_commands(&out).into_owned()
}

/// A text without `##[`, which begins a command in a log of GitHub Actions.
pub(crate) fn without_commands(text: &str) -> Cow<'_, str> {
    match text.contains("##[") {
        true => Cow::Owned(text.replace("##[", "#\\u{23}[")),
        false => Cow::Borrowed(text),
    }
}

/// Characters that reorder the text around them, so that a terminal shows something else than what is there.
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(file: FileId, start: u32, end: u32) -> Span {
        Span { file, start, end }
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "x\r\nä: ö\r\n").unwrap();
        let place = sources.position(span(file, 7, 9));
        assert_eq!((place.line, place.column), (2, 4));
        assert_eq!((place.end_line, place.end_column), (2, 5));
        assert_eq!(sources.line_range(file, 2), 3..9);
        assert_eq!(sources.slice(span(file, 7, 9)), "ö");
    }

    #[test]
    fn an_offset_past_the_end_or_inside_a_character_has_a_place() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "ä").unwrap();
        assert_eq!(sources.position(span(file, 1, 99)).column, 1);
        assert_eq!(sources.position(span(file, 1, 99)).end_column, 2);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "\u{feff}a: 1").unwrap();
        assert_eq!(sources.text(file), "a: 1");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_placed() {
        let mut sources = Sources::new();
        let error = sources
            .add("a.yaml", b"a: 1\nb: \xff\n".to_vec())
            .unwrap_err();
        let place = sources.position(error.span.unwrap());
        assert_eq!((place.line, place.column, place.end_column), (2, 4, 5));
        assert_eq!(error.message, "the byte 0xff is not UTF-8");
    }

    #[test]
    fn an_oversized_file_is_refused() {
        let mut sources = Sources::new();
        let error = sources
            .add("a.yaml", vec![b' '; FILE_BYTES + 1])
            .unwrap_err();
        assert_eq!(error.code, SOURCE_TOO_LARGE);
    }
}
