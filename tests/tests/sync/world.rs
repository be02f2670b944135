//! An app whose devices sync, its database, the bridge in front of it, and its devices.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use postgres::Client;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use synctable::Registry;
use synctable::crud::Releases;
use synctable::device::DeviceDatabase;
use synctable::ident::bridge_schema;
use synctable::pull::Pull;
use synctable::sqlite::{pull, queue, upgrade};
use synctable::statement::Statements;
use synctable_bridge::config::{self, Config};
use synctable_bridge::http::{Server, serve};
use synctable_bridge::{App, Bridge};
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::loaded::{Loaded, load};
use synctable_codegen::model::{History, Model};
use synctable_codegen::targets::{postgres as target, sqlite};
use tempfile::TempDir;
use tests::applied::{applied_in, model_of};
use tests::postgres::{Cluster, Database, Refusal};
use tokio::sync::oneshot;

use crate::bridge::client::{Reply, send};
use crate::sync::served::{Kind, Running};

pub(crate) const ANN: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "00000000-0000-4000-8000-00000000000b";
pub(crate) const SECRET: &str = "a secret that only the tests know";

/// An app with a table for each conflict rule, whose rows the members of a list see.
pub(crate) const APP: &str = "
synctable: 1
app: shared
postgres:
  auth: supabase
  user_id: uuid
  roles: {client: authenticated, anonymous: anon, owner: postgres, replication: powersync_role, service: service_role, bridge: bridge_role}
targets: {postgres: ../migrations, sqlite: ../sqlite}
sqlite: {queue: true}
scopes:
  my_lists: select list_id from members where user_id = auth.user_id()
tables:
  lists:
    sync: down
    columns:
      id: {kind: uuid, key: true}
      title: text
      changed: {kind: bigint, on: server, default: 0, role: changed}
    access: {read: id in (my_lists)}
  members:
    sync: down
    columns:
      list_id: {kind: uuid}
      user_id: {kind: uuid}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    key: [list_id, user_id]
    access: {read: user_id = auth.user_id()}
  items:
    sync: both
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid}
      title: {kind: text, nullable: true}
      rank: {kind: bigint, nullable: true}
      weight: {kind: double, nullable: true}
      meta: {kind: json, nullable: true}
      photo: {kind: bytes, nullable: true}
      done: {kind: bool, default: false}
      edited_at: {kind: timestamptz, default: now(), role: edited_at}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    indexes: {by_list: [list_id]}
    conflict: last_write_wins
    delete: hard
    access: {all: list_id in (my_lists)}
  tasks:
    sync: both
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid}
      title: {kind: text, nullable: true}
      edited_at: {kind: timestamptz, default: now(), role: edited_at}
      deleted_at: {kind: timestamptz, nullable: true, role: tombstone}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    indexes: {by_list: [list_id]}
    conflict: last_write_wins
    delete: soft
    access: {all: list_id in (my_lists)}
  notes:
    sync: both
    conflict: server_wins
    client: {track_previous: [list_id, title]}
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid}
      title: {kind: text, nullable: true}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    indexes: {by_list: [list_id]}
    delete: hard
    access: {all: list_id in (my_lists)}
  marks:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid}
      title: {kind: text, nullable: true}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    indexes: {by_list: [list_id]}
    delete: hard
    access: {all: list_id in (my_lists)}
";

/// The database of an app, and a bridge in front of it.
pub(crate) struct World<'c> {
    pub(crate) database: Database<'c>,
    pub(crate) model: Model,
    /// The database that its devices begin with.
    pub(crate) begins: DeviceDatabase,
    /// The server itself.
    admin: RefCell<Client>,
    kind: Kind,
    bridge: Running,
    schema: PathBuf,
    /// The folder of a declaration that is a test's own.
    _folder: Option<TempDir>,
    constants: Option<Constants>,
}

/// What generated constants say of an app.
#[derive(Clone, Copy)]
pub(crate) struct Constants {
    pub(crate) registry: &'static Registry,
    pub(crate) releases: Releases,
    pub(crate) statements: &'static [&'static Statements],
    pub(crate) pull: &'static Pull,
    pub(crate) database: &'static DeviceDatabase,
}

impl World<'static> {
    /// The app of a declaration, in the cluster that tests share.
    pub(crate) fn of(hint: &str, declaration: &str) -> Self {
        World::served_by(Kind::Bridge, hint, declaration)
    }

    /// An app of which constants are generated.
    pub(crate) fn of_constants(
        kind: Kind,
        hint: &str,
        schema: &Path,
        constants: Constants,
    ) -> Self {
        let schema = schema.to_owned();
        World::made(kind, Cluster::shared(), hint, schema, None, Some(constants))
    }

    /// An app whose declaration is in a folder.
    pub(crate) fn of_folder(hint: &str, folder: TempDir) -> Self {
        let schema = folder.path().to_owned();
        World::made(
            Kind::Bridge,
            Cluster::shared(),
            hint,
            schema,
            Some(folder),
            None,
        )
    }

    /// The same, behind a kind of server.
    pub(crate) fn served_by(kind: Kind, hint: &str, declaration: &str) -> Self {
        World::in_cluster(kind, Cluster::shared(), hint, declaration)
    }
}

impl<'c> World<'c> {
    pub(crate) fn in_cluster(
        kind: Kind,
        cluster: &'c Cluster,
        hint: &str,
        declaration: &str,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("app.yaml"), declaration).expect("it is written");
        let schema = folder.path().to_owned();
        World::made(kind, cluster, hint, schema, Some(folder), None)
    }

    fn made(
        kind: Kind,
        cluster: &'c Cluster,
        hint: &str,
        schema: PathBuf,
        folder: Option<TempDir>,
        constants: Option<Constants>,
    ) -> Self {
        let model = model_of(&schema);
        let database = applied_in(cluster, hint, &model);
        let url = database.login_url("bridge_role");
        let world = World {
            kind,
            bridge: started(kind, &model, served(&schema, &url, constants)),
            begins: match constants {
                Some(constants) => *constants.database,
                None => database_of(&model),
            },
            admin: RefCell::new(database.superuser()),
            database,
            model,
            schema,
            _folder: folder,
            constants,
        };
        world.deploy();
        world.deploy();
        world.run(&format!(
            "insert into auth.users (id) values ('{ANN}'), ('{BEN}')"
        ));
        world
    }

    /// Runs `bridge.sql`, as the owner does in every deployment.
    pub(crate) fn deploy(&self) {
        let tree = (target::TARGET.emit)(&self.model);
        let sql = tree.get("bridge.sql").expect("the app has a bridge");
        self.database
            .apply(&sql)
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// Starts the bridge anew in front of another database.
    pub(crate) fn turn_to(&mut self, database: Database<'c>) {
        let url = database.login_url("bridge_role");
        let served = served(&self.schema, &url, self.constants);
        self.bridge = started(self.kind, &self.model, served);
        self.admin = RefCell::new(database.superuser());
        self.database = database;
    }

    /// Turns devices to another server in front of the same database.
    pub(crate) fn turn_behind(&mut self, running: Running) {
        self.bridge = running;
    }

    /// Removes every note of a row that went, as a bridge does after a time.
    pub(crate) fn purge(&self) -> i64 {
        let url = self.database.login_url("bridge_role");
        let (app, mut config) = served(&self.schema, &url, self.constants);
        config.pull.keep_days = 0;
        let bridge = Bridge::new(app, config).expect("the settings are right");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let purged = runtime.expect("a runtime").block_on(bridge.purge_pull());
        purged.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs SQL as the server.
    pub(crate) fn run(&self, sql: &str) {
        self.admin
            .borrow_mut()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, sql)));
    }

    /// Runs SQL as the server; whether it succeeded.
    pub(crate) fn tried(&self, sql: &str) -> bool {
        let mut admin = self.admin.borrow_mut();
        let is_done = admin.batch_execute(sql).is_ok();
        if !is_done {
            admin.batch_execute("rollback").expect("it is undone");
        }
        is_done
    }

    /// How many rows of a table a user may read.
    pub(crate) fn readable(&self, user: &str, table: &str) -> i64 {
        let mut admin = self.admin.borrow_mut();
        let mut transaction = admin.transaction().expect("it begins");
        let claims = json!({"sub": user, "role": "authenticated"});
        transaction
            .batch_execute(&format!(
                "set local role authenticated; set local request.jwt.claims = '{claims}'"
            ))
            .expect("it acts as the user");
        let count = format!("select count(*) from {table}");
        transaction.query_one(&count, &[]).expect("a count").get(0)
    }

    /// Where the server listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.bridge.address
    }

    /// A user's device, which has nothing.
    pub(crate) fn device(&self, user: &str, client: &str) -> Device {
        let mut device = Connection::open_in_memory().expect("memory is at hand");
        upgrade(&mut device, &self.begins).expect("the database is made");
        queue::connect(&device).expect("pragmas");
        Device::of(device, user, client)
    }

    /// Sends a request of a user's device.
    pub(crate) fn send(&self, user: &str, client: &str, body: &str) -> Result<Reply, String> {
        sent(self.bridge.address, user, client, body)
    }

    /// The same, with a token.
    pub(crate) fn send_with(&self, token: &str, client: &str, body: &str) -> Result<Reply, String> {
        sent_with(self.bridge.address, "/api/sync", token, client, body)
    }

    /// Sends what a user's device uploads, and pulls nothing.
    pub(crate) fn upload(&self, user: &str, client: &str, body: &str) -> Result<Reply, String> {
        sent_with(self.bridge.address, "/api/data", &token(user), client, body)
    }

    /// The URL of a path of the bridge.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.bridge.address)
    }

    /// Waits for what runs in the cluster, be it of other tests: nothing is pulled of what began after it.
    pub(crate) fn settle(&self) {
        let mut client = self.admin.borrow_mut();
        let number = "select pg_current_xact_id()::text::bigint";
        let number: i64 = client.query_one(number, &[]).expect("a number").get(0);
        let horizon = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > $1";
        while !client
            .query_one(horizon, &[&number])
            .expect("a horizon")
            .get::<_, bool>(0)
        {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Syncs a device until nothing is left of what was committed.
    pub(crate) fn sync(&self, device: &Device) -> Vec<Reply> {
        self.settle();
        self.sync_at_once(device)
    }

    /// Syncs a device until nothing is left of what can be pulled now.
    pub(crate) fn sync_at_once(&self, device: &Device) -> Vec<Reply> {
        let mut replies = Vec::new();
        let mut sqlite = device.sqlite.borrow_mut();
        let next = pull::sync_now(&mut sqlite, |body| {
            let reply = self.send(&device.user, &device.client, body);
            let reply = reply.map_err(pull::Unsent)?;
            if reply.status != 200 {
                return Err(pull::Unsent(format!("{reply:?}")));
            }
            replies.push(reply.clone());
            Ok(reply.body)
        });
        let next = next.unwrap_or_else(|error| panic!("{error}: {replies:#?}"));
        assert_eq!(next, pull::Next::Done, "{replies:#?}");
        replies
    }

    /// A device that has what its user may read, and nothing else.
    pub(crate) fn reader(&self, user: &str) -> Device {
        let device = self.device(user, "a device that has nothing");
        self.sync(&device);
        device
    }
}

/// Sends a request of a user's device to a server.
pub(crate) fn sent(
    address: SocketAddr,
    user: &str,
    client: &str,
    body: &str,
) -> Result<Reply, String> {
    sent_with(address, "/api/sync", &token(user), client, body)
}

fn sent_with(
    address: SocketAddr,
    path: &str,
    token: &str,
    client: &str,
    body: &str,
) -> Result<Reply, String> {
    let authorization = format!("Bearer {token}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("Synctable-Client-Id", client),
    ];
    send(address, "POST", path, &headers, body.as_bytes())
}

/// A device.
pub(crate) struct Device {
    pub(crate) sqlite: RefCell<Connection>,
    pub(crate) user: String,
    pub(crate) client: String,
}

impl Device {
    pub(crate) fn of(sqlite: Connection, user: &str, client: &str) -> Self {
        Device {
            sqlite: RefCell::new(sqlite),
            user: user.to_owned(),
            client: client.to_owned(),
        }
    }

    /// Writes in one transaction.
    pub(crate) fn write(&self, sql: &str) {
        let mut sqlite = self.sqlite.borrow_mut();
        queue::write(&mut sqlite, |transaction| transaction.execute_batch(sql))
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// The rows of a table by their ids.
    pub(crate) fn rows(&self, table: &str) -> BTreeMap<String, Vec<Value>> {
        rows(&self.sqlite.borrow(), table)
    }

    /// A text of a row.
    pub(crate) fn text(&self, sql: &str) -> Option<String> {
        let sqlite = self.sqlite.borrow();
        sqlite
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        let sqlite = self.sqlite.borrow();
        sqlite
            .query_row(&sql, [], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{error}: {sql}"))
    }
}

pub(crate) fn rows(sqlite: &Connection, table: &str) -> BTreeMap<String, Vec<Value>> {
    let sql = format!("SELECT * FROM \"{table}\" ORDER BY id");
    let mut statement = sqlite
        .prepare(&sql)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let count = statement.column_count();
    let rows = statement.query_map([], |row| {
        let values = (0..count).map(|at| row.get(at));
        Ok((
            row.get("id")?,
            values.collect::<rusqlite::Result<Vec<Value>>>()?,
        ))
    });
    let rows: rusqlite::Result<_> = rows.expect("rows").collect();
    rows.expect("rows")
}

/// The database of an app's devices, as generated constants hold it.
pub(crate) fn database_of(model: &Model) -> DeviceDatabase {
    let mut refused = Complaints::new();
    let database = sqlite::database(model, &History::default(), &mut refused);
    let leak = |text: String| -> &'static str { text.leak() };
    DeviceDatabase {
        version: database.version,
        schema: leak(database.schema),
        steps: &[],
        queue: database.queue.map(leak),
    }
}

/// What the bridge serves, and its settings.
fn served(schema: &Path, url: &str, constants: Option<Constants>) -> (App, Config) {
    let load = load(schema);
    let model = load.reading.model.expect("the declaration is right");
    let loaded = match constants {
        Some(constants) => Loaded {
            registry: constants.registry,
            releases: constants.releases,
            statements: constants.statements,
            pull: Some(constants.pull),
            buckets: &[],
        },
        None => load.loaded.expect("the declaration is right"),
    };
    let app = App {
        registry: loaded.registry,
        releases: loaded.releases,
        statements: loaded.statements,
        pull: loaded.pull,
        buckets: &[],
        checkpoints: false,
        client_role: "authenticated".to_owned(),
        roles: vec!["authenticated".to_owned(), "anon".to_owned()],
        service_role: None,
        schema: bridge_schema(&model.app),
        changes: loaded.decoder(),
    };
    let config = Config {
        database: config::Database {
            url: url.to_owned(),
            ..config::Database::default()
        },
        issuers: vec![config::Issuer {
            secret: Some(SECRET.to_owned()),
            ..config::Issuer::default()
        }],
        uploads: config::Uploads {
            other_shapes: true,
            ..config::Uploads::default()
        },
        ..Config::default()
    };
    (app, config)
}

/// A server of a declaration, in front of a database.
fn started(kind: Kind, model: &Model, (app, config): (App, Config)) -> Running {
    if kind != Kind::Bridge {
        return Running::worker(model, &config.database.url, SECRET, kind);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let (told, tells) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let bridge = Bridge::new(app, config).expect("the settings are right");
            let server = Server::new(bridge, None).expect("the issuer is right");
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a port is free");
            let address = listener.local_addr().expect("it is bound");
            told.send(address).expect("somebody waits");
            let head = Duration::from_secs(30);
            serve(listener, server.router(), head, async move {
                let _ = stopped.await;
            })
            .await;
        });
    });
    Running::thread(tells.recv().expect("the bridge starts"), stop, thread)
}

/// A token of a user.
pub(crate) fn token(user: &str) -> String {
    let claims = json!({
        "sub": user,
        "role": "authenticated",
        "exp": get_current_timestamp() + 3600,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims, &key.expect("it is a secret"))
        .expect("claims are JSON")
}
