use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
    owner_id: Uuid,
    #[synctable(column = title)]
    title: String,
}

fn main() {}
