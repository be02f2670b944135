//! From the policies of one baseline to those of another, in a database that has the first.

use std::collections::BTreeSet;

/// The statements of a migration, without what stands between them.
#[must_use]
pub fn statements(sql: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current = String::new();
    let mut quote: Option<String> = None;
    let mut atomic = false;
    for line in sql.lines() {
        if quote.is_none() && current.is_empty() && (line.is_empty() || line.starts_with("--")) {
            continue;
        }
        current += line;
        current.push('\n');
        for mark in marks(line) {
            match &quote {
                None => quote = Some(mark),
                Some(open) if *open == mark => quote = None,
                Some(_) => {}
            }
        }
        if quote.is_none() {
            atomic = (atomic || line == "begin atomic") && line != "end;";
        }
        if quote.is_none() && !atomic && line.ends_with(';') {
            all.push(std::mem::take(&mut current));
        }
    }
    all
}

/// The dollar quotes of a line.
fn marks(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find('$') {
        let tail = &rest[start + 1..];
        match tail.find('$') {
            Some(end)
                if tail[..end]
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
            {
                found.push(rest[start..start + end + 2].to_owned());
                rest = &tail[end + 1..];
            }
            _ => rest = tail,
        }
    }
    found
}

/// SQL that turns the policies, functions and triggers of one baseline into those of another, and the tables whose
/// policies or triggers it changes; none of them where a function changes, which any table may use.
///
/// # Panics
///
/// If the baselines differ in anything else but indexes and comments.
#[must_use]
pub fn change(from: &str, to: &str) -> Option<(String, BTreeSet<String>)> {
    let (from, to) = (statements(from), statements(to));
    let old: BTreeSet<&String> = from.iter().collect();
    let new: BTreeSet<&String> = to.iter().collect();
    let mut sql = String::new();
    let mut tables = BTreeSet::new();
    let mut everywhere = false;
    let (mut dropped, mut created) = (String::new(), String::new());
    for statement in from.iter().filter(|statement| !new.contains(statement)) {
        if let Some((what, name, table)) = on_table(statement) {
            dropped += &format!("drop {what} {name} on {table};\n");
            tables.insert(table);
        }
    }
    for statement in to.iter().filter(|statement| !old.contains(statement)) {
        if let Some((_, _, table)) = on_table(statement) {
            created += statement;
            tables.insert(table);
        } else if let Some(rest) = statement.strip_prefix("create function ") {
            everywhere = true;
            sql += &format!("create or replace function {rest}");
        } else if statement.starts_with("revoke ") || statement.starts_with("grant ") {
            sql += statement;
        } else {
            let is_beside = ["create index", "comment on"]
                .iter()
                .any(|word| statement.starts_with(word));
            assert!(is_beside, "only policies were to change:\n{statement}");
        }
    }
    let sql = dropped + &sql + &created;
    if everywhere {
        tables.clear();
    }
    (!sql.is_empty()).then_some((sql, tables))
}

/// `policy` or `trigger`, its name and its table, where the statement creates one.
fn on_table(statement: &str) -> Option<(&'static str, String, String)> {
    for what in ["policy", "trigger"] {
        if let Some(rest) = statement.strip_prefix(&format!("create {what} ")) {
            let name = word(rest);
            let (_, after) = rest.split_once(" on ")?;
            return Some((what, name, word(after)));
        }
    }
    None
}

/// The first word, a quoted or qualified name.
fn word(text: &str) -> String {
    let mut quoted = false;
    text.chars()
        .take_while(|c| {
            quoted ^= *c == '"';
            quoted || !(c.is_whitespace() || *c == ';')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_between_dollars_is_one_statement_with_its_function() {
        let sql =
            "-- x\n\ncreate function a() returns int\n    as $$ select 1;\n$$;\n\nselect 2;\n";
        let found = statements(sql);
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("create function"));
    }

    #[test]
    fn an_atomic_body_is_one_statement_with_its_function() {
        let sql = "create function a() returns int\nbegin atomic\n    select 1;\nend;\nselect 2;\n";
        let found = statements(sql);
        assert_eq!(found.len(), 2);
        assert!(found[0].ends_with("end;\n"));
    }

    #[test]
    fn a_changed_policy_is_dropped_and_created_again() {
        let from = "create policy read on public.\"my t\" for select\n    using (a);\nselect 1;\n";
        let to = from.replace("(a)", "(b)");
        let (sql, tables) = change(from, &to).unwrap();
        assert!(sql.starts_with("drop policy read on public.\"my t\";\ncreate policy read"));
        assert_eq!(tables, BTreeSet::from(["public.\"my t\"".to_owned()]));
        assert_eq!(change(from, from), None);
    }
}
