//! "Did you mean": the nearest known name to an unknown one.

/// The known name that `unknown` most likely is a misspelling of.
///
/// A third of the letters may differ, and case does not count; of equally near names the first is taken.
pub(crate) fn nearest<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = unknown.to_lowercase();
    let allowed = wanted.chars().count().div_ceil(3);
    known
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::damerau_levenshtein(&wanted, &name.to_lowercase());
            let is_a_word_more =
                name.starts_with(&format!("{unknown}_")) || name.ends_with(&format!("_{unknown}"));
            if distance <= allowed && distance < name.chars().count() {
                Some((distance, name))
            } else {
                is_a_word_more.then_some((usize::MAX, name))
            }
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What stands behind the mistake: `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let known = ["id", "title", "owner_id"];
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(nearest("Title", known), Some("title"));
        assert_eq!(nearest("owner", known), Some("owner_id"));
        assert_eq!(nearest("note", known), None);
    }
}
