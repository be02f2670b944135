//! The settings of a bridge: a TOML file, and variables of the environment that go before it.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All settings. A name that is not known is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the bridge listens, and what a request may hold.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// Whose tokens are believed.
    #[serde(rename = "issuer")]
    pub issuers: Vec<Issuer>,
    /// What happens to uploads.
    pub uploads: Uploads,
    /// What devices pull.
    pub pull: Pull,
    /// Where the objects of storage buckets are.
    pub objects: Objects,
    /// The admin API; without a token it does not exist.
    pub admin: Admin,
}

/// Where the bridge listens, and what a request may hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address and port.
    pub listen: SocketAddr,
    /// The bytes of a body.
    pub body_bytes: usize,
    /// The bytes of the bodies of all requests that run; others are answered 429.
    pub bodies_bytes: usize,
    /// The entries of a request.
    pub entries: usize,
    /// How long a request may take, in milliseconds, its body included.
    pub timeout_ms: u64,
    /// How long the head of a request may take to arrive, and a connection may be open between requests, in milliseconds.
    pub head_ms: u64,
    /// How many uploads are read and applied at a time; others are answered 429.
    pub requests: usize,
    /// How long requests that run may take to end after a signal to stop, in milliseconds.
    pub drain_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            body_bytes: 8 << 20,
            bodies_bytes: 64 << 20,
            entries: 10_000,
            timeout_ms: 25_000,
            head_ms: 30_000,
            requests: 64,
            drain_ms: 30_000,
        }
    }
}

/// The database.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Its URL, with the login role.
    pub url: String,
    /// The file of the certificates that are trusted; those of the system without one.
    pub certificates: Option<PathBuf>,
    /// How many connections are open at most.
    pub connections: usize,
    /// How long a request waits for a connection, in milliseconds.
    pub wait_ms: u64,
    /// How long opening a connection may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long a statement may take, in milliseconds.
    pub statement_timeout_ms: u64,
    /// Who decides which rows may be written.
    pub access: Access,
    /// What stands between the bridge and Postgres.
    pub pooler: Pooler,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL holds a password.
        f.debug_struct("Database")
            .field("connections", &self.connections)
            .field("access", &self.access)
            .field("pooler", &self.pooler)
            .finish_non_exhaustive()
    }
}

impl Default for Database {
    fn default() -> Self {
        Database {
            url: String::new(),
            certificates: None,
            connections: 10,
            wait_ms: 5_000,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 10_000,
            access: Access::RowSecurity,
            pooler: Pooler::None,
        }
    }
}

impl Database {
    /// How long a request waits for a connection.
    pub const fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }

    /// Everything that is wrong with the settings of the database.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.url.is_empty() {
            problems.push("`database.url` is missing".to_owned());
        }
        if self.connections == 0 {
            problems.push("`database.connections` is 0".to_owned());
        }
        problems
    }

    /// How long opening a connection may take.
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

/// Who decides which rows may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The policies of Postgres: each transaction takes the role and the claims of its caller.
    RowSecurity,
    /// The statements: the login role bypasses row-level security.
    Guarded,
}

/// What stands between the bridge and Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooler {
    /// Nothing, or a pooler whose clients keep their session: statements are prepared once for each connection.
    None,
    /// A pooler that may give each transaction another session: nothing outlives a transaction.
    Transaction,
}

/// Somebody whose tokens are believed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Issuer {
    /// The claim `iss`; without it, tokens of any issuer that no other entry names.
    pub name: Option<String>,
    /// The audiences of which a token has to name one; any without them.
    pub audience: Vec<String>,
    /// The secret of HMAC tokens.
    pub secret: Option<String>,
    /// The same in base64.
    pub secret_base64: Option<String>,
    /// The URL of the public keys (JWKS).
    pub jwks: Option<String>,
    /// The file of the certificates that are trusted where the keys are fetched; those of the system without one.
    pub certificates: Option<PathBuf>,
    /// The algorithms: `HS256` for a secret, `ES256` and `RS256` for public keys, unless given.
    pub algorithms: Vec<String>,
    /// How far clocks may differ, in seconds; 30 unless given.
    pub skew_seconds: Option<u64>,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Secrets stay out of logs.
        f.debug_struct("Issuer")
            .field("name", &self.name)
            .field("audience", &self.audience)
            .field("jwks", &self.jwks)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// What happens to uploads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uploads {
    /// What happens to the transactions of a request behind one that will never be applied.
    pub after_fatal: AfterFatal,
    /// Whether requests of other connectors than those of the protocol are taken.
    pub other_shapes: bool,
    /// Whether the entries that are right are applied where another one of their transaction is refused.
    pub per_entry: bool,
    /// How often a transaction is tried before the device is asked to send it again.
    pub attempts: u32,
    /// How long these attempts may take together, in milliseconds.
    pub budget_ms: u64,
    /// How long it is known what was applied, in days.
    pub keep_applied_days: u32,
}

impl Default for Uploads {
    fn default() -> Self {
        Uploads {
            after_fatal: AfterFatal::Stop,
            other_shapes: false,
            per_entry: false,
            attempts: 4,
            budget_ms: 5_000,
            keep_applied_days: 30,
        }
    }
}

/// What devices pull.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pull {
    /// How long it is known which rows went, in days; a device that was away for longer takes everything anew.
    pub keep_days: u32,
}

impl Default for Pull {
    fn default() -> Self {
        Pull { keep_days: 90 }
    }
}

/// What happens to the transactions of a request behind one that will never be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterFatal {
    /// They are not attempted; the device sends them again.
    Stop,
    /// They are applied.
    Skip,
}

/// Where the objects of storage buckets are.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objects {
    /// The kind of service; without one, the bridge signs no URLs.
    pub backend: Option<Backend>,
    /// The URL of the service, as devices reach it.
    pub url: String,
    /// The region that signatures name.
    pub region: String,
    /// Whether the bucket is the first folder of a URL, or a part of the host.
    pub style: Style,
    /// The id of the key of an S3-compatible service.
    pub key_id: String,
    /// The secret of that key, or the service key of Supabase.
    pub secret: String,
    /// How long a URL is valid, in seconds.
    pub valid_seconds: u64,
    /// How many bytes an upload has at most, on a service that speaks S3.
    pub max_bytes: Option<u64>,
    /// The file of the certificates that are trusted where the service is asked; those of the system without one.
    pub certificates: Option<PathBuf>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The secret stays out of logs.
        f.debug_struct("Objects")
            .field("backend", &self.backend)
            .field("url", &self.url)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Default for Objects {
    fn default() -> Self {
        Objects {
            backend: None,
            url: String::new(),
            region: "us-east-1".to_owned(),
            style: Style::Path,
            key_id: String::new(),
            secret: String::new(),
            valid_seconds: 900,
            max_bytes: None,
            certificates: None,
        }
    }
}

impl Objects {
    /// Everything that is wrong with the settings of objects.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let Some(backend) = self.backend else {
            if *self != Objects::default() {
                problems
                    .push("`objects` has settings, and `objects.backend` is missing".to_owned());
            }
            return problems;
        };
        let mut hold = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        let is_url = ["https://", "http://"]
            .iter()
            .any(|scheme| self.url.starts_with(scheme));
        hold(is_url, "`objects.url` is not an `https:` or `http:` URL");
        hold(!self.secret.is_empty(), "`objects.secret` is missing");
        hold(
            (1..=604_800).contains(&self.valid_seconds),
            "`objects.valid_seconds` is not between 1 and 604800, which is a week",
        );
        match backend {
            Backend::S3 => hold(!self.key_id.is_empty(), "`objects.key_id` is missing"),
            Backend::Supabase => {
                hold(
                    self.key_id.is_empty(),
                    "`objects.key_id` is for S3-compatible services: remove it",
                );
                hold(
                    self.max_bytes.is_none(),
                    "`objects.max_bytes` is for S3-compatible services: set the limit at the bucket in Supabase",
                );
            }
        }
        problems
    }
}

/// A kind of service that keeps objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// One that speaks S3, with signatures of version 4.
    S3,
    /// Supabase's storage.
    Supabase,
}

/// Where the name of a bucket is in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// `https://host/bucket/path`
    Path,
    /// `https://bucket.host/path`
    Host,
}

/// The admin API.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// The bearer token; without one there is no admin API.
    pub token: Option<String>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

/// A variable of the environment, and the setting that it sets.
type Variable = (&'static str, fn(&mut Config, String) -> Result<(), String>);

/// The variables of the environment, which go before the file.
pub const VARIABLES: &[Variable] = &[
    ("BRIDGE_DATABASE_URL", |config, text| {
        config.database.url = text;
        Ok(())
    }),
    ("BRIDGE_DATABASE_CONNECTIONS", |config, text| {
        config.database.connections = number(&text)?;
        Ok(())
    }),
    ("BRIDGE_DATABASE_POOLER", |config, text| {
        config.database.pooler = match text.as_str() {
            "none" => Pooler::None,
            "transaction" => Pooler::Transaction,
            _ => return Err(format!("`{text}` is not `none` or `transaction`")),
        };
        Ok(())
    }),
    ("BRIDGE_LISTEN", |config, text| {
        config.server.listen = text
            .parse()
            .map_err(|_| format!("`{text}` is not an address such as `0.0.0.0:8090`"))?;
        Ok(())
    }),
    ("BRIDGE_JWT_SECRET", |config, text| {
        config.only_issuer()?.secret = Some(text);
        Ok(())
    }),
    ("BRIDGE_JWKS", |config, text| {
        config.only_issuer()?.jwks = Some(text);
        Ok(())
    }),
    ("BRIDGE_JWT_AUDIENCE", |config, text| {
        config.only_issuer()?.audience = text.split(',').map(|one| one.trim().to_owned()).collect();
        Ok(())
    }),
    ("BRIDGE_OBJECTS_KEY_ID", |config, text| {
        config.objects.key_id = text;
        Ok(())
    }),
    ("BRIDGE_OBJECTS_SECRET", |config, text| {
        config.objects.secret = text;
        Ok(())
    }),
    ("BRIDGE_ADMIN_TOKEN", |config, text| {
        config.admin.token = Some(text);
        Ok(())
    }),
];

fn number(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}

impl Config {
    /// Reads a file's text, and then what `variable` knows of the environment.
    ///
    /// # Errors
    /// A setting that is not known, or a value of another form.
    pub fn read(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut config: Config = toml::from_str(text).map_err(|error| {
            // The whole message would show the line, which may hold a secret.
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            format!("line {line}: {}", error.message())
        })?;
        for (name, set) in VARIABLES {
            if let Some(value) = variable(name) {
                set(&mut config, value).map_err(|why| format!("{name}: {why}"))?;
            }
        }
        Ok(config)
    }

    /// The one issuer that variables of the environment are about.
    fn only_issuer(&mut self) -> Result<&mut Issuer, String> {
        if self.issuers.is_empty() {
            self.issuers.push(Issuer::default());
        }
        match self.issuers.as_mut_slice() {
            [one] => Ok(one),
            _ => Err("the file has several issuers: set it there".to_owned()),
        }
    }

    /// Everything that is wrong with the settings of a server as a whole.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.database.problems();
        let mut hold = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        hold(
            !self.issuers.is_empty(),
            "no token is believed: add an `[[issuer]]`",
        );
        hold(self.uploads.attempts > 0, "`uploads.attempts` is 0");
        hold(self.server.requests > 0, "`server.requests` is 0");
        hold(
            self.server.bodies_bytes > self.server.body_bytes,
            "`server.bodies_bytes` is not larger than `server.body_bytes`, so that no body of that size is taken",
        );
        let token = self.admin.token.as_deref();
        hold(
            token.is_none_or(|token| token.len() >= 16),
            "`admin.token` is shorter than 16 characters",
        );
        problems.extend(self.objects.problems());
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_file() {
        let text = "[database]\nurl = 'a'\n[[issuer]]\nsecret = 's'\naudience = ['x']\n";
        let config = Config::read(text, |name| {
            (name == "BRIDGE_DATABASE_URL").then(|| "b".to_owned())
        })
        .unwrap();
        assert_eq!(config.database.url, "b");
        assert_eq!(config.issuers[0].audience, ["x"]);
        assert!(config.problems().is_empty());
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (text, part) in [
            ("[server]\nlistens = 'x'", "listens"),
            ("[uploads]\nafter_fatal = 'go'", "`stop` or `skip`"),
            ("[[issuer]]\nkey = 's'", "key"),
        ] {
            let error = Config::read(text, |_| None).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let text = "[database]\nurl = 'postgres://a:hidden@h/d'\n[[issuer]]\nsecret = 'hidden'\n[objects]\nsecret = 'hidden'\n[admin]\ntoken = 'hidden'\n";
        let config = Config::read(text, |_| None).unwrap();
        assert!(!format!("{config:?}").contains("hidden"));
        assert_eq!(
            config.problems(),
            [
                "`admin.token` is shorter than 16 characters",
                "`objects` has settings, and `objects.backend` is missing"
            ]
        );
    }
}
