//! The list of what was generated in a folder: how we know that a file is ours, and that nobody changed it.
//!
//! One manifest per folder instead of a header per file: it covers formats without comments, and it tells a stray
//! from a file that was never ours. It has the form of `sha256sum`, which can verify it. Without it nothing in the folder
//! counts as ours, except files that are already what they should be.

use crate::entry_names::is_of_a_ledger;
use crate::tree::is_portable;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The hashes each path may have, by path.
///
/// One after `generate`; two where a merge of two branches left both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest(BTreeMap<String, BTreeSet<String>>);

impl Manifest {
    /// What lists files by their paths and hashes.
    pub(super) fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let one = |(path, hash)| (path, BTreeSet::from([hash]));
        Self(files.into_iter().map(one).collect())
    }

    /// Reads a manifest. Lines of another form are skipped, so that one with merge conflicts still says what is ours;
    /// the file then differs from what it should be, which is a problem of its own.
    pub(super) fn parse(text: &str) -> Self {
        let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some((hash, path)) = line.split_once("  ") else {
                continue;
            };
            let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            // A ledger is history: what is listed here is removed when nothing declares it, and nothing declares an entry.
            if is_hash && is_portable(path) && !is_of_a_ledger(path) {
                listed
                    .entry(path.to_owned())
                    .or_default()
                    .insert(hash.to_owned());
            }
        }
        Self(listed)
    }

    pub(super) fn get(&self, path: &str) -> Option<&BTreeSet<String>> {
        self.0.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(path, hashes)| (path.as_str(), hashes))
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# What `codegen generate` wrote into this folder. Do not edit."
        )?;
        for (path, hashes) in &self.0 {
            for hash in hashes {
                writeln!(f, "{hash}  {path}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    #[test]
    fn what_is_printed_is_read_back() {
        let files = [("a b.sql", "select 1;\n"), ("c/d.rs", "\n")];
        let files = files.map(|(path, text)| (path.to_owned(), hash(text)));
        let manifest = Manifest::of(files);
        assert_eq!(Manifest::parse(&manifest.to_string()), manifest);
        let empty_line = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b";
        assert!(
            manifest
                .to_string()
                .ends_with(&format!("{empty_line}  c/d.rs\n"))
        );
    }

    #[test]
    fn a_merge_conflict_leaves_both_hashes_and_no_path_leads_out() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let text = format!(
            "<<<<<<< ours\n{a}  x.sql\n=======\n{b}  x.sql\n>>>>>>> theirs\n{a}  ../y\n{a}  /etc/z\n{a}  .git/config\n{a}  1_init.sql\n{a}  snapshots/1.json\nzz  x\n"
        );
        let manifest = Manifest::parse(&text);
        let listed: Vec<_> = manifest.iter().collect();
        assert_eq!(listed, [("x.sql", &BTreeSet::from([a, b]))]);
    }
}
