use synctable::SyncTable;
use ui::generated::tables::kinds;

#[derive(SyncTable)]
#[synctable(table = kinds, partial)]
struct Row {
    id: i32,
    a_text: Vec<u8>,
    a_int_or_null: Option<u32>,
    a_decimal: f64,
    a_real: std::option::Option<f64>,
}

fn main() {}
