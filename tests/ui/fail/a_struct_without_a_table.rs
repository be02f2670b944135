use synctable::{SyncTable, Uuid};

#[derive(SyncTable)]
struct List {
    id: Uuid,
}

#[derive(SyncTable)]
#[synctable(table = "lists", partail)]
struct Quoted {
    #[synctable(colum = id)]
    id: Uuid,
}

fn main() {}
