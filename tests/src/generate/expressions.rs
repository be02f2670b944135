//! Expressions that are valid where they stand: every form, over the columns of one row.

use super::dice::Dice;
use super::draft::{Column, Draft};
use super::kinds;
use synctable::{Database, Kind, Scalar};

/// Where an expression stands; it decides what may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Check,
    Domain,
    Generated,
    /// A generated column that sync streams compute as well.
    Streamed,
    IndexPart,
    Predicate,
    Access,
    Select,
    Stream,
    View,
    /// Of a table that only the device has.
    Device,
}

impl Place {
    /// Row-level security, streams and guards must agree on it.
    fn is_policy(self) -> bool {
        matches!(self, Place::Access | Place::Select | Place::Stream)
    }

    pub(super) fn has_caller(self) -> bool {
        matches!(self, Place::Access | Place::Select)
    }

    /// Postgres alone evaluates it.
    fn is_postgres(self) -> bool {
        matches!(
            self,
            Place::Check | Place::Domain | Place::IndexPart | Place::Predicate
        )
    }
}

/// What an operator asks of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Integer,
    Float,
    Decimal,
    Bool,
    /// Compared with `=` and ordered, and nothing more.
    Ordered,
    /// Compared with `=` only.
    Equal,
    /// Bytes, whose constants are hexadecimal.
    Bytes,
    Json,
    List,
    /// Only NULL can be asked for.
    Nothing,
}

impl Family {
    pub(super) fn of(kind: &Kind) -> Family {
        match kind {
            Kind::Enum { .. } => Family::Equal,
            Kind::List(_) => Family::List,
            Kind::Opaque(_) => Family::Nothing,
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
                Scalar::Text | Scalar::Varchar(_) => Family::Text,
                Scalar::Smallint | Scalar::Int | Scalar::Bigint => Family::Integer,
                Scalar::Real | Scalar::Double => Family::Float,
                Scalar::Decimal { .. } => Family::Decimal,
                Scalar::Bool => Family::Bool,
                Scalar::Uuid
                | Scalar::Date
                | Scalar::Time
                | Scalar::Timestamp
                | Scalar::Timestamptz => Family::Ordered,
                Scalar::Bytes => Family::Bytes,
                Scalar::Json => Family::Json,
                Scalar::Interval => Family::Nothing,
            },
        }
    }

    fn compares(self) -> bool {
        !matches!(
            self,
            Family::Json | Family::List | Family::Nothing | Family::Bool
        )
    }

    fn orders(self) -> bool {
        matches!(
            self,
            Family::Integer | Family::Float | Family::Decimal | Family::Ordered | Family::Bytes
        )
    }
}

/// A column name as it is written inside an expression.
pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

/// One who speaks about a row.
pub(super) struct Speaker<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) draft: &'a Draft,
    pub(super) place: Place,
    /// The columns of the row that may be named here.
    pub(super) columns: Vec<Column>,
}

/// A condition on a domain's `value`.
pub(super) fn of_value(dice: &mut Dice, draft: &Draft, base: Scalar, place: Place) -> String {
    let value = Column::new("value".to_owned(), Kind::Scalar(base));
    let mut speaker = Speaker {
        dice,
        draft,
        place,
        columns: vec![value],
    };
    speaker.condition(2)
}

impl Speaker<'_> {
    pub(super) fn column_where(&mut self, fits: impl Fn(&Column) -> bool) -> Option<Column> {
        // SQLite compares decimals as floats, of which only the short ones are exact.
        let wide = |column: &Column| matches!(column.kind.carrier(), Some(Scalar::Decimal { precision, .. }) if precision > 15);
        let place = self.place;
        self.dice
            .pick_where(&self.columns, |column| {
                let fits_place = match place {
                    Place::Streamed => {
                        !matches!(Family::of(&column.kind), Family::Decimal | Family::Bytes)
                    }
                    _ => place.is_postgres() || !wide(column),
                };
                fits(column) && fits_place
            })
            .cloned()
    }

    /// A condition, as deep as asked for at most; the row has a column.
    pub(super) fn condition(&mut self, depth: usize) -> String {
        for _ in 0..20 {
            let written = match self.dice.below(if depth > 0 { 10 } else { 7 }) {
                7 => self.all_of(depth, " and "),
                8 => self.all_of(depth, " or "),
                9 if self.place.is_policy() => Some(format!("not ({})", self.row_rule(depth - 1))),
                9 => Some(format!("not ({})", self.condition(depth - 1))),
                _ if self.place.is_policy() => self.rule(),
                _ => self.leaf(depth),
            };
            if let Some(written) = written {
                return written;
            }
        }
        let column = self.dice.pick(&self.columns).name.clone();
        format!("{} is not null", ident(&column))
    }

    fn all_of(&mut self, depth: usize, word: &str) -> Option<String> {
        let parts: Vec<String> = (0..self.dice.between(2, 3))
            .map(|_| format!("({})", self.condition(depth - 1)))
            .collect();
        Some(parts.join(word))
    }

    /// A condition without others in it.
    fn leaf(&mut self, depth: usize) -> Option<String> {
        let form = match self.place {
            Place::Streamed => *self.dice.pick(&[0, 1, 2, 3, 4, 6, 8, 9, 10, 11]),
            _ => self.dice.below(15),
        };
        match form {
            0 => {
                let column = self.dice.pick(&self.columns).name.clone();
                let not = if self.dice.chance(50) { "not " } else { "" };
                Some(format!("{} is {not}null", ident(&column)))
            }
            1 => {
                let column =
                    self.column_where(|column| Family::of(&column.kind) == Family::Bool)?;
                let test =
                    self.dice
                        .pick(&["", " is true", " is not true", " is false", " is not false"]);
                Some(format!("{}{test}", ident(&column.name)))
            }
            2 | 3 => self.compared(depth, Family::compares, &["=", "<>"]),
            4 | 5 => self.compared(depth, Family::orders, &["<", "<=", ">", ">="]),
            6 => {
                let column = self.column_where(|column| Family::of(&column.kind).orders())?;
                let (low, high) = self.bounds(&column)?;
                let not = if self.dice.chance(25) { "not " } else { "" };
                Some(format!(
                    "{} {not}between {low} and {high}",
                    ident(&column.name)
                ))
            }
            7 => {
                let distinct = *self
                    .dice
                    .pick(&["is distinct from", "is not distinct from"]);
                self.compared(depth, Family::compares, &[distinct])
            }
            8 => self.in_list(),
            9 => self.contains(),
            10 => {
                let column =
                    self.column_where(|column| Family::of(&column.kind) == Family::List)?;
                let most = self.dice.below(9);
                Some(format!("list_length({}) <= {most}", ident(&column.name)))
            }
            11 | 12 => self.compared(depth, |family| family == Family::Text, &["=", "<>"]),
            13 => {
                let column =
                    self.column_where(|column| Family::of(&column.kind) == Family::Json)?;
                let json = ident(&column.name);
                // No dice are thrown for it, so that all that comes after stays as it was.
                let is_odd = json.len() % 2 == 1;
                Some(match self.dice.below(4) {
                    0 if is_odd => format!("{json} -> 'kind' = 'true'"),
                    0 => format!("{json} ->> 'kind' = 'a'"),
                    1 => format!("{json} #>> '{{a,b}}' is null"),
                    2 => format!("{json} -> 'a' ->> 'it''s' <> ''"),
                    _ => format!("json_kind({json}) = 'object'"),
                })
            }
            _ if self.place.is_postgres() => {
                let column =
                    self.column_where(|column| Family::of(&column.kind) == Family::Text)?;
                let pattern =
                    self.dice
                        .pick(&["^[a-z]+$", "^#[0-9a-f]{6}$", "a''b", "\\d+\\.\\d+"]);
                Some(format!("matches({}, '{pattern}')", ident(&column.name)))
            }
            _ => None,
        }
    }

    fn compared(
        &mut self,
        depth: usize,
        fits: impl Fn(Family) -> bool,
        ops: &[&str],
    ) -> Option<String> {
        let column = self.column_where(|column| fits(Family::of(&column.kind)))?;
        let family = Family::of(&column.kind);
        let left = self.value(&column, depth);
        let other =
            self.column_where(|other| other.kind == column.kind && other.name != column.name);
        let right = match other {
            Some(other) if self.dice.chance(50) => ident(&other.name),
            _ => match family {
                // A constant must fit the kind of what stands beside it, which a call may have changed.
                Family::Text => self.text_constant(),
                Family::Integer => self.dice.below(100).to_string(),
                _ => kinds::constant(self.dice, self.draft, &column.kind)?,
            },
        };
        let op = self.dice.pick(ops);
        Some(format!("{left} {op} {right}"))
    }

    /// A text that fits every `varchar`.
    pub(super) fn text_constant(&mut self) -> String {
        format!("'{}'", self.dice.pick(&["a", "Z", "", "é"]))
    }

    fn bounds(&mut self, column: &Column) -> Option<(String, String)> {
        match Family::of(&column.kind) {
            Family::Integer => {
                let low = self.dice.below(50);
                Some((low.to_string(), (low + self.dice.below(50)).to_string()))
            }
            _ => {
                let one = kinds::constant(self.dice, self.draft, &column.kind)?;
                let other = kinds::constant(self.dice, self.draft, &column.kind)?;
                let number = |text: &String| text.parse::<f64>().unwrap_or(0.0);
                match number(&one) > number(&other) {
                    true => Some((other, one)),
                    false => Some((one, other)),
                }
            }
        }
    }

    fn in_list(&mut self) -> Option<String> {
        let column = self.column_where(|column| Family::of(&column.kind).compares())?;
        let mut list = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            let constant = match Family::of(&column.kind) {
                Family::Text => self.text_constant(),
                _ => kinds::constant(self.dice, self.draft, &column.kind)?,
            };
            if !list.contains(&constant) {
                list.push(constant);
            }
        }
        let not = if self.dice.chance(30) { "not " } else { "" };
        Some(format!(
            "{} {not}in ({})",
            ident(&column.name),
            list.join(", ")
        ))
    }

    fn contains(&mut self) -> Option<String> {
        // SQLite looks into a list by a subquery, which its checks, indexes and computed columns do not take.
        if matches!(self.place, Place::Device | Place::Streamed) {
            return None;
        }
        let element_compares = |kind: &Kind| match kind {
            Kind::List(element) => Family::of(&element.to_kind()).compares(),
            _ => false,
        };
        let list = self.column_where(|column| element_compares(&column.kind))?;
        let Kind::List(element) = &list.kind else {
            return None;
        };
        let kind = element.to_kind();
        let other = self.column_where(|column| column.kind == kind);
        let element = match other {
            Some(column) if self.dice.chance(50) => ident(&column.name),
            _ => kinds::constant(self.dice, self.draft, &kind)?,
        };
        Some(format!("{element} = any({})", ident(&list.name)))
    }

    /// The column, or something computed of the same family.
    fn value(&mut self, column: &Column, depth: usize) -> String {
        let plain = ident(&column.name);
        if depth == 0 || self.dice.chance(35) {
            return plain;
        }
        let computed = match Family::of(&column.kind) {
            Family::Text => self.text(&plain, depth),
            Family::Integer => self.number(&plain, true),
            // SQLite has no exact decimals to compute with.
            Family::Decimal if !self.place.is_postgres() => self.either(column, &plain),
            // The engines round arithmetic on 32-bit floats differently, so there is none.
            Family::Float if column.kind.carrier() == Some(Scalar::Real) => None,
            Family::Float | Family::Decimal => self.number(&plain, false),
            _ => self.either(column, &plain),
        };
        computed.unwrap_or(plain)
    }

    /// A text made of a text.
    fn text(&mut self, of: &str, depth: usize) -> Option<String> {
        let form = match self.place {
            // What a sync stream has of it.
            Place::Streamed => *self.dice.pick(&[0, 1, 5, 6, 7, 8, 9]),
            _ => self.dice.below(10),
        };
        Some(match form {
            0 => format!("lower({of})"),
            1 => format!("upper({of})"),
            2 => format!("trim({of})"),
            3 => {
                let (start, length) = (self.dice.between(1, 4), self.dice.below(6));
                format!("substr({of}, {start}, {length})")
            }
            4 => format!("replace({of}, '/', '-')"),
            5 => format!("coalesce({of}, '')"),
            6 => format!("nullif({of}, '')"),
            7 => {
                let other = self.column_where(|column| {
                    matches!(&column.kind, Kind::Scalar(scalar) if matches!(scalar, Scalar::Text | Scalar::Uuid | Scalar::Int | Scalar::Bigint))
                })?;
                format!("{of} || ': ' || {}", ident(&other.name))
            }
            8 => {
                let json = self.column_where(|column| Family::of(&column.kind) == Family::Json)?;
                let json = ident(&json.name);
                match self.dice.below(4) {
                    0 => format!("{json} ->> 'kind'"),
                    1 => format!("{json} #>> '{{a,b}}'"),
                    2 => format!("({json} -> 'a' ->> 'it''s')"),
                    _ if self.place == Place::Streamed => return None,
                    _ => format!("json_kind({json})"),
                }
            }
            _ => {
                let condition = self.condition(depth - 1);
                match self.dice.below(3) {
                    0 => format!("case when {condition} then {of} end"),
                    1 => format!("case when {condition} then {of} else 'x' end"),
                    _ => format!("case {of} when 'a' then 'b' when 'b' then {of} else '' end"),
                }
            }
        })
    }

    /// A number made of a number.
    fn number(&mut self, of: &str, whole: bool) -> Option<String> {
        let number = self.dice.between(1, 9);
        let form = match self.place {
            // Sync streams have neither `abs` nor a length that is Postgres's.
            Place::Streamed => *self.dice.pick(&[0, 1, 2, 3, 6, 8]),
            _ => self.dice.below(9),
        };
        Some(match form {
            0 => format!("{of} + {number}"),
            1 => format!("{of} - {number}"),
            2 => format!("{of} * {number}"),
            3 => format!("{of} / {number}"),
            4 if whole => format!("{of} % {number}"),
            4 => format!("-{of}"),
            5 => format!("abs({of})"),
            6 => format!("coalesce({of}, 0)"),
            7 if whole => {
                let text = self.column_where(|column| Family::of(&column.kind) == Family::Text)?;
                format!("length({})", ident(&text.name))
            }
            7 => format!("nullif({of}, 0)"),
            _ => format!("({of} + {number}) * ({of} - {number})"),
        })
    }

    /// The column, or a constant in its place.
    fn either(&mut self, column: &Column, plain: &str) -> Option<String> {
        let constant = kinds::constant(self.dice, self.draft, &column.kind)?;
        Some(match self.dice.below(3) {
            0 => format!("coalesce({plain}, {constant})"),
            1 if Family::of(&column.kind).compares() => format!("nullif({plain}, {constant})"),
            _ => format!("case when {plain} is null then {constant} else {plain} end"),
        })
    }

    /// An expression of just this kind, computed from the row; for a generated column.
    pub(super) fn of_kind(&mut self, kind: &Kind) -> Option<String> {
        let family = Family::of(kind);
        match family {
            Family::Bool => Some(self.condition(1)),
            Family::List | Family::Nothing | Family::Json | Family::Bytes => {
                let column = self.column_where(|column| column.kind == *kind)?;
                Some(ident(&column.name))
            }
            _ => {
                let column = self.column_where(|column| match (&column.kind, kind) {
                    (Kind::Enum { .. }, _) | (_, Kind::Enum { .. }) => column.kind == *kind,
                    (found, wanted) => {
                        Family::of(found) == family && found.carrier() == wanted.carrier()
                    }
                })?;
                Some(self.value(&column, 2))
            }
        }
    }

    /// Anything of the row, for an index or a view's column.
    pub(super) fn anything(&mut self) -> Option<String> {
        let column = self.column_where(|column| {
            matches!(
                Family::of(&column.kind),
                Family::Text | Family::Integer | Family::Decimal
            )
        })?;
        Some(self.value(&column, 1))
    }
}
