//! A second week with the command line: the declaration changes, and the ledger follows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What one run did.
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
    let [out, err] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("UTF-8"));
    Run {
        code: output.status.code().expect("it ends by itself"),
        printed: out + &err,
    }
}

#[track_caller]
fn runs(folder: &Path, arguments: &[&str], code: i32) -> String {
    let run = run(folder, arguments);
    assert_eq!(run.code, code, "{arguments:?}\n{}", run.printed);
    run.printed
}

/// A folder with a declaration whose first migration is written.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["init"][..],
        &["generate"],
        &["migrate", "--name", "init", "--at", "20260101000000"],
    ] {
        runs(folder.path(), arguments, 0);
    }
    folder
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&path).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).expect("it can be written");
}

#[track_caller]
fn git(folder: &Path, arguments: &[&str]) {
    let run = try_git(folder, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.printed);
}

fn try_git(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git runs");
    Run {
        code: output.status.code().expect("it ends by itself"),
        printed: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all", "."]);
    git(folder, &["commit", "--quiet", "--message", message]);
}

fn names(entries: &[PathBuf]) -> Vec<String> {
    let names = entries.iter().map(|path| path.file_name());
    names
        .map(|name| name.expect("a file").to_string_lossy().into_owned())
        .collect()
}

/// The SQL files of the ledger, oldest first.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("migrations")).expect("the ledger");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with('2') && name.ends_with(".sql")
        })
        .collect();
    found.sort();
    found
}

const DONE: &str = "      done: {kind: bool, default: false, client_default: false}\n";

#[test]
fn a_column_comes_is_renamed_and_goes() {
    let folder = project();
    let folder = folder.path();
    let nothing = runs(folder, &["migrate", "--name", "more"], 0);
    assert!(nothing.contains("nothing changes"), "{nothing}");
    assert_eq!(entries(folder).len(), 1);

    edit(
        folder,
        DONE,
        &format!("{DONE}      note: {{kind: text, nullable: true}}\n"),
    );
    runs(folder, &["generate"], 0);
    let due = runs(folder, &["check"], 4);
    assert!(due.contains("add the column `items.note`"), "{due}");
    assert!(!due.contains("--rewrite"), "{due}");
    let said = runs(folder, &["migrate", "--name", "add_note"], 0);
    assert!(said.contains("add the column `items.note`"), "{said}");
    assert!(runs(folder, &["check"], 0).contains("up to date"));

    edit(folder, "note: {kind", "remark: {was: note, kind");
    runs(folder, &["generate"], 0);
    let said = runs(folder, &["migrate", "--name", "rename_note"], 0);
    assert!(
        said.contains("rename the column `items.note` to `remark`"),
        "{said}"
    );
    assert!(runs(folder, &["check"], 0).contains("up to date"));

    edit(
        folder,
        "      remark: {was: note, kind: text, nullable: true}\n",
        "",
    );
    runs(folder, &["generate"], 0);
    let refused = runs(folder, &["migrate", "--name", "drop_remark"], 2);
    assert!(refused.contains("--allow-drop items.remark"), "{refused}");
    let allowed = [
        "migrate",
        "--name",
        "drop_remark",
        "--allow-drop",
        "items.remark",
    ];
    runs(folder, &allowed, 0);
    assert!(runs(folder, &["check"], 0).contains("up to date"));
    assert_eq!(entries(folder).len(), 4);
}

#[test]
fn labels_come_in_an_entry_of_their_own() {
    let folder = project();
    let folder = folder.path();
    edit(
        folder,
        "tables:\n",
        "enums:\n  state: [open, done]\n\ntables:\n",
    );
    edit(
        folder,
        DONE,
        "      state: {kind: state, default: open, client_default: open}\n",
    );
    edit(folder, "[list_id, done]", "[list_id, state]");
    let allowed = [
        "migrate",
        "--name",
        "state",
        "--at",
        "20260102000000",
        "--allow-drop",
        "items.done",
    ];
    runs(folder, &allowed, 0);
    edit(folder, "state: [open, done]", "state: [new, open, done]");
    edit(
        folder,
        "default: open, client_default: open",
        "default: new, client_default: new",
    );
    runs(
        folder,
        &["migrate", "--name", "new", "--at", "20260131235959"],
        0,
    );
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    let two = ["20260131235959_new_labels.sql", "20260201000000_new.sql"];
    assert_eq!(names(&entries(folder))[2..], two);
    // Both are written anew.
    edit(folder, "state: [new, open", "state: [draft, new, open");
    edit(
        folder,
        "default: new, client_default: new",
        "default: draft, client_default: draft",
    );
    let said = runs(folder, &["migrate", "--rewrite"], 0);
    assert!(said.contains("`draft`") && said.contains("`new`"), "{said}");
    assert_eq!(names(&entries(folder))[2..], two);
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    // One is left where no label comes.
    edit(folder, "state: [draft, new, open", "state: [open");
    edit(
        folder,
        "default: draft, client_default: draft",
        "default: done, client_default: done",
    );
    runs(folder, &["migrate", "--rewrite"], 0);
    assert_eq!(names(&entries(folder))[2..], ["20260131235959_new.sql"]);
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
}

#[test]
fn a_migration_of_the_main_branch_is_never_written_anew() {
    let folder = project();
    let folder = folder.path();
    let git = |arguments: &[&str]| git(folder, arguments);
    git(&["init", "--quiet", "--initial-branch", "main"]);
    // Nothing is committed yet.
    runs(folder, &["migrate", "--rewrite"], 0);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "start"]);
    edit(
        folder,
        DONE,
        &format!("{DONE}      note: {{kind: text, nullable: true}}\n"),
    );
    let before = fs::read(&entries(folder)[0]).expect("it is there");
    let refused = runs(folder, &["migrate", "--rewrite"], 2);
    assert!(
        refused.contains("D025") && refused.contains("migrate --name"),
        "{refused}"
    );
    assert_eq!(fs::read(&entries(folder)[0]).expect("it is there"), before);

    git(&["checkout", "--quiet", "-b", "notes"]);
    runs(folder, &["migrate", "--name", "notes"], 0);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "notes"]);
    edit(
        folder,
        "note: {kind: text, nullable: true}",
        "remark: {kind: text, nullable: true}",
    );
    let said = runs(folder, &["migrate", "--rewrite"], 0);
    assert!(said.contains("add the column `items.remark`"), "{said}");
}

#[test]
fn a_migration_of_which_the_main_branch_has_one_file_is_never_written_anew() {
    let folder = project();
    let folder = folder.path();
    let git = |arguments: &[&str]| git(folder, arguments);
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "start"]);
    edit(
        folder,
        DONE,
        &format!("{DONE}      place: {{kind: int, default: 0, check: place >= 0}}\n"),
    );
    let new = ["migrate", "--name", "place", "--at", "20260102000000"];
    runs(folder, &new, 0);
    assert!(entries(folder).len() > 2, "it has several files");
    runs(folder, &["migrate", "--rewrite"], 0);
    git(&["add", "migrations/20260102000000_place.sql"]);
    git(&["commit", "--quiet", "--message", "the first file alone"]);
    let refused = runs(folder, &["migrate", "--rewrite"], 2);
    assert!(
        refused.contains("error[D025]: `20260102000000_place.sql` is in `main`"),
        "{refused}"
    );
}

#[test]
fn an_entry_is_written_by_hand_and_sealed_until_the_main_branch_has_it() {
    let folder = project();
    let folder = folder.path();
    let empty = [
        "migrate",
        "--empty",
        "--name",
        "fill",
        "--at",
        "20260102000000",
    ];
    let said = runs(folder, &empty, 0);
    assert!(said.contains("20260102000000_fill.sql"), "{said}");
    let path = entries(folder)[1].clone();
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(
        text.contains("after `20260101000000_init.sql`") && text.contains("codegen migrate --seal"),
        "{text}"
    );
    assert!(
        !folder
            .join("migrations/snapshots/20260102000000.json")
            .exists()
    );
    runs(folder, &["check"], 0);

    fs::write(&path, format!("{text}update items set done = true;\n")).expect("it is written");
    let due = runs(folder, &["check"], 4);
    assert!(due.contains("D045") && due.contains("--seal"), "{due}");
    let refused = runs(folder, &["migrate", "--name", "more"], 4);
    assert!(refused.contains("D045"), "{refused}");
    let said = runs(folder, &["migrate", "--seal"], 0);
    assert!(said.contains("seal `20260102000000_fill.sql`"), "{said}");
    runs(folder, &["check"], 0);
    let said = runs(folder, &["migrate", "--seal"], 0);
    assert!(said.contains("every entry is sealed"), "{said}");

    // What comes later is generated from the newest snapshot, whoever wrote the entry between.
    edit(
        folder,
        DONE,
        &format!("{DONE}      note: {{kind: text, nullable: true}}\n"),
    );
    runs(folder, &["migrate", "--name", "note"], 0);
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);

    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    commit(folder, "start");
    fs::write(&path, text).expect("it is written");
    let refused = runs(folder, &["migrate", "--seal"], 2);
    assert!(
        refused.contains("D046") && refused.contains("may have run"),
        "{refused}"
    );
    let unknown = runs(folder, &["migrate", "--seal", "--main", "nowhere"], 2);
    assert!(unknown.contains("`nowhere`"), "{unknown}");
}

#[test]
fn files_that_are_not_in_the_ledger_are_told() {
    let folder = project();
    let folder = folder.path();
    for (name, takes) in [
        ("evil.sql", false),
        ("V2__x.sql", false),
        ("20260102000000.sql", false),
        ("20260102000000_x.SQL", false),
        ("20260102000000_x.sql", true),
    ] {
        let path = folder.join("migrations").join(name);
        fs::write(&path, "select 1;\n").expect("it is written");
        let told = runs(folder, &["check"], 4);
        assert!(told.contains("D044") && told.contains(name), "{told}");
        assert_eq!(told.contains("--seal"), takes, "{told}");
        let said = runs(folder, &["migrate", "--seal"], 0);
        assert_eq!(said.contains(&format!("take `{name}`")), takes, "{said}");
        runs(folder, &["check"], if takes { 0 } else { 4 });
        if !takes {
            fs::remove_file(path).expect("it goes");
        }
    }
    // A note beside the migrations runs nowhere.
    fs::write(folder.join("migrations/README.md"), "Notes.\n").expect("it is written");
    runs(folder, &["check"], 0);
    let renamed = folder.join("migrations/20260101000000_start.sql");
    fs::rename(&entries(folder)[0], renamed).expect("it moves");
    let told = runs(folder, &["check"], 4);
    assert!(told.contains("D043") && !told.contains("D012"), "{told}");
}

#[test]
fn a_branch_is_put_on_top_of_what_was_merged_first() {
    let folder = project();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    commit(folder, "start");
    let column = |name: &str| format!("      {name}: {{kind: text, nullable: true}}\n");
    let migrated = |name: &str, at: &str| {
        runs(folder, &["generate"], 0);
        runs(folder, &["migrate", "--name", name, "--at", at], 0);
        commit(folder, name);
    };

    git(folder, &["checkout", "--quiet", "-b", "notes"]);
    edit(folder, DONE, &format!("{DONE}{}", column("note")));
    migrated("note", "20260103000000");
    let by_hand = [
        "migrate",
        "--empty",
        "--name",
        "fill",
        "--at",
        "20260104000000",
    ];
    runs(folder, &by_hand, 0);
    commit(folder, "fill");
    edit(folder, &column("note"), "      note: {kind: text}\n");
    migrated("require", "20260105000000");

    git(folder, &["checkout", "--quiet", "main"]);
    let lists = "      title: {kind: text, check: \"length(title) between 1 and 200\"}\n";
    edit(folder, lists, &format!("{lists}{}", column("color")));
    migrated("color", "20260102000000");

    git(folder, &["checkout", "--quiet", "notes"]);
    assert_ne!(try_git(folder, &["merge", "--quiet", "main"]).code, 0);
    let told = runs(folder, &["check"], 4);
    assert!(told.contains("D014") && told.contains("--rebase"), "{told}");
    let rebase = ["migrate", "--rebase", "--at", "20260106000000"];
    let said = runs(folder, &rebase, 0);
    assert!(
        said.contains("removed migrations/20260103000000_note.sql"),
        "{said}"
    );
    assert_eq!(
        names(&entries(folder)),
        [
            "20260101000000_init.sql",
            "20260102000000_color.sql",
            "20260106000000_note.sql",
            "20260106000001_fill.sql",
            "20260106000002_require.sql",
            "20260106000003_require_validate.sql",
            "20260106000004_require_finish.sql",
        ]
    );
    let require = fs::read_to_string(&entries(folder)[6]).expect("it is there");
    assert!(
        require.contains("set not null") && !require.contains("color"),
        "{require}"
    );
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    commit(folder, "merge");
    // It is on top, and stays as it is.
    runs(folder, &rebase, 0);
    assert_eq!(try_git(folder, &["diff", "--exit-code", "--quiet"]).code, 0);
}

#[test]
fn a_release_is_marked_listed_and_kept() {
    let folder = project();
    let folder = folder.path();
    let said = runs(folder, &["release", "1.4.0"], 0);
    assert!(
        said.contains("release 1.4.0 needs 20260101000000_init.sql"),
        "{said}"
    );
    runs(folder, &["release", "1.4.0"], 2);
    let refused = runs(folder, &["migrate", "--rewrite"], 2);
    assert!(refused.contains("a release needs"), "{refused}");
    runs(
        folder,
        &[
            "migrate",
            "--empty",
            "--name",
            "fill",
            "--at",
            "20260102000000",
        ],
        0,
    );
    let said = runs(folder, &["status"], 0);
    assert_eq!(
        said,
        "20260101000000_init.sql  generated  whole  released\n\
         20260102000000_fill.sql  by hand    whole  not released\n\
         release 1.4.0 needs 20260101000000_init.sql\n"
    );
    runs(folder, &["check"], 0);
    edit(
        folder,
        DONE,
        &format!("{DONE}      note: {{kind: text, nullable: true}}\n"),
    );
    let due = runs(folder, &["release", "1.5.0"], 4);
    assert!(due.contains("D010"), "{due}");
    fs::write(&entries(folder)[1], "select 1;\n").expect("it is written");
    let said = runs(folder, &["status"], 4);
    assert!(said.contains("by hand    edited  not released"), "{said}");
}

#[test]
fn what_takes_long_has_files_of_its_own() {
    let folder = project();
    let folder = folder.path();
    edit(
        folder,
        DONE,
        &format!(
            "{DONE}      place: {{kind: int, default: 0, unique: reject, check: place >= 0}}\n"
        ),
    );
    let new = ["migrate", "--name", "place", "--at", "20260102000000"];
    runs(folder, &new, 0);
    let files = [
        "20260102000000_place.sql",
        "20260102000001_place_index.sql",
        "20260102000002_place_validate.sql",
        "20260102000003_place_finish.sql",
    ];
    assert_eq!(names(&entries(folder))[1..], files);
    let index = fs::read_to_string(folder.join("migrations").join(files[1])).expect("it is there");
    assert!(index.starts_with("-- no-transaction\n"), "{index}");
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    runs(folder, &["migrate", "--rewrite", "--one-file"], 0);
    assert_eq!(names(&entries(folder))[1..], files[..1]);
    runs(folder, &["check"], 0);
    runs(folder, &["migrate", "--rewrite"], 0);
    assert_eq!(names(&entries(folder))[1..], files);
    runs(folder, &["check"], 0);
}

#[test]
fn who_gained_access_is_told_and_can_be_refused() {
    let folder = project();
    let folder = folder.path();
    let since = ["exposure", "--since", "newest"];
    let nothing = runs(folder, &since, 0);
    assert!(
        nothing.contains("Nobody gained or lost access"),
        "{nothing}"
    );
    edit(
        folder,
        DONE,
        &format!("{DONE}      note: {{kind: text, nullable: true}}\n"),
    );
    let deny = ["exposure", "--since", "20260101000000", "--deny-new-access"];
    let new = runs(folder, &deny, 0);
    assert!(new.contains("reads `items` (note), which is new"), "{new}");

    let path = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&path).expect("the declaration");
    let rule = text
        .lines()
        .rfind(|line| line.contains("all: "))
        .expect("a rule");
    let (indent, _) = rule.split_once("all: ").expect("it has one");
    edit(folder, rule, &format!("{indent}all: public"));
    let told = runs(folder, &since, 0);
    assert!(
        told.contains("Gained:") && told.contains(": all of them"),
        "{told}"
    );
    let refused = runs(folder, &deny, 4);
    assert!(refused.contains("error[D060]"), "{refused}");
    let allowed = [&deny[..], &["--allow-access", "items"]].concat();
    runs(folder, &allowed, 0);
    let wrong = [&allowed[..], &["--allow-access", "lists"]].concat();
    assert!(runs(folder, &wrong, 4).contains("D026"));
    let unknown = runs(folder, &["exposure", "--since", "20260101000009"], 2);
    assert!(
        unknown.contains("no entry or release `20260101000009`"),
        "{unknown}"
    );
}

#[test]
fn a_plan_tells_everything_and_writes_nothing() {
    let folder = project();
    let folder = folder.path();
    edit(
        folder,
        DONE,
        &format!(
            "{DONE}      place: {{kind: int, default: 0, check: place >= 0}}\n      code: {{kind: text, backfill: lower(title)}}\n"
        ),
    );
    let plan = runs(folder, &["migrate", "--plan", "--at", "20260201000000"], 0);
    for said in [
        "20260201000000_plan.sql (expand, in one transaction)\n  add the column `items.place`\n",
        "    locks `items`: readers and writers wait, for an instant\n",
        "20260201000001_plan_fill.sql (contract, in one transaction)\n",
        "    sync: devices download rows of `items` again\n",
        "Access gained:\n  `authenticated` reads `items` (place, code), which is new: ",
        "Rollout:\n  1. run 20260201000000_plan.sql: what is in use goes on working\n  2. deploy the new sync config\n  3. release the app with the new constants\n  4. run 20260201000001_plan_fill.sql, ",
    ] {
        assert!(plan.contains(said), "{said}\n{plan}");
    }
    let named = [
        "migrate",
        "--plan",
        "--name",
        "code",
        "--format",
        "json",
        "--at",
        "20260201000000",
    ];
    let json: serde_json::Value =
        serde_json::from_str(&runs(folder, &named, 0)).expect("it is JSON");
    let file = &json["plan"]["files"][0];
    assert_eq!(file["file"], "20260201000000_code.sql");
    assert_eq!(
        file["changes"][0]["locks"][0]["mode"],
        "AccessExclusiveLock"
    );
    assert_eq!(json["plan"]["sync_config"], true);
    let github = runs(folder, &["migrate", "--plan", "--format", "github"], 0);
    assert!(
        github.starts_with("::notice title=Migration plan::"),
        "{github}"
    );
    assert_eq!(github.lines().count(), 1, "{github}");
    assert_eq!(entries(folder).len(), 1);
    assert!(
        !folder
            .join("migrations/snapshots/20260201000000.json")
            .exists()
    );
}
