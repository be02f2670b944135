//! A column that is never null and that the server fills in may have no value yet on a device: a field holds it as it is, or
//! in an `Option`.

use synctable::{SyncTable, Uuid, Value, ValueError};
use ui::generated::enums::ItemStatus;
use ui::generated::tables::{items, lists};

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = lists, partial)]
struct Waiting {
    id: Uuid,
    owner_id: Option<Uuid>,
}

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = lists, partial)]
struct Synced {
    owner_id: Uuid,
}

/// A type of one's own, in an `Option`.
#[derive(Debug, PartialEq)]
struct Status(ItemStatus);

impl synctable::Holds<ItemStatus> for Status {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        ItemStatus::from_value(value).map(Status)
    }
}

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = items, partial)]
struct Own {
    status: std::option::Option<Status>,
}

fn main() {
    let id: Uuid = "0192f0c1-7a3b-7cde-8f01-23456789abcd".parse().unwrap();
    let text = || Value::Text(id.to_string().into());
    let waiting = Waiting { id, owner_id: None };
    assert_eq!(Waiting::from_values([text(), Value::Null]).as_ref(), Ok(&waiting));
    assert_eq!(waiting.to_values(), [text(), Value::Null]);
    let come = Waiting { id, owner_id: Some(id) };
    assert_eq!(Waiting::from_values([text(), text()]), Ok(come));
    let error = Synced::from_values([Value::Null]).unwrap_err();
    assert_eq!((error.column, error.error), ("owner_id", Some(ValueError::Null)));
    assert_eq!(Own::from_values([Value::Null]), Ok(Own { status: None }));
}
