//! The text of a snippet: its budget, its tokens, and where a token stands in bytes.

use super::super::{Problem, stack};
use crate::diagnostic::{EXPR_NOT_ONE, EXPR_SYNTAX, EXPR_TOO_LARGE};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};
use std::ops::Range;

/// The longest snippet, in bytes.
const LONGEST: usize = 16 * 1024;

/// The deepest nesting: of parentheses, and of operators inside each other.
pub(super) const DEEPEST: usize = 64;

/// The most operators; chains of them nest in a parser.
const MOST_OPERATORS: usize = 512;

/// A snippet, with what turns lines and columns into bytes.
pub(super) struct Snippet<'a> {
    pub(super) text: &'a str,
    /// The byte at which each character starts, and the end.
    characters: Vec<usize>,
    /// The character at which each line starts.
    lines: Vec<usize>,
}

/// The tokens of a snippet that keeps to the budget.
struct Tokens {
    tokens: Vec<TokenWithSpan>,
    /// How many of them could nest.
    signs: usize,
}

impl<'a> Snippet<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines = vec![0];
        let mut characters = Vec::with_capacity(text.len() + 1);
        for (index, (at, character)) in text.char_indices().enumerate() {
            characters.push(at);
            if character == '\n' {
                lines.push(index + 1);
            }
        }
        characters.push(text.len());
        Self {
            text,
            characters,
            lines,
        }
    }

    /// The byte at a line and a column of characters, both counted from 1.
    fn offset(&self, location: Location) -> usize {
        let index = |number: u64| usize::try_from(number.max(1) - 1).unwrap_or(usize::MAX);
        let character = self
            .lines
            .get(index(location.line))
            .map(|start| start.saturating_add(index(location.column)));
        character
            .and_then(|character| self.characters.get(character).copied())
            .unwrap_or(self.text.len())
    }

    /// The bytes of a span; the whole snippet where the parser knows none.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        if span == Span::empty() {
            return 0..self.text.len();
        }
        let (start, end) = (self.offset(span.start), self.offset(span.end));
        if start < end {
            start..end
        } else {
            self.one_from(start)
        }
    }

    fn one_from(&self, start: usize) -> Range<usize> {
        match self.text[start..].chars().next() {
            Some(next) => start..start + next.len_utf8(),
            None => {
                // The end of the text: its last character.
                let last = self.text.char_indices().next_back();
                last.map_or(0, |(at, _)| at)..self.text.len()
            }
        }
    }

    /// The snippet's tokens, once the budget is kept and nothing but one expression can be in it.
    fn tokens(&self) -> Result<Tokens, Problem> {
        let whole = 0..self.text.len();
        if self.text.len() > LONGEST {
            let size = self.text.len();
            let message = format!("an expression has at most {LONGEST} bytes, this one has {size}");
            return Err(Problem::new(whole, EXPR_TOO_LARGE, message));
        }
        if self.text.trim().is_empty() {
            return Err(Problem::new(whole, EXPR_SYNTAX, "the expression is empty"));
        }
        if let Some(at) = self.text.find('\0') {
            return Err(Problem::new(
                at..at + 1,
                EXPR_SYNTAX,
                "the character U+0000 cannot be stored in a database",
            ));
        }
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, self.text)
            .tokenize_with_location()
            .map_err(|error| {
                let range = self.range(Span::new(error.location, error.location));
                Problem::new(
                    range,
                    EXPR_SYNTAX,
                    uncapitalised(error.message.trim_end_matches('.')),
                )
            })?;
        let mut depth = 0_usize;
        let mut operators = 0_usize;
        let mut brackets = 0_usize;
        for token in &tokens {
            match &token.token {
                Token::Whitespace(
                    Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_),
                ) => {
                    return Err(Problem::new(
                        self.range(token.span),
                        EXPR_NOT_ONE,
                        "an expression cannot contain a comment",
                    )
                    .help("write it as a YAML comment: `# …`"));
                }
                Token::SemiColon => {
                    return Err(Problem::new(
                        self.range(token.span),
                        EXPR_NOT_ONE,
                        "an expression cannot contain `;`",
                    )
                    .help("write hand-written SQL under `sql:`"));
                }
                Token::DoubleEq => {
                    let range = self.range(token.span);
                    return Err(
                        Problem::new(range, EXPR_SYNTAX, "there is no operator `==`")
                            .help("write `=`"),
                    );
                }
                Token::LParen | Token::LBracket | Token::LBrace => {
                    depth += 1;
                    brackets += 1;
                    if depth > DEEPEST {
                        return Err(self.too_deep(self.range(token.span)));
                    }
                }
                Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
                Token::Comma
                | Token::Whitespace(_)
                | Token::Number(..)
                | Token::SingleQuotedString(_)
                | Token::Period => {}
                Token::Word(word) if word.keyword == Keyword::NoKeyword => {}
                _ => operators += 1,
            }
        }
        if operators > MOST_OPERATORS {
            let message = format!(
                "an expression has at most {MOST_OPERATORS} words and operators, this one has {operators}"
            );
            return Err(Problem::new(whole, EXPR_TOO_LARGE, message));
        }
        Ok(Tokens {
            tokens,
            signs: operators + brackets,
        })
    }

    /// Checks the budget, and does the work with the tokens where the snippet has room.
    pub(super) fn read<T: Send>(
        &self,
        work: impl FnOnce(&[TokenWithSpan]) -> Result<T, Vec<Problem>> + Send,
    ) -> Result<T, Vec<Problem>> {
        let Tokens { tokens, signs } = self.tokens().map_err(|problem| vec![problem])?;
        stack::with_room(signs, || work(&tokens))
            .unwrap_or_else(|| Err(vec![self.too_deep(0..self.text.len())]))
    }

    pub(super) fn too_deep(&self, range: Range<usize>) -> Problem {
        let message = format!("this expression is nested more than {DEEPEST} levels deep");
        Problem::new(range, EXPR_TOO_LARGE, message)
    }

    /// Runs the parser over the whole snippet.
    pub(super) fn parse<T>(
        &self,
        tokens: &[TokenWithSpan],
        run: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T, Problem> {
        let dialect = PostgreSqlDialect {};
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(stack::RECURSION)
            .with_tokens_with_locations(in_parentheses(tokens));
        let parsed = run(&mut parser).map_err(|error| self.refused(error, tokens))?;
        let rest = parser.peek_token();
        if rest.token == Token::EOF {
            return Ok(parsed);
        }
        let range = self.range(rest.span);
        let found = &self.text[range.clone()];
        let message = format!("the expression ends before `{found}`");
        Err(self.hinted(Problem::new(range, EXPR_SYNTAX, message), tokens))
    }

    /// What the parser refuses, in our words.
    fn refused(&self, error: ParserError, tokens: &[TokenWithSpan]) -> Problem {
        let text = match error {
            ParserError::RecursionLimitExceeded => return self.too_deep(0..self.text.len()),
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        };
        let (message, place) = match text.split_once(" at Line: ") {
            Some((message, place)) => (message, place.split_once(", Column: ")),
            None => (&*text, None),
        };
        let range = place
            .and_then(|(line, column)| {
                let location = Location::new(line.parse().ok()?, column.trim().parse().ok()?);
                // The error names where a token starts: underline all of it.
                let token = tokens.iter().find(|token| token.span.start == location);
                let end = token.map_or(location, |token| token.span.end);
                Some(self.range(Span::new(location, end)))
            })
            .unwrap_or_else(|| self.one_from(self.text.trim_end().len()));
        let message = match message
            .strip_prefix("Expected: ")
            .and_then(|rest| rest.split_once(", found: "))
        {
            Some((expected, "EOF")) => {
                format!(
                    "expected {}, found the end of the expression",
                    article(expected)
                )
            }
            Some((expected, found)) => {
                format!("expected {}, found `{found}`", article(expected))
            }
            None => uncapitalised(message.trim_end_matches('.')),
        };
        self.hinted(Problem::new(range, EXPR_SYNTAX, message), tokens)
    }

    /// The way out of a refusal that is met often.
    fn hinted(&self, problem: Problem, tokens: &[TokenWithSpan]) -> Problem {
        let words: Vec<_> = tokens
            .iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)))
            .collect();
        let at = words
            .iter()
            .position(|token| self.range(token.span).start >= problem.range.start);
        let Some(at) = at else {
            return problem;
        };
        let found = &self.text[self.range(words[at].span)];
        let before = at.checked_sub(1).map(|before| &words[before].token);
        let claim = [Some("auth"), Some("."), Some("claim")];
        let next = |offset: usize| words.get(at + offset);
        let text = |offset: usize| next(offset).map(|token| &self.text[self.range(token.span)]);
        match (before, &words[at].token) {
            (Some(Token::Word(word)), Token::Word(_))
                if word.keyword == Keyword::IN && [0, 1, 2].map(text) == claim =>
            {
                problem.help("for a claim that is a list, write `in auth.claims('…')`")
            }
            (Some(Token::Word(word)), Token::Word(_)) if word.keyword == Keyword::IN => {
                problem.help(format!("write `in ({found})`, with parentheses"))
            }
            (Some(Token::Word(word)), Token::LBracket) if word.keyword == Keyword::IN => {
                problem.help("write the list in parentheses: `in ('a', 'b')`")
            }
            (Some(Token::Eq), Token::Eq) => problem.help("write `=`"),
            (_, Token::Ampersand | Token::Overlap) => problem.help("write `and`"),
            (_, Token::ExclamationMark) => problem.help("write `not`"),
            (_, Token::Word(word)) if word.keyword != Keyword::NoKeyword => problem.help(format!(
                "`{found}` is a word of SQL: for a column of that name, write `\"{found}\"`"
            )),
            _ => problem,
        }
    }
}

/// The tokens, with parentheses around a call that follows `in`: `x in auth.claims('a.b')` is `x in (auth.claims('a.b'))`.
fn in_parentheses(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let is_word = |token: &Token, text: &str| matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text));
    let seen: Vec<usize> = (0..tokens.len())
        .filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_)))
        .collect();
    let mut wrapped = tokens.to_vec();
    // From the end, so that places before stay as they are.
    for at in (0..seen.len()).rev() {
        let token = |offset: usize| seen.get(at + offset).map(|index| &tokens[*index].token);
        let begins = token(0).is_some_and(|token| is_word(token, "in"))
            && token(1).is_some_and(|token| is_word(token, "auth"))
            && token(2) == Some(&Token::Period)
            && token(3).is_some_and(|token| is_word(token, "claims"))
            && token(4) == Some(&Token::LParen);
        if !begins {
            continue;
        }
        let end = (at + 5..seen.len()).find(|place| tokens[seen[*place]].token == Token::RParen);
        if let Some(end) = end {
            let (first, last) = (seen[at + 1], seen[end]);
            let with = |token: Token, like: usize| TokenWithSpan::new(token, tokens[like].span);
            wrapped.insert(last + 1, with(Token::RParen, last));
            wrapped.insert(first, with(Token::LParen, first));
        }
    }
    wrapped
}

fn article(expected: &str) -> String {
    let word = expected.trim_end_matches(':');
    let plain = word.starts_with("an ") || word.starts_with("a ") || word.starts_with("one ");
    if plain || word.contains(' ') {
        word.to_owned()
    } else {
        format!("`{word}`")
    }
}

fn uncapitalised(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
