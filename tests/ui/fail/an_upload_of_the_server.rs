use synctable::{Put, Uuid};
use ui::generated::tables::items;

#[derive(Put)]
#[synctable(table = items, partial, server)]
struct NewItem {
    id: Uuid,
}

fn main() {}
