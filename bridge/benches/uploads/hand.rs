//! The same by hand: the floor, which is the work in the database alone, and a handler as a team writes it first.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use deadpool::managed;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_postgres::{Client, NoTls, Statement, Transaction};

use crate::driven::{Kind, ROWS, Run, device, id, place, time};
use crate::served::{Access, LIST, SECRET, claims};

const BECOME: &str =
    "select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)";

const RECORD: &str =
    "insert into tasks_bridge.applied (caller, client_id, transaction_id, hash, answer)
    values ($1, $2, $3, $4, '{\"status\":\"success\"}')";

const INSERT: &str = "
    insert into public.items as stored (id, list_id, title, status, place, estimate, due_on, note, edited_at)
    select * from unnest($1::text[]::uuid[], $2::text[]::uuid[], $3::text[], $4::text[]::public.item_status[],
        $5::int[], $6::text[]::numeric[], $7::text[]::date[], $8::text[], $9::text[]::timestamptz[])
    on conflict (id) do update set
        list_id = excluded.list_id, title = excluded.title, status = excluded.status, place = excluded.place,
        estimate = excluded.estimate, due_on = excluded.due_on, note = excluded.note, edited_at = excluded.edited_at
    where stored.edited_at < excluded.edited_at";

const CHANGE: &str = "
    update public.items as stored set title = sent.title, edited_at = sent.edited_at
    from unnest($1::text[]::uuid[], $2::text[], $3::text[]::timestamptz[]) as sent (id, title, edited_at)
    where stored.id = sent.id and stored.edited_at < sent.edited_at";

const DELETE: &str = "update public.items set deleted_at = now() where id = $1::text::uuid";

/// A connection with its statements.
pub(crate) struct Prepared {
    client: Client,
    become_caller: Statement,
    record: Statement,
    insert: Statement,
    change: Statement,
    delete: Statement,
}

impl Prepared {
    /// As whoever may see the tables: the login of the bridge may not.
    async fn open(url: &str, role: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let become_caller = client.prepare(BECOME).await?;
        let record = client.prepare(RECORD).await?;
        client.batch_execute(&format!("set role {role}")).await?;
        let insert = client.prepare(INSERT).await?;
        let change = client.prepare(CHANGE).await?;
        let delete = client.prepare(DELETE).await?;
        client.batch_execute("reset role").await?;
        Ok(Prepared {
            client,
            become_caller,
            record,
            insert,
            change,
            delete,
        })
    }
}

fn role(access: Access) -> &'static str {
    match access {
        Access::RowSecurity => "authenticated",
        Access::Guarded => "service_role",
    }
}

/// The rows of one statement.
async fn insert(transaction: &Transaction<'_>, statement: &Statement, ids: &[String], time: &str) {
    let many = ids.len();
    let all = |text: &'static str| vec![text; many];
    let written = transaction
        .execute(
            statement,
            &[
                &ids,
                &all(LIST),
                &all("Buy milk"),
                &all("open"),
                &ids.iter().map(|id| place(id)).collect::<Vec<i32>>(),
                &all("12.50"),
                &all("2026-01-31"),
                &all("two litres"),
                &vec![time; many],
            ],
        )
        .await;
    assert_eq!(written.expect("it is written"), many as u64);
}

async fn change(transaction: &Transaction<'_>, statement: &Statement, ids: &[String], time: &str) {
    let many = ids.len();
    let (titles, times) = (vec!["Buy bread"; many], vec![time; many]);
    let written = transaction
        .execute(statement, &[&ids, &titles, &times])
        .await;
    assert_eq!(written.expect("it is written"), many as u64);
}

/// The work in the database, by hand.
pub(crate) struct Floor {
    url: String,
    access: Access,
}

impl Floor {
    pub(crate) fn new(url: &str, access: Access) -> Self {
        Floor {
            url: url.to_owned(),
            access,
        }
    }

    /// What came of a turn; none for a mixture, which is not one statement.
    pub(crate) async fn run(&self, kind: Kind, connections: usize, turn: Duration) -> Option<Run> {
        let many = match kind {
            Kind::Inserts(many) | Kind::Changes(many) => many,
            Kind::Mixed => return None,
        };
        let role = role(self.access);
        let mut open = Vec::new();
        for _ in 0..connections {
            let mut prepared = Prepared::open(&self.url, role).await.expect("it answers");
            let device = device();
            if let Kind::Changes(_) = kind {
                let ids: Vec<String> = (0..ROWS).map(|nr| id(device, nr)).collect();
                one(
                    &mut prepared,
                    role,
                    device,
                    1,
                    Write::Insert(&ids, &time(0)),
                )
                .await;
            }
            for nr in 0..kind.first() {
                turn_of(&mut prepared, role, device, kind, (nr, many)).await;
            }
            open.push((prepared, device));
        }
        let began = Instant::now();
        let until = began + turn;
        let runs = open.into_iter().map(|(mut prepared, device)| {
            tokio::spawn(async move {
                let mut operations = 0;
                for nr in kind.first().. {
                    if Instant::now() >= until {
                        break;
                    }
                    turn_of(&mut prepared, role, device, kind, (nr, many)).await;
                    operations += many;
                }
                operations
            })
        });
        let mut operations = 0;
        for run in runs.collect::<Vec<_>>() {
            operations += run.await.expect("it ends");
        }
        Some(Run {
            operations,
            took: began.elapsed(),
            waits: Vec::new(),
        })
    }
}

/// The transaction of a number, of so many rows.
async fn turn_of(
    prepared: &mut Prepared,
    role: &str,
    device: u64,
    kind: Kind,
    (nr, many): (usize, usize),
) {
    let number = nr as i64 + 1_000_000;
    match kind {
        Kind::Changes(_) => {
            let ids: Vec<String> = (0..many)
                .map(|row| id(device, (nr * many + row) % ROWS))
                .collect();
            let write = Write::Change(&ids, &time(nr + 1));
            one(prepared, role, device, number, write).await;
        }
        _ => {
            let ids: Vec<String> = (0..many).map(|row| id(device, nr * many + row)).collect();
            let write = Write::Insert(&ids, &time(0));
            one(prepared, role, device, number, write).await;
        }
    }
}

enum Write<'w> {
    Insert(&'w [String], &'w str),
    Change(&'w [String], &'w str),
}

/// One transaction of the floor.
async fn one(prepared: &mut Prepared, role: &str, device: u64, number: i64, write: Write<'_>) {
    let claims = claims().to_string();
    let transaction = prepared.client.transaction().await.expect("it begins");
    let hash: &[u8] = &number.to_be_bytes();
    let client = format!("device {device}");
    let caller = crate::served::ANN;
    let recorded = transaction
        .execute(&prepared.record, &[&caller, &client, &number, &hash])
        .await;
    recorded.expect("it is recorded");
    let acting = transaction
        .execute(&prepared.become_caller, &[&claims, &role])
        .await;
    acting.expect("the role is taken");
    match write {
        Write::Insert(ids, time) => insert(&transaction, &prepared.insert, ids, time).await,
        Write::Change(ids, time) => change(&transaction, &prepared.change, ids, time).await,
    }
    transaction.commit().await.expect("it is committed");
}

/// The connections of the handler.
struct Manager {
    url: String,
    role: &'static str,
}

impl managed::Manager for Manager {
    type Type = Prepared;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<Prepared, tokio_postgres::Error> {
        Prepared::open(&self.url, self.role).await
    }

    async fn recycle(
        &self,
        _: &mut Prepared,
        _: &managed::Metrics,
    ) -> managed::RecycleResult<tokio_postgres::Error> {
        Ok(())
    }
}

struct Handler {
    pool: managed::Pool<Manager>,
    role: &'static str,
}

#[derive(Deserialize)]
struct Body {
    transactions: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    crud: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    op: String,
    id: String,
    #[serde(default)]
    op_data: Value,
}

/// A server as a team writes it first: it believes a token, and runs a statement for each operation.
pub(crate) async fn handler(url: &str, access: Access) -> SocketAddr {
    let manager = Manager {
        url: url.to_owned(),
        role: role(access),
    };
    let pool = managed::Pool::builder(manager)
        .max_size(10)
        .build()
        .expect("a pool");
    let handler = Handler {
        pool,
        role: role(access),
    };
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let router = Router::new()
        .route("/api/data", post(upload))
        .with_state(Arc::new(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn upload(State(handler): State<Arc<Handler>>, headers: HeaderMap, body: Bytes) -> String {
    let token = headers["authorization"]
        .to_str()
        .expect("a token")
        .trim_start_matches("Bearer ")
        .to_owned();
    let key = DecodingKey::from_secret(SECRET.as_bytes()).expect("a secret");
    let mut validation = Validation::default();
    validation.set_audience(&["authenticated"]);
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation)
        .expect("it is right")
        .claims
        .to_string();
    let body: Body = serde_json::from_slice(&body).expect("it is JSON");
    let mut prepared = handler.pool.get().await.expect("a connection");
    let Prepared {
        client,
        become_caller,
        insert,
        change,
        delete,
        ..
    } = &mut *prepared;
    let mut results = Vec::new();
    for sent in body.transactions {
        let transaction = client.transaction().await.expect("it begins");
        let acting = transaction
            .execute(&*become_caller, &[&claims, &handler.role])
            .await;
        acting.expect("the role is taken");
        for operation in &sent.crud {
            let text = |name: &str| operation.op_data[name].as_str().unwrap_or_default();
            let ids = std::slice::from_ref(&operation.id);
            match operation.op.as_str() {
                "PUT" => self::insert(&transaction, insert, ids, text("edited_at")).await,
                "PATCH" => self::change(&transaction, change, ids, text("edited_at")).await,
                _ => {
                    let deleted = transaction.execute(&*delete, &[&operation.id]).await;
                    deleted.expect("it is deleted");
                }
            }
        }
        transaction.commit().await.expect("it is committed");
        results.push(json!({"status": "success"}));
    }
    json!({"results": results}).to_string()
}
