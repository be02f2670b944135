//! What two branches made of one model, joined: the changes of one, on top of what the other one leads to.

use crate::model::Model;
use serde_json::{Map, Value};

/// The changes from `base` to `own`, made to `theirs`; where both changed one thing, it becomes that of `own`.
///
/// `None` where that is no model.
pub(super) fn merge(base: &Model, theirs: &Model, own: &Model) -> Option<Model> {
    let value = |model: &Model| serde_json::to_value(model).ok();
    serde_json::from_value(merged(&value(base)?, &value(theirs)?, &value(own)?)).ok()
}

fn merged(base: &Value, theirs: &Value, own: &Value) -> Value {
    if own == base || own == theirs {
        return theirs.clone();
    }
    if theirs == base {
        return own.clone();
    }
    match (base, theirs, own) {
        (Value::Object(base), Value::Object(theirs), Value::Object(own)) => {
            Value::Object(objects(base, theirs, own))
        }
        (Value::Array(base), Value::Array(theirs), Value::Array(own)) => {
            Value::Array(arrays(base, theirs, own))
        }
        _ => own.clone(),
    }
}

fn objects(
    base: &Map<String, Value>,
    theirs: &Map<String, Value>,
    own: &Map<String, Value>,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in theirs {
        match (base.get(name), own.get(name)) {
            // Dropped here; what they changed of it goes along.
            (Some(_), None) => {}
            (None, None) => drop(all.insert(name.clone(), value.clone())),
            (base, Some(own)) => {
                let base = base.unwrap_or(&Value::Null);
                all.insert(name.clone(), merged(base, value, own));
            }
        }
    }
    for (name, value) in own {
        if !theirs.contains_key(name) && base.get(name) != Some(value) {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}

/// Elements with a name are joined by it, others as a whole.
fn arrays(base: &[Value], theirs: &[Value], own: &[Value]) -> Vec<Value> {
    let key = |value: &Value| value.get("name").unwrap_or(value).clone();
    let find =
        |all: &[Value], one: &Value| all.iter().find(|other| key(other) == key(one)).cloned();
    let mut all: Vec<Value> = Vec::new();
    for value in theirs {
        match (find(base, value), find(own, value)) {
            (Some(_), None) => {}
            (None, None) => all.push(value.clone()),
            (base, Some(own)) => all.push(merged(&base.unwrap_or(Value::Null), value, &own)),
        }
    }
    for (index, value) in own.iter().enumerate() {
        if find(theirs, value).is_some() || find(base, value).as_ref() == Some(value) {
            continue;
        }
        // Where it stood: before the next one that is there.
        let mut later = own[index + 1..].iter();
        let place = later.find_map(|next| all.iter().position(|one| key(one) == key(next)));
        all.insert(place.unwrap_or(all.len()), value.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use serde_json::json;

    #[test]
    fn what_either_branch_changed_is_there_and_what_either_dropped_is_not() {
        let base =
            json!({"a": 1, "b": {"x": 1, "y": 1}, "gone": 1, "gone_too": 1, "l": ["p", "q"]});
        let theirs =
            json!({"a": 2, "b": {"x": 2, "y": 1}, "gone_too": 1, "new": 1, "l": ["p", "r", "q"]});
        let own =
            json!({"a": 1, "b": {"x": 1, "y": 3}, "gone": 1, "more": 1, "l": ["p", "s", "q"]});
        assert_eq!(
            merged(&base, &theirs, &own),
            json!({"a": 2, "b": {"x": 2, "y": 3}, "new": 1, "more": 1, "l": ["p", "r", "s", "q"]})
        );
        let named = |text: &str| json!([{"name": "i", "text": text}, {"name": "j"}]);
        let more = json!([{"name": "i", "text": "a"}, {"name": "j"}, {"name": "k"}]);
        assert_eq!(
            merged(&named("a"), &more, &named("b")),
            json!([{"name": "i", "text": "b"}, {"name": "j"}, {"name": "k"}])
        );
    }

    #[test]
    fn models_are_joined_to_a_model() {
        let base = sample::model();
        let (mut theirs, mut own) = (base.clone(), base.clone());
        theirs.tables["items"].columns["title"].nullable = true;
        own.tables["items"].columns["title"].doc = Some("A title.".to_owned());
        own.tables["lists"].indexes.clear();
        let both = merge(&base, &theirs, &own).expect("a model");
        assert!(both.tables["items"].columns["title"].nullable);
        assert_eq!(
            both.tables["items"].columns["title"].doc.as_deref(),
            Some("A title.")
        );
        assert_eq!(merge(&base, &base, &own), Some(own.clone()));
        assert_eq!(merge(&base, &theirs, &base), Some(theirs));
    }
}
