//! An exact decimal number that keeps its text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// The most digits before and after the point that Postgres's `numeric` holds.
const WHOLE_DIGITS: usize = 131_072;
const FRACTION_DIGITS: usize = 16_383;

/// A text so long has not too many digits on either side of the point.
const SHORT: usize = 1_000;

/// An exact decimal number: plain digits, compared by value, printed with the digits it was given.
///
/// `5.0` and `5.00` are equal and print differently; [`Decimal::fit`] gives the one text that a
/// `decimal(p,s)` column has. It never passes through a float. For arithmetic convert it into a type
/// that is made for it.
///
/// ```
/// use synctable::Decimal;
/// let price: Decimal = "9007199254740993.10".parse()?;
/// assert_eq!(price, "9007199254740993.1".parse()?);
/// assert_eq!(price.to_string(), "9007199254740993.10");
/// assert!(price > "-10".parse()?);
/// # Ok::<(), synctable::DecimalError>(())
/// ```
#[derive(Clone)]
pub struct Decimal {
    /// An optional `-`, digits without superfluous zeros in front, and a point with digits if there
    /// are any. Zero has no sign.
    text: String,
}

/// Why a text is no decimal number, or none of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not of the form `-1234.50`: digits, and a point with digits after it.
    Form,
    /// An exponent, as floats are printed.
    Exponent,
    /// NaN or an infinity.
    NotFinite,
    /// More digits than Postgres holds at all.
    TooLong,
    /// More digits before the point than the column has.
    Whole {
        /// How many the column has.
        digits: u16,
    },
    /// Digits past the column's scale that are not zero: Postgres would round them away.
    Fraction {
        /// The scale.
        digits: u16,
    },
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecimalError::Form => f.write_str("expected plain decimal digits, such as `-1234.50`"),
            DecimalError::Exponent => {
                f.write_str("a decimal cannot have an exponent: write all digits")
            }
            DecimalError::NotFinite => f.write_str("a decimal cannot be NaN or infinite: use null"),
            DecimalError::TooLong => write!(
                f,
                "a decimal has at most {WHOLE_DIGITS} digits before and {FRACTION_DIGITS} after the point"
            ),
            DecimalError::Whole { digits } => {
                write!(f, "the column holds {digits} digits before the point")
            }
            DecimalError::Fraction { digits } => {
                write!(
                    f,
                    "the column holds {digits} digits after the point, and later digits are not zero"
                )
            }
        }
    }
}

impl std::error::Error for DecimalError {}

impl Decimal {
    /// Zero.
    pub fn zero() -> Decimal {
        Decimal { text: "0".into() }
    }

    /// The digits as they are printed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many digits are printed after the point.
    pub fn scale(&self) -> usize {
        self.parts().2.len()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.parts().0
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        let (_, whole, fraction) = self.parts();
        whole == "0" && fraction.bytes().all(|b| b == b'0')
    }

    /// The number as a `decimal(precision,scale)` column holds and prints it: with exactly `scale`
    /// digits after the point.
    ///
    /// # Errors
    /// [`DecimalError::Whole`] and [`DecimalError::Fraction`]; nothing is rounded.
    ///
    /// ```
    /// use synctable::{Decimal, DecimalError};
    /// let price: Decimal = "5".parse()?;
    /// assert_eq!(price.fit(10, 2)?.to_string(), "5.00");
    /// assert_eq!("5.001".parse::<Decimal>()?.fit(10, 2), Err(DecimalError::Fraction { digits: 2 }));
    /// assert_eq!("100".parse::<Decimal>()?.fit(4, 2), Err(DecimalError::Whole { digits: 2 }));
    /// # Ok::<(), DecimalError>(())
    /// ```
    pub fn fit(&self, precision: u16, scale: u16) -> Result<Decimal, DecimalError> {
        let (negative, whole, fraction) = self.parts();
        let room = precision.saturating_sub(scale);
        let digits = if whole == "0" { 0 } else { whole.len() };
        if digits > usize::from(room) {
            return Err(DecimalError::Whole { digits: room });
        }
        let kept = fraction.len().min(usize::from(scale));
        let (kept, rest) = fraction.split_at(kept);
        if rest.bytes().any(|b| b != b'0') {
            return Err(DecimalError::Fraction { digits: scale });
        }
        let padding = "0".repeat(usize::from(scale) - kept.len());
        Ok(Decimal::of(negative, whole, &format!("{kept}{padding}")))
    }

    /// The number without zeros at the end of its fraction.
    pub fn normalized(&self) -> Decimal {
        let (negative, whole, fraction) = self.parts();
        Decimal::of(negative, whole, fraction.trim_end_matches('0'))
    }

    /// Sign, digits before the point, digits after it.
    fn parts(&self) -> (bool, &str, &str) {
        split(&self.text)
    }

    /// From parts of which `whole` has no superfluous zeros.
    fn of(negative: bool, whole: &str, fraction: &str) -> Decimal {
        let zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
        let sign = if negative && !zero { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        Decimal {
            text: [sign, whole, point, fraction].concat(),
        }
    }
}

fn split(text: &str) -> (bool, &str, &str) {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    // Byte by byte: what is made for long texts takes longer on the few digits of a number.
    let (whole, fraction) = match digits.bytes().position(|byte| byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, ""),
    };
    (negative, whole, fraction)
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        if is_canonical(text) {
            return Ok(Decimal { text: text.into() });
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        for name in ["nan", "infinity", "inf"] {
            if unsigned.eq_ignore_ascii_case(name) {
                return Err(DecimalError::NotFinite);
            }
        }
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned, None),
        };
        if !are_digits(whole) || !fraction.is_none_or(are_digits) {
            let exponent = unsigned.starts_with(|c: char| c.is_ascii_digit())
                && unsigned
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
                && unsigned.contains(['e', 'E']);
            return Err(if exponent {
                DecimalError::Exponent
            } else {
                DecimalError::Form
            });
        }
        let fraction = fraction.unwrap_or("");
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        if whole.len() > WHOLE_DIGITS || fraction.len() > FRACTION_DIGITS {
            return Err(DecimalError::TooLong);
        }
        Ok(Decimal::of(text.starts_with('-'), whole, fraction))
    }
}

fn are_digits(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text, of a length that occurs, is the one that is printed for its number. It may be although this says no.
fn is_canonical(text: &str) -> bool {
    let (negative, whole, fraction) = split(text);
    let is_zero_in_front = whole.len() > 1 && whole.starts_with('0');
    let has_point = whole.len() + usize::from(negative) < text.len();
    text.len() <= SHORT
        && are_digits(whole)
        && !is_zero_in_front
        && (!has_point || are_digits(fraction))
        // Zero has no sign.
        && (!negative || whole != "0")
}

macro_rules! from_integer {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Decimal {
            fn from(value: $integer) -> Self {
                Decimal { text: value.to_string() }
            }
        }
    )*};
}

from_integer!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (negative, whole, fraction) = self.parts();
        let (other_negative, other_whole, other_fraction) = other.parts();
        match (negative, other_negative) {
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (true, true) | (false, false) => {}
        }
        // Zeros at the end apart, longer fractions with equal beginnings are larger.
        let trimmed = |text: &'_ str| text.trim_end_matches('0').len();
        let size = (whole.len().cmp(&other_whole.len()))
            .then_with(|| whole.cmp(other_whole))
            .then_with(|| {
                fraction[..trimmed(fraction)].cmp(&other_fraction[..trimmed(other_fraction)])
            });
        if negative { size.reverse() } else { size }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (negative, whole, fraction) = self.parts();
        (negative, whole, fraction.trim_end_matches('0')).hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::DefaultHasher;

    fn read(text: &str) -> Decimal {
        text.parse().expect(text)
    }

    fn hash(value: &Decimal) -> u64 {
        let mut state = DefaultHasher::new();
        value.hash(&mut state);
        state.finish()
    }

    #[test]
    fn the_text_is_canonical_and_keeps_its_digits() {
        for (given, text) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("+5", "5"),
            ("007.50", "7.50"),
            ("00.1", "0.1"),
            (
                "-123456789012345678901234567890.10",
                "-123456789012345678901234567890.10",
            ),
        ] {
            assert_eq!(read(given).to_string(), text);
            assert_eq!(read(text).to_string(), text);
        }
    }

    /// Every number of hundredths from -300 to 300, in each of its texts with up to two digits.
    fn some() -> Vec<(i32, Decimal)> {
        let mut all = Vec::new();
        for hundredths in -300..=300_i32 {
            let sign = if hundredths < 0 { "-" } else { "" };
            let size = hundredths.abs();
            all.push((
                hundredths,
                read(&format!("{sign}{}.{:02}", size / 100, size % 100)),
            ));
            if size % 10 == 0 {
                all.push((
                    hundredths,
                    read(&format!("{sign}{}.{}", size / 100, size / 10 % 10)),
                ));
            }
            if size % 100 == 0 {
                all.push((hundredths, Decimal::from(hundredths / 100)));
            }
        }
        all
    }

    #[test]
    fn order_and_hash_are_those_of_the_value() {
        let all = some();
        for (a, x) in &all {
            for (b, y) in &all {
                assert_eq!(x.cmp(y), a.cmp(b), "{x} {y}");
                if a == b {
                    assert_eq!(hash(x), hash(y), "{x} {y}");
                }
            }
        }
        assert!(read("10") > read("9.99"));
        assert!(read("-10") < read("-9.99"));
    }

    #[test]
    fn a_fitted_number_is_the_same_number() {
        for (_, x) in some() {
            let fitted = x.fit(5, 3).unwrap();
            assert_eq!(fitted, x);
            assert_eq!(fitted.scale(), 3);
            assert_eq!(x.normalized(), x);
        }
        assert_eq!(read("0.50").fit(2, 2).unwrap().to_string(), "0.50");
        assert_eq!(
            read("-0.004").fit(2, 2),
            Err(DecimalError::Fraction { digits: 2 })
        );
        assert_eq!(read("1").fit(2, 2), Err(DecimalError::Whole { digits: 0 }));
        assert_eq!(read("7.000").fit(3, 0).unwrap().to_string(), "7");
        assert_eq!(read("1.500").normalized().to_string(), "1.5");
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for (text, error) in [
            ("", DecimalError::Form),
            ("-", DecimalError::Form),
            (".5", DecimalError::Form),
            ("5.", DecimalError::Form),
            ("1.2.3", DecimalError::Form),
            ("1,5", DecimalError::Form),
            ("1_000", DecimalError::Form),
            (" 1", DecimalError::Form),
            ("--1", DecimalError::Form),
            ("0x10", DecimalError::Form),
            ("٣", DecimalError::Form),
            ("1e21", DecimalError::Exponent),
            ("1.5E-7", DecimalError::Exponent),
            ("NaN", DecimalError::NotFinite),
            ("-Infinity", DecimalError::NotFinite),
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(error), "{text}");
        }
        let long = "9".repeat(WHOLE_DIGITS + 1);
        assert_eq!(long.parse::<Decimal>(), Err(DecimalError::TooLong));
    }
}
