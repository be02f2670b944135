//! The command line as a person or a CI job meets it: exit codes, what is written, what is printed where.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What one run did.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("one JSON object on the standard output")
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A folder with a declaration whose outputs are in place and whose first migration is written.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["init"][..], &["generate"], &["migrate", "--name", "init"]] {
        let run = run(folder.path(), arguments);
        assert_eq!(run.code, 0, "{arguments:?}\n{}{}", run.out, run.err);
    }
    folder
}

/// A column of the declaration, whose name is in every output.
const TITLE: &str = r#"title: {kind: text, check: "length(title) between 1 and 500"}"#;

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).expect("the folder can be read") {
            let path = entry.expect("its entries can be read").path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let bytes = fs::read(&path).expect("it can be read");
                    found.insert(path, bytes);
                }
            }
        }
    }
    found
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&path).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).expect("it can be written");
}

#[test]
fn a_new_declaration_generates_and_is_fresh() {
    let folder = project();
    let before = files(folder.path());
    assert!(before.len() > 3);
    let check = run(folder.path(), &["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    assert!(check.out.ends_with("up to date\n"), "{}", check.out);
    let again = run(folder.path(), &["generate"]);
    assert_eq!(again.code, 0);
    assert!(!again.out.contains("wrote"), "{}", again.out);
    assert_eq!(files(folder.path()), before, "twice is once");
    let proof = run(folder.path(), &["check", "--self-test"]);
    assert_eq!(proof.code, 0, "{}{}", proof.out, proof.err);
    assert!(proof.out.contains("`check` found all "), "{}", proof.out);
}

#[test]
fn the_declaration_is_found_from_a_folder_below() {
    let folder = project();
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).expect("folders");
    let check = run(&below, &["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let named = run(&below, &["check", "--manifest", "../../schema/app.yaml"]);
    assert_eq!(named.code, 0, "{}{}", named.out, named.err);
    let lost = run(Path::new("/"), &["check"]);
    assert_eq!(lost.code, 3);
    assert!(lost.err.contains("E002"), "{}", lost.err);
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").expect("it is written");
    let other = run(folder.path(), &["generate", "--manifest", "Cargo.toml"]);
    assert_eq!(other.code, 3);
    assert!(
        other.err.contains("`Cargo.toml` is not a YAML file"),
        "{}",
        other.err
    );
}

#[test]
fn a_changed_declaration_makes_outputs_stale_and_a_migration_due() {
    let folder = project();
    edit(folder.path(), "between 1 and 200", "between 1 and 100");
    let before = files(folder.path());
    let check = run(folder.path(), &["check"]);
    assert_eq!(check.code, 4, "{}{}", check.out, check.err);
    assert!(check.err.contains("D010"), "{}", check.err);
    assert_eq!(files(folder.path()), before, "check writes nothing");
    let json = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(json.code, 4);
    assert_eq!(json.json()["format"], 1);
    let github = run(folder.path(), &["check", "--format", "github"]);
    assert!(github.out.contains("::error "), "{}", github.out);
    let generate = run(folder.path(), &["generate"]);
    assert_eq!(
        generate.code, 0,
        "a due migration does not hold up the rest"
    );
    assert!(generate.err.contains("warning[D010]"), "{}", generate.err);
    assert_eq!(run(folder.path(), &["migrate", "--rewrite"]).code, 0);
    assert_eq!(run(folder.path(), &["check"]).code, 0);
}

#[test]
fn an_edited_a_missing_and_a_foreign_file_are_told_apart() {
    let folder = project();
    let setup = folder.path().join("migrations/setup.sql");
    let text = fs::read_to_string(&setup).expect("the output");
    fs::write(&setup, format!("{text}-- by hand\n")).expect("it can be written");
    let edited = run(folder.path(), &["check"]);
    // A workflow runs where it wants; annotations need paths from the repository's folder.
    fs::create_dir_all(folder.path().join(".git")).expect("a folder");
    let below = folder.path().join("migrations/snapshots");
    let github = run(&below, &["check", "--format", "github"]);
    assert!(
        github.out.contains("::error file=migrations/setup.sql,"),
        "{}",
        github.out
    );
    let sarif = run(&below, &["check", "--format", "sarif"]);
    assert_eq!(sarif.code, 4);
    let sarif = sarif.json();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let is_setup = |one: &&serde_json::Value| {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "migrations/setup.sql"
    };
    assert_eq!(results.iter().filter(is_setup).count(), 1, "{sarif:#}");
    assert_eq!(edited.code, 4);
    assert!(
        edited.err.contains("D004") && edited.err.contains("--- by hand"),
        "{}",
        edited.err
    );
    fs::remove_file(&setup).expect("it can be removed");
    let missing = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(missing.code, 4);
    assert_eq!(missing.json()["problems"][0]["kind"], "missing");
    assert_eq!(run(folder.path(), &["generate"]).code, 0);

    let other = tempfile::tempdir().expect("a folder");
    assert_eq!(run(other.path(), &["init"]).code, 0);
    fs::create_dir(other.path().join("migrations")).expect("a folder");
    fs::write(other.path().join("migrations/setup.sql"), "ours\n").expect("it can be written");
    let before = files(other.path());
    let refused = run(other.path(), &["generate"]);
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("D005"), "{}", refused.err);
    assert_eq!(files(other.path()), before, "nothing is written");
}

#[test]
fn mistakes_of_the_declaration_are_all_listed_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["init"]).code, 0);
    edit(folder.path(), "sync: both", "snyc: both");
    edit(folder.path(), "kind: bool", "kind: boolean");
    let before = files(folder.path());
    for command in [
        &["generate"][..],
        &["check"],
        &["check", "--self-test"],
        &["migrate", "--name", "init"],
        &["show", "model"],
        &["show", "postgres"],
    ] {
        let run = run(folder.path(), command);
        assert_eq!(run.code, 1, "{command:?}\n{}{}", run.out, run.err);
        assert!(
            run.err.contains("did you mean `sync`?"),
            "{command:?}\n{}",
            run.err
        );
        assert!(run.err.contains("boolean"), "{command:?}\n{}", run.err);
    }
    assert_eq!(files(folder.path()), before);
    let json = run(folder.path(), &["generate", "--format", "json"]);
    assert_eq!(json.code, 1);
    assert!(
        json.json()["diagnostics"]
            .as_array()
            .is_some_and(|found| found.len() >= 2)
    );
    assert_eq!(
        run(folder.path(), &["show", "declaration"]).code,
        0,
        "it can be looked at"
    );
}

#[test]
fn wrong_usage_writes_nothing_and_exits_with_two() {
    let folder = project();
    edit(folder.path(), "between 1 and 200", "between 1 and 100");
    let before = files(folder.path());
    for arguments in [
        &[][..],
        &["genrate"],
        &["generate", "--force"],
        &["generate", "schema"],
        &["check", "--format", "xml"],
        &["migrate"],
        &["migrate", "--name", "second", "--at", "2020"],
        &["migrate", "--name", "second", "--allow-drop", "nothing"],
        &["migrate", "--name", "x", "--rewrite"],
        &["migrate", "--at", "20261201090000"],
        &["show"],
        &["show", "sqlit"],
        &["show", "sqlite", "lists"],
        &["show", "statements", "list"],
        &["explain", "S999"],
        &["completions", "basic"],
        &["init", "--app", "My App", "elsewhere"],
        &["init", "--path", "a", "--git", "b", "elsewhere"],
        &["init", "--rev", "0123abc", "elsewhere"],
        // There is no cargo workspace that the packages could be for.
        &[
            "init",
            "--git",
            "https://git.example/synctable",
            "elsewhere",
        ],
    ] {
        let run = run(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}\n{}{}", run.out, run.err);
        assert!(!run.err.is_empty() && run.out.is_empty(), "{arguments:?}");
    }
    assert_eq!(files(folder.path()), before);
    for arguments in [&["--help"][..], &["generate", "--help"], &["--version"]] {
        let run = run(folder.path(), arguments);
        assert!(
            run.code == 0 && run.err.is_empty() && !run.out.is_empty(),
            "{arguments:?}"
        );
    }
    assert_eq!(files(folder.path()), before);
}

#[test]
fn nothing_that_exists_is_overwritten_by_init() {
    let folder = project();
    let before = files(folder.path());
    let again = run(folder.path(), &["init"]);
    assert_eq!(again.code, 3);
    assert!(again.err.contains("already exists"), "{}", again.err);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn init_fits_a_project_of_typescript_and_supabase() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("supabase/migrations")).expect("a folder");
    fs::write(at("package.json"), "{}\n").expect("a file");
    let before = "20250101000000_first.sql";
    fs::write(at("supabase/migrations").join(before), "select 1;\n").expect("a file");
    let init = run(folder.path(), &["init", "--app", "notes"]);
    assert_eq!(init.code, 0, "{}", init.err);
    for told in [
        "`typescript` will be written to src/notes",
        "`postgres` will be written to supabase/migrations",
        "`powersync` will be written to powersync",
        "then run `codegen generate`",
    ] {
        assert!(init.out.contains(told), "{told}\n{}", init.out);
    }
    let migrate = run(folder.path(), &["migrate", "--name", "init"]);
    assert_eq!(migrate.code, 0, "{}", migrate.err);
    for command in ["generate", "check"] {
        let run = run(folder.path(), &[command]);
        assert_eq!(
            (run.code, run.err.as_str()),
            (0, ""),
            "{command}: {}",
            run.out
        );
    }
    for made in ["src/notes/index.ts", "powersync/sync-config.yaml"] {
        assert!(at(made).is_file(), "{made}");
    }
    let sum = fs::read_to_string(at("supabase/migrations/synctable.sum")).expect("the ledger");
    assert!(sum.contains(before), "what was there is kept\n{sum}");
}

#[test]
fn init_takes_the_targets_that_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").expect("a file");
    let unknown = run(folder.path(), &["init", "--target", "tpyescript"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("typescript"), "{}", unknown.err);
    // Nothing in Rust needs no packages.
    let init = run(
        folder.path(),
        &["init", "--target", "openapi", "--format", "json"],
    );
    assert_eq!(init.code, 0, "{}", init.err);
    assert_eq!(
        init.json()["targets"],
        serde_json::json!({"openapi": "../generated/openapi"})
    );
    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).expect("the manifest");
    assert_eq!(manifest, "[workspace]\n");
}

#[test]
fn init_in_a_cargo_workspace_adds_its_members() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = folder.path().join("Cargo.toml");
    fs::write(
        &manifest,
        "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n",
    )
    .expect("a file");
    let before = files(folder.path());
    let alone = run(folder.path(), &["init", "--app", "notes"]);
    assert_eq!(alone.code, 2, "{}", alone.err);
    assert!(
        alone.err.contains("--path") && alone.err.contains("--git"),
        "{}",
        alone.err
    );
    let no_checkout = run(folder.path(), &["init", "--path", "."]);
    assert_eq!(no_checkout.code, 3, "{}", no_checkout.err);
    assert_eq!(files(folder.path()), before, "nothing is written");
    let git = [
        "--git",
        "https://git.example/\"quoted\"",
        "--rev",
        "0123abc",
    ];
    let run_init = run(
        folder.path(),
        &[&["init", "--app", "notes"][..], &git].concat(),
    );
    assert_eq!(run_init.code, 0, "{}", run_init.err);
    assert!(
        run_init.out.contains("cargo run -p codegen -- generate"),
        "{}",
        run_init.out
    );
    let text = fs::read_to_string(manifest).expect("the manifest");
    assert!(
        text.contains("members = [\"app\", \"schema\", \"codegen\"]"),
        "{text}"
    );
    for made in [
        "schema/app.yaml",
        "schema/Cargo.toml",
        "schema/src/lib.rs",
        "codegen/Cargo.toml",
        "codegen/src/main.rs",
    ] {
        assert!(folder.path().join(made).is_file(), "{made}");
    }
    for (package, name) in [("schema", "synctable"), ("codegen", "synctable-codegen")] {
        let path = folder.path().join(package).join("Cargo.toml");
        let manifest = fs::read_to_string(path).expect("a manifest");
        let dependencies = manifest.split("[dependencies]\n").nth(1).expect("a table");
        let from = "git = 'https://git.example/\"quoted\"', rev = \"0123abc\"";
        assert_eq!(dependencies, format!("{name} = {{ {from} }}\n"));
    }
    assert_eq!(run(folder.path(), &["generate"]).code, 0);
    assert!(folder.path().join("schema/src/generated/mod.rs").is_file());
}

#[test]
fn each_stage_can_be_printed() {
    let folder = project();
    let model = run(folder.path(), &["show", "model"]).json();
    assert_eq!(model["format"], 1);
    assert_eq!(model["model"]["app"], "tasks");
    let declaration = run(folder.path(), &["show", "declaration"]).json();
    assert_eq!(
        declaration["declaration"]["tables"]["lists"]["sync"],
        "both"
    );
    let setup = run(folder.path(), &["show", "postgres"]);
    assert!(
        setup.out.starts_with("==> setup.sql <==\n"),
        "{}",
        setup.out
    );
    let files = run(folder.path(), &["show", "postgres", "--format", "json"]).json();
    assert!(files["files"]["setup.sql"].is_string());
    let statements = run(folder.path(), &["show", "statements", "lists"]);
    let first = "-- lists: PUT, row_security; $1 entries\nwith entry as materialized (\n";
    assert!(statements.out.starts_with(first), "{}", statements.out);
    let arguments = ["show", "statements", "--format", "json"];
    let statements = run(folder.path(), &arguments).json();
    let lists = &statements["tables"]["lists"];
    assert_eq!(lists["batching"]["put"], "together");
    let params = &lists["guarded"]["put"]["params"];
    assert_eq!(params, &serde_json::json!(["entries", "subject"]));
    let schema = run(folder.path(), &["schema"]).json();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let codes = run(folder.path(), &["explain"]);
    assert!(codes.out.contains("S101  an unknown key\n"));
    let one = run(folder.path(), &["explain", "s101"]);
    assert!(
        one.out.starts_with("# S101: ") && one.out.contains("Wrong:"),
        "{}",
        one.out
    );
    let completions = run(folder.path(), &["completions", "zsh"]);
    assert!(completions.out.contains("#compdef codegen"));
}

#[test]
fn no_target_takes_the_folder_of_the_declaration() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["init"]).code, 0);
    edit(
        folder.path(),
        "sqlite: ../generated/sqlite",
        "sqlite: ../schema",
    );
    let before = files(folder.path());
    for (at, arguments) in [
        ("", &["generate"][..]),
        ("schema", &["generate", "--manifest", "."]),
    ] {
        let refused = run(&folder.path().join(at), arguments);
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(refused.err.contains("S124"), "{}", refused.err);
    }
    assert_eq!(files(folder.path()), before);
    let nowhere = run(folder.path(), &["generate", "--manifest", "nowhere"]);
    assert_eq!(nowhere.code, 3, "{}", nowhere.err);
}

#[test]
fn colour_is_written_when_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["init"]).code, 0);
    let plain = run(folder.path(), &["check"]);
    assert!(!plain.err.contains('\u{1b}'));
    let coloured = run(folder.path(), &["check", "--color", "always"]);
    assert!(coloured.err.contains('\u{1b}'));
}

#[test]
fn a_build_script_generates_or_says_why_not() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["init"]).code, 0);
    let manifest = folder.path().join("schema");
    let applied = synctable_codegen::generate(&manifest).expect("a sound declaration");
    assert!(!applied.written.is_empty());
    let again = synctable_codegen::generate(&manifest).expect("a sound declaration");
    assert_eq!(again, synctable_codegen::plan::Applied::default());
    edit(folder.path(), "sync: both", "snyc: both");
    let refused = synctable_codegen::generate(&manifest).expect_err("a mistake");
    assert!(
        refused.to_string().contains("did you mean `sync`?"),
        "{refused}"
    );
}

#[test]
fn the_folder_of_the_app_is_as_good_as_the_folder_of_its_declaration() {
    let folder = project();
    let app = folder.path().to_str().expect("UTF-8");
    for manifest in [
        app,
        &format!("{app}/schema"),
        &format!("{app}/schema/app.yaml"),
    ] {
        let check = run(Path::new("/"), &["check", "--manifest", manifest]);
        assert_eq!(check.code, 0, "{manifest}\n{}{}", check.out, check.err);
    }
    // A folder that has a declaration of its own is not passed over.
    fs::write(
        folder.path().join("main.yaml"),
        "synctable: 1\napp: other\n",
    )
    .expect("written");
    let shown = run(Path::new("/"), &["show", "model", "--manifest", app]);
    assert!(!shown.out.contains("\"app\": \"tasks\""), "{}", shown.out);
}

#[test]
fn a_moved_target_takes_its_output_along_and_leaves_what_is_not_ours() {
    let folder = project();
    let root = folder.path();
    let old = root.join("generated/openapi");
    let text = fs::read(old.join("openapi.json")).expect("the output");
    fs::write(old.join(".keep"), "").expect("written");

    edit(root, "../generated/openapi", "../docs/api");
    let check = run(root, &["check"]);
    assert_eq!(check.code, 4, "{}{}", check.out, check.err);
    assert!(
        check.err.contains("D003") && check.err.contains("generated/openapi/openapi.json"),
        "{}",
        check.err
    );
    let generate = run(root, &["generate"]);
    assert_eq!(generate.code, 0, "{}{}", generate.out, generate.err);
    assert!(
        generate
            .out
            .contains("removed generated/openapi/openapi.json"),
        "{}",
        generate.out
    );
    assert_eq!(
        fs::read(root.join("docs/api/openapi.json")).ok(),
        Some(text)
    );
    let left: Vec<_> = files(&old).into_keys().collect();
    assert_eq!(left, [old.join(".keep")], "only what is not ours stays");
    assert_eq!(run(root, &["check"]).code, 0);

    // What somebody edited is theirs, and stops everything.
    let edited = root.join("docs/api/openapi.json");
    fs::write(&edited, "mine").expect("written");
    edit(root, "../docs/api", "../generated/openapi");
    let before = files(root);
    let refused = run(root, &["generate"]);
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("D005"), "{}", refused.err);
    assert_eq!(files(root), before);
    fs::remove_file(edited).expect("removed");

    // A target that is no longer declared leaves nothing, not even its folder.
    assert_eq!(run(root, &["generate"]).code, 0);
    edit(root, "\n  openapi: ../generated/openapi", "");
    fs::remove_file(old.join(".keep")).expect("removed");
    assert_eq!(run(root, &["generate"]).code, 0);
    assert!(!old.exists());
    assert_eq!(run(root, &["check"]).code, 0);
}

#[test]
fn a_moved_ledger_is_told_until_somebody_moves_it() {
    let folder = project();
    let root = folder.path();
    let text = fs::read_to_string(root.join("schema/app.yaml")).expect("the declaration");
    let line = text
        .lines()
        .find(|line| line.trim().starts_with("postgres: ../"))
        .expect("the target")
        .to_owned();
    edit(root, &line, "  postgres: ../db/migrations");
    let before = files(root);
    let refused = run(root, &["generate"]);
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("git mv"), "{}", refused.err);
    assert_eq!(files(root), before);
    fs::create_dir(root.join("db")).expect("made");
    fs::rename(root.join("migrations"), root.join("db/migrations")).expect("moved");
    assert_eq!(run(root, &["generate"]).code, 0);
    let check = run(root, &["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
}

#[test]
fn a_list_of_folders_that_somebody_wrote_removes_nothing_else() {
    let folder = project();
    let root = folder.path();
    fs::create_dir_all(root.join("app/src")).expect("made");
    fs::write(root.join("app/src/main.rs"), "fn main() {}\n").expect("written");
    let list = root.join("schema/.synctable-folders");
    let text = fs::read_to_string(&list).expect("the list");
    fs::write(
        &list,
        format!("{text}<<<<<<< x\n../app\n../app/src\n/etc\n../../..\n.\n"),
    )
    .expect("written");
    let check = run(root, &["check"]);
    assert_eq!(check.code, 4, "{}{}", check.out, check.err);
    assert!(check.err.contains(".synctable-folders"), "{}", check.err);
    assert_eq!(run(root, &["generate"]).code, 0);
    assert!(root.join("app/src/main.rs").exists());
    assert_eq!(fs::read_to_string(&list).ok(), Some(text));
}

#[test]
fn one_command_restores_lost_markers() {
    let folder = project();
    let root = folder.path();
    let mut lost = 0;
    for (path, _) in files(root) {
        if path.ends_with(".synctable") {
            fs::remove_file(path).expect("removed");
            lost += 1;
        }
    }
    assert!(lost > 1);
    edit(root, TITLE, "name: {kind: text}");
    let refused = run(root, &["generate"]);
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("--restore-markers"), "{}", refused.err);
    // A file that does not say that it was generated stays, whatever is asked.
    let sqlite = root.join("generated/sqlite");
    fs::write(sqlite.join("notes.txt"), "mine").expect("written");
    let kept = run(root, &["generate", "--restore-markers"]);
    assert_eq!(kept.code, 3, "{}{}", kept.out, kept.err);
    fs::remove_file(sqlite.join("notes.txt")).expect("removed");
    fs::write(
        sqlite.join("old.sql"),
        "-- Generated by `codegen generate`. Do not edit.\n",
    )
    .expect("written");
    let restored = run(root, &["generate", "--restore-markers"]);
    assert_eq!(restored.code, 0, "{}{}", restored.out, restored.err);
    assert!(!sqlite.join("old.sql").exists());
    assert!(!run(root, &["generate"]).out.contains("wrote"));
}

#[test]
fn several_apps_are_checked_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    for app in ["notes", "tasks", "songs"] {
        for arguments in [
            &["init", "--app", app, app][..],
            &["generate", "--manifest", app],
            &["migrate", "--name", "init", "--manifest", app],
        ] {
            let run = run(root, arguments);
            assert_eq!(run.code, 0, "{arguments:?}\n{}{}", run.out, run.err);
        }
    }
    let all = ["check", "notes", "tasks/schema", "songs"];
    let fresh = run(root, &all);
    assert_eq!(fresh.code, 0, "{}{}", fresh.out, fresh.err);
    let named = |out: &str| out.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(named(&fresh.out).len(), 3, "{}", fresh.out);
    for (line, app) in fresh
        .out
        .lines()
        .zip(["notes: ", "tasks/schema: ", "songs: "])
    {
        assert!(
            line.starts_with(app) && line.ends_with("up to date"),
            "{line}"
        );
    }

    edit(
        &root.join("tasks"),
        "between 1 and 200",
        "between 1 and 100",
    );
    let stale = run(root, &all);
    assert_eq!(stale.code, 4, "{}{}", stale.out, stale.err);
    assert!(stale.err.starts_with("tasks/schema:\n\n"), "{}", stale.err);
    assert!(
        stale.out.contains("tasks/schema: out of date\n"),
        "{}",
        stale.out
    );
    fs::remove_file(root.join("songs/schema/app.yaml")).expect("removed");
    let json = run(root, &[&all[..], &["--format", "json"]].concat());
    assert_eq!(
        json.code, 3,
        "what cannot be read comes first\n{}",
        json.out
    );
    let report = json.json();
    let exits: Vec<_> = report["apps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|app| (app["app"].as_str().expect("a name"), app["exit"].as_i64()))
        .collect();
    assert_eq!(
        exits,
        [
            ("notes", Some(0)),
            ("tasks/schema", Some(4)),
            ("songs", Some(3))
        ]
    );
    let sarif = run(root, &[&all[..], &["--format", "sarif"]].concat());
    assert_eq!(sarif.json()["runs"].as_array().map(Vec::len), Some(1));
    let github = run(root, &[&all[..], &["--format", "github"]].concat());
    assert!(github.out.contains("::error "), "{}", github.out);
    for wrong in [
        &["check", "notes", "tasks", "--self-test"][..],
        &["check", "notes", "--manifest", "tasks"],
    ] {
        assert_eq!(run(root, wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(run(root, &["check", "notes", "--self-test"]).code, 0);
}

#[test]
fn watch_generates_after_each_change_and_tells_mistakes() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;
    let folder = project();
    let root = folder.path();
    let mut child = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["watch", "--interval", "20", "--format", "json"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    // Each run prints one object over several lines.
    let mut next = || {
        let mut text = String::new();
        loop {
            text += &lines.next().expect("it goes on").expect("UTF-8");
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                return value;
            }
        }
    };
    let written = |run: &Value| run["written"].as_array().map_or(0, Vec::len);
    assert_eq!(written(&next()), 0, "everything is up to date at the start");
    edit(root, TITLE, "name: {kind: text}");
    let changed = next();
    assert!(written(&changed) > 0, "{changed}");
    edit(root, "synctable: 1", "synctable: one");
    let wrong = next();
    assert_eq!(
        wrong["diagnostics"][0]["file"], "schema/app.yaml",
        "{wrong}"
    );
    edit(root, "synctable: one", "synctable: 1");
    assert_eq!(written(&next()), 0, "what was generated is still right");
    child.kill().expect("it is ended");
    child.wait().expect("it has ended");
}
