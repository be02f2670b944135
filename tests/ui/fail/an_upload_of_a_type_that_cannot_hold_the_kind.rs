use synctable::{Patch, Put};
use ui::generated::tables::items;

#[derive(Put)]
#[synctable(table = items, partial)]
struct NewItem {
    title: i64,
    deleted_at: Option<String>,
}

#[derive(Patch)]
#[synctable(table = items, partial)]
struct ChangedItem {
    title: Option<Option<String>>,
}

fn main() {}
