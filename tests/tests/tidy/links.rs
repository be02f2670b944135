//! Links between the pages: each leads to a file and a heading that are there. And every page is in the book.

use std::collections::{BTreeMap, BTreeSet};

use tests::cases::workspace;

use crate::tidy::files::{File, files, report};

/// The text without blocks of code and without code in lines, where brackets are no links.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let outside = line.split('`').step_by(2);
            out += &outside.collect::<Vec<_>>().join("`");
            out.push('\n');
        }
    }
    out
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let ends = prose.match_indices("](");
    ends.filter_map(|(at, _)| {
        let rest = &prose[at + 2..];
        Some(rest[..rest.find(')')?].to_owned())
    })
    .collect()
}

/// The anchors of the headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        if is_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let before = times.entry(anchor.clone()).or_insert(0);
        found.insert(match *before {
            0 => anchor,
            ref before => format!("{anchor}-{before}"),
        });
        *before += 1;
    }
    found
}

fn is_page(file: &&File) -> bool {
    let is_other = ["templates/", "tests/cases/"]
        .iter()
        .any(|folder| file.path.starts_with(folder));
    file.path.ends_with(".md") && !is_other && !file.path.contains("/diagnostic/explain/")
}

#[test]
fn every_link_leads_somewhere() {
    let all = files();
    let paths: BTreeSet<&str> = all.iter().map(|file| file.path.as_str()).collect();
    let pages: BTreeMap<&str, &File> = all
        .iter()
        .filter(is_page)
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut followed = 0;
    let mut wrong = Vec::new();
    for (path, page) in &pages {
        for link in links(&page.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => (*path).to_owned(),
                file => joined(path, file),
            };
            let is_folder = paths
                .iter()
                .any(|path| path.starts_with(&format!("{target}/")));
            if !paths.contains(target.as_str()) && !is_folder {
                wrong.push(format!("{path}: there is no `{link}`"));
            } else if !anchor.is_empty()
                && let Some(page) = pages.get(target.as_str())
                && !anchors(&page.text).contains(anchor)
            {
                wrong.push(format!("{path}: `{target}` has no heading `#{anchor}`"));
            }
        }
    }
    assert!(followed > 100, "{followed} links were followed");
    report("links that lead nowhere", wrong);
}

/// A link of the file `from`, from the workspace's folder.
fn joined(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_is_in_the_book_once() {
    let read = |path: &str| std::fs::read_to_string(workspace().join(path)).expect("it is there");
    assert!(read("book.toml").contains("src = \"docs\""));
    let mut listed = links(&read("docs/SUMMARY.md"));
    let mut pages: Vec<String> = files()
        .iter()
        .filter_map(|file| file.path.strip_prefix("docs/"))
        .filter(|path| path.ends_with(".md") && *path != "SUMMARY.md")
        .map(str::to_owned)
        .collect();
    listed.sort();
    pages.sort();
    assert_eq!(listed, pages);
}

#[test]
fn links_and_headings_are_read() {
    let text = "# A `b`: c\n[x](y.md#z) `[no](link)`\n```\n[no](link)\n# no\n```\n## A `b`: c\n";
    assert_eq!(links(text), ["y.md#z"]);
    assert_eq!(
        anchors(text).into_iter().collect::<Vec<_>>(),
        ["a-b-c", "a-b-c-1"]
    );
    assert_eq!(joined("docs/a.md", "../README.md"), "README.md");
}

/// The recipes of CONTRIBUTING.md name files that are there.
#[test]
fn every_path_of_a_recipe_exists() {
    let page = std::fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let (_, recipes) = page.split_once("\n## Recipes\n").expect("the heading");
    let (recipes, _) = recipes.split_once("\n## ").expect("another heading");
    let paths = recipes
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.contains('/') && !code.contains(' '))
        .filter(|code| !["before/app.yaml", "after/app.yaml"].contains(code));
    let (there, missing): (Vec<_>, Vec<_>) =
        paths.partition(|path| workspace().join(path).exists());
    assert!(there.len() > 30, "only {} paths were found", there.len());
    assert!(missing.is_empty(), "the recipes name {missing:?}");
}
