//! Rows that are shipped with the schema, as statements that lead to them whatever a database has.

use super::ddl;
use super::sql::{columns, ident, literal, qualified};
use crate::catalog;
use crate::expr::print;
use crate::model::{Literal, Model, Seed, Table, parents_first};
use synctable::Database;

/// The tables with seeds, each after those that it references.
pub(crate) fn tables(model: &Model) -> Vec<&Table> {
    let ordered = parents_first(model).into_iter().flatten();
    ordered.filter(|table| !table.seeds.is_empty()).collect()
}

/// Every seed of a model, for a database without rows.
pub(super) fn all(model: &Model) -> Vec<String> {
    let tables = tables(model).into_iter();
    tables
        .flat_map(|table| added(table, &table.seeds.iter().collect::<Vec<_>>()))
        .collect()
}

/// The statements that lead to some seeds of a table: those with the same columns together.
///
/// What a seed does not say stays as it is, and a row that is the seed already is not written.
pub(super) fn written(table: &Table, seeds: &[&Seed]) -> Vec<String> {
    let groups = groups(table, seeds).into_iter();
    groups
        .map(|(names, seeds)| upsert(table, &names, &seeds))
        .collect()
}

/// The same for seeds that come: keys that Postgres counts go on after theirs.
pub(super) fn added(table: &Table, seeds: &[&Seed]) -> Vec<String> {
    let mut statements = written(table, seeds);
    statements.extend(counted(table, seeds));
    statements
}

/// The statement after which Postgres counts on from the highest key of the seeds, unless it is further already.
fn counted(table: &Table, seeds: &[&Seed]) -> Option<String> {
    let mut key = table.key.iter();
    let column = key.find(|name| table.columns[*name].identity)?;
    let numbers = seeds.iter().filter_map(|seed| match seed.get(column) {
        Some(Literal::Int(number)) => Some(*number),
        _ => None,
    });
    // A sequence has no numbers below 1.
    let highest = numbers.max().filter(|number| *number >= 1)?;
    let sequence = qualified(&ddl::sequence(table, column));
    Some(format!(
        "select setval({}, {highest}) from {sequence}\nwhere last_value < {highest} or last_value = {highest} and not is_called;",
        literal(&sequence)
    ))
}

/// The seeds that say the same columns, with these.
fn groups<'m>(table: &'m Table, seeds: &[&'m Seed]) -> Vec<(Vec<&'m String>, Vec<&'m Seed>)> {
    let mut groups: Vec<(Vec<&String>, Vec<&Seed>)> = Vec::new();
    for seed in seeds {
        let names: Vec<&String> = in_order(table, seed);
        match groups.iter_mut().find(|(of, _)| *of == names) {
            Some((_, group)) => group.push(seed),
            None => groups.push((names, vec![*seed])),
        }
    }
    groups
}

fn in_order<'m>(table: &'m Table, seed: &Seed) -> Vec<&'m String> {
    let names = table.columns.keys();
    names.filter(|name| seed.get(name).is_some()).collect()
}

fn upsert(table: &Table, names: &[&String], seeds: &[&Seed]) -> String {
    let of = qualified(&catalog::name_of(table));
    let rows: Vec<String> = seeds
        .iter()
        .map(|seed| {
            let values: Vec<String> = names.iter().map(|name| value(table, seed, name)).collect();
            format!("    ({})", values.join(", "))
        })
        .collect();
    let counted = match names.iter().any(|name| table.columns[*name].identity) {
        true => " overriding system value",
        false => "",
    };
    let key = columns(&table.key);
    let others: Vec<String> = names
        .iter()
        .filter(|name| !table.key.contains(name))
        .map(|name| ident(name))
        .collect();
    let conflict = match others.is_empty() {
        true => "do nothing".to_owned(),
        false => {
            let set: Vec<String> = others
                .iter()
                .map(|name| format!("{name} = excluded.{name}"))
                .collect();
            let differs: Vec<String> = others
                .iter()
                .map(|name| format!("seeded.{name} is distinct from excluded.{name}"))
                .collect();
            format!(
                "do update set {}\nwhere {}",
                set.join(", "),
                differs.join("\n    or ")
            )
        }
    };
    format!(
        "insert into {of} as seeded ({}){counted}\nvalues\n{}\non conflict ({key}) {conflict};",
        columns(names.iter().copied()),
        rows.join(",\n")
    )
}

/// The statement that removes rows by their keys.
pub(super) fn removed(table: &Table, keys: &[Vec<Literal>]) -> String {
    let of = qualified(&catalog::name_of(table));
    let rows: Vec<String> = keys
        .iter()
        .map(|key| {
            let parts = table.key.iter().zip(key);
            let parts: Vec<String> = parts
                .map(|(name, value)| constant(table, name, value))
                .collect();
            match parts.as_slice() {
                [one] => one.clone(),
                many => format!("({})", many.join(", ")),
            }
        })
        .collect();
    let key = match table.key.as_slice() {
        [one] => ident(one),
        many => format!("({})", columns(many)),
    };
    format!("delete from {of} where {key} in ({});", rows.join(", "))
}

fn value(table: &Table, seed: &Seed, name: &str) -> String {
    constant(table, name, seed.get(name).unwrap_or(&Literal::Null))
}

fn constant(table: &Table, name: &str, value: &Literal) -> String {
    print::constant(value, &table.columns[name].kind, Database::Postgres)
}

/// A query for the seeds whose rows differ: the seed's name, and the names of its columns that hold something else, or NULL
/// where the row is missing.
pub(crate) fn differing(table: &Table, lowered: &catalog::Table) -> Vec<String> {
    let seeds: Vec<&Seed> = table.seeds.iter().collect();
    let groups = groups(table, &seeds).into_iter();
    groups
        .map(|(names, seeds)| differing_group(table, lowered, &names, &seeds))
        .collect()
}

fn differing_group(
    table: &Table,
    lowered: &catalog::Table,
    names: &[&String],
    seeds: &[&Seed],
) -> String {
    let rows: Vec<String> = seeds
        .iter()
        .map(|seed| {
            let values = names.iter().map(|name| {
                let sql_type = &lowered.columns[name.as_str()].sql_type;
                format!("({})::{sql_type}", value(table, seed, name))
            });
            let name = format!("{}::text", literal(&seed.name(table)));
            let values: Vec<String> = std::iter::once(name).chain(values).collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let on: Vec<String> = table
        .key
        .iter()
        .map(|name| format!("live.{0} = seeded.{0}", ident(name)))
        .collect();
    let others: Vec<String> = names
        .iter()
        .filter(|name| !table.key.contains(name))
        .map(|name| {
            format!(
                "case when live.{0}::text is distinct from seeded.{0}::text then {1} end",
                ident(name),
                literal(name)
            )
        })
        .collect();
    let differs = match others.is_empty() {
        true => "''::text".to_owned(),
        false => format!("concat_ws(', ', {})", others.join(", ")),
    };
    let key = ident(&table.key[0]);
    format!(
        "select name, differs from (
    select seeded.seed_name, case when live.{key} is not null then {differs} end
    from (values {}) as seeded (seed_name, {})
    left join {} as live on {}
) as compared (name, differs)
where differs is distinct from '' order by name",
        rows.join(", "),
        columns(names.iter().copied()),
        qualified(&catalog::name_of(table)),
        on.join(" and ")
    )
}
