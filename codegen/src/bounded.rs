//! Reads a file within a limit, so that what somebody commits cannot fill the memory of a machine that checks it.

use std::cell::RefCell;
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

/// Whether a plain file has these bytes. It is read in parts, so that a large one takes no memory.
///
/// # Errors
///
/// As [`start`].
pub(crate) fn holds(path: &Path, mut bytes: &[u8]) -> io::Result<bool> {
    thread_local! {
        static PART: RefCell<Vec<u8>> = RefCell::new(vec![0; 1 << 16]);
    }
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    if metadata.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    PART.with_borrow_mut(|part| {
        loop {
            let length = match file.read(part) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                length => length?,
            };
            if length == 0 {
                return Ok(bytes.is_empty());
            }
            let Some(rest) = bytes.strip_prefix(&part[..length]) else {
                return Ok(false);
            };
            bytes = rest;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_what_it_holds_from_its_first_byte_to_its_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        // More than is read at once, with an end that is less.
        let mut bytes: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        fs::write(&path, &bytes).unwrap();
        assert!(holds(&path, &bytes).unwrap());
        assert!(!holds(&path, &bytes[1..]).unwrap());
        for at in [0, 1 << 16, 199_999] {
            bytes[at] ^= 1;
            assert!(!holds(&path, &bytes).unwrap(), "{at}");
            bytes[at] ^= 1;
        }
        fs::write(&path, "").unwrap();
        assert!(holds(&path, b"").unwrap());
        assert!(!holds(&path, b"a").unwrap());
        assert_eq!(
            holds(folder.path(), b"").unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        assert!(holds(&folder.path().join("b"), b"").is_err());
    }

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
