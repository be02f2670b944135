//! All cells of the coverage table.

/// The cells, by the group that a cell's name begins with.
#[rustfmt::skip]
pub(super) const CELLS: &[(&str, &[&str])] = &[
    ("kind", &[
        "uuid", "text", "varchar", "bool", "smallint", "int", "bigint", "real", "double", "decimal", "date",
        "time", "timestamp", "timestamptz", "interval", "json", "bytes", "enum", "domain", "list", "opaque",
    ]),
    ("list of", &[
        "uuid", "text", "varchar", "bool", "smallint", "int", "bigint", "double", "decimal", "date", "json",
        "enum", "domain",
    ]),
    ("enum", &[
        "native", "check", "retired", "was", "schema", "doc",
    ]),
    ("domain", &[
        "expression", "by dialect", "no check", "was", "schema", "doc",
    ]),
    ("expr", &[
        "literal", "column", "user_id", "claim", "param", "not", "and", "or", "is", "compare", "distinct",
        "in_list", "in_set", "in_claims", "contains", "arith", "concat", "call", "case", "json_is",
        "json_text",
    ]),
    ("literal", &[
        "null", "bool", "int", "decimal", "text", "json", "list",
    ]),
    ("is", &[
        "null", "not null", "true", "not true", "false", "not false",
    ]),
    ("compare", &[
        "eq", "ne", "lt", "le", "gt", "ge",
    ]),
    ("in", &[
        "list", "not list", "scope", "select", "select filtered",
    ]),
    ("distinct", &[
        "from", "not from",
    ]),
    ("arith", &[
        "add", "sub", "mul", "div", "rem",
    ]),
    ("case", &[
        "with else", "without else",
    ]),
    ("function", &[
        "now", "today", "uuid", "length", "lower", "upper", "trim", "substr", "replace", "matches", "abs",
        "coalesce", "nullif", "list_length", "json_kind",
    ]),
    ("place", &[
        "check", "domain", "generated", "default", "client default", "server value", "index part",
        "index filter", "unique part", "unique filter", "read", "insert", "update", "delete", "scope",
        "stream filter", "view column", "view filter",
    ]),
    ("sync", &[
        "both", "down", "up", "up with changes", "local", "none",
    ]),
    ("direction", &[
        "both", "server_owned", "server_only", "client_only",
    ]),
    ("role", &[
        "edited_at", "edited_at in utc", "nullable edited_at", "device", "tombstone", "flag of deletion",
        "changed", "owner", "version",
    ]),
    ("conflict", &[
        "last_write_wins", "server_wins", "last_upload_wins", "append_only",
    ]),
    ("delete", &[
        "hard", "soft", "denied",
    ]),
    ("column", &[
        "nullable", "secret", "immutable", "identity", "generated", "generated stored", "was", "doc",
        "deprecated", "client_name",
    ]),
    ("value", &[
        "literal", "call", "sql",
    ]),
    ("key", &[
        "single", "composite", "not uuid", "not named id", "references", "own name",
    ]),
    ("id", &[
        "plain part", "hex part", "separator", "uuid_v5", "join", "lower", "trim", "text", "or", "joined text",
        "joined or",
    ]),
    ("table", &[
        "doc", "was", "schema", "client_name", "upsert_on", "track_metadata", "track_previous",
        "ignore_empty_updates", "view_name", "raw",
    ]),
    ("unique", &[
        "column", "several", "expression", "partial", "nulls not distinct", "deferrable", "clash refused",
        "own name",
    ]),
    ("exclusion", &[
        "gist", "spgist", "hash", "several", "partial", "deferrable", "extension", "own name", "column",
        "expression", "=",
        "<>", "&&", "-|-", "[)", "[]", "()", "(]",
    ]),
    ("range", &[
        "int4range", "int8range", "daterange", "tsrange", "tstzrange",
    ]),
    ("seed", &[
        "key", "counted key", "composite key", "references", "some columns left out",
    ]),
    ("foreign key", &[
        "single", "composite", "to external", "to itself", "to later table", "deferrable", "enforced",
        "not valid", "unchecked", "own name",
    ]),
    ("on delete", &[
        "no_action", "restrict", "cascade", "set_null", "set_default",
    ]),
    ("on update", &[
        "no_action", "cascade", "set_null", "set_default",
    ]),
    ("index", &[
        "server", "client", "both", "desc", "nulls", "expression", "partial", "gin", "hash", "several",
        "include", "own name",
    ]),
    ("check", &[
        "expression", "by dialect", "not valid", "own name",
    ]),
    ("access", &[
        "none", "public", "rule", "by role", "before and after differ",
    ]),
    ("view", &[
        "columns", "filtered", "postgres text", "sqlite text", "not invoker", "doc",
    ]),
    ("sql", &[
        "before_tables", "after_tables", "needs", "down",
    ]),
    ("stream", &[
        "automatic", "subscribed", "params", "filtered", "several tables", "priority",
    ]),
    ("storage", &[
        "bucket", "public", "path", "references",
    ]),
    ("postgres", &[
        "supabase", "jwt_claims", "uuid", "text", "int", "bigint", "schema", "anonymous", "service",
        "owner_bypasses_rls", "keep_temp", "custom_checkpoints",
    ]),
];
