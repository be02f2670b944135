//! Reads a document as Postgres reads `jsonb`.

use super::{JsonError, JsonProblem, Tree};
use crate::exact::Decimal;

const DEPTH: usize = 128;
const DIGITS: i64 = 1000;

type Parsed<T> = Result<T, JsonError>;

pub(super) fn parse(text: &str) -> Parsed<Tree> {
    let mut reader = Reader { text, at: 0 };
    let tree = reader.value(0)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(tree),
        Some(_) => reader.fail(JsonProblem::Syntax),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self, problem: JsonProblem) -> Parsed<T> {
        Err(JsonError {
            at: self.at,
            problem,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Parsed<()> {
        match self.take(byte) {
            true => Ok(()),
            false => self.fail(JsonProblem::Syntax),
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Tree> {
        self.blanks();
        match self.peek() {
            Some(b'n') => self.word("null", Tree::Null),
            Some(b't') => self.word("true", Tree::Bool(true)),
            Some(b'f') => self.word("false", Tree::Bool(false)),
            Some(b'"') => self.string().map(Tree::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Tree::Number),
            Some(b'[' | b'{') if depth == DEPTH => self.fail(JsonProblem::Depth),
            Some(b'[') => self.array(depth + 1),
            Some(b'{') => self.object(depth + 1),
            Some(_) | None => self.fail(JsonProblem::Syntax),
        }
    }

    fn word(&mut self, word: &str, tree: Tree) -> Parsed<Tree> {
        match self.text[self.at..].starts_with(word) {
            true => {
                self.at += word.len();
                Ok(tree)
            }
            false => self.fail(JsonProblem::Syntax),
        }
    }

    fn array(&mut self, depth: usize) -> Parsed<Tree> {
        self.expect(b'[')?;
        self.blanks();
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(Tree::Array(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            self.blanks();
            if self.take(b']') {
                return Ok(Tree::Array(elements));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Tree> {
        self.expect(b'{')?;
        self.blanks();
        let mut members: Vec<(String, Tree)> = Vec::new();
        if !self.take(b'}') {
            loop {
                self.blanks();
                let name = self.string()?;
                self.blanks();
                self.expect(b':')?;
                let value = self.value(depth)?;
                members.push((name, value));
                self.blanks();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        // The sort is stable: of equal names the last one written is the last one here.
        members.sort_by(|(a, _), (b, _)| (a.len(), a.as_bytes()).cmp(&(b.len(), b.as_bytes())));
        members.reverse();
        members.dedup_by(|(later, _), (kept, _)| later == kept);
        members.reverse();
        Ok(Tree::Object(members))
    }

    fn string(&mut self) -> Parsed<String> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .find(|c: char| c == '"' || c == '\\' || c < ' ')
                .unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            if self.take(b'"') {
                return Ok(out);
            }
            self.expect(b'\\')?;
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Parsed<char> {
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

    fn unicode(&mut self) -> Parsed<char> {
        let first = self.hexadecimal()?;
        let code = match first {
            0 => return self.fail(JsonProblem::Null),
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
    fn hexadecimal(&mut self) -> Parsed<u32> {
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

    fn digits(&mut self) -> Parsed<&'a str> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "" => self.fail(JsonProblem::Syntax),
            digits => Ok(digits),
        }
    }

    fn number(&mut self) -> Parsed<Decimal> {
        let sign = if self.take(b'-') { "-" } else { "" };
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return self.fail(JsonProblem::Syntax);
        }
        let fraction = match self.take(b'.') {
            true => self.digits()?,
            false => "",
        };
        let mut exponent = 0;
        if self.take(b'e') || self.take(b'E') {
            let negative = !self.take(b'+') && self.take(b'-');
            let digits = self.digits()?;
            // A number of exponent digits that does not fit is too large in any case.
            let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4);
            exponent = if negative { -size } else { size };
        }
        match written_out(whole, fraction, exponent) {
            Some(plain) => Ok(format!("{sign}{plain}")
                .parse()
                .expect("plain digits are a decimal")),
            None => self.fail(JsonProblem::LongNumber),
        }
    }
}

/// The number without its exponent, if that is not too long.
fn written_out(whole: &str, fraction: &str, exponent: i64) -> Option<String> {
    let zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
    let (whole_digits, fraction_digits) = (whole.len() as i64, fraction.len() as i64);
    let before = if zero {
        1
    } else {
        whole_digits.checked_add(exponent)?
    };
    let after = (fraction_digits.checked_sub(exponent)?).max(0);
    if before > DIGITS || after > DIGITS {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    // Where the point stands among the digits; before the first or past the last means zeros.
    let point = whole_digits + exponent;
    Some(if zero {
        match after {
            0 => "0".to_owned(),
            after => format!("0.{}", "0".repeat(after as usize)),
        }
    } else if point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else if point as usize >= digits.len() {
        format!("{digits}{}", "0".repeat(point as usize - digits.len()))
    } else {
        let (before, after) = digits.split_at(point as usize);
        format!("{before}.{after}")
    })
}
