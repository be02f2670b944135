//! `docs/bridge.md`: its commands run, and its settings, variables and metrics are those of the program.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};
use synctable_bridge::Config;
use synctable_bridge::config::VARIABLES;
use tests::binary;
use tests::cases::workspace;
use tests::postgres::{Cluster, find_binaries};

use crate::bridge::app::{
    ANN, Access, Bridge, PHONE, SECRET, database, database_of, run, statuses, token,
};
use crate::bridge::objects::ask;
use crate::bridge::service::{Service, Speaks};
use crate::bridge::storm::free_port;
use crate::bridge::uploads::list;

static PAGE: LazyLock<String> = LazyLock::new(|| {
    fs::read_to_string(workspace().join("docs/bridge.md")).expect("the page is there")
});

/// The part about objects, whose commands need a service that keeps them, and what is before and after it.
fn parts() -> [&'static str; 3] {
    let (before, rest) = PAGE
        .split_once("\n## Objects\n")
        .expect("the part is there");
    let (objects, after) = rest.split_once("\n## ").expect("it is not the last one");
    [before, objects, after]
}

/// The fenced blocks of a language in a text, in their order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    let mut indent = 0;
    for line in page.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => {
                let (is_wanted, text) = open.take().expect("a block is open");
                blocks.extend(is_wanted.then_some(text));
            }
            (Some(found), None) => {
                open = Some((found == language, String::new()));
                // What is indented is part of a step.
                indent = line.len() - line.trim_start().len();
            }
            (None, Some((_, text))) => {
                text.push_str(line.get(indent..).unwrap_or_default());
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The rows of the table whose head begins with these cells.
fn rows(head: &str) -> Vec<Vec<String>> {
    let table = PAGE.split(&format!("\n| {head} |")).nth(1);
    let table = table.unwrap_or_else(|| panic!("the page has no table `{head}`"));
    let lines = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.map(cells).collect()
}

/// What is between backticks.
fn coded(cell: &str) -> BTreeSet<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// The names that a text of settings may have at a place, as the program tells who writes another one.
fn known(before: &str) -> BTreeSet<String> {
    let error = Config::read(&format!("{before}\nno-such-setting = 1\n"), |_| None)
        .expect_err("it is not known");
    let mut names = coded(&error);
    assert!(names.remove("no-such-setting"), "{error}");
    names
}

#[test]
fn the_page_lists_every_setting_and_no_other() {
    let documented: BTreeSet<String> = rows("setting | what it is")
        .iter()
        .flat_map(|row| coded(&row[1]))
        .collect();
    let mut settings = BTreeSet::new();
    for section in known("") {
        let header = match section.as_str() {
            "issuer" => "[[issuer]]".to_owned(),
            name => format!("[{name}]"),
        };
        settings.extend(known(&header).iter().map(|key| format!("{section}.{key}")));
    }
    assert!(settings.contains("server.listen") && settings.contains("issuer.jwks"));
    assert_eq!(documented, settings);
}

#[test]
fn the_page_lists_the_defaults_of_the_program() {
    let mut compared = 0;
    for row in rows("setting | what it is") {
        let [setting, default] = [&row[1], &row[3]].map(|cell| coded(cell).into_iter().next());
        let default = match default {
            Some(word) => format!("'{word}'"),
            None if row[3].parse::<u64>().is_ok() => row[3].clone(),
            None => continue,
        };
        let default = default.replace("'false'", "false");
        let setting = setting.expect("a row is about a setting");
        let (section, key) = setting.split_once('.').expect("a setting is in a section");
        // Those of an issuer depend on its keys.
        if section == "issuer" {
            continue;
        }
        let text = format!("[{section}]\n{key} = {default}\n");
        let config = Config::read(&text, |_| None);
        assert_eq!(config.as_ref(), Ok(&Config::default()), "{text}");
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
}

/// The variables that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| word.len() > "BRIDGE_".len() && word.starts_with("BRIDGE_"));
    words.map(str::to_owned).collect()
}

#[test]
fn the_page_lists_every_variable_and_no_other() {
    fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            match path.is_dir() {
                true => sources(&path, all),
                false => all.push(path),
            }
        }
    }
    let mut files = Vec::new();
    sources(&workspace().join("bridge/src"), &mut files);
    let read = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("it is text"));
    let read: BTreeSet<String> = read.flat_map(|text| variables(&text)).collect();
    assert_eq!(variables(&PAGE), read);
    let column: BTreeSet<String> = rows("setting | what it is")
        .iter()
        .flat_map(|row| coded(&row[4]))
        .collect();
    let wanted: BTreeSet<String> = VARIABLES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(column, wanted);
}

#[test]
fn the_page_lists_every_metric_and_its_labels_and_no_other() {
    let database = database("bridge_page");
    let service = Service::start();
    let settings = service.settings(Speaks::S3);
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let path = format!("acme/{ANN}/1");
    assert_eq!(ask(&bridge, ANN, "download", &path).status, 200);
    let id = "10000000-0000-4000-8000-000000000001";
    let first = json!([{"transaction_id": 1, "crud": [list(id, "Groceries")]}]);
    for _ in 0..2 {
        assert_eq!(
            statuses(&bridge.upload(ANN, PHONE, first.clone())),
            ["success"]
        );
    }
    let wrong = json!([{"transaction_id": 2, "crud": [list("x", "y")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, wrong)), ["fatal_error"]);
    run(
        &database,
        "revoke all on tasks_bridge.applied from bridge_role",
    );
    let other = json!([{"transaction_id": 3, "crud": [list(id, "Food")]}]);
    assert_eq!(
        statuses(&bridge.upload(ANN, PHONE, other)),
        ["retryable_error"]
    );
    let told = bridge.get("/metrics").body;
    let types = told.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let served: BTreeSet<(String, BTreeSet<String>)> = types
        .filter_map(|line| line.split(' ').next())
        .map(|name| {
            let is_of_it = |line: &&str| {
                let rest = line.strip_prefix(name);
                rest.is_some_and(|rest| rest.starts_with('{') || rest.starts_with("_bucket{"))
            };
            let line = told.lines().find(is_of_it).unwrap_or_default();
            let labels = line.split(['{', '}']).nth(1).unwrap_or_default().split(',');
            let labels = labels.filter_map(|label| label.split_once('='));
            let labels = labels
                .map(|(label, _)| label)
                .filter(|label| *label != "le");
            (name.to_owned(), labels.map(str::to_owned).collect())
        })
        .collect();
    let documented: BTreeSet<(String, BTreeSet<String>)> = rows("metric | labels")
        .iter()
        .flat_map(|row| {
            let labels = coded(&row[2]);
            coded(&row[1])
                .into_iter()
                .map(move |name| (name, labels.clone()))
        })
        .collect();
    assert_eq!(documented, served);
    // Rules that alert on a name that nothing has never do.
    let rules =
        fs::read_to_string(workspace().join("bridge/deploy/alerts.yaml")).expect("the rules");
    let words = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for word in words.filter(|word| word.starts_with("bridge_")) {
        assert!(served.iter().any(|(name, _)| name == word), "{word}");
    }
}

/// Somebody who follows the page in an empty folder.
struct Reader {
    folder: PathBuf,
    /// The URL of a database for a user.
    url: Box<dyn Fn(&str) -> String>,
}

impl Reader {
    fn command(&self, line: &str) -> Command {
        let path = std::env::var("PATH").expect("there is a path");
        let binaries = find_binaries().expect("the tests have Postgres");
        let programs = self.folder.join("programs");
        let mut command = Command::new("sh");
        command
            .args(["-euc", line])
            .current_dir(&self.folder)
            .env(
                "PATH",
                format!(
                    "{}:{}:{path}",
                    programs.display(),
                    binaries.folder.display()
                ),
            )
            .env("PSQLRC", "/dev/null")
            .env("ADMIN_URL", (self.url)("postgres"))
            .env("OWNER_URL", (self.url)("postgres"))
            .env("BRIDGE_DATABASE_URL", (self.url)("bridge_role"))
            .env("BRIDGE_LISTEN", "127.0.0.1:0")
            .env("BRIDGE_LOG_FORMAT", "json")
            .env("SYNCTABLE_POSTGRES_BIN", &binaries.folder);
        command
    }

    /// Runs a command to its end.
    fn runs(&self, line: &str) {
        let output = self.command(line).output().expect("sh runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{line}\n{said}");
    }

    /// Starts a server, and stops it once it listens.
    fn serves(&self, line: &str) {
        let mut child = self
            .command(&format!("exec {line}"))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("sh runs");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        loop {
            let from = said.len();
            let read = lines.read_line(&mut said).expect("it is text");
            assert!(read > 0, "{line}\n{said}");
            let log: Value = serde_json::from_str(&said[from..]).unwrap_or_default();
            if log["fields"]["address"].is_string() {
                break;
            }
        }
        // As systemd stops it.
        let stopped = Command::new("kill").arg(child.id().to_string()).status();
        assert!(stopped.expect("kill runs").success());
        let ended = child.wait().expect("it ends");
        lines.read_to_string(&mut said).expect("it is text");
        assert!(ended.success(), "{line}\n{said}");
    }
}

/// Dead letters 7, 8 and 9: one that a row which is there by now mends, one that has to be amended, one for nothing.
fn dead_letters(folder: &Path, url: &str, run: impl Fn(&str)) {
    run("alter table tasks_bridge.dead_letters alter column id restart with 7");
    let bridge = Bridge::start_for(&folder.join("schema"), url, Access::RowSecurity);
    let id = |nr: u8| format!("10000000-0000-4000-8000-00000000000{nr}");
    let list = |nr: u8, title: &str| json!({"op": "PUT", "table": "lists", "id": id(nr), "op_data": {"title": title}});
    let item = json!({"op": "PUT", "table": "items", "id": id(5),
        "op_data": {"list_id": id(1), "title": "Milk"}});
    let upload = |entry: &Value| statuses(&bridge.upload(ANN, PHONE, json!([{"crud": [entry]}])));
    for entry in [item, list(2, ""), list(3, "")] {
        assert_eq!(upload(&entry), ["fatal_error"], "{entry}");
    }
    assert_eq!(upload(&list(1, "Groceries")), ["success"]);
    let amended = json!([list(2, "Tools")]).to_string();
    fs::write(folder.join("amended.json"), amended).expect("it is written");
}

#[test]
fn the_commands_of_the_page_lead_from_a_declaration_to_a_server() {
    let port = free_port();
    let cluster = Cluster::listening(port, "", &[]);
    let database = cluster.database("bridge_page_commands");
    let name = database.name().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let reader = Reader {
        folder: folder.path().to_owned(),
        url: Box::new(move |user| {
            format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable")
        }),
    };
    fs::create_dir(folder.path().join("programs")).expect("it is made");
    for (name, program) in [("codegen", binary::codegen()), ("bridge", binary::bridge())] {
        let link = folder.path().join("programs").join(name);
        std::os::unix::fs::symlink(program, link).expect("it is linked");
    }
    reader.runs("codegen init");
    // Its one block of YAML is a part of `app.yaml`, and its one block of TOML is the file of the settings.
    let app = folder.path().join("schema/app.yaml");
    let [before, _, after] = parts();
    let all = |language: &str| [blocks(before, language), blocks(after, language)].concat();
    let text = fs::read_to_string(&app).expect("it is text") + "\n" + &all("yaml").concat();
    fs::write(&app, text).expect("it is written");
    let [settings] = &all("toml")[..] else {
        panic!("the page has one file of settings");
    };
    fs::write(folder.path().join("bridge.toml"), settings).expect("it is written");
    let user = format!("insert into auth.users (id) values ('{ANN}')");
    run(&database, &user);
    let mut ran = 0;
    let mut blocks = all("sh");
    // The first block has what the page is about; by then, there is nothing to serve yet.
    blocks.rotate_left(1);
    for block in blocks {
        if block.contains("dead-letters") {
            let url = (reader.url)("bridge_role");
            dead_letters(folder.path(), &url, |sql| run(&database, sql));
        }
        let is_one = block.starts_with("for ");
        let lines: Vec<&str> = match is_one {
            true => vec![&block],
            false => block.lines().collect(),
        };
        for line in lines {
            match ["bridge serve ", "bridge dev "]
                .iter()
                .any(|word| line.starts_with(word))
            {
                true => reader.serves(line),
                false => reader.runs(line),
            }
            ran += 1;
        }
    }
    assert!(ran >= 13, "{ran}");
    let left = "select count(*) from tasks_bridge.dead_letters where closed_at is null";
    let left = database
        .superuser()
        .query_one(left, &[])
        .expect("they are counted");
    assert_eq!(left.get::<_, i64>(0), 0);
}

#[test]
fn the_commands_about_objects_upload_one_and_remove_it_again() {
    let [before, objects, _] = parts();
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("schema");
    let init = Command::new(binary::codegen())
        .arg("init")
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    assert!(init.status.success(), "{init:?}");
    let app = schema.join("app.yaml");
    let text =
        fs::read_to_string(&app).expect("it is text") + "\n" + &blocks(before, "yaml").concat();
    fs::write(&app, text).expect("it is written");
    let photos = blocks(objects, "yaml").concat();
    fs::write(schema.join("photos.yaml"), photos).expect("it is written");
    let database = database_of("bridge_page_objects", &schema);
    let url = database.login_url("bridge_role");
    let service = Service::start();
    service.bucket("photos");
    let [settings] = &blocks(objects, "toml")[..] else {
        panic!("objects have one part of the settings");
    };
    let settings = settings
        .replace("https://s3.eu-central-1.amazonaws.com", &service.url())
        .replace("AKIA…", "the-key");
    let with_secret = format!("{settings}secret = 'a secret of the service'\n");
    let access = Access::RowSecurity;
    let bridge = Bridge::begin(&schema, "127.0.0.1:0", &url, access, &with_secret, "");
    let text = format!("{settings}[database]\nurl = {url:?}\n");
    fs::write(folder.path().join("bridge.toml"), text).expect("it is written");
    fs::write(folder.path().join("1.jpg"), "a photo").expect("it is written");
    let path = format!("{ANN}/1.jpg");
    let mut signed = Value::Null;
    let mut ran = 0;
    for line in blocks(objects, "sh").concat().lines() {
        if line.contains("clean") {
            // By then a day has passed, and no row came.
            service.add(
                "photos",
                &[(path.clone(), 25.0), (format!("{ANN}/2.jpg"), 1.0)],
            );
        }
        let line = line
            .replace(
                "https://bridge.example.org",
                &format!("http://{}", bridge.address),
            )
            .replace(
                "bridge objects",
                &format!("{} objects", binary::bridge().display()),
            )
            .replace("clean photos", "clean photos --many");
        let output = Command::new("sh")
            .args(["-euc", &line])
            .current_dir(folder.path())
            .env("TOKEN", token(ANN))
            .env("USER_ID", ANN)
            .env("URL", signed["url"].as_str().unwrap_or_default())
            .env("BRIDGE_OBJECTS_SECRET", "a secret of the service")
            .env("BRIDGE_JWT_SECRET", SECRET)
            .output()
            .expect("sh runs");
        assert!(output.status.success(), "{line}\n{output:?}");
        if signed.is_null() {
            signed = serde_json::from_slice(&output.stdout).expect("it is JSON");
            let [shown] = &blocks(objects, "json")[..] else {
                panic!("the page shows one answer");
            };
            let mut shown: Value = serde_json::from_str(shown).expect("it is JSON");
            shown["url"] = signed["url"].clone();
            assert_eq!(shown, signed);
        }
        ran += 1;
        let kept = service.paths("photos").contains(&path);
        assert_eq!(kept, (2..4).contains(&ran), "{line}");
    }
    assert_eq!(ran, 4);
}
