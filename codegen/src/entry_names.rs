//! How the files of a ledger are called: what reads the ledger knows them by it, and what writes outputs leaves them alone.

/// The folder of the snapshots, in the ledger's folder.
pub(crate) const SNAPSHOTS: &str = "snapshots";

/// The sum file, in the ledger's folder.
pub(crate) const SUM: &str = "synctable.sum";

/// The file of releases, in the ledger's folder.
pub(crate) const RELEASES: &str = "synctable.releases";

/// The folder of the models of releases, in the ledger's folder.
pub(crate) const RELEASE_MODELS: &str = "releases/";

/// The path of the model of a release.
pub(crate) fn release_path(name: &str) -> String {
    format!("{RELEASE_MODELS}{name}.json")
}

/// `20260131120000_init.sql` → `("20260131120000", "init")`.
pub(crate) fn entry_of(path: &str) -> Option<(&str, &str)> {
    let (at, name) = path.strip_suffix(".sql")?.split_once('_')?;
    (!at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains('/'))
        .then_some((at, name))
}

/// `snapshots/20260131120000.json` → `20260131120000`.
pub(crate) fn snapshot_at(path: &str) -> Option<&str> {
    let at = path
        .strip_prefix(SNAPSHOTS)?
        .strip_prefix('/')?
        .strip_suffix(".json")?;
    (!at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit())).then_some(at)
}

/// Whether a path leads to a file of a ledger, however deep its folder lies, also where upper and lower case are one.
pub(crate) fn is_of_a_ledger(path: &str) -> bool {
    let path = path.to_lowercase();
    let mut ends =
        std::iter::once(&*path).chain(path.match_indices('/').map(|(at, _)| &path[at + 1..]));
    ends.any(|end| {
        let model = end.strip_prefix(RELEASE_MODELS);
        let model = model.and_then(|rest| rest.strip_suffix(".json"));
        [SUM, RELEASES].contains(&end)
            || entry_of(end).is_some()
            || snapshot_at(end).is_some()
            || model.is_some_and(|name| !name.contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_ledger_are_known_in_any_folder_and_case() {
        for path in [
            "20200101000000_init.sql",
            "a/b/1_x.SQL",
            "a/Synctable.sum",
            "snapshots/20200101000000.json",
            "migrations/Snapshots/1.JSON",
            "migrations/releases/1.4.0.json",
        ] {
            assert!(is_of_a_ledger(path), "{path}");
        }
        for path in [
            "setup.sql",
            "1.sql",
            "x_1.sql",
            "1.json",
            "snapshots/a.json",
            "releases/1.4.0.sql",
            "releases/a/b.json",
        ] {
            assert!(!is_of_a_ledger(path), "{path}");
        }
    }
}
