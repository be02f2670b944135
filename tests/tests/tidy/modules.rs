//! The arrows between the modules of `codegen`.

use std::fs;
use std::path::Path;

use tests::cases::workspace;

use crate::tidy::arrows::{Reference, references};

/// What a module may reach with `crate::`, itself always included.
enum May {
    /// These and nothing else.
    Only(&'static [&'static str]),
    /// Everything but these.
    NotThese(&'static [&'static str]),
}

/// What every module may reach: a word for a type.
const EVERYWHERE: &str = "map";

/// One row per top-level module; a module without a row only must not reach `cli`.
const ARROWS: &[(&str, May)] = &[
    ("diagnostic", May::Only(&[])),
    ("tree", May::Only(&[])),
    ("source", May::Only(&["diagnostic", "parallel", "bounded"])),
    ("bounded", May::Only(&[])),
    ("entry_names", May::Only(&[])),
    ("reach", May::Only(&["tree", "bounded"])),
    ("parallel", May::Only(&[])),
    ("hash", May::Only(&[])),
    ("map", May::Only(&[])),
    ("statements", May::Only(&[])),
    ("throwaway", May::Only(&[])),
    (
        "plan",
        May::Only(&[
            "source",
            "tree",
            "diagnostic",
            "parallel",
            "hash",
            "bounded",
            "entry_names",
        ]),
    ),
    ("declaration", May::NotThese(&["cli", "targets", "check"])),
    (
        "model",
        May::NotThese(&[
            "cli",
            "targets",
            "check",
            "source",
            "declaration",
            "tree",
            "catalog",
        ]),
    ),
    ("expr", May::NotThese(&["cli", "targets", "check"])),
    ("guard", May::Only(&["model", "expr"])),
    ("clients", May::Only(&["model", "diagnostic"])),
    (
        "check",
        May::Only(&[
            "source",
            "declaration",
            "model",
            "expr",
            "diagnostic",
            "parallel",
        ]),
    ),
    (
        "targets",
        // `catalog` for what a model asks a database for; DDL prints it, and a reader compares it.
        May::Only(&[
            "model",
            "tree",
            "diagnostic",
            "expr",
            "catalog",
            "guard",
            "parallel",
            // For `docs`, which prints who reads and writes each column.
            "exposure",
            "statements",
        ]),
    ),
    (
        "catalog",
        May::NotThese(&["cli", "targets", "check", "source", "declaration"]),
    ),
    (
        "loaded",
        May::Only(&["model", "targets", "diagnostic", "reading", "outputs"]),
    ),
    (
        "exposure",
        May::Only(&["model", "expr", "catalog", "targets"]),
    ),
    (
        "verify",
        May::Only(&[
            "model",
            "catalog",
            "ledger",
            "targets",
            "source",
            "diagnostic",
        ]),
    ),
    (
        "import",
        May::Only(&[
            "catalog",
            "model",
            "expr",
            "reading",
            "diagnostic",
            "exposure",
            "source",
        ]),
    ),
    (
        "lsp",
        // `reading` for a declaration, `targets` and `exposure` for what a hover shows of it.
        May::Only(&[
            "declaration",
            "diagnostic",
            "exposure",
            "model",
            "reading",
            "source",
            "targets",
        ]),
    ),
    ("cli", May::NotThese(&[])),
];

#[test]
fn modules_of_codegen_reach_along_the_arrows_only() {
    let root = workspace().join("codegen/src");
    let mut all = Vec::new();
    collect(&root, &root, &mut all);
    assert!(!all.is_empty(), "codegen refers to itself");
    let found: Vec<String> = all.iter().filter_map(violation).collect();
    assert!(
        found.is_empty(),
        "see ARCHITECTURE.md:\n  {}",
        found.join("\n  ")
    );
}

fn collect(root: &Path, folder: &Path, all: &mut Vec<Reference>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(root).expect("it is below the root");
            let mut module: Vec<String> = inside
                .with_extension("")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            if matches!(
                module.last().map(String::as_str),
                Some("mod" | "lib" | "main")
            ) {
                module.pop();
            }
            let text = fs::read_to_string(&path).expect("it can be read");
            all.extend(
                references(&module, &text)
                    .unwrap_or_else(|why| panic!("{}: {why}", path.display())),
            );
        }
    }
}

/// What is wrong with one reference, if anything is.
fn violation(reference: &Reference) -> Option<String> {
    let Reference { from, to } = reference;
    let (module, target) = (from.first()?.as_str(), to.first()?.as_str());
    let told = |why: &str| {
        Some(format!(
            "{} reaches {}: {why}",
            from.join("::"),
            to.join("::")
        ))
    };

    // A folder of `targets` is a target; a file there is shared by all.
    if module == "targets" && target == "targets" {
        let folder = |path: &[String]| path.get(1).filter(|name| is_target(name)).cloned();
        return match (folder(from), folder(to)) {
            (Some(one), Some(other)) if one != other => told("a target never reaches another"),
            _ => None,
        };
    }
    // Types and macros of the crate's root are no module.
    if module == target
        || target == EVERYWHERE
        || !target.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return None;
    }
    let row = ARROWS.iter().find(|(name, _)| *name == module);
    let may = row.map_or(&May::NotThese(&["cli"]), |(_, may)| may);
    match may {
        May::Only(these) if !these.contains(&target) => {
            told(&format!("{module} may reach only {}", these.join(", ")))
        }
        May::NotThese(these) if these.contains(&target) => {
            told(&format!("{module} never reaches {target}"))
        }
        _ => None,
    }
}

fn is_target(name: &str) -> bool {
    workspace().join("codegen/src/targets").join(name).is_dir()
        // So that the tests of this rule need no target to exist.
        || matches!(name, "left" | "right")
}

#[test]
fn a_wrong_arrow_between_modules_is_seen() {
    let verdict = |module: &[&str], text: &str| -> Vec<String> {
        let module: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
        references(&module, text)
            .unwrap()
            .iter()
            .filter_map(violation)
            .collect()
    };
    for (module, text) in [
        (&["model", "table"][..], "use crate::check::keys;"),
        (
            &["model"],
            "fn f() { let x: super::targets::Target = todo(); }",
        ),
        (
            &["targets", "left", "lower"],
            "use crate::{model::Model, targets::right::view};",
        ),
        (&["targets", "left", "lower"], "use super::super::right;"),
        (&["targets"], "use crate::declaration::Declaration;"),
        (&["check"], "fn f() { run!(crate::cli::print) }"),
        (&["plan"], "use crate::cli;"),
        (
            &["diagnostic"],
            "mod tests { use super::super::model::Model; }",
        ),
    ] {
        assert_eq!(verdict(module, text).len(), 1, "{module:?} {text}");
    }
    for (module, text) in [
        (
            &["targets", "left"][..],
            "use crate::targets::{Target, left::view, quoting}; use super::Temper;",
        ),
        (
            &["check", "keys"],
            "use crate::{diagnostic::Diagnostic, model::*, source as read};",
        ),
        (
            &["model"],
            "// use crate::check;\nconst S: &str = \"crate::check\"; pub(crate) fn f() {}",
        ),
        (
            &["model"],
            "use ::serde::Serialize; use std::source::check; use self::table::Table;",
        ),
        (&["cli"], "use crate::{check, targets, plan};"),
    ] {
        assert_eq!(
            verdict(module, text),
            Vec::<String>::new(),
            "{module:?} {text}"
        );
    }
}
