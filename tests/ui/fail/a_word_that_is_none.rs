use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, partail, rename)]
struct List {
    #[synctable(colum = id)]
    list: Uuid,
}

fn main() {}
