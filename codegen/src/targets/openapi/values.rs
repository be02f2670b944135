//! The schemas of values: what many columns share stands once, under a name, and columns refer to it.

use super::document::Schema;
use crate::model::{Column, Model};
use indexmap::IndexMap;
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
            shared: IndexMap::new(),
        }
    }

    /// The value of a column, in the form of SQLite.
    pub(super) fn of(&mut self, column: &Column) -> Schema {
        let whole = self.whole(&column.kind);
        let mut schema = match self.share(&column.kind, &whole) {
            Some(name) if column.nullable => Schema {
                any_of: vec![Schema::reference(&name), Schema::of("null")],
                ..Schema::default()
            },
            Some(name) => Schema::reference(&name),
            None if column.nullable => {
                let mut whole = whole;
                whole.types.push("null");
                whole
            }
            None => whole,
        };
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
        let mut schema = match column.kind.carrier() {
            Some(Scalar::Uuid | Scalar::Bytes) | None => whole,
            Some(carrier) => {
                let mut types = whole.types;
                match carrier {
                    Scalar::Decimal { .. } => types.push("number"),
                    _ if types != ["string"] => types.push("string"),
                    _ => {}
                }
                Schema {
                    pattern: None,
                    format: None,
                    types,
                    ..whole
                }
            }
        };
        if let Some(name) = self.share(&column.kind, &schema) {
            schema = Schema::reference(&name);
        }
        if !may_be_null {
            return schema;
        }
        if schema.reference.is_some() {
            return Schema {
                any_of: vec![schema, Schema::of("null")],
                ..Schema::default()
            };
        }
        schema.types.push("null");
        schema
    }

    /// The shared schemas.
    pub(super) fn finish(self) -> IndexMap<String, Schema> {
        self.shared
    }

    /// The name under which a schema is shared, if it is worth one and the name is free.
    fn share(&mut self, kind: &Kind, schema: &Schema) -> Option<String> {
        let name = match kind {
            Kind::Enum { name, .. } => Case::pascal(&format!("{name}_label")),
            kind if schema.pattern.is_some() => Case::pascal(&kind.to_string()),
            _ => return None,
        };
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
