//! SQL taken apart into statements, and those into words, without a grammar: quick, and never lost in what it does not know.

use squawk_lexer::{BOM, TokenKind, tokenize};
use std::borrow::Cow;

/// One statement: its words and signs, without blanks, comments and the `;`.
///
/// Words have lower-case letters; what is quoted stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'t> {
    pub(crate) words: Vec<Cow<'t, str>>,
}

impl Statement<'_> {
    /// The words from one place on, with a blank between them: equal where Postgres reads the same.
    pub(crate) fn text(&self, from: usize) -> String {
        self.words[from.min(self.words.len())..].join(" ")
    }

    pub(crate) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word)
    }

    /// The place after these words, if they stand here.
    pub(crate) fn after(&self, at: usize, words: &[&str]) -> Option<usize> {
        let here = words.iter().enumerate();
        here.clone()
            .all(|(index, word)| self.word(at + index) == *word)
            .then_some(at + words.len())
    }

    /// A name, `a` or `a.b`, and the place after it.
    pub(crate) fn name(&self, at: usize) -> (String, usize) {
        let mut name = self.word(at).to_owned();
        let mut end = at + 1;
        while self.word(end) == "." {
            name.push('.');
            name.push_str(self.word(end + 1));
            end += 2;
        }
        (name, end)
    }

    /// The first place from here on, outside of parentheses, that holds this word.
    pub(crate) fn find(&self, from: usize, word: &str) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, one) in self.words.iter().enumerate().skip(from) {
            match &**one {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                one if depth == 0 && one == word => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The place after the parentheses that open here.
    pub(crate) fn closed(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (end, one) in self.words.iter().enumerate().skip(at) {
            match &**one {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return end + 1;
            }
        }
        self.words.len()
    }
}

/// The statements of a text, one after the other, as psql takes them apart: a `;` ends one outside of parentheses and of
/// `begin atomic … end`.
pub(crate) fn statements(text: &str) -> impl Iterator<Item = Statement<'_>> {
    placed(text).map(|(statement, _)| statement)
}

/// The places behind them.
pub(crate) fn ends(text: &str) -> impl Iterator<Item = usize> {
    placed(text).map(|(_, end)| end)
}

/// A text without the blanks and comments that it begins with.
pub(crate) fn without_lead(text: &str) -> &str {
    let mut at = 0;
    for token in tokenize(text) {
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {
                at += token.len as usize;
            }
            _ => break,
        }
    }
    &text[at..]
}

/// Statements, each with the place behind it.
pub(crate) fn placed(text: &str) -> impl Iterator<Item = (Statement<'_>, usize)> {
    let mut at = match text.starts_with(BOM) {
        true => BOM.len(),
        false => 0,
    };
    let mut many = 16;
    std::iter::from_fn(move || {
        let mut words: Vec<Cow<'_, str>> = Vec::with_capacity(many);
        let (mut parentheses, mut begun) = (0_usize, 0_usize);
        while let Some((kind, length)) = token(&text[at..]) {
            let start = at;
            at += length;
            let word = &text[start..at];
            match kind {
                TokenKind::Whitespace
                | TokenKind::LineComment
                | TokenKind::BlockComment { .. }
                | TokenKind::Eof => continue,
                TokenKind::Semi if parentheses == 0 && begun == 0 => {
                    if words.is_empty() {
                        continue;
                    }
                    many = words.len();
                    return Some((Statement { words }, at));
                }
                TokenKind::OpenParen => parentheses += 1,
                TokenKind::CloseParen => parentheses = parentheses.saturating_sub(1),
                TokenKind::Ident => {
                    let word = match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                        true => Cow::Owned(word.to_ascii_lowercase()),
                        false => Cow::Borrowed(word),
                    };
                    if parentheses == 0 {
                        match &*word {
                            "begin" if makes_routine(&words) => begun += 1,
                            "case" if begun > 0 => begun += 1,
                            "end" => begun = begun.saturating_sub(1),
                            _ => {}
                        }
                    }
                    words.push(word);
                    continue;
                }
                _ => {}
            }
            words.push(match length > 1 && word.contains('\r') {
                true => Cow::Owned(word.replace("\r\n", "\n")),
                false => Cow::Borrowed(word),
            });
        }
        (!words.is_empty()).then_some((Statement { words }, at))
    })
}

/// What a byte is of: blanks, a word, or anything else.
const BLANK: u8 = 1;
const OF_WORD: u8 = 2;
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b' ' | b'\n' | b'\t' | b'\r' => BLANK,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'$' | 0x80.. => OF_WORD,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The first token of a text, and its length.
///
/// Words, blanks and the commonest signs are most of every text, and are told apart here.
fn token(text: &str) -> Option<(TokenKind, usize)> {
    let bytes = text.as_bytes();
    let second = bytes.get(1).copied().unwrap_or_default();
    Some(match bytes.first()? {
        b' ' | b'\n' | b'\t' | b'\r' => {
            let end = bytes
                .iter()
                .position(|byte| KINDS[usize::from(*byte)] != BLANK);
            (TokenKind::Whitespace, end.unwrap_or(bytes.len()))
        }
        b'(' => (TokenKind::OpenParen, 1),
        b')' => (TokenKind::CloseParen, 1),
        b',' => (TokenKind::Comma, 1),
        b';' => (TokenKind::Semi, 1),
        b'.' if second != b'.' && !second.is_ascii_digit() => (TokenKind::Dot, 1),
        // What a letter may stand before: `e'…'`, `u&"…"`.
        b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. if !matches!(second, b'\'' | b'&') => {
            let end = bytes
                .iter()
                .position(|byte| KINDS[usize::from(*byte)] != OF_WORD);
            (TokenKind::Ident, end.unwrap_or(bytes.len()))
        }
        _ => {
            let token = tokenize(text).next()?;
            (token.kind, token.len as usize)
        }
    })
}

fn makes_routine(words: &[Cow<'_, str>]) -> bool {
    let word = |at: usize| words.get(at).map_or("", |word| word);
    let at = if word(1) == "or" { 3 } else { 1 };
    word(0) == "create" && matches!(word(at), "function" | "procedure")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        statements(text).map(|one| one.text(0)).collect()
    }

    #[test]
    fn a_statement_ends_where_psql_ends_it() {
        assert_eq!(
            texts(
                "-- a;\nselect 1 /* ; */; do $$ begin; end $$;;\n\
                 create function f() returns int begin atomic select case when a then 1 end; select 2; end;\n\
                 select ';', \"a;b\", (1;2); select 3"
            ),
            [
                "select 1",
                "do $$ begin; end $$",
                "create function f ( ) returns int begin atomic select case when a then 1 end ; select 2 ; end",
                "select ';' , \"a;b\" , ( 1 ; 2 )",
                "select 3",
            ]
        );
    }

    #[test]
    fn tokens_are_those_of_the_lexer() {
        for text in [
            "select e'a\\'b' || E'x', b'01', x'ff', n'a', u&'d', U&\"d\", u & 1, e, be'c'",
            "create function f(a int) returns int as $x$ a; $x$ language sql",
            "a.b.\"C\"..d, 1.5, .5, 1..2, a$1, $1, _x, é.ü, 1e5",
            "/* a /* b */ c */ -- d\r\n\tx::int[] <> y ->> 'z' @> '{}'",
            "a\u{feff}b 'unterminated",
        ] {
            let mut at = 0;
            let ours = std::iter::from_fn(|| {
                let (kind, length) = token(&text[at..])?;
                at += length;
                Some((kind, length))
            });
            let theirs = tokenize(text).map(|token| (token.kind, token.len as usize));
            assert_eq!(
                ours.collect::<Vec<_>>(),
                theirs.collect::<Vec<_>>(),
                "{text}"
            );
        }
        assert_eq!(texts("\u{feff}select 1"), ["select 1"]);
    }

    #[test]
    fn words_are_lower_case_and_what_is_quoted_stays() {
        assert_eq!(
            texts("Create  Policy \"A\" ON t\r\nusing (x = 'B\r\nC')"),
            ["create policy \"A\" on t using ( x = 'B\nC' )"]
        );
        let policy = statements("create policy a on public.t").next().unwrap();
        assert_eq!(policy.name(4), ("public.t".to_owned(), 7));
    }
}
