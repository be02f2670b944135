use synctable::SyncTable;
use ui::generated::tables::drafts;

#[derive(SyncTable)]
#[synctable(table = drafts, partial, server)]
struct Draft {
    body: String,
}

fn main() {}
