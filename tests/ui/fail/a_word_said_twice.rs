use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, partial, table = lists, partial)]
struct List {
    #[synctable(column = id, column = owner_id)]
    list: Uuid,
}

fn main() {}
