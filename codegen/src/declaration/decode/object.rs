//! Enums, domains, scopes, externals, views, SQL, buckets.

use super::Decoder;
use super::fields::Fields;
use super::name::NameRule;
use super::value::{is_decimal, is_other_number};
use crate::declaration::keys::{BUCKET, DOMAIN, ENUM, SCOPE, SQL, VIEW};
use crate::declaration::{
    DomainDef, EnumDef, External, ExternalColumn, Name, Scope, SqlObject, StorageBucket, View,
    ViewBody, ViewColumn,
};
use crate::diagnostic::{AMBIGUOUS_WORD, BAD_LABEL, BAD_NAME, Diagnostic, EMPTY_LIST, MISSING_KEY};
use crate::map::IndexMap;
use crate::model::SqlPhase;
use crate::source::{Node, Style, Value};
use synctable::EnumStorage;
use synctable::ident::NAME_BYTES;

impl Decoder<'_> {
    pub(super) fn enum_def(&mut self, name: Name, node: &Node) -> Option<EnumDef> {
        let mut def = EnumDef {
            name,
            labels: Vec::new(),
            storage: None,
            retired: Vec::new(),
            replaced: Vec::new(),
            schema: None,
            was: None,
            doc: None,
        };
        if let Value::Sequence(_) = node.value {
            def.labels = self.labels(node);
        } else if let Some(fields) = self.fields(&ENUM, def.name.span, node) {
            def.labels = fields
                .get("labels")
                .map(|node| self.labels(node))
                .unwrap_or_default();
            def.storage = self.word_at(&fields, "storage", EnumStorage::parse);
            def.retired = fields
                .get("retired")
                .map(|node| self.labels(node))
                .unwrap_or_default();
            def.replaced = fields
                .get("replaced")
                .map(|node| self.replaced(node))
                .unwrap_or_default();
            def.schema = self.name_at(&fields, "schema", NameRule::Postgres);
            def.was = self.name_at(&fields, "was", NameRule::Word);
            def.doc = self.text_at(&fields, "doc");
        }
        let in_a_type = def
            .storage
            .as_ref()
            .is_none_or(|storage| storage.value == EnumStorage::Native);
        if in_a_type {
            self.labels_fit_a_type(&def);
        }
        Some(def)
    }

    /// Labels: texts that every reader of YAML takes for texts, each once, at least one.
    fn labels(&mut self, node: &Node) -> Vec<Name> {
        let Some(items) = node.as_sequence(self.cx) else {
            return Vec::new();
        };
        self.not_empty(items, node.span);
        let mut labels = Vec::with_capacity(items.len());
        for item in items {
            labels.extend(self.label(item));
        }
        self.once(labels)
    }

    /// Labels that are gone, each with the one that takes its place.
    fn replaced(&mut self, node: &Node) -> Vec<(Name, Name)> {
        let Some(entries) = node.as_mapping(self.cx) else {
            return Vec::new();
        };
        let mut replaced = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            let old = Name::new(key.text.clone(), key.span);
            replaced.extend(self.label(node).map(|new| (old, new)));
        }
        replaced
    }

    fn label(&mut self, node: &Node) -> Option<Name> {
        let text = node.as_label(self.cx)?;
        let plain = matches!(
            node.value,
            Value::Scalar {
                style: Style::Plain,
                ..
            }
        );
        if plain && (is_decimal(text) || is_other_number(text)) {
            self.push(
                Diagnostic::error(
                    AMBIGUOUS_WORD,
                    format!("a label must be text, but `{text}` is a number"),
                )
                .at(node.span)
                .help(format!("quote it: `\"{text}\"`")),
            );
            return None;
        }
        if text.is_empty() {
            self.push(
                Diagnostic::error(BAD_LABEL, "a label is empty")
                    .at(node.span)
                    .help("write at least one character, or make the column nullable"),
            );
            return None;
        }
        self.printable(text, node.span)
            .then(|| Name::new(text.to_owned(), node.span))
    }

    fn labels_fit_a_type(&mut self, def: &EnumDef) {
        for label in &def.labels {
            if label.value.len() > NAME_BYTES {
                self.push(
                    Diagnostic::error(
                        BAD_LABEL,
                        format!("a label of a Postgres enum has at most {NAME_BYTES} bytes"),
                    )
                    .at(label.span)
                    .help("shorten it, or declare the enum with `storage: check`"),
                );
            }
        }
    }

    pub(super) fn domain(&mut self, name: Name, node: &Node) -> Option<DomainDef> {
        let mut def = DomainDef {
            name,
            kind: None,
            check: None,
            schema: None,
            was: None,
            doc: None,
        };
        if let Some(fields) = self.fields(&DOMAIN, def.name.span, node) {
            def.kind = self.kind_at(&fields, "kind");
            def.check = self.check_at(&fields, "check");
            def.schema = self.name_at(&fields, "schema", NameRule::Postgres);
            def.was = self.name_at(&fields, "was", NameRule::Word);
            def.doc = self.text_at(&fields, "doc");
        }
        Some(def)
    }

    pub(super) fn scope(&mut self, name: Name, node: &Node) -> Option<Scope> {
        if let Value::Mapping(_) = node.value {
            let fields = self.fields(&SCOPE, name.span, node)?;
            return Some(Scope {
                select: self.snippet(fields.get("select")?)?,
                expect: self.number_at(&fields, "expect"),
                name,
            });
        }
        Some(Scope {
            select: self.snippet(node)?,
            expect: None,
            name,
        })
    }

    pub(super) fn externals(&mut self, node: &Node, into: &mut IndexMap<String, External>) {
        let Some(entries) = node.as_mapping(self.cx) else {
            return;
        };
        for (key, node) in entries {
            let parts = key.text.split_once('.');
            let qualified = parts.is_some_and(|(schema, table)| {
                NameRule::Postgres.complaint(schema).is_none()
                    && NameRule::Postgres.complaint(table).is_none()
                    && !table.contains('.')
            });
            if !qualified {
                self.push(
                    Diagnostic::error(
                        BAD_NAME,
                        format!("`{}` is not the name of a table with its schema", key.text),
                    )
                    .at(key.span)
                    .help("write `schema.table`, such as `auth.users`"),
                );
            }
            let (schema, table) = parts.unwrap_or(("", &key.text));
            let mut external = External {
                name: Name::new(key.text.clone(), key.span),
                schema: schema.to_owned(),
                table: table.to_owned(),
                columns: IndexMap::default(),
            };
            self.map(
                node,
                NameRule::Postgres,
                &mut external.columns,
                |decoder, name, node| {
                    Some(ExternalColumn {
                        name,
                        kind: decoder.kind(node),
                    })
                },
            );
            self.insert(into, external);
        }
    }

    pub(super) fn view(&mut self, name: Name, node: &Node) -> Option<View> {
        let fields = self.fields(&VIEW, name.span, node)?;
        Some(View {
            name,
            doc: self.text_at(&fields, "doc"),
            schema: self.name_at(&fields, "schema", NameRule::Postgres),
            body: self.view_body(&fields),
            security_invoker: self.bool_at(&fields, "security_invoker"),
        })
    }

    fn view_body(&mut self, fields: &Fields<'_>) -> Option<ViewBody> {
        if let Some(from) = fields.get("from") {
            let way_out = "a view has either `from` and `columns`, or a query for each dialect";
            for text in ["reads", "postgres", "sqlite"] {
                self.exclude(fields, text, "from", way_out);
            }
            if fields.get("columns").is_none() {
                self.push(
                    Diagnostic::error(MISSING_KEY, "a view with `from` needs the key `columns`")
                        .at(fields.owner)
                        .help(
                            "add the columns: `columns: {id: id, short: \"substr(title, 1, 20)\"}`",
                        ),
                );
            }
            let columns = self.map_at(fields, "columns", |decoder, name, node| {
                Some(ViewColumn {
                    name,
                    expr: decoder.snippet(node)?,
                })
            });
            if let Some((_, node)) = fields.entry("columns")
                && let Value::Mapping(entries) = &node.value
                && entries.is_empty()
            {
                self.push(
                    Diagnostic::error(EMPTY_LIST, "the view has no columns")
                        .at(node.span)
                        .help("add at least one column"),
                );
            }
            let filter = self.snippet_at(fields, "where");
            return Some(ViewBody::Columns {
                from: self.name_of(from, NameRule::Word)?,
                columns,
                filter,
            });
        }
        for key in ["columns", "where"] {
            if let Some((key, _)) = fields.entry(key) {
                self.push(
                    Diagnostic::error(
                        MISSING_KEY,
                        format!("`{}` of a view needs `from`", key.text),
                    )
                    .at(key.span)
                    .help("add the table that it reads: `from: todos`"),
                );
            }
        }
        let texts = ["postgres", "sqlite"];
        if texts.iter().all(|text| fields.get(text).is_none()) {
            let has_parts = ["columns", "where"]
                .iter()
                .any(|key| fields.get(key).is_some());
            if !has_parts {
                self.push(
                    Diagnostic::error(MISSING_KEY, "the view is empty")
                        .at(fields.owner)
                        .help(
                            "write `from` and `columns`, or its query as `postgres` and `sqlite`",
                        ),
                );
            }
            return None;
        }
        let reads = fields
            .get("reads")
            .map(|node| self.names(node, NameRule::Word))
            .unwrap_or_default();
        let postgres = self.snippet_at(fields, "postgres");
        let sqlite = self.snippet_at(fields, "sqlite");
        (postgres.is_some() || sqlite.is_some()).then_some(ViewBody::Sql {
            reads,
            postgres,
            sqlite,
        })
    }

    pub(super) fn sql_object(&mut self, name: Name, node: &Node) -> Option<SqlObject> {
        let fields = self.fields(&SQL, name.span, node)?;
        Some(SqlObject {
            name,
            doc: self.text_at(&fields, "doc"),
            phase: self.word_at(&fields, "phase", |word| match word {
                "before_tables" => Some(SqlPhase::BeforeTables),
                "after_tables" => Some(SqlPhase::AfterTables),
                _ => None,
            }),
            needs: fields
                .get("needs")
                .map(|node| self.names(node, NameRule::Dotted))
                .unwrap_or_default(),
            up: self.snippet_at(&fields, "up"),
            down: self.snippet_at(&fields, "down"),
        })
    }

    pub(super) fn bucket(&mut self, name: Name, node: &Node) -> Option<StorageBucket> {
        let fields = self.fields(&BUCKET, name.span, node)?;
        Some(StorageBucket {
            name,
            doc: self.text_at(&fields, "doc"),
            public: self.flag_at(&fields, "public"),
            path: fields
                .get("path")
                .map(|node| self.names(node, NameRule::Word))
                .unwrap_or_default(),
            access: self.access_at(&fields),
            references: fields
                .get("references")
                .map(|node| self.names(node, NameRule::Dotted))
                .unwrap_or_default(),
        })
    }
}
