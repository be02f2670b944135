//! A field is called as its column, or says which it is; what Rust cannot spell has a name or stands in quotes.

use synctable::{SyncTable, Uuid};
use ui::generated::tables::values;

#[derive(SyncTable)]
#[synctable(table = values, partial)]
struct Row {
    #[synctable(column = id)]
    key: Uuid,
    r#type: String,
    self_: String,
    url_path: String,
    #[synctable(column = select)]
    choice: String,
}

#[derive(SyncTable)]
#[synctable(table = values, partial)]
struct Quoted {
    #[synctable(column = "URLPath")]
    path: String,
}

fn main() {
    let names = |columns: &[&synctable::ColumnDef]| -> Vec<_> {
        columns.iter().map(|column| column.name).collect()
    };
    assert_eq!(names(Row::COLUMNS), ["id", "type", "self", "URLPath", "select"]);
    assert_eq!(Quoted::COLUMNS, [values::URL_PATH.def]);
    let row = Row::from_values(Row {
        key: Uuid::from_bytes([7; 16]),
        r#type: "a".into(),
        self_: "b".into(),
        url_path: "c".into(),
        choice: "d".into(),
    }.to_values()).unwrap();
    assert_eq!(row.key, Uuid::from_bytes([7; 16]));
    assert_eq!([row.r#type, row.self_, row.url_path, row.choice], ["a", "b", "c", "d"]);
    let _ = Quoted { path: String::new() }.path;
}
