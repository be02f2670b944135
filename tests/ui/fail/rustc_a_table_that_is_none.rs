use synctable::{SyncTable, Uuid};
use ui::generated::tables;

#[derive(SyncTable)]
#[synctable(table = tables::list)]
struct List {
    id: Uuid,
}

fn main() {}
