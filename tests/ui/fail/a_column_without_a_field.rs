use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
}

fn main() {}
