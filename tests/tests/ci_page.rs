//! The page about CI: its commands, its action and its hook, in a repository from its first commit to a pull request.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tests::cases::workspace;
use tests::pages::{self, Page, Reader, run};

/// A repository, with the page that its owner follows.
struct Repository {
    page: Page,
    reader: Reader,
}

impl Repository {
    /// A declaration that `init` writes, with its outputs and its first migration, in one commit.
    fn with_an_app() -> Self {
        let page = pages::read("ci.md");
        let reader = Reader::of(&page);
        let start = "git init --quiet --initial-branch main
            git config user.name Ann && git config user.email ann@example.com
            codegen init
            codegen generate
            codegen migrate --name init --at 20261129091500
            git add --all && git commit --quiet --message 'An app'";
        run(&mut reader.shell(start));
        Self { page, reader }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.reader.folder()
    }

    fn output(&self, command: &str) -> Output {
        let mut shell = self.reader.shell(command);
        shell.env("NO_COLOR", "1").output().expect("sh runs")
    }

    /// What a command prints, which must end with this code.
    #[track_caller]
    fn ends(&self, command: &str, code: i32) -> String {
        let output = self.output(command);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "$ {command}\n{printed}{said}"
        );
        printed
    }

    /// The command of the page that starts like this, without its comment.
    #[track_caller]
    fn command(&self, start: &str) -> String {
        let lines = self.page.commands.iter().flat_map(|block| block.lines());
        let mut commands = lines.filter(|line| line.starts_with(start));
        let command = commands
            .next()
            .unwrap_or_else(|| panic!("the page has `{start}`"));
        command
            .split('#')
            .next()
            .unwrap_or(command)
            .trim()
            .to_owned()
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.folder().join(path);
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replacen(from, to, 1)).expect("it can be written");
    }
}

/// The script of the last step of `action.yml`.
fn script_of_the_action() -> String {
    let action = fs::read_to_string(workspace().join("action.yml")).expect("it is there");
    let last = action
        .lines()
        .rfind(|line| line.trim_start().starts_with("run: "));
    last.expect("a step runs something").trim_start()["run: ".len()..].to_owned()
}

/// What the hook of this id runs.
fn entry_of_the_hook(id: &str) -> String {
    let hooks =
        fs::read_to_string(workspace().join(".pre-commit-hooks.yaml")).expect("it is there");
    let (_, hook) = hooks
        .split_once(&format!("- id: {id}\n"))
        .expect("the hook");
    let entry = hook
        .lines()
        .find_map(|line| line.trim().strip_prefix("entry: "));
    entry.expect("an entry").to_owned()
}

const COLUMN: &str = "      done: {kind: bool, default: false, client_default: false}\n";

#[test]
fn a_pull_request_that_forgot_to_generate_fails_at_its_lines() {
    let repository = Repository::with_an_app();
    let checks =
        ["codegen check ", "codegen check --format github"].map(|one| repository.command(one));
    let [check, github] = &checks;
    let sarif = repository.command("codegen check --format sarif");
    let json = repository.command("codegen check --format json");
    let job = &repository.page.files[".github/workflows/check.yaml"];
    let manifest = job
        .split("manifest: ")
        .nth(1)
        .and_then(|rest| rest.split('}').next());
    let action = format!(
        "MANIFEST='{}' ARGUMENTS=''; {}",
        manifest.expect("the job names the declaration"),
        script_of_the_action()
    );
    let pages_hook = &repository.page.files[".pre-commit-config.yaml"];
    let id = pages_hook.split("id: ").nth(1).expect("a hook").trim();
    let hook = entry_of_the_hook(id);
    for command in [check, github, &sarif, &json, &action, &hook] {
        repository.ends(command, 0);
    }

    repository.edit(
        "schema/app.yaml",
        COLUMN,
        &format!("{COLUMN}      note: {{kind: text, nullable: true}}\n"),
    );
    for command in [check, &hook] {
        repository.ends(command, 4);
    }
    for command in [github, &action] {
        let annotations = repository.ends(command, 4);
        let files: Vec<&str> = annotations
            .lines()
            .filter(|line| line.starts_with("::"))
            .filter_map(|line| line.split("file=").nth(1)?.split(',').next())
            .collect();
        assert!(
            files.contains(&"generated/sqlite/schema.sql"),
            "{annotations}"
        );
        let missing = files
            .iter()
            .find(|file| !repository.folder().join(file).exists());
        assert_eq!(missing, None, "{annotations}");
    }
    let report: Value = serde_json::from_str(&repository.ends(&json, 4)).expect("JSON");
    assert!(
        report["problems"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    let report: Value = serde_json::from_str(&repository.ends(&sarif, 4)).expect("JSON");
    assert!(
        report["runs"][0]["results"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    let scan = &repository.page.files[".github/workflows/scan.yaml"];
    assert!(
        scan.contains(&format!("{sarif} > codegen.sarif")),
        "the job runs the command"
    );

    repository.ends("codegen migrate --name note && codegen generate", 0);
    for command in [check, github, &sarif, &json, &action, &hook] {
        repository.ends(command, 0);
    }
    repository.edit("schema/app.yaml", "synctable: 1", "synctable: one");
    repository.ends(check, 1);
}

#[test]
fn several_apps_are_checked_by_one_command() {
    let repository = Repository::with_an_app();
    run(&mut repository.reader.shell(
        "for app in one two; do mkdir -p examples/$app && cp -r schema generated migrations examples/$app; done",
    ));
    let all = repository.command("codegen check examples");
    repository.ends(&all, 0);
    repository.edit("examples/two/schema/app.yaml", "app: tasks", "app: others");
    let report = repository.ends(&all.replace("check", "check --format json"), 4);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let codes = report["apps"].as_array().expect("a list").iter();
    assert_eq!(codes.map(|app| &app["exit"]).collect::<Vec<_>>(), [0, 4]);
}

#[test]
fn a_folder_that_lost_its_list_is_repaired() {
    let repository = Repository::with_an_app();
    let lost = Path::new("generated/sqlite/.synctable");
    fs::remove_file(repository.folder().join(lost)).expect("there is a list");
    repository.ends("codegen check", 4);
    let page = fs::read_to_string(workspace().join("docs/ci.md")).expect("it is there");
    let repair = "codegen generate --restore-markers";
    assert!(page.contains(&format!("`{repair}`")), "the page names it");
    repository.ends(repair, 0);
    repository.ends("codegen check", 0);
    assert!(repository.folder().join(lost).is_file());
}

#[test]
fn new_access_fails_until_nobody_gains_any() {
    let repository = Repository::with_an_app();
    let command = repository.command("codegen exposure");
    repository.ends(&command, 0);
    repository.edit(
        "schema/app.yaml",
        "      all: owner_id = auth.user_id()\n",
        "      read: public\n      write: owner_id = auth.user_id()\n",
    );
    let report = repository.ends(&command, 4);
    assert!(report.contains("lists"), "{report}");
}
