//! Every tracked file: how it opens, and words that belong to one machine or one registry.

use std::fs;
use std::process::Command;

use tests::cases::workspace;

/// A tracked text file, or one that is about to be.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

pub(super) fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(workspace())
        .output()
        .expect("git lists the files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let found: Vec<File> = String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .split_terminator('\0')
        // A file that is deleted but not committed yet is still listed.
        .filter_map(|path| {
            let bytes = fs::read(workspace().join(path)).ok()?;
            Some(File {
                path: path.to_owned(),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            })
        })
        .collect();
    assert!(
        found.len() > 20,
        "the workspace holds more than {} files",
        found.len()
    );
    found
}

/// Rust written by hand: no inputs and expectations of cases, no templates, nothing that `codegen` writes.
fn is_source(file: &File) -> bool {
    let is_case = file.path.contains("/cases/") || file.path.starts_with("tests/ui/fail/");
    let is_template = file.path.starts_with("templates/");
    let generated = file.path.contains("/generated/")
        || file
            .text
            .lines()
            .take(3)
            .any(|line| line.contains("@generated"));
    file.path.ends_with(".rs") && !is_case && !is_template && !generated
}

pub(super) fn report(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn every_source_file_opens_with_a_sentence() {
    let silent = files()
        .into_iter()
        .filter(|file| is_source(file) && !opens_with_a_sentence(&file.text))
        .map(|file| file.path)
        .collect();
    report(
        "these do not open with `//!` and a sentence that ends",
        silent,
    );
}

fn opens_with_a_sentence(text: &str) -> bool {
    let paragraph: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//! "))
        .collect();
    paragraph
        .last()
        .is_some_and(|last| last.ends_with(['.', ':', '?']))
}

#[test]
fn a_sentence_is_told_from_its_absence() {
    for good in [
        "//! One idea.\n",
        "//! One idea,\n//! on two lines.\n//!\n//! More\n",
        "//! What it prints:\n",
    ] {
        assert!(opens_with_a_sentence(good), "{good}");
    }
    for bad in [
        "",
        "use std::fmt;\n//! One idea.\n",
        "// One idea.\n",
        "//! one idea\nuse std::fmt;\n",
        "\n//! One idea.\n",
    ] {
        assert!(!opens_with_a_sentence(bad), "{bad}");
    }
}

#[test]
fn nothing_is_switched_off() {
    // In two pieces, so that this file is no finding of its own.
    let switches = [concat!("#[", "ignore"), concat!("#![", "allow(")];
    let found = files()
        .iter()
        .filter(|file| is_source(file))
        .flat_map(|file| lines_with(file, &switches))
        .collect();
    report("a test or a lint is switched off", found);
}

#[test]
fn no_file_names_a_registry_host() {
    let hosts = [
        concat!("crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("pypi", ".org"),
        concat!("python", "hosted.org"),
        concat!("deb", ".debian.org"),
        concat!("security.debian", ".org"),
        concat!("archive.ubuntu", ".com"),
    ];
    // Cargo's own name of its default registry, which every lock file of every project holds.
    let default_registry = concat!("registry+https://github.com/rust-lang/crates", ".io-index");
    let found = files()
        .into_iter()
        .map(|file| File {
            text: file.text.replace(default_registry, ""),
            ..file
        })
        .flat_map(|file| lines_with(&file, &hosts))
        .collect();
    report("a registry host is named", found);
}

#[test]
fn no_lock_of_node_packages_says_where_they_came_from() {
    let found = files()
        .iter()
        .filter(|file| file.path.ends_with("package-lock.json"))
        .flat_map(|file| lines_with(file, &["\"resolved\":"]))
        .collect();
    report(
        "npm writes these unless .npmrc says omit-lockfile-registry-resolved",
        found,
    );
}

fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    place(file, |line| words.iter().any(|word| line.contains(word)))
}

fn place(file: &File, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| is_wrong(line))
        .map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim()))
        .collect()
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    let found = files()
        .iter()
        .flat_map(|file| place(file, names_a_machine_folder))
        .collect();
    report("a folder of one machine is named", found);
}

/// Whether a line holds an absolute path into a home or working folder.
fn names_a_machine_folder(line: &str) -> bool {
    ["home", "work", "root", "Users"].iter().any(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            // The end of a relative path or of an address is no absolute path.
            !before.is_some_and(|c| c.is_alphanumeric() || "_-./~})*>".contains(c))
        })
    })
}

#[test]
fn a_machine_folder_is_told_from_other_paths() {
    for folder in ["home", "work", "root", "Users"] {
        for line in [
            format!("/{folder}/x"),
            format!("cd \"/{folder}/x\""),
            format!("path=/{folder}/x"),
        ] {
            assert!(names_a_machine_folder(&line), "{line}");
        }
        for line in [
            format!("src/{folder}/x"),
            format!("https://x.test/{folder}/"),
            format!("/{folder}"),
        ] {
            assert!(!names_a_machine_folder(&line), "{line}");
        }
    }
}
