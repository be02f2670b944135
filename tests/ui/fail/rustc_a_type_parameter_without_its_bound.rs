use synctable::SyncTable;
use ui::generated::tables::lists;

#[derive(SyncTable)]
#[synctable(table = lists, partial)]
struct List<T> {
    title: T,
}

fn main() {}
