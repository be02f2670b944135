//! Puts the rows of the queries together.

use super::formula::{formula, sql_type, trigger_condition, trigger_when};
use super::queries;
use crate::catalog::{
    Body, Catalog, Check, Column, Deferral, Domain, EnumType, Excluded, ExcludedValue, Exclusion,
    ForeignKey, Formula, Function, Grant, Index, Key, Name, Part, Policy, ReplicaIdentity, Rls,
    Schema, Storage, Table, Trigger, Unique, View, caller, grants, lower, name_of, private_schema,
    server_tables, speaks_of_others,
};
use crate::expr::catalog::{Calls, range};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Expr, Model};
use ::postgres::{Client, Error, IsolationLevel, Row, Transaction};
use synctable::ident::bridge_schema;

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The schemas.
    pub schemas: Vec<String>,
    /// The roles whose rights are read, `public` for everybody.
    pub roles: IndexSet<String>,
    /// The roles whose right to look into the schemas is read.
    pub users: IndexSet<String>,
    /// The calls by which policies and defaults ask for the caller and for sets.
    pub calls: Calls,
    /// The publications.
    pub publications: Vec<String>,
    /// The schema of the bridge, whose tables in a publication are not the app's.
    pub bridge: Option<String>,
    /// The roles of which is read whether they bypass row-level security.
    pub bypasses: Vec<String>,
    /// The roles of which is read whether they may make temporary objects.
    pub temporary: Vec<String>,
    /// The storage buckets.
    pub buckets: Vec<String>,
}

impl Reading {
    /// All that [`lower`](crate::catalog::lower) speaks of.
    pub fn of(model: &Model) -> Self {
        let mut schemas = model.postgres.schemas.clone();
        schemas.push(private_schema(model));
        let users = grants::users(model);
        let mut roles = grants::revoked(model);
        roles.extend(users.iter().cloned());
        Self {
            schemas,
            roles,
            users,
            calls: Calls {
                user_id: caller(model),
                claim: Name::new(private_schema(model), "claim").to_string(),
                sets: lower(model)
                    .sets
                    .by_name(model)
                    .into_iter()
                    .map(|(name, set)| (name.to_string(), set))
                    .collect(),
                tables: server_tables(model)
                    .map(|table| (name_of(table).to_string(), table.name.clone()))
                    .collect(),
                by_hand: false,
            },
            publications: vec![model.postgres.publication.clone()],
            bridge: Some(bridge_schema(&model.app)),
            bypasses: grants::bypasses(model).into_keys().collect(),
            temporary: grants::temporary(model).into_keys().collect(),
            buckets: model.storage.keys().cloned().collect(),
        }
    }
}

/// Reads a catalog, in one snapshot of the database.
///
/// Sources: `pg_namespace`, `pg_type`, `pg_enum`, `pg_class`, `pg_attribute`, `pg_constraint`, `pg_index`, `pg_trigger`,
/// `pg_policies`, `pg_proc`, `pg_roles`, `pg_publication_tables`, the functions of Postgres that print expressions, and where a model has
/// buckets `storage.buckets`, of whose rows the connection has to see those.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn read(client: &mut Client, reading: &Reading) -> Result<Catalog, Error> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()?;
    let catalog = read_in(&mut transaction, reading)?;
    transaction.commit()?;
    Ok(catalog)
}

/// Reads a catalog as a transaction sees it.
///
/// For the rest of the transaction nothing but `pg_catalog` is on the search path, and times print as in UTC.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn read_in(transaction: &mut Transaction<'_>, reading: &Reading) -> Result<Catalog, Error> {
    Rows::of(transaction, &reading.schemas)?.catalog(transaction, reading)
}

/// All rows about some schemas, as one transaction sees them.
///
/// Reading them is most of the time; several catalogs can be made of them, one for each [`Reading`].
#[derive(Debug)]
pub(crate) struct Rows {
    of: Vec<String>,
    schemas: Vec<Row>,
    enums: Vec<Row>,
    domains: Vec<Row>,
    relations: Vec<Row>,
    columns: Vec<Row>,
    constraints: Vec<Row>,
    exclusions: Vec<Row>,
    indexes: Vec<Row>,
    triggers: Vec<Row>,
    policies: Vec<Row>,
    grants: Vec<Row>,
    functions: Vec<Row>,
}

impl Rows {
    /// Reads the rows about these schemas; see [`read_in`] for what becomes of the transaction.
    pub(crate) fn of(transaction: &mut Transaction<'_>, schemas: &[String]) -> Result<Self, Error> {
        // Names outside of pg_catalog are then printed with their schemas.
        transaction.batch_execute(
            "set local search_path = pg_catalog, pg_temp; set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'",
        )?;
        let mut rows = |sql: &str| transaction.query(sql, &[&schemas]);
        Ok(Self {
            of: schemas.to_vec(),
            schemas: rows(queries::SCHEMAS)?,
            enums: rows(queries::ENUMS)?,
            domains: rows(queries::DOMAINS)?,
            relations: rows(queries::RELATIONS)?,
            columns: rows(queries::COLUMNS)?,
            constraints: rows(queries::CONSTRAINTS)?,
            exclusions: rows(queries::EXCLUSIONS)?,
            indexes: rows(queries::INDEXES)?,
            triggers: rows(queries::TRIGGERS)?,
            policies: rows(queries::POLICIES)?,
            grants: rows(queries::GRANTS)?,
            functions: rows(queries::FUNCTIONS)?,
        })
    }

    /// Whether these are the rows about exactly these schemas.
    pub(crate) fn are_of(&self, schemas: &[String]) -> bool {
        let holds = |all: &[String], some: &[String]| some.iter().all(|one| all.contains(one));
        holds(&self.of, schemas) && holds(schemas, &self.of)
    }

    /// The tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = Name> {
        let tables = self.relations.iter().filter(|row| !is_view(row));
        tables.map(name)
    }

    /// The catalog that these rows make; the publications and what else is outside of schemas is read for it.
    pub(crate) fn catalog(
        &self,
        transaction: &mut Transaction<'_>,
        reading: &Reading,
    ) -> Result<Catalog, Error> {
        let mut catalog = self.in_schemas(reading);
        let formula = |text: &str| formula(text, &reading.calls);
        for row in transaction.query(queries::PUBLICATIONS, &[&reading.publications])? {
            catalog.publishes_all.insert(row.get(0), row.get(3));
            let tables = catalog.publications.entry(row.get(0)).or_default();
            if let (Some(schema), Some(table)) = (
                row.get::<_, Option<String>>(1),
                row.get::<_, Option<String>>(2),
            ) && Some(&schema) != reading.bridge.as_ref()
            {
                tables.insert(Name::new(schema, table));
            }
        }
        for row in transaction.query(queries::ROLES, &[&reading.bypasses])? {
            catalog.bypasses.insert(row.get(0), row.get(1));
        }
        for row in transaction.query(queries::TEMPORARY, &[&reading.temporary])? {
            catalog.temporary.insert(row.get(0), row.get(1));
        }
        if !reading.buckets.is_empty() {
            catalog.storage = storage(transaction, &reading.buckets, formula)?;
        }
        Ok(catalog)
    }

    /// What is inside of the schemas.
    fn in_schemas(&self, reading: &Reading) -> Catalog {
        let formula = |text: &str| formula(text, &reading.calls);
        let mut catalog = Catalog::default();
        for row in &self.schemas {
            let usage: Vec<String> = row.get(1);
            let usage = usage
                .into_iter()
                .filter(|role| reading.users.contains(role));
            let usage = usage.collect();
            catalog.schemas.insert(row.get(0), Schema { usage });
        }
        for row in &self.enums {
            let one = EnumType {
                labels: row.get(2),
                comment: row.get(3),
            };
            catalog.enums.insert(name(row), one);
        }
        for row in &self.domains {
            let names: Vec<String> = row.get(3);
            let checks: Vec<String> = row.get(4);
            let domain = Domain {
                base: sql_type(row.get(2), false),
                checks: names
                    .into_iter()
                    .zip(checks.iter().map(|check| formula(check)))
                    .collect(),
                comment: row.get(5),
            };
            catalog.domains.insert(name(row), domain);
        }
        for row in &self.relations {
            match is_view(row) {
                true => drop(catalog.views.insert(name(row), view(row, formula))),
                false => drop(catalog.tables.insert(name(row), table(row))),
            }
        }
        for row in &self.columns {
            let column: String = row.get(2);
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                table.columns.insert(column, self::column(row, formula));
            } else if let Some(view) = catalog.views.get_mut(&name(row)) {
                view.columns.get_or_insert_default().push(column);
            }
        }
        for row in &self.constraints {
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                constraint(table, row, formula);
            }
        }
        for row in &self.exclusions {
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                table.exclusions.insert(row.get(2), exclusion(row, formula));
            }
        }
        for row in &self.indexes {
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                index(table, row, formula);
            }
        }
        for row in &self.triggers {
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                let columns: Vec<String> = row.get(5);
                let trigger = Trigger {
                    when: trigger_when(row.get(3), row.get(4), &columns, [row.get(9), row.get(10)]),
                    condition: trigger_condition(row.get(8)),
                    function: Name::new(row.get::<_, String>(6), row.get::<_, String>(7)),
                };
                table.triggers.insert(row.get(2), trigger);
            }
        }
        for row in &self.policies {
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                let (name, policy) = policy(row, 2, formula);
                table.policies.insert(name, policy);
            }
        }
        for row in &self.grants {
            let role: String = row.get(3);
            if !reading.roles.contains(&role) {
                continue;
            }
            if let Some(table) = catalog.tables.get_mut(&name(row)) {
                grant(&mut table.grants, role, row);
            } else if let Some(view) = catalog.views.get_mut(&name(row)) {
                grant(&mut view.grants, role, row);
            }
        }
        for row in &self.functions {
            let execute: Vec<String> = row.get(9);
            let execute = execute
                .into_iter()
                .filter(|role| reading.roles.contains(role));
            let function = Function {
                returns: format!(
                    "{}{}",
                    row.get::<_, &str>(2),
                    sql_type(row.get(3), row.get(4))
                ),
                volatility: row.get(5),
                security_definer: row.get(6),
                parallel_safe: row.get(10),
                settings: row.get(7),
                body: Some(match row.get::<_, Option<&str>>(11) {
                    Some(printed) => super::formula::body(printed, &reading.calls),
                    None => Body::text(row.get(8)),
                }),
                execute: execute.collect(),
            };
            catalog.functions.insert(name(row), function);
        }
        catalog
    }
}

/// Whether a row of the relations is a view's.
fn is_view(row: &Row) -> bool {
    row.get(2)
}

/// What guards the objects of these buckets; `None` where the platform has no such table.
fn storage(
    transaction: &mut Transaction<'_>,
    buckets: &Vec<String>,
    formula: impl Fn(&str) -> Formula,
) -> Result<Option<Storage>, Error> {
    let Some(row) = transaction.query_opt(queries::OBJECTS, &[])? else {
        return Ok(None);
    };
    let mut storage = Storage {
        // Whether its owner is bound, too, is the platform's to say.
        rls: rls(row.get(0), false),
        ..Storage::default()
    };
    for row in transaction.query(queries::BUCKETS, &[buckets])? {
        storage.buckets.insert(row.get(0), row.get(1));
    }
    for row in transaction.query(queries::POLICIES_OF_OBJECTS, &[])? {
        let (name, policy) = policy(&row, 0, &formula);
        if !speaks_of_others(&policy, buckets) {
            storage.policies.insert(name, policy);
        }
    }
    Ok(Some(storage))
}

/// A policy whose name stands in the column `at` of a row, and all else after it.
fn policy(row: &Row, at: usize, formula: impl Fn(&str) -> Formula) -> (String, Policy) {
    let policy = Policy {
        command: row.get(at + 1),
        permissive: row.get(at + 2),
        roles: row.get::<_, Vec<String>>(at + 3).into_iter().collect(),
        using: row.get::<_, Option<&str>>(at + 4).map(&formula),
        check: row.get::<_, Option<&str>>(at + 5).map(&formula),
    };
    (row.get(at), policy)
}

fn rls(enabled: bool, forced: bool) -> Rls {
    match (enabled, forced) {
        (true, true) => Rls::Forced,
        (true, false) => Rls::Enabled,
        (false, _) => Rls::Off,
    }
}

/// The first two columns of every query.
fn name(row: &Row) -> Name {
    Name::new(row.get::<_, String>(0), row.get::<_, String>(1))
}

fn view(row: &Row, formula: impl Fn(&str) -> Formula) -> View {
    View {
        columns: None,
        query: super::view::query(row.get(8), formula),
        security_invoker: row.get(6),
        grants: IndexMap::default(),
        comment: row.get(7),
    }
}

fn table(row: &Row) -> Table {
    Table {
        rls: rls(row.get(3), row.get(4)),
        replica_identity: match row.get(5) {
            "f" => ReplicaIdentity::Full,
            "i" => ReplicaIdentity::Index,
            "n" => ReplicaIdentity::Nothing,
            _ => ReplicaIdentity::Default,
        },
        comment: row.get(7),
        ..Table::default()
    }
}

fn column(row: &Row, formula: impl Fn(&str) -> Formula) -> Column {
    let optional = |index: usize| row.get::<_, Option<&str>>(index).map(&formula);
    Column {
        sql_type: sql_type(row.get(3), row.get(6)),
        nullable: !row.get::<_, bool>(4),
        identity: row.get(5),
        default: optional(7),
        generated: optional(8),
        comment: row.get(9),
    }
}

fn constraint(table: &mut Table, row: &Row, formula: impl Fn(&str) -> Formula) {
    let name: String = row.get(2);
    let columns: Vec<String> = row.get(4);
    let deferral = deferral(row.get(10), row.get(11));
    let validated = row.get(12);
    match row.get(3) {
        "p" => {
            table.key = Some(Key {
                name,
                columns,
                deferral,
            })
        }
        "f" => {
            let key = ForeignKey {
                columns,
                table: Name::new(row.get::<_, String>(5), row.get::<_, String>(6)),
                references: row.get(7),
                on_delete: action(row.get(8)),
                on_update: action(row.get(9)),
                deferral,
                validated,
            };
            table.foreign_keys.insert(name, key);
        }
        _ => {
            let formula = formula(row.get(13));
            table.checks.insert(name, Check { formula, validated });
        }
    }
}

/// `pg_constraint.condeferrable` and `condeferred`.
fn deferral(deferrable: bool, deferred: bool) -> Deferral {
    match (deferrable, deferred) {
        (false, _) => Deferral::Never,
        (true, false) => Deferral::OnDemand,
        (true, true) => Deferral::Always,
    }
}

/// `pg_constraint.confdeltype` and `confupdtype`.
fn action(letter: &str) -> &'static str {
    match letter {
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => "NO ACTION",
    }
}

fn exclusion(row: &Row, formula: impl Fn(&str) -> Formula) -> Exclusion {
    let columns: Vec<Option<String>> = row.get(7);
    let printed: Vec<String> = row.get(8);
    let operators: Vec<String> = row.get(9);
    let values = columns.into_iter().zip(printed);
    let values = values.map(|(column, printed)| match (column, range(&printed)) {
        (Some(column), _) => ExcludedValue::Formula(Formula::Expr(Expr::Column(column))),
        (None, Some(range)) => ExcludedValue::Range(range),
        (None, None) => ExcludedValue::Formula(formula(&printed)),
    });
    Exclusion {
        method: row.get(3),
        elements: values
            .zip(operators)
            .map(|(value, operator)| Excluded { value, operator })
            .collect(),
        predicate: row.get::<_, Option<&str>>(6).map(&formula),
        deferral: deferral(row.get(4), row.get(5)),
    }
}

fn index(table: &mut Table, row: &Row, formula: impl Fn(&str) -> Formula) {
    let name: String = row.get(2);
    let columns: Vec<Option<String>> = row.get(10);
    let printed: Vec<String> = row.get(11);
    let descending: Vec<bool> = row.get(12);
    let nulls_first: Vec<bool> = row.get(13);
    let parts = columns
        .into_iter()
        .zip(printed)
        .zip(descending.into_iter().zip(nulls_first));
    let parts = parts
        .map(|((column, printed), (descending, nulls_first))| Part {
            formula: match column {
                Some(column) => Formula::Expr(Expr::Column(column)),
                None => formula(&printed),
            },
            descending,
            nulls_first,
        })
        .collect();
    let predicate = row.get::<_, Option<&str>>(9).map(&formula);
    if row.get(4) {
        let unique = Unique {
            constraint: row.get(5),
            parts,
            predicate,
            nulls_not_distinct: row.get(8),
            deferral: deferral(row.get(6), row.get(7)),
            include: row.get(14),
        };
        table.uniques.insert(name, unique);
    } else {
        let index = Index {
            method: row.get(3),
            parts,
            predicate,
            include: row.get(14),
        };
        table.indexes.insert(name, index);
    }
}

fn grant(grants: &mut IndexMap<String, Grant>, role: String, row: &Row) {
    let grant = grants.entry(role).or_default();
    let privilege: String = row.get(4);
    // Version 17 has a right more, which `all` brings along.
    if privilege == "maintain" {
        return;
    }
    match row.get::<_, Option<String>>(2) {
        None => drop(grant.table.insert(privilege)),
        Some(column) => drop(grant.columns.entry(privilege).or_default().insert(column)),
    }
}
