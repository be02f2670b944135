//! No snippet makes the parser panic, hang or overflow the stack, and every problem underlines something.

use crate::expr::{Context, Known, Row, Scope, parse, parse_select};
use synctable::{Element, Kind, Scalar};

const PIECES: [&str; 92] = [
    "a",
    "n",
    "t",
    "j",
    "tags",
    "flag",
    "my_set",
    "nope",
    "\"a\"",
    "\"",
    "'x'",
    "'",
    "''",
    "'it''s'",
    "1",
    "0",
    "-1",
    "1.5",
    ".5",
    "1e9",
    "99999999999999999999",
    "(",
    ")",
    "((",
    "))",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    ":p",
    ":",
    "::",
    "::text",
    ";",
    "--",
    "/*",
    "*/",
    "=",
    "<>",
    "!=",
    "<",
    ">=",
    "==",
    "&&",
    "||",
    "|",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "~",
    "!",
    "@",
    "#",
    "->",
    "->>",
    "#>>",
    "$1",
    "$$",
    "?",
    "and",
    "or",
    "not",
    "is",
    "null",
    "true",
    "false",
    "distinct",
    "from",
    "in",
    "between",
    "like",
    "any",
    "all",
    "exists",
    "case",
    "when",
    "then",
    "else",
    "end",
    "select",
    "where",
    "auth.user_id()",
    "auth.claim('a.b')",
    "length(",
    "coalesce(",
    "substr(t, 1, 2)",
    "ü",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below a usize")
    }
}

fn row() -> Row {
    Row::new("todos")
        .with("a", Kind::Scalar(Scalar::Int))
        .with_nullable("n", Kind::Scalar(Scalar::Int))
        .with("t", Kind::Scalar(Scalar::Text))
        .with("j", Kind::Scalar(Scalar::Json))
        .with("flag", Kind::Scalar(Scalar::Bool))
        .with("tags", Kind::List(Element::Scalar(Scalar::Text)))
}

#[track_caller]
fn try_all(snippet: &str) {
    let mut known = Known::default();
    let row = row();
    known.tables.insert("todos".to_owned(), row.clone());
    known
        .scopes
        .insert("my_set".to_owned(), Some(Kind::Scalar(Scalar::Int)));
    let scope = Scope::new(&known, &row);
    let kind = Kind::Scalar(Scalar::Text);
    let contexts = [
        Context::Check,
        Context::Access,
        Context::StreamFilter,
        Context::IndexPart,
        Context::Generated(&kind),
        Context::Default(&kind),
    ];
    let found = contexts
        .into_iter()
        .map(|context| parse(snippet, &scope, context).map(drop))
        .chain([parse_select(snippet, &known).map(drop)]);
    for problems in found.filter_map(Result::err) {
        assert!(!problems.is_empty(), "{snippet:?}");
        for problem in problems {
            let text = snippet.get(problem.range.clone());
            let text = text.unwrap_or_else(|| panic!("{snippet:?}: {problem:?}"));
            assert!(
                !text.is_empty() || snippet.is_empty(),
                "{snippet:?}: {problem:?}"
            );
            assert!(!problem.message.ends_with('.'), "{problem:?}");
        }
    }
}

#[test]
fn any_soup_of_words_is_read_or_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..5_000 {
        let count = 1 + random.below(12);
        let words: Vec<_> = (0..count)
            .map(|_| PIECES[random.below(PIECES.len())])
            .collect();
        let joint = ["", " ", "\n"][random.below(3)];
        try_all(&words.join(joint));
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    let mut random = Random(7);
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..random.below(40))
            .map(|_| u8::try_from(random.below(256)).expect("a byte"))
            .collect();
        try_all(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn what_nests_or_chains_without_end_is_refused() {
    let many = 4_000;
    for (open, middle, close) in [
        ("(", "a", ")"),
        ("not ", "flag", ""),
        ("- ", "a", ""),
        ("", "a", " + a"),
        ("", "a", " and a"),
        ("", "t", " || t"),
        ("", "j", " -> 'a'"),
        ("case when flag then ", "a", " end"),
        ("coalesce(a, ", "a", ")"),
        ("length(", "t", ")"),
        ("a in (select a from todos where ", "flag", ")"),
        ("a = ", "a", ""),
        ("a in (", "1", ")"),
        ("", "a", " is null"),
        ("", "a", "::text"),
        ("", "a", "[1]"),
        ("", "a", ".b"),
        ("a between ", "1", " and 2"),
        ("[", "", "]"),
        ("{", "", "}"),
        ("\"", "a", "\""),
        ("exists (select ", "a", ")"),
        ("select a from (", "todos", ")"),
        ("cast(", "a", " as text)"),
    ] {
        for count in [60, 70, 130, 500, many] {
            try_all(&format!(
                "{}{middle}{}",
                open.repeat(count),
                close.repeat(count)
            ));
        }
    }
    try_all(&format!("a in ({}1)", "1,".repeat(7_000)));
    try_all(&"a".repeat(1 << 20));
    try_all(&format!("'{}'", "x".repeat(16_000)));
}
