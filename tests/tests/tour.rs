//! README's tour: its YAML, its edits and its commands, as they stand on the page, from an empty folder, on real Postgres.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tests::binary::codegen;
use tests::cases::workspace;
use tests::postgres::{Cluster, Database};

/// A fenced block of the page.
struct Block {
    language: String,
    text: String,
}

/// The blocks of one section, in their order.
fn blocks(page: &str, section: &str) -> Vec<Block> {
    let start = page
        .find(&format!("\n## {section}\n"))
        .unwrap_or_else(|| panic!("the page has no section `{section}`"));
    let rest = &page[start + 1..];
    let section = &rest[..rest[2..].find("\n## ").map_or(rest.len(), |end| end + 2)];
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in section.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The text after an edit, which is at one place only.
fn edited(text: &str, diff: &str) -> String {
    let side = |without: char| -> String {
        diff.lines()
            .filter(|line| !line.starts_with(without))
            .map(|line| format!("{}\n", &line[1..]))
            .collect()
    };
    let (before, after) = (side('+'), side('-'));
    assert_eq!(text.matches(&before).count(), 1, "{before}in\n{text}");
    text.replacen(&before, &after, 1)
}

/// The text with every time of an entry as one word: a migration has the time at which it is written.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for character in text.chars().chain(['\n']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        out.push_str(if digits.len() == 14 { "TIME" } else { &digits });
        digits.clear();
        out.push(character);
    }
    out.pop();
    out
}

/// Compares what was printed with the page, on which a line `…` is any number of lines.
#[track_caller]
fn is_as_shown(command: &str, printed: &str, shown: &str) {
    let (printed, shown) = (timeless(printed), timeless(shown));
    let parts: Vec<&str> = shown.split("…\n").collect();
    let wrong = || format!("$ {command}\n{printed}\nis not what the page shows:\n{shown}");
    let (last, parts) = parts.split_last().expect("there is one part");
    let mut rest = printed.as_str();
    for (index, part) in parts.iter().enumerate() {
        let at = rest.find(part).unwrap_or_else(|| panic!("{}", wrong()));
        assert!(index > 0 || at == 0, "{}", wrong());
        rest = &rest[at + part.len()..];
    }
    match parts.is_empty() {
        true => assert_eq!(rest, *last, "{}", wrong()),
        false => assert!(rest.ends_with(last), "{}", wrong()),
    }
}

/// A folder with the program under its name, and the database that the page calls `$DATABASE_URL`.
struct Shell<'a> {
    folder: &'a Path,
    url: String,
}

impl Shell<'_> {
    /// What a command prints, in the order in which it does.
    #[track_caller]
    fn runs(&self, command: &str) -> String {
        let path = std::env::var("PATH").expect("there is a PATH");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(self.folder)
            .env("PATH", format!("{}/bin:{path}", self.folder.display()))
            .env("DATABASE_URL", &self.url)
            .env("PSQLRC", "/dev/null")
            .env("NO_COLOR", "1")
            .output()
            .expect("a shell");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "$ {command}\n{printed}");
        printed
    }

    /// The commands of a block, each with what the page shows below it.
    #[track_caller]
    fn session(&self, block: &str) {
        let commands = block.split("$ ").skip(1);
        let shown = "$ ".to_owned() + &commands.clone().collect::<Vec<_>>().join("$ ");
        assert_eq!(shown, block, "a block starts with a command");
        for one in commands {
            let (command, shown) = one.split_once('\n').expect("a command is a line");
            is_as_shown(command, &self.runs(command), shown);
        }
    }
}

const ROWS: &str = "
    insert into auth.users (id) values ('00000000-0000-4000-8000-000000000001');
    insert into public.lists (id, owner_id, title, edited_at) values
        ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'Shop', '2026-01-02 03:04:05Z'),
        ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'Work', '2026-01-02 03:04:05Z');
    insert into public.items (id, list_id, edited_at) values
        ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000002', '2026-01-02 03:04:05Z');
";

/// What the tour leaves of [`ROWS`].
fn is_kept(database: &Database<'_>) {
    let mut superuser = database.superuser();
    let rows = superuser
        .query(
            "select name, color, edited_at = '2026-01-02 03:04:05Z' from public.lists order by name",
            &[],
        )
        .expect("the lists");
    let rows: Vec<(String, String, bool)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let of = |name: &str| (name.to_owned(), "grey".to_owned(), true);
    assert_eq!(rows, [of("Shop"), of("Work")]);
    let facts = superuser
        .query_one(
            "select to_regclass('public.items') is null,
                    (select attnotnull from pg_attribute where attrelid = 'public.lists'::regclass and attname = 'color')",
            &[],
        )
        .expect("the catalog");
    assert_eq!((facts.get(0), facts.get(1)), (true, true));
}

#[test]
fn the_tour_renames_requires_and_drops_on_a_database_with_rows() {
    let page = fs::read_to_string(workspace().join("README.md")).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for name in ["bin", "schema"] {
        fs::create_dir(folder.join(name)).expect("a folder");
    }
    symlink(codegen(), folder.join("bin/codegen")).expect("the program");
    let app = folder.join("schema/app.yaml");
    let start = blocks(&page, "Five minutes");
    let yaml = start.iter().find(|block| block.language == "yaml");
    fs::write(&app, &yaml.expect("the declaration").text).expect("it is written");

    let database = Cluster::shared().database("tour");
    let shell = Shell {
        folder,
        url: database.url(Some("postgres")),
    };
    for command in ["codegen generate", "codegen migrate --name init"] {
        assert!(page.contains(command), "{command}");
        shell.runs(command);
    }
    let setup = fs::read_to_string(folder.join("schema/migrations/setup.sql")).expect("setup");
    database.apply_setup(&setup).expect("setup");
    shell.runs("psql \"$DATABASE_URL\" -q -v ON_ERROR_STOP=1 -1 -f schema/migrations/*_init.sql");
    database.superuser().batch_execute(ROWS).expect("rows");

    let mut commands = 0;
    for block in blocks(&page, "Change tables that have rows") {
        match block.language.as_str() {
            "diff" => {
                let text = fs::read_to_string(&app).expect("the declaration");
                fs::write(&app, edited(&text, &block.text)).expect("it is written");
            }
            "console" => {
                shell.session(&block.text);
                commands += 1;
            }
            other => panic!("a block of {other}"),
        }
    }
    assert_eq!(commands, 3, "plan, migrate, check");
    is_kept(&database);
}
