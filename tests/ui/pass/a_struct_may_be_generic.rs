//! Over a type that holds what the column holds, over a lifetime, and made by a macro.

use std::borrow::Cow;
use synctable::{Holds, SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List<Id, T: Holds<String>>
where
    Id: Holds<Uuid>,
{
    id: Id,
    owner_id: Uuid,
    title: T,
}

#[derive(SyncTable)]
#[synctable(table = lists, partial)]
struct Title<'v> {
    title: Cow<'v, str>,
}

macro_rules! row {
    ($name:ident, $table:path, $($field:ident: $type:ty),*) => {
        #[derive(SyncTable)]
        #[synctable(table = $table, partial)]
        struct $name { $($field: $type),* }
    };
}

row!(Made, ui::generated::tables::lists, id: Uuid, title: String);

fn main() {
    let id = Uuid::from_bytes([7; 16]);
    let list = List { id, owner_id: id, title: "milk".to_owned() };
    let read: Title<'_> = Title::from_values(list.to_values().split_off(2)).unwrap();
    assert_eq!(read.title, "milk");
    let made = Made { id, title: read.title.into_owned() };
    assert_eq!((made.id, made.title.as_str(), Made::COLUMNS.len()), (id, "milk", 2));
}
