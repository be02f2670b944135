use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
    owner: Uuid,
    titel: String,
    colour: String,
}

fn main() {}
