//! How a stream knows the caller, its parameters and the sets that rules speak of.

use super::scopes::Scopes;
use crate::expr::Row;
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::guard::ClaimKind;
use crate::map::IndexMap;
use crate::model::{IsTest, Model, Set};
use std::cell::RefCell;
use std::collections::BTreeSet;
use synctable::{Database, Kind};

/// The answers of a sync stream.
pub(super) struct StreamHooks<'a> {
    scopes: &'a Scopes<'a>,
    /// Whether scopes are named, as in a stream; a scope itself spells out the scopes that it reads, because the
    /// compiler takes a name inside `with` for a table.
    names_scopes: bool,
    /// What the scopes are called.
    names: IndexMap<&'a str, String>,
    /// The scopes that were named.
    named: RefCell<BTreeSet<String>>,
}

/// What each scope is called in `with`: a name in lower case, of no table and no other scope.
///
/// The compiler takes a name for that of a common table expression before it looks for a table, in any case.
pub(super) fn scope_names(model: &Model) -> IndexMap<&str, String> {
    let mut taken: BTreeSet<String> = model
        .tables
        .values()
        .flat_map(|table| [&table.name, &table.client_name])
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let mut names = IndexMap::default();
    for name in model.scopes.keys() {
        let word = name.to_ascii_lowercase();
        let candidates = (2..).map(|number| format!("{word}_{number}"));
        let free = std::iter::once(word.clone())
            .chain(candidates)
            .find(|name| !taken.contains(name))
            .expect("numbers do not end");
        taken.insert(free.clone());
        names.insert(name.as_str(), free);
    }
    names
}

impl<'a> StreamHooks<'a> {
    /// For the queries of streams.
    pub(super) fn of_streams(scopes: &'a Scopes<'a>) -> Self {
        Self {
            scopes,
            names_scopes: true,
            names: scope_names(scopes.model),
            named: RefCell::default(),
        }
    }

    /// For the query of a scope.
    pub(super) fn of_scopes(scopes: &'a Scopes<'a>) -> Self {
        Self {
            scopes,
            names_scopes: false,
            names: IndexMap::default(),
            named: RefCell::default(),
        }
    }

    /// The model, with what is known of its scopes.
    pub(super) fn scopes(&self) -> &'a Scopes<'a> {
        self.scopes
    }

    /// The scopes that were named so far.
    pub(super) fn into_named(self) -> BTreeSet<String> {
        self.named.into_inner()
    }

    /// Where an expression over a row is printed.
    pub(super) fn context<'b>(&'b self, row: &'b Row) -> PrintContext<'b> {
        PrintContext::new(self.scopes.known, row).with_hooks(self)
    }
}

/// A claim as JSON, which tells a text from a list.
fn json(path: &[String]) -> String {
    member("auth.parameters()", path)
}

/// A member of an object of JSON, as JSON.
pub(super) fn member(object: &str, path: &[String]) -> String {
    path.iter().fold(object.to_owned(), |object, member| {
        format!("{object} -> {}", Database::Postgres.literal(member))
    })
}

/// That a claim, given as JSON, is what `enforced` asks for: a text, or neither of `true` and `false`.
///
/// A list of a token reaches a comparison as its text, and a boolean as 0 or 1.
pub(super) fn is_claim(json: &str, test: IsTest) -> String {
    match test {
        IsTest::Null => format!("substring({json}, 1, 1) = '\"'"),
        IsTest::True | IsTest::False => format!("{json} != 'true' AND {json} != 'false'"),
    }
}

/// A value of the request beside one of the kind: beside an integer it is an integer, and NULL where it is none.
///
/// A number of JSON is a real for the service, and a replicated integer is not.
/// The ids of buckets hide that, but a column that must equal both, a claim and what is looked up, would equal neither.
fn of_request(value: String, beside: Option<&Kind>) -> String {
    match ClaimKind::beside(beside) {
        ClaimKind::Int => {
            let whole = format!("CAST({value} AS INTEGER)");
            format!("iif({value} = {whole}, {whole}, NULL)")
        }
        ClaimKind::Text | ClaimKind::Uuid => value,
    }
}

/// That a text of the row is not what a list or an object inside of a list of the token becomes.
pub(super) fn is_plain(operand: &str, kind: Option<&Kind>) -> Option<String> {
    let begins = format!("substring({operand}, 1, 1)");
    (ClaimKind::beside(kind) == ClaimKind::Text)
        .then(|| format!("{begins} != '[' AND {begins} != '{{'"))
}

impl Hooks for StreamHooks<'_> {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        let key = match path {
            [one] if !one.starts_with('$') => one.clone(),
            // A dot is a part of a literal key; a path begins with `$.`.
            path => format!("$.{}", path.join(".")),
        };
        of_request(
            format!("auth.parameter({})", Database::Postgres.literal(&key)),
            beside,
        )
    }

    fn is_claim(&self, path: &[String], test: IsTest) -> Option<String> {
        Some(is_claim(&json(path), test))
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        let json = json(path);
        let mut text = format!("{operand} IN ({json}) AND substring({json}, 1, 1) = '['");
        if let Some(plain) = is_plain(operand, kind) {
            text.push_str(&format!(" AND {plain}"));
        }
        text
    }

    fn param(&self, name: &str, beside: Option<&Kind>) -> String {
        let name = Database::Postgres.literal(name);
        of_request(format!("subscription.parameter({name})"), beside)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        if let Set::Scope(name) = set
            && self.names_scopes
        {
            self.named.borrow_mut().insert(name.clone());
            let name = &self.names[name.as_str()];
            return Ok(Database::Postgres.ident(name).into_owned());
        }
        let select = self.scopes.looked_up(set);
        let row = &self.scopes.known.tables[&select.table];
        print::select_powersync(select, &self.context(row))
    }
}
