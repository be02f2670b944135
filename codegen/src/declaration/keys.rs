//! Every key of the language, in one table: where it stands, what it takes, whether it must be there.
//!
//! The decoder asks it for unknown and missing keys, the editor's JSON Schema is printed from it, and a test holds
//! `docs/language.md` against it.

use crate::model::{ExclusionMethod, ExclusionOperator, RangeBounds};
use synctable::{ConflictRule, DeleteRule, EnumStorage, FkAction, Role, SyncMode, Uploaded};

/// A mapping with keys of fixed meaning.
#[derive(Debug)]
pub(crate) struct Section {
    /// What it describes, in prose: "a column".
    pub(crate) what: &'static str,
    /// Its name in the JSON Schema.
    pub(crate) name: &'static str,
    /// Its keys, in documentation order.
    pub(crate) keys: &'static [KeySpec],
}

impl Section {
    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static KeySpec> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The names of its keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// One key of a section.
#[derive(Debug)]
pub(crate) struct KeySpec {
    /// The key.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) shape: Shape,
    /// Whether a section without it is a mistake.
    pub(crate) required: bool,
    /// What it means, as a sentence.
    pub(crate) doc: &'static str,
    /// What holds where it is absent, where that is a plain value.
    pub(crate) default: Option<&'static str>,
}

/// What a key takes.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Free text.
    Text,
    /// A name, of what is declared here or elsewhere.
    Name,
    /// A kind.
    Kind,
    /// An expression of the language.
    Expr,
    /// SQL of one dialect, or a query of the language.
    Sql,
    /// Any literal.
    Value,
    /// `true` or `false`.
    Bool,
    /// Exactly this number.
    Version(u32),
    /// A whole number in these limits.
    Number(u32, u32),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list; each element of this shape.
    List(&'static Shape),
    /// A mapping from names of the user's choice; each value of this shape.
    Map(&'static Shape),
    /// A mapping from these words; each value of this shape.
    WordMap(&'static [&'static str], &'static Shape),
    /// A mapping with keys of fixed meaning.
    Section(&'static Section),
    /// One of these.
    Any(&'static [Shape]),
    /// This, or no value at all.
    Nullable(&'static Shape),
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> KeySpec {
    KeySpec {
        name,
        shape,
        required: false,
        doc,
        default: None,
    }
}

impl KeySpec {
    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    const fn default(self, value: &'static str) -> Self {
        Self {
            default: Some(value),
            ..self
        }
    }
}

/// The language's version.
pub(crate) const VERSION: u32 = 1;

/// The targets there are, in documentation order.
pub(crate) const TARGETS: &[&str] = &[
    "constants",
    "mappers",
    "postgres",
    "sqlite",
    "powersync",
    "bridge",
    "openapi",
    "typescript",
    "drizzle",
    "client_schema",
    "dart",
    "kotlin",
    "swift",
    "dotnet",
    "powersync_rust",
    "docs",
];

/// The target that can be limited to some tables.
pub(crate) const SELECTIVE: &str = "mappers";

/// The target that can bring a worker.
pub(crate) const WITH_WORKER: &str = "typescript";

const NAMES: Shape = Shape::List(&Shape::Name);
const OWN_NAME: KeySpec = key(
    "name",
    Shape::Name,
    "Its name in the database, where that is another one than the declared names make.",
);
const WAS: KeySpec = key(
    "was",
    Shape::Name,
    "The name before a rename, kept so that a migration renames and loses nothing.",
);
const DOC: KeySpec = key("doc", Shape::Text, "What it is, for generated documents.");
const SCHEMA: KeySpec = key("schema", Shape::Name, "The Postgres schema it is in.")
    .default("the schema under `postgres`");
const CLIENT_NAME: KeySpec = key(
    "client_name",
    Shape::Name,
    "The name on the device and in uploads.",
)
.default("the declared name");

/// The top level of a declaration.
pub(crate) static TOP: Section = Section {
    what: "a declaration",
    name: "declaration",
    keys: &[
        key(
            "synctable",
            Shape::Version(VERSION),
            "The language's version.",
        )
        .required(),
        key("app", Shape::Name, "The app's name, a snake case word.").required(),
        key(
            "doc",
            Shape::Text,
            "What the app is, for generated documents.",
        ),
        key(
            "postgres",
            Shape::Section(&POSTGRES),
            "Facts about the server.",
        ),
        key(
            "sqlite",
            Shape::Section(&SQLITE),
            "What devices with plain SQLite have beside their tables.",
        ),
        key(
            "targets",
            Shape::WordMap(
                TARGETS,
                &Shape::Any(&[Shape::Text, Shape::Section(&TARGET)]),
            ),
            "Which copies are wanted, and the folder of each, relative to the declaration's.",
        ),
        key(
            "enums",
            Shape::Map(&Shape::Any(&[
                Shape::List(&Shape::Text),
                Shape::Section(&ENUM),
            ])),
            "Named sets of labels.",
        ),
        key(
            "domains",
            Shape::Map(&Shape::Section(&DOMAIN)),
            "Named kinds with a check.",
        ),
        key(
            "scopes",
            Shape::Map(&Shape::Any(&[Shape::Expr, Shape::Section(&SCOPE)])),
            "Named sets for access rules: `select column from table where …`.",
        ),
        key(
            "externals",
            Shape::Map(&Shape::Map(&Shape::Kind)),
            "Tables that exist elsewhere, by qualified name, with the columns that may be referenced.",
        ),
        key("tables", Shape::Map(&Shape::Section(&TABLE)), "The tables."),
        key("views", Shape::Map(&Shape::Section(&VIEW)), "Views."),
        key(
            "sql",
            Shape::Map(&Shape::Section(&SQL)),
            "Hand-written Postgres SQL.",
        ),
        key(
            "streams",
            Shape::Map(&Shape::Section(&STREAM)),
            "What a device may subscribe to.",
        ),
        key(
            "storage",
            Shape::Map(&Shape::Section(&BUCKET)),
            "Storage buckets.",
        ),
    ],
};

/// The shape of a whole file.
pub(crate) static FILE: Shape = Shape::Section(&TOP);

/// The keys of [`TOP`] that stand in one file only.
pub(crate) const SETTINGS: &[&str] = &["synctable", "app", "doc", "postgres", "sqlite", "targets"];

/// The words of `auth`.
pub(crate) const AUTH: &[&str] = &["supabase", "jwt_claims"];
/// The kinds a caller's id may have.
pub(crate) const USER_ID: &[&str] = &["uuid", "text", "int", "bigint"];

/// The words of `connections`.
pub(crate) const CONNECTIONS: &[&str] = &["row_security", "guarded"];

/// The words of `custom_checkpoints`.
pub(crate) const CHECKPOINTS: &[&str] = &["checkpoint_requests", "write_checkpoints"];

pub(crate) static POSTGRES: Section = Section {
    what: "`postgres`",
    name: "postgres",
    keys: &[
        key(
            "schema",
            Shape::Name,
            "The schema of tables that name none.",
        )
        .default("public"),
        key(
            "auth",
            Shape::Words(AUTH),
            "Where the caller's identity is read from.",
        )
        .default("supabase"),
        key(
            "user_id",
            Shape::Words(USER_ID),
            "The kind of the caller's id.",
        )
        .default("uuid"),
        key(
            "roles",
            Shape::Section(&ROLES),
            "The Postgres roles that the generated SQL names.",
        ),
        key(
            "owner_bypasses_rls",
            Shape::Bool,
            "The owner role has BYPASSRLS, so that FORCE ROW LEVEL SECURITY is safe.",
        )
        .default("false"),
        key(
            "keep_temp",
            Shape::Bool,
            "Everybody may go on making temporary objects in the database; `setup.sql` takes that from `public` otherwise.",
        )
        .default("false"),
        key(
            "publication",
            Shape::Any(&[Shape::Name, Shape::Section(&PUBLICATION)]),
            "The publication's name, or the publication with its options.",
        )
        .default("powersync"),
        key(
            "connections",
            Shape::List(&Shape::Words(CONNECTIONS)),
            "Who decides about uploads on the connections that apply them: row-level security, or the statements themselves.",
        )
        .default("both"),
        key(
            "custom_checkpoints",
            Shape::List(&Shape::Words(CHECKPOINTS)),
            "The events by which PowerSync's service takes write checkpoints of the bridge, instead of making its own.",
        )
        .default("none"),
    ],
};

pub(crate) static PUBLICATION: Section = Section {
    what: "a publication",
    name: "publication",
    keys: &[
        key("name", Shape::Name, "Its name.").default("powersync"),
        key(
            "all_tables",
            Shape::Bool,
            "It is for all tables of the database: an administrator makes it, and no migration changes it.",
        )
        .default("false"),
    ],
};

pub(crate) static SQLITE: Section = Section {
    what: "`sqlite`",
    name: "sqlite",
    keys: &[key(
        "queue",
        Shape::Bool,
        "Triggers queue what is written on the device, to be uploaded.",
    )
    .default("false")],
};

pub(crate) static ROLES: Section = Section {
    what: "`roles`",
    name: "roles",
    keys: &[
        key("client", Shape::Name, "Signed-in callers.").default("authenticated"),
        key("anonymous", Shape::Name, "Callers without a token."),
        key(
            "owner",
            Shape::Name,
            "Owns every object and applies migrations.",
        )
        .default("postgres"),
        key("replication", Shape::Name, "Reads the publication.").default("powersync_role"),
        key(
            "service",
            Shape::Name,
            "A trusted server role with full access.",
        ),
        key(
            "bridge",
            Shape::Name,
            "The bridge's login, which becomes the callers whose uploads it applies.",
        ),
    ],
};

pub(crate) static ENUM: Section = Section {
    what: "an enum",
    name: "enum",
    keys: &[
        key(
            "labels",
            Shape::List(&Shape::Text),
            "The labels in order; the wire carries exactly these.",
        )
        .required(),
        key(
            "storage",
            Shape::Words(EnumStorage::WORDS),
            "A Postgres enum type, or text with a check.",
        )
        .default("native"),
        key(
            "retired",
            Shape::List(&Shape::Text),
            "Labels that stay valid in stored rows and that no client may write.",
        ),
        key(
            "replaced",
            Shape::Map(&Shape::Text),
            "Labels that are gone, each with the label that takes its place in stored rows.",
        ),
        SCHEMA,
        WAS,
        DOC,
    ],
};

const DIALECTS: Shape = Shape::Section(&CHECK_TEXTS);
const CHECK: Shape = Shape::Any(&[Shape::Expr, DIALECTS]);

pub(crate) static CHECK_TEXTS: Section = Section {
    what: "a check by dialect",
    name: "check_by_dialect",
    keys: &[
        key("postgres", Shape::Sql, "The check as Postgres SQL."),
        key("sqlite", Shape::Sql, "The check as SQLite SQL."),
    ],
};

pub(crate) static TARGET: Section = Section {
    what: "a target",
    name: "target",
    keys: &[
        key(
            "folder",
            Shape::Text,
            "Where it goes, relative to the declaration's folder.",
        )
        .required(),
        key(
            "tables",
            NAMES,
            "The tables that are wanted, for `mappers` alone.",
        )
        .default("all tables"),
        key(
            "worker",
            Shape::Bool,
            "Whether to write the worker that syncs devices on edge runtimes, for `typescript` alone.",
        )
        .default("false"),
    ],
};

pub(crate) static DOMAIN: Section = Section {
    what: "a domain",
    name: "domain",
    keys: &[
        key("kind", Shape::Kind, "The kind underneath.").required(),
        key(
            "check",
            CHECK,
            "What a value must satisfy; the word `value` stands for it.",
        ),
        SCHEMA,
        WAS,
        DOC,
    ],
};

pub(crate) static SCOPE: Section = Section {
    what: "a scope",
    name: "scope",
    keys: &[
        key(
            "select",
            Shape::Expr,
            "The set: `select column from table where …`.",
        )
        .required(),
        key(
            "expect",
            Shape::Number(1, 1_000_000),
            "How many values a caller has of it, at most: what the bucket budget counts with.",
        ),
    ],
};

/// What to write in place of a key that other tools have and the language does not.
pub(crate) fn instead(section: &str, key: &str) -> Option<&'static str> {
    Some(match (section, key) {
        ("table", "excludes" | "exclusion" | "exclusions") => {
            "write an exclusion constraint as `exclude: {no_overlap: [room_id, {range: [starts_at, ends_at]}]}`"
        }
        ("table", "policies" | "policy") | ("access", "restrictive") => {
            "join a condition that always applies to each rule with `and`: a restrictive policy does the same"
        }
        ("postgres", "publications") => {
            "`publication` is the one that PowerSync reads; write others under `sql`: `create publication … for table …`"
        }
        _ => return None,
    })
}

/// The words of `up`.
pub(crate) const CHANGES: &[&str] = &["insert", "update", "delete"];

pub(crate) static UP: Section = Section {
    what: "a direction",
    name: "up",
    keys: &[key(
        "up",
        Shape::List(&Shape::Words(CHANGES)),
        "What devices upload of rows that the server never sends; `up` alone is `{up: [insert]}`.",
    )
    .required()],
};

pub(crate) static TABLE: Section = Section {
    what: "a table",
    name: "table",
    keys: &[
        key("doc", Shape::Text, "What one row is."),
        key(
            "sync",
            Shape::Any(&[Shape::Words(SyncMode::WORDS), Shape::Section(&UP)]),
            "Which way its rows travel: `both`, `down` (read-only), `up` (insert-only), `{up: [insert, update]}`, `local` (device only), `none` (server only).",
        )
        .required(),
        SCHEMA,
        WAS,
        CLIENT_NAME,
        key(
            "columns",
            Shape::Map(&Shape::Any(&[Shape::Kind, Shape::Section(&COLUMN)])),
            "Its columns; `name: uuid` is short for `name: {kind: uuid}`.",
        )
        .required(),
        key(
            "key",
            Shape::Any(&[NAMES, Shape::Section(&KEY)]),
            "The columns of a composite key; `[a, b]` is short for `{columns: [a, b]}`.",
        )
        .default("the column with `key: true`"),
        key(
            "id",
            Shape::Section(&ID),
            "How the client's text id is made, and how a new one comes about.",
        ),
        key(
            "uniques",
            Shape::Map(&Shape::Any(&[UNIQUE_PARTS, Shape::Section(&UNIQUE)])),
            "What must be unique, by name; `[a, b]` is short for `{on: [a, b]}`.",
        ),
        key(
            "foreign_keys",
            Shape::Map(&Shape::Section(&FOREIGN_KEY)),
            "References of several columns, by name.",
        ),
        key(
            "exclude",
            Shape::Map(&Shape::Any(&[EXCLUSION_ELEMENTS, Shape::Section(&EXCLUSION)])),
            "Rows that cannot be there together, by name; `[a, {range: [b, c]}]` is short for `{on: [a, {range: [b, c]}]}`.",
        ),
        key(
            "indexes",
            Shape::Map(&Shape::Any(&[INDEX_PARTS, Shape::Section(&INDEX)])),
            "Indexes, by name; `[a, b desc]` is short for `{on: [a, b desc]}`.",
        ),
        key(
            "checks",
            Shape::Map(&Shape::Any(&[Shape::Expr, Shape::Section(&TABLE_CHECK)])),
            "What a row must satisfy, by name.",
        ),
        key(
            "access",
            Shape::Section(&ACCESS),
            "Who may do what with its rows; what has no rule is denied.",
        ),
        key(
            "conflict",
            Shape::Words(ConflictRule::WORDS),
            "Which write wins when two devices wrote the same row.",
        ),
        key(
            "delete",
            Shape::Words(DeleteRule::WORDS),
            "What a client's delete does.",
        ),
        key(
            "upsert_on",
            NAMES,
            "The columns of the upsert's conflict target.",
        )
        .default("the key"),
        key(
            "client",
            Shape::Section(&CLIENT),
            "Options of PowerSync's client table.",
        ),
        key(
            "seeds",
            Shape::List(&Shape::Map(&Shape::Value)),
            "Rows that are shipped with the schema: columns with their values.",
        ),
    ],
};

/// The words of `on`.
pub(crate) const SIDES: &[&str] = &["client", "server"];
/// The words of `on_change`.
pub(crate) const ON_CHANGE: &[&str] = &["now()"];
/// The words beside `true` and `false` of `enforced`.
pub(crate) const NOT_VALID: &[&str] = &["not_valid"];
/// The words beside `true` of a column's `unique`, and those of `clash`.
pub(crate) const REJECT: &[&str] = &["reject"];

const ON_DELETE: KeySpec = key(
    "on_delete",
    Shape::Words(FkAction::WORDS),
    "What happens to the row when the one it refers to is deleted.",
)
.default("no_action");
const ON_UPDATE: KeySpec = key(
    "on_update",
    Shape::Words(FkAction::WORDS),
    "What happens to the row when the key it refers to changes.",
)
.default("no_action");
const DEFERRABLE: KeySpec = key(
    "deferrable",
    Shape::Bool,
    "It is checked at the end of the transaction.",
)
.default("false");
const ENFORCED: KeySpec = key(
    "enforced",
    Shape::Any(&[Shape::Bool, Shape::Words(NOT_VALID)]),
    "Whether Postgres enforces it: for every row, for new rows only, or not at all.",
)
.default("true");

pub(crate) static COLUMN: Section = Section {
    what: "a column",
    name: "column",
    keys: &[
        key("kind", Shape::Kind, "What it holds.").required(),
        key("key", Shape::Bool, "It is the table's key.").default("false"),
        key("nullable", Shape::Bool, "NULL is a value.").default("false"),
        key("default", VALUE, "What Postgres fills in."),
        key(
            "client_default",
            VALUE,
            "What the generated client code fills in for a new row.",
        ),
        key(
            "server",
            VALUE,
            "The server owns it: the value that fills it, or `true` where hand-written SQL or a service does.",
        ),
        key(
            "on_change",
            Shape::Words(ON_CHANGE),
            "What Postgres sets it to with every change of the row; only beside `server: now()`.",
        ),
        key(
            "copied",
            Shape::Text,
            "Copied from the row that this one belongs to: `table.column` there; the server owns it.",
        ),
        key(
            "by",
            Shape::Any(&[Shape::Name, NAMES]),
            "The column, or the columns, that refer to the row from which it is copied.",
        ),
        key(
            "uploads",
            Shape::Words(Uploaded::WORDS),
            "What happens where an upload carries it though the server fills it.",
        )
        .default("`verified` beside `server: auth.user_id()`, else `refused`"),
        key("identity", Shape::Bool, "Postgres counts it up.").default("false"),
        key(
            "generated",
            Shape::Any(&[Shape::Expr, Shape::Section(&GENERATED)]),
            "An expression over the row's other columns.",
        ),
        key(
            "unique",
            Shape::Any(&[Shape::Bool, Shape::Words(REJECT)]),
            "No two rows have the same; `reject` also refuses a second device that made the same.",
        )
        .default("false"),
        key(
            "references",
            Shape::Text,
            "The column it refers to: `table.column`.",
        ),
        ON_DELETE,
        ON_UPDATE,
        DEFERRABLE,
        ENFORCED,
        key("check", CHECK, "What a value must satisfy."),
        key(
            "on",
            Shape::Words(SIDES),
            "`client`: only on the device; `server`: never synced.",
        ),
        key(
            "secret",
            Shape::Bool,
            "On the server only, and no client role has a grant on it.",
        )
        .default("false"),
        key(
            "immutable",
            Shape::Bool,
            "A client may set it in a new row and never change it.",
        )
        .default("false"),
        key(
            "role",
            Shape::Words(Role::WORDS),
            "What conflict and delete rules use it for.",
        ),
        CLIENT_NAME,
        WAS,
        key(
            "backfill",
            Shape::Any(&[Shape::Expr, Shape::Section(&VALUE_SQL)]),
            "What rows that are there get where the column becomes required, from their other columns.",
        ),
        key(
            "using",
            Shape::Section(&VALUE_SQL),
            "How values that are there become values of another kind, in Postgres SQL.",
        ),
        key("doc", Shape::Text, "What it tells."),
        key(
            "deprecated",
            Shape::Text,
            "A sentence for those who still use it.",
        ),
    ],
};

pub(crate) static GENERATED: Section = Section {
    what: "a generated value",
    name: "generated",
    keys: &[
        key("expr", Shape::Expr, "The expression.").required(),
        key("stored", Shape::Bool, "Postgres stores it.").default("false"),
    ],
};

/// A literal, a call, `{sql: …}` or `{text: …}`.
const VALUE: Shape = Shape::Any(&[
    Shape::Section(&VALUE_SQL),
    Shape::Section(&VALUE_TEXT),
    Shape::Value,
]);

pub(crate) static VALUE_SQL: Section = Section {
    what: "a value as SQL",
    name: "value_sql",
    keys: &[key("sql", Shape::Sql, "A Postgres expression, as written.").required()],
};

pub(crate) static VALUE_TEXT: Section = Section {
    what: "a value as text",
    name: "value_text",
    keys: &[key("text", Shape::Text, "A text that looks like a call.").required()],
};

pub(crate) static KEY: Section = Section {
    what: "a key",
    name: "key",
    keys: &[key("columns", NAMES, "Its columns.").required(), OWN_NAME],
};

pub(crate) static ID: Section = Section {
    what: "`id`",
    name: "id",
    keys: &[
        key(
            "separator",
            Shape::Text,
            "One ASCII character between the parts; for `uuid_v5`, up to 16.",
        )
        .default("/"),
        key(
            "join",
            Shape::List(&PART_OF_RECIPE),
            "A text key is these columns, joined.",
        ),
        key(
            "uuid_v5",
            Shape::List(&PART_OF_RECIPE),
            "A uuid key is the hash of these columns.",
        ),
        key(
            "namespace",
            Shape::Text,
            "The namespace of `uuid_v5`: a uuid, or `url`, `dns` or `oid`.",
        ),
    ],
};

static PART_OF_RECIPE: Shape = Shape::Any(&[Shape::Name, Shape::Section(&RECIPE_PART)]);

pub(crate) static RECIPE_PART: Section = Section {
    what: "a part of a recipe",
    name: "recipe_part",
    keys: &[
        key("column", Shape::Name, "The column."),
        key("text", Shape::Text, "The same text for every row."),
        key(
            "or",
            Shape::Text,
            "The text of a nullable column that has no value.",
        ),
        key("lower", Shape::Bool, "Its text is lower-cased first.").default("false"),
        key(
            "trim",
            Shape::Bool,
            "Blanks at both ends of its text are removed first.",
        )
        .default("false"),
    ],
};

/// The words of a unique's `nulls`.
pub(crate) const UNIQUE_NULLS: &[&str] = &["distinct", "not_distinct"];
const WHERE: KeySpec = key("where", Shape::Expr, "Only rows that satisfy this.");

/// What is unique together.
const UNIQUE_PARTS: Shape = Shape::List(&Shape::Any(&[Shape::Name, Shape::Section(&UNIQUE_PART)]));

pub(crate) static UNIQUE: Section = Section {
    what: "a unique",
    name: "unique",
    keys: &[
        key("on", UNIQUE_PARTS, "What must be unique together.").required(),
        WHERE,
        key(
            "nulls",
            Shape::Words(UNIQUE_NULLS),
            "Whether two NULLs count as equal (`not_distinct`).",
        )
        .default("distinct"),
        DEFERRABLE,
        key(
            "clash",
            Shape::Words(REJECT),
            "What happens when two devices made the same: the second is refused.",
        ),
        OWN_NAME,
    ],
};

pub(crate) static UNIQUE_PART: Section = Section {
    what: "a part of a unique",
    name: "unique_part",
    keys: &[key("expr", Shape::Expr, "An expression over the row's columns.").required()],
};

/// What two rows are compared by.
const EXCLUSION_ELEMENTS: Shape = Shape::List(&Shape::Any(&[
    Shape::Name,
    Shape::Section(&EXCLUSION_ELEMENT),
]));

pub(crate) static EXCLUSION: Section = Section {
    what: "an exclusion constraint",
    name: "exclusion",
    keys: &[
        key(
            "on",
            EXCLUSION_ELEMENTS,
            "What two rows are compared by; they clash if every comparison is true.",
        )
        .required(),
        key(
            "using",
            Shape::Words(ExclusionMethod::WORDS),
            "The Postgres access method.",
        )
        .default("gist"),
        WHERE,
        DEFERRABLE,
        OWN_NAME,
    ],
};

pub(crate) static EXCLUSION_ELEMENT: Section = Section {
    what: "an element of an exclusion constraint",
    name: "exclusion_element",
    keys: &[
        key("column", Shape::Name, "A column."),
        key("expr", Shape::Expr, "An expression over the row's columns."),
        key(
            "range",
            NAMES,
            "What is between two columns: `[starts_at, ends_at]`.",
        ),
        key(
            "bounds",
            Shape::Words(RangeBounds::WORDS),
            "Which bounds belong to the range.",
        )
        .default("[)"),
        key(
            "with",
            Shape::Words(ExclusionOperator::WORDS),
            "The operator between two rows.",
        )
        .default("`=`, for a range `&&`"),
    ],
};

pub(crate) static FOREIGN_KEY: Section = Section {
    what: "a foreign key",
    name: "foreign_key",
    keys: &[
        key("columns", NAMES, "The columns here.").required(),
        key(
            "references",
            Shape::Text,
            "The columns there: `table(x, y)`.",
        )
        .required(),
        ON_DELETE,
        ON_UPDATE,
        DEFERRABLE,
        ENFORCED,
        OWN_NAME,
    ],
};

/// The words of an index part's `nulls`.
pub(crate) const INDEX_NULLS: &[&str] = &["first", "last"];
/// The words of an index's `side`.
pub(crate) const INDEX_SIDES: &[&str] = &["server", "client", "both"];

/// What an index sorts by.
const INDEX_PARTS: Shape = Shape::List(&Shape::Any(&[Shape::Name, Shape::Section(&INDEX_PART)]));

pub(crate) static INDEX: Section = Section {
    what: "an index",
    name: "index",
    keys: &[
        key(
            "on",
            INDEX_PARTS,
            "What it sorts by: a column, `column desc`, or an expression.",
        )
        .required(),
        WHERE,
        key(
            "include",
            NAMES,
            "Columns that Postgres stores in the index beside what it sorts by.",
        ),
        key("method", Shape::Name, "The Postgres access method.").default("btree"),
        key("side", Shape::Words(INDEX_SIDES), "Where it stands.").default("server"),
        OWN_NAME,
    ],
};

pub(crate) static INDEX_PART: Section = Section {
    what: "a part of an index",
    name: "index_part",
    keys: &[
        key("column", Shape::Name, "A column."),
        key("expr", Shape::Expr, "An expression over the row's columns."),
        key("desc", Shape::Bool, "It sorts downwards.").default("false"),
        key("nulls", Shape::Words(INDEX_NULLS), "Where NULLs stand."),
    ],
};

pub(crate) static TABLE_CHECK: Section = Section {
    what: "a check",
    name: "check",
    keys: &[
        key("check", Shape::Expr, "What a row must satisfy."),
        key("postgres", Shape::Sql, "The check as Postgres SQL."),
        key("sqlite", Shape::Sql, "The check as SQLite SQL."),
        key(
            "enforced",
            Shape::Any(&[Shape::Bool, Shape::Words(NOT_VALID)]),
            "Whether Postgres enforces it for every row, or for new rows only (`not_valid`).",
        )
        .default("true"),
        OWN_NAME,
    ],
};

const RULE: Shape = Shape::Any(&[Shape::Expr, Shape::Map(&Shape::Expr)]);

pub(crate) static ACCESS: Section = Section {
    what: "`access`",
    name: "access",
    keys: &[
        key("read", RULE, "Which rows may be seen."),
        key("insert", RULE, "Which rows may be added."),
        key(
            "update",
            Shape::Any(&[
                Shape::Expr,
                Shape::Section(&UPDATE),
                Shape::Map(&Shape::Any(&[Shape::Expr, Shape::Section(&UPDATE)])),
            ]),
            "Which rows may be changed, and into what.",
        ),
        key("delete", RULE, "Which rows may be deleted."),
        key("write", RULE, "Short for `insert`, `update` and `delete`."),
        key("all", RULE, "Short for `read` and `write`."),
    ],
};

pub(crate) static UPDATE: Section = Section {
    what: "a rule before and after",
    name: "update_rule",
    keys: &[
        key("before", Shape::Expr, "Which rows may be changed.").required(),
        key("after", Shape::Expr, "What they may become.").required(),
    ],
};

pub(crate) static CLIENT: Section = Section {
    what: "`client`",
    name: "client",
    keys: &[
        key(
            "track_metadata",
            Shape::Bool,
            "Uploads carry a `_metadata` text.",
        )
        .default("false"),
        key(
            "track_previous",
            Shape::Any(&[Shape::Bool, NAMES]),
            "Uploads carry the previous values of all columns, or of these.",
        )
        .default("false"),
        key(
            "ignore_empty_updates",
            Shape::Bool,
            "Updates that change nothing are not queued.",
        )
        .default("false"),
        key("view_name", Shape::Name, "The name of the client's view.").default("the client name"),
        key(
            "raw",
            Shape::Bool,
            "The device has a table of SQLite instead of a view.",
        )
        .default("false"),
    ],
};

pub(crate) static VIEW: Section = Section {
    what: "a view",
    name: "view",
    keys: &[
        DOC,
        SCHEMA,
        key("from", Shape::Name, "The table whose rows it shows."),
        key(
            "columns",
            Shape::Map(&Shape::Expr),
            "Its columns, each an expression over the table's.",
        ),
        key("where", Shape::Expr, "Only rows that satisfy this."),
        key("reads", NAMES, "The tables and views that its text reads."),
        key("postgres", Shape::Sql, "Its query as Postgres SQL."),
        key("sqlite", Shape::Sql, "Its query as SQLite SQL."),
        key(
            "security_invoker",
            Shape::Bool,
            "Postgres applies the policies of the caller.",
        )
        .default("true"),
    ],
};

/// The words of `phase`.
pub(crate) const PHASES: &[&str] = &["before_tables", "after_tables"];

pub(crate) static SQL: Section = Section {
    what: "hand-written SQL",
    name: "sql",
    keys: &[
        key("doc", Shape::Text, "What it is for."),
        key("phase", Shape::Words(PHASES), "When it runs.").default("after_tables"),
        key(
            "needs",
            Shape::List(&Shape::Text),
            "What it reads: tables, `table.column`, enums, domains, views, other SQL.",
        ),
        key("up", Shape::Sql, "The text, run as it is.").required(),
        key("down", Shape::Sql, "The text that takes it back."),
    ],
};

pub(crate) static STREAM: Section = Section {
    what: "a stream",
    name: "stream",
    keys: &[
        key("doc", Shape::Text, "What it brings."),
        key(
            "automatic",
            Shape::Bool,
            "Every device subscribes when it connects.",
        )
        .default("false"),
        key(
            "priority",
            Shape::Number(0, 3),
            "When it is synced: 0 first, 3 last.",
        )
        .default("3"),
        key(
            "params",
            Shape::Any(&[NAMES, Shape::Map(&Shape::Kind)]),
            "What a subscription is given: names, or names with kinds.",
        ),
        key(
            "tables",
            Shape::Any(&[NAMES, Shape::Map(&Shape::Nullable(&Shape::Expr))]),
            "Its tables, or its tables with filters.",
        )
        .required(),
    ],
};

pub(crate) static BUCKET: Section = Section {
    what: "a storage bucket",
    name: "bucket",
    keys: &[
        key("doc", Shape::Text, "What it holds."),
        key(
            "public",
            Shape::Bool,
            "Anybody may fetch an object by its address.",
        )
        .default("false"),
        key(
            "path",
            NAMES,
            "The folders of an object's path, outermost first; rules speak of them as columns.",
        ),
        key(
            "access",
            Shape::Section(&ACCESS),
            "Who may do what with an object.",
        ),
        key(
            "references",
            Shape::List(&Shape::Text),
            "The columns that contain the paths of its objects: `table.column`.",
        ),
    ],
};
