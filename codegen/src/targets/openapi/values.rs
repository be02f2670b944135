//! The schemas of values: what many columns share stands once, under a name, and columns refer to it.

use super::document::Schema;
use crate::map::IndexMap;
use crate::model::{Column, Model};
use synctable::{Case, Direction, Kind, Scalar};

/// The schemas that columns refer to, by name, in the order of their first use.
pub(super) struct Values<'m> {
    model: &'m Model,
    shared: IndexMap<String, Schema>,
}

impl<'m> Values<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        Values {
            model,
            shared: IndexMap::default(),
        }
    }

    /// The id that a row has on a device beside its columns.
    pub(super) fn row_id(&mut self) -> Schema {
        let id = Schema::of("string").told("The row's id on a device, composed of its key.");
        match self.under("RowId".to_owned(), &id) {
            Some(name) => Schema::reference(&name),
            None => id,
        }
    }

    /// The value of a column, in the form of SQLite.
    pub(super) fn of(&mut self, column: &Column) -> Schema {
        let whole = self.whole(&column.kind);
        let mut schema = self.held(&column.kind, whole, "", column.nullable);
        schema.description = column.doc.clone();
        schema.deprecated = column.deprecated.is_some();
        schema.read_only = (column.direction == Direction::ServerOwned && !column.may_be_sent())
            || column.generated.is_some();
        schema
    }

    /// The value of a column in an upload: every form that is read, of which a row has one.
    ///
    /// Clients write times as their languages do, and numbers as texts where theirs are too short.
    pub(super) fn sent(&mut self, column: &Column, may_be_null: bool) -> Schema {
        let whole = self.whole(&column.kind);
        let mut form = "Upload";
        let schema = match column.kind.carrier() {
            Some(Scalar::Uuid | Scalar::Bytes) | None => whole.clone(),
            Some(carrier) => {
                let mut types = whole.types.clone();
                match carrier {
                    Scalar::Decimal { .. } => types.push("number"),
                    _ if types != ["string"] => types.push("string"),
                    _ => {}
                }
                Schema {
                    pattern: None,
                    format: None,
                    types,
                    ..whole.clone()
                }
            }
        };
        if schema == whole {
            form = "";
        }
        self.held(&column.kind, schema, form, may_be_null)
    }

    /// A value of a kind, or null: as a reference where it is shared, under the kind's name and that of the form.
    fn held(&mut self, kind: &Kind, schema: Schema, form: &str, may_be_null: bool) -> Schema {
        let Some(name) = self.share(kind, &schema, form) else {
            let mut schema = schema;
            schema.types.extend(may_be_null.then_some("null"));
            return schema;
        };
        let shared = Schema::reference(&name);
        if !may_be_null {
            return shared;
        }
        let or_null = Schema {
            any_of: vec![shared, Schema::of("null")],
            ..Schema::default()
        };
        // An enum is mostly one column's.
        match kind {
            Kind::Scalar(_) => match self.under(format!("{name}OrNull"), &or_null) {
                Some(name) => Schema::reference(&name),
                None => or_null,
            },
            Kind::Enum { .. } | Kind::Domain { .. } | Kind::List(_) | Kind::Opaque(_) => or_null,
        }
    }

    /// The shared schemas.
    pub(super) fn finish(self) -> IndexMap<String, Schema> {
        self.shared
    }

    /// The name under which a schema is shared, if it is worth one and the name is free.
    fn share(&mut self, kind: &Kind, schema: &Schema, form: &str) -> Option<String> {
        let name = match kind {
            Kind::Enum { name, .. } => Case::pascal(&format!("{name}_label")),
            kind if schema.pattern.is_some() || schema.minimum.is_some() => {
                Case::pascal(&kind.to_string()) + form
            }
            _ => return None,
        };
        self.under(name, schema)
    }

    /// The name, if the schema is or becomes the one that is shared under it.
    fn under(&mut self, name: String, schema: &Schema) -> Option<String> {
        if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        let known = self.shared.entry(name.clone());
        (known.or_insert_with(|| schema.clone()) == schema).then_some(name)
    }

    /// A value that is not null, written out.
    pub(super) fn whole(&self, kind: &Kind) -> Schema {
        let facts = kind.json_schema();
        let labels = match kind {
            Kind::Enum { name, .. } => Some(self.model.enums[&**name].labels.clone()),
            _ => None,
        };
        Schema {
            values: labels,
            format: facts.format,
            pattern: facts.pattern.map(|pattern| pattern.into_owned()),
            minimum: facts.minimum,
            maximum: facts.maximum,
            max_length: facts.max_length,
            content_encoding: facts.content_encoding,
            content_media_type: facts.content_media_type,
            ..Schema::of(facts.json_type.as_str())
        }
    }
}
