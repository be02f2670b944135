//! Every diagnostic code there is, in one table. Codes are stable and never reused.
//!
//! The letter and the hundred say where a mistake lives, and so which exit code a run ends with:
//!
//! | codes | about | exit code |
//! | --- | --- | --- |
//! | `S0..` | the YAML text itself | 1 |
//! | `S1..` | the shape of the declaration: keys and values | 1 |
//! | `S2..` | tables, columns, keys, names | 1 |
//! | `S3..` | expressions, access rules, scopes | 1 |
//! | `S4..` | streams | 1 |
//! | `S5..` | what one target cannot say | 1 |
//! | `E...` | the environment: files, folders, databases | 3 |
//! | `D...` | drift: outputs that differ from the declaration | 4 |
//!
//! To add one: a line here, `explain/<code>.md` beside this file, and a case that reports it.

/// A stable code, such as `S101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether the cause is the machine (files, folders, databases) and not the declaration.
    #[must_use]
    pub fn is_environment(self) -> bool {
        self.0.starts_with('E')
    }

    /// What the code means.
    #[must_use]
    pub fn info(self) -> &'static CodeInfo {
        CODES
            .iter()
            .find(|info| info.code == self)
            .expect("every code is made by the table of codes")
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

/// What a code means, for `codegen explain`.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// The rule in a few words.
    pub title: &'static str,
    /// Markdown: what it means, an example of wrong and one of right.
    pub explain: &'static str,
}

/// The entry for a code as a person types it, in any case (`s101`).
#[must_use]
pub fn find_code(code: &str) -> Option<&'static CodeInfo> {
    CODES
        .iter()
        .find(|info| info.code.0.eq_ignore_ascii_case(code))
}

macro_rules! codes {
    ($($name:ident = $code:literal $title:literal)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $name: Code = Code($code);
        )*

        /// All codes, in the order of their letters and numbers.
        pub const CODES: &[CodeInfo] = &[$(CodeInfo {
            code: $name,
            title: $title,
            explain: include_str!(concat!("explain/", $code, ".md")),
        }),*];
    };
}

codes! {
    OUTPUT_MISSING = "D001" "a generated file is missing"
    OUTPUT_STALE = "D002" "a generated file differs from the declaration"
    OUTPUT_STRAY = "D003" "a generated file that no target writes any more"
    OUTPUT_EDITED = "D004" "a generated file was edited by hand"
    OUTPUT_FOREIGN = "D005" "a file that was not generated is at the path of an output"
    MIGRATION_DUE = "D010" "a migration is due"
    ENTRY_EDITED = "D011" "an entry of the ledger was edited"
    ENTRY_MISSING = "D012" "an entry of the ledger is missing"
    ENTRY_WITHOUT_SNAPSHOT = "D013" "a migration has no snapshot"
    LEDGER_FORKED = "D014" "two entries of the ledger continue the same one"
    SNAPSHOT_UNREADABLE = "D015" "a snapshot that this version cannot read"
    LEDGER_STARTED = "D016" "an entry that this version cannot write"
    AT_REFUSED = "D017" "not a 14-digit migration timestamp"
    ENTRY_NAME = "D018" "not a valid migration name"
    RENAME_UNKNOWN = "D019" "`was` names nothing of the newest migration"
    DROP_REFUSED = "D020" "a drop that would lose data"
    RENAME_UNCLEAR = "D021" "a drop and an addition that may be one rename"
    KIND_CHANGE_REFUSED = "D022" "a change of a type that could lose values"
    REQUIRED_WITHOUT_VALUE = "D023" "a required column without a value for the rows that are there"
    CHANGE_UNSUPPORTED = "D024" "a change that no migration makes yet"
    REWRITE_REFUSED = "D025" "a rewrite of a migration that databases may have run"
    ALLOWED_NOTHING = "D026" "a drop was allowed that does not happen"
    SUM_UNREADABLE = "D041" "a sum file that this version cannot read"
    SUM_BROKEN = "D042" "a line of the sum file that does not continue the one before it"
    ENTRY_RENAMED = "D043" "a file of the ledger has another name"
    ENTRY_FOREIGN = "D044" "a file in the folder of the migrations that is not in the ledger"
    ENTRY_UNSEALED = "D045" "a migration written by hand that was changed after it was sealed"
    REBASE_REFUSED = "D046" "a rebase or a seal that cannot be done"
    RELEASE_REFUSED = "D047" "a release that cannot be marked"
    RELEASES_UNREADABLE = "D048" "a file of releases that cannot be read"
    ACCESS_UNDECLARED = "D049" "a statement about access that no declaration asks for"
    SUM_MISSING = "D050" "a ledger without its sum file"
    ACCESS_GRANTED = "D060" "access that nobody had, and nobody has agreed to"
    ENTRY_FAILS = "D061" "a migration that fails on an empty database"
    LEDGER_DIFFERS = "D062" "migrations that lead to something else than the declaration"
    LIVE_DIFFERS = "D063" "a live system that is not what is declared"
    SYNC_CONTRADICTS = "D064" "a sync config that contradicts the policies"
    SYNC_UNDECIDED = "D065" "a part of a sync config that is not compared with the policies"
    DEVICE_ROWS_REFUSED = "D070" "a change that rows of the device alone may not survive"
    DEVICE_DROP_REFUSED = "D071" "a release that would drop what devices alone have"
    CLIENTS_BROKEN = "D072" "a change that breaks clients of a release that is in use"
    CLIENTS_LIMITED = "D073" "a change after which some uploads of clients may be refused"

    UNREADABLE = "E001" "a file or folder cannot be read"
    NO_SOURCES = "E002" "no declaration was found"
    UNWRITABLE = "E003" "an output cannot be written"
    NOT_A_FILE = "E004" "something that is not a plain file is at the path of an output"
    OUTPUTS_COLLIDE = "E005" "two outputs have the same path"
    DECLARATION_LINK = "E006" "a symbolic link in a declaration"
    OUT_OF_REACH = "E007" "a folder outside the repository, or inside `.git`"
    TOO_MUCH = "E008" "a folder or file is larger than the limit"
    PRINTED_WRONG = "E009" "a bug in this program: it printed SQL that does not parse"
    DATABASE_UNREACHABLE = "E010" "a database that cannot be read"
    DATABASE_NOT_EMPTY = "E011" "a database for a check that is not empty"
    SYSTEM_UNREADABLE = "E012" "a live system that cannot be read"
    IMPORT_REFUSED = "E013" "a bug in this program: it imported a declaration that is refused"
    MIGRATION_FAILS = "E014" "a migration that fails while it is imported"

    INVALID_UTF8 = "S001" "a source file is not UTF-8"
    SOURCE_TOO_LARGE = "S002" "a source file is too large"
    YAML_SYNTAX = "S003" "the text is not YAML"
    YAML_TOO_DEEP = "S004" "the YAML is nested too deeply"
    YAML_TOO_MANY_NODES = "S005" "the YAML has too many values"
    SCALAR_TOO_LONG = "S006" "a value is too long"
    YAML_ALIAS = "S007" "anchors, aliases and merge keys are not allowed"
    YAML_TAG = "S008" "tags are not allowed"
    YAML_DOCUMENTS = "S009" "a file with more than one document"
    DUPLICATE_KEY = "S010" "a key is given twice"
    KEY_NOT_SCALAR = "S011" "a key that is not a plain name"
    SPLIT_SCALAR = "S012" "a comma inside braces or brackets split a value"
    AMBIGUOUS_WORD = "S013" "a word that some YAML parsers read as a boolean"
    OPERATOR_IS_COMMENT = "S015" "an operator that YAML reads as a comment"

    UNKNOWN_KEY = "S101" "an unknown key"
    MISSING_KEY = "S102" "a missing key"
    EXPECTED_TEXT = "S103" "a text is expected"
    EXPECTED_BOOL = "S104" "`true` or `false` is expected"
    EXPECTED_NUMBER = "S105" "a whole number is expected"
    EXPECTED_MAPPING = "S106" "a mapping is expected"
    EXPECTED_SEQUENCE = "S107" "a list is expected"
    UNEXPECTED_NULL = "S108" "a missing value"
    UNKNOWN_WORD = "S109" "an unknown word"
    BAD_NAME = "S110" "an invalid name"
    NAME_TOO_LONG = "S111" "a name that is too long"
    BAD_KIND = "S112" "a kind with a syntax error"
    DECLARED_TWICE = "S113" "a name that is declared twice"
    LISTED_TWICE = "S114" "something that is listed twice"
    SETTINGS_SPLIT = "S115" "settings in more than one file"
    LANGUAGE_VERSION = "S116" "an unknown version of the language"
    KEYS_EXCLUDE = "S117" "keys that cannot be combined"
    EMPTY_LIST = "S118" "a list without elements"
    BAD_REFERENCE = "S119" "a reference that does not name a column"
    REFERENCE_LENGTHS = "S120" "a foreign key with a different number of columns on each side"
    BAD_SEPARATOR = "S121" "a separator that is not one punctuation character"
    BAD_UUID = "S122" "a namespace that is not a uuid"
    COMMAND_TWICE = "S123" "a command with two rules"
    BAD_FOLDER = "S124" "a folder that a target cannot use"
    BAD_LABEL = "S125" "a label that cannot be stored"
    BAD_NUMBER = "S126" "a number that YAML parsers read in different ways"
    UNPRINTABLE = "S127" "a character that is not printable"

    UNKNOWN_KIND = "S201" "a kind that does not exist"
    UNKNOWN_TABLE = "S202" "a table that is not declared"
    UNKNOWN_COLUMN = "S203" "a column that the table does not have"
    UNKNOWN_LABEL = "S204" "a label that the enum does not have"
    ALL_RETIRED = "S205" "every label of an enum is retired"
    UNKNOWN_NEED = "S206" "hand-written SQL needs something that is not declared"
    KIND_NAME_TAKEN = "S207" "an enum and a domain share a name"
    DOMAIN_KIND = "S208" "a domain over a kind that is not a scalar"
    NAMES_COLLIDE = "S210" "two names that differ only in case"
    OBJECTS_COLLIDE = "S211" "two objects of a schema share a name"
    CLIENT_ID_TAKEN = "S212" "a second column named `id` on the device"
    RENAME_OF_EXISTING = "S213" "renamed from something that still exists"
    RENAME_TWICE = "S214" "two renames from the same name"
    NO_KEY = "S220" "a table without a key"
    KEY_TWICE = "S221" "a key declared twice"
    KEY_NULLABLE = "S222" "a nullable key"
    KEY_KIND = "S223" "a kind that cannot be a key"
    KEY_GENERATED = "S224" "a generated key"
    KEY_ON_ONE_SIDE = "S225" "a key that exists on only one side"
    SEPARATOR_UNUSED = "S228" "a separator for a key of one column"
    RECIPE_KEY = "S229" "a recipe that does not fit the key"
    RECIPE_PART = "S230" "a recipe that uses an optional column"
    RECIPE_AMBIGUOUS = "S231" "a recipe that can give two rows the same id"
    REFERENCE_TO_OTHER_SIDE = "S232" "a server's row references a device's"
    REFERENCE_NOT_UNIQUE = "S233" "a reference to columns that are not unique"
    REFERENCE_KIND = "S234" "a reference to a column of another kind"
    ACTION_IMPOSSIBLE = "S235" "an action that the column does not allow"
    CYCLE_STUCK = "S236" "a cycle of foreign keys that no row can enter"
    CLASH_UNANSWERED = "S237" "a clash between two devices that the declaration does not resolve"
    UPSERT_TARGET = "S238" "an upsert on columns that are not unique"
    DEFERRABLE_INDEX = "S239" "a unique that cannot be deferred"
    VALUE_KIND = "S240" "a value that does not fit the kind"
    DEFAULT_VIOLATES_CHECK = "S241" "a default that its own check refuses"
    DEFAULT_RETIRED = "S242" "a default that is a retired label"
    DEFAULT_NULL = "S243" "a NULL default on a column that is not nullable"
    DEFAULT_TWICE = "S244" "a column filled twice"
    CLIENT_DEFAULT_SQL = "S245" "Postgres SQL as a client's default"
    IDENTITY_KIND = "S246" "an identity on a column that is not a whole number"
    SIDES_CONTRADICT = "S247" "an option that applies to the other side only"
    GENERATED_STORED = "S248" "a stored generated column that is synced"
    GENERATED_DEFAULT = "S249" "a generated column with a default"
    ROLE_TWICE = "S250" "a role on two columns"
    ROLE_KIND = "S251" "a column that does not fit its role"
    CONFLICT_WITHOUT_TIME = "S252" "`last_write_wins` without a column for the time of the edit"
    SOFT_WITHOUT_TOMBSTONE = "S253" "a soft delete without a tombstone"
    APPEND_ONLY_UPDATE = "S254" "an append-only table with an update rule"
    DELETE_WITHOUT_PATH = "S255" "a deletion that the server would refuse"
    ABSENT_ON_SERVER = "S256" "something on the server that uses a column or table of devices"
    KEY_OF_SERVER = "S257" "rows that clients create with a key that only the server can make"
    GENERATED_OF_GENERATED = "S258" "a computed column that reads another computed column"
    NEVER_FILLED = "S259" "a required column that nothing fills"
    UNIQUE_ADDS_NOTHING = "S260" "a redundant unique"
    COPIED_FROM = "S264" "a column that cannot be copied"
    UPLOADS_WRITTEN = "S265" "`uploads` on a column that the server does not fill"
    UPLOADS_IMPOSSIBLE = "S266" "an upload that cannot be verified or ignored"
    ON_CHANGE_UNFIT = "S267" "`on_change` on a column that the server does not fill with the time"
    UP_WITHOUT_INSERT = "S268" "uploads of changes of rows that devices never have"
    SEED_UNFIT = "S269" "a value that a seed cannot have"
    SEED_INCOMPLETE = "S270" "a seed without a value that its row needs"
    SEED_TWICE = "S271" "two seeds that cannot both be there"
    SEED_REFERENCE = "S272" "a seed that references a row that is not a seed"
    EXCLUSION_OPERATOR = "S273" "an exclusion constraint that Postgres cannot compare rows by"
    EXCLUSION_RANGE = "S274" "a range that Postgres does not have"
    RANGE_BACKWARDS = "S275" "a range whose end may be before its start"
    EXCLUSION_ADDS_NOTHING = "S276" "a redundant exclusion constraint"
    OBJECT_REFERENCE = "S277" "a bucket whose objects are named by a column that is not text"
    EXPR_SYNTAX = "S301" "an expression with a syntax error"
    EXPR_TOO_LARGE = "S302" "an expression that is too large"
    EXPR_NOT_ONE = "S303" "more than one expression, type or query, or a comment in it"
    EXPR_UNSUPPORTED = "S304" "SQL that expressions do not support"
    EXPR_UNKNOWN_COLUMN = "S305" "a column that the row does not have"
    EXPR_UNKNOWN_FUNCTION = "S306" "an unknown function"
    EXPR_UNKNOWN_SET = "S307" "a scope or table that is not declared"
    EXPR_UNKNOWN_PARAM = "S308" "a parameter that the stream does not have"
    EXPR_ARGUMENTS = "S309" "a call with arguments that the function does not take"
    EXPR_KIND = "S310" "kinds that cannot be combined"
    EXPR_NOT_CONDITION = "S311" "a value where a condition belongs"
    EXPR_LABEL = "S312" "a label that the enum does not have"
    EXPR_CONSTANT = "S313" "a constant that does not fit the kind"
    EXPR_NULL = "S314" "a comparison with null"
    EXPR_ALWAYS = "S315" "a condition that is the same for every row"
    EXPR_PLACE = "S316" "something that is not available in this place"
    EXPR_ORDER = "S317" "an order that depends on the database"
    ACCESS_EQUALITY = "S331" "a rule with an equality that depends on the system"
    ACCESS_ORDER = "S332" "a rule with an order that depends on the system"
    ACCESS_NEGATED = "S333" "a rule that negates a membership or a comparison with the caller"
    ACCESS_SOURCES = "S334" "a rule that mixes row and caller by something other than `=`"
    ACCESS_COMPUTED = "S335" "a rule with a computation that depends on the system"
    ACCESS_JSON = "S336" "a rule that reads json in a way that depends on the system"
    ACCESS_DISTINCT = "S337" "a rule with `is distinct from`"
    ACCESS_CALLER = "S338" "a rule that tests the caller for more than equality"
    SCOPE_CIRCLE = "S360" "a scope that reads itself"
    SCOPE_IS_COLUMN = "S361" "a scope with the name of a column"
    NO_READ_RULE = "S362" "a synced table without a read rule"
    NO_WRITE_RULE = "S363" "an uploaded table without a write rule"
    RULE_WITHOUT_USE = "S364" "a rule for a command that never happens"
    UNKNOWN_ROLE = "S365" "a role that the app does not have"
    SELF_GRANT = "S366" "callers can grant themselves access"
    CHANGE_UNSEEN = "S367" "a rule that changes rows without a rule that reads them"
    READ_OF_TOMBSTONE = "S368" "a read rule that a deletion changes"
    POLICY_WITHOUT_INDEX = "S369" "a rule finds rows by a column without an index"
    RULE_OF_UNTOLD = "S374" "a rule about new rows reads what only hand-written SQL fills"
    NOBODY_INSERTS = "S375" "an insert rule that nobody can satisfy"
    SCOPE_DEPTH = "S379" "a chain of scopes that is too long"
    QUEUE_WITHOUT_TARGET = "S395" "an upload queue without the target that writes it"
    CHECKPOINTS_WITHOUT_ROLE = "S396" "write checkpoints of the bridge without a role for it"
    PULLED_WITHOUT_CHANGED = "S398" "a table that devices pull without the role `changed`"
    STREAM_OF_UNSYNCED = "S401" "a stream of a table that is not synced"
    STREAM_AUTOMATIC_PARAMS = "S402" "an automatic stream with parameters"
    STREAM_PARAM_UNUSED = "S403" "a table of a stream that ignores a parameter"
    STREAM_NAME_TAKEN = "S405" "a stream with the name of the automatic stream"
    PARAM_KIND = "S406" "a parameter whose kind cannot be inferred"
    VIEW_OF_ABSENT = "S407" "a view of something that its side does not have"
    NEEDS_ITSELF = "S408" "something that depends on itself"
    MAPPERS_OF_ABSENT = "S409" "mappers of a table that no device has"

    TOO_MANY_COLUMNS = "S501" "a table with too many columns for Postgres"
    TOO_MANY_PARTS = "S502" "a key or an index with too many parts for Postgres"
    RESERVED_NAME = "S503" "a name that Postgres reserves"
    SQL_SYNTAX = "S504" "hand-written SQL that Postgres cannot parse"
    POSTGRES_NAME_TAKEN = "S505" "two Postgres objects share a name"
    ROLES_MEET = "S506" "one role for two purposes"
    INDEX_METHOD = "S507" "an index that its method does not support"
    SCOPE_CALLS = "S509" "a scope for which Postgres calls too many functions"
    RUST_NAME_COLLISION = "S510" "two names that become the same in generated Rust"
    SQLITE_CANNOT_SAY = "S520" "something that SQLite does not support"
    SQLITE_NAME = "S521" "a name that SQLite reserves"
    SQLITE_NAME_COLLISION = "S522" "two names that are the same in SQLite"
    NOT_ON_DEVICE = "S523" "something on the device that reads a column of the server"
    SQLITE_REFUSES = "S524" "SQL that SQLite refuses"
    STREAM_CANNOT_SAY = "S530" "something that sync streams do not support"
    POWERSYNC_NAME = "S531" "a name that PowerSync does not support"
    NOT_READABLE_BY_DEVICES = "S532" "a table that devices receive but cannot read"
    STREAM_VARIANTS = "S533" "a stream with too many ways for PowerSync"
    STREAM_BUCKETS = "S534" "a connection with too many buckets for PowerSync"
    STREAM_LOOKUPS = "S535" "a connection that looks up too many rows for PowerSync"
    STREAM_BOTH_WAYS = "S536" "a bucket that is found in the token and through a lookup"
    STREAM_SPELLED_OUT = "S539" "a scope or a rule that is too large after it is expanded"
    OPENAPI_NAME = "S540" "a name that OpenAPI does not support"
    TYPESCRIPT_NAME_COLLISION = "S550" "two names that become the same in generated TypeScript"
    TYPESCRIPT_CANNOT_SAY = "S551" "a client default that TypeScript cannot compute"
    CLIENT_TABLE = "S552" "an option of a client table that PowerSync's client does not support"
    SWIFT_COLUMNS = "S553" "a table with more columns than PowerSync supports in Swift"
    DART_NAME_COLLISION = "S554" "two names that become the same in generated Dart"
    DRIZZLE_NAME_COLLISION = "S555" "two names that become the same for Drizzle"
    DEVICE_COLUMN = "S556" "a column of the device alone that PowerSync would upload"
    RAW_TABLE = "S557" "a raw table in a target that does not support it"
    DART_CANNOT_SAY = "S558" "a client default that Dart cannot compute"
    WORKER_ROLES = "S559" "a worker without the roles that it needs in Postgres"
    BRIDGE_WITHOUT_ROLE = "S560" "the target `bridge` without a role for the bridge"
    UP_CHANGES = "S561" "rows that only go up and change, in a table of PowerSync"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn every_code_is_explained_with_a_wrong_and_a_right_example() {
        for info in CODES {
            let code = info.code;
            assert!(info.explain.ends_with('\n'), "{code}: no final newline");
            assert!(
                !info.explain.starts_with('#'),
                "{code}: the title is added when printed"
            );
            if code.as_str().starts_with('S') {
                for part in ["Wrong:", "Right:", "```yaml"] {
                    assert!(info.explain.contains(part), "{code}: no {part:?}");
                }
            } else {
                assert!(info.explain.contains("What to do:"), "{code}: no way out");
            }
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(find_code("s101").unwrap().code, UNKNOWN_KEY);
        assert!(find_code("S000").is_none());
    }
}
