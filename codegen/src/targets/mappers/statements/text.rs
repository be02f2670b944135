//! One SQL text while it is written: its lines, and the parameters that it has asked for.

use std::fmt::Write;

/// What a statement binds in one place; the names are those of `synctable::statement::Param`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Param {
    /// The subject of the caller's token.
    User,
    /// The claims of the caller's token.
    Claims,
    /// Which columns every entry gives.
    Gives,
    /// Which columns each entry gives.
    Given,
    /// Which columns each writer saw.
    Seen,
    /// The values of a column.
    Column(String),
    /// What the writers saw in a column.
    Previous(String),
    /// The versions that the writers saw.
    Version(String),
    /// The id on the device.
    Id,
    /// The time of receipt.
    Now,
    /// The latest time that an edit may have.
    Horizon,
}

/// A text and its parameters, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Sql {
    pub(super) lines: Vec<String>,
    pub(super) params: Vec<Param>,
}

impl Sql {
    /// The number of a parameter, the same for the same one.
    pub(super) fn number(&mut self, param: Param) -> usize {
        let known = self.params.iter().position(|known| *known == param);
        known.unwrap_or_else(|| {
            self.params.push(param);
            self.params.len() - 1
        }) + 1
    }

    /// The place of a parameter in Postgres.
    pub(super) fn dollar(&mut self, param: Param) -> String {
        format!("${}", self.number(param))
    }

    /// The place of a parameter in SQLite.
    pub(super) fn place(&mut self, param: Param) -> String {
        format!("?{}", self.number(param))
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds the items, one in each line, with commas between them.
    pub(super) fn list(&mut self, indent: usize, items: &[String]) {
        let count = items.len();
        for (index, item) in items.iter().enumerate() {
            let comma = if index + 1 < count { "," } else { "" };
            self.line(format!("{:indent$}{item}{comma}", ""));
        }
    }

    /// Adds names in lines that are not too long, behind `before` and in front of `after`.
    pub(super) fn names(&mut self, indent: usize, before: &str, names: &[String], after: &str) {
        const WIDTH: usize = 100;
        let one = format!("{:indent$}{before}{}{after}", "", names.join(", "));
        if one.len() <= WIDTH {
            return self.line(one);
        }
        if !before.is_empty() {
            self.line(format!("{:indent$}{}", "", before.trim_end()));
        }
        let inner = indent + 4;
        let mut line = String::new();
        for (index, name) in names.iter().enumerate() {
            let comma = if index + 1 < names.len() { "," } else { "" };
            if !line.is_empty() && inner + line.len() + name.len() + 2 > WIDTH {
                self.line(format!("{:inner$}{}", "", std::mem::take(&mut line)));
            }
            let blank = if line.is_empty() { "" } else { " " };
            write!(line, "{blank}{name}{comma}").expect("a string grows");
        }
        self.line(format!("{:inner$}{line}", ""));
        if !after.is_empty() {
            self.line(format!("{:indent$}{after}", ""));
        }
    }

    /// Adds conditions that must all hold.
    pub(super) fn all(&mut self, indent: usize, word: &str, conditions: &[String]) {
        for (index, condition) in conditions.iter().enumerate() {
            let word = if index == 0 { word } else { "  and" };
            self.line(format!("{:indent$}{word} {condition}", ""));
        }
    }
}
