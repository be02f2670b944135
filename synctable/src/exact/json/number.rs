//! The one text that a number has in `jsonb`.

use super::read::Number;
use crate::exact::Decimal;
use std::borrow::Cow;

/// How many digits a number may have on a side of the point.
const DIGITS: i64 = 1000;

/// The number without its exponent and without the sign of a zero; `None` where that is too long.
pub(super) fn plain<'a>(number: &Number<'a>) -> Option<Cow<'a, str>> {
    // Zero has no sign, so what may be one is written out as well.
    let is_plain = number.exponent.is_none() && !(number.negative && number.whole == "0");
    if is_plain && number.text.len() <= DIGITS as usize {
        return Some(Cow::Borrowed(number.text));
    }
    let exponent = number.exponent.map_or(0, |(negative, digits)| {
        // A number of exponent digits that does not fit is too large in any case.
        let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4);
        if negative { -size } else { size }
    });
    let digits = written_out(number.whole, number.fraction, exponent)?;
    let sign = if number.negative { "-" } else { "" };
    let decimal = format!("{sign}{digits}").parse::<Decimal>();
    let decimal = decimal.expect("plain digits are a decimal");
    Some(Cow::Owned(decimal.to_string()))
}

/// The number without its exponent, if that is not too long.
fn written_out(whole: &str, fraction: &str, exponent: i64) -> Option<String> {
    let zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
    let (whole_digits, fraction_digits) = (whole.len() as i64, fraction.len() as i64);
    let before = if zero {
        1
    } else {
        whole_digits.checked_add(exponent)?
    };
    let after = (fraction_digits.checked_sub(exponent)?).max(0);
    if before > DIGITS || after > DIGITS {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    // Where the point stands among the digits; before the first or past the last means zeros.
    let point = whole_digits + exponent;
    Some(if zero {
        match after {
            0 => "0".to_owned(),
            after => format!("0.{}", "0".repeat(after as usize)),
        }
    } else if point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else if point as usize >= digits.len() {
        format!("{digits}{}", "0".repeat(point as usize - digits.len()))
    } else {
        let (before, after) = digits.split_at(point as usize);
        format!("{before}.{after}")
    })
}
