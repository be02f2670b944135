//! From bytes of a text to lines and UTF-16 units, as editors count, and back.

use super::protocol::{Position, Range};

/// A text with the places where its lines begin.
#[derive(Clone, Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The byte at a place. One past the end of its line is the end of the line, one past the last line is the end of the
    /// text, and one inside a character is its beginning.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line) else {
            return self.text.len();
        };
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line = self.text[*start..end].trim_end_matches('\r');
        let mut units = 0;
        for (at, c) in line.char_indices() {
            units += c.len_utf16();
            if units > position.character as usize {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The place of a byte; past the end, it is the end.
    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let units: usize = self.text[self.starts[line]..offset]
            .chars()
            .map(char::len_utf16)
            .sum();
        let fits = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position {
            line: fits(line),
            character: fits(units),
        }
    }

    /// The places of a range of bytes.
    pub(super) fn range(&self, start: usize, end: usize) -> Range {
        Range {
            start: self.position(start),
            end: self.position(end.max(start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn units_of_utf_16_are_counted() {
        let text = "a: \u{1f600}x\r\nü: y\n";
        let lines = Lines::new(text);
        for (offset, place) in [
            (0, at(0, 0)),
            (3, at(0, 3)),
            (7, at(0, 5)),
            (8, at(0, 6)),
            (10, at(1, 0)),
            (12, at(1, 1)),
            (text.len(), at(2, 0)),
        ] {
            assert_eq!(lines.position(offset), place);
            assert_eq!(lines.offset(place), offset);
        }
    }

    #[test]
    fn a_place_that_is_not_in_the_text_is_the_nearest_one() {
        let lines = Lines::new("a: \u{1f600}x\r\nb\n");
        assert_eq!(lines.offset(at(0, 4)), 3, "inside of a character");
        assert_eq!(lines.offset(at(0, 99)), 8, "past the end of the line");
        assert_eq!(lines.offset(at(99, 0)), 12, "past the last line");
        assert_eq!(lines.offset(at(u32::MAX, u32::MAX)), 12);
        assert_eq!(lines.position(usize::MAX), at(2, 0));
    }
}
