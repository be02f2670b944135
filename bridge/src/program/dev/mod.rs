//! `bridge dev`: a throw-away Postgres with the app in it, two users, and the bridge in front of it.

mod connect;
mod example;
mod set_up;

use super::args::Dev;
use super::{Stop, load, runtime, serve};
use crate::apply::{Bridge, Call};
use crate::auth::Caller;
use crate::config::{Access, Config, Database, Issuer, Server};
use crate::protocol;
use crate::retry::seed;
use connect::connect;
use example::Example;
use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use set_up::{Schema, SetUp};
use std::path::Path;
use synctable::Scalar;
use synctable::crud::Release;
use synctable_codegen::loaded::load;
use synctable_codegen::model::Connection;
use synctable_codegen::throwaway::Cluster;

/// The audience of the tokens.
const AUDIENCE: &str = "authenticated";

/// How long the tokens are valid: a working day.
const VALID_SECONDS: u64 = 12 * 3600;

pub(super) fn dev(arguments: &Dev) -> Result<(), Stop> {
    let mut loading = load(&arguments.schema);
    let mut schema = Schema::Declared;
    if !arguments.without_migrations {
        schema = set_up::schema(&loading.reading, &arguments.schema)?;
    }
    let mut access = Access::RowSecurity;
    // Any declaration can be tried: one that has no roles for the bridge gets the usual ones.
    if let Some(model) = &mut loading.reading.model {
        let roles = &mut model.postgres.roles;
        roles.bridge.get_or_insert_with(|| "bridge_role".to_owned());
        if !model
            .postgres
            .connections
            .contains(&Connection::RowSecurity)
        {
            access = Access::Guarded;
            if roles.service.is_none() {
                roles.service = Some("service_role".to_owned());
                // Its rights are in no migration.
                schema = Schema::Declared;
            }
        }
    }
    let config = Config {
        database: Database {
            access,
            ..Database::default()
        },
        ..Config::default()
    };
    let app = load::app_of(&loading, &arguments.schema, &config)?;
    let Some(model) = &loading.reading.model else {
        return Err(Stop::Declared("the declaration has errors".to_owned()));
    };
    let role = model.postgres.roles.bridge.as_deref().unwrap_or_default();
    let environment = |why: String| Stop::Environment(why);
    let cluster = Cluster::start().map_err(environment)?;
    let [ann, ben] = users(model.postgres.user_id);
    let rows = rows(arguments).map_err(environment)?;
    let set_up = SetUp {
        model,
        schema: &schema,
        users: &[&ann, &ben],
        rows: rows.as_deref(),
    };
    runtime()?.block_on(async {
        let client = connect(&cluster).await.map_err(environment)?;
        set_up.run(&client).await.map_err(Stop::Declared)
    })?;
    let secret = format!("{:016x}{:016x}", seed(), seed());
    let token = |user: &str| token(&secret, user, &model.postgres.roles.client);
    let config = Config {
        server: Server {
            listen: arguments.listen,
            ..Server::default()
        },
        database: Database {
            url: cluster.url(role),
            access,
            ..Database::default()
        },
        issuers: vec![Issuer {
            secret: Some(secret.clone()),
            audience: vec![AUDIENCE.to_owned()],
            ..Issuer::default()
        }],
        ..config
    };
    let pulls = app.pull.is_some();
    let bridge = Bridge::new(app, config).map_err(Stop::Declared)?;
    let caller = Caller {
        subject: ann.clone(),
        claims: claims(&ann, &model.postgres.roles.client).to_string(),
        role: model.postgres.roles.client.clone(),
    };
    let example = runtime()?.block_on(async {
        let administrator = connect(&cluster).await?;
        let example = Example::of(model, &bridge, &administrator, &caller).await?;
        if let Some(example) = &example {
            fill(&bridge, &caller, example, arguments.seed).await?;
        }
        Ok(example)
    });
    let example = example.map_err(environment)?;
    if example.is_none() && arguments.seed > 0 {
        let why = "no row can be made up that the app takes: put the rows that it needs into a file, and pass `--sql`";
        return Err(Stop::Declared(why.to_owned()));
    }
    serve::run(bridge, |address| {
        let url = format!("http://{address}/api/data");
        println!("Postgres   {}", cluster.url("postgres"));
        println!("uploads    {url}");
        if pulls {
            println!("syncs      http://{address}/api/sync");
        }
        for (name, user) in [("Ann", &ann), ("Ben", &ben)] {
            println!("{name}        {user}\n           {}", token(user));
        }
        if let Some(example) = &example {
            let body = json!({"transactions": [{"crud": [example.entry(seed())]}]}).to_string();
            println!("\nUpload a row as Ann:\n");
            println!(
                "curl -sS {url} -H 'Authorization: Bearer {}' -H 'Synctable-Client-Id: curl' -d '{}'",
                token(&ann),
                body.replace('\'', "'\\''")
            );
        }
        println!(
            "\nIn the app:\n\nnew Connector({{ uploadUrl: '{url}', session: async () => ({{ token }}), … }})"
        );
        if pulls {
            println!(
                "\nWith plain SQLite:\n\nnew Sync(device, {{ url: 'http://{address}/api/sync', session: async () => ({{ token, caller }}), … }})"
            );
        }
    })
}

/// Two users, whose ids have the form that the app asks for.
fn users(kind: Scalar) -> [String; 2] {
    match kind {
        Scalar::Uuid => ["a", "b"].map(|end| format!("00000000-0000-4000-8000-00000000000{end}")),
        Scalar::Int | Scalar::Bigint => ["1", "2"].map(str::to_owned),
        _ => ["ann", "ben"].map(str::to_owned),
    }
}

fn claims(user: &str, role: &str) -> Value {
    json!({
        "sub": user,
        "role": role,
        "aud": AUDIENCE,
        "exp": get_current_timestamp() + VALID_SECONDS,
    })
}

fn token(secret: &str, user: &str, role: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes()).expect("the secret is not empty");
    jsonwebtoken::encode(&Header::default(), &claims(user, role), &key).expect("claims are JSON")
}

/// The rows that the app begins with: those of the file that was named, or of `seed.sql` beside the declaration.
fn rows(arguments: &Dev) -> Result<Option<String>, String> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path);
        text.map(Some)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
    };
    if let Some(path) = &arguments.sql {
        return read(path);
    }
    let folder = match arguments.schema.is_dir() {
        true => Some(arguments.schema.as_path()),
        false => arguments.schema.parent(),
    };
    match folder.map(|folder| folder.join("seed.sql")) {
        Some(path) if path.is_file() => read(&path),
        _ => Ok(None),
    }
}

fn told(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

/// Uploads so many rows as a user.
async fn fill(
    bridge: &Bridge,
    caller: &Caller,
    example: &Example,
    count: u32,
) -> Result<(), String> {
    let call = Call {
        caller,
        client: None,
        release: &Release::CURRENT,
        said_release: None,
    };
    for number in 0..count {
        let entry = example.entry(number.into());
        let body = json!({"transactions": [{"crud": [entry]}]}).to_string();
        let transactions = protocol::read(body.as_bytes(), 1).map_err(|error| error.to_string())?;
        let answers = bridge.apply(call, &transactions).await;
        if answers.iter().any(|answer| answer.status() != "success") {
            return Err(format!("a row cannot be added: {answers:?}"));
        }
    }
    Ok(())
}
