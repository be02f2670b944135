//! The hash of a text, by which manifests and the ledger know it again.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// SHA-256 in hexadecimal; the ends of lines do not count, because version control may change them.
pub(crate) fn hash(text: &str) -> String {
    let mut hasher = Sha256::new();
    if text.contains('\r') {
        for (index, part) in text.split("\r\n").enumerate() {
            if index > 0 {
                hasher.update("\n");
            }
            hasher.update(part);
        }
    } else {
        hasher.update(text);
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        write!(hex, "{byte:02x}").expect("a string grows");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn it_is_that_of_sha256sum_whatever_the_line_breaks_are() {
        let lines = "6f52afe4d39e9cf2a7c126277dd775264d5d47ac6af9ed8c6d2040c1839c45aa";
        assert_eq!(hash("a\nb\rc\n"), lines);
        assert_eq!(hash("a\r\nb\rc\r\n"), lines);
        assert_ne!(hash("a\nb\nc\n"), lines);
    }
}
