use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, crate, partial = true)]
struct List {
    #[synctable(column)]
    list: Uuid,
    #[synctable(column = 7)]
    owner_id: Uuid,
}

fn main() {}
