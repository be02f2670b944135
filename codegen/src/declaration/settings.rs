//! The settings: facts about the server, and which copies are wanted.

use super::{Flag, Name, Spanned};
use crate::diagnostic::Span;
use crate::model::{Auth, CheckpointEvent, Connection};
use synctable::Scalar;

/// `postgres`: facts about the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Postgres {
    /// The place of the key, where the section is declared.
    pub span: Option<Span>,
    /// `schema`; `public` unless declared.
    pub schema: Option<Name>,
    /// `auth`; `supabase` unless declared.
    pub auth: Option<Spanned<Auth>>,
    /// `user_id`: `uuid` unless declared; one of `uuid`, `text`, `int`, `bigint`.
    pub user_id: Option<Spanned<Scalar>>,
    /// `roles`.
    pub roles: Roles,
    /// `owner_bypasses_rls`.
    pub owner_bypasses_rls: Flag,
    /// `keep_temp`.
    pub keep_temp: Flag,
    /// `publication`, or its `name`; `powersync` unless declared.
    pub publication: Option<Name>,
    /// `publication.all_tables`.
    pub publishes_all: Flag,
    /// `connections`; all of them unless declared.
    pub connections: Option<Spanned<Vec<Connection>>>,
    /// `custom_checkpoints`; none unless declared.
    pub custom_checkpoints: Option<Spanned<Vec<CheckpointEvent>>>,
}

/// `sqlite`: what devices with plain SQLite have beside their tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sqlite {
    /// `queue`.
    pub queue: Flag,
}

/// `postgres.roles`: names of Postgres roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roles {
    /// `client`; `authenticated` unless declared.
    pub client: Option<Name>,
    /// `anonymous`; none unless declared.
    pub anonymous: Option<Name>,
    /// `owner`; `postgres` unless declared.
    pub owner: Option<Name>,
    /// `replication`; `powersync_role` unless declared.
    pub replication: Option<Name>,
    /// `service`; none unless declared.
    pub service: Option<Name>,
    /// `bridge`.
    pub bridge: Option<Name>,
}

/// One entry of `targets`.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The target; one of the known ones.
    pub name: Name,
    /// Where it goes: a relative path with `/`, from the declaration's folder.
    pub folder: Spanned<String>,
    /// `tables`: those that are wanted, where not all are.
    pub tables: Option<Spanned<Vec<Name>>>,
    /// `worker`.
    pub worker: Flag,
}
