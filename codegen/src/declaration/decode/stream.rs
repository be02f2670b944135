//! Streams.

use super::Decoder;
use super::name::NameRule;
use crate::declaration::keys::STREAM;
use crate::declaration::{Name, Param, Spanned, Stream, StreamTable};
use crate::map::IndexMap;
use crate::source::{Node, Value};

impl Decoder<'_> {
    pub(super) fn stream(&mut self, name: Name, node: &Node) -> Option<Stream> {
        let fields = self.fields(&STREAM, name.span, node)?;
        Some(Stream {
            name,
            doc: self.text_at(&fields, "doc"),
            automatic: self.flag_at(&fields, "automatic"),
            priority: self.number_at(&fields, "priority").map(|number| {
                let priority = u8::try_from(number.value).expect("the table of keys says 0 to 3");
                Spanned::new(priority, number.span)
            }),
            params: fields
                .get("params")
                .map(|node| self.params(node))
                .unwrap_or_default(),
            tables: fields
                .get("tables")
                .map(|node| self.stream_tables(node))
                .unwrap_or_default(),
        })
    }

    fn params(&mut self, node: &Node) -> IndexMap<String, Param> {
        let mut params = IndexMap::default();
        if let Value::Mapping(_) = node.value {
            self.map(node, NameRule::Word, &mut params, |decoder, name, node| {
                Some(Param {
                    name,
                    kind: decoder.kind(node),
                })
            });
        } else {
            for name in self.names(node, NameRule::Word) {
                self.insert(&mut params, Param { name, kind: None });
            }
        }
        params
    }

    fn stream_tables(&mut self, node: &Node) -> IndexMap<String, StreamTable> {
        let mut tables = IndexMap::default();
        match &node.value {
            Value::Mapping(entries) => {
                self.not_empty(entries, node.span);
                self.map(node, NameRule::Word, &mut tables, |decoder, table, node| {
                    let filter = match node.is_null() {
                        true => None,
                        false => Some(decoder.snippet(node)?),
                    };
                    Some(StreamTable { table, filter })
                });
            }
            Value::Scalar { .. } | Value::Sequence(_) | Value::Refused => {
                if let Value::Sequence(items) = &node.value {
                    self.not_empty(items, node.span);
                }
                for table in self.names(node, NameRule::Word) {
                    let table = StreamTable {
                        table,
                        filter: None,
                    };
                    self.insert(&mut tables, table);
                }
            }
        }
        tables
    }
}
