use synctable::{SyncTable, Uuid};
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists)]
struct Tuple(Uuid);

#[derive(SyncTable)]
#[synctable(table = lists)]
struct Unit;

#[derive(SyncTable)]
#[synctable(table = lists, partial)]
struct Empty {}

#[derive(SyncTable)]
#[synctable(table = lists)]
enum Enum {
    Id,
}

fn main() {}
