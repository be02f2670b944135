//! One cluster per test process: a server somebody else runs, or a private one that ends with the process.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ::postgres::{Client, Config, NoTls};

use super::binaries::{self, become_unprivileged, unprivileged};
use super::database::Database;
use super::disk::Disk;
use super::refusal::Refusal;

const KEEPER: &str = include_str!("keeper.sh");
const SMALL_DISK: &str = include_str!("small_disk.sh");
const CONFIGURATION: &str = include_str!("postgresql.conf");
const ROLES: &str = include_str!("roles.sql");
const SUPABASE: &str = include_str!("supabase.sql");

/// How long a cluster may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Postgres cluster for tests.
///
/// With `SYNCTABLE_TEST_DATABASE_URL` it is the server of that URL, whose user must be a superuser; its databases
/// are created with unique names and dropped. Otherwise it is a private one in a temporary folder, reached through
/// its socket only, which is stopped and removed when this process ends, even when it is killed.
#[derive(Debug)]
pub struct Cluster {
    superuser: Config,
    major: u32,
    databases: AtomicU32,
    /// Roles belong to the cluster, so SQL that creates them runs one at a time.
    pub(super) roles: Mutex<()>,
    folder: Option<PathBuf>,
    /// Its standard input closes when this process ends; the script then stops the server.
    keeper: Option<Child>,
    /// The keeper of a server that was started again.
    again: Mutex<Option<Child>>,
}

/// Starts the server of a folder once more; ends with the server, and ends it once its standard input closes.
const AGAIN: &str = r#"
    trap '' HUP INT TERM
    exec 3<&0
    "$1/postgres" -D "$2/data" -k "$2" -c config_file="$2/postgresql.conf" >>"$2/log" 2>&1 </dev/null 3<&- &
    server=$!
    (read -r _ <&3; kill -QUIT "$server") 2>/dev/null &
    wait "$server"
    kill -9 $!
"#;

impl Cluster {
    /// The cluster of this process, started by the first test that asks.
    ///
    /// # Panics
    ///
    /// If no Postgres can be found or started; the message says what to do.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("SYNCTABLE_TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Cluster::at(&url),
            _ => Cluster::private(),
        })
    }

    /// The server's major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The private cluster's folder; `None` for a server somebody else runs.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// A fresh database that looks like a Supabase project, dropped with the value.
    ///
    /// `hint` appears in its name, for whoever reads the server's log.
    pub fn database(&self, hint: &str) -> Database<'_> {
        let database = self.plain_database(hint);
        let mut superuser = database.superuser();
        if let Err(error) = superuser.batch_execute(SUPABASE) {
            panic!("the Supabase prelude: {}", Refusal::new(&error, SUPABASE));
        }
        database
    }

    /// A fresh database with nothing in it, for apps that bring their own authentication, dropped with the value.
    ///
    /// The roles of [`Cluster::database`] exist, because roles belong to the cluster.
    pub fn plain_database(&self, hint: &str) -> Database<'_> {
        let hint: String = hint
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .take(24)
            .collect();
        let name = format!(
            "synctable_test_{}_{}_{hint}",
            std::process::id(),
            self.databases.fetch_add(1, Ordering::Relaxed)
        );
        self.superuser_in("postgres")
            .batch_execute(&format!(
                r#"create database "{name}" owner app_owner template template0 encoding 'UTF8'"#
            ))
            .unwrap_or_else(|error| panic!("create database {name}: {}", Refusal::new(&error, "")));
        Database::new(self, name)
    }

    pub(super) fn config_of(&self, database: &str) -> Config {
        let mut config = self.superuser.clone();
        config.dbname(database);
        config
    }

    pub(super) fn superuser_in(&self, database: &str) -> Client {
        self.config_of(database)
            .connect(NoTls)
            .unwrap_or_else(|error| panic!("connect to {database}: {error:?}"))
    }

    fn at(url: &str) -> Cluster {
        let superuser: Config = url
            .parse()
            .unwrap_or_else(|error| panic!("SYNCTABLE_TEST_DATABASE_URL: {error}"));
        Cluster::ready(superuser, None, None)
    }

    /// A private cluster that listens on a port of this machine, with more settings, and files in its folder such as
    /// certificates; stopped with the process.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn listening(port: u16, settings: &str, files: &[(&str, &str)]) -> Cluster {
        let settings = format!("listen_addresses = '127.0.0.1'\nport = {port}\n{settings}");
        Cluster::started(Some(port), &settings, files, &Disk::Quick)
    }

    /// Kills the server as `kill -9` does, and starts it again.
    ///
    /// # Panics
    ///
    /// If it is somebody else's, or does not start again.
    pub fn crash(&self) {
        let folder = self.folder.as_ref().expect("the server is ours");
        let told = fs::read_to_string(folder.join("data/postmaster.pid"));
        let told = told.expect("a server that runs says its number");
        let number = told.lines().next().expect("it is in the first line");
        let killed = Command::new("kill").args(["-9", number]).status();
        assert!(
            killed.is_ok_and(|killed| killed.success()),
            "{number} is not killed"
        );
        let binaries = binaries::find().unwrap_or_else(|why| panic!("{why}"));
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        *again = None;
        let began = Instant::now();
        while self.superuser.connect(NoTls).is_err() {
            assert!(began.elapsed() < PATIENCE, "Postgres does not start again");
            let has_ended = |child: &mut Child| child.try_wait().is_ok_and(|ended| ended.is_some());
            // While backends of the killed server are left, a new one ends.
            if again.as_mut().is_none_or(has_ended) {
                let mut command = Command::new("sh");
                command
                    .args(["-c", AGAIN, "again"])
                    .args([&binaries.folder, folder])
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                    .env("LC_ALL", "C")
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .process_group(0);
                become_unprivileged(&mut command);
                *again = Some(command.spawn().expect("`sh` starts"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A private cluster whose data are on a disk of so many megabytes, and whose server is started again when it ends;
    /// [`Cluster::disk`] is the way to it.
    ///
    /// # Panics
    ///
    /// If it cannot be started: the machine has to let users have namespaces of their own.
    pub fn on_a_disk_of(megabytes: u32, settings: &str) -> Cluster {
        Cluster::started(None, settings, &[], &Disk::Small(megabytes))
    }

    /// The folder of the server's data, as this process reaches it though only the server sees the disk.
    ///
    /// # Panics
    ///
    /// If the server has no disk of its own.
    pub fn disk(&self) -> PathBuf {
        let keeper = self.keeper.as_ref().expect("the server is ours");
        let folder = self.folder.as_ref().expect("the server is ours");
        PathBuf::from(format!(
            "/proc/{}/root{}/data",
            keeper.id(),
            folder.display()
        ))
    }

    /// A private cluster that waits for its disk at each commit, as those of apps do: for figures.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn durable() -> Cluster {
        let settings = "fsync = on\nfull_page_writes = on\nsynchronous_commit = on\n";
        Cluster::started(None, settings, &[], &Disk::Durable)
    }

    fn private() -> Cluster {
        Cluster::started(None, "", &[], &Disk::Quick)
    }

    fn started(port: Option<u16>, settings: &str, files: &[(&str, &str)], disk: &Disk) -> Cluster {
        let binaries = binaries::find().unwrap_or_else(|why| panic!("{why}"));
        // Not `TMPDIR`: the socket's path has to fit into 100 bytes, and another user may have to reach it.
        let folder = tempfile::Builder::new()
            .prefix("synctable-postgres-")
            .tempdir_in(disk.parent())
            .expect("a temporary folder")
            .keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("the folder is ours");
        let configuration = format!("{CONFIGURATION}{settings}");
        let configuration = [("postgresql.conf", configuration.as_str())];
        for (name, text) in configuration.iter().chain(files) {
            let path = folder.join(name);
            fs::write(&path, text).expect("the folder is writable");
            // Postgres takes no key that others read.
            fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
            if let Some(user) = unprivileged() {
                chown(&path, Some(user.uid), Some(user.gid)).expect("root gives the file away");
            }
        }
        if let Some(user) = unprivileged() {
            chown(&folder, Some(user.uid), Some(user.gid)).expect("root gives the folder away");
        }

        let mut command = match disk {
            Disk::Quick | Disk::Durable => {
                let mut command = Command::new("sh");
                command.args(["-c", KEEPER, "keeper"]);
                command.args([&binaries.folder, &folder]);
                command
            }
            Disk::Small(megabytes) => {
                let mut command = Command::new("unshare");
                command.args(["--map-root-user", "--mount"]);
                command.args(["sh", "-c", SMALL_DISK, "keeper"]);
                command.args([&binaries.folder, &folder]);
                command.arg(megabytes.to_string());
                command
            }
        };
        command
            // Settings of this process (PGDATA, PGOPTIONS, LC_ALL and others) must not reach the server.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // A signal to the tests' process group must not take the keeper with them.
            .process_group(0);
        become_unprivileged(&mut command);
        let mut keeper = command.spawn().expect("`sh` starts");

        let mut superuser = Config::new();
        superuser
            .host_path(&folder)
            .user("postgres")
            .dbname("postgres");
        if let Some(port) = port {
            superuser.port(port);
        }
        wait_until_it_answers(&superuser, &mut keeper, &folder);
        Cluster::ready(superuser, Some(folder), Some(keeper))
    }

    fn ready(superuser: Config, folder: Option<PathBuf>, keeper: Option<Child>) -> Cluster {
        let mut cluster = Cluster {
            superuser,
            major: 0,
            databases: AtomicU32::new(0),
            roles: Mutex::new(()),
            folder,
            keeper,
            again: Mutex::new(None),
        };
        let mut client = cluster.superuser_in("postgres");
        let row = client
            .query_one(
                "select current_setting('server_version_num')::int4 / 10000, current_setting('is_superuser') = 'on'",
                &[],
            )
            .expect("Postgres knows its version");
        let major: i32 = row.get(0);
        assert!(
            row.get::<_, bool>(1),
            "SYNCTABLE_TEST_DATABASE_URL must name a superuser: tests create roles and databases"
        );
        cluster.major = major.unsigned_abs();
        if let Err(error) = client.batch_execute(ROLES) {
            panic!("the tests' roles: {}", Refusal::new(&error, ROLES));
        }
        cluster
    }
}

fn wait_until_it_answers(superuser: &Config, keeper: &mut Child, folder: &Path) {
    let started = Instant::now();
    loop {
        let error = match superuser.connect(NoTls) {
            Ok(_) => return,
            Err(error) => error,
        };
        if let Some(status) = keeper.try_wait().expect("the keeper is our child") {
            let mut said = String::new();
            if let Some(mut stderr) = keeper.stderr.take() {
                let _ = std::io::Read::read_to_string(&mut stderr, &mut said);
            }
            panic!("Postgres did not start ({status}):\n{said}");
        }
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(
            started.elapsed() < PATIENCE,
            "Postgres did not answer within {PATIENCE:?}: {error:?}\n{}",
            log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
