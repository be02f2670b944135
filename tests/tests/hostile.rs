//! Input that means harm, or that no editor would have saved: it ends quickly, in a report of few words, without a panic.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::read;

const START: &str = "synctable: 1\napp: tasks\n";

/// More than any of these takes on a busy machine, and less than what is not linear.
const PATIENCE: Duration = Duration::from_secs(60);

/// The codes that a file draws, and the length of the report.
fn drawn(what: &str, bytes: &[u8]) -> (BTreeSet<&'static str>, usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("app.yaml"), bytes).expect("a file can be written");
    let start = Instant::now();
    let reading = read(folder.path());
    let took = start.elapsed();
    assert!(took < PATIENCE, "{what}: {took:?}");
    let text = render(
        Format::Human(Color::Never),
        &reading.diagnostics,
        &reading.sources,
    );
    let codes = reading
        .diagnostics
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    (codes, text.len())
}

#[test]
fn hostile_input_is_refused_in_few_words() {
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |yaml, level| {
        let below = format!("*a{}, ", level - 1).repeat(9);
        format!("{yaml}a{level}: &a{level} [{below}]\n")
    });
    let mega = "x".repeat(1 << 20);
    let notes = format!(
        "{START}tables:\n  notes:\n    sync: none\n    columns:\n      id: {{kind: uuid, key: true}}\n"
    );
    for (what, code, yaml) in [
        ("aliases that would expand to gigabytes", "S007", bomb),
        ("a key of a megabyte", "S003", format!("{START}{mega}: 1\n")),
        (
            "an explicit key of a megabyte",
            "S006",
            format!("{START}? {mega}\n: 1\n"),
        ),
        (
            "a name of a megabyte",
            "S006",
            format!("{START}enums: {{s: [{mega}]}}\n"),
        ),
        (
            "a table of two hundred kilobytes of name",
            "S111",
            format!(
                "{START}enums: {{s: [a]}}\ntables: {{? {} : null}}\n",
                "x".repeat(200 << 10)
            ),
        ),
        (
            "lists without end",
            "S004",
            format!("{START}enums: {}", "[".repeat(1 << 20)),
        ),
        (
            "mappings without end",
            "S004",
            format!("{START}enums: {}", "{a: ".repeat(1 << 20)),
        ),
        (
            "a thousand copies of one key",
            "S010",
            format!("{START}{}", "app: x\n".repeat(1_000)),
        ),
        (
            "two million values",
            "S005",
            format!("{START}enums: [{}]", "1,".repeat(2_000_000)),
        ),
        ("more than 16 MiB", "S002", " ".repeat((16 << 20) + 1)),
        (
            "parentheses without end",
            "S302",
            format!(
                "{notes}      n: {{kind: int, check: \"{}\"}}\n",
                "(".repeat(100_000)
            ),
        ),
        (
            "a condition of a hundred kilobytes",
            "S302",
            format!(
                "{notes}      n: {{kind: int, check: \"{} n = 1\"}}\n",
                "n = 1 or ".repeat(10_000)
            ),
        ),
    ] {
        let (codes, length) = drawn(what, yaml.as_bytes());
        assert!(codes.contains(code), "{what}: {codes:?}");
        assert!(length < 100_000, "{what}: a report of {length} bytes");
    }
}

#[test]
fn what_an_editor_adds_is_no_mistake() {
    let lines = format!("{START}enums: {{status: [open]}}\n");
    for (what, yaml) in [
        ("a byte order mark", format!("\u{feff}{lines}")),
        ("Windows line breaks", lines.replace('\n', "\r\n")),
        ("a last line that is not ended", lines.trim_end().to_owned()),
        (
            "blank lines and comments",
            format!("# tasks\n\n{lines}\n\n# end\n"),
        ),
        ("a document's first line", format!("---\n{lines}")),
    ] {
        let (codes, _) = drawn(what, yaml.as_bytes());
        assert_eq!(codes, BTreeSet::new(), "{what}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    for (what, code, value) in [
        ("a byte that is not UTF-8", "S001", &b"caf\xe9"[..]),
        ("half of a pair of UTF-16", "S001", b"\xed\xa0\x80"),
        ("a NUL", "S003", b"a\0b"),
        ("a quoted NUL", "S127", b"\"a\\0b\""),
        ("a bell", "S003", b"a\x07b"),
        ("text that turns around", "S127", "a\u{202e}b".as_bytes()),
        (
            "a byte order mark in the middle",
            "S127",
            "a\u{feff}b".as_bytes(),
        ),
    ] {
        let mut bytes = START.as_bytes().to_vec();
        bytes.extend_from_slice(b"doc: ");
        bytes.extend_from_slice(value);
        bytes.push(b'\n');
        let (codes, _) = drawn(what, &bytes);
        assert_eq!(codes, BTreeSet::from([code]), "{what}");
    }
}
