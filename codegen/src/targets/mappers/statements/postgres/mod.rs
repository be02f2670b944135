//! The statements of Postgres: many rows of one table through arrays, each with the outcome of its entry.
//!
//! What is decided between a write and the row it finds is decided by the statement that writes, on the row as it then
//! stands; so that two writers come to the same end in every order.
//! Entries that did nothing are asked about by a second statement, which sees what the first one met.

mod delete;
mod patch;
mod put;
mod spell;
mod told;

use super::columns::Facts;
use super::text::{For, Param, Part, Sql, always};
use crate::catalog;
use crate::catalog::writers::{Asked, IS_OWN_EDIT, IS_OWN_VERSION, Written};
use crate::expr::print::{self, Hooks, PrintContext};
use crate::expr::{Known, Row};
use crate::guard::{self, Caller, Guard};
use crate::model::{Column, DefaultValue, Model};
use spell::{base_type, equal, ident, is_cast, joined, list, meets, mentions, named};
use synctable::Database;

/// The caller, as the common table expression of guarded statements tells it.
const USER: &str = "(select caller.user_id from caller)";
const CLAIMS: &str = "(select caller.claims from caller)";

/// How a value asks who writes, where the session knows it.
struct Session<'a>(&'a Model);

impl Hooks for Session<'_> {
    fn user_id(&self) -> String {
        catalog::caller(self.0)
    }

    fn claim(&self, path: &[String]) -> String {
        let schema = catalog::private_schema(self.0);
        catalog::claim(&Database::Postgres.ident(&schema), path)
    }
}

/// How a value asks who writes, where parameters tell it.
struct Told<'a>(&'a Caller);

impl Hooks for Told<'_> {
    fn user_id(&self) -> String {
        self.0.user_id.clone()
    }

    fn claim(&self, path: &[String]) -> String {
        self.0.claim(path)
    }
}

/// Writes the statements of one table: those that row-level security decides and those that decide themselves, which are the
/// same but for the caller and his rights.
pub(super) struct Postgres<'a> {
    facts: &'a Facts<'a>,
    known: &'a Known,
    /// The caller as guarded statements know him.
    caller: Caller,
    /// His rights.
    guard: Guard,
}

impl<'a> Postgres<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, known: &'a Known) -> Self {
        let caller = Caller {
            user_id: USER.to_owned(),
            claims: CLAIMS.to_owned(),
        };
        let guard = guard::with(known, facts.model, facts.table, facts.client(), &caller);
        Self {
            facts,
            known,
            caller,
            guard,
        }
    }

    /// The connections on which a PUT tells the numbers of the entries that it applied; else it tells only how many.
    fn numbered(&self) -> For {
        match self.facts.reads() {
            true => For::Always,
            false => For::Guarded,
        }
    }

    /// Whether the writer's client wrote the row as it stands, and this edit is later than what others wrote before it;
    /// `anew` for a write that makes a row out of the client's own tombstone.
    fn own_edit(&self, edited: &str, anew: bool) -> String {
        let stands = self.facts.edited_at.expect("time decides");
        self.own(&IS_OWN_EDIT, Some(stands), edited, anew)
    }

    /// Whether the writer's client wrote the row as it stands, and has seen what others wrote before it.
    fn own_version(&self, seen: &str, anew: bool) -> String {
        self.own(&IS_OWN_VERSION, self.facts.version, seen, anew)
    }

    fn own(&self, asked: &Asked, stands: Option<&Column>, told: &str, anew: bool) -> String {
        let facts = self.facts;
        let written = Written::of(facts.model, facts.table).expect("its writers are kept");
        let anew = match facts.buried_by() {
            Some(tombstone) if anew => format!("stored.{} is not null", ident(tombstone)),
            _ => "false".to_owned(),
        };
        format!(
            "{}.{}(\n        {}::regclass, {}, {}, {told}, {anew}\n    )",
            Database::Postgres.ident(&catalog::private_schema(facts.model)),
            asked.name,
            Database::Postgres.literal(&self.name()),
            written.key("stored"),
            stands.map_or("null".to_owned(), |column| format!(
                "stored.{}",
                ident(column)
            )),
        )
    }

    /// Whether a write is later than the stored row, or its writer's own.
    fn later(
        &self,
        without: Option<String>,
        time: &str,
        device: Option<&str>,
        anew: bool,
    ) -> String {
        let stored = ident(self.facts.edited_at.expect("time decides"));
        let mut ways: Vec<String> = without.into_iter().collect();
        ways.push(format!("stored.{stored} < {time}"));
        if let (Some(device), Some(column)) = (device, self.facts.device) {
            let name = ident(column);
            let wins = format!(
                "coalesce(stored.{name}::text, '') collate \"C\" < coalesce({device}::text, '') collate \"C\""
            );
            ways.push(format!("stored.{stored} = {time} and {wins}"));
        }
        ways.push(self.own_edit(time, anew));
        format!("({})", ways.join("\n    or "))
    }

    /// Whether the writer saw the row as it stands, or wrote it.
    fn saw(&self) -> String {
        let facts = self.facts;
        let mut seen: Vec<String> = Vec::new();
        if !facts.tracked.is_empty() {
            let mask = self.free("seen");
            seen.push(format!("position(B'1' in p.{mask}) > 0"));
            for (index, column) in facts.tracked.iter().enumerate() {
                let equal = equal(column, &self.seen_value(column));
                seen.push(format!("(get_bit(p.{mask}, {index}) = 0 or {equal})"));
            }
        }
        let values = match seen.is_empty() {
            true => "false".to_owned(),
            false => seen.join(" and "),
        };
        let (saw, told) = match facts.version {
            Some(version) => {
                let (name, told) = (ident(version), format!("p.{}", self.free("version_seen")));
                (
                    format!(
                        "case when {told} is not null then stored.{name} = {told} else {values} end"
                    ),
                    told,
                )
            }
            None => (values, "null".to_owned()),
        };
        format!("({saw}\n    or {})", self.own_version(&told, false))
    }

    fn seen_sources(&self) -> Vec<Source<'a>> {
        let facts = self.facts;
        let mut sources: Vec<_> = facts.version.map(Source::Version).into_iter().collect();
        if !facts.tracked.is_empty() {
            sources.push(Source::Seen);
        }
        sources.extend(facts.tracked.iter().map(|one| Source::Previous(one)));
        sources
    }

    /// What the writer saw in a column, as it is unnested.
    fn seen(&self, column: &Column) -> String {
        let name = self.free(&format!("seen_{}", column.name));
        format!("p.{}", Database::Postgres.ident(&name))
    }

    fn seen_value(&self, column: &Column) -> String {
        self.cast(column, self.seen(column))
    }

    /// Counts the version up.
    fn counted(&self) -> Option<String> {
        let version = ident(self.facts.version?);
        Some(format!("{version} = stored.{version} + 1"))
    }

    /// Whether the caller may change the row that the statement finds, and `also` holds of what becomes of it.
    fn may_change(
        &self,
        sql: &mut Sql<'a>,
        also: &[String],
        new: &dyn Fn(&mut Sql<'a>, &'a Column) -> String,
    ) -> Part {
        let change = self.guard.change.as_deref().expect("rows are changed");
        let change = &joined(change, also);
        let columns: Vec<String> = self
            .facts
            .table
            .columns
            .values()
            .filter(|column| column.direction.on_server() && mentions(change, column))
            .map(|column| named(new(sql, column), column))
            .collect();
        let may = match columns.is_empty() {
            true => format!("({change})"),
            false => format!(
                "(select {change} from (select {}) as proposed)",
                list(columns)
            ),
        };
        (For::Guarded, may)
    }

    /// The rows of the entries: arrays, side by side.
    fn unnest(&self, sql: &mut Sql<'a>, indent: usize, word: &str, sources: &[Source<'a>]) {
        let mut arrays = Vec::new();
        let mut names = Vec::new();
        for source in sources {
            let (name, param, sql_type) = match source {
                Source::Column(column) => (
                    column.name.clone(),
                    Param::Column(&column.name),
                    self.array(column),
                ),
                Source::Previous(column) => (
                    self.free(&format!("seen_{}", column.name)),
                    Param::Previous(&column.name),
                    self.array(column),
                ),
                Source::Version(column) => (
                    self.free("version_seen"),
                    Param::Version(&column.name),
                    self.array(column),
                ),
                Source::Given => (self.free("given"), Param::Given, "varbit[]".to_owned()),
                Source::Seen => (self.free("seen"), Param::Seen, "varbit[]".to_owned()),
            };
            arrays.push(format!("{}::{sql_type}", sql.dollar(param)));
            names.push(Database::Postgres.ident(&name).into_owned());
        }
        names.push(self.free("nr"));
        sql.line(format_args!("{:indent$}{word} unnest(", ""));
        sql.names(indent + 4, "", &[], &arrays, "");
        sql.names(indent, ") with ordinality as p (", &[], &names, ")");
    }

    fn array(&self, column: &Column) -> String {
        match is_cast(column) {
            true => "text[]".to_owned(),
            false => format!("{}[]", base_type(self.facts.model, &column.kind)),
        }
    }

    /// The stored rows that the caller sees, beside the entries.
    fn join_stored(&self, sql: &mut Sql<'a>, mut on: Vec<Part>) {
        let read = self.guard.read.as_deref().unwrap_or("true");
        if read != "true" {
            on.push((For::Guarded, format!("({read})")));
        }
        sql.line(format_args!("left join {} as stored", self.name()));
        sql.all(4, "on", "  and", &on);
    }

    fn on_key(&self) -> Vec<Part> {
        let key = self.facts.key.iter();
        key.map(|column| always(format!("stored.{} = {}", ident(column), self.value(column))))
            .collect()
    }

    fn same_target(&self, one: &str, other: &str) -> String {
        let target = self.facts.target.iter();
        let same: Vec<String> = target
            .map(|column| {
                let name = ident(column);
                meets(column, &format!("{one}.{name}"), &format!("{other}.{name}"))
            })
            .collect();
        same.join(" and ")
    }

    /// Whether every entry of a PUT gives the column, as a bit; `None` where it always does.
    fn gives(&self, sql: &mut Sql<'a>, column: &Column) -> Option<String> {
        let mut open = self.facts.open.iter();
        let index = open.position(|one| one.name == column.name)?;
        let mask = sql.dollar(Param::Gives);
        Some(format!("get_bit({mask}::varbit, {index})"))
    }

    /// What the server fills into a column of a new row.
    fn filled(&self, whose: For, column: &Column) -> Option<String> {
        let text = match column.default.as_ref()? {
            DefaultValue::Sql(text) => return Some(format!("({})", text.trim())),
            DefaultValue::Expr(expr) => {
                let row = Row::default();
                let (session, told);
                let hooks: &dyn Hooks = match whose {
                    For::Always | For::RowSecurity => {
                        session = Session(self.facts.model);
                        &session
                    }
                    For::Guarded => {
                        told = Told(&self.caller);
                        &told
                    }
                };
                let cx = PrintContext::new(self.known, &row)
                    .of_kind(&column.kind)
                    .with_hooks(hooks);
                print::lower_case(&print::postgres(expr, &cx))
            }
        };
        Some(match is_cast(column) {
            true => format!("({text})::{}", base_type(self.facts.model, &column.kind)),
            false => text,
        })
    }

    /// The statement, with the caller and the scopes in front of it that it asks for.
    fn finished(&self, mut sql: Sql<'a>) -> Sql<'a> {
        let asked = self.asked(&mut sql);
        if !asked.is_empty() {
            let with = format!("with {}\n", asked.join(",\n"));
            sql.pieces.insert(0, (For::Guarded, with));
        }
        sql
    }

    /// The common table expressions that a guarded statement asks for: the caller, and scopes, each after those that it names.
    fn asked(&self, sql: &mut Sql<'a>) -> Vec<String> {
        let says = |what: &str| {
            let mut pieces = sql.pieces.iter();
            pieces.any(|(whose, text)| *whose == For::Guarded && text.contains(what))
        };
        let scopes = self.guard.scopes.named_in(says);
        let asks = |what: &str| says(what) || scopes.iter().any(|one| one.select.contains(what));
        let (asks_user, asks_claims) = (asks(USER), asks(CLAIMS));
        let mut caller = Vec::new();
        if asks_user {
            let user = format!("{}::text", sql.dollar(Param::User));
            let told = Caller::of_texts(self.facts.model, &user, "null");
            caller.push(format!("        {} as user_id", told.user_id));
        }
        if asks_claims {
            let claims = sql.dollar(Param::Claims);
            caller.push(format!("        {claims}::jsonb as claims"));
        }
        let caller = match caller.is_empty() {
            true => None,
            false => Some(format!(
                "caller as (\n    select\n{}\n)",
                caller.join(",\n")
            )),
        };
        let scopes = scopes.into_iter().map(guard::NamedScope::text);
        caller.into_iter().chain(scopes).collect()
    }

    /// The uploaded value of a column.
    fn value(&self, column: &Column) -> String {
        self.cast(column, format!("p.{}", ident(column)))
    }

    /// What is unnested as text, as what it is.
    fn cast(&self, column: &Column, operand: String) -> String {
        match is_cast(column) {
            true => format!("{operand}::{}", base_type(self.facts.model, &column.kind)),
            false => operand,
        }
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

/// What an entry brings.
enum Source<'a> {
    Column(&'a Column),
    Previous(&'a Column),
    Version(&'a Column),
    Given,
    Seen,
}
