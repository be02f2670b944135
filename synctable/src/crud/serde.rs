//! Entries from and to JSON, under the names of the write protocol and of PowerSync's queue.

use super::entry::{Entry, Member, Op, OwnedEntry};
use super::json::whole;
use crate::value::Value;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::fmt;

impl<'a> Entry<'a> {
    /// Its JSON text, under the names of the write protocol.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an entry is JSON")
    }
}

/// Through `serde_json` this needs its feature `float_roundtrip`, which the feature `serde` of this package turns on: without it
/// `1955310896743915.0` is read as a number with a fraction.
///
/// Reads what the write protocol calls `op`, `table`, `id`, `op_data`, `previous_values`, `metadata` and
/// `transaction_id`, and the names of the queue and of PowerSync's JavaScript for the same: `type`, `data`, `old`, `tx_id`.
///
/// `op_id` and `client_id`, the device's own number of the entry, are passed over; any other member is an error, and so is a
/// member that is given twice.
///
/// It borrows from the text, so that a struct that holds it says `#[serde(borrow)]`; where nothing can be borrowed, as from a
/// reader, an [`OwnedEntry`] is read.
///
/// ```
/// use serde::Deserialize;
/// use synctable::crud::Entry;
/// #[derive(Deserialize)]
/// struct Transaction<'a> {
///     #[serde(borrow)]
///     crud: Vec<Entry<'a>>,
/// }
/// let text = r#"{"crud": [{"op": "DELETE", "table": "items", "id": "a"}]}"#;
/// let read: Transaction<'_> = serde_json::from_str(text)?;
/// assert_eq!(read.crud[0].id, "a");
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

/// As an [`Entry`] is read, from whatever it comes: it borrows nothing.
///
/// ```
/// use serde::Deserialize;
/// use synctable::crud::OwnedEntry;
/// #[derive(Deserialize)]
/// struct Transaction {
///     crud: Vec<OwnedEntry>,
/// }
/// let body = r#"{"crud": [{"op": "DELETE", "table": "items", "id": "a"}]}"#;
/// let read: Transaction = serde_json::from_reader(body.as_bytes())?;
/// assert_eq!(read.crud[0].id, "a");
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for OwnedEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entry::deserialize(deserializer).map(|entry| OwnedEntry(entry.into_owned()))
    }
}

impl Serialize for OwnedEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

const MEMBERS: &[&str] = &[
    "op",
    "table",
    "id",
    "op_data",
    "previous_values",
    "metadata",
    "transaction_id",
];

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of an upload queue")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut op, mut table, mut id) = (None, None, None);
        let (mut data, mut previous) = (None, None);
        let (mut metadata, mut transaction) = (None, None);
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "op" => once(&mut op, "op", map.next_value::<Op>()?)?,
                "table" | "type" => once(&mut table, "table", map.next_value::<Text<'_>>()?.0)?,
                "id" => once(&mut id, "id", map.next_value::<Text<'_>>()?.0)?,
                "op_data" | "data" => once(&mut data, "op_data", map.next_value()?)?,
                "previous_values" | "old" => {
                    once(&mut previous, "previous_values", map.next_value()?)?;
                }
                "metadata" => once(&mut metadata, "metadata", map.next_value()?)?,
                "transaction_id" | "tx_id" => {
                    let number = map.next_value::<Transaction>()?.0;
                    once(&mut transaction, "transaction_id", number)?;
                }
                "op_id" | "client_id" => {
                    map.next_value::<IgnoredAny>()?;
                }
                other => return Err(A::Error::unknown_field(other, MEMBERS)),
            }
        }
        let members = |members: Option<Option<Members<'de>>>| members.flatten().map(|m| m.0);
        Ok(Entry {
            op: op.ok_or_else(|| A::Error::missing_field("op"))?,
            table: table.ok_or_else(|| A::Error::missing_field("table"))?,
            id: id.ok_or_else(|| A::Error::missing_field("id"))?,
            op_data: members(data),
            previous_values: members(previous),
            metadata: metadata.flatten().map(|Text(text)| text),
            transaction_id: transaction.flatten(),
        })
    }
}

fn once<T, E: Error>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
    }
}

/// Text, borrowed from the input where nothing in it is escaped.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text)))
    }
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(word) = Text::deserialize(deserializer)?;
        Op::parse(&word)
            .ok_or_else(|| D::Error::unknown_variant(&word, &["PUT", "PATCH", "DELETE"]))
    }
}

/// The members of an object, in the order they came; a name that comes twice is kept twice, for whoever knows the columns.
struct Members<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(16));
        while let Some(Text(name)) = map.next_key()? {
            members.push((name, map.next_value()?));
        }
        Ok(Members(members))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

/// The number of a transaction, also as `5.0`, which some languages write.
struct Transaction(Option<i64>);

impl<'de> Deserialize<'de> for Transaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TransactionVisitor)
    }
}

struct TransactionVisitor;

impl<'de> Visitor<'de> for TransactionVisitor {
    type Value = Transaction;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of 64 bits")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Transaction(None))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Transaction(Some(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let number = i64::try_from(number);
        let number = number.map_err(|_| E::custom("expected a whole number of 64 bits"))?;
        Ok(Transaction(Some(number)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        match whole(number) {
            Some(number) => Ok(Transaction(Some(number))),
            None => Err(E::custom("expected a whole number of 64 bits")),
        }
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of SQLite")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Null))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Member::Foreign("a JSON boolean"))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Integer(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        // A float takes any number; where a whole one is expected, it is past the range.
        let value = i64::try_from(number).map_or(Value::Real(number as f64), Value::Integer);
        Ok(Member::Value(value))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Real(number)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Member::Value(Value::Text(Cow::Owned(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Foreign("a JSON array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Foreign("a JSON object"))
    }
}

/// Writes the names of the write protocol; what is absent is left out.
impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("op", self.op.as_str())?;
        map.serialize_entry("table", self.table.as_ref())?;
        map.serialize_entry("id", self.id.as_ref())?;
        if let Some(members) = &self.op_data {
            map.serialize_entry("op_data", &Written(members))?;
        }
        if let Some(members) = &self.previous_values {
            map.serialize_entry("previous_values", &Written(members))?;
        }
        if let Some(metadata) = &self.metadata {
            map.serialize_entry("metadata", metadata.as_ref())?;
        }
        if let Some(transaction) = self.transaction_id {
            map.serialize_entry("transaction_id", &transaction)?;
        }
        map.end()
    }
}

struct Written<'m, 'a>(&'m [(Cow<'a, str>, Member<'a>)]);

impl Serialize for Written<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name.as_ref(), member)))
    }
}

/// What no column takes is written as null.
impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Member::Value(Value::Null) | Member::Foreign(_) => serializer.serialize_unit(),
            Member::Value(Value::Integer(number)) => serializer.serialize_i64(*number),
            Member::Value(Value::Real(number)) => serializer.serialize_f64(*number),
            Member::Value(Value::Text(text)) => serializer.serialize_str(text),
        }
    }
}
