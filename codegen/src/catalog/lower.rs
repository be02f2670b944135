//! The Postgres catalog that a model asks for.

use super::{
    Body, Caller, Catalog, Check, ClaimFunction, Column, Deferral, Domain, EnumType, Excluded,
    ExcludedValue, Exclusion, ForeignKey, Formula, Function, Index, Key, Name, Part, Query,
    ReplicaIdentity, Rls, Schema, Sets, Table, Trigger, Unique, View, adopted, changed, copied,
    grants, moved, policies, policies_of_bucket, publication, sent, stock, storage, touch, writers,
};
use crate::expr::Known;
use crate::map::{IndexMap, IndexSet};
use crate::model::pending::{ByTable, holds};
use crate::model::{
    self, CheckBody, CompareOp, DefaultValue, ExclusionPart, Expr, IndexSide, Literal, Model,
    OnServer, Pending, Recipe, UniquePart, ViewBody,
};
use std::collections::BTreeSet;
use synctable::{EnumStorage, Kind, derived_name};

/// The schema of functions that serve the tables and belong to no interface: `tasks_private`.
pub fn private_schema(model: &Model) -> String {
    derived_name(&[&model.app], "private")
}

/// The call that asks for the caller's id: `tasks_private.user_id()`.
pub fn caller(model: &Model) -> String {
    format!("{}()", quoted(&private_schema(model), "user_id"))
}

/// What Postgres holds once every migration of this model was applied, but for what hand-written SQL makes.
///
/// Of roles it speaks of those that the model names.
pub fn lower(model: &Model) -> Catalog {
    let known = Known::of(model);
    let mut catalog = outline(model, &known);
    if model.pending.adopted.is_some() {
        adopted::read(model, &mut catalog);
        return catalog;
    }
    triggers(model, &mut catalog);
    let called = called_functions(model, &known, &catalog);
    catalog.functions.extend(called);
    catalog
}

/// The same without triggers, and without the functions that triggers and policies call: whoever writes those down knows
/// them by the decisions, the helpers and the sets.
pub(crate) fn outline(model: &Model, known: &Known) -> Catalog {
    let callers = grants::callers(model);
    let mut catalog = Catalog {
        enums: enums(model),
        domains: model.domains.values().map(lower_domain).collect(),
        views: views(model, &callers),
        bypasses: grants::bypasses(model),
        temporary: grants::temporary(model),
        ..Catalog::default()
    };
    let published: IndexSet<&str> = publication::published(model).into_iter().collect();
    catalog.tables = bare_tables(model, &callers, &published);
    for table in server_tables(model) {
        let (policies, decisions) = policies::of_table(model, known, table);
        catalog.tables[&name_of(table)].policies = policies;
        catalog.decisions.extend(decisions);
    }
    catalog.helpers = writers::helpers(model);
    catalog.helpers.extend(copied::helpers(model));
    catalog.helpers.extend(sent::helpers(model, known));
    catalog.helpers.extend(stock::helpers(model));
    catalog.helpers.extend(moved::helpers(model));
    catalog.helpers.extend(changed::helpers(model));
    let policies =
        server_tables(model).map(|table| (&*table.name, &catalog.tables[&name_of(table)].policies));
    let buckets: Vec<_> = model
        .storage
        .values()
        .map(|bucket| (&*bucket.name, policies_of_bucket(model, known, bucket)))
        .collect();
    let policies = policies.chain(buckets.iter().map(|(name, policies)| (*name, policies)));
    catalog.storage = storage::lower(model, known);
    catalog.sets = Sets::of(model, known, policies, &catalog.decisions, &catalog.helpers);
    catalog.functions = asked_functions(model, known);
    catalog.schemas = schemas(model, &catalog);
    let tables = published.iter().map(|name| name_of(&model.tables[*name]));
    catalog
        .publications
        .insert(model.postgres.publication.clone(), tables.collect());
    catalog.publishes_all.insert(
        model.postgres.publication.clone(),
        model.postgres.publishes_all,
    );
    if let Some(adopted) = &model.pending.adopted {
        adopted::lower_into(model, adopted, &mut catalog);
    }
    catalog
}

/// The tables of a declared model without policies and triggers: names, columns, constraints, indexes and rights.
pub(crate) fn tables(model: &Model) -> IndexMap<Name, Table> {
    let published = publication::published(model).into_iter().collect();
    bare_tables(model, &grants::callers(model), &published)
}

fn bare_tables(
    model: &Model,
    callers: &IndexSet<String>,
    published: &IndexSet<&str>,
) -> IndexMap<Name, Table> {
    let tables = server_tables(model).map(|table| {
        let mut lowered = lower_table(model, callers, table, published.contains(&*table.name));
        pending(&model.pending, table, &mut lowered);
        (name_of(table), lowered)
    });
    let mut tables: IndexMap<Name, Table> = tables.collect();
    writers::lower(model, &mut tables);
    tables
}

/// Adds the triggers of all tables, those that know of an edit first.
fn triggers(model: &Model, catalog: &mut Catalog) {
    let tables = &mut catalog.tables;
    let mut add = |table: &str, name: &str, trigger: Trigger| {
        let triggers = &mut tables[&name_of(&model.tables[table])].triggers;
        triggers.insert(name.to_owned(), trigger);
    };
    for table in server_tables(model) {
        for (name, trigger) in touch::triggers(model, table) {
            add(&table.name, &name, trigger);
        }
    }
    for decision in &catalog.decisions {
        let trigger = decision.lowered(model);
        add(&decision.table, &decision.trigger, trigger);
    }
    for helper in &catalog.helpers {
        for call in &helper.triggers {
            let trigger = call.lowered(model, &helper.function);
            add(&call.table, &call.trigger, trigger);
        }
    }
}

/// The name of the check that proves a column to hold no NULL before it is required.
pub(crate) fn required(table: &str, column: &str) -> String {
    derived_name(&[table, column], "required")
}

/// The name of the check that a column holds labels of its enum.
pub(crate) fn labels(table: &str, column: &str) -> String {
    derived_name(&[table, column], "labels")
}

/// Takes out of a table what other files of its migration add.
fn pending(pending: &Pending, table: &model::Table, lowered: &mut Table) {
    let named = |names: &ByTable, name: &str| holds(names, &table.name, name);
    lowered
        .uniques
        .retain(|name, _| !named(&pending.unbuilt, name));
    lowered
        .indexes
        .retain(|name, _| !named(&pending.unbuilt, name));
    for (name, unique) in &mut lowered.uniques {
        if named(&pending.unattached, name) {
            unique.constraint = false;
            unique.deferral = Deferral::Never;
        }
    }
    for (name, column) in &mut lowered.columns {
        if named(&pending.optional, name) {
            column.nullable = true;
        }
        if named(&pending.without_default, name) {
            column.default = None;
        }
        if named(&pending.guarded, name) {
            let formula = Formula::Expr(Expr::Is {
                operand: Box::new(Expr::Column(name.clone())),
                test: model::IsTest::Null,
                negated: true,
            });
            let check = required(&table.name, name);
            let validated = true;
            lowered.checks.insert(check, Check { formula, validated });
        }
    }
    for (name, key) in &mut lowered.foreign_keys {
        key.validated &= !named(&pending.unvalidated, name);
    }
    for (name, check) in &mut lowered.checks {
        check.validated &= !named(&pending.unvalidated, name);
    }
}

/// The names of the functions in the private schema, but for those behind sets.
pub(crate) fn own_functions(model: &Model) -> impl Iterator<Item = String> {
    let touches = touch::Touch::all(model);
    ["token", "user_id", "claim"]
        .into_iter()
        .chain(ClaimFunction::ALL.map(ClaimFunction::name))
        .map(str::to_owned)
        .chain(touches.flat_map(|touch| [touch.keep(), touch.touch()]))
        .chain(writers::function_names(model))
}

/// The search path of functions whose names are resolved when they are called: whoever calls them can put nothing on it.
pub(crate) const SEARCH_PATH: &str = "pg_catalog, pg_temp";

/// A function of statements that were analysed when it was made.
fn standard(returns: String, body: Body) -> Function {
    Function {
        returns,
        volatility: "stable".to_owned(),
        parallel_safe: true,
        body: Some(body),
        ..Function::default()
    }
}

/// The functions of the private schema that every table may need.
fn asked_functions(model: &Model, known: &Known) -> IndexMap<Name, Function> {
    let private = private_schema(model);
    let mut callers = grants::callers(model);
    callers.extend(model.postgres.roles.service.clone());
    let of_callers = |returns: &str, expression: String| Function {
        execute: callers.clone(),
        ..standard(returns.to_owned(), Body::returns(&expression))
    };
    let user_id = model.postgres.user_id.postgres_type();
    let asked = [
        ("token", of_callers("jsonb", super::token(model))),
        ("user_id", of_callers(&user_id, super::user_id(model))),
        ("claim", of_callers("text", super::claim_at_path(model))),
    ];
    let claims = ClaimFunction::called(model, known)
        .into_iter()
        .map(|claim| {
            let function = of_callers(claim.returns(), claim.expression(model));
            (claim.name(), function)
        });
    let asked = asked.into_iter().chain(claims);
    let asked = asked.map(|(name, function)| (name.to_owned(), function));
    let touches = touch::Touch::all(model).flat_map(|touch| touch.functions());
    asked
        .into_iter()
        .chain(touches)
        .chain(writers::functions(model))
        .map(|(name, function)| (Name::new(&private, name), function))
        .collect()
}

/// The functions of the private schema that triggers and policies call.
fn called_functions(model: &Model, known: &Known, catalog: &Catalog) -> IndexMap<Name, Function> {
    let private = private_schema(model);
    let mut functions: IndexMap<Name, Function> = IndexMap::default();
    let deciding = |body: Body| Function {
        returns: "trigger".to_owned(),
        volatility: "stable".to_owned(),
        settings: vec![format!("search_path={SEARCH_PATH}")],
        body: Some(body),
        ..Function::default()
    };
    let caller = Caller::of_policies(model, known, &catalog.sets);
    for decision in &catalog.decisions {
        let body = Body::text(&decision.body(model, &caller).join("\n"));
        functions.insert(Name::new(&private, &decision.function), deciding(body));
    }
    for helper in &catalog.helpers {
        functions.insert(Name::new(&private, &helper.function), helper.lowered());
    }
    for (name, set) in &catalog.sets.functions {
        let body = Body::query(&set.select);
        let function = Function {
            security_definer: true,
            execute: set.roles.clone(),
            ..standard(format!("setof {}", set.member), body)
        };
        functions.insert(Name::new(&private, name), function);
    }
    functions
}

/// The tables that stand in Postgres.
pub(crate) fn server_tables(model: &Model) -> impl Iterator<Item = &model::Table> {
    model.tables.values().filter(|table| table.sync.on_server())
}

/// The columns that stand in Postgres: not those of the device, nor those that every side computes for itself.
pub(crate) fn server_columns(table: &model::Table) -> impl Iterator<Item = &model::Column> {
    table.columns.values().filter(|column| {
        let computed = column
            .generated
            .as_ref()
            .is_some_and(|generated| !generated.stored);
        column.direction.on_server() && !computed
    })
}

pub(crate) fn name_of(table: &model::Table) -> Name {
    Name::new(&table.schema, &table.name)
}

/// The type of a kind in Postgres, with the schemas of enums and domains.
pub(crate) fn sql_type(model: &Model, kind: &Kind) -> String {
    if let Some(known) = kind.postgres_type() {
        return known.into_owned();
    }
    match kind {
        Kind::List(element) => format!("{}[]", sql_type(model, &element.to_kind())),
        Kind::Enum { name, .. } => {
            let schema = model.enums.get(&**name).map(|one| &one.schema);
            quoted(schema.unwrap_or(&model.postgres.schema), name)
        }
        Kind::Domain { name, .. } => {
            let schema = model.domains.get(&**name).map(|one| &one.schema);
            quoted(schema.unwrap_or(&model.postgres.schema), name)
        }
        Kind::Scalar(_) | Kind::Opaque(_) => unreachable!("these have a type of their own"),
    }
}

fn quoted(schema: &str, name: &str) -> String {
    let [schema, name] = [schema, name].map(|part| synctable::Database::Postgres.ident(part));
    format!("{schema}.{name}")
}

/// The schemas, each with those who are granted something in it.
fn schemas(model: &Model, catalog: &Catalog) -> IndexMap<String, Schema> {
    let mut schemas: IndexMap<String, Schema> = IndexMap::default();
    let (users, callers) = (grants::users(model), grants::callers(model));
    for schema in &model.postgres.schemas {
        let tables = catalog
            .tables
            .iter()
            .map(|(name, table)| (name, &table.grants));
        let views = catalog
            .views
            .iter()
            .map(|(name, view)| (name, &view.grants));
        let granted: IndexSet<&String> = tables
            .chain(views)
            .filter(|(name, _)| name.schema == *schema)
            .flat_map(|(_, grants)| grants.keys())
            .collect();
        // Whoever writes may have to name a kind.
        let kinds = catalog.enums.keys().chain(catalog.domains.keys());
        let has_kinds = kinds.into_iter().any(|name| name.schema == *schema);
        let mut usage = users.clone();
        usage.retain(|role| {
            granted.contains(role)
                || (callers.contains(role) && (has_kinds || *schema == model.postgres.schema))
                || model.postgres.roles.service.as_ref() == Some(role)
        });
        schemas.insert(schema.clone(), Schema { usage });
    }
    // Defaults that ask for the caller's id are evaluated as whoever inserts.
    let mut usage = callers;
    usage.extend(model.postgres.roles.service.clone());
    schemas.insert(private_schema(model), Schema { usage });
    schemas
}

fn enums(model: &Model) -> IndexMap<Name, EnumType> {
    let native = |one: &&model::EnumDef| one.storage == EnumStorage::Native;
    model
        .enums
        .values()
        .filter(native)
        .map(|one| {
            let lowered = EnumType {
                labels: one.labels.clone(),
                comment: one.doc.clone(),
            };
            (Name::new(&one.schema, &one.name), lowered)
        })
        .collect()
}

fn lower_domain(domain: &model::DomainDef) -> (Name, Domain) {
    let check = domain.check.as_ref().and_then(check_formula);
    let lowered = Domain {
        base: domain.base.postgres_type().into_owned(),
        checks: check
            .map(|formula| (derived_name(&[&domain.name], "check"), formula))
            .into_iter()
            .collect(),
        comment: domain.doc.clone(),
    };
    (Name::new(&domain.schema, &domain.name), lowered)
}

fn lower_table(
    model: &Model,
    callers: &IndexSet<String>,
    table: &model::Table,
    published: bool,
) -> Table {
    Table {
        columns: server_columns(table)
            .map(|column| (column.name.clone(), lower_column(model, table, column)))
            .collect(),
        key: Some(Key {
            name: table.key_name(),
            columns: table.key.clone(),
            deferral: Deferral::Never,
        }),
        uniques: table
            .uniques
            .iter()
            .map(|one| (one.name.clone(), lower_unique(table, one)))
            .collect(),
        exclusions: table
            .exclusions
            .iter()
            .map(|one| (one.name.clone(), lower_exclusion(table, one)))
            .collect(),
        foreign_keys: table
            .foreign_keys
            .iter()
            .filter(|key| key.on_server != OnServer::Unchecked)
            .map(|key| (key.name.clone(), lower_foreign_key(model, key)))
            .collect(),
        indexes: table
            .indexes
            .iter()
            .filter(|index| index.side != IndexSide::Client)
            .map(|index| (index.name.clone(), lower_index(table, index)))
            .collect(),
        checks: checks(model, table),
        triggers: IndexMap::default(),
        rls: match model.postgres.owner_bypasses_rls {
            true => Rls::Forced,
            false => Rls::Enabled,
        },
        policies: IndexMap::default(),
        grants: grants::of_table(model, callers, table, published),
        strict: false,
        replica_identity: ReplicaIdentity::Default,
        comment: table.doc.clone(),
    }
}

fn lower_column(model: &Model, table: &model::Table, column: &model::Column) -> Column {
    Column {
        sql_type: sql_type(model, &column.kind),
        nullable: column.nullable,
        // NULL is what a column without a default gets: Postgres keeps no such default.
        default: column.default.as_ref().and_then(|value| match value {
            DefaultValue::Expr(Expr::Literal(Literal::Null)) => None,
            DefaultValue::Expr(expr) => Some(Formula::Expr(expr.clone())),
            DefaultValue::Sql(text) => Some(Formula::Sql(text.clone())),
        }),
        identity: column.identity,
        generated: column
            .generated
            .as_ref()
            .map(|generated| Formula::Expr(stored(table, &generated.expr))),
        comment: comment(column),
    }
}

/// What a column tells, and that it is deprecated.
fn comment(column: &model::Column) -> Option<String> {
    let deprecated = column
        .deprecated
        .as_ref()
        .map(|why| format!("Deprecated: {why}"));
    match (&column.doc, deprecated) {
        (Some(doc), Some(deprecated)) => Some(format!("{doc}\n{deprecated}")),
        (doc, deprecated) => deprecated.or_else(|| doc.clone()),
    }
}

fn lower_unique(table: &model::Table, unique: &model::Unique) -> Unique {
    let part = |part: &UniquePart| Part {
        formula: Formula::Expr(match part {
            UniquePart::Column(name) => Expr::Column(name.clone()),
            UniquePart::Expr(expr) => stored(table, expr),
        }),
        descending: false,
        nulls_first: false,
    };
    Unique {
        constraint: unique.is_constraint(),
        parts: unique.parts.iter().map(part).collect(),
        predicate: predicate(table, unique.predicate.as_ref()),
        nulls_not_distinct: unique.nulls_not_distinct,
        deferral: Deferral::declared(unique.deferrable),
        include: Vec::new(),
    }
}

fn lower_exclusion(table: &model::Table, exclusion: &model::Exclusion) -> Exclusion {
    let element = |element: &model::ExclusionElement| Excluded {
        value: match &element.part {
            ExclusionPart::Expr(expr) => ExcludedValue::Formula(Formula::Expr(stored(table, expr))),
            ExclusionPart::Range(range) => ExcludedValue::Range(range.clone()),
        },
        operator: element.operator.as_str().to_owned(),
    };
    Exclusion {
        method: exclusion.method.as_str().to_owned(),
        elements: exclusion.elements.iter().map(element).collect(),
        predicate: predicate(table, exclusion.predicate.as_ref()),
        deferral: Deferral::declared(exclusion.deferrable),
    }
}

/// The extensions without which the indexes of a model cannot be built.
pub(crate) fn extensions(model: &Model) -> BTreeSet<&str> {
    let exclusions = server_tables(model).flat_map(|table| &table.exclusions);
    exclusions
        .filter_map(|one| one.extension.as_deref())
        .collect()
}

fn lower_foreign_key(model: &Model, key: &model::ForeignKey) -> ForeignKey {
    let table = match (
        model.tables.get(&key.table),
        model.externals.get(&key.table),
    ) {
        (Some(table), _) => name_of(table),
        (None, Some(external)) => Name::new(&external.schema, &external.name),
        (None, None) => unreachable!("check resolved {}", key.table),
    };
    ForeignKey {
        columns: key.columns.clone(),
        table,
        references: key.references.clone(),
        on_delete: key.on_delete.sql(),
        on_update: key.on_update.sql(),
        deferral: Deferral::declared(key.deferrable),
        validated: key.on_server == OnServer::Enforced,
    }
}

fn lower_index(table: &model::Table, index: &model::Index) -> Index {
    Index {
        method: index.method.clone(),
        parts: index
            .parts
            .iter()
            .map(|part| Part {
                formula: Formula::Expr(stored(table, &part.expr)),
                descending: part.descending,
                nulls_first: part.nulls_first.unwrap_or(part.descending),
            })
            .collect(),
        predicate: predicate(table, index.predicate.as_ref()),
        include: index.include.clone(),
    }
}

/// The declared checks, and one for every column whose enum is text.
fn checks(model: &Model, table: &model::Table) -> IndexMap<String, Check> {
    let mut checks = IndexMap::default();
    for column in server_columns(table) {
        if let Some(formula) = labels_check(model, column) {
            let name = labels(&table.name, &column.name);
            let validated = true;
            checks.insert(name, Check { formula, validated });
        }
    }
    if let (Some(formula), [key]) = (recipe_check(table), table.key.as_slice()) {
        let name = derived_name(&[&table.name, key], "recipe");
        let validated = true;
        checks.insert(name, Check { formula, validated });
    }
    for check in &table.checks {
        if let Some(formula) = check_formula(&check.body) {
            let formula = match formula {
                Formula::Expr(expr) => Formula::Expr(stored(table, &expr)),
                text @ Formula::Sql(_) => text,
            };
            let validated = check.on_server == OnServer::Enforced;
            checks.insert(check.name.clone(), Check { formula, validated });
        }
    }
    checks
}

/// That a joined id is what its recipe makes of the row, so that nobody takes the id of another row.
///
/// Letters beyond ASCII change case by the database's locale, and in a recipe by Unicode: from the first part with `lower`
/// on, nothing is said of the id. A hashed id is not computed again: Postgres has no SHA-1 of its own.
fn recipe_check(table: &model::Table) -> Option<Formula> {
    let (Some(Recipe::Join { parts, separator }), [key]) = (&table.recipe, table.key.as_slice())
    else {
        return None;
    };
    let call = |function, args| Expr::Call { function, args };
    let text = |text: &str| Expr::Literal(Literal::Text(text.to_owned()));
    let separator = separator.to_string();
    // What is in front of a part, of the first one that is not compared too.
    let before = |(index, part): (usize, &model::RecipePart)| match part.before.as_str() {
        "" if index > 0 => Some(text(&separator)),
        "" => None,
        written => Some(text(written)),
    };
    let said = parts.iter().take_while(|part| !part.lower).count();
    let mut texts: Vec<Expr> = Vec::new();
    for (index, part) in parts.iter().enumerate().take(said) {
        texts.extend(before((index, part)));
        let mut value = Expr::Column(part.column.clone());
        if let Some(null) = &part.null {
            value = call(model::Function::Coalesce, vec![value, text(null)]);
        }
        if part.trim {
            value = call(model::Function::Trim, vec![value]);
        }
        texts.push(value);
        if !part.after.is_empty() {
            texts.push(text(&part.after));
        }
    }
    let whole = said == parts.len();
    if let Some(next) = parts.get(said) {
        texts.extend(before((said, next)));
    }
    let made = match texts.len() {
        0 => return None,
        1 => texts.remove(0),
        _ => Expr::Concat(texts),
    };
    let id = Expr::Column(key.clone());
    let left = match whole {
        true => id,
        false => Expr::Call {
            function: model::Function::Substr,
            args: vec![
                id,
                Expr::Literal(Literal::Int(1)),
                Expr::Call {
                    function: model::Function::Length,
                    args: vec![made.clone()],
                },
            ],
        },
    };
    Some(Formula::Expr(Expr::Compare {
        op: CompareOp::Eq,
        left: Box::new(left),
        right: Box::new(made),
    }))
}

/// What a column of an enum without a type of its own may hold; retired labels stay valid in rows.
fn labels_check(model: &Model, column: &model::Column) -> Option<Formula> {
    let labels = |name: &str, storage| {
        let one = model
            .enums
            .get(name)
            .filter(|_| storage == EnumStorage::Check)?;
        // Rows may hold them until a later file of the same migration replaces them.
        let still = model.pending.unreplaced.get(name).into_iter().flatten();
        Some(
            one.labels
                .iter()
                .chain(still)
                .cloned()
                .map(model::Literal::Text)
                .collect::<Vec<_>>(),
        )
    };
    let operand = Expr::Column(column.name.clone());
    match &column.kind {
        Kind::Enum { name, storage } => Some(Formula::Expr(Expr::InList {
            operand: Box::new(operand),
            list: labels(name, *storage)?,
            negated: false,
        })),
        Kind::List(synctable::Element::Enum { name, storage }) => {
            let labels = labels(name, *storage)?;
            let texts = labels.iter().map(|label| match label {
                model::Literal::Text(text) => synctable::Database::Postgres.literal(text),
                _ => unreachable!("labels are text"),
            });
            let texts: Vec<String> = texts.collect();
            Some(Formula::Sql(format!(
                "{} <@ array[{}]",
                synctable::Database::Postgres.ident(&column.name),
                texts.join(", ")
            )))
        }
        _ => None,
    }
}

/// An expression over the columns that Postgres stores: those that every side computes for itself are written out.
pub(crate) fn stored(table: &model::Table, expr: &Expr) -> Expr {
    expr.with_columns(&|name| {
        let generated = table.columns.get(name)?.generated.as_ref()?;
        (!generated.stored).then(|| stored(table, &generated.expr))
    })
}

fn predicate(table: &model::Table, predicate: Option<&Expr>) -> Option<Formula> {
    predicate.map(|expr| Formula::Expr(stored(table, expr)))
}

fn check_formula(body: &CheckBody) -> Option<Formula> {
    match body {
        CheckBody::Expr(expr) => Some(Formula::Expr(expr.clone())),
        CheckBody::Sql { postgres, .. } => postgres.clone().map(Formula::Sql),
    }
}

fn views(model: &Model, callers: &IndexSet<String>) -> IndexMap<Name, View> {
    let mut views = IndexMap::default();
    for view in model.views.values() {
        let (columns, query) = match &view.body {
            // What only the device has, only the device shows.
            ViewBody::Columns { table, .. } if !model.tables[table].sync.on_server() => continue,
            ViewBody::Columns {
                table,
                columns,
                filter,
            } => {
                let table = &model.tables[table];
                let formula = |expr: &Expr| Formula::Expr(stored(table, expr));
                let query = Query {
                    columns: columns
                        .iter()
                        .map(|(name, expr)| (name.clone(), formula(expr)))
                        .collect(),
                    table: quoted(&table.schema, &table.name),
                    filter: filter.as_ref().map(formula),
                };
                (Some(columns.keys().cloned().collect()), Some(query))
            }
            ViewBody::Sql {
                postgres: Some(_), ..
            } => (None, None),
            ViewBody::Sql { postgres: None, .. } => continue,
        };
        let lowered = View {
            columns,
            query,
            security_invoker: view.security_invoker,
            grants: grants::of_view(model, callers, view.security_invoker),
            comment: view.doc.clone(),
        };
        views.insert(Name::new(&view.schema, &view.name), lowered);
    }
    views
}
