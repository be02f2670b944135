use synctable::{SyncTable, Uuid};
use ui::generated::tables;

#[derive(SyncTable)]
#[synctable(table = tables)]
struct List {
    id: Uuid,
}

fn main() {}
