use synctable::{SyncTable, Timestamp};
use ui::generated::tables::items;

#[derive(SyncTable)]
#[synctable(table = items, partial)]
struct Item {
    deleted_at: Timestamp,
}

fn main() {}
