//! What databases have executed, as the ledger's SQL tells it: the newest text of everything that holds no data, and of what
//! tables are made of.
//!
//! A snapshot says what was asked for, and a newer version of this program may print that otherwise.
//! So what is in a database is read from the migrations that made it.

mod access;
mod table;

use super::evolve::Object;
use crate::map::IndexMap;
use crate::model::Model;
use crate::statements::{Statement, placed, statements};
pub use access::undeclared;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
pub(super) use table::{Column, Known, Part, Table, is_same};

/// What migrations made and did not drop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Executed {
    /// All that was executed, one text after the other.
    sql: String,
    objects: IndexMap<Object, Made>,
    /// By qualified name, as it is written.
    tables: BTreeMap<String, Table>,
    /// What is none of ours.
    by_hand: BTreeSet<Object>,
}

/// What was made, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    /// The statement that made it, from the end of the one before.
    create: Range<usize>,
    /// What else is known of it. The text of the statement is read when it is asked for: most are the same letter by letter.
    since: Text,
    /// From the end of the statement before to the end of the newest one about it.
    place: Range<usize>,
}

impl Made {
    /// All of it, from the SQL that it is written in.
    fn text(&self, sql: &str) -> Text {
        let mut text = self.since.clone();
        let Some(one) = statements(&sql[self.create.clone()]).next() else {
            return text;
        };
        let start = after_create(&one);
        text.made = format!("create {}{}", one.text(start), text.made);
        if one.word(start) == "function" {
            let open = one.name(start + 1).1;
            text.parameters = one.words[open..one.closed(open)].join(" ");
        }
        text
    }
}

/// The place behind `create` or `create or replace`.
fn after_create(one: &Statement<'_>) -> usize {
    one.after(1, &["or", "replace"]).unwrap_or(1)
}

/// Whether two texts are the same statements; blanks and comments outside of texts do not count.
pub fn is_same_text(one: &str, other: &str) -> bool {
    statements(one).eq(statements(other))
}

/// The text of one object, as it was executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// The statement that made it, and those that altered it since.
    made: String,
    /// The newest comment.
    comment: Option<String>,
    /// The rights that were given and taken since it was made, one statement each.
    rights: Vec<String>,
    /// Roles that got rights.
    pub(super) granted: BTreeSet<String>,
    /// Of a function: what follows its name in a `drop`.
    pub(super) parameters: String,
}

impl Text {
    /// Whether this made a function with these first words: its name, its parameters and what it returns.
    pub(super) fn begins(&self, head: &str) -> bool {
        let head = statements(head).next().map(|one| one.text(0));
        head.is_some_and(|head| self.made.starts_with(&head))
    }
}

impl Executed {
    /// Reads a migration that was generated for a model; what the model's hand-written SQL makes is none of ours.
    pub fn run(&mut self, sql: &str, model: &Model) {
        self.read(sql);
        for written in model.sql.values() {
            // Rights and checks of tables that it did not make itself.
            let tables = self
                .tables
                .keys()
                .map(|name| (name.clone(), Table::default()));
            let mut own = Self {
                tables: tables.collect(),
                ..Self::default()
            };
            own.read(&written.up);
            self.by_hand.extend(own.objects.into_keys());
            for (name, made) in &own.tables {
                if let Some(table) = self.tables.get_mut(name) {
                    table.made_by_hand(made);
                }
            }
        }
    }

    /// Reads a migration that was written by hand: it may change what was generated, and what it makes is none of ours.
    pub fn run_by_hand(&mut self, sql: &str) {
        let before = self.clone();
        self.read(sql);
        let objects = self.objects.keys();
        let new = objects.filter(|object| !before.objects.contains_key(*object));
        self.by_hand.extend(new.cloned());
        for (name, table) in &mut self.tables {
            table.added_by_hand(before.tables.get(name));
        }
    }

    /// A table that migrations made, by its qualified name; without what was done to it by hand.
    pub(super) fn table(&self, name: &str) -> Option<Cow<'_, Table>> {
        let table = self.tables.get(name)?;
        Some(table.ours(Cow::Borrowed(table)))
    }

    /// What this version would have made of such a table, without what was done to it by hand.
    pub(super) fn expected(&self, name: &str, table: Table) -> Table {
        match self.tables.get(name) {
            Some(had) => had.ours(Cow::Owned(table)).into_owned(),
            None => table,
        }
    }

    /// The table that these statements make.
    pub(super) fn table_of(sql: &str) -> Option<Table> {
        let mut own = Self::default();
        own.read(sql);
        own.tables.into_values().next()
    }

    /// What was generated, in the order in which it was made.
    pub(super) fn generated(&self) -> impl Iterator<Item = &Object> {
        let objects = self.objects.keys();
        objects.filter(|object| !self.by_hand.contains(*object))
    }

    /// Whether hand-written SQL made it, and so may have put it into the place of ours.
    pub(super) fn is_by_hand(&self, object: &Object) -> bool {
        self.by_hand.contains(object)
    }

    pub(super) fn get(&self, object: &Object) -> Option<Text> {
        Some(self.objects.get(object)?.text(&self.sql))
    }

    pub(super) fn contains(&self, object: &Object) -> bool {
        self.objects.contains_key(object)
    }

    /// Whether these statements made a table, letter by letter, and none was about it since, but for foreign keys.
    ///
    /// Where this says no, the table may still be the same.
    pub(super) fn table_was_made_by(&self, name: &str, sql: &str) -> bool {
        let block = self.tables.get(name).and_then(Table::block);
        block.is_some_and(|block| is_written(&self.sql[block], sql))
    }

    /// Whether these statements made an object, letter by letter, and none was about it since.
    ///
    /// Where this says no, the texts may still mean the same.
    pub(super) fn was_made_by(&self, object: &Object, sql: &str) -> bool {
        let made = self.objects.get(object);
        made.is_some_and(|made| is_written(&self.sql[made.place.clone()], sql))
    }

    /// The text of an object that these statements make.
    pub(super) fn text_of(sql: &str) -> Option<Text> {
        let mut own = Self::default();
        own.read(sql);
        let made = own.objects.values().next();
        made.map(|made| made.text(&own.sql))
    }

    /// Reads statements, whoever wrote them.
    fn read(&mut self, sql: &str) {
        let start = self.sql.len();
        self.sql.push_str(sql);
        let mut from = start;
        for (statement, end) in placed(sql) {
            let place = from..start + end;
            from = place.end;
            self.statement(&statement, place);
        }
    }

    /// The text of an object that a statement is about, which ends here.
    fn changed(&mut self, object: &Object, end: usize) -> Option<&mut Text> {
        let made = self.objects.get_mut(object)?;
        made.place.end = end;
        Some(&mut made.since)
    }

    fn statement(&mut self, one: &Statement<'_>, place: Range<usize>) {
        match one.word(0) {
            "create" => self.create(one, place),
            "drop" => self.drop(one),
            "alter" if one.word(1) == "table" => self.alter_table(one, &place),
            "alter" if one.word(1) == "index" => self.alter_index(one),
            "alter" => {
                let renames = one.find(2, "rename").filter(|at| one.word(at + 1) == "to");
                if matches!(one.word(1), "type" | "domain") && renames.is_some() {
                    self.forget(&last(&one.name(2).0));
                }
                let object = named(one, 1);
                if let Some(text) = object.and_then(|object| self.changed(&object, place.end)) {
                    text.made.push_str("; ");
                    text.made.push_str(&one.text(0));
                }
            }
            "comment" => {
                let Some(is) = one.find(2, "is") else {
                    return;
                };
                let comment = Some(one.text(is + 1)).filter(|comment| comment != "null");
                match one.word(2) {
                    "table" => {
                        if let Some(table) = self.tables.get_mut(&qualified(one.name(3).0)) {
                            table.written(&place);
                            table.comment = comment;
                        }
                    }
                    "column" => {
                        let (name, _) = one.name(3);
                        let Some((table, column)) = name.rsplit_once('.') else {
                            return;
                        };
                        if let Some(table) = self.tables.get_mut(&qualified(table.to_owned())) {
                            table.written(&place);
                            let column = table.columns.entry(column.to_owned());
                            column.or_default().comment = comment;
                        }
                    }
                    _ => {
                        let object = named(one, 2);
                        if let Some(text) =
                            object.and_then(|object| self.changed(&object, place.end))
                        {
                            text.comment = comment;
                        }
                    }
                }
            }
            "grant" | "revoke" => self.rights(one, &place),
            _ => {}
        }
    }

    fn create(&mut self, one: &Statement<'_>, place: Range<usize>) {
        let start = after_create(one);
        if one.word(start) == "table" {
            let at = one.after(start + 1, &["if", "not", "exists"]);
            let (name, open) = one.name(at.unwrap_or(start + 1));
            let table = Table::created(one, open, place);
            self.tables.insert(qualified(name), table);
            return;
        }
        if let "index" | "unique" = one.word(start) {
            self.create_index(one, start, &place);
            return;
        }
        let Some(object) = named(one, start) else {
            return;
        };
        if let Object::Trigger { table, .. } = &object
            && let Some(table) = self.tables.get_mut(table)
        {
            table.goes_on(&place);
        }
        // One that is made anew comes after what it may need by then.
        self.objects.shift_remove(&object);
        let made = Made {
            create: place.clone(),
            since: Text::default(),
            place,
        };
        self.objects.insert(object, made);
    }

    /// `create unique index concurrently n on t (…)` from `unique` or `index` on.
    fn create_index(&mut self, one: &Statement<'_>, start: usize, place: &Range<usize>) {
        let is_unique = one.word(start) == "unique";
        let at = start + if is_unique { 2 } else { 1 };
        let at = one.after(at, &["concurrently"]).unwrap_or(at);
        let at = one.after(at, &["if", "not", "exists"]).unwrap_or(at);
        if one.word(at + 1) != "on" {
            return;
        }
        let on = one.after(at + 2, &["only"]).unwrap_or(at + 2);
        let (table, rest) = one.name(on);
        if let Some(table) = self.tables.get_mut(&qualified(table)) {
            table.written(place);
            table.index(one.word(at), is_unique, one.text(rest));
        }
    }

    fn alter_index(&mut self, one: &Statement<'_>) {
        let at = one.after(2, &["if", "exists"]).unwrap_or(2);
        let (name, end) = one.name(at);
        if let Some(to) = one.after(end, &["rename", "to"]) {
            self.index(&qualified(name), Some(one.word(to)));
        }
    }

    /// An index that goes, or gets another name, by its qualified name.
    fn index(&mut self, name: &str, to: Option<&str>) {
        let Some((schema, name)) = name.rsplit_once('.') else {
            return;
        };
        let of_schema = |table: &&String| table.rsplit_once('.').is_some_and(|one| one.0 == schema);
        for (_, table) in self.tables.iter_mut().filter(|(table, _)| of_schema(table)) {
            table.drop_or_rename_index(name, to);
        }
    }

    /// Something has another name now: texts that name it are not what they were.
    fn forget(&mut self, name: &str) {
        for table in self.tables.values_mut() {
            table.forget(name);
        }
    }

    fn drop(&mut self, one: &Statement<'_>) {
        let kind = one.word(1);
        let mut at = one.after(2, &["if", "exists"]).unwrap_or(2);
        if kind == "index" {
            let at = one.after(2, &["concurrently"]).unwrap_or(2);
            let at = one.after(at, &["if", "exists"]).unwrap_or(at);
            for name in names(one, at).0 {
                self.index(&name, None);
            }
            return;
        }
        if kind == "table" {
            for name in names(one, at).0 {
                self.tables.remove(&name);
            }
            return;
        }
        while let Some(object) = object(one, kind, at) {
            self.objects.shift_remove(&object);
            match one.find(at, ",") {
                Some(comma) => at = comma + 1,
                None => return,
            }
        }
    }

    fn alter_table(&mut self, one: &Statement<'_>, place: &Range<usize>) {
        let at = one.after(2, &["if", "exists"]).unwrap_or(2);
        let at = one.after(at, &["only"]).unwrap_or(at);
        let (name, end) = one.name(at);
        let name = qualified(name);
        if one.after(end, &["rename", "to"]).is_some() {
            if let Some(mut table) = self.tables.remove(&name) {
                table.forget(&last(&name));
                self.forget(&last(&name));
                let schema = name.split('.').next().unwrap_or_default();
                let to = format!("{schema}.{}", one.word(end + 2));
                self.tables.insert(to, table);
            }
        } else if let Some(table) = self.tables.get_mut(&name) {
            if !Table::gets_keys(one, end) {
                table.written(place);
            }
            table.alter(one, end);
            if one.word(end) == "rename" && one.word(end + 1) != "constraint" {
                let column = one.after(end + 1, &["column"]).unwrap_or(end + 1);
                let (to, column) = (last(&name), one.word(column));
                for table in self.tables.values_mut() {
                    table.forget_keys_to(&to, column);
                }
            }
        }
    }

    fn rights(&mut self, one: &Statement<'_>, place: &Range<usize>) {
        let Some(on) = one.find(1, "on") else {
            return;
        };
        let word = if one.word(0) == "grant" { "to" } else { "from" };
        let Some(to) = one.find(on, word) else {
            return;
        };
        let roles = one.words[to + 1..].iter();
        let roles = roles.take_while(|role| !matches!(&***role, "with" | "cascade" | "restrict"));
        let roles = roles.filter(|role| !matches!(&***role, "," | "group"));
        let roles: Vec<String> = roles.map(ToString::to_string).collect();
        if one.word(on + 1) == "function" {
            let object = Object::Function(qualified(one.name(on + 2).0));
            self.rights_on(&object, one, &roles, place.end);
            return;
        }
        if let Some(schemas) = one.after(on + 1, &["all", "tables", "in", "schema"]) {
            let schemas: Vec<String> = one.words[schemas..to]
                .iter()
                .map(ToString::to_string)
                .collect();
            for (name, table) in &mut self.tables {
                if schemas
                    .iter()
                    .any(|schema| name.split('.').next() == Some(schema))
                {
                    table.written(place);
                    table.rights(one, on, &roles);
                }
            }
            return;
        }
        let start = one.after(on + 1, &["table"]).unwrap_or(on + 1);
        for name in names(one, start).0 {
            match self.tables.get_mut(&name) {
                Some(table) => {
                    table.written(place);
                    table.rights(one, on, &roles);
                }
                None => self.rights_on(&Object::View(name), one, &roles, place.end),
            }
        }
    }

    fn rights_on(&mut self, object: &Object, one: &Statement<'_>, roles: &[String], end: usize) {
        if let Some(text) = self.changed(object, end) {
            text.rights.push(one.text(0));
            if one.word(0) == "grant" {
                text.granted.extend(roles.iter().cloned());
            }
        }
    }
}

/// Whether a text is these statements, letter by letter; blank lines and comments may stand before them.
fn is_written(text: &str, sql: &str) -> bool {
    let lead = text.trim_end().strip_suffix(sql.trim());
    lead.is_some_and(|lead| {
        let mut lines = lead.lines();
        let is_left_out = |line: &str| line.is_empty() || line.starts_with("--");
        (lead.is_empty() || lead.ends_with('\n')) && lines.all(is_left_out)
    })
}

/// The qualified names from here on, with commas between them, and the place after them.
fn names(one: &Statement<'_>, at: usize) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = at;
    loop {
        let (name, end) = one.name(at);
        names.push(qualified(name));
        if one.word(end) != "," {
            return (names, end);
        }
        at = end + 1;
    }
}

/// What a statement names: `function a.f`, `policy p on a.t`.
fn named(one: &Statement<'_>, at: usize) -> Option<Object> {
    let mut at = at;
    while matches!(
        one.word(at),
        "constraint" | "temp" | "temporary" | "recursive"
    ) {
        at += 1;
    }
    let start = one.after(at + 1, &["if", "exists"]).unwrap_or(at + 1);
    object(one, one.word(at), start)
}

fn object(one: &Statement<'_>, kind: &str, at: usize) -> Option<Object> {
    let (name, end) = one.name(at);
    if name.is_empty() {
        return None;
    }
    let table = || {
        let on = one.find(end, "on")?;
        Some(qualified(one.name(on + 1).0))
    };
    Some(match kind {
        "function" => Object::Function(qualified(name)),
        "view" => Object::View(qualified(name)),
        "policy" => Object::Policy {
            table: table()?,
            name,
        },
        "trigger" => Object::Trigger {
            table: table()?,
            name,
        },
        _ => return None,
    })
}

/// The last part of a qualified name.
fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

/// A name without a schema is one of `public`, where nobody set the search path.
fn qualified(name: String) -> String {
    match name.contains('.') {
        true => name,
        false => format!("public.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(sql: &str) -> Executed {
        let mut executed = Executed::default();
        executed.read(sql);
        executed
    }

    #[test]
    fn the_newest_text_counts_and_what_is_dropped_is_gone() {
        let executed = executed(
            "create policy a on public.t for select using (true);
             create policy b on t for select using (true);
             drop policy if exists a on public.t;
             create policy a on public.t for select using (x);
             drop policy b on public.t;
             create function p.f(a int) returns int language sql return 1;
             create or replace function p.f(a int) returns int language sql return 2;
             grant execute on function p.f(int) to anon, ben;
             create trigger c before update of \"on\" on public.t for each row execute function p.f();
             create view v as select 1; drop view v, w;
             create table public.t (id int);",
        );
        let objects: Vec<String> = executed.objects.keys().map(ToString::to_string).collect();
        assert_eq!(
            objects,
            [
                "the policy `a` of `public.t`",
                "the function `p.f`",
                "the trigger `c` of `public.t`"
            ]
        );
        let function = executed.objects[1].text(&executed.sql);
        assert_eq!(function.parameters, "( a int )");
        assert!(function.made.ends_with("return 2"), "{function:?}");
        assert_eq!(
            Vec::from_iter(&function.granted),
            [&"anon".to_owned(), &"ben".to_owned()]
        );
        assert!(executed.table("public.t").is_some() && executed.table("public.v").is_none());
    }

    #[test]
    fn an_object_was_made_by_the_statements_that_were_the_last_about_it() {
        let made = "create function f() returns int language sql return 1;\ngrant execute on function f() to a;";
        let object = Object::Function("public.f".to_owned());
        let was_made = |before: &str, after: &str| {
            executed(&format!("{before}{made}{after}")).was_made_by(&object, &format!("{made}\n"))
        };
        assert!(was_made("", "\n"));
        assert!(was_made("select 1;\n\n-- Functions\n", "\n\nselect 2;"));
        assert!(was_made(
            "create function f() returns int language sql return 2;\n",
            ""
        ));
        for (before, after) in [
            ("", "comment on function f() is 'x';"),
            ("", "revoke execute on function f() from a;"),
            ("", "alter function f() owner to b;"),
            ("", "drop function f();"),
            (
                "",
                "create or replace function f() returns int language sql return 2;",
            ),
            ("-- ", ""),
            ("/* a comment of ours stands in lines */\n", ""),
            ("/* ", "*/"),
            ("explain ", ""),
        ] {
            assert!(!was_made(before, after), "{before}…{after}");
        }
        let mut twice = executed(made);
        twice.read("comment on function f() is 'x';");
        assert!(!twice.was_made_by(&object, made));
        twice.read(made);
        assert!(twice.was_made_by(&object, made));
    }

    #[test]
    fn the_checks_and_rights_of_a_table_are_followed() {
        let table = |sql: &str| executed(sql).tables.remove("public.t").expect("a table");
        let made = "create table public.t (
                id int not null default (1),
                constraint t_pkey primary key (id),
                constraint t_a check (a > (1)),
                constraint \"T b\" check (b in ('x, y', 'z'))
            );
            revoke all on table public.t from public, anon;
            grant select, insert (id, a), update on table public.t to anon, ben;";
        let first = table(made);
        let checks: Vec<_> = first.checks.iter().collect();
        assert_eq!(
            format!("{checks:?}"),
            r#"[("\"T b\"", Some("b in ( 'x, y' , 'z' )")), ("t_a", Some("a > ( 1 )"))]"#
        );
        let rights = |table: &Table, role: &str| {
            let rights = table.rights.get(role).into_iter().flatten();
            rights.cloned().collect::<Vec<_>>().join(", ")
        };
        assert_eq!(rights(&first, "ben"), "insert a, insert id, select, update");
        let second = table(&format!(
            "{made}
            alter table public.t rename column a to c;
            alter table public.t drop column id;
            alter table public.t drop constraint \"T b\";
            alter table public.t
                add constraint t_d check (d) not valid;
            revoke insert on public.s, public.t from ben;
            revoke all on t from anon;
            grant all on all tables in schema public to other;"
        ));
        assert_eq!(
            second.checks,
            BTreeMap::from([
                ("t_a".to_owned(), None),
                ("t_d".to_owned(), Some("d".to_owned()))
            ])
        );
        assert_eq!(rights(&second, "ben"), "select, update");
        assert_eq!(rights(&second, "anon"), "");
        assert_eq!(rights(&second, "other"), "all");
        let moved = executed(&format!(
            "{made} alter table public.t rename to u; drop table v;"
        ));
        assert!(moved.table("public.t").is_none() && moved.table("public.u").is_some());
    }

    #[test]
    fn a_table_is_known_whatever_statements_made_it() {
        let is_as = |one: &str, other: &str| {
            let made = |more: &str| {
                let sql = format!("create table t (a int not null{more}");
                executed(&sql).tables.remove("public.t").expect("a table")
            };
            made(one).is_as(&made(other))
        };
        for (one, other) in [
            (
                "); alter table t add column b text not null default 'x'",
                ", b text not null default 'x')",
            ),
            (
                ", b text); alter table public.t alter column b set not null",
                ", b text not null)",
            ),
            (
                ", b text not null default 'a'); alter table t alter column b drop default, alter b drop not null",
                ", b text)",
            ),
            (
                ", b text); alter table t alter column b type numeric(10,2) using b::numeric",
                ", b numeric(10, 2))",
            ),
            (
                ", b text[] default array['a', 'b']::text[], c public.state)",
                ", b text[]); alter table t add column c public.state; alter table t alter b set default array['a', 'b']::text[]",
            ),
            (
                "); alter table t alter column a add generated always as identity (sequence name public.s)",
                " generated always as identity (sequence name public.other))",
            ),
            (
                "); alter table t add column b int generated always as (a + 1) stored",
                ", b int generated always as (a + 1) stored)",
            ),
            (
                "); create unique index concurrently u on public.t (a) nulls not distinct; alter table t add constraint u unique using index u deferrable initially deferred",
                ", constraint u unique nulls not distinct (a) deferrable initially deferred)",
            ),
            (
                "); create index i on t (a) where a > 1; alter index public.i rename to j",
                "); create index concurrently if not exists j on public.t (a) where a > 1",
            ),
            (
                "); create index i on t (a); drop index concurrently if exists public.i",
                ")",
            ),
            (
                "); alter table t add constraint f foreign key (a) references public.s (id) on delete cascade not valid; alter table t validate constraint f",
                "); alter table t add constraint f foreign key (a) references public.s (id) on delete cascade",
            ),
            (
                ", b int, constraint k primary key (b)); alter table t rename constraint k to l",
                ", b int not null, constraint l primary key (b))",
            ),
            (
                ", constraint u unique (a)); alter table t rename column a to z; alter table t rename column z to a",
                ", constraint u unique (a, a))",
            ),
            (
                ", b public.old); alter type public.old rename to new",
                ", b public.new)",
            ),
            (
                "); comment on column t.a is 'x'; comment on column public.t.a is null",
                ")",
            ),
        ] {
            assert!(is_as(one, other), "{one} | {other}");
        }
        for (one, other) in [
            (", b int)", ")"),
            (", b int)", ", b bigint)"),
            (", b int)", ", b int not null)"),
            (", b int default 1)", ", b int default 2)"),
            (", b int default 1)", ", b int)"),
            (
                ", b int generated always as (a) stored)",
                ", b int generated always as (a + 1) stored)",
            ),
            (", constraint u unique (a))", ", constraint v unique (a))"),
            (
                ", constraint u unique (a))",
                "); create unique index u on t (a)",
            ),
            (
                "); create index i on t (a)",
                "); create index i on t using hash (a)",
            ),
            ("); comment on table t is 'x'", ")"),
            (
                "); comment on column t.a is 'x'",
                "); comment on column t.a is 'y'",
            ),
        ] {
            assert!(!is_as(one, other), "{one} | {other}");
            assert!(!is_as(other, one), "{one} | {other}");
        }
    }

    #[test]
    fn what_may_have_gone_with_a_column_is_not_compared() {
        let executed = executed(
            "create table t (a int, b int, constraint u unique (a, b), constraint v unique (b));
             alter table t drop column a;",
        );
        let table = executed.table("public.t").expect("a table");
        assert_eq!(table.parts.keys().collect::<Vec<_>>(), ["v"]);
    }

    #[test]
    fn a_table_is_known_by_its_letters_until_something_else_is_about_it() {
        let sql = "create table t (\n    id int\n);\ncomment on table t is 'x';";
        let is_known = |more: &str| {
            let all = format!("create table s (id int);\n\n-- t\n\n{sql}\n\n{more}");
            executed(&all).table_was_made_by("public.t", sql)
        };
        let other = "create table u (id int);";
        assert!(is_known(""));
        assert!(is_known(other));
        let keys = "alter table t add constraint f foreign key (id) references s (id), \
            add constraint g foreign key (id) references u (id);";
        assert!(is_known(&format!("{other} {keys}")));
        assert!(is_known(&format!(
            "{other} create policy p on t using (true);"
        )));
        for more in [
            "comment on table t is 'x';",
            "alter table t add b int;",
            "alter table t rename id to key;",
            "alter table t drop constraint f;",
            "alter table t add constraint f foreign key (id) references s (id), add b int;",
            "create index i on t (id);",
            "grant select on t to anon;",
            "grant select on all tables in schema public to anon;",
            "comment on column t.id is 'x';",
            "alter table s rename to r;",
            "drop table t;",
        ] {
            assert!(!is_known(more), "{more}");
            assert!(!is_known(&format!("{other} {more}")), "{more}");
        }
    }

    #[test]
    fn what_was_done_by_hand_is_none_of_ours() {
        let mut executed = executed("create table t (id int); grant select on t to anon;");
        executed.run_by_hand(
            "create function mine() returns int language sql return 1;
             grant select on t to reporter;
             grant insert on t to anon;
             alter table t add constraint own check (id > 0);",
        );
        assert_eq!(executed.generated().count(), 0);
        let table = executed.table("public.t").expect("a table");
        assert!(table.checks.is_empty(), "{table:?}");
        let rights: Vec<_> = table.rights.clone().into_iter().collect();
        let both = ["insert", "select"].map(str::to_owned);
        assert_eq!(rights, [("anon".to_owned(), BTreeSet::from(both))]);
    }

    #[test]
    fn blanks_and_comments_change_nothing_and_everything_else_does() {
        let of = |sql| Executed::text_of(sql).expect("an object");
        let policy = of("create policy a on t using (true);");
        assert_eq!(
            policy,
            of("CREATE POLICY a\n  on t -- all\n  using ( true )")
        );
        for other in [
            "create policy a on t using (false);",
            "create policy a on t using (true); alter policy a on t using (false);",
            "create policy a on t using (true); comment on policy a on t is 'x';",
        ] {
            assert_ne!(policy, of(other), "{other}");
        }
        let function = "create function f() returns int language sql return 1;";
        let granted = format!("{function} grant execute on function f() to public;");
        assert_ne!(of(function), of(&granted));
    }
}
