//! What Postgres cannot take, each at the place where it is declared.

use super::{indexes, verify};
use crate::catalog::{self, Catalog, Name, Table};
use crate::diagnostic::{
    Complaints, Diagnostic, POSTGRES_NAME_TAKEN, Place, RESERVED_NAME, ROLES_MEET, SCOPE_CALLS,
    TOO_MANY_COLUMNS, TOO_MANY_PARTS, counted,
};
use crate::expr::Known;
use crate::model::{self, Model};
use askama::Template as _;
use std::collections::{BTreeMap, BTreeSet};
use synctable::Database;
use synctable::ident::bridge_schema;

/// `MaxHeapAttributeNumber`.
const COLUMNS: usize = 1600;

/// `INDEX_MAX_KEYS`.
const PARTS: usize = 32;

/// The most functions that are called to work out one set: each call takes about a third of a millisecond.
const MOST_CALLS: u64 = 1000;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    roles_are_apart(model, cx);
    roles_are_free(model, cx);
    schemas_are_free(model, cx);
    for table in catalog::server_tables(model) {
        tables_fit(table, cx);
        own_columns_are_left_alone(table, cx);
    }
    indexes::fit_their_methods(model, cx);
    names_are_free(model, cx);
    if cx.is_empty() {
        administrators_sql_parses(model, cx);
    }
}

/// A client that is the owner, the service or the role that replicates would see every row.
fn roles_are_apart(model: &Model, cx: &mut Complaints) {
    let roles = &model.postgres.roles;
    let named = [
        ("client", Some(&roles.client)),
        ("anonymous", roles.anonymous.as_ref()),
        ("owner", Some(&roles.owner)),
        ("replication", Some(&roles.replication)),
        ("service", roles.service.as_ref()),
        ("bridge", roles.bridge.as_ref()),
    ];
    for (index, (duty, role)) in named.iter().enumerate() {
        // The trusted roles may be one: nothing is gained by telling them apart.
        for (caller, other) in named[..index]
            .iter()
            .filter(|(caller, _)| matches!(*caller, "client" | "anonymous"))
        {
            if role.is_some() && role == other {
                let name = role.map(String::as_str).unwrap_or_default();
                cx.push(
                    Place::new(["postgres", "roles", duty]),
                    Diagnostic::error(
                        ROLES_MEET,
                        format!("the role `{name}` is used as `{caller}` and as `{duty}`"),
                    )
                    .help("use a separate role for each: their rights differ"),
                );
            }
        }
    }
}

/// Words that Postgres keeps for itself where a role stands.
const NO_ROLES: [&str; 6] = [
    "public",
    "none",
    "current_role",
    "current_user",
    "session_user",
    "user",
];

fn roles_are_free(model: &Model, cx: &mut Complaints) {
    let roles = &model.postgres.roles;
    let named = [
        ("client", Some(&roles.client)),
        ("anonymous", roles.anonymous.as_ref()),
        ("owner", Some(&roles.owner)),
        ("replication", Some(&roles.replication)),
        ("service", roles.service.as_ref()),
        ("bridge", roles.bridge.as_ref()),
    ];
    for (duty, role) in named {
        let Some(role) = role else { continue };
        // In capitals it would be a role of its own, which nobody would tell from the word.
        let folded = role.to_lowercase();
        if NO_ROLES.contains(&&*folded) || folded.starts_with("pg_") {
            cx.push(
                Place::new(["postgres", "roles", duty]),
                Diagnostic::error(
                    RESERVED_NAME,
                    format!("`{role}` is not a valid role name: Postgres reserves it"),
                )
                .help("choose another name, such as `app_user`"),
            );
        }
    }
}

fn schemas_are_free(model: &Model, cx: &mut Complaints) {
    let private = catalog::private_schema(model);
    let bridge = model.postgres.roles.bridge.as_ref();
    let bridge = bridge.map(|_| bridge_schema(&model.app));
    for schema in &model.postgres.schemas {
        let reason = if schema.starts_with("pg_") || schema == "information_schema" {
            "Postgres reserves it"
        } else if *schema == private {
            "the migrations store functions there"
        } else if Some(schema) == bridge.as_ref() {
            "the bridge keeps its tables there"
        } else {
            continue;
        };
        let user = model.tables.values().find(|table| table.schema == *schema);
        let place = match user {
            Some(table) if *schema != model.postgres.schema => {
                Place::table(&table.name).key("schema")
            }
            _ => Place::new(["postgres", "schema"]),
        };
        cx.push(
            place,
            Diagnostic::error(
                RESERVED_NAME,
                format!("the schema `{schema}` cannot contain tables: {reason}"),
            )
            .help("choose another name"),
        );
    }
}

fn tables_fit(table: &model::Table, cx: &mut Complaints) {
    let place = || Place::table(&table.name);
    let columns = catalog::server_columns(table).count();
    if columns > COLUMNS {
        cx.push(
            place().key("columns"),
            Diagnostic::error(
                TOO_MANY_COLUMNS,
                format!(
                    "`{}` has {columns} columns; the limit of Postgres is {COLUMNS}",
                    table.name
                ),
            )
            .help("move columns to another table, or store values of the same kind in a list"),
        );
    }
    let mut parts = |place: Place, what: &str, count: usize| {
        if count > PARTS {
            cx.push(
                place,
                Diagnostic::error(
                    TOO_MANY_PARTS,
                    format!("{what} has {count} parts; the limit of Postgres is {PARTS}"),
                )
                .help("remove some of them"),
            );
        }
    };
    parts(
        place().key("key"),
        &format!("the key of `{}`", table.name),
        table.key.len(),
    );
    for unique in &table.uniques {
        parts(
            place().key("uniques"),
            &format!("the unique `{}`", unique.name),
            unique.parts.len(),
        );
    }
    for exclusion in &table.exclusions {
        parts(
            place().key("exclude"),
            &format!("the exclusion constraint `{}`", exclusion.name),
            exclusion.elements.len(),
        );
    }
    for key in &table.foreign_keys {
        parts(
            place().key("foreign_keys"),
            &format!("the foreign key `{}`", key.name),
            key.columns.len(),
        );
    }
    for index in &table.indexes {
        parts(
            place().key("indexes"),
            &format!("the index `{}`", index.name),
            index.parts.len() + index.include.len(),
        );
    }
}

fn own_columns_are_left_alone(table: &model::Table, cx: &mut Complaints) {
    for column in catalog::server_columns(table) {
        if Database::Postgres.own_columns().contains(&&*column.name) {
            cx.push(
                Place::table(&table.name).column(&column.name),
                Diagnostic::error(
                    RESERVED_NAME,
                    format!(
                        "`{}` is a system column of every Postgres table",
                        column.name
                    ),
                )
                .help("choose another name"),
            );
        }
    }
}

/// Tables, views, indexes and sequences of a schema share their names, and so do the constraints of a table.
fn names_are_free(model: &Model, cx: &mut Complaints) {
    let lowered = catalog::outline(model, &Known::of(model));
    let mut relations: BTreeMap<Name, String> = BTreeMap::new();
    for table in catalog::server_tables(model) {
        let name = catalog::name_of(table);
        relations.insert(name, format!("the table `{}`", table.name));
    }
    let mut take = |schema: &str, name: &str, what: String, place: Place, cx: &mut Complaints| {
        if let Some(other) = relations.insert(Name::new(schema, name), what.clone()) {
            cx.push(place, taken(name, &what, &other));
        }
    };
    for view in model.views.values() {
        let place = Place::new(["views", &view.name]);
        take(
            &view.schema,
            &view.name,
            format!("the view `{}`", view.name),
            place,
            cx,
        );
    }
    for (name, table) in &lowered.tables {
        let schema = &name.schema;
        let place = || Place::table(&name.name);
        let of = |what: &str| format!("{what} of `{}`", name.name);
        if let Some(key) = &table.key {
            take(schema, &key.name, of("the key"), place().key("key"), cx);
        }
        for unique in table.uniques.keys() {
            let place = Place::entry(&name.name, "uniques", unique);
            take(schema, unique, of("a unique"), place, cx);
        }
        for exclusion in table.exclusions.keys() {
            let place = Place::entry(&name.name, "exclude", exclusion);
            take(schema, exclusion, of("an exclusion"), place, cx);
        }
        for index in table.indexes.keys() {
            let place = Place::entry(&name.name, "indexes", index);
            take(schema, index, of("an index"), place, cx);
        }
        for (column, _) in table.columns.iter().filter(|(_, column)| column.identity) {
            let sequence = super::sql::sequence(&name.name, column);
            take(
                schema,
                &sequence,
                of("a sequence"),
                place().column(column),
                cx,
            );
        }
        constraints_are_free(&name.name, table, cx);
    }
    functions_are_free(model, &lowered, cx);
    sets_call_few(&lowered, cx);
}

/// A function behind a set calls those of the scopes that it names, each of which calls its own.
fn sets_call_few(lowered: &Catalog, cx: &mut Complaints) {
    let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, function) in &lowered.sets.functions {
        let scopes: BTreeSet<&str> = function.select.scopes().into_iter().collect();
        let below: Vec<u64> = scopes
            .iter()
            .filter_map(|scope| calls.get(scope).copied())
            .collect();
        let all = below.iter().copied().fold(1, u64::saturating_add);
        calls.insert(name, all);
        // What stands on one that calls too many is not told again.
        if all <= MOST_CALLS || below.iter().any(|below| *below > MOST_CALLS) {
            continue;
        }
        let (what, place) = match &function.place {
            None => (
                format!("the scope `{name}`"),
                Place::new(["scopes", name.as_str()]),
            ),
            Some((table, _)) => (
                format!("a set that the rules of `{table}` look up"),
                Place::table(table).key("access"),
            ),
        };
        cx.push(
            place,
            Diagnostic::error(
                SCOPE_CALLS,
                format!(
                    "Postgres calls {} functions to evaluate {what}; the limit is {MOST_CALLS}",
                    counted(all)
                ),
            )
            .help("read the scope in one other scope, and read that one elsewhere: Postgres evaluates a scope again for each scope that reads it")
            .help("or store memberships in a table, and read that table in the scope"),
        );
    }
}

/// A scope is a function beside those that every migration has; those behind subqueries find names of their own.
fn functions_are_free(model: &Model, lowered: &Catalog, cx: &mut Complaints) {
    let own = catalog::own_functions(model);
    let mut taken_by: BTreeMap<String, String> = own
        .map(|name| (name, "a function that serves the tables".to_owned()))
        .collect();
    for decision in &lowered.decisions {
        let what = format!(
            "the function that decides deletions of `{}`",
            decision.table
        );
        if let Some(other) = taken_by.insert(decision.function.clone(), what.clone()) {
            let place = Place::table(&decision.table);
            cx.push(place, taken(&decision.function, &what, &other));
        }
    }
    for helper in &lowered.helpers {
        let what = match &helper.of {
            Some(table) => format!("a function that serves `{table}`"),
            None => "a function that serves the tables".to_owned(),
        };
        if let Some(other) = taken_by.insert(helper.function.clone(), what.clone()) {
            let place = match &helper.of {
                Some(table) => Place::table(table),
                None => Place::new(["app"]),
            };
            cx.push(place, taken(&helper.function, &what, &other));
        }
    }
    for (name, function) in &lowered.sets.functions {
        if let (Some(other), None) = (taken_by.get(name), &function.place) {
            let what = format!("the scope `{name}`");
            cx.push(Place::new(["scopes", name]), taken(name, &what, other));
        }
    }
}

fn constraints_are_free(name: &str, table: &Table, cx: &mut Complaints) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let (uniques, keys) = (table.uniques.keys(), table.foreign_keys.keys());
    let exclusions = table.exclusions.keys();
    let constraints = table
        .key
        .iter()
        .map(|key| (&key.name, "the key", "key"))
        .chain(uniques.map(|name| (name, "a unique", "uniques")))
        .chain(exclusions.map(|name| (name, "an exclusion", "exclude")))
        .chain(keys.map(|name| (name, "a foreign key", "foreign_keys")))
        .chain(table.checks.keys().map(|name| (name, "a check", "checks")));
    for (constraint, what, section) in constraints {
        if let Some(other) = seen.insert(constraint, what) {
            let place = Place::entry(name, section, constraint);
            cx.push(place, taken(constraint, what, other));
        }
    }
}

fn taken(name: &str, what: &str, other: &str) -> Diagnostic {
    Diagnostic::error(
        POSTGRES_NAME_TAKEN,
        format!("{what} would be named `{name}` in Postgres, which is also the name of {other}"),
    )
    .help("rename one of them")
}

/// What an administrator runs is parsed here, what the owner runs when it is written: a mistake in a template is ours.
fn administrators_sql_parses(model: &Model, cx: &mut Complaints) {
    let storage = super::policies::storage(model).map(|storage| storage.render());
    let texts = [Some(super::setup::text(model)), storage.map(super::printed)];
    for text in texts.into_iter().flatten() {
        if let Some(mistake) = verify::mistake(&text) {
            cx.push(Place::new(["targets", "postgres"]), mistake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Expr, Rule, Set, UpdateRule, sample};
    use synctable::{DeleteRule, Kind, Role, Scalar};

    fn codes(model: &Model) -> Vec<String> {
        let mut complaints = Complaints::new();
        admit(model, &mut complaints);
        let mut cx = crate::diagnostic::Diagnostics::new();
        complaints.resolve(|_| None, &mut cx);
        cx.into_sorted()
            .iter()
            .map(|one| format!("{} {}", one.code, one.notes.last().expect("it has no span")))
            .collect()
    }

    #[test]
    fn the_sample_is_admitted() {
        assert_eq!(codes(&sample::model()), [""; 0]);
    }

    #[test]
    fn what_postgres_has_no_room_for_is_refused() {
        let mut model = sample::model();
        let lists = &mut model.tables["lists"];
        for number in 0..1600 {
            let column = sample::plain(&format!("c{number}"), Kind::Scalar(Scalar::Int));
            lists.columns.insert(column.name.clone(), column);
        }
        lists.key = (0..33).map(|number| format!("c{number}")).collect();
        assert_eq!(
            codes(&model),
            [
                "S501 at `tables.lists.columns`",
                "S502 at `tables.lists.key`"
            ]
        );
    }

    #[test]
    fn a_role_with_two_duties_is_refused() {
        let mut model = sample::model();
        model.postgres.roles.owner = "authenticated".to_owned();
        assert_eq!(codes(&model), ["S506 at `postgres.roles.owner`"]);
    }

    #[test]
    fn names_that_postgres_has_given_away_are_refused() {
        let mut model = sample::model();
        model.postgres.schemas = vec!["pg_tasks".to_owned(), "tasks_private".to_owned()];
        let column = sample::plain("xmin", Kind::Scalar(Scalar::Int));
        model.tables["lists"]
            .columns
            .insert("xmin".to_owned(), column);
        assert_eq!(
            codes(&model),
            [
                "S503 at `postgres.schema`",
                "S503 at `postgres.schema`",
                "S503 at `tables.lists.columns.xmin`"
            ]
        );
    }

    #[test]
    fn a_table_named_as_the_key_of_another_is_refused() {
        let mut model = sample::model();
        let id = sample::plain("id", Kind::Scalar(Scalar::Uuid));
        model
            .tables
            .insert("lists_pkey".to_owned(), sample::table("lists_pkey", [id]));
        assert_eq!(codes(&model), ["S505 at `tables.lists.key`"]);
    }

    #[test]
    fn a_scope_named_as_a_function_of_the_migration_is_refused() {
        for name in ["user_id", "claim", "touch_edited_at", "decide_lists"] {
            let mut model = sample::model();
            let select = model.scopes["my_lists"].clone();
            model.scopes.insert(name.to_owned(), select);
            let rule = |set: &str| {
                Rule::When(Expr::InSet {
                    operand: Box::new(sample::column("list_id")),
                    set: Set::Scope(set.to_owned()),
                })
            };
            let lists = &mut model.tables["lists"];
            let mut tombstone = sample::plain("deleted_at", Kind::Scalar(Scalar::Timestamptz));
            tombstone.role = Some(Role::Tombstone);
            lists.columns.insert("deleted_at".to_owned(), tombstone);
            lists.delete = DeleteRule::Soft;
            let access = lists.access.as_mut().expect("it has rules");
            let client = model.postgres.roles.client.clone();
            access.delete.clear();
            access.read.insert(client.clone(), Rule::Public);
            access.update.insert(
                client.clone(),
                UpdateRule {
                    before: Rule::Public,
                    after: Rule::Public,
                },
            );
            let access = model.tables["items"].access.as_mut();
            let access = access.expect("it has rules");
            access.read.insert(client, rule(name));
            assert_eq!(codes(&model), [format!("S505 at `scopes.{name}`")]);
        }
    }
}
