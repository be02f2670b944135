//! The query of a view that reads one table, out of the text that `pg_get_viewdef` prints.
//!
//! The text is taken apart where it stands in no parentheses and no quotes; Postgres puts what could confuse that,
//! such as `IS DISTINCT FROM`, into parentheses.

use crate::catalog::{Formula, Query};
use crate::map::IndexMap;
use synctable::Database;

/// The query, where it is one over the rows of one table.
pub(super) fn query(definition: &str, formula: impl Fn(&str) -> Formula) -> Option<Query> {
    let text = definition.trim().trim_end_matches(';');
    let words = outer_words(text);
    let at = |word: &str| {
        words
            .iter()
            .find(|(_, found)| *found == word)
            .map(|(at, _)| *at)
    };
    let beyond = [
        "GROUP",
        "ORDER",
        "HAVING",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "LIMIT",
        "OFFSET",
        "JOIN",
        "DISTINCT",
        "WITH",
        "WINDOW",
    ];
    if words.first() != Some(&(0, "SELECT")) || beyond.into_iter().any(|word| at(word).is_some()) {
        return None;
    }
    let from = at("FROM")?;
    let filter = at("WHERE");
    let table = text[from + "FROM".len()..filter.unwrap_or(text.len())].trim();
    let table = table_name(table)?;
    let mut columns = IndexMap::default();
    for item in split(&text["SELECT".len()..from]) {
        let alias = outer_words(item)
            .iter()
            .rev()
            .find(|(_, word)| *word == "AS")
            .map(|(at, _)| *at);
        let (expr, name) = match alias {
            Some(at) => (&item[..at], &item[at + "AS".len()..]),
            None => (item, last_part(item)),
        };
        columns.insert(unquoted(name), formula(expr.trim()));
    }
    Some(Query {
        columns,
        table,
        filter: filter.map(|at| formula(text[at + "WHERE".len()..].trim())),
    })
}

/// The column in `items.title`.
fn last_part(column: &str) -> &str {
    let dot = depths(column)
        .filter(|(_, c, depth)| *c == '.' && depth.is_some())
        .last();
    dot.map_or(column, |(at, _, _)| &column[at + 1..])
}

/// The one table, in our own quotes: which words need them depends on the version of Postgres.
fn table_name(text: &str) -> Option<String> {
    let dot = depths(text)
        .filter(|(_, c, depth)| *c == '.' && depth.is_some())
        .last();
    let parts = match dot {
        Some((at, _, _)) => vec![&text[..at], &text[at + 1..]],
        None => vec![text],
    };
    let one = |part: &&str| {
        part.starts_with('"') && part.ends_with('"') || !part.contains([' ', ',', '(', '"'])
    };
    let name = |part: &str| Database::Postgres.ident(&unquoted(part)).into_owned();
    parts.iter().all(one).then(|| {
        let names: Vec<String> = parts.into_iter().map(name).collect();
        names.join(".")
    })
}

fn unquoted(name: &str) -> String {
    let name = name.trim();
    match name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Where each character stands, with the depth of the parentheses around it; quoted text is of no depth.
fn depths(text: &str) -> impl Iterator<Item = (usize, char, Option<usize>)> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    text.char_indices().map(move |(at, c)| {
        match quote {
            Some(open) => {
                if c == open {
                    quote = None;
                }
                return (at, c, None);
            }
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                return (at, c, None);
            }
            None if c == '(' || c == '[' => depth += 1,
            None if c == ')' || c == ']' => depth = depth.saturating_sub(1),
            None => {}
        }
        (at, c, Some(depth))
    })
}

/// The words that stand in no parentheses, with their places.
fn outer_words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start: Option<usize> = None;
    for (at, c, depth) in depths(text) {
        let in_word = depth == Some(0) && (c.is_alphanumeric() || c == '_');
        match (start, in_word) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| (from, &text[from..])));
    words
}

/// The pieces between the commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c, depth) in depths(text) {
        if c == ',' && depth == Some(0) {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Query> {
        query(text, |text| Formula::Sql(text.to_owned()))
    }

    #[test]
    fn a_query_of_one_table_is_taken_apart() {
        let found = read(
            " SELECT items.id,\n    COALESCE(substr(title, 1, 4), 'FROM, '::text) AS \"Title\",\n        CASE\n            WHEN (a IS DISTINCT FROM b) THEN 'x'::text\n            ELSE NULL::text\n        END AS c\n   FROM public.items\n  WHERE (deleted_at IS NULL);",
        );
        let found = found.expect("it reads one table");
        assert_eq!(
            found.columns.keys().collect::<Vec<_>>(),
            ["id", "Title", "c"]
        );
        assert_eq!(found.table, "public.items");
        assert_eq!(
            found.filter,
            Some(Formula::Sql("(deleted_at IS NULL)".to_owned()))
        );
    }

    #[test]
    fn other_queries_are_not() {
        assert_eq!(read(" SELECT count(*) AS n FROM a GROUP BY b;"), None);
        assert_eq!(read(" SELECT 1 FROM (a JOIN b ON (true));"), None);
        assert_eq!(read(" SELECT 1 FROM a, b;"), None);
    }
}
