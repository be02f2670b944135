//! Writes a document as Postgres prints `jsonb`, while it is read.

use super::read::{Piece, Read, Reader};
use super::{JsonProblem, number, print};
use std::borrow::Cow;
use std::cmp::Ordering;

/// How many levels a document may have.
const DEPTH: usize = 128;

/// The canonical text of a document.
pub(super) fn rewritten(text: &str) -> Read<String> {
    let mut rewriter = Rewriter::new(text);
    // As long as the text that is written canonically already, and as most that is not.
    rewriter.out.reserve(text.len());
    rewriter.value(0)?;
    rewriter.reader.end()?;
    Ok(rewriter.out)
}

pub(super) struct Rewriter<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) out: String,
    /// The members of the objects that are not yet closed, those of the outermost first.
    members: Vec<Member>,
}

/// Where a member of an object stands in what was written.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    name_end: usize,
    end: usize,
    /// Whether its name is written with escapes.
    escaped: bool,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Rewriter {
            reader: Reader::new(text),
            out: String::new(),
            members: Vec::new(),
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Read<()> {
        self.reader.blanks();
        match self.reader.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'[' | b'{') if depth == DEPTH => self.reader.fail(JsonProblem::Depth),
            Some(b'[') => self.array(depth + 1),
            Some(b'{') => self.object(depth + 1),
            Some(_) | None => self.reader.fail(JsonProblem::Syntax),
        }
    }

    fn word(&mut self, word: &'static str) -> Read<()> {
        self.out.push_str(self.reader.word(word)?);
        Ok(())
    }

    fn number(&mut self) -> Read<()> {
        let number = self.reader.number()?;
        match number::plain(&number) {
            Some(text) => self.out.push_str(&text),
            None => return self.reader.fail(JsonProblem::LongNumber),
        }
        Ok(())
    }

    /// Whether it is written with escapes.
    fn string(&mut self) -> Read<bool> {
        self.reader.expect(b'"')?;
        self.out.push('"');
        if let Some(text) = self.reader.plain_string() {
            self.out.push_str(text);
            self.out.push('"');
            return Ok(false);
        }
        let mut escaped = false;
        while let Some(piece) = self.reader.piece()? {
            match piece {
                Piece::Plain(text) => self.out.push_str(text),
                Piece::Escaped('\0') => return self.reader.fail(JsonProblem::Null),
                Piece::Escaped(letter) => {
                    escaped = true;
                    print::letter(letter, &mut self.out);
                }
            }
        }
        self.out.push('"');
        Ok(escaped)
    }

    fn array(&mut self, depth: usize) -> Read<()> {
        self.reader.expect(b'[')?;
        self.out.push('[');
        self.reader.blanks();
        if !self.reader.take(b']') {
            loop {
                self.value(depth)?;
                self.reader.blanks();
                if self.reader.take(b']') {
                    break;
                }
                self.reader.expect(b',')?;
                self.out.push_str(", ");
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Read<()> {
        self.reader.expect(b'{')?;
        self.out.push('{');
        let (first, start) = (self.members.len(), self.out.len());
        let mut in_order = true;
        self.reader.blanks();
        if !self.reader.take(b'}') {
            loop {
                let member = self.member(depth)?;
                if let Some(last) = self.members[first..].last() {
                    in_order &= order(&self.out, last, &member).is_lt();
                }
                self.members.push(member);
                self.reader.blanks();
                if self.reader.take(b'}') {
                    break;
                }
                self.reader.expect(b',')?;
                self.out.push_str(", ");
            }
        }
        if !in_order {
            self.sort(first, start);
        }
        self.members.truncate(first);
        self.out.push('}');
        Ok(())
    }

    fn member(&mut self, depth: usize) -> Read<Member> {
        let start = self.out.len();
        self.reader.blanks();
        let escaped = self.string()?;
        let name_end = self.out.len();
        self.reader.blanks();
        self.reader.expect(b':')?;
        self.out.push_str(": ");
        self.value(depth)?;
        Ok(Member {
            start,
            name_end,
            end: self.out.len(),
            escaped,
        })
    }

    /// Puts the members from `first` on, which were written from `start` on, in `jsonb`'s order.
    fn sort(&mut self, first: usize, start: usize) {
        let members = &mut self.members[first..];
        // The sort is stable: of equal names the last one written is the last one here, and stays.
        members.sort_by(|a, b| order(&self.out, a, b));
        let mut sorted = String::with_capacity(self.out.len() - start);
        for (index, member) in members.iter().enumerate() {
            let next = members.get(index + 1);
            if next.is_some_and(|next| order(&self.out, member, next).is_eq()) {
                continue;
            }
            if !sorted.is_empty() {
                sorted.push_str(", ");
            }
            sorted.push_str(&self.out[member.start..member.end]);
        }
        self.out.truncate(start);
        self.out.push_str(&sorted);
    }
}

/// By the length of their names, and then by bytes.
fn order(out: &str, one: &Member, other: &Member) -> Ordering {
    let (one, other) = (name(out, one), name(out, other));
    (one.len().cmp(&other.len())).then_with(|| one.as_bytes().cmp(other.as_bytes()))
}

/// The name itself, without escapes.
fn name<'o>(out: &'o str, member: &Member) -> Cow<'o, str> {
    if !member.escaped {
        return Cow::Borrowed(&out[member.start + 1..member.name_end - 1]);
    }
    let mut reader = Reader::new(&out[member.start + 1..member.name_end]);
    let mut name = String::new();
    while let Some(piece) = reader.piece().expect("it was written here") {
        match piece {
            Piece::Plain(text) => name.push_str(text),
            Piece::Escaped(letter) => name.push(letter),
        }
    }
    Cow::Owned(name)
}
