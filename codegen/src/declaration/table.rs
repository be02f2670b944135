//! Tables with their keys and constraints, as declared.

use super::{Access, Column, Flag, Name, Snippet, Spanned, Value};
use crate::diagnostic::Span;
use crate::map::IndexMap;
use crate::model::{ExclusionMethod, ExclusionOperator, IndexSide, OnServer, RangeBounds, Uploads};
use synctable::{ConflictRule, DeleteRule, FkAction, SyncMode};

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `sync`; always there unless an error says otherwise.
    pub sync: Option<Spanned<SyncMode>>,
    /// `sync: {up: […]}`: what devices upload; at least an insertion.
    pub up: Option<Uploads>,
    /// `schema`.
    pub schema: Option<Name>,
    /// `was`.
    pub was: Option<Name>,
    /// `client_name`.
    pub client_name: Option<Name>,
    /// `columns`, by name.
    pub columns: IndexMap<String, Column>,
    /// `key`: the columns of a composite key.
    pub key: Option<Key>,
    /// The key's own name: `key: {columns: [a, b], name: lists_pk}`.
    pub key_name: Option<Name>,
    /// `id`.
    pub id: Option<Id>,
    /// `uniques`, by name.
    pub uniques: IndexMap<String, Unique>,
    /// `foreign_keys`, by name.
    pub foreign_keys: IndexMap<String, ForeignKey>,
    /// `exclude`, by name.
    pub exclusions: IndexMap<String, Exclusion>,
    /// `indexes`, by name.
    pub indexes: IndexMap<String, Index>,
    /// `checks`, by name.
    pub checks: IndexMap<String, Check>,
    /// `access`.
    pub access: Option<Access>,
    /// `conflict`.
    pub conflict: Option<Spanned<ConflictRule>>,
    /// `delete`.
    pub delete: Option<Spanned<DeleteRule>>,
    /// `upsert_on`.
    pub upsert_on: Option<Key>,
    /// `client`.
    pub client: ClientOptions,
    /// `seeds`.
    pub seeds: Vec<Seed>,
}

/// A row of `seeds`.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// Its place.
    pub span: Span,
    /// Its columns by name.
    pub values: IndexMap<String, SeedValue>,
}

/// A column of a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedValue {
    /// The column.
    pub name: Name,
    /// Its value.
    pub value: Spanned<Value>,
}

/// A list of columns, each once, at least one.
pub type Key = Spanned<Vec<Name>>;

/// `id`: how the client's text id is made, or how a new one comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Id {
    /// The place of the key.
    pub span: Span,
    /// Which of its forms.
    pub form: IdForm,
}

/// The forms of `id`.
#[derive(Clone, Debug, PartialEq)]
pub enum IdForm {
    /// `{separator: "|"}`: a composite key with another separator.
    Separator(Spanned<char>),
    /// `{join: […], separator: "/"}`: the recipe of a text key.
    Join {
        /// What is joined; at least one.
        parts: Vec<RecipePart>,
        /// `separator`; `/` unless declared.
        separator: Option<Spanned<char>>,
    },
    /// `{uuid_v5: […], namespace: …}`: the recipe of a uuid key.
    UuidV5 {
        /// What is hashed; at least one.
        parts: Vec<RecipePart>,
        /// `namespace`: a uuid in canonical form; always there unless an error says otherwise.
        namespace: Option<Spanned<String>>,
        /// `separator`; U+001F unless declared.
        separator: Option<Spanned<String>>,
    },
}

/// A part of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub enum RecipePart {
    /// A column.
    Column(RecipeColumn),
    /// `{text: tasks}`: the same text for every row.
    Text(Spanned<String>),
}

/// A column in a recipe: `day` or `{column: day, lower: true, trim: true}`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeColumn {
    /// The column.
    pub column: Name,
    /// `lower: true`.
    pub lower: Flag,
    /// `trim: true`.
    pub trim: Flag,
    /// `or: "-"`: its text where the row has no value.
    pub null: Option<Spanned<String>>,
}

/// A column or an expression of a unique or an index.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A column by name.
    Column(Name),
    /// `{expr: "…"}`.
    Expr(Snippet),
}

impl Part {
    /// Where it is written.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Column(name) => name.span,
            Self::Expr(snippet) => snippet.span,
        }
    }
}

/// A unique; `name: [a, b]` is `name: {on: [a, b]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unique {
    /// Its name within the table.
    pub name: Name,
    /// `name`: its own name in the database.
    pub own_name: Option<Name>,
    /// `on`; empty only after an error.
    pub on: Vec<Part>,
    /// `where`.
    pub predicate: Option<Snippet>,
    /// `nulls: not_distinct`.
    pub nulls_not_distinct: Flag,
    /// `deferrable: true`.
    pub deferrable: Flag,
    /// `clash: reject`.
    pub refuse_clash: Flag,
}

/// An exclusion constraint; `name: [a]` is `name: {on: [a]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// Its name within the table.
    pub name: Name,
    /// `name`: its own name in the database.
    pub own_name: Option<Name>,
    /// `on`; empty only after an error.
    pub on: Vec<ExclusionElement>,
    /// `using`; `gist` unless declared.
    pub using: Option<Spanned<ExclusionMethod>>,
    /// `where`.
    pub predicate: Option<Snippet>,
    /// `deferrable: true`.
    pub deferrable: Flag,
}

/// What two rows are compared by.
#[derive(Clone, Debug, PartialEq)]
pub struct ExclusionElement {
    /// The value of a row.
    pub part: ExclusionPart,
    /// `with`; what it is unless declared depends on the value.
    pub with: Option<Spanned<ExclusionOperator>>,
}

/// The value of a row in an exclusion constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum ExclusionPart {
    /// A column or an expression.
    Part(Part),
    /// `{range: [a, b]}`: what is between two columns.
    Range {
        /// The columns of its bounds.
        columns: Key,
        /// `bounds`; `[)` unless declared.
        bounds: Option<Spanned<RangeBounds>>,
    },
}

impl ExclusionElement {
    /// Where it is written: its operator, or else its value.
    #[must_use]
    pub fn span(&self) -> Span {
        let part = match &self.part {
            ExclusionPart::Part(part) => part.span(),
            ExclusionPart::Range { columns, .. } => columns.span,
        };
        self.with.as_ref().map_or(part, |with| with.span)
    }
}

/// A foreign key of several columns, or one with a name of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    /// Its name within the table.
    pub name: Name,
    /// `name`: its own name in the database.
    pub own_name: Option<Name>,
    /// `columns`; empty only after an error.
    pub columns: Vec<Name>,
    /// `references`: as many columns as here; always there unless an error says otherwise.
    pub references: Option<Reference>,
    /// The rest.
    pub options: ForeignKeyOptions,
}

/// What is referred to: `lists.id`, `auth.users.id`, `orders(org_id, number)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The whole of it.
    pub span: Span,
    /// The table, or an external's qualified name.
    pub table: Name,
    /// Its columns; at least one.
    pub columns: Vec<Name>,
}

/// What a foreign key does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForeignKeyOptions {
    /// `on_delete`; `no_action` unless declared.
    pub on_delete: Option<Spanned<FkAction>>,
    /// `on_update`; `no_action` unless declared.
    pub on_update: Option<Spanned<FkAction>>,
    /// `deferrable: true`.
    pub deferrable: Flag,
    /// `enforced`: `true` unless declared, `not_valid`, `false`.
    pub enforced: Option<Spanned<OnServer>>,
}

/// An index; `name: [a, b desc]` is `name: {on: [a, b desc]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Its name within the table.
    pub name: Name,
    /// `name`: its own name in the database.
    pub own_name: Option<Name>,
    /// `on`; empty only after an error.
    pub on: Vec<IndexPart>,
    /// `where`.
    pub predicate: Option<Snippet>,
    /// `include`; empty unless declared.
    pub include: Vec<Name>,
    /// `method`; `btree` unless declared.
    pub method: Option<Name>,
    /// `side`; `server` unless declared.
    pub side: Option<Spanned<IndexSide>>,
}

/// What an index sorts by.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexPart {
    /// The column or expression.
    pub part: Part,
    /// `b desc`, or `desc: true`.
    pub desc: Flag,
    /// `nulls`.
    pub nulls: Option<Spanned<NullsOrder>>,
}

/// Where NULLs stand in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullsOrder {
    /// `first`.
    First,
    /// `last`.
    Last,
}

/// A named check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name within the table.
    pub name: Name,
    /// `name`: its own name in the database.
    pub own_name: Option<Name>,
    /// What a row must satisfy; always there unless an error says otherwise.
    pub body: Option<CheckBody>,
    /// `enforced`: `true` unless declared, or `not_valid`; never `false`.
    pub enforced: Option<Spanned<OnServer>>,
}

/// A check's text.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckBody {
    /// One expression.
    Expr(Snippet),
    /// `{postgres: …, sqlite: …}`; at least one of them.
    Sql {
        /// The place of the mapping.
        span: Span,
        /// `postgres`.
        postgres: Option<Snippet>,
        /// `sqlite`.
        sqlite: Option<Snippet>,
    },
}

/// `client`: options of PowerSync's client table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientOptions {
    /// `track_metadata: true`.
    pub track_metadata: Flag,
    /// `track_previous`.
    pub track_previous: Option<TrackPrevious>,
    /// `ignore_empty_updates: true`.
    pub ignore_empty_updates: Flag,
    /// `view_name`.
    pub view_name: Option<Name>,
    /// `raw: true`.
    pub raw: Flag,
}

/// Which columns' previous values travel with an upload.
#[derive(Clone, Debug, PartialEq)]
pub enum TrackPrevious {
    /// `true`: all.
    All(Span),
    /// These; at least one.
    Columns(Vec<Name>),
}
