//! Reads the compact form straight into a model: what was left out comes back on the way, and no tree stands between.

use super::LISTS;
use super::place::{MODEL, Place, Usual};
use crate::model::Model;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use std::borrow::Cow;
use std::fmt;

/// A model in its compact form.
pub(in crate::ledger) struct Compact(pub(in crate::ledger) Model);

impl<'de> Deserialize<'de> for Compact {
    fn deserialize<D: Deserializer<'de>>(inner: D) -> Result<Self, D::Error> {
        let at = At {
            place: Some(&MODEL),
            key: Cow::Borrowed(""),
        };
        Model::deserialize(Long { inner, at }).map(Self)
    }
}

/// Where something is.
#[derive(Clone)]
struct At<'de> {
    /// The place in the model, where anything is known of it.
    place: Option<&'static Place>,
    /// The name under which it is there.
    key: Cow<'de, str>,
}

impl<'de> At<'de> {
    fn member(&self, key: Cow<'de, str>) -> Self {
        let place = self.place.and_then(|place| place.member(&key));
        Self { place, key }
    }

    fn element(&self) -> Self {
        let place = self.place.and_then(Place::element);
        let key = Cow::Borrowed("");
        Self { place, key }
    }

    fn is_kind(&self) -> bool {
        self.place.is_some_and(|place| place.is_kind)
    }
}

/// What a text is in the compact form.
enum Short<'t> {
    Text(&'t str),
    /// The name of a column.
    Column(&'t str),
}

fn short(text: &str) -> Short<'_> {
    match text.strip_prefix('.') {
        Some(rest) if rest.starts_with('.') => Short::Text(rest),
        Some(column) => Short::Column(column),
        None => Short::Text(text),
    }
}

/// Values of the compact form, as the long one has them.
struct Long<'de, D> {
    inner: D,
    at: At<'de>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Long<'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let at = self.at;
        let names = None;
        self.inner.deserialize_any(Values { visitor, at, names })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let at = self.at;
        let list = LISTS.iter().find(|(form, _)| *form == at.key);
        let names = list.map(|(_, names)| *names);
        self.inner.deserialize_any(Values { visitor, at, names })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let at = self.at;
        self.inner.deserialize_option(Maybe { visitor, at })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let at = self.at;
        self.inner.deserialize_any(Variants { visitor, at })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Text(visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_string(Text(visitor))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Text(visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

/// The same for whoever knows where the next value is.
struct Inside<'de, S> {
    seed: S,
    at: At<'de>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Inside<'de, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.seed.deserialize(Long { inner, at: self.at })
    }
}

/// A value of any kind.
struct Values<'de, V> {
    visitor: V,
    at: At<'de>,
    /// The names of the members of a form, where a list of them may stand for it.
    names: Option<&'static [&'static str]>,
}

/// What is read as it stands.
macro_rules! as_it_is {
    ($($visit:ident($type:ty))*) => {$(
        fn $visit<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$visit(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Values<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    as_it_is! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        match short(text) {
            _ if self.at.is_kind() => self.visitor.visit_map(of_one("scalar", text)),
            Short::Text(text) => self.visitor.visit_str(text),
            Short::Column(column) => self.visitor.visit_map(of_one("column", column)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let at = self.at.element();
        match self.names {
            Some(names) => {
                let names = names.iter();
                self.visitor.visit_map(Listed { inner, names, at })
            }
            None => self.visitor.visit_seq(Elements { inner, at }),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Members::new(inner, self.at))
    }
}

/// A value or null.
struct Maybe<'de, V> {
    visitor: V,
    at: At<'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Maybe<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Long { inner, at: self.at })
    }
}

/// A text that is nothing else.
struct Text<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Text<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        match short(text) {
            Short::Text(text) => self.0.visit_str(text),
            Short::Column(_) => Err(E::invalid_type(Unexpected::Map, &self.0)),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        match short(text) {
            Short::Text(text) => self.0.visit_borrowed_str(text),
            Short::Column(_) => Err(E::invalid_type(Unexpected::Map, &self.0)),
        }
    }
}

/// The elements of a list.
struct Elements<'de, A> {
    inner: A,
    at: At<'de>,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'de, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let at = self.at.clone();
        self.inner.next_element_seed(Inside { seed, at })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// The members of an object: first those that are there, then those that are as usual.
struct Members<'de, A> {
    inner: A,
    at: At<'de>,
    /// A bit for each usual member that is there.
    seen: u64,
    /// The key of the next value, where it is there.
    key: Option<Cow<'de, str>>,
    /// How many usual members were told or are there.
    told: usize,
}

impl<'de, A> Members<'de, A> {
    fn new(inner: A, at: At<'de>) -> Self {
        Self {
            inner,
            at,
            seen: 0,
            key: None,
            told: 0,
        }
    }

    fn usual(&self) -> &'static [(String, Usual)] {
        self.at.place.map_or(&[], |place| &place.usual)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let usual = self.usual();
        if self.told == 0
            && let Some(Key(key)) = self.inner.next_key()?
        {
            if let Some(at) = usual.iter().position(|(name, _)| *name == key) {
                self.seen |= 1 << at;
            }
            let read = seed.deserialize(key_of(&key))?;
            self.key = Some(key);
            return Ok(Some(read));
        }
        self.key = None;
        let rest = usual.iter().enumerate().skip(self.told);
        let mut rest = rest.filter(|(at, _)| self.seen & (1 << at) == 0);
        let Some((at, (name, _))) = rest.next() else {
            // Nothing is asked for after the end.
            return Ok(None);
        };
        self.told = at + 1;
        seed.deserialize(key_of(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        if let Some(key) = self.key.take() {
            let at = self.at.member(key);
            return self.inner.next_value_seed(Inside { seed, at });
        }
        let told = self.told.checked_sub(1);
        match told.and_then(|told| self.usual().get(told)) {
            Some((_, Usual::Is(value))) => seed.deserialize(value).map_err(A::Error::custom),
            Some((_, Usual::Key)) => seed.deserialize(key_of(&self.at.key)),
            None => Err(A::Error::custom("a value without a key was asked for")),
        }
    }
}

/// An object with one member, which is a text.
fn of_one<'de, 't, E: Error>(
    name: &'static str,
    text: &'t str,
) -> MapDeserializer<'de, std::iter::Once<(&'static str, &'t str)>, E> {
    MapDeserializer::new(std::iter::once((name, text)))
}

fn key_of<E: Error>(key: &str) -> StrDeserializer<'_, E> {
    key.into_deserializer()
}

/// The name of a member.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct OfKey;

        impl<'de> Visitor<'de> for OfKey {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
        }

        input.deserialize_str(OfKey)
    }
}

/// One of several forms, by its name.
struct Variants<'de, V> {
    visitor: V,
    at: At<'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Variants<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        let of = |name, text| MapAccessDeserializer::new(of_one(name, text));
        match short(text) {
            _ if self.at.is_kind() => self.visitor.visit_enum(of("scalar", text)),
            Short::Text(name) => self.visitor.visit_enum(key_of(name)),
            Short::Column(column) => self.visitor.visit_enum(of("column", column)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let at = self.at;
        self.visitor.visit_enum(OfMember { inner, at })
    }
}

/// A form that is the only member of an object.
struct OfMember<'de, A> {
    inner: A,
    at: At<'de>,
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for OfMember<'de, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<(S::Value, Self), A::Error> {
        let Some(Key(key)) = self.inner.next_key()? else {
            return Err(A::Error::invalid_type(Unexpected::Map, &"a form"));
        };
        let form = seed.deserialize(key_of(&key))?;
        let at = self.at.member(key);
        Ok((form, Self { at, ..self }))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for OfMember<'de, A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        self.inner.next_value()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        let at = self.at;
        self.inner.next_value_seed(Inside { seed, at })
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let seed = Seen(visitor);
        let at = self.at;
        self.inner.next_value_seed(Inside { seed, at })
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let at = self.at;
        self.inner.next_value_seed(Form { visitor, at })
    }
}

/// Whatever comes, for a visitor.
struct Seen<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Seen<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<V::Value, D::Error> {
        input.deserialize_any(self.0)
    }
}

/// The members of a form, for a visitor.
struct Form<'de, V> {
    visitor: V,
    at: At<'de>,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Form<'de, V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let at = self.at;
        Long { inner, at }.deserialize_struct("", &[], self.visitor)
    }
}

/// A list of members whose names follow from their order.
struct Listed<'de, A> {
    inner: A,
    names: std::slice::Iter<'static, &'static str>,
    at: At<'de>,
}

impl<'de, A: SeqAccess<'de>> MapAccess<'de> for Listed<'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let name = self.names.next();
        name.map(|name| seed.deserialize(key_of(name))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let at = self.at.clone();
        let value = self.inner.next_element_seed(Inside { seed, at })?;
        value.ok_or_else(|| A::Error::custom("a list has fewer members than its form"))
    }
}
