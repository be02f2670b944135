//! The names in an expression or a query of the language, as far as they can be told from its words.
//!
//! While somebody types, an expression rarely parses; so this reads words and needs no grammar.

use super::symbol::Symbol;
use std::collections::BTreeMap;
use std::ops::Range;

/// The names that are declared, as far as an expression can use them.
pub(super) trait Names {
    fn is_table(&self, name: &str) -> bool;
    fn is_column(&self, table: &str, name: &str) -> bool;
    fn is_scope(&self, name: &str) -> bool;
}

/// The symbols that an expression over the rows of `table` names, each with its bytes.
pub(super) fn names(
    text: &str,
    table: Option<&str>,
    names: &dyn Names,
) -> Vec<(Range<usize>, Symbol)> {
    let chains = chains(text);
    let mut rooms: Vec<&str> = Vec::new();
    let mut aliases: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, chain) in chains.iter().enumerate() {
        let Some(read) = chain.read.then(|| chain.last(text)) else {
            continue;
        };
        rooms.push(read);
        let mut after = chains[index + 1..]
            .iter()
            .filter(|next| !next.is_word(text, "as"));
        if let Some(alias) = after.next()
            && chain.is_followed_by_word(text, alias)
            && !is_keyword(alias.last(text))
        {
            aliases.insert(alias.last(text), read);
        }
    }
    rooms.extend(table);
    let mut found = Vec::new();
    for chain in &chains {
        if chain.is_call {
            continue;
        }
        match &chain.parts[..] {
            _ if chain.read => {
                if let Some(part) = chain.parts.last()
                    && names.is_table(&text[part.clone()])
                {
                    let name = text[part.clone()].to_owned();
                    found.push((part.clone(), Symbol::Table(name)));
                }
            }
            [one] => {
                let name = &text[one.clone()];
                let room = rooms.iter().find(|room| names.is_column(room, name));
                if let Some(room) = room {
                    let symbol = Symbol::Column((*room).to_owned(), name.to_owned());
                    found.push((one.clone(), symbol));
                } else if names.is_scope(name) {
                    found.push((one.clone(), Symbol::Scope(name.to_owned())));
                }
            }
            [.., of, column] => {
                let of_name = &text[of.clone()];
                let room = aliases.get(of_name).copied().unwrap_or(of_name);
                if room == of_name && names.is_table(room) {
                    found.push((of.clone(), Symbol::Table(room.to_owned())));
                }
                let name = &text[column.clone()];
                if names.is_column(room, name) {
                    let symbol = Symbol::Column(room.to_owned(), name.to_owned());
                    found.push((column.clone(), symbol));
                }
            }
            [] => {}
        }
    }
    found
}

/// Words that are joined by dots.
struct Chain {
    parts: Vec<Range<usize>>,
    /// It is the name of a function.
    is_call: bool,
    /// It follows `from` or `join`.
    read: bool,
}

impl Chain {
    fn last<'t>(&self, text: &'t str) -> &'t str {
        self.parts.last().map_or("", |part| &text[part.clone()])
    }

    fn is_word(&self, text: &str, word: &str) -> bool {
        self.parts.len() == 1 && self.last(text).eq_ignore_ascii_case(word)
    }

    /// Whether nothing but blanks and `as` is between this and `next`.
    fn is_followed_by_word(&self, text: &str, next: &Self) -> bool {
        let (Some(end), Some(start)) = (self.parts.last(), next.parts.first()) else {
            return false;
        };
        let between = text[end.end..start.start].trim();
        between.is_empty() || between.eq_ignore_ascii_case("as")
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 15] = [
        "where", "join", "on", "and", "or", "left", "inner", "in", "is", "not", "as", "from",
        "select", "union", "group",
    ];
    KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// The chains of words outside of quoted texts, in order; a parameter (`:name`) is not one.
fn chains(text: &str) -> Vec<Chain> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut found: Vec<Chain> = Vec::new();
    let mut joins = false;
    let mut reads = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'\'' {
                    at += 1;
                }
                at += 1;
                joins = false;
            }
            b':' => {
                at += 1;
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
            }
            b'.' => {
                joins = true;
                at += 1;
            }
            byte if is_word(byte) => {
                let start = at;
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
                let part = start..at;
                let is_call = bytes.get(at) == Some(&b'(') && !is_keyword(&text[part.clone()]);
                match found.last_mut().filter(|_| joins) {
                    Some(chain) => {
                        chain.parts.push(part);
                        chain.is_call = is_call;
                    }
                    None => {
                        let word = &text[part.clone()];
                        found.push(Chain {
                            parts: vec![part],
                            is_call,
                            read: reads,
                        });
                        reads =
                            word.eq_ignore_ascii_case("from") || word.eq_ignore_ascii_case("join");
                    }
                }
                joins = false;
            }
            _ => {
                joins = false;
                at += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Some3;

    impl Names for Some3 {
        fn is_table(&self, name: &str) -> bool {
            ["lists", "members"].contains(&name)
        }

        fn is_column(&self, table: &str, name: &str) -> bool {
            match table {
                "lists" => ["id", "owner_id"].contains(&name),
                "members" => ["list_id", "user_id"].contains(&name),
                _ => false,
            }
        }

        fn is_scope(&self, name: &str) -> bool {
            name == "mine"
        }
    }

    fn told(text: &str, table: Option<&str>) -> Vec<String> {
        names(text, table, &Some3)
            .into_iter()
            .map(|(range, symbol)| {
                assert_eq!(&text[range], symbol.name());
                format!("{symbol:?}")
            })
            .collect()
    }

    #[test]
    fn columns_scopes_and_tables_are_told_apart() {
        assert_eq!(
            told(
                "owner_id = auth.user_id() or id in (mine) or 'id' = :id",
                Some("lists")
            ),
            [
                r#"Column("lists", "owner_id")"#,
                r#"Column("lists", "id")"#,
                r#"Scope("mine")"#
            ]
        );
        assert_eq!(
            told(
                "select list_id from members where user_id = auth.user_id()",
                None
            ),
            [
                r#"Column("members", "list_id")"#,
                r#"Table("members")"#,
                r#"Column("members", "user_id")"#
            ]
        );
        assert_eq!(
            told(
                "select m.list_id from members as m join lists l on l.id = m.list_id",
                None
            ),
            [
                r#"Column("members", "list_id")"#,
                r#"Table("members")"#,
                r#"Table("lists")"#,
                r#"Column("lists", "id")"#,
                r#"Column("members", "list_id")"#
            ]
        );
        assert_eq!(
            told("lists.owner_id = 1", None),
            [r#"Table("lists")"#, r#"Column("lists", "owner_id")"#]
        );
    }

    #[test]
    fn half_of_an_expression_is_read_as_far_as_it_goes() {
        for text in [
            "",
            "'",
            "id in (",
            "select id from",
            "lists.",
            "..",
            "ü = id",
            ":",
        ] {
            told(text, Some("lists"));
        }
        assert_eq!(
            told("ü = id and (", Some("lists")),
            [r#"Column("lists", "id")"#]
        );
    }
}
