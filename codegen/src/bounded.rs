//! Reads a file within a limit, so that what somebody commits cannot fill the memory of a machine that checks it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// The bytes of a plain file.
///
/// # Errors
///
/// What the operating system refuses; `FileTooLarge` where there are more bytes than `limit`, `InvalidInput` where the path
/// leads to a folder, a link or a device.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let bytes = start(path, limit + 1)?;
    match bytes.len() as u64 > limit {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// The bytes with which a plain file starts, `limit` of them where there are as many.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn start(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    // One call reads all of it, and another one, with room for a few bytes, finds the end.
    let length = usize::try_from(metadata.len().min(limit)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length + 32);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(
            read(folder.path(), 5).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
}
