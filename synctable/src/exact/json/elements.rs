//! The elements of a JSON array, one after the other.

use super::read::{Piece, Read, Reader};
use super::rewrite::{Rewriter, rewritten};
use super::{JsonError, JsonProblem};

/// A JSON array whose elements are read one by one.
///
/// What is no JSON further on is told when it is met.
pub(crate) struct Elements<'a> {
    rewriter: Rewriter<'a>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Inside,
    End,
}

/// An element of a JSON array.
pub(crate) enum JsonElement<'e> {
    /// A string, decoded.
    String(&'e str),
    /// Anything else, in canonical text.
    Other(&'e str),
}

impl<'a> Elements<'a> {
    /// The elements of an array; `None` of any other document.
    ///
    /// # Errors
    /// What is no JSON.
    pub(crate) fn of(text: &'a str) -> Result<Option<Self>, JsonError> {
        let mut rewriter = Rewriter::new(text);
        rewriter.reader.blanks();
        if !rewriter.reader.take(b'[') {
            return rewritten(text).map(|_| None);
        }
        let place = Place::Start;
        Ok(Some(Elements { rewriter, place }))
    }

    /// The next element; `None` behind the last one.
    ///
    /// # Errors
    /// What is no JSON.
    pub(crate) fn next(&mut self) -> Result<Option<JsonElement<'_>>, JsonError> {
        let reader = &mut self.rewriter.reader;
        if self.place == Place::End {
            return Ok(None);
        }
        reader.blanks();
        if reader.take(b']') {
            reader.end()?;
            self.place = Place::End;
            return Ok(None);
        }
        if self.place == Place::Inside {
            reader.expect(b',')?;
            reader.blanks();
        }
        self.place = Place::Inside;
        self.rewriter.out.clear();
        if reader.take(b'"') {
            if let Some(text) = reader.plain_string() {
                return Ok(Some(JsonElement::String(text)));
            }
            decode(reader, &mut self.rewriter.out)?;
            return Ok(Some(JsonElement::String(&self.rewriter.out)));
        }
        self.rewriter.value(1)?;
        Ok(Some(JsonElement::Other(&self.rewriter.out)))
    }

    /// Reads what is left.
    ///
    /// # Errors
    /// What is no JSON.
    pub(crate) fn finish(mut self) -> Result<(), JsonError> {
        while self.next()?.is_some() {}
        Ok(())
    }

    /// A guess of how many there are, for making room.
    pub(crate) fn expected(text: &str) -> usize {
        let commas = text.bytes().take(1024).filter(|byte| *byte == b',');
        commas.count() + 1
    }
}

/// A string whose opening quote was read.
fn decode(reader: &mut Reader<'_>, out: &mut String) -> Read<()> {
    while let Some(piece) = reader.piece()? {
        match piece {
            Piece::Escaped('\0') => return reader.fail(JsonProblem::Null),
            Piece::Plain(text) => out.push_str(text),
            Piece::Escaped(letter) => out.push(letter),
        }
    }
    Ok(())
}
