//! How the text of a statement is laid out: lines of at most 110 characters, broken where a reader would break them.

use std::fmt::Write;

/// How long a line is at most, unless it holds a literal or a name that is longer.
pub(super) const WIDTH: usize = 110;

/// The lines of a statement.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// The text.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Whether a text is one line.
    pub(super) fn fits(indent: usize, text: &str) -> bool {
        indent + text.chars().count() <= WIDTH
    }

    /// Adds a text, in as many lines as it takes.
    pub(super) fn add(&mut self, indent: usize, text: &str) {
        let is_opaque = text.contains('\n') || text.contains("--") || text.contains("$$");
        if Self::fits(indent, text) || is_opaque {
            return self.push(indent, text);
        }
        let (kind, places) = Breaks::of(text).outermost();
        let mut parts = split(text, &places).into_iter();
        match kind {
            Break::Condition | Break::Case | Break::Branch => {
                self.add(indent, parts.next().unwrap_or_default().trim_end());
                for part in parts {
                    self.add(indent + 4, part.trim_end());
                }
            }
            Break::Item | Break::Word => self.fill(indent, &parts.collect::<Vec<_>>()),
        }
    }

    /// Adds a text and what follows it: in one line where both fit, else `then` stands below.
    pub(super) fn either(&mut self, indent: usize, text: &str, then: &str) {
        let one = format!("{text} {then}");
        if Self::fits(indent, &one) {
            return self.push(indent, &one);
        }
        self.add(indent, text);
        self.add(indent + 4, then);
    }

    /// Adds a list between what stands before and behind it, as many items in a line as fit; the lines after the first are
    /// indented, and a clause that follows the list stands below it.
    pub(super) fn list(&mut self, indent: usize, before: &str, items: &[String], after: &str) {
        let one = format!("{before}{}{after}", items.join(", "));
        if Self::fits(indent, &one) {
            return self.push(indent, &one);
        }
        let (closes, follows) = match after.starts_with(' ') {
            true => ("", after.trim_start()),
            false => (after, ""),
        };
        self.items(indent, before, items, closes);
        if !follows.is_empty() {
            self.push(indent, follows);
        }
    }

    /// Adds items with commas between them, behind `before` and in front of `closes`.
    pub(super) fn items(&mut self, indent: usize, before: &str, items: &[String], closes: &str) {
        let mut line = before.to_owned();
        let mut deeper = indent;
        let below = if before.is_empty() {
            indent
        } else {
            indent + 4
        };
        let mut is_first = true;
        for (index, item) in items.iter().enumerate() {
            let end = if index + 1 < items.len() { "," } else { closes };
            let length = item.chars().count() + end.chars().count();
            let fits = deeper + line.chars().count() + 1 + length <= WIDTH;
            if !is_first && !fits {
                self.add(deeper, &std::mem::take(&mut line));
                deeper = below;
            } else if !is_first {
                line.push(' ');
            }
            line.push_str(item);
            line.push_str(end);
            is_first = false;
        }
        self.add(deeper, &line);
    }

    /// Adds conditions that must all hold, behind `word`.
    pub(super) fn all(&mut self, indent: usize, word: &str, conditions: &[String], and: &str) {
        let one = format!("{word} {}", conditions.join(&format!(" {and} ")));
        if Self::fits(indent, &one) {
            return self.push(indent, &one);
        }
        for (index, condition) in conditions.iter().enumerate() {
            match index {
                0 => self.add(indent, &format!("{word} {condition}")),
                _ => self.add(indent + 4, &format!("{and} {condition}")),
            }
        }
    }

    /// Adds parts of a text, as many in a line as fit; what does not fit into the first line stands indented.
    fn fill(&mut self, indent: usize, parts: &[&str]) {
        let mut line = String::new();
        let mut deeper = indent;
        let mut many = 0;
        for part in parts {
            let length = part.trim_end().chars().count();
            if many > 0 && deeper + line.chars().count() + length > WIDTH {
                self.end(deeper, line.trim_end(), many);
                line.clear();
                (deeper, many) = (indent + 4, 0);
            }
            line.push_str(part);
            many += 1;
        }
        self.end(deeper, line.trim_end(), many);
    }

    /// Ends a line of some parts; one that is too long alone is broken within.
    fn end(&mut self, indent: usize, line: &str, many: usize) {
        match many {
            1 if !Breaks::of(line).0.is_empty() => self.add(indent, line),
            _ => self.push(indent, line),
        }
    }

    fn push(&mut self, indent: usize, line: &str) {
        writeln!(self.0, "{:indent$}{line}", "").expect("a string grows");
    }
}

/// What a text may be broken at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// Before `and`, `or` or `||`.
    Condition,
    /// Before `when` or `else`: between the branches of a case.
    Case,
    /// Before `where` or `then`.
    Branch,
    /// Behind a comma.
    Item,
    /// Behind a blank.
    Word,
}

impl Break {
    /// That of the blank at a place.
    fn at(text: &str, at: usize) -> Self {
        let (before, behind) = (&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
        let mut word = [0; 5];
        let mut length = 0;
        for byte in behind
            .iter()
            .take(word.len())
            .take_while(|byte| **byte != b' ')
        {
            word[length] = byte.to_ascii_lowercase();
            length += 1;
        }
        match &word[..length] {
            b"and" | b"or" | b"||" => Self::Condition,
            b"when" if !before.ends_with(b"case") => Self::Case,
            b"else" => Self::Case,
            b"where" | b"then" => Self::Branch,
            _ if before.ends_with(b",") => Self::Item,
            _ => Self::Word,
        }
    }
}

/// Where a text may be broken, and within how many parentheses and cases.
struct Breaks(Vec<(Break, usize, usize)>);

impl Breaks {
    fn of(text: &str) -> Self {
        let mut breaks = Vec::new();
        let mut depth = 0usize;
        let mut quote = None;
        let mut word = 0;
        for (at, byte) in text.bytes().enumerate() {
            if let Some(open) = quote {
                if byte == open {
                    quote = None;
                    word = at + 1;
                }
                continue;
            }
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                continue;
            }
            let before = &text[word..at];
            word = at + 1;
            if before == "end" {
                depth = depth.saturating_sub(1);
            }
            match byte {
                b'\'' | b'"' => quote = Some(byte),
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                b' ' => breaks.push((Break::at(text, at), depth, at + 1)),
                _ => {}
            }
            if before == "case" {
                depth += 1;
            }
        }
        Breaks(breaks)
    }

    /// The places that fewest parentheses and cases enclose, of one kind: blanks alone are the last resort.
    fn outermost(&self) -> (Break, Vec<usize>) {
        let of = |kinds: &[Break]| {
            let some = self.0.iter().filter(|(kind, ..)| kinds.contains(kind));
            let depth = some.clone().map(|(_, depth, _)| *depth).min();
            some.filter(|(_, at, _)| Some(*at) == depth)
                .map(|(kind, _, place)| (*kind, *place))
                .collect::<Vec<_>>()
        };
        let wanted = [Break::Item, Break::Case, Break::Branch, Break::Condition];
        let found = of(&wanted);
        for kind in wanted {
            let places = found.iter().filter(|(found, _)| *found == kind);
            let places: Vec<usize> = places.map(|(_, place)| *place).collect();
            if !places.is_empty() {
                return (kind, places);
            }
        }
        let words = self.0.iter().map(|(.., place)| *place);
        (Break::Word, words.collect())
    }
}

fn split<'t>(text: &'t str, places: &[usize]) -> Vec<&'t str> {
    let mut parts = Vec::with_capacity(places.len() + 1);
    let mut from = 0;
    for place in places {
        parts.push(&text[from..*place]);
        from = *place;
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_condition_is_broken_at_its_outermost_words() {
        let one = "stored.owner_id = (select user_id from caller)";
        let text =
            format!("when {one} or ({one} and stored.name <> 'this or that') then 'applied'");
        let mut lines = Lines::default();
        lines.add(8, &text);
        let wanted = format!(
            "        when {one}\n            or ({one} and stored.name <> 'this or that')\n            then 'applied'\n"
        );
        assert_eq!(lines.into_text(), wanted);
    }

    #[test]
    fn a_condition_is_broken_before_a_case_within_it() {
        let case = "case when stored.id is null then (select user_id from caller) else stored.owner_id end";
        let text =
            format!("when (entry.owner_id is not null and entry.owner_id is distinct from {case})");
        let mut lines = Lines::default();
        lines.add(0, &text);
        let wanted = "when (entry.owner_id is not null\n    \
                      and entry.owner_id is distinct from case when stored.id is null then (select user_id from caller)\n        \
                      else stored.owner_id end)\n";
        assert_eq!(lines.into_text(), wanted);
    }

    #[test]
    fn no_line_is_longer_than_it_may_be() {
        let names: Vec<String> = (0..60).map(|nr| format!("column_{nr}")).collect();
        let mut lines = Lines::default();
        lines.list(4, "insert into public.wide (", &names, ")");
        lines.add(4, &format!("f({})", names.join(", ")));
        let blanks = names.join(" ");
        lines.add(4, &blanks);
        let text = lines.into_text();
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.lines().count() > 15, "{text}");
    }
}
