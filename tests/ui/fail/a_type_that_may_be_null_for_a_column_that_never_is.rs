use synctable::{SyncTable, Timestamp};
use ui::generated::tables::items;

#[derive(SyncTable)]
#[synctable(table = items, partial)]
struct Item {
    title: Option<String>,
    edited_at: Option<Timestamp>,
}

fn main() {}
