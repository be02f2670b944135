//! Values of every kind: first the boundaries one after the other, then random ones.

use synctable::{
    ColumnDef, Date, Element, Holds, Interval, Json, Kind, LocalTimestamp, Scalar, Time, Timestamp,
    Uuid, Value,
};
use tests::generate::dice::Dice;

/// The nth value of a column.
pub(crate) fn value(column: &ColumnDef, nth: usize, dice: &mut Dice) -> Value<'static> {
    if column.nullable && dice.chance(25) {
        return Value::Null;
    }
    let found = match &column.kind {
        Kind::List(element) => {
            let count = [0, 1, 2, 5][nth % 4];
            let elements: Vec<String> = (0..count)
                .map(|index| inside(element, &one(column, element, nth + index, dice)))
                .collect();
            Value::Text(format!("[{}]", elements.join(",")).into())
        }
        Kind::Opaque(_) => Value::Text(format!("({nth},{})", nth / 2).into()),
        Kind::Scalar(scalar) => one(column, &Element::Scalar(*scalar), nth, dice),
        Kind::Enum { name, storage } => {
            let element = Element::Enum {
                name: name.clone(),
                storage: *storage,
            };
            one(column, &element, nth, dice)
        }
        Kind::Domain { name, base } => {
            let element = Element::Domain {
                name: name.clone(),
                base: *base,
            };
            one(column, &element, nth, dice)
        }
    };
    column
        .canonical(found.clone())
        .unwrap_or_else(|error| panic!("{}: {found:?}: {error}", column.name))
}

/// An element as the text that stands in a JSON array.
fn inside(element: &Element, value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        // `null` in a list is SQL's, and no list of a column holds it.
        Value::Text(text) if element.carrier() == Scalar::Json && text == "null" => "{}".to_owned(),
        Value::Text(text) if element.carrier() == Scalar::Json => text.clone().into_owned(),
        Value::Text(text) => serde_json::Value::from(text.as_ref()).to_string(),
    }
}

fn one(column: &ColumnDef, element: &Element, nth: usize, dice: &mut Dice) -> Value<'static> {
    match element {
        Element::Enum { .. } => {
            let labels = column.labels.expect("an enum has labels");
            let writable = labels
                .labels
                .iter()
                .filter(|label| labels.is_writable(label));
            let writable: Vec<_> = writable.collect();
            Value::Text((**dice.pick(&writable)).into())
        }
        Element::Domain { .. } => Value::Text(format!("#{:06x}", dice.bits() & 0xff_ffff).into()),
        Element::Scalar(scalar) => scalar_value(*scalar, nth, dice),
    }
}

fn boundaries(scalar: Scalar) -> &'static [&'static str] {
    match scalar {
        Scalar::Uuid => &[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ],
        Scalar::Text | Scalar::Varchar(_) => &[
            "",
            " ",
            "NULL",
            "null",
            "{}",
            "{a,b}",
            "\"",
            "\\",
            "'",
            "\\x00",
            "a\nb\tc\r\u{1}",
            "\u{1f600}",
            "\u{ffff}",
            "t",
        ],
        Scalar::Bool => &["0", "1"],
        Scalar::Smallint => &["-32768", "-1", "0", "32767"],
        Scalar::Int => &["-2147483648", "-1", "0", "2147483647"],
        Scalar::Bigint => &[
            "-9223372036854775808",
            "-9007199254740993",
            "0",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
        ],
        Scalar::Real => &[
            "0",
            "0.1",
            "-3.4028235e38",
            "3.4028235e38",
            "1e-45",
            "16777217",
            "-0",
        ],
        Scalar::Double => &[
            "0",
            "0.1",
            "0.30000000000000004",
            "1.7976931348623157e308",
            "-1.7976931348623157e308",
            "5e-324",
            "2.2250738585072014e-308",
            "9007199254740993",
            "1e21",
            "-0",
        ],
        Scalar::Decimal { .. } => &[
            "0",
            "-0.01",
            "0.10",
            "99999999.99",
            "-99999999.99",
            "456.78",
        ],
        Scalar::Date => &["0001-01-01", "1999-12-31", "2000-02-29", "9999-12-31"],
        Scalar::Time => &["00:00:00", "13:47:00.000001", "23:59:59.999999"],
        Scalar::Timestamp => &[
            "0001-01-01T00:00:00",
            "1999-12-31T23:59:59.999999",
            "2026-01-31T13:47:00.1",
            "9999-12-31T23:59:59.999999",
        ],
        Scalar::Timestamptz => &[
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999Z",
            "2026-01-31T13:47:00.1Z",
            "9999-12-31T23:59:59.999999Z",
        ],
        Scalar::Interval => &[
            "00:00:00",
            "1 year 2 mons -3 days +04:05:06.7",
            "24:00:00",
            "1 day",
            "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775807",
        ],
        Scalar::Json => &[
            "{}",
            "[]",
            "null",
            "true",
            "\"\"",
            "\"it's \\\"x\\\" \\\\ {a}\"",
            "{\"a\": [1, null, {\"b\": 1.50}], \"bb\": \"\u{1f600}\"}",
            "12345678901234567890.123",
            "1e400",
            "\"[1]\"",
        ],
        Scalar::Bytes => &["", "00", "00ff10", "5c78"],
    }
}

fn scalar_value(scalar: Scalar, nth: usize, dice: &mut Dice) -> Value<'static> {
    let boundaries = boundaries(scalar);
    let text = match boundaries.get(nth) {
        Some(text) => (*text).to_owned(),
        None => random(scalar, dice),
    };
    match scalar {
        Scalar::Bool | Scalar::Smallint | Scalar::Int | Scalar::Bigint => {
            Value::Integer(text.parse().expect("a whole number"))
        }
        Scalar::Real => Value::Real(text.parse::<f64>().expect("a number")),
        Scalar::Double => Value::Real(text.parse().expect("a number")),
        _ => Value::Text(text.into()),
    }
}

fn random(scalar: Scalar, dice: &mut Dice) -> String {
    // A part of the bits, so that small numbers come as often as large ones.
    let bits = |dice: &mut Dice| dice.bits() >> dice.below(64);
    match scalar {
        Scalar::Uuid => {
            let (high, low) = (dice.bits().to_be_bytes(), dice.bits().to_be_bytes());
            let bytes: [u8; 16] = [high, low].concat().try_into().expect("sixteen");
            Uuid::from_bytes(bytes).to_string()
        }
        Scalar::Text => letters(dice, 20),
        Scalar::Varchar(length) => letters(dice, usize::try_from(length).expect("few").min(20)),
        Scalar::Bool => (dice.bits() & 1).to_string(),
        Scalar::Smallint => (bits(dice) as i16).to_string(),
        Scalar::Int => (bits(dice) as i32).to_string(),
        Scalar::Bigint => (bits(dice) as i64).to_string(),
        Scalar::Real => loop {
            let number = f32::from_bits(dice.bits() as u32);
            if number.is_finite() {
                return number.to_string();
            }
        },
        Scalar::Double => loop {
            let number = f64::from_bits(dice.bits());
            if number.is_finite() {
                return number.to_string();
            }
        },
        Scalar::Decimal { precision, scale } => {
            let digits = 10_u64.pow(u32::from(precision));
            let number = bits(dice) % digits;
            let unit = 10_u64.pow(u32::from(scale));
            let sign = if dice.chance(50) { "-" } else { "" };
            let (whole, fraction) = (number / unit, number % unit);
            format!(
                "{sign}{whole}.{fraction:0width$}",
                width = usize::from(scale)
            )
        }
        Scalar::Date => canonical::<Date>(|| {
            let days = i32::try_from(dice.below(3_652_059)).expect("it is in range");
            Date::from_days(days - 719_162)
        }),
        Scalar::Time => canonical::<Time>(|| Time::from_micros(below(dice, 86_400_000_000))),
        Scalar::Timestamp => {
            canonical::<LocalTimestamp>(|| LocalTimestamp::from_micros(instant(dice)))
        }
        Scalar::Timestamptz => canonical::<Timestamp>(|| Timestamp::from_micros(instant(dice))),
        Scalar::Interval => {
            let (months, days) = (bits(dice) as i32, bits(dice) as i32);
            Interval::new(months, days, bits(dice) as i64).to_string()
        }
        Scalar::Json => document(dice, 3),
        Scalar::Bytes => {
            let bytes: Vec<u8> = (0..dice.below(12)).map(|_| dice.bits() as u8).collect();
            match bytes.to_value() {
                Value::Text(hex) => hex.into_owned(),
                other => panic!("{other:?} is no text"),
            }
        }
    }
}

fn canonical<T: ToString>(make: impl FnOnce() -> Option<T>) -> String {
    make().expect("it is in range").to_string()
}

fn below(dice: &mut Dice, end: u64) -> i64 {
    i64::try_from(dice.bits() % end).expect("it is in range")
}

/// Microseconds since 1970 between the years 1 and 9999.
fn instant(dice: &mut Dice) -> i64 {
    below(dice, 315_537_897_600_000_000) - 62_135_596_800_000_000
}

/// Text of what breaks quoting, escaping and counting.
fn letters(dice: &mut Dice, most: usize) -> String {
    const ODD: &[char] = &[
        'a',
        'Z',
        '0',
        ' ',
        '"',
        '\'',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        '(',
        ')',
        '%',
        '$',
        '/',
        '<',
        '&',
        ';',
        ':',
        '-',
        '\n',
        '\r',
        '\t',
        '\u{1}',
        '\u{7f}',
        '\u{a0}',
        'é',
        'ß',
        'İ',
        'ﬀ',
        '漢',
        '\u{301}',
        '\u{200d}',
        '\u{202e}',
        '\u{2028}',
        '\u{feff}',
        '\u{fffd}',
        '\u{ffff}',
        '\u{10000}',
        '\u{1f600}',
        '\u{10ffff}',
    ];
    (0..dice.below(most + 1)).map(|_| *dice.pick(ODD)).collect()
}

fn document(dice: &mut Dice, depth: usize) -> String {
    let string = |dice: &mut Dice| serde_json::Value::from(letters(dice, 8)).to_string();
    let text = match dice.below(if depth == 0 { 5 } else { 8 }) {
        0 => "null".to_owned(),
        1 => "false".to_owned(),
        2 => (dice.bits() as i64 >> dice.below(64)).to_string(),
        3 => format!(
            "{}.{}e{}",
            dice.below(1000),
            dice.below(1000),
            dice.below(40)
        ),
        4 => string(dice),
        5 | 6 => {
            let members: Vec<String> = (0..dice.below(4))
                .map(|_| format!("{}: {}", string(dice), document(dice, depth - 1)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        _ => {
            let elements: Vec<String> = (0..dice.below(4))
                .map(|_| document(dice, depth - 1))
                .collect();
            format!("[{}]", elements.join(", "))
        }
    };
    let read: Json = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
    read.into_string()
}
