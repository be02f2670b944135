//! A whole row has what its side has: a device neither the secret nor the server's own, the server nothing of devices.

use synctable::{SyncTable, Timestamp};
use ui::generated::tables::{drafts, refs, secrets};

#[derive(SyncTable)]
#[synctable(table = refs)]
struct OnDevice {
    org_id: String,
    number: i32,
    name: String,
    target_sha: String,
    version: i64,
    opened_at: Option<Timestamp>,
    old_name: String,
}

#[derive(SyncTable)]
#[synctable(table = refs, server)]
struct OnServer {
    org_id: String,
    number: i32,
    name: String,
    target_sha: String,
    version: i64,
    token: String,
    old_name: String,
}

#[derive(SyncTable)]
#[synctable(table = secrets)]
struct OfTheServerAlone {
    id: i64,
    value: String,
}

#[derive(SyncTable)]
#[synctable(table = drafts)]
struct OfDevicesAlone {
    id: i64,
    body: String,
    parent_id: Option<i64>,
    sent: bool,
}

fn main() {
    assert!(!OnDevice::COLUMNS.contains(&refs::TOKEN.def));
    assert!(!OnServer::COLUMNS.contains(&refs::OPENED_AT.def));
    assert_eq!(OfTheServerAlone::COLUMNS.len() + OfDevicesAlone::COLUMNS.len(), 6);
}
