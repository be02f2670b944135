//! docs/diagnostics.md is the table of codes.

use super::CODES;
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/diagnostics.md");

const HEAD: &str = "# Diagnostics

Every message has a code, such as `S241`.
`codegen explain S241` shows what it means, with a wrong and a right example; `codegen explain` lists all codes.
";

/// What the codes with this beginning are about, and the exit code of a run that reports one.
const ROOMS: [(&str, &str, &str); 8] = [
    ("S0", "The text of the YAML files", "1"),
    ("S1", "Keys and values", "1"),
    ("S2", "Tables, columns, keys and names", "1"),
    ("S3", "Expressions, access rules and scopes", "1"),
    ("S4", "Streams", "1"),
    ("S5", "What a target cannot express", "1"),
    ("E", "Files, folders and databases", "3"),
    (
        "D",
        "Outputs, migrations and live systems that differ",
        "4, or 5 where a live system differs",
    ),
];

#[test]
fn the_page_has_every_code() {
    let mut page = HEAD.to_owned();
    let mut listed = 0;
    for (beginning, about, exit) in ROOMS {
        let _ = write!(
            page,
            "\n## {about}\n\nThe exit code is {exit}.\n\n| code | what it says |\n| --- | --- |\n"
        );
        for info in CODES
            .iter()
            .filter(|info| info.code.as_str().starts_with(beginning))
        {
            listed += 1;
            let _ = writeln!(
                page,
                "| {} | {} |",
                info.code,
                info.title.replace('|', "\\|")
            );
        }
    }
    assert_eq!(listed, CODES.len(), "every code is in one room");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, page).expect("docs/diagnostics.md can be written");
        return;
    }
    let written = std::fs::read_to_string(PAGE).expect("docs/diagnostics.md is there");
    assert!(written == page, "run this test with BLESS=1");
}
