//! Columns.

use super::Decoder;
use super::fields::Fields;
use super::name::NameRule;
use crate::declaration::keys::{CHECK_TEXTS, COLUMN, GENERATED, NOT_VALID, REJECT, VALUE_SQL};
use crate::declaration::{
    Backfill, CheckBody, Column, Flag, ForeignKeyOptions, Generated, Name, Side, Snippet, Spanned,
};
use crate::diagnostic::{Diagnostic, KEYS_EXCLUDE, MISSING_KEY, Span};
use crate::model::OnServer;
use crate::source::{Node, Value};
use synctable::{FkAction, Role, Uploaded};

impl Decoder<'_> {
    pub(super) fn column(&mut self, name: Name, node: &Node) -> Option<Column> {
        if let Value::Scalar { .. } = node.value {
            return Some(Column {
                kind: self.kind(node),
                ..empty(name)
            });
        }
        let owner = name.span;
        let Some(fields) = self.fields(&COLUMN, owner, node) else {
            return Some(empty(name));
        };
        let (unique, refuse_clash) = self.column_unique(&fields);
        let column = Column {
            name,
            kind: self.kind_at(&fields, "kind"),
            key: self.flag_at(&fields, "key"),
            nullable: self.flag_at(&fields, "nullable"),
            default: self.value_at(&fields, "default"),
            client_default: self.value_at(&fields, "client_default").map(Box::new),
            server: self.server_at(&fields).map(Box::new),
            on_change: self
                .word_at(&fields, "on_change", |word| (word == "now()").then_some(()))
                .map(|word| word.span),
            copied: fields
                .get("copied")
                .and_then(|node| self.column_reference(node))
                .map(Box::new),
            by: self.by_at(&fields).map(Box::new),
            uploads: self.word_at(&fields, "uploads", Uploaded::parse),
            identity: self.flag_at(&fields, "identity"),
            generated: self.generated(&fields).map(Box::new),
            unique,
            refuse_clash,
            references: fields
                .get("references")
                .and_then(|node| self.column_reference(node))
                .map(Box::new),
            reference_options: self.foreign_key_options(&fields),
            check: self.check_at(&fields, "check").map(Box::new),
            on: self.word_at(&fields, "on", |word| match word {
                "client" => Some(Side::Client),
                "server" => Some(Side::Server),
                _ => None,
            }),
            secret: self.flag_at(&fields, "secret"),
            immutable: self.flag_at(&fields, "immutable"),
            role: self.word_at(&fields, "role", Role::parse),
            client_name: self.name_at(&fields, "client_name", NameRule::Word),
            was: self.name_at(&fields, "was", NameRule::Word),
            backfill: self.backfill(&fields).map(Box::new),
            using: self.using(&fields).map(Box::new),
            doc: self.text_at(&fields, "doc"),
            deprecated: self.text_at(&fields, "deprecated").map(Box::new),
        };
        if fields.get("references").is_none() {
            self.options_without_reference(&fields);
        }
        self.copied_with_by(&fields);
        self.filled_where_required(&fields, &column);
        Some(column)
    }

    /// `by`: a column, or a list of them.
    fn by_at(&mut self, fields: &Fields<'_>) -> Option<Spanned<Vec<Name>>> {
        let node = fields.get("by")?;
        if let Value::Sequence(_) = node.value {
            return self.names_at(fields, "by", NameRule::Word);
        }
        let name = self.name_at(fields, "by", NameRule::Word)?;
        Some(Spanned::new(vec![name], node.span))
    }

    /// Neither `copied` nor `by` stands alone.
    fn copied_with_by(&mut self, fields: &Fields<'_>) {
        match (fields.entry("copied"), fields.entry("by")) {
            (Some((key, _)), None) => self.push(
                Diagnostic::error(MISSING_KEY, "`copied` needs `by`")
                    .at(key.span)
                    .help("add `by`, the column that refers to that row: `by: board_id`"),
            ),
            (None, Some((key, _))) => self.push(
                Diagnostic::error(KEYS_EXCLUDE, "`by` needs `copied`")
                    .at(key.span)
                    .help("add the column to copy: `copied: table.column`"),
            ),
            _ => {}
        }
    }

    /// Only a required column that holds values is filled.
    fn filled_where_required(&mut self, fields: &Fields<'_>, column: &Column) {
        let Some((key, _)) = fields.entry("backfill") else {
            return;
        };
        let generated = column.generated.as_ref();
        let others = [
            ("nullable", column.nullable),
            ("generated", generated.map(|generated| generated.expr.span)),
            ("identity", column.identity),
        ];
        for (other, span) in others {
            let Some(span) = span else { continue };
            self.push(
                Diagnostic::error(
                    KEYS_EXCLUDE,
                    format!("`backfill` and `{other}` cannot be combined: only a required column that holds values is filled"),
                )
                .at(key.span)
                .label(span, format!("`{other}`"))
                .help(format!("remove `backfill`, or `{other}`")),
            );
        }
    }

    /// `unique`: `true`, or `reject`.
    fn column_unique(&mut self, fields: &Fields<'_>) -> (Flag, Flag) {
        let Some(node) = fields.get("unique") else {
            return (None, None);
        };
        match self.bool_or_word(node, "unique", REJECT) {
            Some(BoolOrWord::Bool(true)) => (Some(node.span), None),
            Some(BoolOrWord::Word) => (Some(node.span), Some(node.span)),
            Some(BoolOrWord::Bool(false)) | None => (None, None),
        }
    }

    fn options_without_reference(&mut self, fields: &Fields<'_>) {
        for option in ["on_delete", "on_update", "deferrable", "enforced"] {
            if let Some((key, _)) = fields.entry(option) {
                self.push(
                    Diagnostic::error(KEYS_EXCLUDE, format!("`{option}` needs `references`"))
                        .at(key.span)
                        .help("add the column that it refers to: `references: table.column`"),
                );
            }
        }
    }

    fn generated(&mut self, fields: &Fields<'_>) -> Option<Generated> {
        let (key, node) = fields.entry("generated")?;
        let Value::Mapping(_) = node.value else {
            return Some(Generated {
                expr: self.snippet(node)?,
                stored: None,
            });
        };
        let fields = self.fields(&GENERATED, key.span, node)?;
        let stored = self.flag_at(&fields, "stored");
        Some(Generated {
            expr: self.snippet_at(&fields, "expr")?,
            stored,
        })
    }

    /// `backfill`: an expression, or `{sql: …}`.
    fn backfill(&mut self, fields: &Fields<'_>) -> Option<Backfill> {
        let (key, node) = fields.entry("backfill")?;
        let Value::Mapping(_) = node.value else {
            return self.snippet(node).map(Backfill::Expr);
        };
        let fields = self.fields(&VALUE_SQL, key.span, node)?;
        self.snippet_at(&fields, "sql").map(Backfill::Sql)
    }

    /// `using`: `{sql: …}`.
    fn using(&mut self, fields: &Fields<'_>) -> Option<Snippet> {
        let (key, node) = fields.entry("using")?;
        let fields = self.fields(&VALUE_SQL, key.span, node)?;
        self.snippet_at(&fields, "sql")
    }

    /// `on_delete`, `on_update`, `deferrable`, `enforced`.
    pub(super) fn foreign_key_options(&mut self, fields: &Fields<'_>) -> ForeignKeyOptions {
        ForeignKeyOptions {
            on_delete: self.word_at(fields, "on_delete", FkAction::parse),
            on_update: self.word_at(fields, "on_update", FkAction::parse),
            deferrable: self.flag_at(fields, "deferrable"),
            enforced: self.enforced_at(fields),
        }
    }

    /// `enforced`: `true`, `false` or `not_valid`.
    pub(super) fn enforced_at(&mut self, fields: &Fields<'_>) -> Option<Spanned<OnServer>> {
        let node = fields.get("enforced")?;
        let enforced = match self.bool_or_word(node, "enforced", NOT_VALID)? {
            BoolOrWord::Bool(true) => OnServer::Enforced,
            BoolOrWord::Bool(false) => OnServer::Unchecked,
            BoolOrWord::Word => OnServer::NotValid,
        };
        Some(Spanned::new(enforced, node.span))
    }

    /// `true`, `false`, or the one word.
    fn bool_or_word(
        &mut self,
        node: &Node,
        key: &str,
        words: &[&'static str],
    ) -> Option<BoolOrWord> {
        let is_text = |node: &Node| match &node.value {
            Value::Scalar { text, .. } => text != "true" && text != "false" && !node.is_null(),
            Value::Sequence(_) | Value::Mapping(_) | Value::Refused => false,
        };
        if is_text(node) {
            return self
                .word(node, key, words, |word| {
                    words.contains(&word).then_some(BoolOrWord::Word)
                })
                .map(|word| word.value);
        }
        node.as_bool(self.cx).map(BoolOrWord::Bool)
    }

    /// A check: an expression, or SQL by dialect.
    pub(super) fn check_at(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<CheckBody> {
        let (key, node) = fields.entry(key)?;
        self.check_body(key.span, node)
    }

    pub(super) fn check_body(&mut self, owner: Span, node: &Node) -> Option<CheckBody> {
        let Value::Mapping(_) = node.value else {
            return self.snippet(node).map(CheckBody::Expr);
        };
        let fields = self.fields(&CHECK_TEXTS, owner, node)?;
        self.check_texts(&fields)
    }

    /// `postgres` and `sqlite` of a check.
    pub(super) fn check_texts(&mut self, fields: &Fields<'_>) -> Option<CheckBody> {
        if fields.get("postgres").is_none() && fields.get("sqlite").is_none() {
            self.push(
                Diagnostic::error(MISSING_KEY, "the check is empty")
                    .at(fields.owner)
                    .help("write an expression, or `{postgres: …, sqlite: …}`"),
            );
            return None;
        }
        let postgres = self.snippet_at(fields, "postgres");
        let sqlite = self.snippet_at(fields, "sqlite");
        (postgres.is_some() || sqlite.is_some()).then_some(CheckBody::Sql {
            span: fields.owner,
            postgres,
            sqlite,
        })
    }
}

/// The value of a key that takes `true`, `false` and one word.
enum BoolOrWord {
    Bool(bool),
    Word,
}

fn empty(name: Name) -> Column {
    Column {
        name,
        kind: None,
        key: None,
        nullable: None,
        default: None,
        client_default: None,
        server: None,
        on_change: None,
        copied: None,
        by: None,
        uploads: None,
        identity: None,
        generated: None,
        unique: None,
        refuse_clash: None,
        references: None,
        reference_options: ForeignKeyOptions::default(),
        check: None,
        on: None,
        secret: None,
        immutable: None,
        role: None,
        client_name: None,
        was: None,
        backfill: None,
        using: None,
        doc: None,
        deprecated: None,
    }
}
