//! What decides between a write and the row that it finds.

use super::{Access, Column, RoleRules, Table};
use synctable::{ConflictRule, DeleteRule, Role};

/// What decides between a write and the row that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arbiter {
    /// The later `edited_at`.
    Time,
    /// Whether the writer saw the row as it stands.
    Seen,
    /// Nothing: it applies.
    Arrival,
}

impl Table {
    /// What decides between a write and the row that it finds.
    pub fn arbiter(&self) -> Arbiter {
        match (self.conflict, self.on_server(Role::EditedAt)) {
            (ConflictRule::LastWriteWins, Some(_)) => Arbiter::Time,
            (ConflictRule::ServerWins, _) => Arbiter::Seen,
            (
                ConflictRule::LastWriteWins
                | ConflictRule::LastUploadWins
                | ConflictRule::AppendOnly,
                _,
            ) => Arbiter::Arrival,
        }
    }

    /// Whether devices change rows of it, as `role`.
    pub fn takes_changes(&self, role: &str) -> bool {
        self.carried_up().patch
            && self.conflict != ConflictRule::AppendOnly
            && self.has_rule(role, |access| &access.update)
    }

    /// Whether devices delete rows of it, as `role`.
    pub fn takes_deletions(&self, role: &str) -> bool {
        self.carried_up().delete
            && self.delete != DeleteRule::Denied
            && self.has_rule(role, |access| &access.delete)
    }

    /// Whether the server keeps who wrote a row last: where a write may lose against a row, it must not lose against its
    /// writer's own earlier ones.
    pub fn keeps_writers(&self, role: &str) -> bool {
        self.arbiter() != Arbiter::Arrival
            && (self.takes_changes(role) || self.takes_deletions(role))
    }

    /// Whether the policy speaks of a command for `role`.
    pub fn has_rule<'a, R: 'a>(
        &'a self,
        role: &str,
        rules: impl Fn(&'a Access) -> &'a RoleRules<R>,
    ) -> bool {
        let access = self.access.as_ref();
        access.is_some_and(|access| rules(access).contains_key(role))
    }

    /// The column that holds `role`, if the server has it.
    pub fn on_server(&self, role: Role) -> Option<&Column> {
        self.role(role)
            .filter(|column| column.direction.on_server())
    }
}
