//! Rows that are shipped with the schema.

use super::{Literal, Recipe, Table};
use crate::map::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A row that is shipped with the schema: the columns that migrations write, each with its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seed(pub IndexMap<String, Literal>);

impl Seed {
    /// The value of a column, where migrations write it.
    pub fn get(&self, column: &str) -> Option<&Literal> {
        self.0.get(column)
    }

    /// The values of the table's key.
    pub fn key(&self, table: &Table) -> Vec<Literal> {
        let columns = table.key.iter();
        let values = columns.map(|column| self.get(column).cloned());
        values.map(|value| value.unwrap_or(Literal::Null)).collect()
    }

    /// How people name it: its key, with `/` between the columns.
    pub fn name(&self, table: &Table) -> String {
        let key = self.key(table);
        let texts: Vec<Cow<'_, str>> = key.iter().filter_map(text).collect();
        texts.join("/")
    }
}

/// The canonical text of a value; `None` for NULL and lists.
fn text(value: &Literal) -> Option<Cow<'_, str>> {
    Some(match value {
        Literal::Null | Literal::List(_) => return None,
        Literal::Bool(truth) => Cow::Owned(truth.to_string()),
        Literal::Int(number) => Cow::Owned(number.to_string()),
        Literal::Decimal(text) | Literal::Text(text) | Literal::Json(text) => Cow::Borrowed(text),
    })
}

impl Recipe {
    /// The id of a seed, as devices compute it of a row; `None` where a part has no value.
    pub fn id_of(&self, seed: &Seed) -> Option<String> {
        let (separator, namespace) = match self {
            Self::UuidV5 { namespace, .. } => (synctable::recipe::SEPARATOR, Some(namespace)),
            Self::Join { separator, .. } => (*separator, None),
        };
        let mut parts = Vec::new();
        for part in self.parts() {
            let value = seed.get(&part.column).and_then(text);
            parts.push(synctable::recipe::Written {
                before: &part.before,
                after: &part.after,
                lower: part.lower,
                trim: part.trim,
                text: value.or(part.null.as_deref().map(Cow::Borrowed))?,
            });
        }
        let joined = synctable::recipe::joined(&parts, separator);
        match namespace {
            Some(namespace) => synctable::recipe::uuid_v5(namespace, &joined),
            None => Some(joined),
        }
    }
}

/// A value in few bytes: most of them are texts, numbers and booleans.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Short {
    Null(()),
    Bool(bool),
    Int(i64),
    Text(String),
    Other(Other),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Other {
    Decimal(String),
    Json(String),
    List(Vec<Short>),
}

impl Short {
    fn of(value: &Literal) -> Self {
        match value {
            Literal::Null => Self::Null(()),
            Literal::Bool(truth) => Self::Bool(*truth),
            Literal::Int(number) => Self::Int(*number),
            Literal::Text(text) => Self::Text(text.clone()),
            Literal::Decimal(text) => Self::Other(Other::Decimal(text.clone())),
            Literal::Json(text) => Self::Other(Other::Json(text.clone())),
            Literal::List(items) => Self::Other(Other::List(items.iter().map(Self::of).collect())),
        }
    }

    fn literal(self) -> Literal {
        match self {
            Self::Null(()) => Literal::Null,
            Self::Bool(truth) => Literal::Bool(truth),
            Self::Int(number) => Literal::Int(number),
            Self::Text(text) => Literal::Text(text),
            Self::Other(Other::Decimal(text)) => Literal::Decimal(text),
            Self::Other(Other::Json(text)) => Literal::Json(text),
            Self::Other(Other::List(items)) => {
                Literal::List(items.into_iter().map(Self::literal).collect())
            }
        }
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Short::of(value))))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let short = IndexMap::<String, Short>::deserialize(deserializer)?;
        let values = short
            .into_iter()
            .map(|(name, value)| (name, value.literal()));
        Ok(Self(values.collect()))
    }
}

impl JsonSchema for Seed {
    fn schema_name() -> Cow<'static, str> {
        "Seed".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<IndexMap<String, Short>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_every_sort_of_value_is_read_back_as_it_was() {
        let values = [
            ("null", Literal::Null),
            ("truth", Literal::Bool(true)),
            ("number", Literal::Int(-7)),
            ("decimal", Literal::Decimal("0.10".to_owned())),
            ("text", Literal::Text("null".to_owned())),
            ("json", Literal::Json(r#"{"a":1}"#.to_owned())),
            (
                "list",
                Literal::List(vec![Literal::Text("1".to_owned()), Literal::Int(1)]),
            ),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        let seed = Seed(values.into_iter().collect());
        let text = serde_json::to_string(&seed).expect("it has a form");
        assert_eq!(
            text,
            r#"{"null":null,"truth":true,"number":-7,"decimal":{"decimal":"0.10"},"text":"null","json":{"json":"{\"a\":1}"},"list":{"list":["1",1]}}"#
        );
        assert_eq!(
            serde_json::from_str::<Seed>(&text).expect("it is read"),
            seed
        );
    }
}
