//! Tables with their keys and constraints.

use super::Decoder;
use super::fields::Fields;
use super::name::NameRule;
use crate::declaration::keys::{
    CHANGES, CLIENT, FOREIGN_KEY, ID, INDEX, INDEX_PART, KEY, RECIPE_PART, TABLE, TABLE_CHECK,
    UNIQUE, UNIQUE_PART, UP,
};
use crate::declaration::{
    Check, CheckBody, ClientOptions, Flag, ForeignKey, Id, IdForm, Index, IndexPart, Key, Name,
    NullsOrder, Part, RecipeColumn, RecipePart, Seed, SeedValue, Spanned, Table, TrackPrevious,
    Unique,
};
use crate::diagnostic::{
    BAD_SEPARATOR, BAD_UUID, Diagnostic, LISTED_TWICE, MISSING_KEY, REFERENCE_LENGTHS,
    UNKNOWN_WORD, UP_WITHOUT_INSERT,
};
use crate::map::IndexMap;
use crate::model::{IndexSide, OnServer, Uploads};
use crate::source::{Node, Value};
use synctable::{ConflictRule, DeleteRule, SyncMode};

/// The namespaces of RFC 9562, appendix A, by name.
const NAMESPACES: [(&str, &str); 4] = [
    ("dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"),
    ("oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"),
    ("x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"),
];

impl Decoder<'_> {
    pub(super) fn table(&mut self, name: Name, node: &Node) -> Option<Table> {
        let fields = self.fields(&TABLE, name.span, node)?;
        if let Some(node) = fields.get("columns")
            && let Value::Mapping(entries) = &node.value
        {
            self.not_empty(entries, node.span);
        }
        let (key, key_name) = self.key(&fields);
        let (sync, up) = self.sync(&fields);
        Some(Table {
            doc: self.text_at(&fields, "doc"),
            sync,
            up,
            schema: self.name_at(&fields, "schema", NameRule::Postgres),
            was: self.name_at(&fields, "was", NameRule::Word),
            client_name: self.name_at(&fields, "client_name", NameRule::Word),
            columns: self.map_at(&fields, "columns", Self::column),
            key,
            key_name,
            id: self.id(&fields),
            uniques: self.map_at(&fields, "uniques", Self::unique),
            foreign_keys: self.map_at(&fields, "foreign_keys", Self::foreign_key),
            exclusions: self.map_at(&fields, "exclude", Self::exclusion),
            indexes: self.map_at(&fields, "indexes", Self::index),
            checks: self.map_at(&fields, "checks", Self::table_check),
            access: self.access_at(&fields),
            conflict: self.word_at(&fields, "conflict", ConflictRule::parse),
            delete: self.word_at(&fields, "delete", DeleteRule::parse),
            upsert_on: self.names_at(&fields, "upsert_on", NameRule::Word),
            client: self.client(&fields),
            seeds: self.seeds(&fields),
            name,
        })
    }

    /// `sync: both`, or `sync: {up: [insert, update]}`.
    fn sync(&mut self, fields: &Fields<'_>) -> (Option<Spanned<SyncMode>>, Option<Uploads>) {
        let Some((key, node)) = fields.entry("sync") else {
            return (None, None);
        };
        let Value::Mapping(_) = node.value else {
            let word = self.word(node, "sync", SyncMode::WORDS, SyncMode::parse);
            return (word, None);
        };
        let Some(fields) = self.fields(&UP, key.span, node) else {
            return (None, None);
        };
        let up = fields.get("up").and_then(|node| self.changes(node));
        let sync = up.map(|_| Spanned::new(SyncMode::Up, node.span));
        (sync, up)
    }

    /// What devices upload: at least one of the words, each once, and `insert` among them.
    fn changes(&mut self, node: &Node) -> Option<Uploads> {
        let items = node.as_sequence(self.cx)?;
        self.not_empty(items, node.span);
        let mut up = Uploads::NONE;
        for item in items {
            let found = self.word(item, "up", CHANGES, |word| match word {
                "insert" => Some(0),
                "update" => Some(1),
                "delete" => Some(2),
                _ => None,
            })?;
            let change = match found.value {
                0 => &mut up.put,
                1 => &mut up.patch,
                _ => &mut up.delete,
            };
            if std::mem::replace(change, true) {
                let word = CHANGES[found.value];
                self.push(
                    Diagnostic::error(LISTED_TWICE, format!("`{word}` is listed twice"))
                        .at(item.span)
                        .help("list it once"),
                );
                return None;
            }
        }
        if !up.put && !items.is_empty() {
            self.push(
                Diagnostic::error(
                    UP_WITHOUT_INSERT,
                    "devices have no rows that they could change: they neither receive nor insert any",
                )
                .at(node.span)
                .help("add `insert`")
                .help("or let the server send the rows: `sync: both`"),
            );
        }
        up.put.then_some(up)
    }

    /// `key: [a, b]`, or `key: {columns: [a, b], name: lists_pk}`.
    fn key(&mut self, fields: &Fields<'_>) -> (Option<Key>, Option<Name>) {
        let Some((key, node)) = fields.entry("key") else {
            return (None, None);
        };
        let Value::Mapping(_) = node.value else {
            return (self.names_at(fields, "key", NameRule::Word), None);
        };
        let Some(fields) = self.fields(&KEY, key.span, node) else {
            return (None, None);
        };
        (
            self.names_at(&fields, "columns", NameRule::Word),
            self.own_name(&fields),
        )
    }

    /// `name`: what the database calls it.
    pub(super) fn own_name(&mut self, fields: &Fields<'_>) -> Option<Name> {
        self.name_at(fields, "name", NameRule::Word)
    }

    /// A mapping from words at a key.
    pub(super) fn map_at<T: super::Named>(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        read: impl FnMut(&mut Self, Name, &Node) -> Option<T>,
    ) -> IndexMap<String, T> {
        let mut map = IndexMap::default();
        if let Some(node) = fields.get(key) {
            self.map(node, NameRule::Word, &mut map, read);
        }
        map
    }

    fn id(&mut self, fields: &Fields<'_>) -> Option<Id> {
        let (key, node) = fields.entry("id")?;
        let fields = self.fields(&ID, key.span, node)?;
        let mut clash = self.exclude(&fields, "uuid_v5", "join", "an id can have only one recipe");
        if fields.get("uuid_v5").is_none() {
            clash |= self.exclude(
                &fields,
                "namespace",
                "join",
                "remove it: only `uuid_v5` uses a namespace",
            );
        }
        if let Some(node) = fields.get("uuid_v5") {
            return Some(Id {
                span: key.span,
                form: IdForm::UuidV5 {
                    parts: self.recipe(node)?,
                    namespace: self.namespace(&fields),
                    separator: fields
                        .get("separator")
                        .and_then(|node| self.written_separator(node)),
                },
            });
        }
        let separator = fields.get("separator").map(|node| self.separator(node));
        let form = if let Some(node) = fields.get("join") {
            IdForm::Join {
                parts: self.recipe(node)?,
                separator: separator.flatten(),
            }
        } else if let Some(separator) = separator {
            IdForm::Separator(separator?)
        } else {
            if !clash {
                self.push(
                    Diagnostic::error(MISSING_KEY, "`id` is empty")
                        .at(key.span)
                        .help("write `{separator: \"|\"}`, `{join: [a, b]}` or `{uuid_v5: [a, b], namespace: …}`"),
                );
            }
            return None;
        };
        Some(Id {
            span: key.span,
            form,
        })
    }

    fn separator(&mut self, node: &Node) -> Option<Spanned<char>> {
        let text = node.as_str(self.cx)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(separator), None) if separator.is_ascii_punctuation() => {
                Some(Spanned::new(separator, node.span))
            }
            _ => {
                self.push(
                    Diagnostic::error(
                        BAD_SEPARATOR,
                        format!("`{text}` is not a valid separator for the parts of an id"),
                    )
                    .at(node.span)
                    .help("write one ASCII punctuation character, such as `\"/\"` or `\"|\"`"),
                );
                None
            }
        }
    }

    /// What is written between the parts of a uuid.
    fn written_separator(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = node.as_str(self.cx)?;
        let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if printable && (1..=16).contains(&text.len()) {
            return Some(Spanned::new(text.to_owned(), node.span));
        }
        self.push(
            Diagnostic::error(
                BAD_SEPARATOR,
                format!("`{text}` is not a valid separator for the parts of a uuid"),
            )
            .at(node.span)
            .help("write 1 to 16 ASCII characters, such as `\"/\"` or `\"::\"`"),
        );
        None
    }

    fn namespace(&mut self, fields: &Fields<'_>) -> Option<Spanned<String>> {
        let Some(node) = fields.get("namespace") else {
            self.push(
                Diagnostic::error(MISSING_KEY, "`uuid_v5` needs the key `namespace`")
                    .at(fields.owner)
                    .help("generate a uuid for this table once, and never change it"),
            );
            return None;
        };
        let text = node.as_str(self.cx)?;
        let known = NAMESPACES.iter().find(|(name, _)| *name == text);
        if let Some((_, uuid)) = known {
            return Some(Spanned::new((*uuid).to_owned(), node.span));
        }
        if is_uuid(text) {
            return Some(Spanned::new(text.to_owned(), node.span));
        }
        let diagnostic = Diagnostic::error(
            BAD_UUID,
            format!("`{text}` is not a uuid in its canonical form"),
        )
        .at(node.span);
        let lower = text.to_ascii_lowercase();
        self.push(match is_uuid(&lower) {
            true => diagnostic.help(format!("write `{lower}`")),
            false => diagnostic
                .help("write it in lower case with hyphens, such as `6ba7b811-9dad-11d1-80b4-00c04fd430c8`"),
        });
        None
    }

    fn recipe(&mut self, node: &Node) -> Option<Vec<RecipePart>> {
        let items = node.as_sequence(self.cx)?;
        self.not_empty(items, node.span);
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            parts.extend(self.recipe_part(item));
        }
        (!parts.is_empty()).then_some(parts)
    }

    fn recipe_part(&mut self, node: &Node) -> Option<RecipePart> {
        let Value::Mapping(_) = node.value else {
            return Some(RecipePart::Column(RecipeColumn {
                column: self.name_of(node, NameRule::Word)?,
                lower: None,
                trim: None,
                null: None,
            }));
        };
        let fields = self.fields(&RECIPE_PART, node.span, node)?;
        if let Some(text) = fields.get("text") {
            for key in ["column", "lower", "trim", "or"] {
                self.exclude(
                    &fields,
                    key,
                    "text",
                    "remove it: a text is the same for every row",
                );
            }
            let written = text.as_str(self.cx)?.to_owned();
            return Some(RecipePart::Text(Spanned::new(written, text.span)));
        }
        if fields.get("column").is_none() {
            self.push(
                Diagnostic::error(MISSING_KEY, "a part of a recipe needs `column` or `text`")
                    .at(node.span)
                    .help(
                        "write `{column: day}`, or `{text: tasks}` for the same text in every id",
                    ),
            );
            return None;
        }
        let null = match fields.get("or") {
            Some(node) => Some(Spanned::new(node.as_str(self.cx)?.to_owned(), node.span)),
            None => None,
        };
        let (lower, trim) = (
            self.flag_at(&fields, "lower"),
            self.flag_at(&fields, "trim"),
        );
        Some(RecipePart::Column(RecipeColumn {
            column: self.name_at(&fields, "column", NameRule::Word)?,
            lower,
            trim,
            null,
        }))
    }

    fn unique(&mut self, name: Name, node: &Node) -> Option<Unique> {
        let empty = |name| Unique {
            name,
            own_name: None,
            on: Vec::new(),
            predicate: None,
            nulls_not_distinct: None,
            deferrable: None,
            refuse_clash: None,
        };
        if let Value::Sequence(_) = node.value {
            return Some(Unique {
                on: self.parts(node, Self::unique_part),
                ..empty(name)
            });
        }
        let Some(fields) = self.fields(&UNIQUE, name.span, node) else {
            return Some(empty(name));
        };
        Some(Unique {
            name,
            own_name: self.own_name(&fields),
            on: self.parts_at(&fields, Self::unique_part),
            predicate: self.snippet_at(&fields, "where"),
            nulls_not_distinct: self
                .word_at(&fields, "nulls", |word| match word {
                    "distinct" => Some(false),
                    "not_distinct" => Some(true),
                    _ => None,
                })
                .and_then(|word| word.value.then_some(word.span)),
            deferrable: self.flag_at(&fields, "deferrable"),
            refuse_clash: self
                .word_at(&fields, "clash", |word| (word == "reject").then_some(()))
                .map(|word| word.span),
        })
    }

    fn unique_part(&mut self, node: &Node) -> Option<Part> {
        let Value::Mapping(_) = node.value else {
            return self.name_of(node, NameRule::Word).map(Part::Column);
        };
        let fields = self.fields(&UNIQUE_PART, node.span, node)?;
        self.snippet_at(&fields, "expr").map(Part::Expr)
    }

    pub(super) fn parts_at<T>(
        &mut self,
        fields: &Fields<'_>,
        read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        match fields.get("on") {
            Some(node) => self.parts(node, read),
            None => Vec::new(),
        }
    }

    pub(super) fn parts<T>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = node.as_sequence(self.cx) else {
            return Vec::new();
        };
        self.not_empty(items, node.span);
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            parts.extend(read(self, item));
        }
        parts
    }

    fn foreign_key(&mut self, name: Name, node: &Node) -> Option<ForeignKey> {
        let fields = self.fields(&FOREIGN_KEY, name.span, node)?;
        let columns = self
            .names_at(&fields, "columns", NameRule::Word)
            .map(|names| names.value)
            .unwrap_or_default();
        let references = fields
            .get("references")
            .and_then(|node| self.columns_reference(node));
        let key = ForeignKey {
            name,
            own_name: self.own_name(&fields),
            options: self.foreign_key_options(&fields),
            references,
            columns,
        };
        if let Some(references) = &key.references
            && !key.columns.is_empty()
            && key.columns.len() != references.columns.len()
        {
            self.push(
                Diagnostic::error(
                    REFERENCE_LENGTHS,
                    format!(
                        "the foreign key lists {} columns, but references {}",
                        key.columns.len(),
                        references.columns.len()
                    ),
                )
                .at(references.span)
                .help("list one referenced column for each column, in the same order"),
            );
            return Some(ForeignKey {
                references: None,
                ..key
            });
        }
        Some(key)
    }

    fn index(&mut self, name: Name, node: &Node) -> Option<Index> {
        let empty = |name| Index {
            name,
            own_name: None,
            on: Vec::new(),
            predicate: None,
            include: Vec::new(),
            method: None,
            side: None,
        };
        if let Value::Sequence(_) = node.value {
            return Some(Index {
                on: self.parts(node, Self::index_part),
                ..empty(name)
            });
        }
        let Some(fields) = self.fields(&INDEX, name.span, node) else {
            return Some(empty(name));
        };
        Some(Index {
            name,
            own_name: self.own_name(&fields),
            on: self.parts_at(&fields, Self::index_part),
            predicate: self.snippet_at(&fields, "where"),
            include: self
                .names_at(&fields, "include", NameRule::Word)
                .map(|names| names.value)
                .unwrap_or_default(),
            method: self.name_at(&fields, "method", NameRule::Word),
            side: self.word_at(&fields, "side", |word| match word {
                "server" => Some(IndexSide::Server),
                "client" => Some(IndexSide::Client),
                "both" => Some(IndexSide::Both),
                _ => None,
            }),
        })
    }

    fn index_part(&mut self, node: &Node) -> Option<IndexPart> {
        let Value::Mapping(_) = node.value else {
            return self.sorted_column(node);
        };
        let fields = self.fields(&INDEX_PART, node.span, node)?;
        self.exclude(&fields, "expr", "column", "sort by one of them");
        let part = match (fields.get("column"), fields.get("expr")) {
            (Some(node), _) => self.name_of(node, NameRule::Word).map(Part::Column),
            (None, Some(node)) => self.snippet(node).map(Part::Expr),
            (None, None) => {
                self.push(
                    Diagnostic::error(
                        MISSING_KEY,
                        "a part of an index needs a column or an expression",
                    )
                    .at(node.span)
                    .help("add `column: name` or `expr: \"lower(name)\"`"),
                );
                None
            }
        };
        let desc = self.flag_at(&fields, "desc");
        let nulls = self.word_at(&fields, "nulls", |word| match word {
            "first" => Some(NullsOrder::First),
            "last" => Some(NullsOrder::Last),
            _ => None,
        });
        Some(IndexPart {
            part: part?,
            desc,
            nulls,
        })
    }

    /// `b`, or `b desc`.
    fn sorted_column(&mut self, node: &Node) -> Option<IndexPart> {
        let snippet = self.snippet(node)?;
        let text = snippet.text.as_str();
        let Some((column, order)) = text.split_once(' ') else {
            return Some(IndexPart {
                part: Part::Column(self.name_of(node, NameRule::Word)?),
                desc: None,
                nulls: None,
            });
        };
        let word = order.trim_start();
        let order_span = snippet.place(self.sources, text.len() - word.len()..text.len());
        if word.trim_end() != "desc" {
            let diagnostic = Diagnostic::error(
                UNKNOWN_WORD,
                format!("`{word}` is not a sort order of an index column"),
            )
            .at(order_span);
            self.push(match word.trim_end().to_ascii_lowercase().as_str() {
                "asc" => diagnostic.help("remove it: an index is ascending by default"),
                "desc" => diagnostic.help("write `desc`"),
                _ => diagnostic
                    .help("write `{column: …, desc: true, nulls: last}` or `{expr: \"…\"}`"),
            });
            return None;
        }
        if let Some(diagnostic) = NameRule::Word.complaint(column) {
            self.push(diagnostic.at(node.span));
            return None;
        }
        let span = snippet.place(self.sources, 0..column.len());
        Some(IndexPart {
            part: Part::Column(Name::new(column.to_owned(), span)),
            desc: Some(order_span),
            nulls: None,
        })
    }

    fn table_check(&mut self, name: Name, node: &Node) -> Option<Check> {
        let Value::Mapping(_) = node.value else {
            return Some(Check {
                body: self.snippet(node).map(CheckBody::Expr),
                name,
                own_name: None,
                enforced: None,
            });
        };
        let fields = self.fields(&TABLE_CHECK, name.span, node)?;
        let way_out =
            "a check has either one expression for all dialects, or a text for each dialect";
        let clash = self.exclude(&fields, "postgres", "check", way_out)
            | self.exclude(&fields, "sqlite", "check", way_out);
        let body = match fields.entry("check") {
            Some((key, node)) => self.check_body(key.span, node),
            None if clash => None,
            None => self.check_texts(&fields),
        };
        let mut enforced = self.enforced_at(&fields);
        if let Some(found) = &enforced
            && found.value == OnServer::Unchecked
        {
            self.push(
                Diagnostic::error(UNKNOWN_WORD, "a check is always enforced for new rows")
                    .at(found.span)
                    .help("write `not_valid`, or remove the check"),
            );
            enforced = None;
        }
        Some(Check {
            name,
            own_name: self.own_name(&fields),
            body,
            enforced,
        })
    }

    fn seeds(&mut self, fields: &Fields<'_>) -> Vec<Seed> {
        let Some(node) = fields.get("seeds") else {
            return Vec::new();
        };
        self.parts(node, |decoder, node| {
            let entries = node.as_mapping(decoder.cx)?;
            decoder.not_empty(entries, node.span);
            let mut values = IndexMap::default();
            decoder.map(node, NameRule::Word, &mut values, |decoder, name, node| {
                let value = Spanned::new(decoder.value(node)?, node.span);
                Some(SeedValue { name, value })
            });
            Some(Seed {
                span: node.span,
                values,
            })
        })
    }

    fn client(&mut self, fields: &Fields<'_>) -> ClientOptions {
        let Some((key, node)) = fields.entry("client") else {
            return ClientOptions::default();
        };
        let Some(fields) = self.fields(&CLIENT, key.span, node) else {
            return ClientOptions::default();
        };
        ClientOptions {
            track_metadata: self.flag_at(&fields, "track_metadata"),
            track_previous: self.track_previous(&fields),
            ignore_empty_updates: self.flag_at(&fields, "ignore_empty_updates"),
            view_name: self.name_at(&fields, "view_name", NameRule::Word),
            raw: self.flag_at(&fields, "raw"),
        }
    }

    fn track_previous(&mut self, fields: &Fields<'_>) -> Option<TrackPrevious> {
        let node = fields.get("track_previous")?;
        if let Value::Sequence(_) = node.value {
            let names = self.names_at(fields, "track_previous", NameRule::Word)?;
            return Some(TrackPrevious::Columns(names.value));
        }
        let all: Flag = self.flag_at(fields, "track_previous");
        all.map(TrackPrevious::All)
    }
}

/// Whether a text is a uuid in lower case with hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}
