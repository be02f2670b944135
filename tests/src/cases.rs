//! Case folders: one folder is one case, and its name is the sentence it proves.
//!
//! Inputs and expectations are files of that folder. `BLESS=1` writes the expectations instead of comparing them;
//! read the diff afterwards as carefully as code.

use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// The root folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package `tests` is a folder of the workspace")
}

/// One case folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// The folder's name: the sentence that the case proves, with underscores for blanks.
    pub name: String,
    /// The folder itself.
    pub folder: PathBuf,
}

/// The cases below `tests/cases/<group>`, sorted by name.
///
/// # Panics
///
/// If there is no such folder, or no case in it: a test over no cases proves nothing.
pub fn cases(group: &str) -> Vec<Case> {
    let folder = workspace().join("tests/cases").join(group);
    let mut found: Vec<Case> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("cases/{group}: {error}"))
        .map(|entry| entry.expect("a folder just listed can be read").path())
        .filter(|path| path.is_dir())
        .map(|folder| Case {
            name: folder
                .file_name()
                .expect("a listed folder has a name")
                .to_string_lossy()
                .into_owned(),
            folder,
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "cases/{group} holds no case");
    found
}

/// Runs every case of `tests/cases/<group>` and reports all that fail, not only the first.
///
/// # Panics
///
/// If a case returns an error; the message lists every one by name.
pub fn each(group: &str, run: impl Fn(&Case) -> Result<(), String>) {
    let all = cases(group);
    let failures: Vec<String> = all
        .iter()
        .filter_map(|case| {
            run(case)
                .err()
                .map(|why| format!("--- {group}/{}\n{why}", case.name))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n\n{}",
        failures.len(),
        all.len(),
        failures.join("\n\n")
    );
}

impl Case {
    /// The text of one file of the case.
    ///
    /// # Panics
    ///
    /// If the file is missing or is no UTF-8.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file))
            .unwrap_or_else(|error| panic!("{}/{file}: {error}", self.name))
    }

    /// Compares `actual` with the case's file, or writes it there under `BLESS=1`.
    ///
    /// # Errors
    ///
    /// A unified diff from what is expected to what came out.
    pub fn expect(&self, file: &str, actual: &str) -> Result<(), String> {
        let path = self.folder.join(file);
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| format!("{file}: {error}"))?;
            }
            return fs::write(&path, actual).map_err(|error| format!("{file}: {error}"));
        }
        let expected = fs::read_to_string(&path)
            .map_err(|error| format!("{file}: {error} (BLESS=1 writes it)"))?;
        if expected == actual {
            return Ok(());
        }
        let diff = TextDiff::from_lines(&expected, actual);
        Err(format!(
            "{file} differs (BLESS=1 accepts what came out)\n{}",
            diff.unified_diff()
                .header("expected", "came out")
                .context_radius(3)
        ))
    }
}
