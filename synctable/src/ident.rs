//! Identifiers and literals in SQL, and names that are derived from others.

use std::borrow::Cow;
use std::fmt;

/// The longest identifier in Postgres, in bytes of UTF-8; longer ones are cut without an error.
pub const NAME_BYTES: usize = 63;

/// A database whose SQL is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Database {
    /// Postgres 15 to 18. PowerSync's streams fold and quote names as Postgres does.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Database {
    /// Both.
    pub const ALL: &'static [Database] = &[Database::Postgres, Database::Sqlite];

    /// Its own name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Database::Postgres => "Postgres",
            Database::Sqlite => "SQLite",
        }
    }

    /// The name as an identifier: bare where it can be, else in double quotes.
    ///
    /// Bare is better where it is possible: SQLite takes a quoted name that it does not find for a
    /// string, and says nothing.
    ///
    /// ```
    /// use synctable::Database;
    /// assert_eq!(Database::Postgres.ident("list_id"), "list_id");
    /// assert_eq!(Database::Postgres.ident("order"), "\"order\"");
    /// assert_eq!(Database::Sqlite.ident("listId"), "\"listId\"");
    /// assert_eq!(Database::Sqlite.ident("a\"b"), "\"a\"\"b\"");
    /// ```
    pub fn ident(self, name: &str) -> Cow<'_, str> {
        match self.is_bare(name) {
            true => Cow::Borrowed(name),
            false => Cow::Owned(quoted(name)),
        }
    }

    /// Whether the name means itself without quotes.
    ///
    /// It starts with a lower-case ASCII letter or `_`, goes on with those and digits, and is no
    /// keyword. Postgres folds everything else; in SQLite upper case is quoted too, so that one name
    /// looks the same in both. For Postgres this is what its own `quote_ident` decides, with the
    /// keywords of 15 to 18.
    pub fn is_bare(self, name: &str) -> bool {
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && !self.is_keyword(name)
    }

    /// Whether the lower-case word is a keyword that an identifier cannot be.
    pub fn is_keyword(self, word: &str) -> bool {
        static OF_POSTGRES: Groups = Groups::of(&POSTGRES_KEYWORDS);
        static OF_SQLITE: Groups = Groups::of(&SQLITE_KEYWORDS);
        let (groups, keywords): (_, &[&str]) = match self {
            Database::Postgres => (&OF_POSTGRES, &POSTGRES_KEYWORDS),
            Database::Sqlite => (&OF_SQLITE, &SQLITE_KEYWORDS),
        };
        groups.holds(keywords, word)
    }

    /// The columns that every table has by itself: Postgres refuses others of these names, in SQLite
    /// a column of such a name hides the one that is there.
    pub const fn own_columns(self) -> &'static [&'static str] {
        match self {
            Database::Postgres => &["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"],
            Database::Sqlite => &["_rowid_", "oid", "rowid"],
        }
    }

    /// The text as a string literal.
    ///
    /// Only the quote is doubled. In Postgres that is safe because `standard_conforming_strings` is
    /// on since 9.1: a backslash is a backslash. Text with `\u0000` has no literal in either
    /// database; declarations refuse it.
    ///
    /// ```
    /// use synctable::Database;
    /// assert_eq!(Database::Postgres.literal(r"it's a \"), r"'it''s a \'");
    /// ```
    pub fn literal(self, text: &str) -> String {
        match text.contains('\'') {
            true => format!("'{}'", text.replace('\'', "''")),
            false => ["'", text, "'"].concat(),
        }
    }
}

/// Where the keywords are that begin with a byte, the first one and the one behind the last: a name is compared with few.
struct Groups([(u8, u8); 128]);

impl Groups {
    const fn of(words: &[&str]) -> Self {
        let mut groups = [(0, 0); 128];
        let mut at = 0;
        while at < words.len() {
            let first = words[at].as_bytes()[0] as usize;
            if groups[first].1 == 0 {
                groups[first].0 = at as u8;
            }
            groups[first].1 = at as u8 + 1;
            at += 1;
        }
        Self(groups)
    }

    /// Whether a word is one of them.
    fn holds(&self, words: &[&str], word: &str) -> bool {
        let [first, .., last] = word.as_bytes() else {
            return false;
        };
        let group = self.0.get(usize::from(*first));
        let (from, to) = group.copied().unwrap_or_default();
        words[usize::from(from)..usize::from(to)].iter().any(|one| {
            one.len() == word.len() && one.as_bytes().last() == Some(last) && *one == word
        })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name in double quotes, in Postgres and SQLite alike.
///
/// ```
/// assert_eq!(synctable::ident::quoted("to\"do"), "\"to\"\"do\"");
/// ```
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A derived name: the parts and the suffix joined by `_`, in at most [`NAME_BYTES`] bytes.
///
/// A longer name keeps its suffix, is cut before it at the boundary of a character, and carries
/// eight hexadecimal digits of a hash of the whole. The result depends on nothing but the arguments;
/// two long names meet only if their hashes do, which whoever declares names checks.
///
/// ```
/// use synctable::derived_name;
/// assert_eq!(derived_name(&["todos", "list_id"], "fkey"), "todos_list_id_fkey");
/// let long = derived_name(&["a_table_with_quite_a_name", "and_a_column_that_is_not_shorter_than_it"], "fkey");
/// assert_eq!(long, "a_table_with_quite_a_name_and_a_column_that_is_no_3802236f_fkey");
/// ```
pub fn derived_name(parts: &[&str], suffix: &str) -> String {
    let stem = parts.join("_");
    let whole = match suffix {
        "" => stem.clone(),
        suffix => [&stem, "_", suffix].concat(),
    };
    if whole.len() <= NAME_BYTES {
        return whole;
    }
    let hash = short_hash(&whole);
    let tail = match suffix {
        "" => format!("_{hash}"),
        suffix => format!("_{hash}_{suffix}"),
    };
    match NAME_BYTES.checked_sub(tail.len()) {
        Some(room) => format!("{}{tail}", cut(&stem, room)),
        // A suffix that leaves no room is cut with the rest.
        None => format!("{}_{hash}", cut(&whole, NAME_BYTES - hash.len() - 1)),
    }
}

/// The schema in which the bridge of an app keeps what it has applied and what it could not apply.
///
/// ```
/// assert_eq!(synctable::ident::bridge_schema("tasks"), "tasks_bridge");
/// ```
pub fn bridge_schema(app: &str) -> String {
    derived_name(&[app], "bridge")
}

/// The table in that schema of the write checkpoints that devices ask for.
pub const CHECKPOINTS: &str = "checkpoints";

/// The longest beginning of at most so many bytes that does not split a character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// FNV-1a of 64 bits, folded to 32, as eight hexadecimal digits.
fn short_hash(text: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
}

/// Every keyword of Postgres 15 to 18 that `quote_ident` quotes: all but the unreserved ones.
#[rustfmt::skip]
const POSTGRES_KEYWORDS: [&str; 164] = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign",
    "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner",
    "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "json", "json_array",
    "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize",
    "json_table", "json_value", "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp",
    "merge_action", "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision",
    "primary", "real", "references", "returning", "right", "row", "select", "session_user", "setof", "similar",
    "smallint", "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp",
    "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar", "variadic",
    "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest",
    "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

/// Every keyword of SQLite, and the two names that it reads as numbers.
#[rustfmt::skip]
const SQLITE_KEYWORDS: [&str; 150] = [
    "abort", "action", "add", "after", "all", "alter", "always", "analyze", "and", "as", "asc", "attach",
    "autoincrement", "before", "begin", "between", "by", "cascade", "case", "cast", "check", "collate", "column",
    "commit", "conflict", "constraint", "create", "cross", "current", "current_date", "current_time",
    "current_timestamp", "database", "default", "deferrable", "deferred", "delete", "desc", "detach", "distinct", "do",
    "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists", "explain", "fail", "false",
    "filter", "first", "following", "for", "foreign", "from", "full", "generated", "glob", "group", "groups", "having",
    "if", "ignore", "immediate", "in", "index", "indexed", "initially", "inner", "insert", "instead", "intersect",
    "into", "is", "isnull", "join", "key", "last", "left", "like", "limit", "match", "materialized", "natural", "no",
    "not", "nothing", "notnull", "null", "nulls", "of", "offset", "on", "or", "order", "others", "outer", "over",
    "partition", "plan", "pragma", "preceding", "primary", "query", "raise", "range", "recursive", "references",
    "regexp", "reindex", "release", "rename", "replace", "restrict", "returning", "right", "rollback", "row", "rows",
    "savepoint", "select", "set", "table", "temp", "temporary", "then", "ties", "to", "transaction", "trigger", "true",
    "unbounded", "union", "unique", "update", "using", "vacuum", "values", "view", "virtual", "when", "where", "window",
    "with", "within", "without",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keywords_are_sorted_so_that_they_are_found() {
        for (database, keywords) in [
            (Database::Postgres, &POSTGRES_KEYWORDS[..]),
            (Database::Sqlite, &SQLITE_KEYWORDS[..]),
        ] {
            assert!(keywords.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(keywords.len() <= 255 && keywords.iter().all(|word| word.len() > 1));
            assert!(keywords.iter().all(|word| database.is_keyword(word)));
            assert!(!database.is_keyword("a") && !database.is_keyword("selecs"));
        }
    }

    #[test]
    fn only_plain_lower_case_names_stand_bare() {
        for name in ["id", "_x", "line_1", "value", "name", "day"] {
            assert!(Database::Postgres.is_bare(name), "{name}");
        }
        for name in [
            "", "Id", "1x", "a-b", "é", "a b", "values", "user", "offset",
        ] {
            assert!(!Database::Postgres.is_bare(name), "{name}");
        }
        assert!(Database::Sqlite.is_bare("user"));
        assert!(!Database::Sqlite.is_bare("key"));
    }

    #[test]
    fn short_names_are_left_alone_and_long_ones_fit() {
        for length in 1..200 {
            let name = "x".repeat(length);
            let derived = derived_name(&[&name, "y"], "idx");
            assert!(derived.len() <= NAME_BYTES);
            assert!(derived.ends_with("_idx"));
            assert!(derived.len() == (length + 6).min(NAME_BYTES));
            assert_eq!(derived == format!("{name}_y_idx"), length <= 57);
        }
    }

    #[test]
    fn a_character_is_never_split() {
        for pad in 0..4 {
            let name = format!("{}{}", "x".repeat(pad), "漢".repeat(40));
            let derived = derived_name(&[&name], "key");
            assert!(derived.len() <= NAME_BYTES && derived.len() > NAME_BYTES - 3);
        }
        assert!(derived_name(&["a"], &"é".repeat(60)).len() <= NAME_BYTES);
    }

    #[test]
    fn long_names_that_differ_at_the_end_differ() {
        let base = "x".repeat(80);
        let one = derived_name(&[&base, "a"], "idx");
        let two = derived_name(&[&base, "b"], "idx");
        assert_ne!(one, two);
        assert_eq!(one, derived_name(&[&base, "a"], "idx"));
    }
}
