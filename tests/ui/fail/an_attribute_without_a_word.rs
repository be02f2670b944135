use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
#[synctable]
struct List {
    #[synctable()]
    id: Uuid,
    owner_id: Uuid,
    title: String,
}

fn main() {}
