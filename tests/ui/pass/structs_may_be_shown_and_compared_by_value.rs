//! `by_value` shows a struct by its columns, and compares values as their kinds do.

use synctable::{Json, Patch, SyncTable, Uuid};
use ui::generated::tables::{items, kinds, lists};

#[derive(Clone, SyncTable)]
#[synctable(table = lists, by_value)]
struct List {
    id: Uuid,
    #[synctable(column = owner_id)]
    owner: Option<Uuid>,
    title: String,
}

#[derive(Clone, Patch)]
#[synctable(table = items, partial, by_value)]
struct ChangedItem {
    id: Uuid,
    title: Option<String>,
    deleted_at: Option<Option<synctable::Timestamp>>,
}

#[derive(SyncTable)]
#[synctable(table = kinds, partial, by_value)]
struct Wide {
    a_json: Json,
    a_bool: bool,
}

fn main() {
    let id = Uuid::from_bytes([7; 16]);
    let list = List { id, owner: None, title: "Food".into() };
    let shown = format!("{list:?}");
    assert_eq!(shown, format!("List {{ id: \"{id}\", owner_id: null, title: \"Food\" }}"));
    assert_eq!(list, list.clone());
    assert_ne!(list, List { title: "Fun".into(), ..list.clone() });

    let changed = ChangedItem { id, title: None, deleted_at: Some(None) };
    let shown = format!("{changed:?}");
    assert_eq!(shown, format!("ChangedItem {{ id: \"{id}\", deleted_at: null }}"));
    assert_ne!(changed, ChangedItem { deleted_at: None, ..changed.clone() });

    let wide = |json: &str| Wide { a_json: json.parse().unwrap(), a_bool: true };
    assert_eq!(wide(r#"{"a": 1, "b": 2}"#), wide(r#"{"b": 2, "a": 1}"#));
    assert!(format!("{:?}", wide("1")).ends_with("a_bool: true }"));
}
