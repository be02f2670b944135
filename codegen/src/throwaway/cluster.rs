//! A Postgres of its own, in a temporary folder, which ends with the process.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Folders that packages install into, and the folder in each version's that holds the programs.
const USUAL: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// Starts Postgres, waits until its standard input closes, which it does however this process ends, and cleans up.
const KEEPER: &str = r#"
    trap '' HUP INT TERM
    cd "$2" || exit 1
    "$1/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >log 2>&1 </dev/null || exit 1
    "$1/postgres" -D data -k "$2" -c listen_addresses= -c wal_level=logical -c fsync=off >>log 2>&1 </dev/null &
    read -r _
    kill -QUIT $! && wait $!
    cd / && rm -rf "$2"
"#;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Postgres that runs.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    /// Its standard input closes when this process ends.
    _keeper: Child,
}

impl Cluster {
    /// Starts one; the superuser is `postgres`, and nobody reaches it but by the folder of its socket.
    ///
    /// # Errors
    /// No Postgres is found, or it does not start.
    pub fn start() -> Result<Self, String> {
        let binaries = find().ok_or(
            "Postgres is not found: install it, or set `SYNCTABLE_POSTGRES_BIN` to the folder of `initdb`",
        )?;
        let folder = std::env::temp_dir().join(format!("synctable-{:016x}", random()));
        let failed = |error: std::io::Error| format!("`{}`: {error}", folder.display());
        fs::create_dir(&folder).map_err(failed)?;
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "keeper"])
            .args([&binaries, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        // Postgres refuses to run as root.
        if let (Some(0), Some(user), Some(group)) = (
            id(&["-u"]),
            id(&["-u", "postgres"]),
            id(&["-g", "postgres"]),
        ) {
            chown(&folder, Some(user), Some(group)).map_err(failed)?;
            command.uid(user).gid(group);
        }
        let mut keeper = command.spawn().map_err(|error| error.to_string())?;
        let began = Instant::now();
        let socket = folder.join(".s.PGSQL.5432");
        while !socket.exists() || std::os::unix::net::UnixStream::connect(&socket).is_err() {
            let is_over = keeper.try_wait().is_ok_and(|ended| ended.is_some());
            if is_over || began.elapsed() > PATIENCE {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("Postgres does not start: {}", log.trim()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Cluster {
            folder,
            _keeper: keeper,
        })
    }

    /// The URL of its database, for a user.
    #[must_use]
    pub fn url(&self, user: &str) -> String {
        format!(
            "postgres:///postgres?host={}&user={user}",
            self.folder.display()
        )
    }
}

/// The folder of the programs: the variable, the path, the usual places from the newest version.
fn find() -> Option<PathBuf> {
    let has =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let told = std::env::var_os("SYNCTABLE_POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let usual = USUAL.iter().flat_map(|(root, inside)| {
        let mut versions: Vec<PathBuf> = fs::read_dir(Path::new(root))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join(inside)))
            .collect();
        versions.sort();
        versions.reverse();
        versions
    });
    told.into_iter().chain(on_path).chain(usual).find(has)
}

fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
