//! What is refused: `cases/reject/<code>_<what>`, each with the report a person reads.

use std::collections::BTreeSet;
use std::path::Path;

use synctable_codegen::diagnostic::{CODES, Color, Diagnostic, Format, render};
use synctable_codegen::read;
use tests::cases::{cases, each};

/// Codes whose input is too large to keep; [`hostile_input_is_refused_in_few_words`] makes it.
const MADE: &[&str] = &["S002", "S005", "S006"];

/// Every mistake of the declaration in a folder, and the report.
fn report(folder: &Path) -> (Vec<Diagnostic>, String) {
    let reading = read(folder);
    let found = reading.diagnostics;
    let text = render(Format::Human(Color::Never), &found, &reading.sources);
    let prefix = format!("{}/", folder.display());
    (found, text.replace(&prefix, ""))
}

#[test]
fn every_mistake_is_reported_with_its_code_place_and_way_out() {
    each("reject", |case| {
        let (found, text) = report(&case.folder);
        case.expect("expected.txt", &text)?;
        let (code, _) = case.name.split_once('_').ok_or("no code in its name")?;
        if found
            .iter()
            .any(|diagnostic| diagnostic.code.as_str() == code)
        {
            Ok(())
        } else {
            Err(format!("{code} is not reported:\n{text}"))
        }
    });
}

#[test]
fn every_code_of_yaml_text_and_shape_has_a_case() {
    let named: BTreeSet<String> = cases("reject")
        .into_iter()
        .filter_map(|case| Some(case.name.split_once('_')?.0.to_owned()))
        .collect();
    let codes = CODES.iter().map(|info| info.code.as_str());
    let bare: Vec<&str> = codes
        .clone()
        .filter(|code| {
            (code.starts_with("S0") || code.starts_with("S1"))
                && !named.contains(*code)
                && !MADE.contains(code)
        })
        .collect();
    assert!(bare.is_empty(), "codes without a case: {bare:?}");
    let codes: BTreeSet<&str> = codes.collect();
    let unknown: Vec<&String> = named
        .iter()
        .filter(|name| !codes.contains(name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "cases of no code: {unknown:?}");
}

#[test]
fn hostile_input_is_refused_in_few_words() {
    let start = "synctable: 1\napp: tasks\n";
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |yaml, level| {
        let below = format!("*a{}, ", level - 1).repeat(9);
        format!("{yaml}a{level}: &a{level} [{below}]\n")
    });
    let mega = "x".repeat(1 << 20);
    for (what, code, yaml) in [
        ("aliases that would expand to gigabytes", "S007", bomb),
        ("a key of a megabyte", "S003", format!("{start}{mega}: 1\n")),
        (
            "an explicit key of a megabyte",
            "S006",
            format!("{start}? {mega}\n: 1\n"),
        ),
        (
            "a name of a megabyte",
            "S006",
            format!("{start}enums: {{s: [{mega}]}}\n"),
        ),
        (
            "lists without end",
            "S004",
            format!("{start}enums: {}", "[".repeat(1 << 20)),
        ),
        (
            "mappings without end",
            "S004",
            format!("{start}enums: {}", "{a: ".repeat(1 << 20)),
        ),
        (
            "a thousand copies of one key",
            "S010",
            format!("{start}{}", "app: x\n".repeat(1_000)),
        ),
        (
            "two million values",
            "S005",
            format!("{start}enums: [{}]", "1,".repeat(2_000_000)),
        ),
        ("more than 16 MiB", "S002", " ".repeat((16 << 20) + 1)),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("app.yaml"), yaml).expect("a file can be written");
        let (found, text) = report(folder.path());
        let codes: BTreeSet<&str> = found.iter().map(|d| d.code.as_str()).collect();
        assert!(codes.contains(code), "{what}: {codes:?}");
        assert!(
            text.len() < 100_000,
            "{what}: a report of {} bytes",
            text.len()
        );
    }
}
