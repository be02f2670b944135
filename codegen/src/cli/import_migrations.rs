//! The migrations of an app, run in a throw-away Postgres, so that what they make can be imported.

use super::connect::connect;
use crate::bounded;
use crate::diagnostic::{
    DATABASE_UNREACHABLE, Diagnostic, MIGRATION_FAILS, UNREADABLE, excerpt, shown,
};
use crate::statements::{ends, placed, without_lead};
use crate::throwaway::{Cluster, PLATFORM, SUPABASE};
use ::postgres::error::{ErrorPosition, SqlState};
use ::postgres::{Client, Error};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The bytes of a migration that are read.
const LIMIT: u64 = 64 << 20;

/// How long Postgres may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// The words by which migrations tell that they are for Supabase.
const PLATFORM_WORDS: [&str; 9] = [
    "auth",
    "storage",
    "anon",
    "authenticated",
    "service_role",
    "extensions",
    "graphql",
    "vault",
    "supabase_admin",
];

/// A database that migrations made, and what could not be run there.
pub(super) struct Migrated {
    cluster: Cluster,
    pub(super) remarks: Vec<String>,
}

impl Migrated {
    /// Runs every file of a folder that ends in `.sql`, in the order of their names.
    pub(super) fn of(folder: &Path) -> Result<Self, Diagnostic> {
        let files = files(folder)?;
        let mut texts = Vec::new();
        for file in files {
            let read = bounded::read(&file, LIMIT).map_err(|why| why.to_string());
            let text = read.and_then(|bytes| {
                String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
            });
            let text = text.map_err(|why| {
                Diagnostic::error(
                    UNREADABLE,
                    format!("`{}` cannot be read: {why}", shown(&file)),
                )
            })?;
            let text = without_commands(&file, text)?;
            texts.push((file, text));
        }
        let cluster = Cluster::start().map_err(|why| {
            Diagnostic::error(
                DATABASE_UNREACHABLE,
                format!("the migrations cannot be run: {why}"),
            )
        })?;
        let mut client = answering(&cluster)?;
        if texts.iter().any(|(_, text)| is_of_platform(text)) {
            for sql in [SUPABASE, PLATFORM] {
                client
                    .batch_execute(sql)
                    .map_err(|error| super::connect::refused(&error))?;
            }
        }
        let mut migrated = Self {
            cluster,
            remarks: Vec::new(),
        };
        for (file, text) in &texts {
            migrated.run(&mut client, file, text)?;
        }
        Ok(migrated)
    }

    /// The URL of the database.
    pub(super) fn url(&self) -> String {
        self.cluster.url("postgres")
    }

    fn run(&mut self, client: &mut Client, file: &Path, text: &str) -> Result<(), Diagnostic> {
        let mut start = 0;
        for (statement, end) in placed(text) {
            let sql = &text[start..end];
            if let Err(error) = client.batch_execute(sql) {
                let is_extension = statement.after(0, &["create", "extension"]).is_some();
                let is_absent = error.code().is_some_and(|code| {
                    *code == SqlState::UNDEFINED_FILE || *code == SqlState::FEATURE_NOT_SUPPORTED
                });
                if !(is_extension && is_absent) {
                    return Err(fails(file, text, start, sql, &error));
                }
                self.remarks.push(format!(
                    "{}: {} is left out, because it is not installed here",
                    shown(file),
                    excerpt(&statement.text(1)),
                ));
            }
            start = end;
        }
        Ok(())
    }
}

/// The migrations of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Diagnostic::error(
            UNREADABLE,
            format!("`{}` cannot be read: {why}", shown(folder)),
        )
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(&error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        if path.extension().is_some_and(|ending| ending == "sql") {
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(unreadable(&"it does not contain a `.sql` file")
            .help("name the folder of the migrations, such as `supabase/migrations`")),
        false => Ok(files),
    }
}

/// A connection, once Postgres takes them.
fn answering(cluster: &Cluster) -> Result<Client, Diagnostic> {
    let began = Instant::now();
    loop {
        match connect(&cluster.url("postgres")) {
            Err(_) if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            done => return done,
        }
    }
}

/// Whether a migration speaks of what a platform has.
fn is_of_platform(text: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let mut words = text.split(|c: char| !is_part(c));
    words.any(|word| {
        PLATFORM_WORDS
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// A text without the commands that `pg_dump` writes for psql: blanks take their place, so that lines stay where they are.
///
/// Source: [pg_dump](https://www.postgresql.org/docs/current/app-pgdump.html) writes `\restrict` and `\unrestrict` since
/// 18, 17.6, 16.10 and 15.14.
fn without_commands(file: &Path, mut text: String) -> Result<String, Diagnostic> {
    let mut commands = Vec::new();
    let mut start = 0;
    for end in ends(&text) {
        let mut sql = without_lead(&text[start..end]);
        while sql.starts_with('\\') {
            let line = sql.lines().next().unwrap_or(sql);
            let at = end - sql.len();
            if !["\\restrict", "\\unrestrict"]
                .contains(&line.split_whitespace().next().unwrap_or(line))
            {
                return Err(is_of_psql(file, &text, at, line)
                    .help("remove the line, or run the files with psql and import from that database: `--database-url`"));
            }
            commands.push(at..at + line.len());
            sql = without_lead(&sql[line.len()..]);
        }
        let is_copy = sql
            .get(..5)
            .is_some_and(|word| word.eq_ignore_ascii_case("copy "));
        if is_copy && sql.to_ascii_lowercase().contains(" from stdin") {
            let first = sql.lines().next().unwrap_or(sql);
            return Err(is_of_psql(file, &text, end - sql.len(), first)
                .help("only the schema is read: dump it with `pg_dump --schema-only`"));
        }
        start = end;
    }
    for command in commands {
        let blank = " ".repeat(command.len());
        text.replace_range(command, &blank);
    }
    Ok(text)
}

/// The refusal of something that psql alone understands.
fn is_of_psql(file: &Path, text: &str, at: usize, line: &str) -> Diagnostic {
    let number = 1 + text[..at].matches('\n').count();
    Diagnostic::error(
        MIGRATION_FAILS,
        format!(
            "`{}` has something for psql alone at line {number}: `{}`",
            shown(file),
            excerpt(line)
        ),
    )
}

fn fails(file: &Path, text: &str, start: usize, sql: &str, error: &Error) -> Diagnostic {
    let said = error.as_db_error();
    let bare = sql.len() - without_lead(sql).len();
    // Postgres counts characters from one.
    let place = said.and_then(|said| match said.position() {
        Some(ErrorPosition::Original(at)) => {
            let at = usize::try_from(*at).ok()?.checked_sub(1)?;
            sql.char_indices().nth(at).map(|(at, _)| at)
        }
        _ => None,
    });
    let line = 1 + text[..start + place.unwrap_or(bare)].matches('\n').count();
    let why = said.map_or_else(|| error.to_string(), |said| said.message().to_owned());
    Diagnostic::error(
        MIGRATION_FAILS,
        format!("`{}` fails at line {line}: {why}", shown(file)),
    )
    .note(format!("the statement is `{}`", excerpt(without_lead(sql))))
    .help("run the same files in an empty database to see what they need")
    .help("or import from a database that has them: `--database-url`")
}
