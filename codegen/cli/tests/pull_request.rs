//! A pull request as an attack: what it puts into a repository leads to nothing outside, shows nothing secret, and forges
//! nothing in a log.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What one run printed, on both streams, and its exit code.
struct Run {
    code: i32,
    printed: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run {
        code: output.status.code().expect("it ends by itself"),
        printed: text(output.stdout) + &text(output.stderr),
    }
}

const FORMATS: [&str; 3] = ["human", "json", "github"];

/// A repository with a declaration whose outputs are in place, and beside it a folder that is none of its business.
struct Ground(TempDir);

impl Ground {
    fn new() -> Self {
        let ground = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(ground.repository().join(".git/hooks")).expect("folders");
        fs::create_dir(ground.outside()).expect("a folder");
        fs::write(ground.outside().join("secret.yaml"), SECRET).expect("a file");
        for arguments in [
            &["init"][..],
            &["generate"],
            &["migrate", "--name", "init", "--at", "20200101000000"],
        ] {
            let run = ground.run(arguments);
            assert_eq!(run.code, 0, "{}", run.printed);
        }
        ground
    }

    fn repository(&self) -> PathBuf {
        self.0.path().join("repository")
    }

    fn outside(&self) -> PathBuf {
        self.0.path().join("outside")
    }

    fn schema(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.repository().join("schema").join(name.as_ref())
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(&self.repository(), arguments)
    }

    /// Gives a target another folder.
    fn target(&self, name: &str, folder: &str) {
        let path = self.schema("app.yaml");
        let text = fs::read_to_string(&path).expect("the declaration");
        let of = format!("  {name}: ");
        let lines = text.lines().map(|line| match line.starts_with(&of) {
            true => format!("{of}\"{folder}\"\n"),
            false => format!("{line}\n"),
        });
        fs::write(&path, lines.collect::<String>()).expect("it can be written");
    }

    /// Every file, with its bytes; links are not followed.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(at) = open.pop() {
            for entry in fs::read_dir(at).expect("a folder") {
                let path = entry.expect("an entry").path();
                match fs::symlink_metadata(&path).expect("it is there") {
                    is if is.is_dir() => open.push(path),
                    is if is.is_file() => {
                        let bytes = fs::read(&path).expect("a file");
                        found.insert(path, bytes);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// What every command that reads the declaration says: the code, and nothing is written.
    #[track_caller]
    fn refuses(&self, code: &str, commands: &[&[&str]]) {
        let before = self.files();
        for command in commands {
            for format in FORMATS {
                let run = self.run(&[command, &["--format", format][..]].concat());
                assert_eq!(run.code, 3, "{command:?} {format}\n{}", run.printed);
                assert!(run.printed.contains(code), "{command:?}\n{}", run.printed);
                assert!(!run.printed.contains("hunter2"), "{}", run.printed);
            }
        }
        assert_eq!(self.files(), before, "nothing is written");
    }
}

const SECRET: &str = "password: [hunter2\n";

const READING: [&[&str]; 4] = [
    &["generate"],
    &["check"],
    &["show", "model"],
    &["migrate", "--rewrite"],
];

#[test]
fn a_link_in_a_declaration_is_refused_and_what_it_leads_to_is_not_shown() {
    let ground = Ground::new();
    for (link, to) in [
        ("x.yaml", ground.outside().join("secret.yaml")),
        ("more", ground.outside()),
        // A file of the same repository is no part of the declaration either.
        ("y.yml", ground.repository().join("schema/app.yaml")),
    ] {
        symlink(to, ground.schema(link)).expect("a link");
        ground.refuses("E006", &READING);
        fs::remove_file(ground.schema(link)).expect("the link goes");
    }
    // Without the link nothing is wrong.
    assert_eq!(ground.run(&["check"]).code, 0);
}

#[test]
fn a_declaration_that_leads_out_of_the_repository_is_not_read() {
    let ground = Ground::new();
    fs::remove_dir_all(ground.repository().join("schema")).expect("it goes");
    symlink(ground.outside(), ground.repository().join("schema")).expect("a link");
    let reading = READING.map(|command| [command, &["--manifest", "schema"][..]].concat());
    let reading: Vec<&[&str]> = reading.iter().map(Vec::as_slice).collect();
    ground.refuses("E006", &reading);
    // Who names the folder itself means it.
    let meant = ground.run(&["check", "--manifest", "../outside"]);
    assert!(meant.printed.contains("hunter2"), "{}", meant.printed);
}

#[test]
fn outputs_stay_in_the_repository_and_out_of_git() {
    let ground = Ground::new();
    let repository = ground.repository();
    symlink(ground.outside(), repository.join("linked")).expect("a link");
    symlink(repository.join(".git/hooks"), repository.join("hooks")).expect("a link");
    symlink("../nowhere", repository.join("dangling")).expect("a link");
    fs::create_dir_all(repository.join("vendor/kept")).expect("folders");
    symlink("kept", repository.join("vendor/.git")).expect("a link");
    let writing: [&[&str]; 2] = [&["generate"], &["check"]];
    for folder in [
        "../../outside/x",
        "../../repository2",
        "../linked/x",
        "../linked",
        "../dangling",
        "../dangling/x",
    ] {
        ground.target("sqlite", folder);
        ground.refuses("E007", &writing);
    }
    let git = [
        "../.git/hooks",
        "../.GIT/hooks",
        "../.git",
        "../hooks",
        "../hooks/deeper",
        "../vendor/.git/hooks",
        "../git~1/hooks",
        "../.git./hooks",
        "../.g\u{200c}it/hooks",
    ];
    for folder in git {
        ground.target("sqlite", folder);
        ground.refuses("E007", &writing);
        let before = ground.files();
        let allowed = ground.run(&["generate", "--allow-outside"]);
        assert_eq!(allowed.code, 3, "{folder}\n{}", allowed.printed);
        assert_eq!(ground.files(), before);
    }
    ground.target("sqlite", "../generated/sqlite");
    ground.target("postgres", "../../outside/migrations");
    ground.refuses(
        "E007",
        &[&["migrate", "--rewrite"], &["migrate", "--name", "x"]],
    );
    ground.target("postgres", "../migrations");
    assert_eq!(ground.run(&["check"]).code, 0);
    ground.target("sqlite", "../../outside/sqlite");
    assert_eq!(ground.run(&["generate", "--allow-outside"]).code, 0);
    assert!(ground.outside().join("sqlite/schema.sql").is_file());
}

#[test]
fn without_git_a_workspace_or_the_folder_above_is_the_repository() {
    let ground = Ground::new();
    let repository = ground.repository();
    fs::remove_dir_all(repository.join(".git")).expect("it goes");
    // The folder above `schema` is the repository, and `generated` is in it.
    assert_eq!(ground.run(&["check"]).code, 0);
    ground.target("sqlite", "../../beside/sqlite");
    ground.refuses("E007", &[&["generate"]]);
    for (file, text) in [
        ("Cargo.toml", "[workspace]\n"),
        ("package.json", "{\"workspaces\": []}"),
        ("pnpm-workspace.yaml", ""),
    ] {
        let root = ground.0.path().join(file);
        fs::write(&root, text).expect("a file");
        assert_eq!(ground.run(&["generate"]).code, 0, "{file}");
        fs::remove_file(root).expect("it goes");
        ground.refuses("E007", &[&["generate"]]);
    }
}

#[test]
fn a_name_of_a_file_forges_nothing_in_a_log() {
    for name in [
        "a\n::error::forged",
        "a\r\n  ::error file=x::forged",
        "##[error]forged",
        "a\u{2028}::error::forged",
        "a\u{1b}[2K\u{9b}forged",
    ] {
        let ground = Ground::new();
        let yaml = format!("{name}.yaml");
        fs::write(ground.schema(&yaml), "tables: {x: {snyc: both}}\n").expect("a file");
        let broken = READING.map(|command| ("told", command));
        let stray = ground.repository().join("generated/sqlite").join(name);
        let gates: [(&str, &[&str]); 2] = [("stray", &["check"]), ("stray", &["generate"])];
        for (what, command) in broken.into_iter().chain(gates) {
            if what == "stray" {
                let _ = fs::remove_file(ground.schema(&yaml));
                fs::write(&stray, "x").expect("a file");
            }
            for format in FORMATS {
                let run = ground.run(&[command, &["--format", format]].concat());
                assert_ne!(run.code, 0, "{what} {command:?}");
                assert!(run.printed.contains("forged"), "{}", run.printed);
                assert!(!run.printed.contains("##["), "{}", run.printed);
                assert!(!run.printed.contains(['\u{1b}', '\u{9b}', '\u{2028}', '\r']));
                for line in run.printed.lines().map(str::trim_start) {
                    assert!(
                        !line.starts_with("::") || (format == "github" && line.contains("title=")),
                        "{line}"
                    );
                    assert!(!line.starts_with("::error::"), "{line}");
                }
            }
        }
        // A program reads the very name.
        let json = ground.run(&["check", "--format", "json"]);
        let object: serde_json::Value = serde_json::from_str(&json.printed).expect("JSON");
        let file = object["problems"][0]["file"].as_str().expect("a text");
        assert!(file.starts_with("generated/sqlite/"), "{file}");
    }
}

#[test]
fn a_declaration_in_a_file_of_an_odd_name_is_generated_without_a_command() {
    let ground = Ground::new();
    let enums = "enums: {mood: [\"##[error]forged\", \"::error::forged\"]}\ntables: {}\n";
    fs::write(ground.schema("##[error]forged.yaml"), enums).expect("a file");
    for format in FORMATS {
        for command in ["check", "generate"] {
            let run = ground.run(&[command, "--format", format]);
            assert!(!run.printed.contains("##["), "{}", run.printed);
        }
    }
}

#[test]
fn a_ledger_is_never_touched_by_generate() {
    use sha2_of as hash;
    let ground = Ground::new();
    let migrations = ground.repository().join("migrations");
    let entry = "20200101000000_init.sql";
    let snapshot = "snapshots/20200101000000.json";
    let manifest = migrations.join(".synctable");
    let mut text = fs::read_to_string(&manifest).expect("the manifest");
    for path in [entry, snapshot] {
        text += &format!("{}  {path}\n", hash(&migrations.join(path)));
    }
    fs::write(&manifest, &text).expect("it can be written");
    let check = ground.run(&["check"]);
    assert_eq!(check.code, 4, "{}", check.printed);
    assert!(
        check.printed.contains("migrations/.synctable"),
        "{}",
        check.printed
    );
    let generate = ground.run(&["generate"]);
    assert_eq!(generate.code, 0, "{}", generate.printed);
    assert!(migrations.join(entry).is_file() && migrations.join(snapshot).is_file());
    assert_eq!(ground.run(&["check"]).code, 0);

    // Nor where the folder becomes that of another target, which removes what it does not write.
    fs::write(&manifest, &text).expect("it can be written");
    ground.target("postgres", "../elsewhere");
    ground.target("sqlite", "../migrations");
    let _ = ground.run(&["generate"]);
    assert!(migrations.join(entry).is_file() && migrations.join(snapshot).is_file());
}

/// The hash of a file's text as a manifest has it, taken by a program that everybody has.
fn sha2_of(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output();
    let output = output.expect("sha256sum runs").stdout;
    String::from_utf8_lossy(&output)[..64].to_owned()
}

#[test]
fn what_a_killed_run_left_behind_goes_with_the_next() {
    let ground = Ground::new();
    let repository = ground.repository();
    let left = [
        "generated/sqlite/.synctable-0123456789ab",
        "generated/openapi/a/b/.synctable-0123456789ab",
        "migrations/.synctable-0123456789ab",
        "migrations/snapshots/.synctable-abcdefghijkl",
    ];
    let kept = [
        "generated/sqlite/.synctable-notes",
        "migrations/mine/.synctable-0123456789ab",
        "generated/sqlite/.cache/.synctable-0123456789ab",
    ];
    for path in left.iter().chain(&kept) {
        let path = repository.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, "half").expect("a file");
    }
    // Somebody is just writing this one.
    let busy = repository.join("generated/sqlite/.synctable-zzzzzzzzzzzz");
    let writer = fs::File::create(&busy).expect("a file");
    writer.lock().expect("a lock");
    // Nor is a link ours.
    let link = repository.join("generated/sqlite/.synctable-llllllllllll");
    symlink(ground.outside().join("secret.yaml"), &link).expect("a link");

    let check = ground.run(&["check"]);
    assert_eq!(check.code, 4, "{}", check.printed);
    assert_eq!(check.printed.matches("was left behind").count(), left.len());
    let generate = ground.run(&["generate"]);
    assert_eq!(generate.code, 0, "{}", generate.printed);
    for path in left {
        assert!(!repository.join(path).exists(), "{path}");
    }
    for path in kept {
        assert!(repository.join(path).exists(), "{path}");
    }
    assert!(busy.exists() && fs::symlink_metadata(&link).is_ok());
    assert_eq!(ground.run(&["check"]).code, 0);
    drop(writer);
    assert_eq!(ground.run(&["generate"]).code, 0);
    assert!(!busy.exists(), "its writer is gone");
}

#[test]
fn a_ledger_is_read_within_limits() {
    let ground = Ground::new();
    let migrations = ground.repository().join("migrations");
    let snapshot = migrations.join("snapshots/20200101000000.json");
    let as_it_was = fs::read(&snapshot).expect("the snapshot");
    let told = |code: &str, exit: i32| {
        for command in [&["check"][..], &["migrate", "--rewrite"]] {
            let run = ground.run(command);
            assert_eq!(run.code, exit, "{}", run.printed);
            assert!(run.printed.contains(code), "{}", run.printed);
            assert!(run.printed.len() < 2_000 && !run.printed.contains("hunter2"));
        }
    };
    let deep = format!("{{\"format\": 1, \"parent\": {}", "[".repeat(1 << 20));
    fs::write(&snapshot, deep).expect("it can be written");
    told("D015", 4);
    let wide = fs::File::create(&snapshot).expect("a file");
    wide.set_len((64 << 20) + 1).expect("a hole");
    told("E008", 3);
    fs::remove_file(&snapshot).expect("it goes");
    symlink(ground.outside().join("secret.yaml"), &snapshot).expect("a link");
    told("E004", 3);
    fs::remove_file(&snapshot).expect("it goes");
    fs::write(&snapshot, as_it_was).expect("it comes back");
    assert_eq!(ground.run(&["check"]).code, 0);

    fs::rename(migrations.join("snapshots"), migrations.join("other")).expect("it moves");
    symlink("other", migrations.join("snapshots")).expect("a link");
    told("E004", 3);
}

#[test]
fn init_writes_through_no_link() {
    let ground = Ground::new();
    let fresh = ground.repository().join("fresh");
    fs::create_dir(&fresh).expect("a folder");
    symlink(ground.outside(), fresh.join("schema")).expect("a link");
    symlink(
        ground.outside().join("secret.yaml"),
        fresh.join("Cargo.toml"),
    )
    .expect("a link");
    let before = ground.files();
    let linked = ["init", "fresh", "--git", "https://git.example/synctable"];
    let run = ground.run(&linked);
    assert_eq!(run.code, 3, "{}", run.printed);
    assert!(!run.printed.contains("hunter2"), "{}", run.printed);
    fs::remove_file(fresh.join("Cargo.toml")).expect("it goes");
    let run = ground.run(&["init", "fresh"]);
    assert_eq!(run.code, 3, "{}", run.printed);
    assert_eq!(ground.files(), before);
}
