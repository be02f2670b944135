//! The decoder: every form of the language is read, every mistake is reported, nothing makes it panic.

use std::path::Path;
use synctable_codegen::declaration::{Declaration, Origins, decode};
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, Place, Sources, render};
use synctable_codegen::source::{SourceFile, load, parse};

/// What a declaration of these files is read as, and the report on it.
struct Read {
    declaration: Declaration,
    sources: Sources,
    files: Vec<SourceFile>,
    /// Code and message of each diagnostic, in source order.
    found: Vec<String>,
    report: String,
}

fn read(texts: &[&str]) -> Read {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    let mut files = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let file = sources.add(format!("{index}.yaml"), *text).expect("UTF-8");
        let root = parse(file, sources.text(file), &mut cx).expect("YAML");
        files.push(SourceFile { file, root });
    }
    finish(files, sources, cx)
}

fn finish(files: Vec<SourceFile>, sources: Sources, mut cx: Diagnostics) -> Read {
    let declaration = decode(&files, &sources, &mut cx);
    let found = cx.into_sorted();
    let report = render(Format::Human(Color::Never), &found, &sources);
    Read {
        declaration,
        sources,
        files,
        found: found
            .iter()
            .map(|d| format!("{} {}", d.code, d.message))
            .collect(),
        report,
    }
}

/// A declaration with settings before the text; it has no mistakes.
#[track_caller]
fn clean(text: &str) -> Declaration {
    let read = read(&["synctable: 1\napp: tasks\n", text]);
    assert_eq!(read.report, "");
    read.declaration
}

/// The mistakes of a declaration with settings before the text.
fn mistakes(text: &str) -> Vec<String> {
    read(&["synctable: 1\napp: tasks\n", text]).found
}

#[test]
fn the_declarations_of_this_workspace_are_read_without_a_mistake() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in [
        "schema",
        "examples/powergit/schema",
        "examples/taskly/schema",
    ] {
        let mut sources = Sources::new();
        let mut cx = Diagnostics::new();
        let files = load(&workspace.join(folder), &mut sources, &mut cx);
        let read = finish(files, sources, cx);
        assert_eq!(read.report, "", "{folder}");
        assert!(!read.declaration.tables.is_empty(), "{folder}");
    }
}
