//! Conditions of access rules, scopes and streams: what `docs/access.md` lets all their enforcers say.

use super::draft::Column;
use super::expressions::{Speaker, ident};
use super::kinds;
use synctable::{Element, Kind, Scalar};

/// Whether a rule compares the kind with a constant.
fn is_compared(kind: &Kind) -> bool {
    match kind {
        Kind::Enum { .. } => true,
        Kind::Scalar(scalar) => matches!(
            scalar,
            Scalar::Uuid
                | Scalar::Text
                | Scalar::Varchar(_)
                | Scalar::Smallint
                | Scalar::Int
                | Scalar::Bigint
                | Scalar::Date
                | Scalar::Time
                | Scalar::Timestamp
                | Scalar::Timestamptz
        ),
        Kind::Domain { base, .. } => *base == Scalar::Text,
        Kind::List(_) | Kind::Opaque(_) => false,
    }
}

/// Whether a rule compares two columns of the kind.
fn is_joined(kind: &Kind) -> bool {
    match kind.carrier() {
        Some(Scalar::Date | Scalar::Timestamp | Scalar::Timestamptz) => false,
        _ => is_compared(kind),
    }
}

/// Whether sets are asked for it.
pub(super) fn is_member(kind: &Kind) -> bool {
    is_joined(kind) && kind.carrier() != Some(Scalar::Time)
}

fn is_whole(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Scalar(Scalar::Smallint | Scalar::Int | Scalar::Bigint)
    )
}

impl Speaker<'_> {
    /// A condition that only the row decides, and that may be negated.
    pub(super) fn row_rule(&mut self, depth: usize) -> String {
        if depth > 0 && self.dice.chance(30) {
            let word = *self.dice.pick(&[" and ", " or "]);
            return format!(
                "({}){word}({})",
                self.row_rule(depth - 1),
                self.row_rule(depth - 1)
            );
        }
        for _ in 0..20 {
            if let Some(written) = self.row_leaf() {
                return written;
            }
        }
        let column = self.dice.pick(&self.columns).name.clone();
        format!("{} is not null", ident(&column))
    }

    fn rule_constant(&mut self, column: &Column) -> Option<String> {
        match column.kind.carrier() {
            Some(Scalar::Text | Scalar::Varchar(_))
                if !matches!(column.kind, Kind::Enum { .. }) =>
            {
                Some(self.text_constant())
            }
            // Past 2^53 a stream reads a constant with fewer digits.
            Some(Scalar::Bigint) => {
                Some((*self.dice.pick(&[0_i64, -7, 9_007_199_254_740_991])).to_string())
            }
            _ => kinds::constant(self.dice, self.draft, &column.kind),
        }
    }

    fn row_leaf(&mut self) -> Option<String> {
        match self.dice.below(12) {
            0 => {
                let column = self.column_where(|column| column.nullable)?;
                let not = if self.dice.chance(50) { "not " } else { "" };
                Some(format!("{} is {not}null", ident(&column.name)))
            }
            1 => {
                let column =
                    self.column_where(|column| column.kind == Kind::Scalar(Scalar::Bool))?;
                let test =
                    self.dice
                        .pick(&["", " is true", " is not true", " is false", " is not false"]);
                Some(format!("{}{test}", ident(&column.name)))
            }
            2..5 => {
                let column = self.column_where(|column| is_compared(&column.kind))?;
                let constant = self.rule_constant(&column)?;
                let op = self.dice.pick(&["=", "<>"]);
                Some(format!("{} {op} {constant}", ident(&column.name)))
            }
            5 => {
                let column = self.column_where(|column| is_joined(&column.kind))?;
                let other = self
                    .column_where(|other| other.kind == column.kind && other.name != column.name)?;
                let op = self.dice.pick(&["=", "<>"]);
                Some(format!(
                    "{} {op} {}",
                    ident(&column.name),
                    ident(&other.name)
                ))
            }
            6 => {
                let column = self.column_where(|column| is_whole(&column.kind))?;
                let (name, low) = (ident(&column.name), self.dice.below(50));
                Some(match self.dice.below(3) {
                    0 => format!("{name} between {low} and {}", low + 10),
                    1 => format!("{name} not between {low} and {}", low + 10),
                    _ => format!("{name} {} {low}", self.dice.pick(&["<", "<=", ">", ">="])),
                })
            }
            7 | 8 => {
                let column = self.column_where(|column| is_compared(&column.kind))?;
                let (one, other) = (self.rule_constant(&column)?, self.rule_constant(&column)?);
                let list = if one == other {
                    one
                } else {
                    format!("{one}, {other}")
                };
                let not = if self.dice.chance(40) { "not " } else { "" };
                Some(format!("{} {not}in ({list})", ident(&column.name)))
            }
            9 => {
                let column =
                    self.column_where(|column| column.kind == Kind::Scalar(Scalar::Json))?;
                let value = self.dice.pick(&["a", "shared", "it''s"]);
                let op = self.dice.pick(&["=", "<>"]);
                let path = self
                    .dice
                    .pick(&["->> 'kind'", "#>> '{a,b}'", "-> 'a' ->> 'it''s'"]);
                let member = format!("{} {path}", ident(&column.name));
                self.composed(&[&column], &member);
                Some(format!("{member} {op} '{value}'"))
            }
            10 => {
                let column = self.column_where(|column| is_compared(&column.kind))?;
                let (one, other) = (self.rule_constant(&column)?, self.rule_constant(&column)?);
                let value = format!("coalesce({}, {one})", ident(&column.name));
                self.composed(&[&column], &value);
                Some(format!("{value} = {other}"))
            }
            _ => {
                let text = Kind::Scalar(Scalar::Text);
                let column = self.column_where(|column| column.kind == text)?;
                let other = self.column_where(|column| {
                    is_whole(&column.kind) || column.kind == Kind::Scalar(Scalar::Uuid)
                })?;
                let joined = format!("{} || '-' || {}", ident(&column.name), ident(&other.name));
                self.composed(&[&column, &other], &joined);
                Some(format!("{joined} = 'a-1'"))
            }
        }
    }

    /// Notes what a rule composes, for an index over it.
    fn composed(&self, of: &[&Column], text: &str) {
        let of = of.iter().map(|column| (*column).clone()).collect();
        self.draft.composed.borrow_mut().push((of, text.to_owned()));
    }

    /// One condition of an access rule, a scope or a stream.
    pub(super) fn rule(&mut self) -> Option<String> {
        match self.dice.below(12) {
            0 | 1 if self.place.has_caller() => {
                let caller = Kind::Scalar(self.draft.user_id);
                let column = self.column_where(|column| column.kind == caller)?;
                match self.dice.chance(80) {
                    true => Some(format!("{} = auth.user_id()", ident(&column.name))),
                    false => Some(format!("auth.user_id() = {}", ident(&column.name))),
                }
            }
            2 if self.place.has_caller() => {
                let column = self.column_where(|column| {
                    matches!(
                        column.kind,
                        Kind::Scalar(Scalar::Text | Scalar::Varchar(_) | Scalar::Uuid)
                            | Kind::Enum { .. }
                    )
                })?;
                // A claim is text: a uuid, a label is one in its canonical form.
                if column.kind != Kind::Scalar(Scalar::Text) && self.dice.chance(50) {
                    return None;
                }
                let text = matches!(column.kind, Kind::Scalar(Scalar::Text | Scalar::Varchar(_)));
                let claim = self.dice.pick(&["role", "app_metadata.tenant_id", "email"]);
                text.then(|| format!("{} = auth.claim('{claim}')", ident(&column.name)))
            }
            3 if self.place.has_caller() && self.dice.chance(40) => {
                let column = self.column_where(|column| {
                    matches!(column.kind, Kind::Scalar(Scalar::Text | Scalar::Uuid))
                })?;
                let claim = self.dice.pick(&["app_metadata.teams", "teams"]);
                Some(format!("{} in auth.claims('{claim}')", ident(&column.name)))
            }
            3 if self.place.has_caller() => {
                let claim = self.dice.pick(&["app_metadata.plan", "role"]);
                Some(match self.dice.below(2) {
                    0 => format!("auth.claim('{claim}') = 'admin'"),
                    _ => format!("auth.claim('{claim}') in ('admin', 'owner')"),
                })
            }
            4 | 5 => {
                let columns = &self.columns;
                let fits = |scope: &super::draft::Scope| {
                    columns.iter().any(|column| column.kind == scope.kind)
                };
                let scope = self.dice.pick_where(&self.draft.scopes, fits)?.clone();
                let column = self.column_where(|column| column.kind == scope.kind)?;
                Some(format!("{} in ({})", ident(&column.name), scope.name))
            }
            6 => self.in_select(),
            7 => self.has_element(),
            _ => self.row_leaf(),
        }
    }

    /// A list column that holds the caller, a constant, or another column.
    fn has_element(&mut self) -> Option<String> {
        let list = self.column_where(|column| match &column.kind {
            Kind::List(Element::Enum { .. }) => true,
            Kind::List(Element::Scalar(scalar)) => matches!(
                scalar,
                Scalar::Uuid | Scalar::Text | Scalar::Varchar(_) | Scalar::Smallint | Scalar::Int
            ),
            _ => false,
        })?;
        let Kind::List(element) = &list.kind else {
            return None;
        };
        let kind = element.to_kind();
        let caller = Kind::Scalar(self.draft.user_id);
        let name = ident(&list.name);
        // A stream knows the caller's id as text, which no number in a list equals.
        let is_number = matches!(self.draft.user_id, Scalar::Int | Scalar::Bigint);
        if kind == caller && self.place.has_caller() && !is_number {
            return Some(format!("auth.user_id() = any({name})"));
        }
        let other = self.column_where(|column| column.kind == kind);
        match other {
            Some(column) if self.dice.chance(50) => {
                Some(format!("{} = any({name})", ident(&column.name)))
            }
            _ => {
                let constant = kinds::constant(self.dice, self.draft, &kind)?;
                Some(format!("{constant} = any({name})"))
            }
        }
    }

    /// `x in (select key from table where …)`: a table's own key, which nobody can make up.
    fn in_select(&mut self) -> Option<String> {
        let draft = self.draft;
        let table = self.dice.pick_where(&draft.tables, |table| {
            table.sync.on_server()
                && table.key.len() == 1
                && table
                    .column(&table.key[0])
                    .is_some_and(|key| is_member(&key.kind))
        })?;
        let key = table.column(&table.key[0])?;
        let column = self.column_where(|column| column.kind == key.kind)?;
        let filter = match &table.held {
            Some(held) if self.place.has_caller() => format!(" where {held}"),
            // Who may write the row must not choose who is found in it.
            _ if table.sync.uploads() => String::new(),
            _ => table
                .columns
                .iter()
                .find(|column| column.kind == Kind::Scalar(draft.user_id) && column.on_server())
                .filter(|_| self.place.has_caller() && self.dice.chance(70))
                .map(|column| format!(" where {} = auth.user_id()", ident(&column.name)))
                .unwrap_or_default(),
        };
        Some(format!(
            "{} in (select {} from {}{filter})",
            ident(&column.name),
            ident(&key.name),
            ident(&table.name)
        ))
    }
}
