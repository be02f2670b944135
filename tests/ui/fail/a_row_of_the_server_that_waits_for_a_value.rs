use synctable::{SyncTable, Uuid};
use ui::generated::tables::{lists, refs};

#[derive(SyncTable)]
#[synctable(table = lists, partial, server)]
struct List {
    owner_id: Option<Uuid>,
}

#[derive(SyncTable)]
#[synctable(table = lists, partial)]
struct Mistyped {
    owner_id: Option<String>,
}

#[derive(SyncTable)]
#[synctable(table = refs)]
struct Ref {
    org_id: String,
    number: Option<i32>,
    name: String,
    target_sha: String,
    old_name: String,
}

fn main() {}
