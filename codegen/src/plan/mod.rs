//! What stands between the outputs as they are and as the declaration says.

/// The file in every output folder that lists what was generated there.
pub const MANIFEST: &str = ".synctable";
