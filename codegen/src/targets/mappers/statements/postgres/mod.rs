//! The statements of Postgres: many rows of one table, each with the outcome of its entry.
//!
//! Every statement has the same steps: `entry` reads what was uploaded, `judged` says what comes of each entry beside the
//! row that stands, and `written` writes what applies, unless somebody has changed the row in between.
//! Such an entry is left without an answer, and asks again: two writers come to the same end in every order.

mod conflict;
mod delete;
mod patch;
mod proposed;
mod put;
mod spell;
mod told;

use super::columns::{Facts, asks_for_caller};
use super::layout::Lines;
use crate::catalog;
use crate::expr::print::{self, Hooks, PrintContext};
use crate::expr::{Known, Row};
use crate::guard::{Asked, Caller, NamedScope, Policy};
use crate::model::{Column, DefaultValue, Model};
use spell::{base_type, ident, is_text, literal, meets};
use std::cell::{OnceCell, RefCell};
use synctable::statement::{Answer, Commands, Connection, Param, Statement};
use synctable::{Database, Kind};

/// What the steps call an entry.
const SENT: &str = "sent";
const ENTRY: &str = "entry";
const JUDGED: &str = "judged";

/// How a value asks who writes, where the session knows it.
struct Session<'a>(&'a Model);

impl Hooks for Session<'_> {
    fn user_id(&self) -> String {
        catalog::caller(self.0)
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        let schema = catalog::private_schema(self.0);
        catalog::claim(&Database::Postgres.ident(&schema), path, beside)
    }
}

/// How a value asks who writes, where parameters tell it.
struct Told<'a>(&'a Postgres<'a>);

impl Hooks for Told<'_> {
    fn user_id(&self) -> String {
        self.0.asked.borrow_mut().user_id = true;
        self.0.caller.user_id.clone()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        self.0.asked.borrow_mut().claims = true;
        self.0.caller.claim(path, beside)
    }
}

/// The statements of one table for one kind of connection.
pub(super) fn commands(facts: &Facts<'_>, known: &Known, on: Connection) -> Commands {
    Commands {
        put: facts.puts().then(|| Postgres::new(facts, known, on).put()),
        patch: facts
            .patches()
            .then(|| Postgres::new(facts, known, on).patch()),
        delete: facts
            .deletes()
            .then(|| Postgres::new(facts, known, on).delete()),
    }
}

/// Writes one statement.
struct Postgres<'a> {
    facts: &'a Facts<'a>,
    known: &'a Known,
    on: Connection,
    /// The caller as guarded statements know him.
    caller: Caller,
    /// What the conditions of the statement ask for.
    asked: RefCell<Asked>,
    /// What a PUT asks of the policy more than once.
    sees: OnceCell<Option<String>>,
    may_insert: OnceCell<Option<String>>,
}

impl<'a> Postgres<'a> {
    fn new(facts: &'a Facts<'a>, known: &'a Known, on: Connection) -> Self {
        Self {
            facts,
            known,
            on,
            caller: Caller {
                user_id: "(select user_id from caller)".to_owned(),
                claims: "(select claims from caller)".to_owned(),
            },
            asked: RefCell::default(),
            sees: OnceCell::new(),
            may_insert: OnceCell::new(),
        }
    }

    fn is_guarded(&self) -> bool {
        self.on == Connection::Guarded
    }

    /// Whether the connection reads whole rows, and by that their versions too.
    fn reads_rows(&self) -> bool {
        self.is_guarded() || !self.facts.has_secrets()
    }

    /// The caller's rights, where the statement has to know them.
    fn policy<'s>(&'s self, proposed: &'s dyn Fn(&str) -> Option<String>) -> Option<Policy<'s>> {
        let facts = self.facts;
        self.is_guarded().then(|| {
            Policy::new(
                self.known,
                facts.model,
                facts.table,
                facts.client(),
                &self.caller,
                &self.asked,
                proposed,
            )
        })
    }

    /// That a caller has not a right; `None` where everybody has it.
    fn lacks(right: Option<String>) -> Option<String> {
        let right = right.filter(|right| right != "true")?;
        Some(format!("({right}) is not true"))
    }

    /// What the server fills into a column of a new row.
    fn filled(&self, column: &Column) -> Option<String> {
        let text = match column.default.as_ref()? {
            DefaultValue::Sql(text) => format!("({})", text.trim()),
            DefaultValue::Expr(expr) => {
                let row = Row::default();
                let session = Session(self.facts.model);
                let told = Told(self);
                let hooks: &dyn Hooks = match self.on {
                    Connection::RowSecurity => &session,
                    Connection::Guarded => &told,
                };
                let cx = PrintContext::new(self.known, &row)
                    .of_kind(&column.kind)
                    .with_hooks(hooks);
                print::lower_case(&print::postgres(expr, &cx))
            }
        };
        Some(match (is_text(column), &column.default) {
            (true, Some(DefaultValue::Expr(_))) => {
                format!("({text})::{}", base_type(self.facts.model, &column.kind))
            }
            _ => text,
        })
    }

    /// The entries as `sent`, with the members that the statement reads; `beside` is what is made of each.
    ///
    /// That they name their keys also tells the planner that they are few: it expects a hundred of every array, and would read
    /// a whole table beside them, where it now looks up a row by its key for each.
    fn sent(&self, lines: &mut Lines, members: &[&str], beside: Option<[String; 2]>) {
        let members: Vec<String> = members.iter().map(|one| format!("{one} jsonb")).collect();
        let members = members.join(", ");
        let from = format!("from jsonb_to_recordset($1::jsonb) as sent (nr int, {members})");
        let few = format!("where {}", self.gives(SENT, self.facts.key[0]));
        match beside {
            None => lines.either(4, &from, &few),
            Some(arguments) => {
                lines.add(4, &from);
                let after = format!(") as new {few}");
                lines.list(4, "cross join jsonb_populate_record(", &arguments, &after);
            }
        }
    }

    /// Members of the entries, for `entry` to hold.
    fn of_sent(&self, members: &[&str]) -> Vec<String> {
        let all = ["nr"].iter().chain(members);
        all.map(|member| match self.free(member) {
            free if free == *member => format!("sent.{member}"),
            free => format!("sent.{member} as {free}"),
        })
        .collect()
    }

    /// A member of an entry.
    fn member(&self, told: &str, member: &str) -> String {
        match told {
            SENT => [told, ".", member].concat(),
            _ => [told, ".", &self.free(member)].concat(),
        }
    }

    /// Those members of the entries that hold values of some columns.
    fn members(columns: &[&Column]) -> Vec<&'static str> {
        match columns.iter().any(|column| is_text(column)) {
            true => vec!["given", "texts"],
            false => vec!["given"],
        }
    }

    /// Where a member of an entry says whether it gives a column, and where it gives it.
    fn member_of(column: &Column) -> &'static str {
        match is_text(column) {
            true => "texts",
            false => "given",
        }
    }

    /// Whether an entry gives a column.
    fn gives(&self, told: &str, column: &Column) -> String {
        let member = self.member(told, Self::member_of(column));
        [&member, " ? ", &literal(&column.name)].concat()
    }

    /// What an entry gives a column, null where it gives nothing.
    fn value(&self, told: &str, column: &Column) -> String {
        self.read_from(told, Self::member_of(column), column)
    }

    /// The statement of its steps and of what it answers.
    fn statement(&self, answer: Answer, steps: Vec<(String, Lines)>, last: Lines) -> Statement {
        let scopes = self
            .policy(&|_| None)
            .map(|policy| policy.scopes())
            .unwrap_or_default();
        let mut params = vec![Param::Entries];
        let mut caller = Vec::new();
        let asked = self.asked.borrow();
        if asked.user_id {
            params.push(Param::Subject);
            // A text, because it is matched against one.
            let subject = format!("${}", params.len());
            let told = Caller::of_texts(self.facts.model, &subject, "null");
            caller.push(format!("{} as user_id", told.user_id));
        }
        if asked.claims {
            params.push(Param::Claims);
            caller.push(format!("${}::jsonb as claims", params.len()));
        }
        let mut all = Vec::new();
        if !caller.is_empty() {
            let mut lines = Lines::default();
            lines.list(4, "select ", &caller, "");
            all.push(("caller".to_owned(), lines));
        }
        all.extend(scopes.all().iter().map(|scope: &NamedScope| {
            let mut lines = Lines::default();
            lines.add(4, scope.body());
            (scope.head(), lines)
        }));
        all.extend(steps);
        let mut text = String::new();
        let many = all.len();
        for (index, (name, lines)) in all.into_iter().enumerate() {
            let with = if index == 0 { "with " } else { "" };
            let comma = if index + 1 < many { "," } else { "" };
            // A policy's conditions come first, unless what finds a row calls no function that might tell what it saw: read
            // apart, the key of an entry is a plain value.
            let apart = if name == ENTRY { "materialized " } else { "" };
            let lines = lines.into_text();
            for part in [with, &name, " as ", apart, "(\n", &lines, ")", comma, "\n"] {
                text.push_str(part);
            }
        }
        text += &last.into_text();
        Statement {
            answer,
            text: text.into(),
            params: params.into(),
        }
    }

    /// What a statement answers: the outcomes of those that do not apply, and of those that were written.
    fn answer(&self, is_written: &str) -> Lines {
        let (nr, outcome) = (self.free("nr"), self.free("outcome"));
        let mut lines = Lines::default();
        let judged = format!("select {nr}, {outcome} from judged");
        lines.either(
            0,
            &judged,
            &format!("where {outcome} <> 'applied' or {is_written}"),
        );
        lines
    }

    /// Whether the key of the row that stands is that of an entry.
    fn on_key(&self, told: &str) -> Vec<String> {
        let key = self.facts.key.iter();
        key.map(|column| format!("stored.{0} = {told}.{0}", ident(column)))
            .collect()
    }

    /// The key of an entry, as the columns of `entry`.
    fn keys(&self) -> Vec<String> {
        let key = self.facts.key.iter();
        key.map(|column| spell::named(&self.value(SENT, column), column))
            .collect()
    }

    fn same_target(&self, one: &str, other: &str) -> Vec<String> {
        let target = self.facts.target.iter();
        target
            .map(|column| {
                let name = ident(column);
                meets(column, &format!("{one}.{name}"), &format!("{other}.{name}"))
            })
            .collect()
    }

    /// Counts the version up.
    fn counted(&self) -> Option<String> {
        let version = ident(self.facts.version?);
        Some(format!("{version} = stored.{version} + 1"))
    }

    fn name(&self) -> String {
        let table = self.facts.table;
        let database = Database::Postgres;
        format!(
            "{}.{}",
            database.ident(&table.schema),
            database.ident(&table.name)
        )
    }

    /// A name that no column of the table has.
    fn free(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.facts.table.columns.contains_key(&name) {
            name.push('_');
        }
        name
    }
}

/// The branches of the outcome of an entry.
#[derive(Default)]
struct Verdict {
    branches: Vec<(String, Outcome)>,
    otherwise: &'static str,
}

/// What a branch comes to.
enum Outcome {
    Word(&'static str),
    /// One word where a condition holds, and else another one.
    Either(String, [&'static str; 2]),
}

impl Verdict {
    fn when(&mut self, condition: impl Into<String>, word: &'static str) {
        self.branches.push((condition.into(), Outcome::Word(word)));
    }

    fn either(&mut self, condition: String, other: String, words: [&'static str; 2]) {
        self.branches
            .push((condition, Outcome::Either(other, words)));
    }

    /// What an entry comes to whose row does not let it apply.
    fn unless(&mut self, rule: &str, same: &[String], otherwise: &'static str) {
        let outcome = match same.is_empty() {
            true => Outcome::Word("same"),
            false => Outcome::Either(same.join(" and "), ["same", otherwise]),
        };
        self.branches.push((format!("{rule} is not true"), outcome));
    }

    /// What comes of the others.
    fn otherwise(mut self, word: &'static str) -> Self {
        let is_same = |(_, outcome): &(String, Outcome)| matches!(outcome, Outcome::Word(one) if *one == word);
        while self.branches.len() > 1 && self.branches.last().is_some_and(is_same) {
            self.branches.pop();
        }
        self.otherwise = word;
        self
    }

    /// Writes the branches behind what is selected of the entries.
    fn write(self, lines: &mut Lines, name: &str) {
        for (condition, outcome) in self.branches {
            match outcome {
                Outcome::Word(word) => {
                    lines.either(8, &format!("when {condition}"), &format!("then '{word}'"));
                }
                Outcome::Either(other, [yes, no]) => {
                    lines.add(8, &format!("when {condition}"));
                    let outcome = format!("then '{yes}' else '{no}' end");
                    lines.either(12, &format!("then case when {other}"), &outcome);
                }
            }
        }
        lines.add(8, &format!("else '{}'", self.otherwise));
        lines.add(4, &format!("end as {name}"));
    }
}
