//! How the words of the vocabulary are spelled in a serialised model: kinds by their facts, enumerations by their declared words.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use synctable::{Element, EnumStorage, Kind, Scalar};

/// The serialised form of a [`Kind`].
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "Kind")]
pub(super) enum KindRepr {
    Scalar(String),
    Enum { name: String, storage: String },
    Domain { name: String, base: String },
    List(Box<KindRepr>),
    Opaque(String),
}

fn element_repr(element: &Element) -> KindRepr {
    match element {
        Element::Scalar(scalar) => KindRepr::Scalar(scalar.to_string()),
        Element::Enum { name, storage } => KindRepr::Enum {
            name: name.to_string(),
            storage: storage.as_str().to_owned(),
        },
        Element::Domain { name, base } => KindRepr::Domain {
            name: name.to_string(),
            base: base.to_string(),
        },
    }
}

fn kind_repr(kind: &Kind) -> KindRepr {
    match kind {
        Kind::Scalar(scalar) => element_repr(&Element::Scalar(*scalar)),
        Kind::Enum { name, storage } => element_repr(&Element::Enum {
            name: name.clone(),
            storage: *storage,
        }),
        Kind::Domain { name, base } => element_repr(&Element::Domain {
            name: name.clone(),
            base: *base,
        }),
        Kind::List(element) => KindRepr::List(Box::new(element_repr(element))),
        Kind::Opaque(name) => KindRepr::Opaque(name.to_string()),
    }
}

fn repr_element(repr: KindRepr) -> Result<Element, String> {
    match repr {
        KindRepr::Scalar(text) => parse_scalar(&text).map(Element::Scalar),
        KindRepr::Enum { name, storage } => Ok(Element::Enum {
            name: name.into(),
            storage: EnumStorage::parse(&storage)
                .ok_or_else(|| format!("no enum storage is named `{storage}`"))?,
        }),
        KindRepr::Domain { name, base } => Ok(Element::Domain {
            name: name.into(),
            base: parse_scalar(&base)?,
        }),
        KindRepr::List(_) | KindRepr::Opaque(_) => {
            Err("a list holds scalars, enums or domains".to_owned())
        }
    }
}

fn repr_kind(repr: KindRepr) -> Result<Kind, String> {
    Ok(match repr {
        KindRepr::List(inner) => Kind::List(repr_element(*inner)?),
        KindRepr::Opaque(name) => Kind::Opaque(name.into()),
        other => match repr_element(other)? {
            Element::Scalar(scalar) => Kind::Scalar(scalar),
            Element::Enum { name, storage } => Kind::Enum { name, storage },
            Element::Domain { name, base } => Kind::Domain { name, base },
        },
    })
}

fn parse_scalar(text: &str) -> Result<Scalar, String> {
    Scalar::parse(text).map_err(|error| error.to_string())
}

/// A [`Kind`] by its facts: `{"scalar": "decimal(10,2)"}`, `{"enum": {"name": …, "storage": …}}`.
pub(super) mod kind {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer>(
        kind: &Kind,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        kind_repr(kind).serialize(out)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Kind, D::Error> {
        repr_kind(KindRepr::deserialize(input)?).map_err(D::Error::custom)
    }
}

/// A map from names to kinds.
pub(super) mod kind_map {
    use super::*;
    use crate::map::IndexMap;

    pub(in crate::model) fn serialize<S: Serializer>(
        kinds: &IndexMap<String, Kind>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_map(kinds.iter().map(|(name, kind)| (name, kind_repr(kind))))
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<IndexMap<String, Kind>, D::Error> {
        IndexMap::<String, KindRepr>::deserialize(input)?
            .into_iter()
            .map(|(name, repr)| Ok((name, repr_kind(repr)?)))
            .collect::<Result<_, String>>()
            .map_err(D::Error::custom)
    }
}

/// A [`Scalar`] by its declared text.
pub(super) mod scalar {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer>(
        scalar: &Scalar,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_str(scalar)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Scalar, D::Error> {
        parse_scalar(&String::deserialize(input)?).map_err(D::Error::custom)
    }
}

/// An enumeration of the vocabulary by its declared word.
pub(in crate::model) trait Word: Copy + Sized {
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
    fn words() -> &'static [&'static str];
}

/// How a [`Word`] looks in the model's JSON Schema: one of its words.
pub(super) struct WordOf<T>(std::marker::PhantomData<T>);

impl<T: Word> JsonSchema for WordOf<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": T::words()})
    }
}

macro_rules! word {
    ($($type:ty),* $(,)?) => {$(
        impl Word for $type {
            fn word(self) -> &'static str {
                self.as_str()
            }
            fn from_word(word: &str) -> Option<Self> {
                Self::parse(word)
            }
            fn words() -> &'static [&'static str] {
                Self::WORDS
            }
        }
    )*};
}

word!(
    synctable::SyncMode,
    synctable::Direction,
    synctable::Role,
    synctable::ConflictRule,
    synctable::DeleteRule,
    synctable::FkAction,
    synctable::Uploaded,
    EnumStorage,
);

/// A [`Word`].
pub(super) mod words {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer, T: Word>(
        value: &T,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_str(value.word())
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>, T: Word>(
        input: D,
    ) -> Result<T, D::Error> {
        let word = String::deserialize(input)?;
        T::from_word(&word)
            .ok_or_else(|| D::Error::custom(format!("`{word}` is not a word of this set")))
    }
}

/// A [`Word`] or null.
pub(super) mod optional_word {
    use super::*;

    pub(in crate::model) fn serialize<S: Serializer, T: Word>(
        value: &Option<T>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Word::word).serialize(out)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>, T: Word>(
        input: D,
    ) -> Result<Option<T>, D::Error> {
        let Some(word) = Option::<String>::deserialize(input)? else {
            return Ok(None);
        };
        T::from_word(&word)
            .map(Some)
            .ok_or_else(|| D::Error::custom(format!("`{word}` is not a word of this set")))
    }
}
