//! How far a device has pulled: a text that the device keeps and does not read.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The place of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// A digest of the caller, the database and what is pulled: another one leads to everything anew.
    pub(super) bound: String,
    /// The device has what changed below this number, in each table that is not open.
    pub(super) low: i64,
    /// Digests of what the rules read besides rows: where one changes, the tables whose rules read it are sent whole.
    pub(super) seen: Vec<String>,
    /// The tables that are not sent to their end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) open: BTreeMap<String, Open>,
}

/// How far a table is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Open {
    /// It will be sent whole.
    Waits,
    /// It is being sent whole, since the horizon was this one, and up to a key.
    Whole { since: i64, after: Vec<String> },
    /// What changed from a number on and below another one is being sent.
    Window { low: i64, high: i64, at: At },
}

/// The place in what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum At {
    /// Behind an entry of a change, of the rows that went.
    Gone { changed: i64, number: i64 },
    /// At the first of the rows that are there.
    Rows,
    /// Behind a key of a change.
    After { changed: i64, key: Vec<String> },
}

impl Cursor {
    /// Reads what a device sent: `None` if it is not a cursor, and `Some(None)` if another version of the bridge wrote it.
    pub(super) fn read(text: &str) -> Option<Option<Self>> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
        Some(serde_json::from_value(object.into()).ok())
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("a cursor is JSON")
    }

    /// The lowest number from which on changes are still to be sent.
    pub(super) fn lowest(&self) -> i64 {
        let open = self.open.values().filter_map(|open| match open {
            Open::Waits => None,
            Open::Whole { since, .. } => Some(*since),
            Open::Window { low, .. } => Some(*low),
        });
        open.chain([self.low]).min().unwrap_or(self.low)
    }
}

impl Open {
    /// What changed from a number on.
    pub(super) fn window(low: i64, high: i64) -> Self {
        Open::Window {
            low,
            high,
            at: At::Gone {
                changed: low,
                number: 0,
            },
        }
    }
}

/// A digest of texts, as 16 hexadecimal digits.
pub(super) fn digest<'t>(texts: impl IntoIterator<Item = Option<&'t str>>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        // NULL is not the empty text.
        match text {
            Some(text) => {
                hasher.update([1]);
                hasher.update(text.len().to_be_bytes());
                hasher.update(text);
            }
            None => hasher.update([0]),
        }
    }
    let mut digits = String::new();
    for byte in &hasher.finalize()[..8] {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_other_texts_are_none() {
        let open = [
            Open::Waits,
            Open::Whole {
                since: 7,
                after: vec!["a\"b".to_owned()],
            },
            Open::window(3, 9),
        ];
        let cursor = Cursor {
            bound: "x".to_owned(),
            low: 12,
            seen: vec!["1".to_owned()],
            open: open
                .into_iter()
                .enumerate()
                .map(|(nr, open)| (nr.to_string(), open))
                .collect(),
        };
        assert_eq!(Cursor::read(&cursor.text()), Some(Some(cursor.clone())));
        assert_eq!(cursor.lowest(), 3);
        for text in ["{}", "{\"bound\":\"x\",\"low\":1,\"seen\":[],\"more\":1}"] {
            assert_eq!(Cursor::read(text), Some(None), "{text}");
        }
        for text in ["", "7", "later"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }

    #[test]
    fn digests_tell_texts_apart() {
        let all = [
            digest([Some("ab"), Some("c")]),
            digest([Some("a"), Some("bc")]),
            digest([Some("")]),
            digest([None]),
            digest([]),
        ];
        let apart: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(apart.len(), all.len());
    }
}
