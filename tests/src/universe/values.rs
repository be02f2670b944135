//! Ordinary values of every kind: few of each, so that equal ones meet.

use crate::generate::dice::Dice;
use synctable::{Element, Kind, Scalar};
use synctable_codegen::model::{Literal, Model};

/// A value that is none of the others: a uuid of random digits.
pub fn fresh_uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.bits(), dice.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// Some value of the kind.
///
/// # Panics
///
/// For an opaque kind of which no value is known here.
pub fn value(model: &Model, kind: &Kind, dice: &mut Dice) -> Literal {
    let text = |dice: &mut Dice, choices: &[&str]| Literal::Text((*dice.pick(choices)).to_owned());
    match kind {
        Kind::Enum { name, .. } => Literal::Text(dice.pick(&model.enums[&**name].labels).clone()),
        Kind::List(element) => {
            let kind = element.to_kind();
            let most = match element {
                Element::Scalar(Scalar::Json) => 0,
                _ => 3,
            };
            let count = dice.between(0, most);
            Literal::List((0..count).map(|_| value(model, &kind, dice)).collect())
        }
        Kind::Opaque(sql) => match sql.split('(').next().unwrap_or_default() {
            "inet" | "cidr" => text(dice, &["10.0.0.1", "10.0.0.2"]),
            "int4range" | "int8range" | "numrange" => text(dice, &["[1,4)", "[5,6)"]),
            "point" => text(dice, &["(1,2)", "(2,3)"]),
            "vector" => text(dice, &["[1,2,3]"]),
            "money" => text(dice, &["$1.00"]),
            "bit" if sql == "bit(3)" => text(dice, &["101", "010"]),
            "bit" => text(dice, &["1"]),
            "character" => text(dice, &["abcd", "it"]),
            "xml" => text(dice, &["<a/>"]),
            "macaddr" => text(dice, &["08:00:2b:01:02:03"]),
            "citext" | "ltree" | "tsvector" | "hstore" => text(dice, &["a", "b"]),
            other => panic!("no value is known for opaque('{other}'): add one here"),
        },
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => of_scalar(*scalar, dice),
    }
}

fn of_scalar(scalar: Scalar, dice: &mut Dice) -> Literal {
    let text = |dice: &mut Dice, choices: &[&str]| Literal::Text((*dice.pick(choices)).to_owned());
    match scalar {
        Scalar::Uuid => text(
            dice,
            &[
                "0192f0c1-7a3b-7cde-8f01-23456789abce",
                "f192f0c1-7a3b-7cde-8f01-23456789abcd",
            ],
        ),
        Scalar::Text => text(dice, &["", "a", "A", " b ", "it's", "ä😀b", "a\\d", "1"]),
        Scalar::Varchar(1) => text(dice, &["", "a", "b"]),
        Scalar::Varchar(_) => text(dice, &["", "a", "b", "it"]),
        Scalar::Bool => Literal::Bool(dice.chance(50)),
        Scalar::Smallint | Scalar::Int => Literal::Int(*dice.pick(&[-7, 0, 1, 2, 7, 41])),
        Scalar::Bigint => Literal::Int(*dice.pick(&[-7, 0, 1, 2, 41, 9_007_199_254_740_993])),
        Scalar::Real | Scalar::Double => {
            Literal::Decimal((*dice.pick(&["-1.5", "0.0", "0.25", "2.5"])).to_owned())
        }
        Scalar::Decimal { precision, scale } => {
            let choices: &[&str] = if precision > scale {
                &["0", "1"]
            } else {
                &["0"]
            };
            Literal::Decimal((*dice.pick(choices)).to_owned())
        }
        Scalar::Date => text(dice, &["0001-01-01", "2024-02-29", "2026-01-31"]),
        Scalar::Time => text(dice, &["00:00:00.000000", "09:05:00.250000"]),
        Scalar::Timestamp => text(
            dice,
            &["2024-02-29T23:00:00.000000", "2026-01-31T13:47:00.000001"],
        ),
        Scalar::Timestamptz => text(
            dice,
            &["2024-02-29T23:00:00.000000Z", "2026-01-31T13:47:00.000001Z"],
        ),
        Scalar::Interval => text(dice, &["1 day", "02:30:00"]),
        Scalar::Json => Literal::Json(
            (*dice.pick(&[
                "{}",
                "{\"a\":\"x\"}",
                "{\"a\":1}",
                "{\"a\":true}",
                "{\"a\":null}",
                "{\"a\":{\"b\":\"it's\"}}",
                "[1,2]",
                "\"a\"",
                "5",
                "null",
            ]))
            .to_owned(),
        ),
        Scalar::Bytes => text(dice, &["", "00", "00ff"]),
    }
}
