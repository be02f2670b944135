//! Whether two documents are one value.

use crate::exact::Decimal;

/// Whether two canonical texts differ in the digits of equal numbers at most.
pub(super) fn are_equal(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    let (mut in_string, mut escaped) = (false, false);
    loop {
        let (left, right) = match (one, other) {
            ([], []) => return true,
            ([left, ..], [right, ..]) => (*left, *right),
            _ => return false,
        };
        if !in_string && is_of_number(left) && is_of_number(right) {
            if !are_equal_numbers(number(&mut one), number(&mut other)) {
                return false;
            }
            continue;
        }
        if left != right {
            return false;
        }
        match left {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ => {}
        }
        (one, other) = (&one[1..], &other[1..]);
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'0'..=b'9')
}

/// The number that a text begins with, taken off it.
fn number<'t>(text: &mut &'t [u8]) -> &'t [u8] {
    let end = text.iter().position(|byte| !is_of_number(*byte));
    let (number, rest) = text.split_at(end.unwrap_or(text.len()));
    *text = rest;
    number
}

fn are_equal_numbers(one: &[u8], other: &[u8]) -> bool {
    let decimal = |digits| -> Decimal {
        let text = std::str::from_utf8(digits).expect("digits are ASCII");
        text.parse().expect("a canonical number is plain digits")
    };
    one == other || decimal(one) == decimal(other)
}
