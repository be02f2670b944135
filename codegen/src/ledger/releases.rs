//! The releases of an app, each with the newest entry that it needs.
//!
//! ```text
//! # synctable releases 2, written by `codegen release`.
//! 1.3.0 20260101000000_init.sql ended
//! 1.4.0 20260202080000_backfill.sql 5f70bf18…
//! ```
//!
//! What devices hold may change without a migration.
//! The model of such a release is in `releases/1.4.0.json`, and its line has the hash of that file.

use super::{Entry, Files, Ledger, Snapshot};
use crate::diagnostic::{
    Diagnostic, ENTRY_EDITED, ENTRY_MISSING, RELEASE_REFUSED, RELEASES_UNREADABLE,
};
use crate::entry_names::{RELEASES, release_path};
use crate::hash::hash;
use crate::model::{History, Model, Released};
use crate::tree::Tree;
use std::fmt::{self, Write as _};
use std::sync::Arc;

const TITLE: &str = "# synctable releases 2, written by `codegen release`.";

/// The title of files that have names and entries alone.
const TITLE_1: &str = "# synctable releases 1, written by `codegen release`.";

/// The last word of a release that nobody runs any more.
const ENDED: &str = "ended";

/// A version of the app.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its name, such as `1.4.0`.
    pub name: String,
    /// The path of the newest entry that it needs.
    pub entry: String,
    /// Whether nobody runs it any more.
    pub ended: bool,
    /// Its model, where the entries lead to another one.
    own: Option<Own>,
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "release {} needs {}", self.name, self.entry)?;
        if self.ended {
            f.write_str(", and has ended")?;
        }
        Ok(())
    }
}

/// The file with the model of a release.
#[derive(Clone, Debug, PartialEq)]
struct Own {
    hash: String,
    model: Arc<Model>,
}

/// Reads the file of releases, whose entries are those of the ledger; takes the models that it names out of `models`.
pub(super) fn read(
    text: &str,
    entries: &[Entry],
    models: &mut Files,
) -> Result<Vec<Release>, Diagnostic> {
    let wrong = |number: usize, why: &str| {
        Diagnostic::error(
            RELEASES_UNREADABLE,
            format!("line {number} of `{RELEASES}` {why}"),
        )
        .help("restore the file from version control")
    };
    let mut releases: Vec<Release> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index == 0 {
            match [TITLE, TITLE_1].contains(&line) {
                true => continue,
                false => return Err(wrong(1, "is not of a form that this version reads")),
            }
        }
        let not_one = || wrong(index + 1, "is not a release");
        let words: Vec<&str> = line.split(' ').collect();
        let (name, entry, hash, ended) = match words[..] {
            [name, entry] => (name, entry, None, false),
            [name, entry, ENDED] => (name, entry, None, true),
            [name, entry, hash] => (name, entry, Some(hash), false),
            [name, entry, hash, ENDED] => (name, entry, Some(hash), true),
            _ => return Err(not_one()),
        };
        if !is_name(name) {
            return Err(not_one());
        }
        let Some(place) = entries.iter().position(|one| one.path() == entry) else {
            return Err(wrong(index + 1, "names an entry that is not in the ledger"));
        };
        let mut so_far = entries[..=place].iter().rev();
        let before = so_far.find_map(|entry| entry.snapshot.as_ref());
        let own = hash.map(|hash| own_model(name, hash, before, models));
        let own = own.transpose()?;
        releases.push(Release {
            name: name.to_owned(),
            entry: entry.to_owned(),
            ended,
            own,
        });
    }
    Ok(releases)
}

fn own_model(
    name: &str,
    expected: &str,
    before: Option<&Snapshot>,
    models: &mut Files,
) -> Result<Own, Diagnostic> {
    let path = release_path(name);
    let restored = "restore it from version control";
    let Some(text) = models.remove(&path) else {
        return Err(
            Diagnostic::error(ENTRY_MISSING, format!("`{path}` is missing")).help(restored),
        );
    };
    if hash(&text) != expected {
        return Err(Diagnostic::error(
            ENTRY_EDITED,
            format!("`{path}` was edited after it was written"),
        )
        .help(restored));
    }
    Ok(Own {
        hash: expected.to_owned(),
        model: Snapshot::read(&path, &text, |_| before)
            .map_err(|unread| unread.why)?
            .model,
    })
}

/// The file of releases with another one, which needs everything so far, and the file with its model where the entries lead
/// to another one.
///
/// # Errors
///
/// A name that a release cannot have, or that another one has; a ledger without entries (`D047`).
pub fn release(
    ledger: &Ledger,
    model: &Model,
    name: &str,
) -> Result<(Tree<'static>, Release), Diagnostic> {
    let refused = |why: String| Diagnostic::error(RELEASE_REFUSED, why);
    if !is_name(name) {
        return Err(
            refused(format!("`{name}` is not a valid name of a release"))
                .help("use up to 50 letters, digits, `.`, `+`, `-` and `_`, such as `1.4.0`"),
        );
    }
    // Where upper and lower case are one, so are the files of their models.
    let mut others = ledger.releases.iter();
    if let Some(other) = others.find(|other| other.name.eq_ignore_ascii_case(name)) {
        return Err(refused(format!(
            "`{}` is a release already, up to `{}`",
            other.name, other.entry
        ))
        .help("choose another name"));
    }
    let Some(newest) = ledger.newest() else {
        return Err(refused("there is no migration to release".to_owned())
            .help("run `codegen migrate --name init`"));
    };
    let entry = newest.path();
    let mut files = Tree::new();
    let own = (ledger.model() != Some(model)).then(|| {
        let after = Some(entry.clone());
        let model = Arc::new(model.clone());
        let (snapshot, text) = Snapshot::write(after, ledger.newest_snapshot(), model);
        let own = Own {
            hash: hash(&text),
            model: snapshot.model,
        };
        files.insert(release_path(name), text);
        own
    });
    let release = Release {
        name: name.to_owned(),
        entry,
        ended: false,
        own,
    };
    files.insert(RELEASES, written(ledger.releases.iter().chain([&release])));
    Ok((files, release))
}

/// The file of releases, in which a release has ended: nobody runs it any more.
///
/// # Errors
///
/// The name is unknown, or the release has already ended (`D047`).
pub fn end(ledger: &Ledger, name: &str) -> Result<(Tree<'static>, Release), Diagnostic> {
    let refused = |why: String| Diagnostic::error(RELEASE_REFUSED, why);
    let mut releases = ledger.releases.clone();
    let Some(release) = releases.iter_mut().find(|release| release.name == name) else {
        return Err(refused(format!("release `{name}` is unknown"))
            .help("run `codegen status`, which lists the releases"));
    };
    if release.ended {
        return Err(refused(format!("`{name}` has ended already")).help("choose another release"));
    }
    release.ended = true;
    let release = release.clone();
    let mut files = Tree::new();
    files.insert(RELEASES, written(&releases));
    Ok((files, release))
}

fn written<'r>(releases: impl IntoIterator<Item = &'r Release>) -> String {
    let mut text = format!("{TITLE}\n");
    for Release {
        name,
        entry,
        ended,
        own,
    } in releases
    {
        let hash = own.as_ref().map(|own| format!(" {}", own.hash));
        let ended = if *ended { " ended" } else { "" };
        let hash = hash.unwrap_or_default();
        writeln!(text, "{name} {entry}{hash}{ended}").expect("a string grows");
    }
    text
}

fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte);
    !name.is_empty() && name.len() <= 50 && name.bytes().all(good)
}

impl Ledger {
    /// Whether a release needs this entry, so that databases may have run it.
    pub fn is_released(&self, path: &str) -> bool {
        let place = |path: &str| self.entries.iter().position(|entry| entry.path() == path);
        let newest = self
            .releases
            .iter()
            .filter_map(|release| place(&release.entry))
            .max();
        matches!((place(path), newest), (Some(place), Some(newest)) if place <= newest)
    }

    /// The models that led to what is declared now, from the first release on.
    pub fn history(&self) -> History {
        let mut history = History::default();
        let mut places: Vec<Option<usize>> = vec![None; self.releases.len()];
        for entry in &self.entries {
            let snapshot = entry.snapshot.as_ref();
            history
                .models
                .extend(snapshot.map(|snapshot| (*snapshot.model).clone()));
            let of_entry = self.releases.iter().enumerate();
            for (index, release) in of_entry.filter(|(_, one)| one.entry == entry.path()) {
                let own = release.own.as_ref();
                history.models.extend(own.map(|own| (*own.model).clone()));
                places[index] = history.models.len().checked_sub(1);
            }
        }
        // A release before the first generated entry has no model.
        let placed = self.releases.iter().zip(places);
        let releases = placed.filter_map(|(release, at)| {
            Some(Released {
                name: release.name.clone(),
                at: at?,
                ended: release.ended,
            })
        });
        history.releases = releases.collect();
        history
    }
}
