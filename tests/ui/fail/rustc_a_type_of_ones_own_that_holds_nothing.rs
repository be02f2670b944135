use synctable::SyncTable;
use ui::generated::tables::lists;

struct Title(String);

#[derive(SyncTable)]
#[synctable(table = lists, partial)]
struct List {
    title: Title,
}

fn main() {}
