//! Statements about access that a migration of ours never has, and that hand-written ones seldom need.
//!
//! What migrations do with policies, functions and the rights on tables is followed, see [`super::Executed`]. This finds the
//! rest in the text: roles and who may become whom, owners, default privileges, rights on everything else.

use crate::catalog;
use crate::model::Model;
use crate::statements::{Statement, statements};
use std::collections::BTreeSet;

/// The longest text that is shown of a statement, in characters.
const SHOWN: usize = 120;

/// Statements about access that a migration has though no declaration asks for them, each as it is shown.
///
/// Of a generated migration `models` are those before and after it: what their hand-written SQL says is declared.
/// In a migration that was written by hand, policies and rights are among them, because nothing follows those.
pub fn undeclared(sql: &str, models: &[&Model], by_hand: bool) -> Vec<String> {
    let written = models.iter().flat_map(|model| model.sql.values());
    let written = written.flat_map(|sql| [Some(&sql.up), sql.down.as_ref()].into_iter().flatten());
    let written: Vec<String> = written
        .flat_map(|text| statements(text))
        .map(|one| one.text(0))
        .collect();
    let users: BTreeSet<String> = models
        .iter()
        .flat_map(|model| catalog::users(model))
        .collect();
    let forces = models
        .last()
        .is_some_and(|model| !model.postgres.owner_bypasses_rls);
    let found = statements(sql).filter(|one| {
        is_about_roles(one, forces)
            || gives_elsewhere(one, &users)
            || (by_hand && is_followed_in_generated_ones(one))
    });
    let found = found.map(|one| one.text(0));
    found
        .filter(|text| !written.contains(text))
        .map(|text| shown(&text))
        .collect()
}

fn is_about_roles(one: &Statement<'_>, forces: bool) -> bool {
    let roles = ["role", "user", "group"];
    match one.word(0) {
        "create" | "drop" => roles.contains(&one.word(1)) || one.after(1, &["owned"]).is_some(),
        "alter" => {
            roles.contains(&one.word(1))
                || one.after(1, &["default", "privileges"]).is_some()
                || gets_another_owner(one)
                || disables_rls(one, forces)
        }
        "reassign" => true,
        "set" => {
            let at = match one.word(1) {
                "session" | "local" => 2,
                _ => 1,
            };
            matches!(one.word(at), "role" | "authorization")
        }
        _ => false,
    }
}

fn gets_another_owner(one: &Statement<'_>) -> bool {
    let owner = one.find(1, "owner").filter(|at| one.word(at + 1) == "to");
    owner.is_some_and(|at| !matches!(one.word(at - 1), "rename" | "column" | "constraint"))
}

/// Whether it lets go of row-level security, for everybody or for the owner.
fn disables_rls(one: &Statement<'_>, forces: bool) -> bool {
    let mut from = 1;
    while let Some(at) = one.find(from, "row") {
        let is_security = one.after(at, &["row", "level", "security"]).is_some();
        let no_force = forces && at > 1 && one.after(at - 2, &["no", "force"]).is_some();
        if is_security && (one.word(at - 1) == "disable" || no_force) {
            return true;
        }
        from = at + 1;
    }
    false
}

/// A right that is none on a table, a view or a function, but for that of users to look into a schema.
fn gives_elsewhere(one: &Statement<'_>, users: &BTreeSet<String>) -> bool {
    if one.word(0) != "grant" {
        return false;
    }
    let Some(on) = one.find(1, "on") else {
        // Who may become whom.
        return true;
    };
    let with_option = one.find(on, "with").is_some();
    let others = [
        "database",
        "domain",
        "foreign",
        "language",
        "large",
        "parameter",
        "procedure",
        "routine",
        "sequence",
        "tablespace",
        "type",
    ];
    match one.word(on + 1) {
        "schema" => {
            let to = one.find(on, "to").unwrap_or(on);
            let names = one.words[to + 1..].iter();
            let mut roles = names.filter(|word| **word != ",");
            let is_usage = on == 2 && one.word(1) == "usage";
            let is_user = |role: &str| {
                users
                    .iter()
                    .any(|user| super::super::sql::ident(user) == role)
            };
            !is_usage || !roles.all(|role| is_user(role))
        }
        "all" => one.word(on + 2) != "tables",
        kind => others.contains(&kind) || with_option,
    }
}

fn is_followed_in_generated_ones(one: &Statement<'_>) -> bool {
    match one.word(0) {
        "grant" | "revoke" => true,
        "create" | "alter" | "drop" => {
            one.word(1) == "policy" || {
                let definer = one.find(1, "definer");
                definer.is_some_and(|at| one.word(at - 1) == "security")
            }
        }
        _ => false,
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn what_gives_access_beside_the_declaration_is_found() {
        let model = sample::model();
        for sql in [
            "create role evil superuser",
            "alter user anon bypassrls",
            "drop owned by anon",
            "reassign owned by a to b",
            "grant service_role to anon",
            "grant all on database app to anon",
            "grant all on all functions in schema public to anon",
            "grant usage on sequence s to anon",
            "grant create on schema public to authenticated",
            "grant usage on schema public to stranger",
            "grant select on t to anon with grant option",
            "alter default privileges in schema public grant all on tables to anon",
            "alter table lists owner to anon",
            "alter table lists add column x int, disable row level security",
            "alter table lists no force row level security",
            "set local role postgres",
            "set session authorization anon",
        ] {
            assert_eq!(undeclared(sql, &[&model], false).len(), 1, "{sql}");
        }
        for sql in [
            "grant usage on schema public to authenticated",
            "grant select (role) on table public.lists to authenticated",
            "alter table public.lists enable row level security",
            "set local lock_timeout = '5s'",
            "comment on table lists is 'grant all to anon; create role evil'",
            "alter table t rename column owner to role",
        ] {
            let found = undeclared(sql, &[&model], false);
            assert_eq!(found, Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn nothing_follows_what_is_written_by_hand() {
        for sql in [
            "grant select on table public.lists to stranger",
            "create policy all_of_it on public.lists using (true)",
            "create function f() returns int language sql security definer return 1",
        ] {
            assert_eq!(undeclared(sql, &[], false).len(), 0, "{sql}");
            assert_eq!(undeclared(sql, &[], true).len(), 1, "{sql}");
        }
        assert!(undeclared("update lists set title = 'a'", &[], true).is_empty());
    }

    #[test]
    fn what_the_declaration_says_by_hand_is_declared() {
        let mut model = sample::model();
        let sql = crate::model::SqlObject {
            name: "given".to_owned(),
            doc: None,
            phase: crate::model::SqlPhase::AfterTables,
            up: "grant usage on sequence s to anon;".to_owned(),
            down: Some("alter table t owner to b".to_owned()),
            depends_on: Vec::new(),
        };
        model.sql.insert("given".to_owned(), sql);
        let text = "GRANT usage on sequence s  to anon; alter table t owner to b;";
        assert!(undeclared(text, &[&model], false).is_empty());
        assert_eq!(undeclared(text, &[], false).len(), 2);
    }
}
