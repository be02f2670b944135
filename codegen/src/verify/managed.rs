//! Which differences are drift, and which things are somebody else's.

use crate::catalog::Difference;

/// What stands beside the declaration in a table without changing what the declared columns, rules and triggers mean.
const BESIDE: &[&str] = &["index ", "unique ", "check ", "foreign key "];

/// The differences that are drift, and what is there without being managed.
///
/// What is missing or says something else is drift.
/// Something that nobody declared is drift in two places: in the schema of our own functions, and inside a declared table,
/// view, function or publication, where a column, a policy, a trigger or a right changes what is declared.
/// Everything else is somebody else's.
pub(super) fn split(
    differences: Vec<Difference>,
    own_schema: Option<&str>,
) -> (Vec<String>, Vec<String>) {
    let mut drift = Vec::new();
    let mut not_managed = Vec::new();
    for one in &differences {
        match is_drift(one, own_schema) {
            true => drift.push(one.to_string()),
            false => not_managed.push(one.path.join(", ")),
        }
    }
    (drift, not_managed)
}

fn is_drift(one: &Difference, own_schema: Option<&str>) -> bool {
    if one.wanted.is_some() {
        return true;
    }
    match &one.path[..] {
        [whole] => own_schema.is_some_and(|schema| {
            let name = whole.split_once(' ').map_or("", |(_, name)| name);
            name.strip_prefix(schema)
                .is_some_and(|rest| rest.starts_with('.'))
        }),
        [_, part] => part != "comment" && !BESIDE.iter().any(|beside| part.starts_with(beside)),
        [.., last] => last != "comment",
        [] => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_drift_only_where_it_changes_what_is_declared() {
        let found = |path: &[&str]| Difference {
            path: path.iter().map(ToString::to_string).collect(),
            wanted: None,
            found: Some("it".to_owned()),
        };
        for (path, drift) in [
            (&["table public.others"][..], false),
            (&["function app_private.mine"], true),
            (&["function app_private_2.theirs"], false),
            (&["table public.items", "index extra"], false),
            (&["table public.items", "check extra"], false),
            (&["table public.items", "comment"], false),
            (&["table public.items", "column title", "comment"], false),
            (&["table public.items", "column title", "default"], true),
            (&["table public.items", "index ours", "where"], true),
            (&["table public.items", "column extra"], true),
            (&["table public.items", "policy extra"], true),
            (&["table public.items", "trigger extra"], true),
            (&["table public.items", "grant to anon, select"], true),
            (&["publication powersync", "table public.others"], true),
            (&["schema ops", "usage of anon"], true),
        ] {
            assert_eq!(
                is_drift(&found(path), Some("app_private")),
                drift,
                "{path:?}"
            );
        }
    }
}
