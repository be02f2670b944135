//! From the URI of a file to its path, and back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::path::{Path, PathBuf};

/// What stays as it is in the path of a URI.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of a `file:` URI.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    // An authority, such as `localhost`, ends where the path begins.
    let path = &path[path.find('/')?..];
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let has_drive = path.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(match has_drive {
        true => &path[1..],
        false => &path,
    }))
}

/// The `file:` URI of an absolute path.
pub(super) fn of(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&path, ESCAPED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back() {
        let absolute = Path::new("/a b/ü/app.yaml");
        let uri = of(absolute);
        assert_eq!(uri, "file:///a%20b/%C3%BC/app.yaml");
        assert_eq!(path(&uri).as_deref(), Some(absolute));
        assert_eq!(path("file:///c%3A/x").as_deref(), Some(Path::new("c:/x")));
        for other in ["untitled:1", "file:", "https://a/b", "file:///%ff"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
