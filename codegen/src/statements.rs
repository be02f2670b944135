//! SQL taken apart into statements, and those into words, without a grammar: quick, and never lost in what it does not know.

use squawk_lexer::{TokenKind, tokenize};
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
            name = format!("{name}.{}", self.word(end + 1));
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

/// Statements, each with the place behind it.
pub(crate) fn placed(text: &str) -> impl Iterator<Item = (Statement<'_>, usize)> {
    let mut tokens = tokenize(text);
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut words: Vec<Cow<'_, str>> = Vec::new();
        let (mut parentheses, mut begun) = (0_usize, 0_usize);
        for token in tokens.by_ref() {
            let start = at;
            at += token.len as usize;
            let word = &text[start..at];
            match token.kind {
                TokenKind::Whitespace
                | TokenKind::LineComment
                | TokenKind::BlockComment { .. }
                | TokenKind::Eof => continue,
                TokenKind::Semi if parentheses == 0 && begun == 0 => {
                    if words.is_empty() {
                        continue;
                    }
                    return Some((Statement { words }, at));
                }
                TokenKind::OpenParen => parentheses += 1,
                TokenKind::CloseParen => parentheses = parentheses.saturating_sub(1),
                TokenKind::Ident => {
                    let word = match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                        true => Cow::Owned(word.to_ascii_lowercase()),
                        false => Cow::Borrowed(word),
                    };
                    if parentheses == 0 && makes_routine(&words) {
                        match &*word {
                            "begin" => begun += 1,
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
            words.push(match word.contains('\r') {
                true => Cow::Owned(word.replace("\r\n", "\n")),
                false => Cow::Borrowed(word),
            });
        }
        (!words.is_empty()).then_some((Statement { words }, at))
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
    fn words_are_lower_case_and_what_is_quoted_stays() {
        assert_eq!(
            texts("Create  Policy \"A\" ON t\r\nusing (x = 'B\r\nC')"),
            ["create policy \"A\" on t using ( x = 'B\nC' )"]
        );
        let policy = statements("create policy a on public.t").next().unwrap();
        assert_eq!(policy.name(4), ("public.t".to_owned(), 7));
    }
}
