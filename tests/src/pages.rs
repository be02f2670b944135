//! Pages of the documentation that a reader can follow: their files and their commands.

use crate::beside::without_our_package;
use crate::binary;
use crate::cases::workspace;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What a page tells its reader to write and to run.
pub struct Page {
    /// The text of each file, by its path: a block whose first line is a comment with the path.
    pub files: BTreeMap<String, String>,
    /// The blocks of commands, in their order.
    pub commands: Vec<String>,
}

/// Reads a page of `docs/`. A block of `sh` is commands, and every other one a file.
///
/// # Panics
/// A block that is neither.
#[must_use]
pub fn read(name: &str) -> Page {
    let page = fs::read_to_string(workspace().join("docs").join(name)).expect("it is there");
    let mut files = BTreeMap::new();
    let mut commands = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        if language == "sh" {
            commands.push(text.to_owned());
            continue;
        }
        let first = text.lines().next().expect("a block has lines");
        let path = first.trim_start_matches(['/', '#', ' ']);
        let extension = match language {
            "rust" => "rs",
            other => other,
        };
        assert!(
            Path::new(path)
                .extension()
                .is_some_and(|of| of == extension),
            "a block of {language} names its file: {first}"
        );
        files.insert(path.to_owned(), text.to_owned());
    }
    Page { files, commands }
}

/// Somebody who follows a page in an empty folder, with the programs under test.
pub struct Reader {
    folder: TempDir,
}

impl Reader {
    /// Writes the files of the page.
    ///
    /// # Panics
    /// A file that cannot be written, or programs that are not built.
    #[must_use]
    pub fn of(page: &Page) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let reader = Self { folder };
        fs::create_dir(reader.programs()).expect("it can be made");
        for (name, program) in [("codegen", binary::codegen()), ("bridge", binary::bridge())] {
            symlink(program, reader.programs().join(name)).expect("it can be linked");
        }
        for (path, text) in &page.files {
            let path = reader.folder().join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
        reader
    }

    /// The folder of the app.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// The folder of programs that a shell finds first.
    #[must_use]
    pub fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    /// A shell in the folder of the app, which stops at the first command that fails.
    ///
    /// # Panics
    /// Without a search path.
    #[must_use]
    pub fn shell(&self, commands: &str) -> Command {
        let path = std::env::var("PATH").expect("there is a path");
        let mut shell = Command::new("sh");
        without_our_package(&mut shell)
            .args(["-euc", commands])
            .current_dir(self.folder())
            .env("PATH", format!("{}:{path}", self.programs().display()));
        shell
    }
}

/// Runs a shell to its end, and gives what it printed.
///
/// # Panics
/// A command that fails, with what it said.
#[track_caller]
pub fn run(shell: &mut Command) -> String {
    let output = shell.output().expect("sh runs");
    assert!(
        output.status.success(),
        "{shell:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("it prints text")
}
