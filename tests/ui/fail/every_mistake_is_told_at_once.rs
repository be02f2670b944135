use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, partail)]
struct List {
    #[synctable(colum = id)]
    id: Uuid,
    owner_id: Option<String>,
    titel: String,
    #[synctable(column = id)]
    again: i64,
}

fn main() {}
