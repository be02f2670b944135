//! What hand-written SQL makes beside what is declared, as far as its statements say.

use super::Difference;
use crate::model::Model;
use crate::statements::{Statement, statements};

/// Leaves out of the differences what the declaration's own hand-written SQL (`sql`) makes.
///
/// A thing is left out only if one statement makes a thing of this kind and name, on this table; a right, if statements give it
/// to this role on this table.
/// The text of a `do` block is read too; names that it puts together while it runs are not known.
#[must_use]
pub fn without_written(model: &Model, mut differences: Vec<Difference>) -> Vec<Difference> {
    let mut written = Written(Vec::new());
    for sql in model.sql.values() {
        written.read(&sql.up, false);
    }
    differences.retain(|one| one.wanted.is_some() || !written.makes(one));
    differences
}

/// The statements of all hand-written SQL.
struct Written(Vec<Statement<'static>>);

impl Written {
    /// Reads statements; in a block of code, each may begin behind other words: `if … then create …`.
    fn read(&mut self, text: &str, is_code: bool) {
        for one in statements(text) {
            if is_code || one.word(0) == "do" {
                for text in one.words.iter().filter_map(|word| inside(word)) {
                    self.read(&text, true);
                }
            }
            let begins =
                |at: &usize| *at == 0 || matches!(one.word(*at), "create" | "alter" | "grant");
            let starts = (0..one.words.len()).take(if is_code { usize::MAX } else { 1 });
            for start in starts.filter(begins) {
                let words = one.words[start..].iter();
                let words = words.map(|word| word.clone().into_owned().into()).collect();
                self.0.push(Statement { words });
            }
        }
    }

    fn makes(&self, one: &Difference) -> bool {
        let said = one.path.last().expect("every difference has a path");
        let (kind, name) = kind_and_name(said);
        let owner = match one.path.as_slice() {
            [owner, _] => Some(kind_and_name(owner).1),
            _ => None,
        };
        match (kind, owner) {
            ("grant to", Some(table)) => self.grants(table, name, one.found.as_deref()),
            (_, None) => self.0.iter().any(|one| creates(one, kind, name)),
            (_, Some(table)) => self.0.iter().any(|one| creates_on(one, kind, name, table)),
        }
    }

    /// Whether `right` of a table is given: `authenticated, select`, or `authenticated, select of columns`.
    fn grants(&self, table: &str, right: &str, found: Option<&str>) -> bool {
        let Some((role, privilege)) = right.split_once(", ") else {
            return false;
        };
        let given = self.0.iter().filter_map(|one| Given::by(one, table, role));
        let Some(privilege) = privilege.strip_suffix(" of columns") else {
            return given.into_iter().any(|given| given.gives(privilege));
        };
        let given: Vec<Given<'_>> = given.collect();
        let mut columns = found.unwrap_or_default().split(", ");
        columns.all(|column| {
            let mut given = given.iter();
            given.any(|given| given.gives(privilege) || given.gives_column(privilege, column))
        })
    }
}

/// The text that a quoted word holds: `$$ … $$`, `$a$ … $a$` or `' … '`.
fn inside(word: &str) -> Option<String> {
    let text = word
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    if let Some(text) = text {
        return Some(text.replace("''", "'"));
    }
    let tag = &word[..word.strip_prefix('$')?.find('$')? + 2];
    let text = word.strip_prefix(tag)?.strip_suffix(tag)?;
    Some(text.to_owned())
}

/// `policy members may read` is the policy `members may read`.
fn kind_and_name(said: &str) -> (&str, &str) {
    let two = ["foreign key ", "grant to "];
    let length = match two.iter().find(|kind| said.starts_with(**kind)) {
        Some(kind) => kind.len() - 1,
        None => said.find(' ').unwrap_or(said.len()),
    };
    (&said[..length], said[length..].trim_start())
}

/// Whether a statement makes a thing that stands by itself.
fn creates(one: &Statement<'_>, kind: &str, name: &str) -> bool {
    let word = match kind {
        "enum" => "type",
        "function" | "view" | "table" | "domain" => kind,
        _ => return false,
    };
    let at = made(
        one,
        &["or", "replace", "materialized", "unlogged", "recursive"],
    );
    at.is_some_and(|at| one.word(at) == word && is_named(one, at + 1, name))
}

/// Whether a statement makes a thing of a table, or a check of a domain.
fn creates_on(one: &Statement<'_>, kind: &str, name: &str, owner: &str) -> bool {
    let adds_constraint = || {
        let at = one.after(0, &["alter", "table"]);
        let at = at.or_else(|| one.after(0, &["alter", "domain"]));
        let is_on = at.is_some_and(|at| is_named(one, at, owner));
        let mut names = one.words.windows(2).filter(|two| two[0] == "constraint");
        is_on && names.any(|two| unquoted(&two[1]) == name)
    };
    let word = match kind {
        "check" | "foreign key" => return adds_constraint(),
        "unique" if adds_constraint() => return true,
        "unique" => "index",
        "policy" | "trigger" | "index" => kind,
        _ => return false,
    };
    let at = made(one, &["or", "replace", "constraint", "unique"]);
    let Some(at) = at.filter(|at| one.word(*at) == word) else {
        return false;
    };
    let at = match one.word(at + 1) {
        "concurrently" => at + 2,
        _ => at + 1,
    };
    let at = one.after(at, &["if", "not", "exists"]).unwrap_or(at);
    let on = one.find(at + 1, "on");
    unquoted(one.word(at)) == name && on.is_some_and(|on| is_named(one, on + 1, owner))
}

/// The place of the kind of thing that a statement makes, behind these words.
fn made(one: &Statement<'_>, words: &[&str]) -> Option<usize> {
    let mut at = one.after(0, &["create"])?;
    while words.contains(&one.word(at)) {
        at += 1;
    }
    Some(at)
}

/// Whether a qualified name stands here; without a schema it is one of any.
fn is_named(one: &Statement<'_>, at: usize, name: &str) -> bool {
    let at = one.after(at, &["if", "not", "exists"]).unwrap_or(at);
    let at = one.after(at, &["if", "exists"]).unwrap_or(at);
    let at = one.after(at, &["only"]).unwrap_or(at);
    let first = unquoted(one.word(at));
    match one.word(at + 1) {
        "." => format!("{first}.{}", unquoted(one.word(at + 2))) == name,
        _ => name.split_once('.').map_or(name, |(_, name)| name) == first,
    }
}

/// A name as Postgres stores it.
fn unquoted(word: &str) -> String {
    match word
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(name) => name.replace("\"\"", "\""),
        None => word.to_owned(),
    }
}

/// What a statement gives on a table to a role.
struct Given<'s>(&'s [std::borrow::Cow<'static, str>]);

impl<'s> Given<'s> {
    /// What it gives, if it does.
    fn by(one: &'s Statement<'static>, table: &str, role: &str) -> Option<Self> {
        one.after(0, &["grant"])?;
        let on = one.find(1, "on")?;
        let to = one.find(on, "to")?;
        let mut roles = one.words[to + 1..].iter();
        if !roles.any(|one| unquoted(one) == role) {
            return None;
        }
        let schemas = one.after(on + 1, &["all", "tables", "in", "schema"]);
        let is_given = match schemas {
            Some(at) => {
                let schema = table.split_once('.').map(|(schema, _)| schema.to_owned());
                let mut schemas = one.words[at..to].iter();
                schemas.any(|one| Some(unquoted(one)) == schema)
            }
            None => {
                let first = one.after(on + 1, &["table"]).unwrap_or(on + 1);
                let behind = (first..to).filter(|at| *at == first || one.word(*at - 1) == ",");
                behind.into_iter().any(|at| is_named(one, at, table))
            }
        };
        is_given.then(|| Given(&one.words[1..on]))
    }

    /// The places of a privilege, or of all.
    fn places(&self, privilege: &str) -> impl Iterator<Item = usize> {
        let mut depth = 0_usize;
        let places = self.0.iter().enumerate().filter(move |(_, word)| {
            match &***word {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && (**word == "all" || word.eq_ignore_ascii_case(privilege))
        });
        places.map(|(at, _)| at)
    }

    /// The columns behind a privilege.
    fn columns(&self, at: usize) -> Option<impl Iterator<Item = &str>> {
        let skip = usize::from(self.0.get(at + 1).is_some_and(|word| word == "privileges"));
        let open = at + 1 + skip;
        self.0.get(open).filter(|word| *word == "(")?;
        let columns = self.0[open + 1..].iter();
        Some(columns.map(|word| &**word).take_while(|word| *word != ")"))
    }

    /// Whether it gives a privilege on the whole table.
    fn gives(&self, privilege: &str) -> bool {
        let mut places = self.places(privilege);
        places.any(|at| self.columns(at).is_none())
    }

    fn gives_column(&self, privilege: &str, column: &str) -> bool {
        let mut columns = self.places(privilege).filter_map(|at| self.columns(at));
        columns.any(|mut columns| columns.any(|one| unquoted(one) == column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether SQL makes what stands at a path.
    fn makes(sql: &str, path: &[&str], found: &str) -> bool {
        let mut written = Written(Vec::new());
        written.read(sql, false);
        written.makes(&Difference {
            path: path.iter().map(|&part| part.to_owned()).collect(),
            wanted: None,
            found: Some(found.to_owned()),
        })
    }

    #[test]
    fn what_a_statement_makes_is_known_by_kind_name_and_table() {
        let sql = r#"
            create or replace function public.f(a int) returns int language sql return 1;
            create policy "May Read" on lists for select using (true);
            create constraint trigger note after update of "on" on public.lists for each row execute function f();
            create unique index concurrently if not exists by_title on only public.lists (title);
            alter table only public.lists add constraint short check (length(title) < 9);
            create type public.mood as enum ('on');
            do $x$ begin
                if not exists (select 1) then create policy late on public.items using (true); end if;
                execute 'create view public.v as select ''a''';
            end $x$;
            comment on table public.lists is 'create policy told on public.lists';
        "#;
        for path in [
            &["function public.f"][..],
            &["table public.lists", "policy May Read"],
            &["table public.lists", "trigger note"],
            &["table public.lists", "unique by_title"],
            &["table public.lists", "index by_title"],
            &["table public.lists", "check short"],
            &["enum public.mood"],
            &["table public.items", "policy late"],
            &["view public.v"],
        ] {
            assert!(makes(sql, path, "it"), "{path:?}");
        }
        for path in [
            &["function app.f"][..],
            &["function public.lists"],
            &["table public.items", "policy May Read"],
            &["table public.lists", "policy late"],
            &["table public.lists", "policy told"],
            &["table public.lists", "trigger by_title"],
            &["table public.items", "check short"],
            &["table public.lists"],
        ] {
            assert!(!makes(sql, path, "it"), "{path:?}");
        }
    }

    #[test]
    fn a_right_is_known_by_table_role_privilege_and_columns() {
        let sql = r#"
            grant select, update (title, "Mark"), update (rank) on table public.lists, items to anon, "The Role";
            grant all privileges on all tables in schema app to ben;
            do $$ begin grant delete on public.notes to anon; end $$;
            grant anon to ben;
        "#;
        let table =
            |name: &'static str| move |right: &str, found: &str| makes(sql, &[name, right], found);
        let lists = table("table public.lists");
        assert!(lists("grant to anon, select", "all columns"));
        assert!(lists("grant to The Role, select", "all columns"));
        assert!(lists(
            "grant to anon, update of columns",
            "Mark, rank, title"
        ));
        assert!(!lists("grant to anon, update of columns", "id, title"));
        assert!(!lists("grant to anon, update", "all columns"));
        assert!(!lists("grant to anon, delete", "all columns"));
        assert!(!lists("grant to ben, select", "all columns"));
        assert!(table("table public.items")(
            "grant to anon, select",
            "all columns"
        ));
        assert!(table("table app.notes")(
            "grant to ben, delete",
            "all columns"
        ));
        assert!(table("table public.notes")(
            "grant to anon, delete",
            "all columns"
        ));
        assert!(!table("table public.notes")(
            "grant to anon, select",
            "all columns"
        ));
    }
}
