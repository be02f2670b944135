//! What devices with plain SQLite pull: the statements that a server runs, and what the database keeps for them.
//!
//! A row tells by the role `changed` which transaction wrote it last; a row that is deleted or leaves a view tells nothing.
//! So triggers note what it was, and the policy that decided over the row decides over the note.

use super::sql::{Printer, ident, list, literal, qualified};
use crate::catalog::{self, Caller, Catalog, Formula, Policy, SetFunction};
use crate::expr::Row;
use crate::guard::comparable;
use crate::map::{IndexMap, IndexSet};
use crate::model::{self, Column, Expr, Literal, Model, Pulled, PulledRole, PulledTable};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use synctable::ident::bridge_schema;
use synctable::pull::PullRows;
use synctable::{Kind, derived_name};

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
            bridge: bridge_schema(&model.app),
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
        let mut inputs: IndexSet<String> = IndexSet::default();
        let mut read = Vec::new();
        for (place, (table, _)) in tables.iter().enumerate() {
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
            busy: {
                let read = read.iter().map(|(place, _)| tables[*place]);
                synctable::pull::busy(read.map(|(table, changed)| self.rows(table, changed)))
            },
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

    /// The columns of a row: the key, and then what devices have besides.
    fn columns(table: &model::Table) -> impl Iterator<Item = &Column> {
        let is_key = |column: &&Column| table.key.contains(&column.name);
        let on_device = table.columns.values().filter(|column| {
            column.is_on_device() && column.direction.on_server() && column.generated.is_none()
        });
        let key = table.key.iter().map(|name| &table.columns[name]);
        key.chain(on_device.filter(move |column| !is_key(column)))
    }

    fn rows<'t>(&self, table: &'t model::Table, changed: &Column) -> PullRows<'t> {
        let columns = Self::columns(table);
        PullRows {
            name: &table.name,
            from: qualified(&catalog::name_of(table)),
            columns: columns
                .map(|one| (ident(&one.name), matches!(one.kind, Kind::Opaque(_))))
                .collect(),
            types: self.types(table),
            changed: ident(&changed.name),
            bridge: self.schema.clone().into(),
        }
    }

    /// The types of the key.
    fn types(&self, table: &model::Table) -> Vec<String> {
        let key = table.key.iter().map(|name| &table.columns[name].kind);
        key.map(|kind| catalog::sql_type(self.model, kind))
            .collect()
    }

    fn table(&self, table: &model::Table, changed: &Column) -> (PulledTable, Note) {
        let key: Vec<&Column> = table.key.iter().map(|name| &table.columns[name]).collect();
        let rows = self.rows(table, changed);
        let pulled = PulledTable {
            table: table.name.clone(),
            columns: Self::columns(table).map(|one| one.name.clone()).collect(),
            changed: rows.changed(),
            changed_after: rows.changed_after(),
            whole: rows.whole(),
            whole_after: rows.whole_after(),
            now: rows.now(),
            gone: rows.gone(),
            types: rows.types,
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
