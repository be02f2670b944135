//! Another name, a newtype, an option, a renamed dependency, a part of the columns.

use synctable::{Holds, SyncTable, Uuid, Value, ValueError};
use synctable as words;
use ui::generated::tables::{lists, values};

#[derive(Debug, PartialEq)]
struct Title(String);

impl Holds<String> for Title {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        String::from_value(value).map(Title)
    }
}

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    #[synctable(column = id)]
    list: Uuid,
    owner_id: Uuid,
    title: Title,
}

#[derive(SyncTable)]
#[synctable(table = values, partial, crate = words)]
struct Value_ {
    r#type: String,
}

fn main() {
    let id: Uuid = "0192f0c1-7a3b-7cde-8f01-23456789abcd".parse().unwrap();
    let list = List {
        list: id,
        owner_id: id,
        title: Title("Milk".to_owned()),
    };
    let back = List::from_values(list.to_values()).unwrap();
    assert_eq!(back.title, list.title);
    assert_eq!((back.list, back.owner_id), (id, id));
    assert_eq!(list.client_id().unwrap(), id.to_string());
    assert_eq!(Value_::COLUMNS, [values::TYPE.def]);
    let _ = Value_ { r#type: String::new() }.r#type;
}
