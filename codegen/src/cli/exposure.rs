//! `exposure`: who can read and write what, and what a connection costs.

use super::{Console, Exit};
use crate::exposure;
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, json};
use std::path::Path;

pub(super) fn exposure(manifest: &Path, reach: Reach, console: &mut Console) -> Exit {
    let reading = read_within(manifest, reach);
    let Some(model) = &reading.model else {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    };
    let exposure = exposure::of(model);
    match console.is_json() {
        true => console.json(&json!(exposure)),
        false => console.out(&exposure::human(&exposure)),
    }
    Exit::Fine
}
