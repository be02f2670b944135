use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
struct NoTable {
    id: Uuid,
}

#[derive(SyncTable)]
#[synctable(table = lists, table = lists, partail)]
struct Twice {
    #[synctable(colum = id)]
    id: Uuid,
    #[synctable(column = id)]
    again: Uuid,
}

#[derive(SyncTable)]
#[synctable(table = lists)]
struct Tuple(Uuid);

fn main() {}
