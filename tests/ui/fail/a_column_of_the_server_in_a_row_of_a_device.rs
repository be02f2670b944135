use synctable::{SyncTable, Timestamp};
use ui::generated::tables::refs;

#[derive(SyncTable)]
#[synctable(table = refs, partial)]
struct Ref {
    name: String,
    token: String,
    opened_at: Option<Timestamp>,
}

fn main() {}
