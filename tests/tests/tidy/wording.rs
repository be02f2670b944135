//! The phrases to avoid of `CONTRIBUTING.md`, in everything that a person reads.

use super::files::{File, files, report};

/// Where the table of phrases is.
const RULES: &str = "CONTRIBUTING.md";

/// Pages that still use some of the phrases; remove a page here when you rewrite it.
const OLD_PAGES: &[&str] = &["docs/performance.md", "docs/postgres.md", "docs/writes.md"];

/// Sources whose strings become SQL, Rust or JSON, not messages.
const PRINTERS: &[&str] = &[
    "codegen/src/catalog/",
    "codegen/src/declaration/keys.rs",
    "codegen/src/guard/",
    "codegen/src/targets/constants/lower.rs",
    "codegen/src/targets/mappers/",
    "codegen/src/targets/openapi/write.rs",
    "synctable/src/facts/",
];

/// A phrase to avoid, and longer ones with it that are fine.
#[derive(Debug)]
struct Phrase {
    avoid: String,
    except: Vec<String>,
}

impl Phrase {
    /// Whether a text uses the phrase as whole words, in any case.
    fn is_in(&self, text: &str) -> bool {
        let mut text = text.to_lowercase();
        for fine in &self.except {
            text = text.replace(fine.as_str(), "\u{1}");
        }
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_`".contains(c));
        text.match_indices(&self.avoid).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            !is_word(before) && !is_word(after)
        })
    }
}

/// The rows of the table: what to avoid, what to write instead, and exceptions.
fn phrases(rules: &str) -> Vec<Phrase> {
    let quoted = |cell: &str| -> Vec<String> {
        let parts = cell.split('"').skip(1).step_by(2);
        parts.map(str::to_lowercase).collect()
    };
    rules
        .split_once("| avoid | write instead | except |\n")
        .expect("the table is there")
        .1
        .lines()
        .skip(1)
        .map_while(|line| line.strip_prefix("| "))
        .flat_map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let except = quoted(cells.get(2).unwrap_or(&""));
            let avoid = quoted(cells[0]);
            assert!(!avoid.is_empty(), "a row quotes its phrases: {row}");
            avoid.into_iter().map(move |avoid| Phrase {
                avoid,
                except: except.clone(),
            })
        })
        .collect()
}

/// What a person reads of a file, line by line.
fn read_by_people(file: &File) -> Vec<(usize, String)> {
    let path = file.path.as_str();
    let is_page = path == "README.md"
        || path.starts_with("docs/") && path.ends_with(".md")
        || path.contains("/diagnostic/explain/");
    if is_page && !OLD_PAGES.contains(&path) {
        let lines = file.text.lines().enumerate();
        return lines
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect();
    }
    let is_message = ["codegen/src/", "synctable/src/", "macros/src/"]
        .iter()
        .any(|folder| path.starts_with(folder))
        && path.ends_with(".rs")
        && !path.ends_with("/tests.rs")
        && !path.contains("/tests/")
        && !PRINTERS.iter().any(|printer| path.starts_with(printer));
    if !is_message {
        return Vec::new();
    }
    match file.text.split_once("#[cfg(test)]\nmod ") {
        Some((code, _)) => strings(code),
        None => strings(&file.text),
    }
}

/// The string literals of Rust source, each with its line.
fn strings(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let end = closing(&rest[1..]);
            // A line that continues is one with the next.
            let text: Vec<&str> = rest[1..=end].split("\\\n").map(str::trim_start).collect();
            found.push((line, text.concat()));
            end + 2
        } else if let Some(hashes) = raw_hashes(rest) {
            let start = hashes + 2;
            let close = format!("\"{}", "#".repeat(hashes));
            let end = rest[start..].find(&close).expect("a raw string ends");
            found.push((line, rest[start..start + end].to_owned()));
            start + end + close.len()
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    found
}

/// The length of a string up to its closing quote.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    text.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })
    .expect("a string ends")
}

/// The number of `#` that open a raw string here.
fn raw_hashes(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a character literal, or of the quote of a lifetime.
fn character(text: &str) -> usize {
    let inner = &text[1..];
    if let Some(escape) = inner.strip_prefix('\\') {
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        let close = escape[escaped..].find('\'').expect("a character ends");
        return 2 + escaped + close + 1;
    }
    let length = inner.chars().next().map_or(0, char::len_utf8);
    match inner[length..].starts_with('\'') {
        true => length + 2,
        false => 1,
    }
}

#[test]
fn nothing_that_a_person_reads_uses_a_phrase_to_avoid() {
    let files = files();
    let rules = files.iter().find(|file| file.path == RULES);
    let phrases = phrases(&rules.expect("the rules are there").text);
    assert!(phrases.len() > 30, "{} phrases", phrases.len());
    let mut found = Vec::new();
    let mut lines = 0;
    for file in &files {
        for (line, text) in read_by_people(file) {
            lines += 1;
            for phrase in phrases.iter().filter(|phrase| phrase.is_in(&text)) {
                found.push(format!(
                    "{}:{line}: \"{}\" in: {:.200}",
                    file.path,
                    phrase.avoid,
                    text.trim()
                ));
            }
        }
    }
    assert!(lines > 5000, "{lines} lines were read");
    report("CONTRIBUTING.md says what to write instead", found);
}

#[test]
fn a_phrase_is_found_as_whole_words_and_not_in_its_exceptions() {
    let table = "| avoid | write instead | except |\n| --- | --- | --- |\n\
                 | \"is no\", \"he\" | \"is not a\" | \"there is no\" |\n";
    let phrases = phrases(table);
    assert_eq!(phrases.len(), 2);
    let is_in = |text: &str| phrases.iter().any(|phrase| phrase.is_in(text));
    for bad in [
        "`x` is no kind",
        "what He may",
        "he",
        "it is no list: there is no",
    ] {
        assert!(is_in(bad), "{bad}");
    }
    for good in [
        "there is no kind",
        "the other",
        "this node",
        "`he`",
        "is not",
    ] {
        assert!(!is_in(good), "{good}");
    }
}

#[test]
fn strings_are_told_from_comments_and_characters() {
    let source = "// \"no\"\nlet a = \"one \\\n        two\"; 'x'; '\\''; '\"'; fn f<'a>() {}\n\
                  r#\"a \"b\" c\"#; \"it's \\\"so\\\"\"";
    let found: Vec<(usize, String)> = strings(source);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["one two", "a \"b\" c", "it's \\\"so\\\""]);
    assert_eq!(found[2].0, 4);
}
