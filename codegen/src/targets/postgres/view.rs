//! What the templates of Postgres print: every choice is made, every name is quoted.

use super::pull::Note;
use askama::Template;

/// The first migration: everything, from nothing.
#[derive(Debug, Template)]
#[template(path = "postgres/baseline.sql")]
pub(super) struct Baseline {
    pub(super) app: String,
    /// The app's doc, line by line.
    pub(super) doc: Vec<String>,
    /// The roles that must exist.
    pub(super) needed: Needed,
    pub(super) schemas: Vec<Schema>,
    /// The statements that make the extensions which indexes need.
    pub(super) extensions: Vec<String>,
    pub(super) private: Option<Private>,
    /// Enums, domains and hand-written SQL that tables need, in order.
    pub(super) before: Vec<Before>,
    pub(super) tables: Vec<Table>,
    pub(super) foreign_keys: Vec<AddConstraint>,
    /// Functions that triggers call, and those triggers.
    pub(super) helpers: Vec<Helper>,
    /// The functions behind the sets that policies look things up in, each after those it calls.
    pub(super) sets: Vec<SetFunction>,
    pub(super) policies: Vec<TablePolicies>,
    pub(super) views: Vec<View>,
    pub(super) publication: Publication,
    /// Hand-written SQL that needs tables, in order.
    pub(super) after: Vec<Written>,
    /// The statements that write the rows that are shipped with the schema.
    pub(super) seeds: Vec<String>,
}

/// Stops where a role is missing.
#[derive(Debug, Template)]
#[template(path = "postgres/needed.sql")]
pub(super) struct Needed {
    /// The roles, as literals.
    pub(super) roles: Vec<String>,
    /// A dollar quote that stands in none of them.
    pub(super) quote: String,
}

/// Roles and rights that only an administrator can give.
#[derive(Debug, Template)]
#[template(path = "postgres/setup.sql")]
pub(super) struct Setup {
    pub(super) app: String,
    /// A dollar quote that stands in no name.
    pub(super) quote: String,
    pub(super) roles: Vec<Role>,
    pub(super) owner: String,
    pub(super) owner_literal: String,
    /// Who may make temporary objects, as literals; nobody is named where everybody may.
    pub(super) temporary: Vec<String>,
    /// Whether the app keeps something in `public`, which every database has.
    pub(super) uses_public: bool,
    /// Tables elsewhere that foreign keys point to.
    pub(super) externals: Vec<External>,
    /// Who may become whom.
    pub(super) memberships: Vec<Membership>,
    /// A publication for all tables, by name and as a literal.
    pub(super) publication: Option<(String, String)>,
}

/// What the bridge keeps of the uploads that it applies.
#[derive(Debug, Template)]
#[template(path = "postgres/bridge.sql")]
pub(super) struct Bridge {
    pub(super) app: String,
    pub(super) schema: String,
    /// The bridge's login.
    pub(super) role: String,
    pub(super) fingerprint: String,
    /// The write checkpoints, where it makes them.
    pub(super) checkpoints: Option<BridgeCheckpoints>,
    /// What it keeps for devices that pull, where there are such.
    pub(super) pull: Option<BridgePull>,
}

/// The table of write checkpoints, which PowerSync's service reads.
#[derive(Debug)]
pub(super) struct BridgeCheckpoints {
    pub(super) table: &'static str,
    /// The schema and the table, as literals.
    pub(super) schema: String,
    pub(super) name: String,
    /// The role that reads the publication.
    pub(super) replication: String,
    /// The publication, unless it is for all tables.
    pub(super) publication: Option<BridgePublication>,
}

/// A publication by its name, and as a literal.
#[derive(Debug)]
pub(super) struct BridgePublication {
    pub(super) name: String,
    pub(super) literal: String,
}

/// What the bridge keeps for devices that pull.
#[derive(Debug)]
pub(super) struct BridgePull {
    /// A digest of what is pulled, and by whom.
    pub(super) version: String,
    /// The schema, as a text.
    pub(super) schema: String,
    /// The roles that pull.
    pub(super) roles: String,
    pub(super) notes: Vec<Note>,
}

/// The storage buckets and who may reach their objects.
#[derive(Debug, Template)]
#[template(path = "postgres/storage.sql")]
pub(super) struct Storage {
    pub(super) app: String,
    pub(super) buckets: Vec<Bucket>,
}

/// A storage bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) title: String,
    pub(super) doc: Vec<String>,
    /// Its id.
    pub(super) literal: String,
    pub(super) public: bool,
    pub(super) policies: Vec<Policy>,
}

/// A role that another one may become.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) role: String,
    pub(super) role_literal: String,
    pub(super) member: String,
    pub(super) member_literal: String,
}

/// A role that setup makes.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) literal: String,
    /// What it is for.
    pub(super) comment: &'static str,
    pub(super) options: &'static str,
    /// What it has to have, as a condition on a row of `pg_roles`, and the words that give it.
    pub(super) needs: Option<(&'static str, &'static str)>,
}

/// A table elsewhere that a foreign key points to.
#[derive(Debug)]
pub(super) struct External {
    pub(super) schema: String,
    pub(super) schema_literal: String,
    pub(super) table: String,
    pub(super) table_literal: String,
    pub(super) columns: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Schema {
    pub(super) name: String,
    /// Whether the migration creates it; `public` is always there.
    pub(super) create: bool,
    /// Roles that may look into it.
    pub(super) usage: String,
}

/// Functions that serve the schema and belong to no interface.
#[derive(Debug)]
pub(super) struct Private {
    pub(super) schema: String,
    /// They tell the claims of the caller's token, the caller's id, and claims as values of a type.
    pub(super) asked: Vec<Function>,
    /// One pair of functions for each name of a column with the role `edited_at`.
    pub(super) touches: Vec<Touch>,
    /// Who wrote a row last, where that is kept.
    pub(super) writers: Option<Writers>,
    /// Roles whose statements call the functions.
    pub(super) usage: String,
}

/// How a column with the role `edited_at` is kept.
#[derive(Debug)]
pub(super) struct Touch {
    pub(super) column: String,
    pub(super) keep: Function,
    pub(super) touch: Function,
}

/// A function, with its comment and who may call it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "postgres/function.sql")]
pub(super) struct Function {
    /// Whether it takes the place of the one that is there.
    pub(super) or_replace: bool,
    pub(super) name: String,
    /// The parameters with their types.
    pub(super) parameters: &'static str,
    /// The types alone.
    pub(super) types: &'static str,
    pub(super) returns: String,
    /// Language, volatility, settings, one a line.
    pub(super) attributes: Vec<String>,
    /// From `return`, `as` or `begin atomic` on, line by line.
    pub(super) body: Vec<String>,
    pub(super) comment: Option<String>,
    /// Who may call it.
    pub(super) execute: String,
}

/// A trigger that calls a function.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "postgres/trigger.sql")]
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) table: String,
    /// `before update of a`.
    pub(super) when: String,
    /// The names of the rows of a statement, for which it fires once.
    pub(super) rows: Option<&'static str>,
    pub(super) condition: Option<String>,
    pub(super) function: String,
    /// As literals.
    pub(super) arguments: String,
}

/// The table that keeps who wrote a row last, and the functions that ask it.
#[derive(Debug)]
pub(super) struct Writers {
    pub(super) table: WritersTable,
    pub(super) asked: Vec<Function>,
}

/// The table that keeps who wrote a row last.
#[derive(Debug, Template)]
#[template(path = "postgres/writers.sql")]
pub(super) struct WritersTable {
    pub(super) schema: String,
    pub(super) columns: Vec<String>,
    pub(super) comment: String,
    /// Roles that lose what the platform gave.
    pub(super) revoke: String,
}

#[derive(Debug)]
pub(super) enum Before {
    Enum(EnumType),
    Domain(Domain),
    Written(Written),
}

#[derive(Debug, Template)]
#[template(path = "postgres/enum.sql")]
pub(super) struct EnumType {
    pub(super) name: String,
    pub(super) labels: String,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "postgres/domain.sql")]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) base: String,
    pub(super) check: Option<NamedText>,
    pub(super) comment: Option<String>,
}

/// A name and what it stands for.
#[derive(Debug)]
pub(super) struct NamedText {
    pub(super) name: String,
    pub(super) text: String,
}

/// SQL that somebody wrote.
#[derive(Debug, Template)]
#[template(path = "postgres/written.sql")]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) doc: Vec<String>,
    pub(super) text: String,
}

#[derive(Debug, Template)]
#[template(path = "postgres/table.sql")]
pub(super) struct Table {
    /// The bare declared name, for a heading.
    pub(super) title: String,
    pub(super) name: String,
    /// Columns and constraints, as they stand between the parentheses.
    pub(super) lines: Vec<String>,
    /// Checks that rows which are there already need not satisfy.
    pub(super) not_valid: Vec<NamedText>,
    pub(super) comments: Vec<Comment>,
    pub(super) indexes: Vec<String>,
    /// Those that keep when a row was edited.
    pub(super) triggers: Vec<Trigger>,
    pub(super) enable_rls: bool,
    pub(super) force_rls: bool,
    /// Roles that lose what the platform gave.
    pub(super) revoke: String,
    /// Sequences of identity columns.
    pub(super) sequences: Vec<String>,
    pub(super) grants: Vec<Grant>,
}

/// What something tells of itself.
#[derive(Debug)]
pub(super) struct Comment {
    /// `table public.lists`, `column public.lists.title`.
    pub(super) on: String,
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// With the blanks or line ends around them.
    pub(super) privileges: String,
    pub(super) role: String,
}

#[derive(Debug)]
pub(super) struct AddConstraint {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) definition: String,
}

/// A function that yields a set of the caller's.
#[derive(Debug)]
pub(super) struct SetFunction {
    /// Where the set is written, if not among the scopes.
    pub(super) comment: Option<String>,
    pub(super) function: Function,
}

/// The policies of one table.
#[derive(Debug)]
pub(super) struct TablePolicies {
    pub(super) title: String,
    pub(super) policies: Vec<Policy>,
    pub(super) decisions: Vec<Decision>,
}

/// A trigger that tells deletions from updates, and its function.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) tombstone: String,
    pub(super) function: Function,
    pub(super) trigger: Trigger,
}

/// A function that triggers call.
#[derive(Debug)]
pub(super) struct Helper {
    pub(super) doc: String,
    pub(super) function: Function,
    pub(super) triggers: Vec<Trigger>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "postgres/policy.sql")]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) command: String,
    pub(super) roles: String,
    /// Line by line; empty where the command has no such half.
    pub(super) using: Vec<String>,
    pub(super) check: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "postgres/view.sql")]
pub(super) struct View {
    pub(super) title: String,
    pub(super) name: String,
    pub(super) security_invoker: bool,
    /// The query, line by line.
    pub(super) query: Vec<String>,
    pub(super) comment: Option<String>,
    pub(super) revoke: String,
    pub(super) grants: Vec<Grant>,
}

#[derive(Debug)]
pub(super) struct Publication {
    pub(super) name: String,
    /// Whether it is for all tables, and made by `setup.sql`.
    pub(super) is_for_all: bool,
    /// A dollar quote that stands in no name.
    pub(super) quote: String,
    pub(super) name_literal: String,
    /// Qualified names of tables, as literals.
    pub(super) tables: Vec<String>,
}
