//! The id that a recipe makes of a row, the same on every device and on the server.

use crate::exact::Uuid;
use crate::id::{Recipe, RecipePart};
use sha1_smol::Sha1;
use std::borrow::Cow;

/// Between the parts of a hashed recipe, unless something is written there.
pub const SEPARATOR: char = '\u{1f}';

impl Recipe {
    /// The id, from the canonical texts of what it is made of; `None` where one of them is not known.
    ///
    /// ```
    /// use synctable::{ColumnDef, Kind, Recipe, RecipePart, Scalar};
    /// static HOST: ColumnDef = ColumnDef::new("host", Kind::Scalar(Scalar::Text));
    /// static PARTS: [RecipePart; 1] = [RecipePart::new(&HOST).lower().trim()];
    /// let dns = Recipe::UuidV5 { namespace: "6ba7b810-9dad-11d1-80b4-00c04fd430c8", parts: &PARTS };
    /// // The example of RFC 9562, appendix A.4.
    /// let id = dns.id(|_| Some(" WWW.example.com".into()));
    /// assert_eq!(id.as_deref(), Some("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
    /// ```
    pub fn id<'t>(
        &self,
        text: impl Fn(&'static RecipePart) -> Option<Cow<'t, str>>,
    ) -> Option<String> {
        match self {
            Recipe::UuidV5 { namespace, parts } => {
                uuid_v5(namespace, &joined(&written(parts, text)?, SEPARATOR))
            }
            Recipe::Join { parts, separator } => Some(joined(&written(parts, text)?, *separator)),
        }
    }

    /// What it is made of.
    pub fn parts(&self) -> &'static [RecipePart] {
        match self {
            Recipe::UuidV5 { parts, .. } | Recipe::Join { parts, .. } => parts,
        }
    }
}

/// A part of a recipe, with the text that a row has there.
#[derive(Clone, Debug)]
pub struct Written<'t> {
    /// What is written in front of it; empty for the separator.
    pub before: &'t str,
    /// What is written behind it.
    pub after: &'t str,
    /// Whether it is lower-cased first.
    pub lower: bool,
    /// Whether blanks at both ends are removed first.
    pub trim: bool,
    /// The canonical text.
    pub text: Cow<'t, str>,
}

fn written<'t>(
    parts: &'static [RecipePart],
    text: impl Fn(&'static RecipePart) -> Option<Cow<'t, str>>,
) -> Option<Vec<Written<'t>>> {
    let parts = parts.iter();
    let written = parts.map(|part| {
        Some(Written {
            before: part.before,
            after: part.after,
            lower: part.lower,
            trim: part.trim,
            text: text(part)?,
        })
    });
    written.collect()
}

/// The parts with what lies between them.
///
/// Lower case is Unicode's default, as JavaScript, Dart, Kotlin and Swift have it too; blanks are U+0020 alone.
#[must_use]
pub fn joined(parts: &[Written<'_>], separator: char) -> String {
    let mut all = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part.before {
            "" if index > 0 => all.push(separator),
            written => all.push_str(written),
        }
        let text = if part.trim {
            part.text.trim_matches(' ')
        } else {
            &part.text
        };
        match part.lower {
            true => all.push_str(&text.to_lowercase()),
            false => all.push_str(text),
        }
        all.push_str(part.after);
    }
    all
}

/// RFC 9562, section 5.5, as text; `None` if the namespace is not a uuid.
#[must_use]
pub fn uuid_v5(namespace: &str, name: &str) -> Option<String> {
    let namespace: Uuid = namespace.parse().ok()?;
    let mut hash = Sha1::new();
    hash.update(namespace.as_bytes());
    hash.update(name.as_bytes());
    let digest = hash.digest().bytes();
    let mut bytes: [u8; 16] = digest[..16].try_into().expect("a digest has 20 bytes");
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Some(Uuid::from_bytes(bytes).to_string())
}
