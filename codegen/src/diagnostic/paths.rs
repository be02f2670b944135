//! Paths in reports that another program reads: from the folder of the repository, whatever folder the command ran in.

use std::path::{Component, Path, PathBuf};

/// How paths of this run are written in reports for GitHub and in SARIF.
///
/// The default writes them as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The repository and the current folder, both absolute.
    places: Option<(PathBuf, PathBuf)>,
}

impl Paths {
    /// From the repository that `here`, an absolute path, is in; as they are where there is none.
    #[must_use]
    pub fn of_repository(here: &Path) -> Self {
        let repository = here.ancestors().find(|folder| folder.join(".git").exists());
        Self {
            places: repository.map(|found| (found.to_owned(), here.to_owned())),
        }
    }

    /// A path as it is written; one that leads out of the repository stays as it is.
    pub(crate) fn of(&self, path: &str) -> String {
        let inside = || {
            let (repository, here) = self.places.as_ref()?;
            let mut whole = PathBuf::new();
            for component in here.join(path).components() {
                match component {
                    Component::ParentDir => {
                        whole.pop();
                    }
                    Component::CurDir => {}
                    other => whole.push(other),
                }
            }
            let inside = whole.strip_prefix(repository).ok()?;
            let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
            Some(parts?.join("/"))
        };
        inside().unwrap_or_else(|| path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().join("apps/notes");
        std::fs::create_dir_all(&here).expect("it is made");
        let outside = Paths::of_repository(&here);
        std::fs::create_dir(folder.path().join(".git")).expect("it is made");
        let paths = Paths::of_repository(&here);
        let absolute = here.join("schema/app.yaml");
        for (path, expected) in [
            ("schema/app.yaml", "apps/notes/schema/app.yaml"),
            ("../shared/./a.yaml", "apps/shared/a.yaml"),
            ("../../../a.yaml", "../../../a.yaml"),
            (
                absolute.to_str().expect("UTF-8"),
                "apps/notes/schema/app.yaml",
            ),
        ] {
            assert_eq!(paths.of(path), expected);
        }
        assert!(!outside.of("schema/app.yaml").starts_with("apps/"));
    }
}
