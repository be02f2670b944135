//! What is read, what is refused, where, and how much it may cost.

use super::*;

/// The tree in a short notation, and the mistakes as `line:column-column code message`.
fn read(yaml: &str) -> (Option<String>, Vec<String>) {
    let mut sources = crate::diagnostic::Sources::new();
    let file = sources.add("a.yaml", yaml).unwrap();
    let mut cx = Diagnostics::new();
    let node = parse(file, sources.text(file), &mut cx);
    let found = cx.into_sorted();
    let mistakes = found.iter().map(|d| {
        let place = sources.position(d.span.expect("a place"));
        let (line, column, end) = (place.line, place.column, place.end_column);
        format!("{line}:{column}-{end} {} {}", d.code, d.message)
    });
    (node.map(|node| show(&node)), mistakes.collect())
}

fn show(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, style } => match style {
            Style::Plain => text.clone(),
            Style::SingleQuoted => format!("'{text}'"),
            Style::DoubleQuoted => format!("\"{text}\""),
            Style::Literal => format!("|{text:?}"),
            Style::Folded => format!(">{text:?}"),
        },
        Value::Sequence(items) => {
            format!(
                "[{}]",
                items.iter().map(show).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, node)| format!("{}: {}", key.text, show(node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Refused => "<refused>".to_owned(),
    }
}

fn assert_reads(yaml: &str, tree: &str) {
    assert_eq!(read(yaml), (Some(tree.to_owned()), vec![]), "{yaml:?}");
}

fn assert_refuses(yaml: &str, tree: &str, mistakes: &[&str]) {
    let (found, found_mistakes) = read(yaml);
    assert_eq!(found_mistakes, mistakes, "{yaml:?}");
    assert_eq!(found.unwrap_or_default(), tree, "{yaml:?}");
}

#[test]
fn every_style_is_kept_and_order_is_as_written() {
    assert_reads(
        "b: x\na: ['y', \"z\", null, \"null\"]\nc: |\n  l\nd: >-\n  f\n  g\ne:\n",
        "{b: x, a: ['y', \"z\", null, \"null\"], c: |\"l\\n\", d: >\"f g\", e: }",
    );
    assert_reads("a: 1\r\nb:\r\n  - 2\r\n", "{a: 1, b: [2]}");
    assert_reads("\u{feff}a: 1\n", "{a: 1}");
    assert_reads("", "");
    assert_reads("# nothing\n", "");
    assert_reads("---\na: 1\n...\n", "{a: 1}");
}

#[test]
fn spans_cover_what_was_written() {
    let yaml = "a:\n  b: [x, 'y']\n  c: |\n    l\n\nd:\ne: {f: 1}\n";
    let mut sources = crate::diagnostic::Sources::new();
    let file = sources.add("a.yaml", yaml).unwrap();
    let mut cx = Diagnostics::new();
    let root = parse(file, yaml, &mut cx).unwrap();
    assert_eq!(cx.into_sorted(), []);
    let slice = |path: &[&str]| {
        let node = path.iter().fold(&root, |node, key| node.get(key).unwrap());
        sources.slice(node.span)
    };
    assert_eq!(slice(&["a", "b"]), "[x, 'y']");
    assert_eq!(slice(&["a", "c"]), "l");
    assert_eq!(slice(&["a"]), "b: [x, 'y']\n  c: |\n    l");
    assert_eq!(slice(&["d"]), "d");
    assert_eq!(slice(&["e"]), "{f: 1}");
}

#[test]
fn a_key_given_twice_is_refused_with_both_places() {
    assert_refuses(
        "a: 1\nb: 2\na: 3\n'a': 4\n",
        "{a: 1, b: 2}",
        &[
            "3:1-2 S010 `a` is given twice",
            "4:1-4 S010 `a` is given twice",
        ],
    );
    let mut cx = Diagnostics::new();
    parse(FileId(0), "a: 1\na: 2\n", &mut cx);
    let first = Span {
        file: FileId(0),
        start: 0,
        end: 1,
    };
    assert_eq!(
        cx.into_sorted()[0].labels,
        [(first, "first given here".to_owned())]
    );
}

#[test]
fn anchors_aliases_merge_keys_and_tags_are_refused_together() {
    assert_refuses(
        "a: &x 1\nb: *x\nc: {<<: *y, d: !!str 2}\n\"<<\": 3\n",
        "{a: 1, b: <refused>, c: {d: 2}, <<: 3}",
        &[
            "1:4-6 S007 the anchor `x` is not allowed",
            "2:4-6 S007 aliases are not allowed",
            "3:5-7 S007 merge keys are not allowed",
            "3:16-21 S008 tags are not allowed",
        ],
    );
}

#[test]
fn an_alias_bomb_costs_nothing() {
    let mut yaml = "a0: &a0 [x]\n".to_owned();
    for level in 1..60 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        yaml.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let (tree, mistakes) = read(&yaml);
    assert_eq!((tree, mistakes.len()), (None, MISTAKES));
}

#[test]
fn a_second_document_is_refused() {
    assert_refuses(
        "a: 1\n---\nb: 2\n",
        "",
        &["2:1-4 S009 a second document begins here"],
    );
}

#[test]
fn keys_are_names() {
    assert_refuses(
        "? [a]\n: 1\n? {b: c}\n: 2\n~: 3\n\"~\": 4\n: 5\n",
        "{~: 4}",
        &[
            "1:3-6 S011 expected a name as the key, found a list",
            "3:3-9 S011 expected a name as the key, found a mapping",
            "5:1-2 S011 the key is missing",
            "7:1-1 S011 the key is missing",
        ],
    );
}

#[test]
fn a_value_split_at_its_comma_is_recognised_and_joined() {
    assert_refuses(
        "e: {kind: decimal(10,2), nullable: true}\n",
        "{e: {kind: decimal(10,2), nullable: true}}",
        &["1:11-24 S012 the comma splits `decimal(10,2)`"],
    );
    assert_refuses(
        "{check: f(a, b, c), default: 1,5}",
        "{check: f(a, b, c), default: 1,5}",
        &[
            "1:9-19 S012 the comma splits `f(a, b, c)`",
            "1:30-33 S012 the comma splits `1,5`",
        ],
    );
    assert_refuses(
        "[text, decimal(10,2), f(g(x),y)]",
        "[text, decimal(10,2), f(g(x),y)]",
        &[
            "1:8-21 S012 the comma splits `decimal(10,2)`",
            "1:23-32 S012 the comma splits `f(g(x),y)`",
        ],
    );
}

#[test]
fn what_only_resembles_a_split_value_is_left_alone() {
    assert_reads("{kind: text, nullable}", "{kind: text, nullable: }");
    assert_reads("{kind: \"decimal(10,2)\"}", "{kind: \"decimal(10,2)\"}");
    assert_reads("[a(, b]", "[a(, b]");
    assert_reads("kind: decimal(10,2)\n", "{kind: decimal(10,2)}");
}

#[test]
fn the_end_of_the_yaml_has_a_place_and_a_way_out() {
    for (yaml, mistake, help) in [
        ("a:\n\tb: 1\n", "2:1-2 S003", "indent with spaces"),
        (
            "a: b: c\n",
            "1:5-6 S003",
            "quote a value that contains `: `",
        ),
        (
            "a: [1, 2\n",
            "1:4-5 S003",
            "close the open brace or bracket",
        ),
        ("a: 'x\n", "2:1-1 S003", "close the quote"),
        (
            "{check: v in ('a', 'b')}",
            "1:23-24 S003",
            "quote a value that contains a comma",
        ),
        ("%YAML 1.1\n---\na: 1\n", "1:1-2 S003", "remove lines"),
    ] {
        let (tree, mistakes) = read(yaml);
        assert_eq!(tree, None, "{yaml:?}");
        assert!(mistakes[0].starts_with(mistake), "{yaml:?}: {mistakes:?}");
        let mut cx = Diagnostics::new();
        parse(FileId(0), yaml, &mut cx);
        let found = cx.into_sorted();
        assert!(
            found[0].help[0].starts_with(help),
            "{yaml:?}: {:?}",
            found[0]
        );
    }
}

#[test]
fn budgets_hold() {
    let block = (0..70).map(|depth| format!("{}a:\n", " ".repeat(depth)));
    for deep in [
        format!("a: {}{}\n", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        "[".repeat(1 << 20),
        "{a: ".repeat(1 << 20),
        "- ".repeat(1 << 18),
        block.collect(),
    ] {
        let (tree, mistakes) = read(&deep);
        assert_eq!(tree, None);
        assert!(mistakes[0].contains("S004"), "{mistakes:?}");
    }
    let deepest = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert_reads(&deepest, &deepest);

    let long = format!("a: {}\nb: 1\n", "x".repeat(SCALAR_BYTES + 1));
    let (tree, mistakes) = read(&long);
    assert_eq!(tree.as_deref(), Some("{a: <refused>, b: 1}"));
    assert!(mistakes[0].contains("S006"), "{mistakes:?}");
}

#[test]
fn hostile_commas_are_read_in_linear_time() {
    for part in ["a(,", "x: y(,", "z,"] {
        for (open, close) in [("[", "]"), ("{q: f(,", "}")] {
            let yaml = format!("{open}{}{close}", part.repeat(30_000));
            let mut cx = Diagnostics::new();
            parse(FileId(0), &yaml, &mut cx);
            assert!(cx.into_sorted().len() <= MISTAKES);
        }
    }
}
