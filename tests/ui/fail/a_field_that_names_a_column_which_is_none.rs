use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
    #[synctable(column = ownerid)]
    owner: Uuid,
    #[synctable(column = "the title")]
    name: String,
}

fn main() {}
