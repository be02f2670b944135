//! One SQL text while it is written: its pieces, and the parameters that it has asked for.

use std::fmt::{Display, Write};

/// What a statement binds in one place; the names are those of `synctable::statement::Param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param<'a> {
    /// The subject of the caller's token.
    User,
    /// The claims of the caller's token.
    Claims,
    /// The client that writes.
    Client,
    /// Which columns every entry gives.
    Gives,
    /// Which columns each entry gives.
    Given,
    /// Which columns each writer saw.
    Seen,
    /// The values of a column.
    Column(&'a str),
    /// What the writers saw in a column.
    Previous(&'a str),
    /// The versions that the writers saw.
    Version(&'a str),
    /// The id on the device.
    Id,
    /// The time of receipt.
    Now,
    /// The latest time that an edit may have.
    Horizon,
}

/// Which connections a part of a text is for; the names are those of `synctable::statement::Piece`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Always,
    RowSecurity,
    Guarded,
}

impl For {
    /// The connections to Postgres.
    pub(super) const POSTGRES: [For; 2] = [For::RowSecurity, For::Guarded];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            For::Always => "Always",
            For::RowSecurity => "RowSecurity",
            For::Guarded => "Guarded",
        }
    }

    /// Whether a connection of `one`'s kind runs it.
    pub(super) fn includes(self, one: For) -> bool {
        self == For::Always || self == one
    }
}

/// A part of a text, and for whom it is.
pub(super) type Part = (For, String);

/// For every connection.
pub(super) fn always(text: impl Into<String>) -> Part {
    (For::Always, text.into())
}

/// What `of` makes for each connection to Postgres: one part where it makes the same of both.
pub(super) fn each(of: impl Fn(For) -> String) -> Vec<Part> {
    let [bound, guarded] = For::POSTGRES.map(of);
    match bound == guarded {
        true => vec![always(bound)],
        false => vec![(For::RowSecurity, bound), (For::Guarded, guarded)],
    }
}

/// A text and its parameters, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Sql<'a> {
    /// Whole lines; neighbours are for different connections.
    pub(super) pieces: Vec<Part>,
    pub(super) params: Vec<Param<'a>>,
}

impl<'a> Sql<'a> {
    /// A text that numbers its parameters on from those of another.
    pub(super) fn numbered_as(other: &Sql<'a>) -> Self {
        Sql {
            pieces: Vec::new(),
            params: other.params.clone(),
        }
    }

    /// The number of a parameter, the same for the same one.
    pub(super) fn number(&mut self, param: Param<'a>) -> usize {
        let known = self.params.iter().position(|known| *known == param);
        known.unwrap_or_else(|| {
            self.params.push(param);
            self.params.len() - 1
        }) + 1
    }

    /// The place of a parameter in Postgres.
    pub(super) fn dollar(&mut self, param: Param<'a>) -> String {
        format!("${}", self.number(param))
    }

    /// The place of a parameter in SQLite.
    pub(super) fn place(&mut self, param: Param<'a>) -> String {
        format!("?{}", self.number(param))
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: impl Display) {
        self.add(For::Always, line);
    }

    /// Adds a line for some connections.
    pub(super) fn add(&mut self, whose: For, line: impl Display) {
        if self.pieces.last().is_none_or(|(last, _)| *last != whose) {
            self.pieces.push((whose, String::new()));
        }
        let (_, text) = self.pieces.last_mut().expect("one was pushed");
        writeln!(text, "{line}").expect("a string grows");
    }

    /// Leaves the text to the connections that `whose` names.
    pub(super) fn only(mut self, whose: For) -> Self {
        let mut text = String::new();
        for (of, piece) in self.pieces {
            if of.includes(whose) {
                text.push_str(&piece);
            }
        }
        self.pieces = vec![(whose, text)];
        self
    }

    /// Adds the items, one in each line, with commas between them; the last is always there, or there for each connection.
    pub(super) fn list(&mut self, indent: usize, items: &[Part]) {
        for (index, (whose, item)) in items.iter().enumerate() {
            let mut next = items[index + 1..].iter();
            let is_last = match whose {
                For::Always => next.next().is_none(),
                whose => !next.any(|(of, _)| of.includes(*whose)),
            };
            let comma = if is_last { "" } else { "," };
            self.add(*whose, format_args!("{:indent$}{item}{comma}", ""));
        }
    }

    /// Adds names in lines that are not too long, behind `before` and in front of `after`; `special` come first, each for one
    /// kind of connection.
    pub(super) fn names(
        &mut self,
        indent: usize,
        before: &str,
        special: &[Part],
        names: &[String],
        after: &str,
    ) {
        const WIDTH: usize = 100;
        let length: usize = names.iter().map(|name| name.len() + 2).sum();
        if special.is_empty() && indent + before.len() + length + after.len() <= WIDTH + 2 {
            let names = names.join(", ");
            return self.line(format_args!("{:indent$}{before}{names}{after}", ""));
        }
        if !before.is_empty() {
            self.line(format_args!("{:indent$}{}", "", before.trim_end()));
        }
        let inner = indent + 4;
        for (whose, name) in special {
            self.add(*whose, format_args!("{:inner$}{name},", ""));
        }
        let mut line = String::with_capacity(WIDTH);
        for (index, name) in names.iter().enumerate() {
            if !line.is_empty() && inner + line.len() + name.len() + 2 > WIDTH {
                self.line(format_args!("{:inner$}{line}", ""));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(name);
            if index + 1 < names.len() {
                line.push(',');
            }
        }
        self.line(format_args!("{:inner$}{line}", ""));
        if !after.is_empty() {
            self.line(format_args!("{:indent$}{after}", ""));
        }
    }

    /// Adds conditions that must all hold: `word` before the first that a connection has, `and` before the others.
    pub(super) fn all(&mut self, indent: usize, word: &str, and: &str, conditions: &[Part]) {
        for (index, (whose, condition)) in conditions.iter().enumerate() {
            let is_first = |one: For| !conditions[..index].iter().any(|(of, _)| of.includes(one));
            let word = |first: bool| if first { word } else { and };
            let [bound, guarded] = For::POSTGRES.map(is_first);
            let mut add = |whose, first| {
                self.add(
                    whose,
                    format_args!("{:indent$}{} {condition}", "", word(first)),
                );
            };
            match whose {
                For::Always if bound == guarded => add(For::Always, bound),
                For::Always => {
                    add(For::RowSecurity, bound);
                    add(For::Guarded, guarded);
                }
                For::RowSecurity => add(For::RowSecurity, bound),
                For::Guarded => add(For::Guarded, guarded),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &Sql<'_>, one: For) -> String {
        let pieces = sql.pieces.iter().filter(|(whose, _)| whose.includes(one));
        pieces.map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn each_connection_gets_a_whole_list_and_whole_conditions() {
        let part = |whose, text: &str| (whose, text.to_owned());
        let mut sql = Sql::default();
        let items = [
            always("a"),
            part(For::Guarded, "b"),
            part(For::RowSecurity, "c"),
            part(For::Guarded, "d"),
        ];
        sql.list(0, &items);
        let conditions = [
            part(For::Guarded, "x"),
            always("y"),
            part(For::RowSecurity, "z"),
        ];
        sql.all(0, "where", "  and", &conditions);
        assert_eq!(of(&sql, For::RowSecurity), "a,\nc\nwhere y\n  and z\n");
        assert_eq!(of(&sql, For::Guarded), "a,\nb,\nd\nwhere x\n  and y\n");
    }

    #[test]
    fn what_is_the_same_for_both_stands_once() {
        assert_eq!(each(|_| "now()".to_owned()), [always("now()")]);
        let caller = each(|whose| whose.as_str().to_owned());
        assert_eq!(caller.len(), 2);
        let mut sql = Sql::default();
        sql.line("1");
        sql.line("2");
        sql.add(For::Guarded, "3");
        assert_eq!(sql.pieces.len(), 2);
        assert_eq!(
            sql.only(For::Guarded).pieces,
            [(For::Guarded, "1\n2\n3\n".to_owned())]
        );
    }
}
