//! Any bytes, any text, and valid YAML damaged in any place are read without a panic, and every mistake can be shown.

use proptest::prelude::*;
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, Paths, Sources, Span, render};
use synctable_codegen::source::{Node, Value, locate, parse};

const DECLARATION: &str = r#"# A small app.
synctable: 1
app: tasks
enums: {todo_status: [open, done, "no"]}
domains: {hex_color: {kind: text, check: "matches(value, '^#[0-9a-f]{6}$')"}}
scopes:
  my_lists: |
    select list_id from list_members
      where user_id = auth.user_id()
tables:
  todos:
    doc: >-
      One line
      of a list.
    columns:
      id:       {kind: uuid, key: true}
      estimate: {kind: "decimal(10,2)", nullable: true, was: 'points'}
    indexes: {by_list: [list_id, status]}
    access:
      update: {before: list_id in (my_lists), after: 'it''s "\x41"'}
"#;

/// Pieces that mean something to YAML, to put where they do harm.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<",
    "!!str ",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "\t",
    "\n",
    "\r\n",
    "\r",
    " ",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "~",
    "null",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{1f600}",
    "\0",
    "\\ud83d",
    "decimal(10,2)",
    "yes",
    "a: &b {c: *b}\n",
];

/// Reads, walks and renders; fails when anything leaves its bounds.
fn read(bytes: &[u8]) {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    let root = match sources.add("schema/app.yaml", bytes) {
        Ok(file) => parse(file, sources.text(file), &mut cx),
        Err(diagnostic) => {
            cx.push(diagnostic);
            None
        }
    };
    assert!(
        root.is_some() || cx.has_errors(),
        "no tree without a reason"
    );
    if let Some(root) = &root {
        walk(root, &sources, &mut cx);
    }
    let found = cx.into_sorted();
    for diagnostic in &found {
        let span = diagnostic.span.expect("a mistake in a text has a place");
        assert_in_bounds(span, &sources);
    }
    for format in [
        Format::Human(Color::Never),
        Format::Human(Color::Always),
        Format::Json,
        Format::Github(Paths::default()),
        Format::Sarif(Paths::default()),
    ] {
        let text = render(format, &found, &sources);
        assert!(text.is_empty() || text.ends_with('\n'));
    }
    if let Some(first) = found.first() {
        let text = render(Format::Human(Color::Never), &found, &sources);
        let title = format!("{}[{}]: ", first.severity.as_str(), first.code);
        assert!(text.starts_with(&title), "{text}");
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
    }
}

/// Every span lies in the file and inside the span it belongs to, and every part of a value has a place in the value.
fn walk(node: &Node, sources: &Sources, cx: &mut Diagnostics) {
    assert_in_bounds(node.span, sources);
    let _ = (node.as_bool(cx), node.as_u32(0..=3, cx), node.as_label(cx));
    match &node.value {
        Value::Scalar { text, .. } => {
            for start in (0..=text.len()).step_by(text.len() / 8 + 1) {
                for end in [start, start + 1, text.len()] {
                    let span = locate(sources, node.span, text, start..end);
                    assert_in_bounds(span, sources);
                    assert!(node.span.start <= span.start && span.end <= node.span.end);
                }
            }
        }
        Value::Sequence(items) => {
            for item in items {
                walk(item, sources, cx);
            }
        }
        Value::Mapping(entries) => {
            for (key, value) in entries {
                assert_in_bounds(key.span, sources);
                walk(value, sources, cx);
            }
        }
        Value::Refused => {}
    }
}

fn assert_in_bounds(span: Span, sources: &Sources) {
    let text = sources.text(span.file);
    assert!(span.start <= span.end, "{span:?}");
    assert!(
        text.get(span.start as usize..span.end as usize).is_some(),
        "{span:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        read(&bytes);
    }

    #[test]
    fn any_text(text in "\\PC{0,64}(\\n\\PC{0,64}){0,4}") {
        read(text.as_bytes());
    }

    #[test]
    fn any_pieces_of_yaml(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        read(pieces.concat().as_bytes());
    }

    #[test]
    fn a_declaration_damaged_in_some_places(
        crlf in any::<bool>(),
        damages in proptest::collection::vec(
            (any::<proptest::sample::Index>(), 0..12_usize, proptest::sample::select(PIECES)),
            1..6,
        ),
    ) {
        let mut text = if crlf { DECLARATION.replace('\n', "\r\n") } else { DECLARATION.to_owned() };
        for (at, length, piece) in damages {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.floor_char_boundary((start + length).min(text.len())).max(start);
            text.replace_range(start..end, piece);
        }
        read(text.as_bytes());
    }

    /// Text that YAML carries unchanged in a quoted or block scalar is underlined exactly.
    #[test]
    fn a_part_of_a_value_is_found_where_it_is_written(
        words in proptest::collection::vec("[a-zäöü=(),'\"<>#]{1,6}", 1..12),
        breaks in proptest::collection::vec(any::<bool>(), 12),
        style in 0..4_usize,
        crlf in any::<bool>(),
        picked in any::<proptest::sample::Index>(),
    ) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let quote = |word: &str| match style {
            0 => word.replace('\'', "''"),
            1 => word.replace('"', "\\\""),
            _ => word.to_owned(),
        };
        let mut yaml = match style {
            0 => "a: '".to_owned(),
            1 => "a: \"".to_owned(),
            2 => format!("a: |{newline}  "),
            _ => format!("a: >-{newline}  "),
        };
        let picked = picked.index(words.len());
        let (mut expected, mut in_value) = (0..0, 0);
        for (index, word) in words.iter().enumerate() {
            let written = quote(word);
            if index == picked {
                expected = yaml.len()..yaml.len() + written.len();
            } else if index < picked {
                in_value += word.len() + 1;
            }
            yaml.push_str(&written);
            if index + 1 < words.len() {
                if breaks[index] {
                    yaml.push_str(newline);
                    yaml.push_str("  ");
                } else {
                    yaml.push(' ');
                }
            }
        }
        yaml.push_str(["'", "\"", "", ""][style]);
        yaml.push_str(newline);

        let mut sources = Sources::new();
        let file = sources.add("a.yaml", yaml.clone()).unwrap();
        let mut cx = Diagnostics::new();
        let root = parse(file, sources.text(file), &mut cx);
        prop_assert_eq!(cx.into_sorted(), vec![]);
        let root = root.unwrap();
        let node = root.get("a").unwrap();
        let Value::Scalar { text, .. } = &node.value else { panic!("a scalar") };
        prop_assert_eq!(&text[in_value..in_value + words[picked].len()], &*words[picked]);
        let span = locate(&sources, node.span, text, in_value..in_value + words[picked].len());
        prop_assert_eq!(span.start as usize..span.end as usize, expected);
    }
}
