use synctable::{Patch, Put};
use ui::generated::tables::items;

struct Title(String);

#[derive(Put)]
#[synctable(table = items, partial)]
struct NewItem {
    title: Title,
}

#[derive(Patch)]
#[synctable(table = items, partial)]
struct ChangedItem {
    title: Option<Title>,
}

fn main() {}
