//! What devices with plain SQLite pull: the statements that a server runs, and what the database keeps for them.
//!
//! A row tells by the role `changed` which transaction wrote it last; a row that is deleted or leaves a view tells nothing.
//! So triggers note what it was, and the policy that decided over the row decides over the note.

use super::sql::{Printer, ident, list, literal, qualified};
use crate::catalog::{self, Caller, Catalog, Formula, Policy, SetFunction};
use crate::expr::Row;
use crate::guard::comparable;
use crate::model::{self, Column, Expr, Literal, Model, Pulled, PulledRole, PulledTable};
use indexmap::{IndexMap, IndexSet};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use synctable::derived_name;
use synctable::ident::bridge_schema;

/// Everything that is pulled of an app, and how the database notes what goes.
#[derive(Debug)]
pub struct Lowered {
    /// What is pulled.
    pub pulled: Pulled,
    /// The notes of each table.
    pub(super) notes: Vec<Note>,
}

/// How the database notes the rows of a table that go.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) title: String,
    /// The table, as a statement names it.
    pub(super) table: String,
    /// The same as a text.
    pub(super) table_text: String,
    /// Its declared name and the columns that are noted, as texts.
    pub(super) names: String,
    /// When a change makes a row another one for somebody.
    pub(super) moves: Vec<String>,
    pub(super) policies: Vec<NotePolicy>,
}

/// Who reads a note: whoever could read the row.
#[derive(Debug)]
pub(super) struct NotePolicy {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) using: Vec<String>,
}

/// The tables that devices of an app pull, with their statements. `None` if they pull none, or if the app declares no bridge.
pub fn pulled(model: &Model) -> Option<Lowered> {
    model.postgres.roles.bridge.as_ref()?;
    let tables: Vec<(&model::Table, &Column)> = model.pulled().collect();
    if tables.is_empty() {
        return None;
    }
    let printer = Printer::new(model);
    let known = printer.known();
    let catalog = catalog::outline(model, known);
    let lowering = Lowering {
        model,
        caller: Caller::of_policies(model, known, &catalog.sets),
        printer: &printer,
        catalog: &catalog,
        schema: ident(&bridge_schema(&model.app)),
    };
    let roles = catalog::callers(model);
    let roles = roles.iter().map(|role| lowering.role(role, &tables));
    let roles: Vec<PulledRole> = roles.filter(|role| !role.tables.is_empty()).collect();
    let lowered = tables
        .iter()
        .map(|(table, changed)| lowering.table(table, changed));
    let (tables, notes): (Vec<PulledTable>, Vec<Note>) = lowered.unzip();
    Some(Lowered {
        pulled: Pulled {
            version: lowering.version(&roles, &tables, &notes),
            tables,
            roles,
        },
        notes,
    })
}

struct Lowering<'a> {
    model: &'a Model,
    printer: &'a Printer,
    catalog: &'a Catalog,
    caller: Caller<'a>,
    /// The schema of the bridge.
    schema: String,
}

impl<'a> Lowering<'a> {
    /// The policies by which a role reads a table.
    fn reading(&self, table: &model::Table, role: &str) -> impl Iterator<Item = &'a Expr> {
        let policies = self.catalog.tables[&catalog::name_of(table)]
            .policies
            .values();
        let of_role = policies.filter(move |policy: &&Policy| {
            policy.command == "select" && policy.roles.contains(role)
        });
        of_role.filter_map(|policy| match &policy.using {
            Some(Formula::Expr(expr)) => Some(expr),
            Some(Formula::Sql(_)) | None => None,
        })
    }

    fn role(&self, role: &str, tables: &[(&model::Table, &Column)]) -> PulledRole {
        let mut inputs: IndexSet<String> = IndexSet::new();
        let mut read = Vec::new();
        let mut busy = Vec::new();
        for (place, (table, changed)) in tables.iter().enumerate() {
            let mut rules = self.reading(table, role).peekable();
            if rules.peek().is_none() {
                continue;
            }
            let mut of_table = Vec::new();
            for input in rules.flat_map(|rule| self.inputs(rule)) {
                let (place, _) = inputs.insert_full(input);
                if !of_table.contains(&place) {
                    of_table.push(place);
                }
            }
            read.push((place, of_table));
            let [from, name] = [qualified(&catalog::name_of(table)), literal(&table.name)];
            let changed = ident(&changed.name);
            busy.push(format!(
                "case when exists (select from {from} where {changed} >= $1 and {changed} < $2)\n        \
                 or exists (select from {}.gone where of_table = {name} and changed >= $1 and changed < $2)\n    \
                 then {name} end",
                self.schema
            ));
        }
        let inputs: Vec<String> = inputs.into_iter().collect();
        PulledRole {
            name: role.to_owned(),
            state: format!(
                "select pulled.version, {EPOCH}, pulled.purged, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,\n    \
                 array[{}]::text[]\nfrom {}.pulled",
                inputs.join(",\n        "),
                self.schema
            ),
            busy: format!(
                "select array_remove(array[\n    {}\n]::text[], null)",
                busy.join(",\n    ")
            ),
            tables: read,
        }
    }

    /// What a rule reads besides the row and the caller's id, each as a text.
    fn inputs(&self, rule: &Expr) -> Vec<String> {
        let private = ident(&catalog::private_schema(self.model));
        let mut found = Vec::new();
        rule.visit(&mut |expr| match expr {
            Expr::InSet { set, .. } => {
                let mut functions = self.catalog.sets.functions.iter();
                let function = functions.find(|(_, function)| function.set == *set);
                let (name, _) = function.expect("every set of a policy has a function");
                found.push(format!(
                    "(select concat(count(*), ' ', sum(hashtextextended(member::text, 0))) from {private}.{}() as member)",
                    ident(name)
                ));
            }
            Expr::Claim(path) | Expr::InClaims { path, .. } => {
                let path = list(path.iter().map(|member| literal(member)));
                found.push(format!("{private}.token() #>> array[{path}]"));
            }
            _ => {}
        });
        found
    }

    fn table(&self, table: &model::Table, changed: &Column) -> (PulledTable, Note) {
        let is_key = |column: &&Column| table.key.contains(&column.name);
        let key: Vec<&Column> = table.key.iter().map(|name| &table.columns[name]).collect();
        let on_device = table.columns.values().filter(|column| {
            column.is_on_device() && column.direction.on_server() && column.generated.is_none()
        });
        let columns: Vec<&Column> = key
            .iter()
            .copied()
            .chain(on_device.filter(|column| !is_key(column)))
            .collect();
        let selected = list(columns.iter().map(|column| spelt(column, "t")));
        let from = format!("{} as t", qualified(&catalog::name_of(table)));
        let changed = format!("t.{}", ident(&changed.name));
        let keys = |alias: &str| {
            list(
                key.iter()
                    .map(|one| format!("{alias}.{}", ident(&one.name))),
            )
        };
        let given = |first: usize| {
            let types = key
                .iter()
                .map(|one| catalog::sql_type(self.model, &one.kind));
            list(
                (first..)
                    .zip(types)
                    .map(|(nr, of)| format!("${nr}::text::{of}")),
            )
        };
        let page = |filter: &str, order: &str, limit: &str, also: &str| {
            let filter = match filter.is_empty() {
                true => String::new(),
                false => format!("where {filter}\n"),
            };
            format!("select {selected}{also}\nfrom {from}\n{filter}order by {order}\nlimit {limit}")
        };
        let (t, also) = (keys("t"), format!(", {changed}"));
        let name = literal(&table.name);
        let same = |alias: &str| {
            let columns = key.iter().map(|one| ident(&one.name));
            let equal: Vec<String> = columns
                .map(|one| format!("t.{one} = {alias}.{one}"))
                .collect();
            equal.join(" and ")
        };
        let wanted = key.iter().map(|one| {
            let of = catalog::sql_type(self.model, &one.kind);
            format!("{}::{of} as {}", ident(&one.name), ident(&one.name))
        });
        let named = list(key.iter().map(|one| ident(&one.name)));
        let pulled = PulledTable {
            table: table.name.clone(),
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            changed: page(
                &format!("{changed} >= $1 and {changed} < $2"),
                &format!("{changed}, {t}"),
                "$3",
                &also,
            ),
            changed_after: page(
                &format!("({changed}, {t}) > ($1, {}) and {changed} < $2", given(4)),
                &format!("{changed}, {t}"),
                "$3",
                &also,
            ),
            whole: page("", &t, "$1", ""),
            whole_after: page(&format!("({t}) > ({})", given(2)), &t, "$1", ""),
            now: format!(
                "select {selected}\nfrom (\n    select {}\n    from unnest({}) as given ({named})\n) as wanted\njoin {from} on {}",
                list(wanted),
                list((1..=key.len()).map(|nr| format!("${nr}::text[]"))),
                same("wanted"),
            ),
            gone: format!(
                "select {}, gone.changed, gone.number\nfrom {}.gone as gone\n\
                 cross join lateral jsonb_populate_record(null::{}, gone.was) as was\n\
                 where gone.of_table = {name} and (gone.changed, gone.number) > ($1, $2) and gone.changed < $3\n  \
                 and not exists (select from {from} where {})\n\
                 order by gone.changed, gone.number\nlimit $4",
                list(key.iter().map(|one| spelt(one, "was"))),
                self.schema,
                qualified(&catalog::name_of(table)),
                same("was"),
            ),
        };
        (pulled, self.note(table, &key))
    }

    fn note(&self, table: &model::Table, key: &[&Column]) -> Note {
        let roles = catalog::callers(self.model);
        let mut columns: IndexMap<&str, &Column> =
            key.iter().map(|one| (one.name.as_str(), *one)).collect();
        let mut policies = Vec::new();
        for role in &roles {
            for (number, rule) in self.reading(table, role).enumerate() {
                let names = rule.columns().into_iter();
                columns.extend(names.filter_map(|name| {
                    table
                        .columns
                        .get(name)
                        .map(|column| (column.name.as_str(), column))
                }));
                let name = match number {
                    0 => derived_name(&[&table.name], role),
                    _ => derived_name(&[&table.name, role], &number.to_string()),
                };
                policies.push(NotePolicy {
                    name: ident(&name),
                    role: ident(role),
                    using: self.using(table, rule),
                });
            }
        }
        let of_table = qualified(&catalog::name_of(table));
        let names = columns.values().map(|column| literal(&column.name));
        Note {
            title: table.name.clone(),
            table_text: literal(&of_table),
            table: of_table,
            names: list([literal(&table.name)].into_iter().chain(names)),
            moves: columns
                .values()
                .map(|column| {
                    let [old, new] = ["old", "new"].map(|row| comparable(row, column));
                    format!("{old} is distinct from {new}")
                })
                .collect(),
            policies,
        }
    }

    /// Who reads a note, by the rule over the row that it is of.
    fn using(&self, table: &model::Table, rule: &Expr) -> Vec<String> {
        let name = literal(&table.name);
        if *rule == Expr::Literal(Literal::Bool(true)) {
            return vec![format!("of_table = {name}")];
        }
        let formula = Formula::Expr(rule.clone());
        let rule = self.printer.policy(&formula, &Row::of(table), &self.caller);
        // Notes of other tables do not have to fit.
        let mut lines = vec![
            format!("case when of_table = {name} then exists ("),
            format!(
                "    select from jsonb_populate_record(null::{}, gone.was) as was",
                qualified(&catalog::name_of(table))
            ),
            "    where".to_owned(),
        ];
        lines.extend(rule.iter().map(|line| format!("        {line}")));
        lines.push(") else false end".to_owned());
        lines
    }

    /// A digest of everything that decides which rows come, and in which form.
    fn version(&self, roles: &[PulledRole], tables: &[PulledTable], notes: &[Note]) -> String {
        let mut digest = Sha256::new();
        digest.update(model::fingerprint(self.model));
        digest.update(format!("{roles:?}"));
        for (table, note) in tables.iter().zip(notes) {
            let texts = [&table.changed, &table.whole, &table.gone];
            digest.update(format!("{texts:?} {note:?}"));
        }
        let bodies = self.catalog.sets.functions.iter();
        for (name, SetFunction { select, .. }) in bodies {
            digest.update(format!("{name} {:?}", self.caller.body(select)));
        }
        let mut version = String::new();
        for byte in &digest.finalize()[..8] {
            write!(version, "{byte:02x}").expect("a string takes everything");
        }
        version
    }
}

/// What tells a database from its copies: from what was dumped and restored, and from what went on elsewhere.
const EPOCH: &str = "md5(concat_ws(' ', pulled.epoch, pulled.tableoid, (select system_identifier from pg_control_system()),\n        \
    (select oid from pg_database where datname = current_database()), substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)))";

fn spelt(column: &Column, alias: &str) -> String {
    let name = ident(&column.name);
    match column.kind {
        synctable::Kind::Opaque(_) => format!("{alias}.{name}::text as {name}"),
        _ => format!("{alias}.{name}"),
    }
}
