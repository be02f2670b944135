use synctable::SyncTable;
use ui::generated::tables::kinds;

#[derive(SyncTable)]
#[synctable(table = kinds, partial)]
struct Row {
    a_text_or_null: String,
    a_item_status_or_null: String,
}

fn main() {}
