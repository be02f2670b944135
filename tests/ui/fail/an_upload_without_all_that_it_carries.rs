use synctable::{Delete, Patch, Put, Uuid};
use ui::generated::tables::items;

#[derive(Put)]
#[synctable(table = items)]
struct NewItem {
    id: Uuid,
    title: String,
}

#[derive(Patch)]
#[synctable(table = items)]
struct ChangedItem {
    id: Uuid,
}

#[derive(Delete)]
#[synctable(table = items)]
struct DeletedItem {
    title: String,
}

fn main() {}
