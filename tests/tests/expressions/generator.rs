//! Random snippets of the language that are right: over the columns of the one table.

use crate::expressions::random::Random;
use crate::expressions::table::{LABELS, scalar, value};
use synctable_codegen::model::Literal;

/// Families of columns that go together, by the words of their columns.
const FAMILIES: [&[&str]; 17] = [
    &["real"],
    // The two that most functions are of come up most.
    &["text", "varchar"],
    &["text", "varchar"],
    &["smallint", "int", "bigint"],
    &["smallint", "int", "bigint"],
    &["uuid"],
    &["text", "varchar"],
    &["bool"],
    &["smallint", "int", "bigint"],
    &["double"],
    &["decimal"],
    &["date"],
    &["time"],
    &["timestamp"],
    &["timestamptz"],
    &["bytes"],
    &["native"],
];

const ORDERED: [&[&str]; 12] = [
    &["real"],
    &["smallint", "int", "bigint"],
    &["smallint", "int", "bigint"],
    &["uuid"],
    &["smallint", "int", "bigint"],
    &["double"],
    &["decimal"],
    &["date"],
    &["time"],
    &["timestamp"],
    &["timestamptz"],
    &["bytes"],
];

pub(crate) struct Generator<'a> {
    pub(crate) random: &'a mut Random,
}

impl Generator<'_> {
    fn column(&mut self, family: &[&str]) -> String {
        let word = self.random.of(family);
        let prefix = self.random.of(&["a", "n"]);
        format!("{prefix}_{word}")
    }

    fn constant(&mut self, family: &[&str]) -> String {
        if family == ["native"] {
            return format!("'{}'", self.random.of(&LABELS));
        }
        // A bound that every column of the family can be compared with.
        let kind = scalar(family[0]);
        let literal = value(&kind, self.random);
        match literal {
            Literal::Bool(value) => value.to_string(),
            Literal::Int(number) => number.to_string(),
            Literal::Decimal(number) => number,
            Literal::Text(text) | Literal::Json(text) => format!("'{}'", text.replace('\'', "''")),
            Literal::Null | Literal::List(_) => unreachable!("scalars are neither"),
        }
    }

    /// A value of the family that is no constant.
    fn value(&mut self, family: &[&str], depth: usize) -> String {
        if depth == 0 {
            return self.column(family);
        }
        let depth = depth - 1;
        match (family[0], self.random.below(12)) {
            (_, 0) => format!(
                "coalesce({}, {})",
                self.value(family, depth),
                self.operand(family, depth)
            ),
            (_, 1) => format!(
                "nullif({}, {})",
                self.value(family, depth),
                self.operand(family, depth)
            ),
            (_, 2) => {
                let (condition, a) = (self.condition(depth), self.value(family, depth));
                match self.random.below(2) {
                    0 => format!("case when {condition} then {a} end"),
                    _ => format!(
                        "case when {condition} then {a} else {} end",
                        self.operand(family, depth)
                    ),
                }
            }
            (_, 3) if family[0] == "text" => {
                let label = self.random.of(&LABELS);
                format!(
                    "case a_native when '{label}' then {} else 'z' end",
                    self.value(family, depth)
                )
            }
            ("text", 4) => format!("lower({})", self.value(family, depth)),
            ("text", 5) => format!("upper({})", self.value(family, depth)),
            ("text", 6) => format!("trim({})", self.value(family, depth)),
            ("text", 7) => {
                let (from, length) = (1 + self.random.below(3), self.random.below(4));
                format!("substr({}, {from}, {length})", self.value(family, depth))
            }
            ("text", 8) => format!(
                "replace({}, 'a', {})",
                self.value(family, depth),
                self.operand(family, depth)
            ),
            ("text", 9) => {
                let other = match self.random.below(4) {
                    0 => "a_int".to_owned(),
                    1 => "n_uuid".to_owned(),
                    2 => "a_checked".to_owned(),
                    _ => self.operand(family, depth),
                };
                format!("({} || {other})", self.value(family, depth))
            }
            ("text", 10) => match self.random.below(3) {
                0 => "json_kind(n_json)".to_owned(),
                1 => "n_json ->> 'a'".to_owned(),
                _ => "a_json -> 'a' ->> 'b'".to_owned(),
            },
            ("smallint", 4) => format!("length({})", self.value(&["text", "varchar"], depth)),
            ("smallint", 5) => format!(
                "list_length({})",
                self.random.of(&["list_text", "list_int"])
            ),
            ("smallint", 6) => format!("abs({})", self.value(family, depth)),
            ("smallint", 7) => {
                let divisor = self.random.of(&["2", "3", "-7"]);
                let op = self.random.of(&["/", "%"]);
                format!("({} {op} {divisor})", self.value(family, depth))
            }
            ("smallint" | "double", 8..=10) => {
                let op = self.random.of(&["+", "-", "*"]);
                // Once, and of small numbers: an overflow is an error in one of the two.
                let column = match family[0] {
                    "double" => "a_double",
                    _ => "a_int",
                };
                format!("({column} {op} {})", self.column(&family[..1]))
            }
            ("double", 4) => "abs(n_double)".to_owned(),
            _ => self.column(family),
        }
    }

    fn operand(&mut self, family: &[&str], depth: usize) -> String {
        match self.random.below(3) {
            0 => self.value(family, depth),
            _ => self.constant(family),
        }
    }

    /// A condition.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(0);
        }
        let depth = depth - 1;
        match self.random.below(7) {
            0 => format!("({} and {})", self.condition(depth), self.condition(depth)),
            1 => format!("({} or {})", self.condition(depth), self.condition(depth)),
            2 => format!("not {}", self.condition(depth)),
            3 => {
                let test =
                    self.random
                        .of(&["true", "false", "not true", "not false", "null", "not null"]);
                format!("({}) is {test}", self.condition(depth))
            }
            _ => self.leaf(depth),
        }
    }

    fn leaf(&mut self, depth: usize) -> String {
        let depth = depth + 1;
        match self.random.below(12) {
            0 => {
                let test = self.random.of(&["null", "not null"]);
                let column =
                    self.random
                        .of(&["n_json", "list_text", "n_real", "n_text", "n_decimal"]);
                format!("{column} is {test}")
            }
            1 => self.column(&["bool"]),
            2 => format!(
                "{} is {}",
                self.column(&["bool"]),
                self.random.of(&["true", "not false"])
            ),
            3 | 4 => {
                let family = *self.random.of(&ORDERED);
                let op = self.random.of(&["<", "<=", ">", ">="]);
                format!(
                    "{} {op} {}",
                    self.value(family, depth),
                    self.operand(family, depth)
                )
            }
            5 => {
                let family = *self.random.of(&ORDERED);
                let not = self.random.of(&["", "not "]);
                let (mut low, mut high) = (self.constant(family), self.constant(family));
                if let (Ok(a), Ok(b)) = (low.parse::<i64>(), high.parse::<i64>())
                    && a > b
                {
                    (low, high) = (high, low);
                }
                format!(
                    "{} {not}between {low} and {high}",
                    self.value(family, depth)
                )
            }
            6 => {
                let family = *self.random.of(&FAMILIES);
                let not = self.random.of(&["", "not "]);
                let count = 1 + self.random.below(3);
                let list: Vec<_> = (0..count).map(|_| self.constant(family)).collect();
                format!(
                    "{} {not}in ({})",
                    self.value(family, depth),
                    list.join(", ")
                )
            }
            7 => {
                let family = *self.random.of(&FAMILIES);
                let not = self.random.of(&["", "not "]);
                format!(
                    "{} is {not}distinct from {}",
                    self.value(family, depth),
                    self.operand(family, depth)
                )
            }
            8 => match self.random.below(3) {
                0 => format!("{} = any(list_text)", self.operand(&["text"], depth)),
                1 => format!("{} = any(list_int)", self.operand(&["int"], 0)),
                _ => format!("{} = any(list_uuid)", self.operand(&["uuid"], 0)),
            },
            9 => format!("matches({}, '^[a-z]\\d?')", self.value(&["text"], depth)),
            _ => {
                let family = *self.random.of(&FAMILIES);
                let op = self.random.of(&["=", "<>"]);
                format!(
                    "{} {op} {}",
                    self.value(family, depth),
                    self.operand(family, depth)
                )
            }
        }
    }
}
