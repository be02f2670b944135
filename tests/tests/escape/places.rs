//! One declaration in which every name and every text can be replaced.

use std::collections::BTreeSet;
use std::ops::Range;

/// How a hostile text gets into a place, where it is not the whole of it.
fn written(place: &str, hostile: &str) -> String {
    let literal = format!("'{}'", hostile.replace('\'', "''"));
    let other = format!("'{}.'", hostile.replace('\'', "''"));
    let (name, form) = place.split_once(':').unwrap_or((place, ""));
    match (name, form) {
        // These differ within one app.
        (
            "client" | "anonymous" | "owner" | "replication" | "service" | "schema" | "enum_schema"
            | "table_schema" | "index_name" | "unique_name",
            _,
        ) => {
            format!("{hostile}{}", name.len())
        }
        // A default that its check refuses would be refused for that.
        (_, "literal") => format!("title <> {other}"),
        (_, "value literal") => format!("value <> {literal}"),
        (_, "rule literal") => format!("owner_id = auth.user_id() and title <> {literal}"),
        (_, "scope literal") => {
            format!("select id from lists where owner_id = auth.user_id() and title <> {literal}")
        }
        (_, "stream literal") => format!("title <> {literal}"),
        (_, "param") => format!("title = :{hostile}"),
        (_, "join") => format!("title || {literal}"),
        (_, "member") => format!("meta ->> {literal} = 'x'"),
        (_, "claim") => format!("id = auth.user_id() and title = auth.claim({literal})"),
        (_, "bucket literal") => format!("folder = {literal} and user_id = auth.claim('sub')"),
        (_, "matches") => format!("matches(title, {literal})"),
        (_, "sql literal") => literal,
        (_, "sqlite literal") => format!("title <> {literal}"),
        (_, "opaque") => format!("opaque({literal})"),
        (_, "opaque name") => {
            let name = hostile.replace('"', "\"\"").replace('\'', "''");
            format!("opaque('\"{name}\"')")
        }
        (_, "query literal") => format!("select 1 as id, {literal} as said"),
        (_, "query") => format!("select 1 as id, 'plain' as said {hostile}"),
        _ => hostile.to_owned(),
    }
}

/// The declaration; a place is `⟦name:form=what stands there otherwise⟧`.
const DECLARATION: &str = include_str!("declaration.yaml");

/// A declaration with the place of each text.
pub(crate) struct Declaration {
    pub(crate) yaml: String,
    /// Name and range of every place.
    pub(crate) places: Vec<(String, Range<usize>)>,
}

/// The declaration with a text in some of its places.
pub(crate) fn declaration(hostile: &str, places: &BTreeSet<String>) -> Declaration {
    let mut yaml = String::new();
    let mut found = Vec::new();
    let mut rest = DECLARATION;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (place, after) = after.split_once('⟧').expect("a place ends");
        let (name, plain) = place.split_once('=').expect("a place has a text");
        yaml.push_str(before);
        let text = match places.contains(name) {
            true => written(name, hostile),
            false => plain.to_owned(),
        };
        let start = yaml.len();
        yaml.push_str(&serde_json::to_string(&text).expect("a text has a JSON form"));
        found.push((name.to_owned(), start..yaml.len()));
        rest = after;
    }
    yaml.push_str(rest);
    Declaration {
        yaml,
        places: found,
    }
}

/// The names of all places.
pub(crate) fn all() -> BTreeSet<String> {
    let places = declaration("", &BTreeSet::new()).places;
    let names: BTreeSet<String> = places.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        names.len(),
        places.len(),
        "each place has a name of its own"
    );
    names
}
