//! The path of an object: `acme/site/1.pack`.

use std::fmt;

/// How many bytes a path has at most, as in S3.
pub(crate) const BYTES: usize = 1024;

/// Characters that every service takes beside ASCII letters and digits, as Supabase lists them.
const OTHERS: &str = "_-!.*'() &$@=;:+,";

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Long,
    Folders { wanted: usize },
    Empty,
    Dots,
    Character(char),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Long => write!(f, "the path is longer than {BYTES} bytes"),
            Malformed::Folders { wanted } => write!(
                f,
                "the path has fewer folders than the {wanted} that the bucket declares, before its name"
            ),
            Malformed::Empty => f.write_str("the path has a folder or a name without characters"),
            Malformed::Dots => f.write_str("`.` and `..` are not valid in a path"),
            Malformed::Character(character) => write!(
                f,
                "the path contains {character:?}: letters and digits of ASCII and `{OTHERS}` are allowed"
            ),
        }
    }
}

/// The folders of a path, without its name, which is the last part.
///
/// It is taken as it is: what is percent-encoded is not decoded.
///
/// # Errors
/// The path cannot be that of an object in a bucket with so many folders.
pub(crate) fn folders(path: &str, wanted: usize) -> Result<Vec<&str>, Malformed> {
    if path.len() > BYTES {
        return Err(Malformed::Long);
    }
    let is_odd = |c: &char| !(c.is_ascii_alphanumeric() || *c == '/' || OTHERS.contains(*c));
    if let Some(odd) = path.chars().find(is_odd) {
        return Err(Malformed::Character(odd));
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    for part in &parts {
        match *part {
            "" => return Err(Malformed::Empty),
            "." | ".." => return Err(Malformed::Dots),
            _ => {}
        }
    }
    parts.pop();
    match parts.len() < wanted {
        true => Err(Malformed::Folders { wanted }),
        false => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_folders_and_a_name() {
        assert_eq!(folders("acme/site/1.pack", 2), Ok(vec!["acme", "site"]));
        assert_eq!(
            folders("acme/site/x/1 (2).pack", 2).map(|all| all.len()),
            Ok(3)
        );
        assert_eq!(folders("1.pack", 0), Ok(vec![]));
        assert_eq!(folders(&"a".repeat(BYTES), 0), Ok(vec![]));
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for (path, why) in [
            ("", Malformed::Empty),
            ("/acme/1", Malformed::Empty),
            ("acme//1", Malformed::Empty),
            ("acme/", Malformed::Empty),
            ("acme/../ben/1", Malformed::Dots),
            ("acme/./1", Malformed::Dots),
            ("acme/%2e%2e/1", Malformed::Character('%')),
            ("acme/\u{e9}", Malformed::Character('\u{e9}')),
            ("acme\\1", Malformed::Character('\\')),
            ("acme/1?x", Malformed::Character('?')),
            ("acme/1#x", Malformed::Character('#')),
            ("acme/1\0", Malformed::Character('\0')),
            ("acme/1\n", Malformed::Character('\n')),
            ("1", Malformed::Folders { wanted: 1 }),
        ] {
            assert_eq!(folders(path, 1), Err(why), "{path:?}");
        }
        assert_eq!(folders(&"a/".repeat(50_000), 1), Err(Malformed::Long));
    }
}
