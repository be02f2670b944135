//! Reads the parts of a JSON text.

use super::{JsonError, JsonProblem};

pub(crate) type Read<T> = Result<T, JsonError>;

/// A text and how much of it was read.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A part of a string.
pub(crate) enum Piece<'a> {
    /// As it stands there.
    Plain(&'a str),
    /// What an escape stands for.
    Escaped(char),
}

/// A number.
pub(crate) struct Number<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    /// Whether a minus stands before it.
    pub(crate) negative: bool,
    /// The digits before the point.
    pub(crate) whole: &'a str,
    /// Those after it.
    pub(crate) fraction: &'a str,
    /// The exponent, if there is one, with its sign.
    pub(crate) exponent: Option<(bool, &'a str)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Reader { text, at: 0 }
    }

    /// How many bytes were read.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text that was read since a place.
    #[cfg(feature = "rusqlite")]
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(crate) fn fail<T>(&self, problem: JsonProblem) -> Read<T> {
        Err(JsonError {
            at: self.at,
            problem,
        })
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn take_both(&mut self, first: u8, second: u8) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(&[first, second]);
        self.at += 2 * usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Read<()> {
        match self.take(byte) {
            true => Ok(()),
            false => self.fail(JsonProblem::Syntax),
        }
    }

    #[inline]
    pub(crate) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Blanks, and nothing more.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fail(JsonProblem::Syntax),
        }
    }

    pub(crate) fn word(&mut self, word: &'static str) -> Read<&'static str> {
        match self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            true => {
                self.at += word.len();
                Ok(word)
            }
            false => self.fail(JsonProblem::Syntax),
        }
    }

    /// The string whose opening quote was read, unless something in it is escaped; then nothing is read.
    #[inline]
    pub(crate) fn plain_string(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let end = self.at + plain(&bytes[self.at..]);
        if bytes.get(end) != Some(&b'"') {
            return None;
        }
        let text = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(text)
    }

    /// The next part of the string whose opening quote was read; `None` behind its closing one.
    pub(crate) fn piece(&mut self) -> Read<Option<Piece<'a>>> {
        let plain = plain(&self.text.as_bytes()[self.at..]);
        if plain > 0 {
            let text = &self.text[self.at..self.at + plain];
            self.at += plain;
            return Ok(Some(Piece::Plain(text)));
        }
        if self.take(b'"') {
            return Ok(None);
        }
        self.expect(b'\\')?;
        self.escape().map(|letter| Some(Piece::Escaped(letter)))
    }

    fn escape(&mut self) -> Read<char> {
        let letter = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(_) | None => return self.fail(JsonProblem::Syntax),
        };
        self.at += 1;
        Ok(letter)
    }

    fn unicode(&mut self) -> Read<char> {
        let first = self.hexadecimal()?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.text[self.at..].starts_with("\\u") {
                    let cut = self.at == self.text.len();
                    return self.fail(match cut {
                        true => JsonProblem::Syntax,
                        false => JsonProblem::LoneSurrogate,
                    });
                }
                self.at += 1;
                match self.hexadecimal()? {
                    second @ 0xdc00..=0xdfff => {
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    _ => return self.fail(JsonProblem::LoneSurrogate),
                }
            }
            other => other,
        };
        match char::from_u32(code) {
            Some(letter) => Ok(letter),
            None => self.fail(JsonProblem::LoneSurrogate),
        }
    }

    /// `u` and four hexadecimal digits.
    fn hexadecimal(&mut self) -> Read<u32> {
        self.expect(b'u')?;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            match digit {
                Some(digit) => code = code * 16 + digit,
                None => return self.fail(JsonProblem::Syntax),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> Read<&'a str> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "" => self.fail(JsonProblem::Syntax),
            digits => Ok(digits),
        }
    }

    pub(crate) fn number(&mut self) -> Read<Number<'a>> {
        let start = self.at;
        let negative = self.take(b'-');
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return self.fail(JsonProblem::Syntax);
        }
        let fraction = match self.take(b'.') {
            true => self.digits()?,
            false => "",
        };
        let exponent = match self.take(b'e') || self.take(b'E') {
            true => {
                let negative = !self.take(b'+') && self.take(b'-');
                Some((negative, self.digits()?))
            }
            false => None,
        };
        Ok(Number {
            text: &self.text[start..self.at],
            negative,
            whole,
            fraction,
            exponent,
        })
    }
}

/// How many bytes of a string stand for themselves, eight at a time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let eight = u64::from_le_bytes(*eight);
        let (quote, escape) = (eight ^ (ONES * 0x22), eight ^ (ONES * 0x5c));
        // The lowest byte whose highest bit is set in one of these is exact: nothing was borrowed below it.
        let control = eight.wrapping_sub(ONES * 0x20) & !eight;
        let quote = quote.wrapping_sub(ONES) & !quote;
        let escape = escape.wrapping_sub(ONES) & !escape;
        let found = (control | quote | escape) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
    let rest = &bytes[at..];
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}
