//! A program that keeps its constants to itself is told of nothing unused, whichever tables it binds.
#![deny(warnings)]

#[path = "../src/generated/mod.rs"]
mod generated;

use synctable::SyncTable;

#[derive(SyncTable)]
#[synctable(table = generated::tables::secrets)]
struct Secret {
    id: i64,
    value: String,
}

fn main() {
    assert!(generated::REGISTRY.table("secrets").is_some());
    let secret = Secret { id: 1, value: String::new() };
    assert_eq!(secret.to_values().len(), 2);
}
