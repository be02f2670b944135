//! SQL that somebody wrote by hand, before it is printed: one expression, one type or one query, whole and nothing else.
//!
//! It stands in parentheses or behind a keyword of what is generated. So a comment, a `;` or a parenthesis that closes ours
//! would let it say more than its place holds. What is read here goes into the text as it is, and psql reads that too.

use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode, SyntaxToken};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest text of one expression or type, in bytes.
const LONGEST: usize = 8 << 10;

/// The longest text of one query or of statements.
const LONGEST_STATEMENTS: usize = 256 << 10;

/// How much may stand around a place in a text: bytes since the last comma or `;`, at every level of parentheses.
///
/// The parser's time grows with the square of how deep its tree is, and operators deepen it as parentheses do.
const WEIGHT: usize = 12 << 10;

/// Room for the parser, which calls itself for every level of nesting; it is only taken where it is used.
const STACK: usize = 256 << 20;

/// Why a text is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No parser reads it; the line, counted from zero, where it stops making sense.
    Syntax(usize),
    /// It is something else than one whole of its kind.
    NotOne(&'static str),
    /// It is longer than is read.
    TooLong,
}

/// One expression of Postgres.
///
/// # Errors
///
/// Anything else; also a subquery, which neither a check nor a default may hold.
///
/// ```
/// use synctable_codegen::expr::written::{Wrong, expression};
/// assert_eq!(expression("lower(title) <> ''"), Ok(()));
/// assert!(matches!(expression("1); drop table todos; --"), Err(Wrong::NotOne(_))));
/// ```
pub fn expression(text: &str) -> Result<(), Wrong> {
    let before = "select (\n";
    parsed(before, text, "\n)", LONGEST, &|root, all| {
        let whole = one(root, SyntaxKind::SELECT)
            && root.descendants().any(|node| {
                node.kind() == SyntaxKind::PAREN_EXPR
                    && usize::from(node.text_range().start()) == before.len() - 2
                    && usize::from(node.text_range().end()) == all
            });
        if !whole {
            return Err(Wrong::NotOne("it contains more than one expression"));
        }
        let selects = root
            .descendants()
            .filter(|node| matches!(node.kind(), SyntaxKind::SELECT | SyntaxKind::VALUES));
        match selects.count() {
            1 => Ok(()),
            _ => Err(Wrong::NotOne("it contains a query")),
        }
    })
}

/// One type of Postgres, as a column has it.
///
/// # Errors
///
/// Anything else; also the words that make a sequence (`serial`), and a set.
///
/// ```
/// use synctable_codegen::expr::written::{Wrong, column_type};
/// assert_eq!(column_type("double precision[]"), Ok(()));
/// assert!(matches!(column_type("text, x int"), Err(Wrong::NotOne(_))));
/// ```
pub fn column_type(text: &str) -> Result<(), Wrong> {
    let before = "create table t (c\n";
    if text.contains(['\n', '\t']) {
        return Err(Wrong::NotOne("it contains more than one line"));
    }
    let words = text.trim().trim_matches('"').to_lowercase();
    if [
        "serial",
        "bigserial",
        "smallserial",
        "serial2",
        "serial4",
        "serial8",
    ]
    .contains(&&*words)
    {
        return Err(Wrong::NotOne(
            "it creates a sequence, which a type cannot do",
        ));
    }
    parsed(before, text, "\n)", LONGEST, &|root, all| {
        let start = before.len() + text.len() - text.trim_start().len();
        let end = before.len() + text.trim_end().len();
        let spans = |node: &SyntaxNode, start: usize, end: usize| {
            let range = node.text_range();
            usize::from(range.start()) == start && usize::from(range.end()) == end
        };
        let mut columns = root
            .descendants()
            .filter(|node| node.kind() == SyntaxKind::COLUMN);
        let column = columns.next().filter(|_| columns.next().is_none());
        let is_type = |node: &SyntaxNode| {
            squawk_syntax::ast::Type::can_cast(node.kind()) && spans(node, start, end)
        };
        let whole = one(root, SyntaxKind::CREATE_TABLE)
            && root.first_child().is_some_and(|node| spans(&node, 0, all))
            && column.is_some_and(|column| column.children().any(|node| is_type(&node)));
        let strange = tokens(root)
            .any(|token| matches!(token.kind(), SyntaxKind::SETOF_KW | SyntaxKind::PERCENT));
        match whole && !strange {
            true => Ok(()),
            false => Err(Wrong::NotOne("it contains more than one type")),
        }
    })
}

/// One query of Postgres, as a view shows it; a `;` may end it.
///
/// # Errors
///
/// Anything else, and a comment at its end: what follows would be a part of it.
pub fn query(text: &str) -> Result<(), Wrong> {
    let text = text.trim().trim_end_matches(';').trim_end();
    parsed(
        "create view v as\n",
        text,
        "\n",
        LONGEST_STATEMENTS,
        &|root, _| match one(root, SyntaxKind::CREATE_VIEW) {
            true => Ok(()),
            false => Err(Wrong::NotOne("it contains more than one query")),
        },
    )
}

/// Statements of Postgres.
///
/// # Errors
///
/// What no parser reads.
pub fn statements(text: &str) -> Result<(), Wrong> {
    if is_too_large(text, LONGEST_STATEMENTS) {
        return Err(Wrong::TooLong);
    }
    mistake(text).map_or(Ok(()), |line| Err(Wrong::Syntax(line)))
}

/// One expression or query of SQLite, as far as its signs say it: SQLite itself reads the whole.
///
/// # Errors
///
/// A comment, a `;`, a parenthesis too much, or a text that does not end.
pub fn sqlite(text: &str) -> Result<(), Wrong> {
    const OPEN: Wrong = Wrong::NotOne("a quote in it is not closed");
    let text = text.trim().trim_end_matches(';');
    let mut rest = text;
    let mut depth = 0_usize;
    while let Some(c) = rest.chars().next() {
        let close = match c {
            '\'' | '"' | '`' => Some(c),
            '[' => Some(']'),
            _ => None,
        };
        if let Some(close) = close {
            // A doubled quote is the end of one text and the start of another.
            let end = rest[1..].find(close).ok_or(OPEN)?;
            rest = &rest[end + 2..];
            continue;
        }
        if rest.starts_with("--") || rest.starts_with("/*") {
            return Err(Wrong::NotOne("it contains a comment"));
        }
        match c {
            ';' => return Err(Wrong::NotOne("it contains a `;`")),
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1).ok_or(Wrong::NotOne(
                    "it closes a parenthesis that it did not open",
                ))?;
            }
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    match depth {
        0 => Ok(()),
        _ => Err(Wrong::NotOne("a parenthesis in it is not closed")),
    }
}

/// The line, counted from zero, of the first mistake in statements of Postgres.
pub fn mistake(text: &str) -> Option<usize> {
    within(|| {
        let error = SourceFile::parse(text).errors().into_iter().next()?;
        let start = usize::from(error.range().start());
        Some(line(text, start))
    })
    .unwrap_or(Some(0))
}

/// Reads a text in its place, its signs first: what ends its place is told before what it is parsed to.
fn parsed(
    before: &str,
    text: &str,
    after: &str,
    longest: usize,
    judge: &(dyn Fn(&SyntaxNode, usize) -> Result<(), Wrong> + Sync),
) -> Result<(), Wrong> {
    if is_too_large(text, longest) {
        return Err(Wrong::TooLong);
    }
    within(|| {
        let whole = format!("{before}{text}{after}");
        let parse = SourceFile::parse(&whole);
        let root = parse.syntax_node();
        let inside = before.len()..before.len() + text.len();
        signs(&root, &inside)?;
        if let Some(error) = parse.errors().first() {
            let at = usize::from(error.range().start()).clamp(inside.start, inside.end);
            return Err(Wrong::Syntax(line(text, at - inside.start)));
        }
        judge(&root, whole.len())
    })
    .unwrap_or(Err(Wrong::Syntax(0)))
}

fn is_too_large(text: &str, longest: usize) -> bool {
    let mut quote = None;
    let mut levels = vec![0_usize];
    let mut weight = 0_usize;
    let mut heaviest = 0_usize;
    for byte in text.bytes() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => continue,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[') => levels.push(0),
            (None, b')' | b']' | b',' | b';') => {
                let level = match byte {
                    b')' | b']' if levels.len() > 1 => levels.pop(),
                    _ => levels.last_mut().map(std::mem::take),
                };
                weight -= level.unwrap_or_default();
            }
            (None, _) => {}
        }
        if let Some(level) = levels.last_mut() {
            *level += 1;
            weight += 1;
            heaviest = heaviest.max(weight);
        }
    }
    text.len() > longest || heaviest > WEIGHT
}

/// Does the work where the parser has room; nothing where it gives up.
fn within<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || catch_unwind(AssertUnwindSafe(work)).ok());
        thread.ok()?.join().ok()?
    })
}

fn line(text: &str, at: usize) -> usize {
    let before = &text[..text.floor_char_boundary(at.min(text.len()))];
    before.matches('\n').count()
}

fn tokens(root: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    root.descendants_with_tokens()
        .filter_map(|element| element.into_token())
}

/// Whether a text is one statement of a kind.
fn one(root: &SyntaxNode, kind: SyntaxKind) -> bool {
    let mut statements = root.children();
    statements.next().is_some_and(|first| first.kind() == kind) && statements.next().is_none()
}

/// What may not stand in a text whatever it means: what ends its place, and what psql reads as its own.
fn signs(root: &SyntaxNode, inside: &std::ops::Range<usize>) -> Result<(), Wrong> {
    let is_query = root
        .first_child()
        .is_some_and(|node| node.kind() == SyntaxKind::CREATE_VIEW);
    let mut colon = false;
    for token in tokens(root) {
        let range = token.text_range();
        if !inside.contains(&usize::from(range.start())) {
            colon = false;
            continue;
        }
        let written = token.text();
        match token.kind() {
            // A query has lines of its own, and comments are good where they end with them.
            SyntaxKind::COMMENT if is_query && usize::from(range.end()) < inside.end => {}
            SyntaxKind::COMMENT => return Err(Wrong::NotOne("it contains a comment")),
            SyntaxKind::SEMICOLON => return Err(Wrong::NotOne("it contains a `;`")),
            _ if written == "\\" => return Err(Wrong::NotOne("it contains a `\\`")),
            _ if written.starts_with('$')
                && written[1..].starts_with(|c: char| c.is_ascii_digit()) =>
            {
                return Err(Wrong::NotOne("it contains a parameter"));
            }
            // `:name` is a variable of psql; `::` is a cast, and a slice may have a blank.
            _ if colon && written != ":" && token.kind() != SyntaxKind::WHITESPACE => {
                let name = written.starts_with(['\'', '"', '{', '_'])
                    || written.starts_with(char::is_alphabetic);
                let cast = token
                    .prev_token()
                    .and_then(|colon| colon.prev_token())
                    .is_some_and(|before| before.text() == ":");
                if name && !cast {
                    return Err(Wrong::NotOne(
                        "it contains a `:` right before a name, which psql reads as a variable: put a blank between them",
                    ));
                }
            }
            _ => {}
        }
        colon = written == ":";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_expression_is_read() {
        for text in [
            "1",
            " now() ",
            "a\n  and b",
            "'it''s; -- fine'",
            "E'\\'; -- '",
            "$$;$$ || $q$ -- $q$",
            "(a, b) = (1, 2)",
            "a::int",
            "tags[1 : n]",
            "array[1, 2]",
            "case when a then b end",
            "\"odd; name\" = U&'d\\0061t' uescape '!'",
            "nextval('s'::regclass)",
        ] {
            assert_eq!(expression(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_single_expression_is_refused() {
        for text in [
            "1 -- x",
            "1 /* x */",
            "/* a */ 1",
            "1; select 2",
            "1;",
            "1) , (2",
            "1); drop table x; --",
            "1, 2",
            "a as b",
            "*",
            "1 from t",
            "(select 1)",
            "exists (select 1)",
            "select 1",
            "(values (1))",
            "",
            "(",
            ")",
            "'",
            "\"",
            "$$",
            "$a$ $b$",
            "E'\\'",
            "1 \\ 2",
            "1 \\! ls",
            "tags[1:n]",
            "a :HOST",
            "a :'HOST'",
            "$1",
            "1 union select 2",
            "1 order by 1",
            "distinct 1",
            "1) where (true",
        ] {
            assert!(expression(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_type_is_read() {
        for text in [
            "vector(3)",
            "double precision",
            "timestamp(3) with time zone",
            "text[][]",
            "public.\"Odd Type\"",
            "geometry(Point, 4326)",
            "x('a')",
            "interval day to second",
            "bit varying(3)",
        ] {
            assert_eq!(column_type(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_single_type_is_refused() {
        for text in [
            "a b c",
            "text, x int",
            "text not null",
            "text default 1",
            "text check (true)",
            "text collate \"C\"",
            "text -- x",
            "text); drop table x; --",
            "text) inherits (x",
            "serial",
            "BigSerial",
            "setof text",
            "a.b%type",
            "text primary key",
            "text references x",
            "",
            "text\nx",
            "text; x",
            "1",
            "'a'",
            "generated always as identity",
        ] {
            assert!(column_type(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_query_is_read() {
        for text in [
            "select 1",
            "select 1 -- a\nfrom t;",
            "with a as (select 1) select * from a",
        ] {
            assert_eq!(query(text), Ok(()), "{text}");
        }
        for text in [
            "select 1; drop table x",
            "select 1 -- x",
            "select 1 /* x */",
            "delete from t",
            "select 1 \\g out",
            "",
        ] {
            assert!(query(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signs_of_sqlite_stay_in_their_place() {
        for text in [
            "1",
            "a in (1, 2)",
            "'it''s -- ;' || \"x;\" || [y)] || `;`",
            "x'ab'",
        ] {
            assert_eq!(sqlite(text), Ok(()), "{text}");
        }
        for text in [
            "1 -- x",
            "/* */ 1",
            "1; select 2",
            "1) or (2",
            "(",
            "'a",
            "[a",
            "1)",
        ] {
            assert!(sqlite(text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_text_ends_in_a_report() {
        for (what, text) in [
            ("parentheses", "(".repeat(4_000) + "1" + &")".repeat(4_000)),
            ("words", "not ".repeat(2_000) + "true"),
            ("signs", "- ".repeat(4_000) + "1"),
            ("a chain", "1".to_owned() + &"+1".repeat(4_000)),
            ("casts", "1".to_owned() + &"::int".repeat(1_600)),
            ("brackets", "array[".repeat(1_100) + &"]".repeat(1_100)),
            ("queries", "(select ".repeat(1_000)),
        ] {
            let read = expression(&text);
            assert!(!matches!(read, Err(Wrong::TooLong)), "{what}: {read:?}");
        }
        for text in ["1 + ", "((", "not ", "a, ("] {
            assert_eq!(expression(&text.repeat(20_000)), Err(Wrong::TooLong));
            assert_eq!(statements(&text.repeat(60_000)), Err(Wrong::TooLong));
            assert_eq!(query(&text.repeat(60_000)), Err(Wrong::TooLong));
        }
        // Long and flat is fine.
        assert_eq!(statements(&"select 1, 2, 3;\n".repeat(10_000)), Ok(()));
        assert_eq!(
            expression(&format!("a in ({}1)", "1, ".repeat(2_000))),
            Ok(())
        );
    }
}
