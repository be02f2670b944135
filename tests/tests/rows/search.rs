//! Looks for rows that Postgres takes or refuses: random steps from a row that it took.

use crate::rows::values::candidates;
use postgres::Transaction;
use postgres::error::SqlState;
use std::collections::{BTreeMap, BTreeSet};
use synctable::{Database, Kind};
use synctable_codegen::model::{
    CheckBody, Expr, Literal, Model, Recipe, Table, Unique, UniquePart,
};
use tests::generate::dice::Dice;
use tests::recipes::joined;

/// Values by column, as Postgres input text; a column that is not named gets its default.
pub(crate) type Row = BTreeMap<String, Option<String>>;

/// What Postgres said to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was taken.
    Taken,
    /// A constraint of this name refused it.
    Refused(String),
    /// NULL was refused.
    Null,
    /// Something else went wrong.
    Other(String),
}

/// How many rows are tried before giving up.
const PATIENCE: usize = 300;

/// One table under trial.
pub(crate) struct Trial<'a, 't> {
    model: &'a Model,
    table: &'a Table,
    transaction: &'a mut Transaction<'t>,
    candidates: BTreeMap<String, Vec<Option<String>>>,
    dice: Dice,
    predicates: BTreeMap<String, String>,
}

impl<'a, 't> Trial<'a, 't> {
    /// A trial of the empty table inside a transaction that nobody commits.
    pub(crate) fn new(
        model: &'a Model,
        table: &'a Table,
        transaction: &'a mut Transaction<'t>,
    ) -> Self {
        let candidates = table
            .columns
            .values()
            .filter(|column| {
                column.direction.on_server() && column.generated.is_none() && !column.identity
            })
            .map(|column| (column.name.clone(), candidates(model, table, column)))
            .collect();
        Self {
            model,
            table,
            transaction,
            candidates,
            dice: Dice::new(1),
            predicates: BTreeMap::new(),
        }
    }

    /// The columns that a row can be varied in.
    pub(crate) fn columns(&self) -> impl Iterator<Item = String> + use<> {
        self.candidates
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The checks that Postgres has, domains' included, with the columns they speak of.
    pub(crate) fn checks(&self) -> Vec<(String, Vec<String>)> {
        let mut checks = Vec::new();
        for check in &self.table.checks {
            match &check.body {
                CheckBody::Expr(expr) => checks.push((check.name.clone(), columns_of(expr))),
                CheckBody::Sql {
                    postgres: Some(_), ..
                } => checks.push((check.name.clone(), self.columns().collect())),
                CheckBody::Sql { postgres: None, .. } => {}
            }
        }
        for column in self
            .table
            .columns
            .values()
            .filter(|column| column.direction.on_server())
        {
            if let Kind::Domain { name, .. } = &column.kind
                && self.model.domains[&**name].check.is_some()
            {
                checks.push((format!("{name}_check"), vec![column.name.clone()]));
            }
        }
        checks
    }

    /// A row that Postgres takes, if one is found: what a refusal speaks of is tried anew.
    pub(crate) fn base(&mut self) -> Option<Row> {
        let mut checks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, columns) in self.checks() {
            checks.entry(name).or_default().extend(columns);
        }
        let mut row: Row = self
            .candidates
            .keys()
            .cloned()
            .map(|name| (name, None))
            .collect();
        let all: Vec<String> = self.columns().collect();
        self.change(&mut row, &all);
        for _ in 0..PATIENCE * 5 {
            match self.verdict(&row) {
                Verdict::Taken => return Some(row),
                Verdict::Refused(by) => {
                    let about = checks.get(&by).unwrap_or(&all).clone();
                    self.change(&mut row, &about);
                }
                Verdict::Null | Verdict::Other(_) => self.change(&mut row, &all),
            }
        }
        None
    }

    /// Whether varying these columns of a taken row draws the verdict.
    pub(crate) fn vary(
        &mut self,
        taken: &Row,
        columns: &[String],
        wanted: impl Fn(&Verdict) -> bool,
    ) -> bool {
        (0..PATIENCE).any(|_| {
            let mut row = taken.clone();
            self.change_some(&mut row, columns);
            wanted(&self.verdict(&row))
        })
    }

    /// The taken row with a value wherever the unique looks, and inside its predicate.
    pub(crate) fn with_values(
        &mut self,
        taken: &Row,
        parts: &BTreeSet<String>,
        unique: &Unique,
    ) -> Option<Row> {
        let mut about: Vec<String> = parts.iter().cloned().collect();
        about.extend(unique.predicate.iter().flat_map(columns_of));
        let about = self.related(&about);
        for _ in 0..PATIENCE {
            let mut row = taken.clone();
            self.change(&mut row, &about);
            let has_values = parts
                .iter()
                .all(|name| row.get(name).is_none_or(Option::is_some));
            if has_values && self.is_covered(&row, &unique.name) == Some(true) {
                return Some(row);
            }
        }
        None
    }

    /// Whether a second row, equal but for these columns, draws the verdict.
    pub(crate) fn second(
        &mut self,
        first: &Row,
        others: &[String],
        wanted: impl Fn(&Verdict) -> bool,
    ) -> bool {
        let outer = "first_row";
        self.run(&format!("savepoint {outer}"));
        let inserted = self.verdict_and_keep(first) == Verdict::Taken;
        let found = inserted
            && (0..PATIENCE).any(|_| {
                let mut row = first.clone();
                self.change_some(&mut row, others);
                let key: Vec<String> = self
                    .table
                    .key
                    .iter()
                    .filter(|name| others.contains(name))
                    .cloned()
                    .collect();
                self.change(&mut row, &key);
                wanted(&self.verdict(&row))
            });
        self.run(&format!("rollback to savepoint {outer}"));
        found
    }

    /// Whether a row is found that the index holds, or that it leaves out.
    pub(crate) fn indexed(
        &mut self,
        taken: &Row,
        columns: &[String],
        index: &str,
        held: bool,
    ) -> bool {
        let columns = self.related(columns);
        (0..PATIENCE).any(|_| {
            let mut row = taken.clone();
            self.change_some(&mut row, &columns);
            self.is_covered(&row, index) == Some(held) && self.grows(&row, index) == held
        })
    }

    /// Whether Postgres takes the row and says that the index's predicate holds for it.
    fn is_covered(&mut self, row: &Row, index: &str) -> Option<bool> {
        let predicate = self.predicate(index);
        self.run("savepoint covered");
        let covered = (self.verdict_and_keep(row) == Verdict::Taken).then(|| {
            let sql = format!(
                "select exists (select from {} where {predicate})",
                self.table_name()
            );
            self.transaction
                .query_one(&sql, &[])
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
                .get(0)
        });
        self.run("rollback to savepoint covered");
        covered
    }

    /// The predicate as the catalog has it.
    fn predicate(&mut self, index: &str) -> String {
        if let Some(known) = self.predicates.get(index) {
            return known.clone();
        }
        let name = format!("{}.{}", ident(&self.table.schema), ident(index));
        let predicate: Option<String> = self
            .transaction
            .query_one(
                "select pg_get_expr(indpred, indrelid) from pg_index where indexrelid = $1::text::regclass",
                &[&name],
            )
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .get(0);
        let predicate = predicate.unwrap_or_else(|| "true".to_owned());
        self.predicates.insert(index.to_owned(), predicate.clone());
        predicate
    }

    /// Whether inserting the row into the empty table makes the index grow.
    fn grows(&mut self, row: &Row, index: &str) -> bool {
        self.run("savepoint growth");
        // An index that held a row before keeps its pages; it starts anew with its table.
        let table = self.table_name();
        self.run(&format!("truncate {table} cascade"));
        let before = self.size(index);
        let taken = self.verdict_and_keep(row) == Verdict::Taken;
        let after = self.size(index);
        self.run("rollback to savepoint growth");
        taken && after > before
    }

    fn size(&mut self, index: &str) -> i64 {
        let index = format!("{}.{}", ident(&self.table.schema), ident(index));
        self.transaction
            .query_one("select pg_relation_size($1::text::regclass)", &[&index])
            .unwrap_or_else(|error| panic!("{index}: {error}"))
            .get(0)
    }

    /// Whether leaving the column out stores the declared value; a value that Postgres computes only has to be there.
    ///
    /// Other columns that a check ties to it are varied until the default has its room.
    pub(crate) fn filled_in(
        &mut self,
        taken: &Row,
        column: &str,
        literal: Option<&Literal>,
    ) -> Result<(), String> {
        let related = self.related(&[column.to_owned()]);
        let mut row = taken.clone();
        let mut verdict = Verdict::Taken;
        for _ in 0..PATIENCE {
            row.remove(column);
            self.run("savepoint filled_in");
            // The row has to be the only one.
            if !self.table.seeds.is_empty() {
                self.run(&format!("delete from {}", self.table_name()));
            }
            verdict = self.verdict_and_keep(&row);
            let stored: Option<Option<String>> = (verdict == Verdict::Taken).then(|| {
                let sql = format!(
                    "select to_jsonb({})::text from {}",
                    ident(column),
                    self.table_name()
                );
                self.transaction
                    .query_one(&sql, &[])
                    .expect("the row was inserted")
                    .get(0)
            });
            self.run("rollback to savepoint filled_in");
            if let Some(stored) = stored {
                return judge(stored, literal);
            }
            row = taken.clone();
            self.change(&mut row, &related);
        }
        Err(format!("{verdict:?}"))
    }

    /// Whether NULL is refused in place of the value.
    pub(crate) fn refuses_null(&mut self, taken: &Row, column: &str) -> bool {
        let mut row = taken.clone();
        row.insert(column.to_owned(), None);
        matches!(self.verdict(&row), Verdict::Null)
    }

    /// These columns, and those that a check ties to them.
    fn related(&self, columns: &[String]) -> Vec<String> {
        let mut related: BTreeSet<String> = columns.iter().cloned().collect();
        for (_, tied) in self.checks() {
            if tied.iter().any(|name| columns.contains(name)) {
                related.extend(tied);
            }
        }
        related.into_iter().collect()
    }

    fn change(&mut self, row: &mut Row, columns: &[String]) {
        for name in columns {
            if let Some(values) = self.candidates.get(name) {
                row.insert(name.clone(), self.dice.pick(values).clone());
            }
        }
        // A joined id is right in most rows; else a check of it would refuse nearly all of them.
        if let (Some(recipe @ Recipe::Join { .. }), [key]) =
            (&self.table.recipe, self.table.key.as_slice())
            && self.dice.chance(90)
        {
            let id = joined(recipe, |part| row.get(&part.column).cloned().flatten());
            row.insert(key.clone(), id);
        }
    }

    /// Changes one of the columns, or all of them.
    fn change_some(&mut self, row: &mut Row, columns: &[String]) {
        if columns.len() > 1 && self.dice.chance(50) {
            let one = self.dice.pick(columns).clone();
            self.change(row, &[one]);
        } else {
            self.change(row, columns);
        }
    }

    fn verdict(&mut self, row: &Row) -> Verdict {
        self.run("savepoint one_row");
        let verdict = self.insert(row);
        self.run("rollback to savepoint one_row");
        verdict
    }

    fn verdict_and_keep(&mut self, row: &Row) -> Verdict {
        self.run("savepoint kept_row");
        let verdict = self.insert(row);
        if verdict != Verdict::Taken {
            self.run("rollback to savepoint kept_row");
        }
        verdict
    }

    fn insert(&mut self, row: &Row) -> Verdict {
        let names: Vec<String> = row.keys().map(|name| ident(name)).collect();
        let values: Vec<String> = row
            .values()
            .map(|value| {
                value.as_ref().map_or_else(
                    || "null".to_owned(),
                    |text| Database::Postgres.literal(text),
                )
            })
            .collect();
        let table = self.table_name();
        let insert = match names.is_empty() {
            true => format!("insert into {table} default values"),
            false => format!(
                "insert into {table} ({}) values ({})",
                names.join(", "),
                values.join(", ")
            ),
        };
        // Deferred constraints have their say at once.
        let result = self
            .transaction
            .batch_execute(&format!("{insert}; set constraints all immediate"));
        match result {
            Ok(()) => Verdict::Taken,
            Err(error) => match error.as_db_error() {
                Some(refusal) if *refusal.code() == SqlState::NOT_NULL_VIOLATION => Verdict::Null,
                Some(refusal) => match refusal.constraint() {
                    Some(name) => Verdict::Refused(name.to_owned()),
                    None => Verdict::Other(format!("{insert}: {refusal}")),
                },
                None => panic!("{error}"),
            },
        }
    }

    fn table_name(&self) -> String {
        format!("{}.{}", ident(&self.table.schema), ident(&self.table.name))
    }

    fn run(&mut self, sql: &str) {
        self.transaction
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

/// Whether what `to_jsonb` shows of a stored default is what was declared.
fn judge(stored: Option<String>, literal: Option<&Literal>) -> Result<(), String> {
    let Some(literal) = literal else {
        return stored
            .map(|_| ())
            .ok_or_else(|| "NULL was stored".to_owned());
    };
    let wanted = json(literal);
    let found: serde_json::Value = stored.as_deref().map_or(serde_json::Value::Null, |text| {
        serde_json::from_str(text).expect("Postgres prints JSON")
    });
    let number = |value: &serde_json::Value| value.as_f64();
    if found == wanted
        || (number(&found).is_some() && number(&found) == number(&wanted))
        || same_moment(&found, &wanted)
    {
        Ok(())
    } else {
        Err(format!("stored {found}, declared {wanted}"))
    }
}

/// Times print otherwise in JSON (`+00:00`, no idle digits): compared without what means nothing.
fn same_moment(found: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    let plain = |value: &serde_json::Value| {
        let text = value
            .as_str()?
            .replace("+00:00", "Z")
            .replace(".000000", "");
        text.starts_with(|c: char| c.is_ascii_digit())
            .then_some(text)
    };
    plain(found).is_some() && plain(found) == plain(wanted)
}

fn json(literal: &Literal) -> serde_json::Value {
    match literal {
        Literal::Null => serde_json::Value::Null,
        Literal::Bool(truth) => (*truth).into(),
        Literal::Int(number) => (*number).into(),
        Literal::Decimal(text) | Literal::Json(text) => {
            serde_json::from_str(text).expect("a checked constant is JSON")
        }
        Literal::Text(text) => text.as_str().into(),
        Literal::List(items) => items.iter().map(json).collect(),
    }
}

/// The columns that an expression speaks of.
pub(crate) fn columns_of(expr: &Expr) -> Vec<String> {
    let mut columns = BTreeSet::new();
    collect(expr, &mut columns);
    columns.into_iter().collect()
}

fn collect(expr: &Expr, columns: &mut BTreeSet<String>) {
    if let Expr::Column(name) = expr {
        columns.insert(name.clone());
    }
    expr.children().for_each(|child| collect(child, columns));
}

/// The columns that a unique covers, by name or inside an expression.
pub(crate) fn columns_of_unique(unique: &Unique) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for part in &unique.parts {
        match part {
            UniquePart::Column(name) => {
                columns.insert(name.clone());
            }
            UniquePart::Expr(expr) => collect(expr, &mut columns),
        }
    }
    columns
}

/// Whether an expression asks who calls.
pub(crate) fn mentions_caller(expr: &Expr) -> bool {
    matches!(expr, Expr::UserId | Expr::Claim(_)) || expr.children().any(mentions_caller)
}
