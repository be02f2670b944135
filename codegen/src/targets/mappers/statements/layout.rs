//! How the text of a statement is laid out: lines of at most 110 characters, broken where a reader would break them.

/// How long a line is at most, unless it holds a literal or a name that is longer.
pub(super) const WIDTH: usize = 110;

/// The lines of a statement.
#[derive(Debug)]
pub(super) struct Lines(String);

impl Default for Lines {
    fn default() -> Self {
        // What most statements take.
        Self(String::with_capacity(2048))
    }
}

impl Lines {
    /// The text.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Whether a text is one line.
    pub(super) fn fits(indent: usize, text: &str) -> bool {
        indent + width(text) <= WIDTH
    }

    /// Adds a text, in as many lines as it takes.
    pub(super) fn add(&mut self, indent: usize, text: &str) {
        let is_opaque = || text.contains('\n') || text.contains("--") || text.contains("$$");
        if Self::fits(indent, text) || is_opaque() {
            return self.push(indent, &[text]);
        }
        let breaks = Break::all(text);
        self.broken(indent, &Piece::whole(text, &breaks));
    }

    /// Adds a text and what follows it: in one line where both fit, else `then` stands below.
    pub(super) fn either(&mut self, indent: usize, text: &str, then: &str) {
        if indent + width(text) + 1 + width(then) <= WIDTH {
            return self.push(indent, &[text, " ", then]);
        }
        self.add(indent, text);
        self.add(indent + 4, then);
    }

    /// Adds a list between what stands before and behind it, as many items in a line as fit; the lines after the first are
    /// indented, and a clause that follows the list stands below it.
    pub(super) fn list(&mut self, indent: usize, before: &str, items: &[String], after: &str) {
        let commas = 2 * items.len().saturating_sub(1);
        let of_items: usize = items.iter().map(|item| width(item)).sum();
        if indent + width(before) + of_items + commas + width(after) <= WIDTH {
            return self.push(indent, &[before, &items.join(", "), after]);
        }
        let (closes, follows) = match after.starts_with(' ') {
            true => ("", after.trim_start()),
            false => (after, ""),
        };
        self.items(indent, before, items, closes);
        if !follows.is_empty() {
            self.push(indent, &[follows]);
        }
    }

    /// Adds items with commas between them, behind `before` and in front of `closes`.
    pub(super) fn items(&mut self, indent: usize, before: &str, items: &[String], closes: &str) {
        let mut line = before.to_owned();
        let mut taken = width(before);
        let mut deeper = indent;
        let below = if before.is_empty() {
            indent
        } else {
            indent + 4
        };
        let mut is_first = true;
        for (index, item) in items.iter().enumerate() {
            let end = if index + 1 < items.len() { "," } else { closes };
            let length = width(item) + width(end);
            let fits = deeper + taken + 1 + length <= WIDTH;
            if !is_first && !fits {
                self.add(deeper, &line);
                line.clear();
                taken = 0;
                deeper = below;
            } else if !is_first {
                line.push(' ');
                taken += 1;
            }
            line.push_str(item);
            line.push_str(end);
            taken += length;
            is_first = false;
        }
        self.add(deeper, &line);
    }

    /// Adds conditions that must all hold, behind `word`.
    pub(super) fn all(&mut self, indent: usize, word: &str, conditions: &[String], and: &str) {
        let one = format!("{word} {}", conditions.join(&format!(" {and} ")));
        if Self::fits(indent, &one) {
            return self.push(indent, &[&one]);
        }
        for (index, condition) in conditions.iter().enumerate() {
            match index {
                0 => self.add(indent, &format!("{word} {condition}")),
                _ => self.add(indent + 4, &format!("{and} {condition}")),
            }
        }
    }

    /// Adds a piece that is too long for a line, in several.
    fn broken(&mut self, indent: usize, piece: &Piece<'_>) {
        let (kind, places) = piece.outermost();
        match kind {
            BreakKind::Condition | BreakKind::Case | BreakKind::Branch => {
                let mut from = None;
                let ends = places.iter().copied().map(Some).chain([None]);
                for (index, to) in ends.enumerate() {
                    let deeper = if index == 0 { indent } else { indent + 4 };
                    self.part(deeper, &piece.part(from, to));
                    from = to;
                }
            }
            BreakKind::Item | BreakKind::Word => self.fill(indent, piece, &places),
        }
    }

    /// Adds a piece, in as many lines as it takes.
    fn part(&mut self, indent: usize, piece: &Piece<'_>) {
        match Self::fits(indent, piece.text) {
            true => self.push(indent, &[piece.text]),
            false => self.broken(indent, piece),
        }
    }

    /// Adds the parts of a piece, as many in a line as fit; what does not fit into the first line stands indented.
    fn fill(&mut self, indent: usize, piece: &Piece<'_>, places: &[usize]) {
        // The break that the line and the one that the part begins at.
        let (mut line, mut from) = (None, None);
        let (mut taken, mut many) = (0, 0);
        let mut deeper = indent;
        for to in places.iter().copied().map(Some).chain([None]) {
            let part = piece.between(from, to);
            if many > 0 && deeper + taken + width(part.trim_end()) > WIDTH {
                self.end(deeper, &piece.part(line, from), many);
                line = from;
                (deeper, taken, many) = (indent + 4, 0, 0);
            }
            taken += width(part);
            many += 1;
            from = to;
        }
        self.end(deeper, &piece.part(line, None), many);
    }

    /// Ends a line of some parts; one that is too long alone is broken within.
    fn end(&mut self, indent: usize, line: &Piece<'_>, many: usize) {
        match many {
            1 if !line.breaks.is_empty() => self.part(indent, line),
            _ => self.push(indent, &[line.text]),
        }
    }

    fn push(&mut self, indent: usize, line: &[&str]) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        for part in line {
            self.0.push_str(part);
        }
        self.0.push('\n');
    }
}

/// How many characters a text takes.
fn width(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.chars().count(),
    }
}

/// What a text may be broken at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BreakKind {
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

impl BreakKind {
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

/// Where a text may be broken, and how many parentheses and cases are open there.
///
/// Closing one that was opened before the text counts below zero, so that the same breaks serve every part of the text.
#[derive(Clone, Copy, Debug)]
struct Break {
    kind: BreakKind,
    /// The place behind the blank.
    place: usize,
    /// What is open at the blank.
    open: i32,
    /// The least that is open since the break before.
    least: i32,
    /// What is open behind the blank.
    behind: i32,
}

impl Break {
    /// All of a text.
    fn all(text: &str) -> Vec<Self> {
        let mut breaks = Vec::with_capacity(text.len() / 8);
        let (mut open, mut least) = (0_i32, 0);
        let mut quote = None;
        let mut word = 0;
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().copied().enumerate() {
            if let Some(quoted) = quote {
                if byte == quoted {
                    quote = None;
                    word = at + 1;
                }
                continue;
            }
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                continue;
            }
            let before = &bytes[word..at];
            word = at + 1;
            if before == b"end" {
                open -= 1;
                least = least.min(open);
            }
            let opens = i32::from(before == b"case");
            match byte {
                b'\'' | b'"' => quote = Some(byte),
                b'(' | b'[' => open += 1,
                b')' | b']' => {
                    open -= 1;
                    least = least.min(open);
                }
                b' ' => {
                    breaks.push(Self {
                        kind: BreakKind::at(text, at),
                        place: at + 1,
                        open,
                        least,
                        behind: open + opens,
                    });
                    least = open + opens;
                }
                _ => {}
            }
            open += opens;
        }
        breaks
    }
}

/// A part of a text, with the breaks in it.
struct Piece<'t> {
    text: &'t str,
    /// Where it begins in the text.
    start: usize,
    /// What is open where it begins.
    open: i32,
    breaks: &'t [Break],
}

impl<'t> Piece<'t> {
    fn whole(text: &'t str, breaks: &'t [Break]) -> Self {
        Self {
            text,
            start: 0,
            open: 0,
            breaks,
        }
    }

    /// The text from behind one of the breaks to behind another one; from the beginning, to the end.
    fn between(&self, from: Option<usize>, to: Option<usize>) -> &'t str {
        let place = |index: usize| self.breaks[index].place - self.start;
        let (from, to) = (from.map_or(0, place), to.map_or(self.text.len(), place));
        &self.text[from..to]
    }

    /// The same without blanks at its end, with the breaks in it.
    fn part(&self, from: Option<usize>, to: Option<usize>) -> Self {
        let text = self.between(from, to).trim_end();
        let (start, open) = match from {
            None => (self.start, self.open),
            Some(from) => (self.breaks[from].place, self.breaks[from].behind),
        };
        let breaks = &self.breaks[from.map_or(0, |from| from + 1)..to.unwrap_or(self.breaks.len())];
        let end = start + text.len();
        let within = breaks.partition_point(|one| one.place <= end);
        Self {
            text,
            start,
            open,
            breaks: &breaks[..within],
        }
    }

    /// The breaks that fewest parentheses and cases enclose, of one kind: blanks alone are the last resort.
    fn outermost(&self) -> (BreakKind, Vec<usize>) {
        let wanted = [
            BreakKind::Item,
            BreakKind::Case,
            BreakKind::Branch,
            BreakKind::Condition,
        ];
        // How deep each break is; closing what was opened before the piece changes nothing.
        let mut least = self.open;
        let depths: Vec<i32> = self
            .breaks
            .iter()
            .map(|one| {
                least = least.min(one.least);
                one.open - least
            })
            .collect();
        let of = |kinds: &[BreakKind]| -> Vec<usize> {
            let some = self.breaks.iter().zip(&depths).enumerate();
            let some = some.filter(|(_, (one, _))| kinds.contains(&one.kind));
            let depth = some.clone().map(|(_, (_, depth))| *depth).min();
            some.filter(|(_, (_, of))| Some(**of) == depth)
                .map(|(index, _)| index)
                .collect()
        };
        let found = of(&wanted);
        for kind in wanted {
            let places = found.iter().copied();
            let places: Vec<usize> = places
                .filter(|index| self.breaks[*index].kind == kind)
                .collect();
            if !places.is_empty() {
                return (kind, places);
            }
        }
        (BreakKind::Word, (0..self.breaks.len()).collect())
    }
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
    fn letters_beyond_ascii_are_no_place_to_break() {
        let mut lines = Lines::default();
        lines.add(0, &"größe = 'länge' and ".repeat(10));
        let text = lines.into_text();
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        assert_eq!(text.matches("größe = 'länge'").count(), 10, "{text}");
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
