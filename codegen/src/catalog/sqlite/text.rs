//! The statements that SQLite keeps, taken apart as far as its pragmas do not tell.

/// What a `CREATE TABLE` says that no pragma tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TableText {
    /// Checks, with their names; one without a name has its own text as name.
    pub(super) checks: Vec<(String, String)>,
    /// Generated columns, with their expressions.
    pub(super) generated: Vec<(String, String)>,
    /// Unique constraints: name and columns.
    pub(super) uniques: Vec<(String, Vec<String>)>,
    /// Foreign keys: name, columns, and whether they wait for the end of the transaction.
    pub(super) foreign_keys: Vec<(String, Vec<String>, bool)>,
}

/// Takes a `CREATE TABLE` apart.
pub(super) fn table(sql: &str) -> TableText {
    let mut told = TableText::default();
    let tokens = tokens(sql);
    for definition in split(inside(&tokens)) {
        let (name, rest) = match definition {
            [
                Token::Word(word),
                Token::Word(name) | Token::Quoted(name),
                rest @ ..,
            ] if is(word, "constraint") => (Some(name.clone()), rest),
            other => (None, other),
        };
        match rest {
            [Token::Word(word), body @ ..] if is(word, "check") => {
                let text = print(inside(body));
                told.checks
                    .push((name.unwrap_or_else(|| text.clone()), text));
            }
            [Token::Word(word), body @ ..] if is(word, "unique") => {
                told.uniques
                    .push((name.unwrap_or_default(), names(inside(body))));
            }
            [Token::Word(word), _, body @ ..] if is(word, "foreign") => {
                let deferred = body
                    .iter()
                    .any(|token| matches!(token, Token::Word(word) if is(word, "deferred")));
                told.foreign_keys
                    .push((name.unwrap_or_default(), names(inside(body)), deferred));
            }
            [Token::Word(column) | Token::Quoted(column), body @ ..] if name.is_none() => {
                let at = body
                    .iter()
                    .position(|token| matches!(token, Token::Word(word) if is(word, "as")));
                if let Some(at) = at {
                    told.generated
                        .push((column.clone(), print(inside(&body[at..]))));
                }
            }
            _ => {}
        }
    }
    told
}

/// The parts of a `CREATE INDEX` without their direction, and its condition.
pub(super) fn index(sql: &str) -> (Vec<String>, Option<String>) {
    let tokens = tokens(sql);
    let list = inside(&tokens);
    let parts = split(list).into_iter().map(|part| {
        let end = match part {
            [rest @ .., Token::Word(word)] if is(word, "desc") || is(word, "asc") => rest,
            whole => whole,
        };
        print(end)
    });
    let parts = parts.collect();
    let at = tokens
        .iter()
        .position(|token| matches!(token, Token::Word(word) if is(word, "where")));
    (parts, at.map(|at| print(&tokens[at + 1..])))
}

/// An expression's text in the one form that two texts are compared in.
pub(super) fn canonical(text: &str) -> String {
    print(&tokens(text))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word or a number.
    Word(String),
    /// A name in double quotes, without them.
    Quoted(String),
    /// A text, with its quotes.
    Text(String),
    /// Any other character.
    Mark(char),
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '-' if chars.peek() == Some(&'-') => drop(chars.by_ref().find(|c| *c == '\n')),
            '"' => tokens.push(Token::Quoted(quoted(&mut chars, '"'))),
            '\'' => tokens.push(Token::Text(format!(
                "'{}'",
                quoted(&mut chars, '\'').replace('\'', "''")
            ))),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                let more = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '.';
                while let Some(c) = chars.next_if(more) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
            c => tokens.push(Token::Mark(c)),
        }
    }
    tokens
}

/// The text up to the closing quote, where two stand for one.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, quote: char) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c == quote && chars.next_if_eq(&quote).is_none() {
            break;
        }
        text.push(c);
    }
    text
}

/// What stands in the first parentheses.
fn inside(tokens: &[Token]) -> &[Token] {
    let Some(open) = tokens.iter().position(|token| *token == Token::Mark('(')) else {
        return &[];
    };
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') if depth == 1 => return &tokens[open + 1..index],
            Token::Mark(')') => depth -= 1,
            _ => {}
        }
    }
    &tokens[open + 1..]
}

/// The pieces between the commas that stand in no parentheses.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    let pieces = tokens.split(|token| {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Mark(',')
    });
    pieces.filter(|piece| !piece.is_empty()).collect()
}

fn names(tokens: &[Token]) -> Vec<String> {
    let names = tokens.iter().filter_map(|token| match token {
        Token::Word(name) | Token::Quoted(name) => Some(name.clone()),
        Token::Text(_) | Token::Mark(_) => None,
    });
    names.collect()
}

fn print(tokens: &[Token]) -> String {
    let words: Vec<String> = tokens
        .iter()
        .map(|token| match token {
            Token::Word(word) => word.to_ascii_lowercase(),
            Token::Quoted(name) => format!("\"{name}\""),
            Token::Text(text) => text.clone(),
            Token::Mark(mark) => mark.to_string(),
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_apart() {
        let told = table(
            "CREATE TABLE \"a(b\" (id TEXT PRIMARY KEY, -- a comment, with a comma\n n INTEGER GENERATED ALWAYS AS (length(id) + 1) VIRTUAL,
             CONSTRAINT c CHECK (id IN ('x,', 'it''s')), CONSTRAINT u UNIQUE (id, n),
             CONSTRAINT f FOREIGN KEY (n) REFERENCES o (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
        );
        assert_eq!(
            told.checks,
            [("c".to_owned(), "id in ( 'x,' , 'it''s' )".to_owned())]
        );
        assert_eq!(
            told.generated,
            [("n".to_owned(), "length ( id ) + 1".to_owned())]
        );
        assert_eq!(
            told.uniques,
            [("u".to_owned(), vec!["id".to_owned(), "n".to_owned()])]
        );
        assert_eq!(
            told.foreign_keys,
            [("f".to_owned(), vec!["n".to_owned()], true)]
        );
    }

    #[test]
    fn an_index_is_taken_apart() {
        let (parts, condition) =
            index("CREATE INDEX i ON t (a, lower(b) DESC) WHERE a IS NOT NULL");
        assert_eq!(parts, ["a", "lower ( b )"]);
        assert_eq!(condition.as_deref(), Some("a is not null"));
    }
}
