//! The text of a `numeric` from its binary form: groups of four decimal digits, never a float.

use std::fmt::Write;

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEGATIVE_INFINITY: u16 = 0xf000;

/// As Postgres prints it; `None` where the bytes are none.
pub(super) fn text(raw: &[u8]) -> Option<String> {
    let (head, groups) = raw.split_at_checked(8)?;
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (count, weight, sign, scale) = (word(0), word(2) as i16, word(4), word(6));
    if groups.len() != usize::from(count) * 2 {
        return None;
    }
    let mut text = match sign {
        0 => String::new(),
        NEGATIVE => "-".to_owned(),
        NAN => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    // The group that stands for ten thousand to the power of `place`; outside of those sent there are zeros.
    let group = |place: i32| {
        let index = usize::try_from(i32::from(weight) - place).ok();
        let pair = index.and_then(|index| groups.chunks_exact(2).nth(index));
        pair.map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    let infallible = "a string takes all text";
    write!(text, "{}", group(i32::from(weight).max(0))).expect(infallible);
    for place in (0..i32::from(weight)).rev() {
        write!(text, "{:04}", group(place)).expect(infallible);
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + usize::from(scale);
        for place in 1..=i32::from(scale.div_ceil(4)) {
            write!(text, "{:04}", group(-place)).expect(infallible);
        }
        text.truncate(end);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::text;

    fn raw(words: &[i32]) -> Vec<u8> {
        let bytes = words.iter().map(|word| (*word as u16).to_be_bytes());
        bytes.flatten().collect()
    }

    #[test]
    fn groups_stand_where_they_belong() {
        for (words, wanted) in [
            (&[0, 0, 0, 0][..], "0"),
            (&[0, 0, 0, 2], "0.00"),
            (&[1, 0, 0x4000, 0, 7], "-7"),
            (&[1, 2, 0, 0, 1], "100000000"),
            (&[3, 0, 0, 5, 12, 3400, 5000], "12.34005"),
            (&[1, -2, 0, 6, 100], "0.000001"),
            (&[2, 1, 0, 2, 99_99, 9999], "99999999.00"),
            (&[0, 0, 0xc000, 0], "NaN"),
        ] {
            assert_eq!(text(&raw(words)).as_deref(), Some(wanted), "{words:?}");
        }
    }

    #[test]
    fn what_is_no_numeric_is_none() {
        for words in [&[1, 0, 0][..], &[2, 0, 0, 0, 1], &[0, 0, 0x1234, 0]] {
            assert_eq!(text(&raw(words)), None, "{words:?}");
        }
    }
}
