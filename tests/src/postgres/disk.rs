//! The disk of a server of the tests.

use rustix::fs::statvfs;
use std::fs;

/// Where the data of a server are.
pub(super) enum Disk {
    /// In memory, if the machine has plenty of it: to make and remove a database is mostly work of the file system.
    Quick,
    /// On the disk.
    Durable,
    /// On one of so many megabytes.
    Small(u32),
}

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// How many bytes of memory have to be free: servers of several groups of tests run side by side, each with up to 256 MB of
/// WAL and its databases.
const PLENTY: u64 = 6 << 30;

impl Disk {
    /// The folder for the data.
    pub(super) fn parent(&self) -> &'static str {
        let has_room = || {
            let found = statvfs(MEMORY).ok();
            found.is_some_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= PLENTY)
        };
        match self {
            Disk::Quick if has_room() && free_memory().is_some_and(|free| free >= PLENTY) => MEMORY,
            _ => "/tmp",
        }
    }
}

/// How many bytes of memory programs may still have, as Linux says.
fn free_memory() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
