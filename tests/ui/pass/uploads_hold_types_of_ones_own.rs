//! What an upload says in newtypes and type parameters; absent, null and a value are three things.

use synctable::crud::{Edit, Release};
use synctable::{Holds, Patch, Put, Timestamp, Uuid, Value, ValueError};
use synctable as words;
use ui::generated::tables::items;
use ui::mappers::ItemsDelete;

#[derive(Clone, Debug, PartialEq)]
struct Title(String);

impl Holds<String> for Title {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        String::from_value(value).map(Title)
    }
}

#[derive(Clone, Debug, PartialEq, Put)]
#[synctable(table = items, partial, crate = words)]
struct NewItem<T: Holds<String>> {
    #[synctable(column = id)]
    key: Uuid,
    title: T,
}

#[derive(Clone, Debug, PartialEq, Patch)]
#[synctable(table = items, partial)]
struct ChangedItem {
    id: Uuid,
    title: Option<Title>,
    deleted_at: Option<Option<Timestamp>>,
}

type Change = Edit<NewItem<Title>, ChangedItem, ItemsDelete>;

fn main() {
    let key = Uuid::from_bytes([7; 16]);
    let put = Change::Put(NewItem { key, title: Title("milk".into()) });
    let patch = |deleted_at| Change::Patch {
        patch: ChangedItem { id: key, title: None, deleted_at },
        previous: None,
    };
    for edit in [put, patch(None), patch(Some(None)), patch(Some(Some(Timestamp::MAX)))] {
        let entry = edit.write().to_entry();
        assert_eq!(Change::decode(&entry, &Release::CURRENT), Ok(edit.clone()));
    }
}
