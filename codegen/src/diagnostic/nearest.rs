//! "Did you mean": the nearest known name to an unknown one.

/// Names longer than this are not misspellings of anything.
const LONGEST: usize = 100;

/// The known name that `unknown` most likely is a misspelling of.
///
/// Case and `-` against `_` do not count; a third of the letters may differ. A name that is the other one with a word
/// more (`owner`, `owner_id`) is near too, but behind every misspelling. Of equally near names the first is taken.
///
/// ```
/// use synctable_codegen::diagnostic::nearest;
/// assert_eq!(nearest("nulable", ["kind", "nullable"]), Some("nullable"));
/// assert_eq!(nearest("colour", ["kind", "nullable"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if unknown.len() > LONGEST {
        return None;
    }
    let fold = |name: &str| name.to_lowercase().replace('-', "_");
    let wanted = fold(unknown);
    let allowed = wanted.chars().count().div_ceil(3).max(1);
    known
        .into_iter()
        .filter(|name| name.len() <= LONGEST)
        .filter_map(|name| {
            let folded = fold(name);
            let distance = strsim::damerau_levenshtein(&wanted, &folded);
            if distance <= allowed && distance < folded.chars().count() {
                Some((distance, name))
            } else if is_a_word_more(&wanted, &folded) || is_a_word_more(&folded, &wanted) {
                Some((usize::MAX, name))
            } else {
                None
            }
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `long` is `short` followed or preceded by further words.
fn is_a_word_more(short: &str, long: &str) -> bool {
    short.len() > 1
        && (long
            .strip_prefix(short)
            .is_some_and(|rest| rest.starts_with('_'))
            || long
                .strip_suffix(short)
                .is_some_and(|rest| rest.ends_with('_')))
}

/// The help sentence for an unknown name, when there is a near one.
#[must_use]
pub fn did_you_mean<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(unknown, known).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_swapped_lost_or_in_another_case_are_near() {
        let known = ["kind", "nullable", "references", "on_delete", "owner_id"];
        assert_eq!(nearest("knid", known), Some("kind"));
        assert_eq!(nearest("Nullable", known), Some("nullable"));
        assert_eq!(nearest("on-delete", known), Some("on_delete"));
        assert_eq!(nearest("reference", known), Some("references"));
        assert_eq!(nearest("owner", known), Some("owner_id"));
        assert_eq!(nearest("todo", known), None);
    }

    #[test]
    fn nothing_is_near_to_the_empty_name_or_to_an_enormous_one() {
        assert_eq!(nearest("", ["a", "bc"]), None);
        assert_eq!(nearest(&"k".repeat(1 << 20), ["k"]), None);
    }

    #[test]
    fn the_first_of_equally_near_names_is_taken() {
        assert_eq!(nearest("rol", ["role", "roll"]), Some("role"));
    }
}
