//! A sync configuration as PowerSync's own compiler sees it.

use std::collections::BTreeMap;
use std::fmt;

use postgres::GenericClient;
use serde::{Deserialize, Serialize};
use serde_json::json;
use synctable::ident::{CHECKPOINTS, bridge_schema};
use synctable_codegen::model::Model;

use super::ask;

/// A table of the source database, as the compiler is told about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<SourceColumn>,
}

/// A column of a [`SourceTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceColumn {
    /// Its name.
    pub name: String,
    /// Postgres' short name of its type (`int8`, `text[]`); of a domain, the type beneath it.
    #[serde(rename = "type")]
    pub kind: String,
}

impl SourceTable {
    /// A table of the schema `public`; columns are name and type.
    pub fn new(name: &str, columns: &[(&str, &str)]) -> SourceTable {
        SourceTable {
            schema: "public".to_owned(),
            name: name.to_owned(),
            columns: columns
                .iter()
                .map(|(name, kind)| SourceColumn {
                    name: (*name).to_owned(),
                    kind: (*kind).to_owned(),
                })
                .collect(),
        }
    }
}

/// The tables of these schemas, read from the catalog of a real database.
///
/// # Panics
///
/// If the catalog cannot be read.
pub fn source_tables(client: &mut impl GenericClient, schemas: &[&str]) -> Vec<SourceTable> {
    const COLUMNS: &str = "
        with recursive bare as (
            select oid, oid as bare from pg_type where typtype <> 'd'
            union all
            select pg_type.oid, bare.bare from pg_type join bare on pg_type.typbasetype = bare.oid where pg_type.typtype = 'd'
        )
        select n.nspname, c.relname, a.attname,
               case when element.oid is null then t.typname::text else element.typname || '[]' end
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join bare on bare.oid = a.atttypid
        join pg_type t on t.oid = bare.bare
        left join pg_type element on element.oid = t.typelem and t.typcategory = 'A'
        where c.relkind in ('r', 'p') and n.nspname = any($1)
        order by n.nspname, c.relname, a.attnum";
    let mut tables: Vec<SourceTable> = Vec::new();
    let rows = client
        .query(COLUMNS, &[&schemas])
        .unwrap_or_else(|error| panic!("the catalog: {error:?}"));
    for row in rows {
        let (schema, name): (String, String) = (row.get(0), row.get(1));
        let column = SourceColumn {
            name: row.get(2),
            kind: row.get(3),
        };
        match tables.last_mut() {
            Some(last) if last.schema == schema && last.name == name => last.columns.push(column),
            _ => tables.push(SourceTable {
                schema,
                name,
                columns: vec![column],
            }),
        }
    }
    tables
}

/// The source of a model: its tables, and the one in which the bridge keeps write checkpoints.
///
/// # Panics
///
/// If the catalog cannot be read.
pub fn source_of(client: &mut impl GenericClient, model: &Model) -> Vec<SourceTable> {
    let schemas: Vec<&str> = model.postgres.schemas.iter().map(String::as_str).collect();
    let mut tables = source_tables(client, &schemas);
    if !model.postgres.custom_checkpoints.is_empty() {
        let columns = [
            ("user_id", "text"),
            ("client_id", "text"),
            ("checkpoint", "int8"),
        ];
        tables.push(SourceTable {
            schema: bridge_schema(&model.app),
            ..SourceTable::new(CHECKPOINTS, &columns)
        });
    }
    tables
}

/// What the compiler made of a configuration.
///
/// Assert on [`Compilation::clean`], never on the absence of errors alone: only a plan proves that it compiled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Compilation {
    /// Errors and warnings in the compiler's order.
    pub problems: Vec<Problem>,
    /// The compiler's own exception, when it did not reach the end.
    pub crash: Option<String>,
    /// What it compiled to; `None` after an error or a crash.
    pub plan: Option<Plan>,
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// Whether a deployment would refuse the configuration.
    pub severity: Severity,
    /// The compiler's sentence.
    pub message: String,
    /// Where it begins.
    pub start: Place,
    /// Where it ends.
    pub end: Place,
}

/// Whether a problem stops a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// A position in the configuration's text; both numbers count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in UTF-16 units.
    pub column: usize,
}

/// The compiled result, in the parts that tests compare.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// The source tables it replicates, parameter tables included, as `schema.table`, sorted.
    pub tables: Vec<String>,
    /// What clients get: table, column (all but `id`, which is implied), type (`text`, `integer`, `real`).
    pub client: BTreeMap<String, BTreeMap<String, String>>,
    /// The same, as PowerSync's own generators declare it for its client in each language.
    pub generated: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// The streams in order; none in the older dialect.
    pub streams: Vec<Stream>,
    /// The buckets of all streams, or the bucket definitions of the older dialect.
    pub buckets: Vec<Bucket>,
    /// The names of those that a connection can reach by its request alone and through lookups, too.
    pub reached_both_ways: Vec<String>,
}

/// A compiled stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Whether clients get it without asking.
    pub auto_subscribe: bool,
    /// Its priority, 0 to 3.
    pub priority: u8,
    /// The subscription parameters it reads: none of a stream that clients get without asking,
    /// `None` when a table of the configuration is not in the source's schema.
    pub parameters: Option<Vec<String>>,
    /// The names of its buckets.
    pub buckets: Vec<String>,
    /// In how many ways it finds them; 100 is the most that compiles.
    pub variants: usize,
    /// How many lookups these ways make in all, those on the way to others included.
    pub lookups: usize,
}

/// A compiled bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// How many values tell one bucket of this name from another.
    pub parameters: usize,
    /// The queries that fill it.
    pub sources: Vec<Source>,
}

/// One query that fills a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// The table it reads, as `schema.table`.
    pub table: String,
    /// The client's name of the table.
    pub output: String,
    /// The columns it gives, `*` for all.
    pub columns: Vec<String>,
}

/// Compiles a configuration of either dialect against the source's tables.
pub fn compile(yaml: &str, tables: &[SourceTable]) -> Compilation {
    ask(&json!({"tool": "powersync", "yaml": yaml, "schema": tables}))
}

impl Compilation {
    /// The plan, if it compiled without any error and any warning.
    ///
    /// # Errors
    ///
    /// Everything the compiler said.
    pub fn clean(&self) -> Result<&Plan, String> {
        match &self.plan {
            Some(plan) if self.problems.is_empty() && self.crash.is_none() => Ok(plan),
            _ => Err(self.to_string()),
        }
    }

    /// The errors alone.
    pub fn errors(&self) -> Vec<&Problem> {
        self.of(Severity::Error)
    }

    /// The warnings alone.
    pub fn warnings(&self) -> Vec<&Problem> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> Vec<&Problem> {
        self.problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .collect()
    }
}

impl fmt::Display for Compilation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let Place { line, column } = problem.start;
            writeln!(f, "{line}:{column}: {severity}: {}", problem.message)?;
        }
        if let Some(crash) = &self.crash {
            writeln!(f, "the compiler crashed: {crash}")?;
        }
        if self.plan.is_none() {
            writeln!(f, "it did not compile")?;
        }
        Ok(())
    }
}
