//! What is known of each place in a model: what its things usually are, and which of them have a line of their own.

use serde_json::{Value, json};
use std::sync::LazyLock;

/// What a member is where it is left out.
pub(super) enum Usual {
    /// This.
    Is(Value),
    /// The name under which the thing stands.
    Key,
}

/// A place in the model.
#[derive(Default)]
pub(super) struct Place {
    /// What a thing here usually has, by the names of its members.
    pub(super) usual: Vec<(String, Usual)>,
    /// Whether each member of a thing here has a line of its own.
    pub(super) has_lines: bool,
    /// Whether it is the kind of a column, which is nearly always one word.
    pub(super) is_kind: bool,
    /// Places below, by name.
    members: Vec<(&'static str, Place)>,
    /// The place of everything below, whatever its name.
    every: Option<Box<Place>>,
}

/// The model itself.
pub(super) static MODEL: LazyLock<Place> = LazyLock::new(|| {
    let mut model = Place::default();
    for (path, usual, keys) in usual() {
        let Value::Object(usual) = usual else {
            unreachable!("each is an object");
        };
        let place = model.make(path);
        let usual = usual.into_iter();
        let keys = keys.iter().map(|key| ((*key).to_owned(), Usual::Key));
        let usual = usual.map(|(name, value)| (name, Usual::Is(value)));
        place.usual = usual.chain(keys).collect();
    }
    for path in LINES {
        model.make(path).has_lines = true;
    }
    model.make(KIND).is_kind = true;
    model
});

impl Place {
    /// The place of a member.
    pub(super) fn member(&self, name: &str) -> Option<&Place> {
        let mut members = self.members.iter();
        let named = members.find(|(member, _)| *member == name);
        named.map(|(_, place)| place).or(self.element())
    }

    /// The place of an element.
    pub(super) fn element(&self) -> Option<&Place> {
        self.every.as_deref()
    }

    /// The place at the end of a path, in which `*` is every name and every element.
    fn make(&mut self, path: &[&'static str]) -> &mut Place {
        let Some((first, rest)) = path.split_first() else {
            return self;
        };
        if *first == "*" {
            return self.every.get_or_insert_default().make(rest);
        }
        let at = self.members.iter().position(|(name, _)| name == first);
        let at = at.unwrap_or_else(|| {
            self.members.push((first, Place::default()));
            self.members.len() - 1
        });
        self.members[at].1.make(rest)
    }
}

/// A path, what its things usually have, and which members usually are the name of the thing.
type OfPath = (&'static [&'static str], Value, &'static [&'static str]);

fn usual() -> Vec<OfPath> {
    vec![
        (
            &["enums", "*"],
            json!({"schema": "public", "was": null, "doc": null, "retired": [], "storage": "native"}),
            &["name"],
        ),
        (
            &["domains", "*"],
            json!({"schema": "public", "was": null, "doc": null, "check": null}),
            &["name"],
        ),
        (
            &["views", "*"],
            json!({"schema": "public", "doc": null, "depends_on": []}),
            &["name"],
        ),
        (
            &["sql", "*"],
            json!({"doc": null, "down": null, "depends_on": []}),
            &["name"],
        ),
        (
            &["streams", "*"],
            json!({"doc": null, "params": {}}),
            &["name"],
        ),
        (
            &["streams", "*", "tables", "*"],
            json!({"filter": null}),
            &[],
        ),
        (
            &["storage", "*"],
            json!({"doc": null, "public": false}),
            &["name"],
        ),
        (
            &["storage", "*", "access"],
            json!({"read": {}, "insert": {}, "update": {}, "delete": {}}),
            &[],
        ),
        (
            &["tables", "*"],
            json!({
                "schema": "public", "was": null, "doc": null, "sync": "both", "key": ["id"],
                "id": {"column": "id"}, "recipe": null, "uniques": [], "foreign_keys": [], "indexes": [],
                "checks": [], "access": null, "conflict": "last_write_wins", "upsert_on": ["id"],
                "client": {
                    "track_metadata": false, "track_previous": [], "ignore_empty_updates": false,
                    "view_name": null, "raw": false
                }
            }),
            &["name", "client_name"],
        ),
        (
            &["tables", "*", "columns", "*"],
            json!({
                "was": null, "doc": null, "deprecated": null, "nullable": false, "default": null,
                "client_default": null, "direction": "both", "immutable": false, "secret": false,
                "identity": false, "generated": null, "role": null
            }),
            &["name", "client_name"],
        ),
        (
            &["tables", "*", "uniques", "*"],
            json!({
                "predicate": null, "nulls_not_distinct": false, "deferrable": false,
                "clash_is_refused": false
            }),
            &[],
        ),
        (
            &["tables", "*", "foreign_keys", "*"],
            json!({
                "references": ["id"], "on_delete": "no_action", "on_update": "no_action",
                "deferrable": false, "on_server": "enforced"
            }),
            &[],
        ),
        (
            &["tables", "*", "indexes", "*"],
            json!({"predicate": null, "method": "btree", "side": "server"}),
            &[],
        ),
        (
            &["tables", "*", "indexes", "*", "parts", "*"],
            json!({"descending": false, "nulls_first": null}),
            &[],
        ),
        (
            &["tables", "*", "checks", "*"],
            json!({"on_server": "enforced"}),
            &[],
        ),
        (
            &["tables", "*", "access"],
            json!({"read": {}, "insert": {}, "update": {}, "delete": {}}),
            &[],
        ),
    ]
}

/// Where each member has a line of its own.
const LINES: &[&[&str]] = &[
    &[],
    &["enums"],
    &["domains"],
    &["scopes"],
    &["externals"],
    &["views"],
    &["sql"],
    &["streams"],
    &["storage"],
    &["tables"],
    &["tables", "*"],
    &["tables", "*", "columns"],
    &["tables", "*", "uniques"],
    &["tables", "*", "exclusions"],
    &["tables", "*", "foreign_keys"],
    &["tables", "*", "indexes"],
    &["tables", "*", "checks"],
    &["tables", "*", "access"],
    &["tables", "*", "seeds"],
];

/// The kind of a column, which is nearly always one word.
const KIND: &[&str] = &["tables", "*", "columns", "*", "kind"];
