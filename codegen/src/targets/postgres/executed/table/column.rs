//! What migrations executed of a column.

use super::{Known, is_same};
use crate::statements::Statement;

/// A column, as migrations left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super::super) struct Column {
    pub(in super::super::super) sql_type: Known,
    pub(in super::super::super) is_required: bool,
    pub(in super::super::super) default: Option<Known>,
    pub(in super::super::super) is_identity: bool,
    pub(in super::super::super) generated: Option<Known>,
    /// The newest comment, as a literal.
    pub(in super::super::super) comment: Option<String>,
}

impl Column {
    pub(in super::super::super) fn is_as(&self, other: &Self) -> bool {
        let same = |one: &Option<Known>, other: &Option<Known>| match (one, other) {
            (Some(one), Some(other)) => is_same(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        is_same(&self.sql_type, &other.sql_type)
            && self.is_required == other.is_required
            && self.is_identity == other.is_identity
            && self.comment == other.comment
            && same(&self.default, &other.default)
            && same(&self.generated, &other.generated)
    }

    /// Everything in it that may name something.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut Known> {
        let values = [&mut self.default, &mut self.generated];
        let values = values.into_iter().flatten();
        std::iter::once(&mut self.sql_type).chain(values)
    }

    /// Reads what stands behind its name.
    pub(super) fn read(one: &Statement<'_>, at: usize, end: usize) -> Self {
        let mut column = Self::default();
        let mut at = column.retype(one, at, end);
        while at < end {
            let next = clause_end(one, at + 1, end);
            column.clause(one, at, next);
            at = next;
        }
        column
    }

    /// Changes it as `alter column` says behind the column's name.
    pub(super) fn alter(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        match (one.word(at), one.word(at + 1)) {
            ("type", _) => drop(self.retype(one, at + 1, end)),
            ("set", "data") => drop(self.retype(one, at + 3, end)),
            ("set", "not") => self.is_required = true,
            ("set", "default") => self.default = Some(text(one, at + 2, end)),
            ("add", "generated") => self.is_identity = true,
            ("drop", "not") => self.is_required = false,
            ("drop", "default") => self.default = None,
            ("drop", "identity") => self.is_identity = false,
            ("drop", "expression") => self.generated = None,
            _ => {}
        }
    }

    /// Reads its type, and gives the place behind it.
    fn retype(&mut self, one: &Statement<'_>, at: usize, end: usize) -> usize {
        let after = clause_end(one, at, end);
        self.sql_type = text(one, at, after);
        after
    }

    fn clause(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        match one.word(at) {
            "not" | "primary" => self.is_required = true,
            "default" => self.default = Some(text(one, at + 1, end)),
            "generated" => match one.find(at, "identity").filter(|found| *found < end) {
                Some(_) => self.is_identity = true,
                None => {
                    let open = one.words[..end]
                        .iter()
                        .skip(at)
                        .position(|word| word == "(");
                    let open = open.map_or(end, |open| at + open);
                    let close = one.closed(open).min(end).saturating_sub(1);
                    self.generated = Some(text(one, open + 1, close));
                }
            },
            _ => {}
        }
    }
}

fn text(one: &Statement<'_>, from: usize, to: usize) -> Known {
    (from < to).then(|| one.words[from..to].join(" "))
}

/// The next place from here on at which a clause begins.
fn clause_end(one: &Statement<'_>, at: usize, end: usize) -> usize {
    let mut depth = 0_usize;
    for (place, word) in one.words[..end].iter().enumerate().skip(at) {
        match &**word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "not" if depth == 0 && one.word(place + 1) == "null" => return place,
            "default" | "generated" | "constraint" | "primary" | "unique" | "check"
            | "references" | "collate" | "using"
                if depth == 0 =>
            {
                return place;
            }
            _ => {}
        }
    }
    end
}
