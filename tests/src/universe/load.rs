//! A universe in Postgres, and a database that takes every universe.

use super::{Universe, tables_on_server};
use synctable::Database;
use synctable_codegen::expr::print;
use synctable_codegen::model::{Model, Table};

/// Frees a database from what a random row could break that is no matter of access: foreign keys, checks, NOT NULL
/// beside keys, and uniques beside those that an upsert asks for. For the superuser.
///
/// So whatever refuses a write is a policy, a privilege or a key. Rows that migrations bring along are removed.
#[must_use]
pub fn free(model: &Model) -> String {
    let mut kept: Vec<String> = Vec::new();
    for table in model.tables.values() {
        for unique in &table.uniques {
            let of_upsert = unique.predicate.is_none()
                && unique
                    .columns()
                    .is_some_and(|columns| columns == table.upsert_on);
            if of_upsert {
                kept.push(Database::Postgres.literal(&unique.name));
            }
        }
    }
    let kept = match kept.is_empty() {
        true => "''".to_owned(),
        false => kept.join(", "),
    };
    let ours = "connamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'auth', 'storage')";
    format!(
        "
    do $$
    declare
        one record;
    begin
        for one in
            select conrelid::regclass as owner, conname from pg_constraint
            where {ours} and conrelid <> 0 and conparentid = 0 and contype in ('f', 'c', 'u', 'x') and conname not in ({kept})
            order by contype = 'f' desc
        loop
            execute format('alter table %s drop constraint %I', one.owner, one.conname);
        end loop;
        for one in
            select contypid::regtype as owner, conname from pg_constraint
            where {ours} and contypid <> 0 and contype = 'c'
        loop
            execute format('alter domain %s drop constraint %I', one.owner, one.conname);
        end loop;
        for one in
            select indexrelid::regclass as index from pg_index
            join pg_class on pg_class.oid = indexrelid
            join pg_namespace on pg_namespace.oid = relnamespace
            where indisunique and not indisprimary and relname not in ({kept})
              and nspname not in ('pg_catalog', 'pg_toast', 'information_schema', 'auth', 'storage')
              and not exists (select from pg_constraint where conindid = indexrelid)
        loop
            execute format('drop index %s', one.index);
        end loop;
        for one in
            select pg_class.oid::regclass as owner from pg_class
            join pg_namespace on pg_namespace.oid = relnamespace
            where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema', 'auth', 'storage')
        loop
            execute format('truncate %s', one.owner);
        end loop;
        for one in
            select attrelid::regclass as owner, attname from pg_attribute
            join pg_class on pg_class.oid = attrelid
            join pg_namespace on pg_namespace.oid = relnamespace
            where relkind = 'r' and attnum > 0 and attnotnull and attidentity = '' and not attisdropped
              and nspname not in ('pg_catalog', 'information_schema', 'auth', 'storage')
              and not exists (select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey))
        loop
            execute format('alter table %s alter column %I drop not null', one.owner, one.attname);
        end loop;
    end
    $$"
    )
}

/// The name of a table, with its schema.
#[must_use]
pub fn name_of(table: &Table) -> String {
    let ident = |name| Database::Postgres.ident(name).into_owned();
    format!("{}.{}", ident(&table.schema), ident(&table.name))
}

/// SQL for the superuser that inserts every row; nothing fires on the way.
#[must_use]
pub fn insert(model: &Model, universe: &Universe) -> String {
    let mut sql = "set local session_replication_role = replica;\n".to_owned();
    for table in tables_on_server(model) {
        let rows = universe.of(&table.name);
        let Some(first) = rows.first() else { continue };
        let columns: Vec<_> = first
            .keys()
            .map(|name| Database::Postgres.ident(name))
            .collect();
        let values: Vec<String> = rows
            .iter()
            .map(|row| {
                let values: Vec<String> = row
                    .iter()
                    .map(|(name, value)| {
                        let kind = &table.columns[name].kind;
                        print::constant(value, kind, Database::Postgres)
                    })
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        sql += &format!(
            "insert into {} ({}) overriding system value values\n{};\n",
            name_of(table),
            columns.join(", "),
            values.join(",\n")
        );
    }
    sql + "set local session_replication_role = origin;\n"
}
