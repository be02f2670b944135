use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, partial, crate = words)]
struct List {
    id: Uuid,
}

fn main() {}
