//! Names: ordinary ones, and those that break naive generators.

use super::dice::Dice;
use std::collections::BTreeSet;

/// Words for things that are declared.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "todo", "list", "note", "tag", "member", "team", "project", "photo", "shelf", "book",
    "author", "invoice", "tune", "set_item", "branch", "commit_line", "message", "device", "habit", "entry",
    "room", "asset",
];

/// Words for columns.
#[rustfmt::skip]
const COLUMNS: &[&str] = &[
    "title", "body", "status", "amount", "price", "starts", "ends", "position", "color", "meta",
    "note", "count", "size", "weight", "flags", "label", "phone", "city", "rank", "score",
    "length_m", "done", "tags", "kind",
];

/// Keywords, mixed case, digits, the words of the language itself.
#[rustfmt::skip]
const ODD: &[&str] = &[
    "order", "group", "user", "values", "class", "select", "table", "type", "default", "check",
    "column", "from", "line_1", "URLPath", "x2", "Self", "self", "fn", "async", "match",
    "year", "json", "left", "end", "index", "createdAt", "a", "public", "value", "where",
    "references", "primary", "limit", "name", "text", "key", "rows", "constraint", "interface", "function",
    "var", "static", "of", "is", "in", "NULLS", "Table", "row", "hash",
];

/// Hands out names that stay apart after every target has folded them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

/// What a name is after case conversion in any language: letters and digits, in lower case.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

impl Names {
    /// Names among which these are gone already.
    pub(super) fn without(taken: &[&str]) -> Names {
        Names {
            taken: taken.iter().map(|name| folded(name)).collect(),
        }
    }

    /// The name, if nothing folds to it yet.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.taken.insert(folded(name)).then(|| name.to_owned())
    }

    /// The name, or the name with a number.
    pub(super) fn near(&mut self, name: &str) -> String {
        let mut number = 2;
        let mut candidate = name.to_owned();
        loop {
            if let Some(taken) = self.take(&candidate) {
                return taken;
            }
            // A letter before the number: `a_2` and `a2` are one name in some languages, and so are `a2_1` and `a_21`.
            candidate = format!("{name}_n{number}");
            number += 1;
        }
    }

    /// A name for a table, an enum, a view.
    pub(super) fn thing(&mut self, dice: &mut Dice) -> String {
        self.some(dice, PLAIN)
    }

    /// A name for a column.
    pub(super) fn column(&mut self, dice: &mut Dice) -> String {
        self.some(dice, COLUMNS)
    }

    fn some(&mut self, dice: &mut Dice, words: &[&str]) -> String {
        let name = match dice.below(100) {
            0..15 => (*dice.pick(ODD)).to_owned(),
            15..20 => long(dice, words),
            20..24 => format!("{}_{}", dice.pick(words), dice.below(40)),
            24..27 => format!("_{}", dice.pick(words)),
            _ => (*dice.pick(words)).to_owned(),
        };
        match name.len() {
            // The number must still fit.
            56.. => match self.take(&name) {
                Some(name) => name,
                None => {
                    let word = *dice.pick(words);
                    self.near(word)
                }
            },
            _ => self.near(&name),
        }
    }
}

/// A name of the longest that Postgres holds, or nearly.
fn long(dice: &mut Dice, words: &[&str]) -> String {
    let mut name = String::new();
    while name.len() < 63 {
        let word = *dice.pick(words);
        name.push_str(word);
        name.push('_');
    }
    name.truncate(dice.between(61, 63));
    while name.ends_with('_') {
        name.pop();
        name.push('x');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_and_fit() {
        let (mut dice, mut names) = (Dice::new(3), Names::default());
        let mut seen = BTreeSet::new();
        for _ in 0..2000 {
            let name = names.column(&mut dice);
            assert!(name.len() <= 63 && seen.insert(folded(&name)), "{name}");
        }
        assert!(seen.iter().any(|name| name.len() > 50));
    }
}
