//! What differs between two texts of nested lines, as edits of the first one: a snapshot holds those of the one before it.
//!
//! A block is a line with everything that is nested in it. Blocks of the same name are compared with each other, so that a new
//! column is one line, whatever comes after it.

use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// Lines that take the place of others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    /// The line before which it is, counted from 1 in the text so far.
    line: usize,
    /// How many lines go.
    without: usize,
    /// The lines that come.
    with: Vec<String>,
}

impl Edit {
    /// Its JSON, with a line for each line that comes.
    pub(super) fn written(&self) -> String {
        let Self {
            line,
            without,
            with,
        } = self;
        let with: Vec<String> = with
            .iter()
            .map(|line| format!("\n {}", json!(line)))
            .collect();
        let with = with.join(",");
        format!("{{\"line\":{line},\"without\":{without},\"with\":[{with}]}}")
    }
}

/// The edits that lead from one text to another.
pub(super) fn between(old: &str, new: &str) -> Vec<Edit> {
    let (old, new) = (lines(old), lines(new));
    let mut edits = Edits::default();
    edits.compare(&old, &new, 0, 0);
    edits.found
}

/// The text that edits lead to; `None` where they are not of this text.
pub(super) fn applied(old: &str, edits: &[Edit]) -> Option<String> {
    let mut rest = lines(old).into_iter();
    let mut at = 1;
    let mut new: Vec<&str> = Vec::new();
    for edit in edits {
        let kept = edit.line.checked_sub(at)?;
        if rest.len() < kept || rest.len() - kept < edit.without {
            return None;
        }
        new.extend(rest.by_ref().take(kept));
        new.extend(edit.with.iter().map(String::as_str));
        rest.by_ref().take(edit.without).for_each(drop);
        at = edit.line + edit.without;
    }
    new.extend(rest);
    Some(new.join("\n"))
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

#[derive(Default)]
struct Edits {
    found: Vec<Edit>,
}

impl Edits {
    /// Compares lines that begin at a depth; `start` is how many lines of the old text are before them.
    fn compare(&mut self, old: &[&str], new: &[&str], depth: usize, start: usize) {
        let (olds, news) = (blocks(old, depth), blocks(new, depth));
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, block) in olds.iter().enumerate() {
            places.entry(name(block[0])).or_insert(place);
        }
        let (mut next, mut line) = (0, start);
        for block in news {
            let is_next = |old: &&[&str]| name(old[0]) == name(block[0]);
            let place = match olds.get(next).is_some_and(is_next) {
                true => Some(next),
                false => places.get(name(block[0])).copied(),
            };
            let Some(place) = place.filter(|place| *place >= next) else {
                self.replace(line, 0, block);
                continue;
            };
            let skipped: usize = olds[next..place].iter().map(|one| one.len()).sum();
            self.replace(line, skipped, &[]);
            line += skipped;
            self.block(olds[place], block, depth, line);
            line += olds[place].len();
            next = place + 1;
        }
        let rest = olds[next..].iter().map(|one| one.len()).sum();
        self.replace(line, rest, &[]);
    }

    /// Compares two blocks of one name.
    fn block(&mut self, old: &[&str], new: &[&str], depth: usize, line: usize) {
        match (old, new) {
            _ if old == new => {}
            ([first, old @ ..], [other, new @ ..]) if first == other => {
                self.compare(old, new, depth + 1, line + 1);
            }
            _ => self.replace(line, old.len(), new),
        }
    }

    /// Lines behind the first `line` ones give place to others.
    fn replace(&mut self, line: usize, without: usize, with: &[&str]) {
        if without == 0 && with.is_empty() {
            return;
        }
        let with = with.iter().map(|line| (*line).to_owned());
        match self.found.last_mut() {
            Some(last) if last.line + last.without == line + 1 => {
                last.without += without;
                last.with.extend(with);
            }
            _ => self.found.push(Edit {
                line: line + 1,
                without,
                with: with.collect(),
            }),
        }
    }
}

/// Lines, each with those that are nested deeper or close it.
fn blocks<'a, 't>(lines: &'a [&'t str], depth: usize) -> Vec<&'a [&'t str]> {
    let begins = |line: &str| {
        let inner = line.trim_start_matches(' ');
        line.len() - inner.len() <= depth && !inner.starts_with(['}', ']'])
    };
    let mut blocks = Vec::new();
    let mut start = 0;
    for at in 1..=lines.len() {
        if at == lines.len() || begins(lines[at]) {
            blocks.push(&lines[start..at]);
            start = at;
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// What a line is known by: its key, or all of it in a list.
fn name(line: &str) -> &str {
    let inner = line.trim_start_matches(' ');
    let key = inner.strip_prefix('"').and_then(|rest| rest.find("\":"));
    match key {
        Some(end) => &inner[..end + 1],
        None => inner.trim_end_matches(','),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "{\n \"app\":\"a\",\n \"tables\":{\n  \"x\":{\n   \"columns\":{\n    \"a\":{},\n    \"b\":{}\n   },\n   \"indexes\":[\n    {\"name\":\"i\"},\n    {\"name\":\"j\"}\n   ]\n  },\n  \"y\":{\n   \"columns\":{\n    \"a\":{}\n   }\n  }\n }\n}";

    #[test]
    fn edits_lead_from_each_text_to_each_other_one() {
        let others = [
            OLD.replace("    \"b\":{}\n", "    \"b\":{\"kind\":\"text\"}\n"),
            OLD.replace("    \"a\":{},\n", ""),
            OLD.replace("    \"b\":{}\n", "    \"b\":{},\n    \"c\":{}\n"),
            OLD.replace(
                "    \"a\":{},\n    \"b\":{}\n",
                "    \"b\":{},\n    \"a\":{}\n",
            ),
            OLD.replace("    {\"name\":\"i\"},\n", "    {\"name\":\"h\"},\n"),
            OLD.replace("  \"y\":{", "  \"z\":{"),
            OLD.replace("\"a\",\n", "\"b\",\n \"doc\":\"}\",\n"),
            "{}".to_owned(),
            "\n\n}".to_owned(),
            String::new(),
        ];
        let texts: Vec<&str> = others.iter().map(String::as_str).chain([OLD]).collect();
        for old in &texts {
            for new in &texts {
                let edits = between(old, new);
                assert_eq!(applied(old, &edits).as_deref(), Some(*new), "{edits:?}");
                assert_eq!(edits.is_empty(), old == new);
            }
        }
    }

    #[test]
    fn a_column_more_is_a_line_more() {
        let new = OLD.replace("    \"a\":{},\n", "    \"a\":{},\n    \"new\":{},\n");
        let edit = Edit {
            line: 7,
            without: 0,
            with: vec!["    \"new\":{},".to_owned()],
        };
        assert_eq!(between(OLD, &new), [edit]);
    }

    #[test]
    fn edits_of_another_text_are_refused() {
        let edit = |line, without| Edit {
            line,
            without,
            with: Vec::new(),
        };
        assert_eq!(applied("a", &[edit(1, 2)]), None);
        assert_eq!(applied("a", &[edit(0, 1)]), None);
        assert_eq!(applied("a\nb\nc", &[edit(3, 1), edit(1, 1)]), None);
        assert_eq!(applied("a", &[edit(usize::MAX, usize::MAX)]), None);
    }
}
