//! `crate` names `synctable`; the table is named by any path that leads to it from where the struct stands.

use synctable as words;
use ui::generated::tables::lists as renamed;
use words::Uuid;

mod deeper {
    pub use synctable as vocabulary;
}

#[derive(words::SyncTable)]
#[synctable(table = renamed, partial, crate = words)]
struct Here {
    id: Uuid,
}

#[derive(words::SyncTable)]
#[synctable(partial, crate = crate::deeper::vocabulary, table = ui::generated::tables::lists)]
struct There {
    id: Uuid,
}

fn main() {
    use words::SyncTable;
    use ui::generated::tables::lists as near;

    #[derive(SyncTable)]
    #[synctable(table = near, partial, crate = words)]
    struct Inside {
        id: Uuid,
    }

    assert_eq!(Here::COLUMNS, There::COLUMNS);
    assert_eq!(Here::COLUMNS, Inside::COLUMNS);
    let id = Uuid::from_bytes([7; 16]);
    assert_eq!(Here { id }.to_values(), There { id }.to_values());
    assert_eq!(Here { id }.to_values(), Inside { id }.to_values());
}
