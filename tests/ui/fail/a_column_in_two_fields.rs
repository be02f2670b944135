use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
    owner_id: Uuid,
    title: String,
    #[synctable(column = title)]
    name: String,
}

fn main() {}
