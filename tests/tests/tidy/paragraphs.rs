//! Paragraphs of the README and of the pages of `docs/`: short enough for somebody who is busy.

use crate::tidy::files::{File, files, report};

/// How many words a paragraph or an item of a list may have.
const WORDS: usize = 80;

/// Every paragraph and item with the line that it begins in; no code, no tables, no headings.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_code = false;
    let mut is_open = false;
    for (line, text) in (1..).zip(text.lines()) {
        let trimmed = text.trim_start();
        if trimmed.starts_with("```") {
            is_code = !is_code;
        }
        let is_other = trimmed.starts_with("```") || trimmed.starts_with(['|', '#']);
        if is_code || is_other || trimmed.is_empty() {
            is_open = false;
            continue;
        }
        match found.last_mut().filter(|_| is_open && !is_item(trimmed)) {
            Some((_, paragraph)) => *paragraph += &format!(" {trimmed}"),
            None => found.push((line, trimmed.to_owned())),
        }
        is_open = true;
    }
    found
}

fn is_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || number.starts_with(". ")
}

#[test]
fn no_paragraph_is_long() {
    let is_page = |file: &&File| {
        ["README.md", "CONTRIBUTING.md"].contains(&file.path.as_str())
            || file.path.starts_with("docs/") && file.path.ends_with(".md")
    };
    let mut read = 0;
    let mut found = Vec::new();
    for file in files().iter().filter(is_page) {
        for (line, paragraph) in paragraphs(&file.text) {
            read += 1;
            let words = paragraph.split_whitespace().count();
            if words > WORDS {
                found.push(format!("{}:{line}: {words} words", file.path));
            }
        }
    }
    assert!(read > 500, "{read} paragraphs were read");
    report("split these, or make lists of them", found);
}

#[test]
fn items_and_paragraphs_are_told_apart() {
    let text = "# A heading\n\none\ntwo\n\n- an item\n  that goes on\n- another\n\n```sh\ncode\n```\n| a | table |\n1. first\n";
    let found: Vec<String> = paragraphs(text).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        found,
        ["one two", "- an item that goes on", "- another", "1. first"]
    );
}
