use synctable::{Delete, Put};
use ui::generated::tables::{items, refs};

#[derive(Put)]
#[synctable(table = refs, partial)]
struct NewRef {
    token: String,
}

#[derive(Delete)]
#[synctable(table = items, partial)]
struct DeletedItem {
    title: String,
}

fn main() {}
