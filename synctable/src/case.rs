//! One conversion of names between the casings of languages, and the check that no two names meet.
//!
//! A name in snake case is its own snake case, so what the database says is never touched. Going
//! back from another casing is not computed: `line_1` and `line1` are both `line1` in camel case, so
//! generated code carries the pairs of names as data, and [`collisions`] finds the names that may
//! not stand side by side. `heck` would drop underscores at both ends (`_id`, `type_`), on which
//! databases insist.

use std::collections::BTreeMap;

/// A casing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Case {
    /// `line_1`, `url_path`.
    Snake,
    /// `line1`, `urlPath`.
    Camel,
    /// `Line1`, `UrlPath`.
    Pascal,
    /// `LINE_1`, `URL_PATH`.
    Shouty,
    /// `line-1`, `url-path`.
    Kebab,
}

impl Case {
    /// The name in this casing.
    ///
    /// Words end before an upper-case letter that follows a lower-case one or a digit, before the
    /// last upper-case letter of a run that goes on in lower case, and at every character that is
    /// neither letter nor digit. A digit belongs to the word before it. Underscores at both ends
    /// stay; a name without letters and digits is nothing but those.
    ///
    /// ```
    /// use synctable::Case;
    /// assert_eq!(Case::Snake.of("line_1"), "line_1");
    /// assert_eq!(Case::Camel.of("line_1"), "line1");
    /// assert_eq!(Case::Pascal.of("URLPath"), "UrlPath");
    /// assert_eq!(Case::Shouty.of("sha256Hash"), "SHA256_HASH");
    /// assert_eq!(Case::Camel.of("_id"), "_id");
    /// assert_eq!(Case::Pascal.of("in progress"), "InProgress");
    /// ```
    pub fn of(self, name: &str) -> String {
        if let Some(plain) = self.of_plain(name) {
            return plain;
        }
        let core = name.trim_matches('_');
        let head = name.len() - name.trim_start_matches('_').len();
        let tail = match core.is_empty() {
            true => 0,
            false => name.len() - head - core.len(),
        };
        let mut out = String::with_capacity(name.len() + 4);
        out.extend(std::iter::repeat_n('_', head));
        for (index, word) in words(core).into_iter().enumerate() {
            match self {
                Case::Snake | Case::Shouty if index > 0 => out.push('_'),
                Case::Kebab if index > 0 => out.push('-'),
                Case::Snake | Case::Shouty | Case::Kebab | Case::Camel | Case::Pascal => {}
            }
            match self {
                Case::Snake | Case::Kebab => lower(word, &mut out),
                Case::Shouty => upper(word, &mut out),
                Case::Camel if index == 0 => lower(word, &mut out),
                Case::Camel | Case::Pascal => capitalise(word, &mut out),
            }
        }
        out.extend(std::iter::repeat_n('_', tail));
        out
    }

    /// The same of a name in lower case with single underscores between its words, as nearly all are.
    fn of_plain(self, name: &str) -> Option<String> {
        let mut before = b'_';
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' => {}
                b'_' if before != b'_' => {}
                _ => return None,
            }
            before = byte;
        }
        if before == b'_' {
            return None;
        }
        match self {
            Case::Snake => return Some(name.to_owned()),
            Case::Shouty => return Some(name.to_ascii_uppercase()),
            Case::Kebab => return Some(name.replace('_', "-")),
            Case::Camel | Case::Pascal => {}
        }
        let mut out = String::with_capacity(name.len());
        let mut begins = self == Case::Pascal;
        for byte in name.bytes() {
            match byte {
                b'_' => begins = true,
                byte => {
                    let letter = if begins {
                        byte.to_ascii_uppercase()
                    } else {
                        byte
                    };
                    out.push(char::from(letter));
                    begins = false;
                }
            }
        }
        Some(out)
    }

    /// The name in snake case.
    pub fn snake(name: &str) -> String {
        Case::Snake.of(name)
    }

    /// The name in camel case.
    pub fn camel(name: &str) -> String {
        Case::Camel.of(name)
    }

    /// The name in Pascal case.
    pub fn pascal(name: &str) -> String {
        Case::Pascal.of(name)
    }

    /// The name in upper snake case.
    pub fn shouty(name: &str) -> String {
        Case::Shouty.of(name)
    }

    /// The name in kebab case.
    pub fn kebab(name: &str) -> String {
        Case::Kebab.of(name)
    }
}

fn capitalise(word: &str, out: &mut String) {
    let mut letters = word.chars();
    if let Some(first) = letters.next() {
        out.extend(first.to_uppercase());
        lower(letters.as_str(), out);
    }
}

/// Most names are ASCII, and need no text in between.
fn lower(word: &str, out: &mut String) {
    match word.is_ascii() {
        true => out.extend(word.chars().map(|letter| letter.to_ascii_lowercase())),
        false => out.push_str(&word.to_lowercase()),
    }
}

fn upper(word: &str, out: &mut String) {
    match word.is_ascii() {
        true => out.extend(word.chars().map(|letter| letter.to_ascii_uppercase())),
        false => out.push_str(&word.to_uppercase()),
    }
}

fn words(name: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for piece in name.split(|c: char| !c.is_alphanumeric()) {
        let mut letters = piece.char_indices().peekable();
        let mut before = letters.next();
        let mut start = 0;
        while let Some((at, letter)) = letters.next() {
            let after_upper = before.is_some_and(|(_, before)| before.is_uppercase());
            let lower_follows = letters.peek().is_some_and(|(_, next)| next.is_lowercase());
            if letter.is_uppercase() && (!after_upper || lower_follows) {
                words.push(&piece[start..at]);
                start = at;
            }
            before = Some((at, letter));
        }
        if !piece.is_empty() {
            words.push(&piece[start..]);
        }
    }
    words
}

/// Two different names that are spelt alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision<'a> {
    /// The name that came first.
    pub first: &'a str,
    /// The name that came later.
    pub second: &'a str,
    /// How both are spelt.
    pub spelling: String,
}

/// The names that a spelling cannot tell apart, in the order of the later ones.
///
/// The same name twice is no collision: a declaration refuses it elsewhere.
///
/// ```
/// use synctable::{Case, collisions};
/// let found = collisions(["line_1", "title", "line1"], Case::camel);
/// assert_eq!((found[0].first, found[0].second, found[0].spelling.as_str()), ("line_1", "line1", "line1"));
/// assert!(collisions(["line_1", "line1"], Case::snake).is_empty());
/// ```
pub fn collisions<'a>(
    names: impl IntoIterator<Item = &'a str>,
    spelling: impl Fn(&str) -> String,
) -> Vec<Collision<'a>> {
    let mut taken: BTreeMap<String, &'a str> = BTreeMap::new();
    let mut found = Vec::new();
    for name in names {
        let spelt = spelling(name);
        match taken.get(&spelt) {
            Some(first) if *first != name => found.push(Collision {
                first,
                second: name,
                spelling: spelt,
            }),
            Some(_) => {}
            None => {
                taken.insert(spelt, name);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_a_reader_ends_them() {
        for (name, snake, camel) in [
            ("todos", "todos", "todos"),
            ("list_id", "list_id", "listId"),
            ("URLPath", "url_path", "urlPath"),
            ("parseURL", "parse_url", "parseUrl"),
            ("aB", "a_b", "aB"),
            ("line_1", "line_1", "line1"),
            ("v2API", "v2_api", "v2Api"),
            ("class", "class", "class"),
            ("type_", "type_", "type_"),
            ("__x", "__x", "__x"),
            ("a__b", "a_b", "aB"),
            ("c++", "c", "c"),
            ("2fa", "2fa", "2fa"),
            ("größeÜber", "größe_über", "größeÜber"),
            ("___", "___", "___"),
            ("", "", ""),
        ] {
            assert_eq!(Case::snake(name), snake, "{name}");
            assert_eq!(Case::camel(name), camel, "{name}");
        }
        assert_eq!(Case::kebab("list_members"), "list-members");
        assert_eq!(Case::pascal("list_members"), "ListMembers");
    }

    /// Every name of up to five characters over an alphabet with all the awkward ones.
    fn short_names() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..5 {
            let to = all.len();
            for index in from..to {
                for letter in ['a', 'b', '1', '_', 'A'] {
                    let longer = format!("{}{letter}", all[index]);
                    all.push(longer);
                }
            }
            from = to;
        }
        all
    }

    #[test]
    fn a_plain_name_is_spelt_as_every_other_one() {
        let cases = [
            Case::Snake,
            Case::Camel,
            Case::Pascal,
            Case::Shouty,
            Case::Kebab,
        ];
        let mut plain = 0;
        for name in short_names() {
            for case in cases {
                if let Some(of_plain) = case.of_plain(&name) {
                    // What is not plain takes the long way.
                    let long = case.of(&format!("{name}_"));
                    assert_eq!(Some(of_plain.as_str()), long.strip_suffix('_'), "{name}");
                    plain += 1;
                }
            }
        }
        assert!(plain > 1_000, "{plain}");
    }

    #[test]
    fn snake_case_is_its_own_fixed_point() {
        for name in short_names() {
            let snake = Case::snake(&name);
            assert_eq!(Case::snake(&snake), snake, "{name}");
        }
    }

    #[test]
    fn a_snake_name_is_never_touched() {
        for name in short_names() {
            let plain = !name.contains('A') && !name.trim_matches('_').contains("__");
            if plain {
                assert_eq!(Case::snake(&name), name);
            }
        }
    }

    #[test]
    fn each_later_name_meets_the_first() {
        let found = collisions(["a_b", "aB", "AB", "a__b"], Case::camel);
        let pairs: Vec<_> = found.iter().map(|c| (c.first, c.second)).collect();
        assert_eq!(pairs, [("a_b", "aB"), ("a_b", "a__b")]);
        assert!(collisions(["a", "a"], Case::camel).is_empty());
    }
}
