//! Values worth trying for a column: near the constants of its table's checks, and at the edges of its kind.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use synctable::{Element, Kind, Scalar};
use synctable_codegen::model::{CheckBody, Column, Expr, Function, Literal, Model, Table};

/// Constants that checks compare with.
#[derive(Debug, Default)]
struct Constants {
    numbers: Vec<i64>,
    texts: Vec<String>,
    patterns: Vec<String>,
}

impl Constants {
    fn of(model: &Model, table: &Table) -> Self {
        let mut constants = Self::default();
        let domains = model
            .domains
            .values()
            .filter_map(|domain| domain.check.as_ref());
        for body in table.checks.iter().map(|check| &check.body).chain(domains) {
            if let CheckBody::Expr(expr) = body {
                constants.collect(expr);
            }
        }
        let predicates = table
            .uniques
            .iter()
            .filter_map(|unique| unique.predicate.as_ref())
            .chain(
                table
                    .indexes
                    .iter()
                    .filter_map(|index| index.predicate.as_ref()),
            );
        predicates.for_each(|expr| constants.collect(expr));
        constants
    }

    fn collect(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(literal) => self.take(literal),
            Expr::InList { list, .. } => list.iter().for_each(|literal| self.take(literal)),
            Expr::Call {
                function: Function::Matches,
                args,
            } => {
                if let [_, Expr::Literal(Literal::Text(pattern))] = args.as_slice() {
                    self.patterns.push(pattern.clone());
                    return;
                }
            }
            _ => {}
        }
        expr.children().for_each(|child| self.collect(child));
    }

    fn take(&mut self, literal: &Literal) {
        match literal {
            Literal::Int(number) => self.numbers.push(*number),
            Literal::Decimal(text) => self.numbers.extend(
                text.split('.')
                    .next()
                    .and_then(|whole| whole.parse::<i64>().ok()),
            ),
            Literal::Text(text) => self.texts.push(text.clone()),
            Literal::Null | Literal::Bool(_) | Literal::Json(_) | Literal::List(_) => {}
        }
    }
}

/// The values to try for each column, as Postgres input text; `None` is NULL.
pub(crate) fn candidates(model: &Model, table: &Table, column: &Column) -> Vec<Option<String>> {
    let constants = Constants::of(model, table);
    let mut values: Vec<Option<String>> = of_kind(model, &constants, &column.kind)
        .into_iter()
        .map(Some)
        .collect();
    if column.nullable {
        values.push(None);
        values.push(None);
    }
    values
}

fn of_kind(model: &Model, constants: &Constants, kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => of_scalar(constants, *scalar),
        Kind::Enum { name, .. } => model.enums[&**name].labels.clone(),
        Kind::List(element) => {
            let inner = match element {
                Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                    of_scalar(constants, *scalar)
                }
                Element::Enum { name, .. } => model.enums[&**name].labels.clone(),
            };
            let quoted = |value: &String| {
                format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
            };
            let mut lists = vec!["{}".to_owned()];
            lists.extend(inner.iter().map(|value| format!("{{{}}}", quoted(value))));
            for number in constants
                .numbers
                .iter()
                .filter(|number| (0..=100).contains(*number))
            {
                let many = inner
                    .iter()
                    .cycle()
                    .take(usize::try_from(*number).expect("it is small") + 1);
                lists.push(format!(
                    "{{{}}}",
                    many.map(quoted).collect::<Vec<_>>().join(",")
                ));
            }
            lists.extend(
                inner
                    .windows(2)
                    .map(|pair| format!("{{{},{}}}", quoted(&pair[0]), quoted(&pair[1]))),
            );
            lists
        }
        Kind::Opaque(name) => match name.split('(').next().unwrap_or_default() {
            "inet" | "cidr" => vec!["10.0.0.1".to_owned(), "10.0.0.2".to_owned()],
            "citext" | "ltree" => vec!["a".to_owned(), "b".to_owned()],
            "int4range" | "int8range" | "numrange" => vec!["[1,4)".to_owned(), "[5,6)".to_owned()],
            "point" => vec!["(1,2)".to_owned(), "(2,3)".to_owned()],
            "tsvector" => vec!["a".to_owned(), "b".to_owned()],
            other => panic!("no value is known for opaque('{other}'): add one here"),
        },
    }
}

fn of_scalar(constants: &Constants, scalar: Scalar) -> Vec<String> {
    let texts = |values: &[&str]| {
        values
            .iter()
            .map(|value| (*value).to_owned())
            .collect::<Vec<_>>()
    };
    let numbers = |lowest: i64, highest: i64| -> Vec<String> {
        let near = constants.numbers.iter().flat_map(|n| [n - 1, *n, n + 1]);
        let mut numbers: Vec<i64> = near
            .chain([-1, 0, 1, 2, 3, 7])
            .filter(|n| (lowest..=highest).contains(n))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.iter().map(ToString::to_string).collect()
    };
    match scalar {
        Scalar::Uuid => (1..=9)
            .map(|n| format!("{n}0000000-0000-4000-8000-00000000000{n}"))
            .collect(),
        Scalar::Text | Scalar::Varchar(_) => {
            let longest = match scalar {
                Scalar::Varchar(length) => length as usize,
                _ => usize::MAX,
            };
            let mut found = texts(&["", "a", "b", "A b", " c "]);
            found.extend(constants.texts.iter().cloned());
            let mut runner = TestRunner::deterministic();
            for pattern in &constants.patterns {
                let plain = pattern.trim_start_matches('^').trim_end_matches('$');
                if let Ok(strategy) = string_regex(plain) {
                    for _ in 0..4 {
                        found.extend(
                            strategy
                                .new_tree(&mut runner)
                                .ok()
                                .map(|tree| tree.current()),
                        );
                    }
                }
            }
            for number in &constants.numbers {
                let lengths = [number - 1, *number, number + 1];
                found.extend(
                    lengths
                        .into_iter()
                        .filter_map(|length| usize::try_from(length).ok())
                        .filter(|length| *length <= 20_000)
                        .map(|length| "x".repeat(length)),
                );
            }
            found.retain(|text| text.chars().count() <= longest);
            found.sort();
            found.dedup();
            found
        }
        Scalar::Bool => texts(&["true", "false"]),
        Scalar::Smallint => numbers(i64::from(i16::MIN), i64::from(i16::MAX)),
        Scalar::Int => numbers(i64::from(i32::MIN), i64::from(i32::MAX)),
        Scalar::Bigint => numbers(i64::MIN + 1, i64::MAX - 1),
        Scalar::Real | Scalar::Double => {
            let mut all = numbers(-1_000_000, 1_000_000);
            all.extend(texts(&["0.5", "1.5", "-0.25"]));
            all
        }
        Scalar::Decimal { precision, scale } => {
            let whole = u32::from((precision - scale).min(17));
            let limit = 10_i64.pow(whole) - 1;
            let mut all = numbers(-limit, limit);
            if scale > 0 {
                all.extend(texts(&["0.5", "-0.5"]));
            }
            all
        }
        Scalar::Date => texts(&["2026-01-30", "2026-01-31", "2026-02-01"]),
        Scalar::Time => texts(&["08:00", "09:30", "17:00"]),
        Scalar::Timestamp => texts(&["2026-01-30 08:00", "2026-01-31 08:00", "2026-02-01 08:00"]),
        Scalar::Timestamptz => texts(&[
            "2026-01-30 08:00Z",
            "2026-01-31 08:00Z",
            "2026-02-01 08:00Z",
        ]),
        Scalar::Interval => texts(&["1 hour", "2 days"]),
        Scalar::Json => texts(&[
            "{}",
            "[]",
            "\"x\"",
            "1",
            "true",
            "null",
            "{\"kind\": \"a\"}",
            "[1, 2]",
        ]),
        Scalar::Bytes => texts(&["\\x", "\\x00ff"]),
    }
}
