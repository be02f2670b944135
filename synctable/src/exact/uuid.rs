//! A UUID.

use std::fmt;
use std::str::FromStr;

/// A UUID, written in lower case with hyphens.
///
/// It reads either case, because some libraries print upper case; [`Uuid::is_canonical`] says whether
/// a text is the canonical one, which ids and the subject of a token have to be.
///
/// ```
/// use synctable::Uuid;
/// let id: Uuid = "0192F0C1-7A3B-7CDE-8F01-23456789ABCD".parse()?;
/// assert_eq!(id.to_string(), "0192f0c1-7a3b-7cde-8f01-23456789abcd");
/// # Ok::<(), synctable::UuidError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid([u8; 16]);

/// A text is not of the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UuidError;

impl Uuid {
    /// The UUID of 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Uuid {
        Uuid(bytes)
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether a text is a UUID in its canonical form.
    ///
    /// ```
    /// use synctable::Uuid;
    /// assert!(Uuid::is_canonical("0192f0c1-7a3b-7cde-8f01-23456789abcd"));
    /// assert!(!Uuid::is_canonical("0192F0C1-7a3b-7cde-8f01-23456789abcd"));
    /// assert!(!Uuid::is_canonical("alice"));
    /// ```
    pub fn is_canonical(text: &str) -> bool {
        Uuid::from_canonical(text).is_ok()
    }
}

impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Self, UuidError> {
        Uuid::read(text, &EITHER_CASE)
    }
}

impl Uuid {
    /// The UUID of its canonical text; digits in upper case are none there.
    pub(super) fn from_canonical(text: &str) -> Result<Self, UuidError> {
        Uuid::read(text, &CANONICAL)
    }

    /// The values of the digits are looked up and what is none is noticed once, at the end.
    fn read(text: &str, values: &[u8; 256]) -> Result<Self, UuidError> {
        let Ok(text) = <&[u8; 36]>::try_from(text.as_bytes()) else {
            return Err(UuidError);
        };
        let mut bytes = [0; 16];
        let mut all = 0;
        for (byte, at) in bytes.iter_mut().zip(PAIRS) {
            let high = values[usize::from(text[at])];
            let low = values[usize::from(text[at + 1])];
            all |= high | low;
            *byte = high << 4 | low;
        }
        let hyphens = [text[8], text[13], text[18], text[23]];
        match all < NONE && hyphens == [b'-'; 4] {
            true => Ok(Uuid(bytes)),
            false => Err(UuidError),
        }
    }
}

/// Where each byte's two digits stand in the text.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The value of a character that is no digit: more than any digit's.
const NONE: u8 = 0x80;

/// The values of the hexadecimal digits.
const fn digits(upper: bool) -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        if upper {
            values[digit.to_ascii_uppercase() as usize] = value;
        }
        value += 1;
    }
    values
}

static CANONICAL: [u8; 256] = digits(false);
static EITHER_CASE: [u8; 256] = digits(true);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in self.0.iter().enumerate() {
            at += usize::from(matches!(index, 4 | 6 | 8 | 10));
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        f.write_str(std::str::from_utf8(&text).expect("digits and hyphens are ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for UuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in hexadecimal digits",
        )
    }
}

impl std::error::Error for UuidError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_back_and_ordered_as_the_text() {
        let mut all: Vec<Uuid> = (0..=255u8)
            .map(|n| {
                let mut bytes = [n; 16];
                bytes[usize::from(n % 16)] = n.wrapping_mul(37);
                Uuid::from_bytes(bytes)
            })
            .collect();
        for id in &all {
            assert_eq!(id.to_string().parse(), Ok(*id));
        }
        let mut texts: Vec<String> = all.iter().map(Uuid::to_string).collect();
        all.sort();
        texts.sort();
        assert_eq!(all.iter().map(Uuid::to_string).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "0192f0c17a3b7cde8f0123456789abcd",
            "{0192f0c1-7a3b-7cde-8f01-23456789abcd}",
            "urn:uuid:0192f0c1-7a3b-7cde-8f01-23456789abcd",
            "0192f0c1-7a3b-7cde-8f01-23456789abcg",
            "0192f0c1-7a3b-7cde-8f01023456789abcd",
            "0192f0c1-7a3b-7cde-8f01-23456789abc\u{e9}",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(UuidError), "{text}");
        }
    }
}
