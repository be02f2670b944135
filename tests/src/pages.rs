//! Pages of the documentation that a reader can follow: their files and their commands.

use crate::cases::workspace;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a page tells its reader to write and to run.
pub struct Page {
    /// The text of each file, by its path: a block whose first line is a comment with the path.
    pub files: BTreeMap<String, String>,
    /// The blocks of commands, in their order.
    pub commands: Vec<String>,
}

/// Reads a page of `docs/`. Every block is a file or commands; `sh` stands for commands.
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

impl Page {
    /// Writes the files into a folder.
    ///
    /// # Panics
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) {
        for (path, text) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
    }
}
