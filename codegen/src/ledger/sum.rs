//! The sum file: a line for each file of the ledger, which continues the line before it.
//!
//! ```text
//! # synctable ledger 1, written by `codegen migrate`. A conflict in this file: two branches added migrations.
//! 6f52… 0b1c… 20260131120000_init.sql
//! 93d1… 77ae… snapshots/20260131120000.json
//! 41f0… c2d4… 20260202080000_backfill.sql by-hand
//! ```
//!
//! The first hash is that of the file, as `sha256sum` prints it; the second one is made of the line and the one before it.
//! So an edit, a deletion, another name, a foreign file and a fork are told apart without git. What a sum cannot tell is
//! whether somebody made all of it anew: only the history in version control does.

use crate::diagnostic::{Diagnostic, LEDGER_FORKED, SUM_UNREADABLE};
use crate::entry_names::{SUM, entry_of, snapshot_at};
use crate::hash::hash;
use std::fmt::Write as _;

/// The format number that this version writes and reads.
const FORMAT: &str = "1";

const TITLE: &str = "# synctable ledger ";

const BY_HAND: &str = " by-hand";

/// What a file of the ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A migration that was generated.
    Generated,
    /// A migration that was written by hand.
    ByHand,
    /// What a generated migration leads to.
    Snapshot,
}

/// A file of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) path: String,
    pub(super) kind: Kind,
    /// The hash of its text.
    pub(super) content: String,
}

/// A line as it was read.
pub(super) struct Read {
    pub(super) line: Line,
    pub(super) chain: String,
}

impl Line {
    pub(super) fn new(path: impl Into<String>, kind: Kind, text: &str) -> Self {
        Self {
            path: path.into(),
            kind,
            content: hash(text),
        }
    }

    /// What makes the line continue another one.
    pub(super) fn chain(&self, before: Option<&str>) -> String {
        let by_hand = self.kind == Kind::ByHand;
        let mut chain = hash(&format!(
            "{}\n{}\n{}\n{by_hand}",
            before.unwrap_or_default(),
            self.content,
            self.path
        ));
        chain.truncate(16);
        chain
    }

    /// When it stands in the order: the digits of its name.
    pub(super) fn at(&self) -> &str {
        let entry = entry_of(&self.path).map(|(at, _)| at);
        entry
            .or_else(|| snapshot_at(&self.path))
            .unwrap_or_default()
    }
}

/// The text of the sum file.
pub(super) fn write(lines: &[Line]) -> String {
    let mut text = format!(
        "{TITLE}{FORMAT}, written by `codegen migrate`. A conflict in this file: two branches added migrations.\n"
    );
    let mut before: Option<String> = None;
    for line in lines {
        let chain = line.chain(before.as_deref());
        let by_hand = if line.kind == Kind::ByHand {
            BY_HAND
        } else {
            ""
        };
        writeln!(text, "{} {chain} {}{by_hand}", line.content, line.path).expect("a string grows");
        before = Some(chain);
    }
    text
}

/// Reads a sum file.
///
/// # Errors
///
/// It is another format, holds what a merge left there, or something that is not a line.
pub(super) fn read(text: &str) -> Result<Vec<Read>, Diagnostic> {
    let mut lines = text.lines();
    let title = lines.next().and_then(|title| title.strip_prefix(TITLE));
    let format = title.and_then(|title| title.split(',').next());
    if let Some(format) = format.filter(|format| *format != FORMAT) {
        return Err(Diagnostic::error(
            SUM_UNREADABLE,
            format!("`{SUM}` has format {format}, but this version reads format {FORMAT}"),
        )
        .help("use the version of `codegen` that wrote it, or a newer one"));
    }
    let conflicts = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];
    if text
        .lines()
        .any(|line| conflicts.iter().any(|sign| line.starts_with(sign)))
    {
        return Err(Diagnostic::error(
            LEDGER_FORKED,
            format!("`{SUM}` contains a merge conflict: two branches added migrations"),
        )
        .help("run `codegen migrate --rebase`, which puts the entries of your branch on top of those of the main branch"));
    }
    let unreadable = |number: usize| {
        Diagnostic::error(
            SUM_UNREADABLE,
            format!("line {number} of `{SUM}` cannot be read"),
        )
        .help("restore it from version control")
    };
    if format.is_none() {
        return Err(unreadable(1));
    }
    let mut all: Vec<Read> = Vec::new();
    for (index, line) in lines.enumerate() {
        let read = parsed(line).ok_or_else(|| unreadable(index + 2))?;
        if all.iter().any(|one| one.line.path == read.line.path) {
            return Err(unreadable(index + 2));
        }
        all.push(read);
    }
    Ok(all)
}

fn parsed(line: &str) -> Option<Read> {
    let is_hash = |hash: &&str, length: usize| {
        hash.len() == length && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let (content, rest) = line.split_once(' ')?;
    let (chain, path) = rest.split_once(' ')?;
    if !is_hash(&content, 64) || !is_hash(&chain, 16) {
        return None;
    }
    let (path, kind) = match path.strip_suffix(BY_HAND) {
        Some(path) => (path, Kind::ByHand),
        None if snapshot_at(path).is_some() => (path, Kind::Snapshot),
        None => (path, Kind::Generated),
    };
    let fits = match kind {
        Kind::Snapshot => true,
        Kind::Generated | Kind::ByHand => entry_of(path).is_some(),
    };
    fits.then(|| Read {
        line: Line {
            path: path.to_owned(),
            kind,
            content: content.to_owned(),
        },
        chain: chain.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_each_line_continues_the_one_before() {
        let lines = [
            Line::new("1_a.sql", Kind::Generated, "select 1;\n"),
            Line::new("snapshots/1.json", Kind::Snapshot, "{}\n"),
            Line::new("2_b by-hand.sql", Kind::ByHand, "select 2;\n"),
        ];
        let text = write(&lines);
        let read = read(&text.replace('\n', "\r\n")).expect("it is a sum");
        assert!(read.iter().map(|one| &one.line).eq(&lines));
        let mut before = None;
        for one in &read {
            assert_eq!(one.line.chain(before), one.chain);
            before = Some(&one.chain);
        }
        assert_ne!(lines[1].chain(None), lines[1].chain(Some("a")));
    }

    #[test]
    fn a_line_that_is_none_is_told_by_its_number() {
        let good = write(&[Line::new("1_a.sql", Kind::Generated, "")]);
        let twice = format!("{good}{}\n", good.lines().last().expect("a line"));
        for (text, message) in [
            ("", "line 1 of `synctable.sum` cannot be read"),
            (
                &good.replace("ledger 1", "ledger 2"),
                "`synctable.sum` has format 2, but this version reads format 1",
            ),
            (
                &format!("{good}x\n"),
                "line 3 of `synctable.sum` cannot be read",
            ),
            (
                &good.replace("1_a.sql", "../a.sql"),
                "line 2 of `synctable.sum` cannot be read",
            ),
            (&twice, "line 3 of `synctable.sum` cannot be read"),
            (
                &format!("{good}<<<<<<< HEAD\n"),
                "`synctable.sum` contains a merge conflict: two branches added migrations",
            ),
        ] {
            let Err(refused) = read(text) else {
                panic!("{text} is read");
            };
            assert_eq!(refused.message, message);
        }
    }
}
