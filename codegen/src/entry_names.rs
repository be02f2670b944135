//! How the files of a ledger are called: what reads the ledger knows them by it, and what writes outputs leaves them alone.

/// The folder of the snapshots, in the ledger's folder.
pub(crate) const SNAPSHOTS: &str = "snapshots";

/// The sum file, in the ledger's folder.
pub(crate) const SUM: &str = "synctable.sum";

/// The file of releases, in the ledger's folder.
pub(crate) const RELEASES: &str = "synctable.releases";

/// What the name of an entry begins with whose file has the form that refinery reads: `V20260131120000__init.sql`.
pub(crate) const REFINERY: &str = "__";

/// The folder of the models of releases, in the ledger's folder.
pub(crate) const RELEASE_MODELS: &str = "releases/";

/// The path of the model of a release.
pub(crate) fn release_path(name: &str) -> String {
    format!("{RELEASE_MODELS}{name}.json")
}

/// `20260131120000_init.sql` → `("20260131120000", "init")`, and `V20260131120000__init.sql` → `("20260131120000", "__init")`.
///
/// refinery also numbers files, such as `V2__init.sql`: only its 14-digit timestamps are entries.
pub(crate) fn entry_of(path: &str) -> Option<(&str, &str)> {
    let stem = path.strip_suffix(".sql")?;
    let (at, name) = match stem.strip_prefix('V') {
        Some(rest) => rest.split_at(rest.find(REFINERY).filter(|at| *at == 14)?),
        None => stem
            .split_once('_')
            .filter(|(_, name)| !name.starts_with(REFINERY))?,
    };
    (!at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains('/'))
        .then_some((at, name))
}

/// The path of an entry, whose name says its form.
pub(crate) fn entry_path(at: &str, name: &str) -> String {
    match name.starts_with(REFINERY) {
        true => format!("V{at}{name}.sql"),
        false => format!("{at}_{name}.sql"),
    }
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
    let is_entry = |end: &str| {
        // refinery takes any number.
        let number = end.strip_prefix('v').and_then(|rest| rest.split_once("__"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let of_refinery = number.is_some_and(|(number, rest)| {
            is_number(number) && rest.ends_with(".sql") && !rest.contains('/')
        });
        of_refinery || entry_of(end).is_some()
    };
    let is_model = |end: &str| {
        let model = end.strip_prefix(RELEASE_MODELS);
        let model = model.and_then(|rest| rest.strip_suffix(".json"));
        model.is_some_and(|name| !name.contains('/'))
    };
    ends.any(|end| {
        [SUM, RELEASES].contains(&end)
            || is_entry(end)
            || snapshot_at(end).is_some()
            || is_model(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_its_form_and_leads_back() {
        for (path, parts) in [
            ("20200101000000_init.sql", Some(("20200101000000", "init"))),
            ("1__x.sql", Some(("1", "_x"))),
            (
                "V20200101000000__init.sql",
                Some(("20200101000000", "__init")),
            ),
            ("V20200101000000___x.sql", Some(("20200101000000", "___x"))),
            ("V1__x.sql", None),
            ("1___x.sql", None),
            ("V1_x.sql", None),
            ("V__x.sql", None),
        ] {
            assert_eq!(entry_of(path), parts, "{path}");
            if let Some((at, name)) = parts {
                assert_eq!(entry_path(at, name), path);
            }
        }
    }

    #[test]
    fn files_of_a_ledger_are_known_in_any_folder_and_case() {
        for path in [
            "20200101000000_init.sql",
            "a/b/1_x.SQL",
            "a/V1__x.sql",
            "v20200101000000__init.sql",
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
            "V1_x.sql",
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
