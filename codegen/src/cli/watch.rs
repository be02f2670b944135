//! `watch`: `generate` after each change of the declaration.
//!
//! The files are looked at again and again instead of asking the operating system for events: a declaration has few files,
//! and this finds the changes of every editor, container and network file system alike.

use super::args::ReportArguments;
use super::{Console, Exit, gate};
use crate::plan::Trust;
use crate::reach::Reach;
use crate::reading::read_within;
use crate::source;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// What tells that a file was written again.
type Stamp = (u64, Option<SystemTime>);

/// Generates until the process is ended.
///
/// Returns only where nothing can be printed any more.
pub(super) fn watch(
    manifest: &Path,
    reach: Reach,
    interval: Duration,
    report: &ReportArguments,
) -> Exit {
    let mut is_first = true;
    loop {
        // Taken before the files are read, so that a change meanwhile is another one.
        let seen = stamps(manifest);
        let mut console = Console::new(report);
        let reading = read_within(manifest, reach);
        gate::write(manifest, &reading, Trust::Markers, &mut console);
        drop(reading);
        if std::mem::replace(&mut is_first, false) {
            console.say("watching the declaration; Ctrl-C ends it");
        }
        if console.finish().is_err() {
            return Exit::Environment;
        }
        settled(manifest, seen, interval);
    }
}

/// Waits for a change, and until the files stay as they are for one interval: editors write a file in steps.
fn settled(manifest: &Path, seen: BTreeMap<PathBuf, Stamp>, interval: Duration) {
    let mut last = seen.clone();
    loop {
        sleep(interval);
        let now = stamps(manifest);
        if now != seen && now == last {
            return;
        }
        last = now;
    }
}

fn stamps(manifest: &Path) -> BTreeMap<PathBuf, Stamp> {
    let stamp = |path: PathBuf| {
        let metadata = fs::metadata(&path).ok()?;
        Some((path, (metadata.len(), metadata.modified().ok())))
    };
    let files = source::list(manifest).into_values();
    files.filter_map(stamp).collect()
}
