//! What is known of the Postgres that stands behind an app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synctable::Scalar;

/// Facts about the Postgres side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Postgres {
    /// The schema of tables that name none.
    pub schema: String,
    /// Every schema that holds a declared object, default first, then in order of first use.
    pub schemas: Vec<String>,
    /// Where the caller's identity is read from.
    pub auth: Auth,
    /// The kind of the caller's id; a subject that is not of its canonical form is denied.
    #[serde(with = "super::wire::scalar")]
    #[schemars(with = "String")]
    pub user_id: Scalar,
    /// The roles that the generated SQL names.
    pub roles: Roles,
    /// Whether the owner has BYPASSRLS, so that FORCE ROW LEVEL SECURITY is safe.
    pub owner_bypasses_rls: bool,
    /// Whether everybody may go on making temporary objects in the database.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_temp: bool,
    /// The publication PowerSync reads; always `powersync` for its service.
    pub publication: String,
    /// Whether it is for all tables of the database, which only an administrator can make.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub publishes_all: bool,
    /// The connections that statements are generated for; never empty.
    #[serde(
        default = "Connection::all",
        skip_serializing_if = "Connection::are_all"
    )]
    pub connections: Vec<Connection>,
    /// The events by which PowerSync's service takes write checkpoints of the bridge; without any, it makes its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_checkpoints: Vec<CheckpointEvent>,
}

impl Postgres {
    /// Whether statements are generated for a connection.
    pub fn has(&self, connection: Connection) -> bool {
        self.connections.contains(&connection)
    }
}

/// What devices with plain SQLite have beside their tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sqlite {
    /// Whether triggers queue what is written on the device.
    pub queue: bool,
}

impl Sqlite {
    /// Whether it is as it is without being declared.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Who decides, on a connection that applies uploads, which rows may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// The policies: the transaction acts as the caller.
    RowSecurity,
    /// The statements themselves, for a connection that the policies do not bind.
    Guarded,
}

impl Connection {
    /// All of them.
    pub fn all() -> Vec<Self> {
        vec![Self::RowSecurity, Self::Guarded]
    }

    /// Whether a list has all of them.
    fn are_all(list: &[Self]) -> bool {
        Self::all().iter().all(|one| list.contains(one))
    }
}

/// An event of PowerSync's service: it takes rows of a table for write checkpoints of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointEvent {
    /// For devices that number their requests themselves.
    CheckpointRequests,
    /// For devices to which the server tells the number.
    WriteCheckpoints,
}

impl CheckpointEvent {
    /// Its name in the sync config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CheckpointRequests => "checkpoint_requests",
            Self::WriteCheckpoints => "write_checkpoints",
        }
    }
}

/// Where the caller's identity is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Supabase: `auth.uid()`, `auth.jwt()`, `auth.users`.
    Supabase,
    /// The setting `request.jwt.claims`, as PostgREST sets it.
    JwtClaims,
}

/// The roles that the generated SQL names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Roles {
    /// Signed-in callers.
    pub client: String,
    /// Callers without a token, where the app has them.
    pub anonymous: Option<String>,
    /// Owns every object; applies migrations; no superuser.
    pub owner: String,
    /// Reads the publication; has SELECT and BYPASSRLS.
    pub replication: String,
    /// A trusted server role with full access, where the app has one.
    pub service: Option<String>,
    /// The bridge's login, where the app has one: it becomes the callers whose uploads it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridge: Option<String>,
}
