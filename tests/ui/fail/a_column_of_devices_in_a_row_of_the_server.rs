use synctable::{SyncTable, Timestamp};
use ui::generated::tables::refs;

#[derive(SyncTable)]
#[synctable(table = refs, partial, server)]
struct Ref {
    token: String,
    opened_at: Option<Timestamp>,
}

fn main() {}
