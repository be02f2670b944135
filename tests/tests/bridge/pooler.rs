//! PgBouncer in transaction mode between bridges and Postgres: each transaction may have another session.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use tests::postgres::{Cluster, Database, become_unprivileged};

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, statuses};
use crate::bridge::faults::{audited, cut_at_messages, drain, history, name, seconds};
use crate::bridge::proxy::Proxy;
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const TRANSACTION: &str = "pooler = 'transaction'\n";

/// A pooler that runs; it is killed with the value.
struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// In front of the tests' own cluster, or of what stands in front of it; with so few sessions that bridges share them.
    fn start(behind: Option<SocketAddr>) -> Pooler {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let server = match behind {
            Some(address) => format!("host={} port={}", address.ip(), address.port()),
            None => {
                let folder = Cluster::shared().folder();
                let folder = folder.expect("the tests run their own Postgres");
                format!("host={}", folder.display())
            }
        };
        let path = |name: &str| folder.path().join(name);
        let config = format!(
            "[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 3\nserver_login_retry = 1\n",
            path("users").display()
        );
        std::fs::write(path("users"), "\"bridge_role\" \"\"\n").expect("it is written");
        std::fs::write(path("pgbouncer.ini"), config).expect("it is written");
        // It refuses to run as root, and reads its files as somebody else.
        let everybody = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), everybody).expect("the folder is ours");
        let mut command = Command::new(program());
        command
            .arg(path("pgbouncer.ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        become_unprivileged(&mut command);
        let child = command.spawn().expect("PgBouncer starts");
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "PgBouncer does not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Pooler {
            child,
            port,
            _folder: folder,
        }
    }

    fn url(&self, database: &Database<'_>) -> String {
        format!(
            "postgres://bridge_role@127.0.0.1:{}/{}?sslmode=disable",
            self.port,
            database.name()
        )
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let mut programs = folders.into_iter().map(|folder| folder.join("pgbouncer"));
    let found = programs.find(|program| program.is_file());
    found.expect("PgBouncer is missing: run ./test.sh, or install it")
}

/// Two bridges share three sessions of Postgres, which are killed meanwhile.
fn gets_through(hint: &str, access: Access) {
    const DEVICES: usize = 8;
    let count = 40 * seconds() as usize / 4;
    let database = audited(hint);
    let pooler = Pooler::start(None);
    let url = pooler.url(&database);
    let settings = "[uploads]\nafter_fatal = 'skip'\n";
    let bridges = [(); 2].map(|()| Bridge::start_with(&url, access, settings, TRANSACTION));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let chaos = scope.spawn(|| {
            let mut superuser = database.superuser();
            let mut kills = 0;
            while !is_over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(150));
                let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                    where usename = 'bridge_role' and datname = current_database()";
                let row = superuser.query_one(sql, &[]).expect("they are ended");
                kills += row.get::<_, i64>(0);
            }
            kills
        });
        let devices: Vec<_> = (0..DEVICES)
            .map(|device| {
                let address = bridges[device % 2].address;
                scope.spawn(move || drain(address, device, count))
            })
            .collect();
        let ended: Vec<_> = devices.into_iter().map(|device| device.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(chaos.join().expect("it ends") > 3);
        for device in ended {
            device.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    for device in 0..DEVICES {
        let id = format!("10000000-0000-4000-8000-{device:012}");
        let wanted: Vec<String> = (0..count).map(|nr| name(device, nr)).collect();
        assert_eq!(history(&database, &id), wanted, "device {device}");
    }
    // What a transaction has set, the session does not keep for the next one.
    let fresh = postgres::Client::connect(&url, postgres::NoTls)
        .expect("the pooler answers")
        .simple_query("select current_user, current_setting('request.jwt.claims', true), current_setting('synctable.client_id', true), (select count(*) from pg_prepared_statements)")
        .expect("it is told");
    let row = fresh.iter().find_map(|one| match one {
        postgres::SimpleQueryMessage::Row(row) => {
            Some([0, 1, 2, 3].map(|nr| row.get(nr).unwrap_or_default()))
        }
        _ => None,
    });
    assert_eq!(row, Some(["bridge_role", "", "", "0"]));
}

#[test]
fn two_bridges_share_sessions_and_lose_and_double_nothing_under_row_level_security() {
    gets_through("bridge_pooled_rls", Access::RowSecurity);
}

#[test]
fn two_bridges_share_sessions_and_lose_and_double_nothing_with_guarded_statements() {
    gets_through("bridge_pooled_guarded", Access::Guarded);
}

#[test]
fn a_connection_that_is_cut_behind_the_pooler_loses_and_doubles_nothing() {
    let database = audited("bridge_pooled_cut");
    let proxy = Proxy::start();
    let pooler = Pooler::start(Some(proxy.address));
    let settings = "[uploads]\nafter_fatal = 'skip'\n";
    let bridge = Bridge::start_with(
        &pooler.url(&database),
        Access::RowSecurity,
        settings,
        TRANSACTION,
    );
    cut_at_messages(&database, &bridge, &proxy, 25);
}

#[test]
fn a_pooler_that_the_settings_do_not_mention_is_told() {
    let database = database("bridge_pooled_unset");
    let pooler = Pooler::start(None);
    let url = pooler.url(&database);
    let bridges = [(); 2].map(|()| Bridge::start(&url, Access::RowSecurity, ""));
    // One prepares by a name that the session of the other has as well.
    let mut told = String::new();
    for nr in 1..=20 {
        let bridge = &bridges[nr % 2];
        let id = format!("10000000-0000-4000-8000-{nr:012}");
        let upload = json!([{"transaction_id": nr, "crud": [list(&id, &format!("list {nr}"))]}]);
        bridge.upload(ANN, &format!("phone {nr}"), upload);
        let ready = bridge.get("/health/ready");
        if ready.status == 503 {
            told = ready.body;
            break;
        }
    }
    assert!(told.contains("database.pooler"), "{told}");
    // With the setting, it is as if there was none.
    let bridge = Bridge::start_with(&url, Access::RowSecurity, "", TRANSACTION);
    let upload = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, upload)), ["success"]);
}
