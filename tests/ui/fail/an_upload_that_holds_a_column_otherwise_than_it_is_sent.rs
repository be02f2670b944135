use synctable::{Patch, Put, Timestamp, Uuid};
use ui::generated::tables::items;

#[derive(Put)]
#[synctable(table = items, partial)]
struct NewItem {
    id: Option<Uuid>,
    title: Option<String>,
    deleted_at: Timestamp,
}

#[derive(Patch)]
#[synctable(table = items, partial)]
struct ChangedItem {
    id: Uuid,
    title: String,
}

fn main() {}
