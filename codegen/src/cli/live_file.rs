//! Files of a live system: a sync config, the database of a device.

use crate::bounded;
use crate::diagnostic::{Diagnostic, SYSTEM_UNREADABLE, shown};
use std::path::Path;

/// The bytes of a file that are read.
const LIMIT: u64 = 16 << 20;

/// The text of a file.
pub(super) fn text(file: &Path) -> Result<String, Diagnostic> {
    let bytes = bounded::read(file, LIMIT).map_err(|why| unreadable(file, &why.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable(file, "it is not UTF-8"))
}

/// A file that is not what it should be.
pub(super) fn unreadable(file: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(
        SYSTEM_UNREADABLE,
        format!("`{}` cannot be read: {why}", shown(file)),
    )
}
