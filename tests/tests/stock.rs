//! The SQL that PostgREST makes of PowerSync's published Supabase connector, on every table that takes it.
//!
//! Each statement is held against a plain one that says the same: an INSERT, an UPDATE of what may change, a deletion
//! of the table's own kind. What those may is the oracle's matter.

use std::collections::BTreeMap;
use std::fs;

use postgres::Transaction;
use serde_json::{Map, Value as Json, json};
use synctable::{Database, DeleteRule, Role};
use synctable_codegen::catalog::{self, Column, Name};
use synctable_codegen::map::IndexMap;
use synctable_codegen::model::{Literal, Model, NotStock, Table};
use tests::applied::model_of;
use tests::cases::workspace;
use tests::oracle::App;
use tests::postgres::act_as;
use tests::universe::{Caller, Row, generate};

/// How many universes each declaration is tried in; up to five times as many where a step never went through.
const UNIVERSES: u64 = 8;

const FOLDERS: [(&str, &str); 4] = [
    ("tasks", "schema"),
    ("powergit", "examples/powergit/schema"),
    ("taskly", "examples/taskly/schema"),
    ("tunetrees", "examples/tunetrees/schema"),
];

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What `execute` came to: how many rows, or the SQLSTATE.
type Answer = Result<u64, String>;

/// The statements of one table for bodies with given columns.
struct Stock<'m> {
    table: &'m Table,
    columns: &'m IndexMap<String, Column>,
}

impl Stock<'_> {
    fn name(&self) -> String {
        format!("{}.{}", ident(&self.table.schema), ident(&self.table.name))
    }

    /// The body as a row, PostgREST's way; names are sorted as those of a set.
    fn body(&self, columns: &[&str]) -> String {
        let names = columns.iter().map(|name| ident(name));
        let typed = columns.iter().map(|name| {
            let of_type = &self.columns[*name].sql_type;
            format!("{} {of_type}", ident(name))
        });
        format!(
            "FROM (SELECT $1::text::json AS json_data) pgrst_payload, LATERAL (SELECT {} FROM json_to_record(pgrst_payload.json_data) AS _({}) ) pgrst_body ",
            names.collect::<Vec<_>>().join(", "),
            typed.collect::<Vec<_>>().join(", "),
        )
    }

    fn source(sql: &str) -> String {
        format!(
            "WITH pgrst_source AS ({sql}) SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total FROM (SELECT * FROM pgrst_source) _postgrest_t"
        )
    }

    /// `POST …` with `Prefer: resolution=merge-duplicates,return=minimal`.
    fn put(&self, columns: &[&str]) -> String {
        let counted = |step: &str, end: &str| {
            format!(
                "set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) {step} 1)::text, true) <> '{end}'"
            )
        };
        let named: Vec<String> = columns.iter().map(|name| ident(name)).collect();
        let taken: Vec<String> = named
            .iter()
            .map(|name| format!("\"pgrst_body\".{name}"))
            .collect();
        let set: Vec<String> = named
            .iter()
            .map(|name| format!("{name} = EXCLUDED.{name}"))
            .collect();
        Self::source(&format!(
            "INSERT INTO {}({}) SELECT {} {}WHERE {} ON CONFLICT(\"id\") DO UPDATE SET {} WHERE {} RETURNING 1",
            self.name(),
            named.join(", "),
            taken.join(", "),
            self.body(columns),
            counted("+", "0"),
            set.join(", "),
            counted("-", "-1"),
        ))
    }

    /// `PATCH …?id=eq.…`.
    fn patch(&self, columns: &[&str], id: &str) -> String {
        if columns.is_empty() {
            return Self::source(&format!("SELECT NULL FROM {} WHERE false", self.name()));
        }
        let set: Vec<String> = columns
            .iter()
            .map(|name| format!("{0} = \"pgrst_body\".{0}", ident(name)))
            .collect();
        Self::source(&format!(
            "UPDATE {0} SET {1} {2} WHERE  {0}.\"id\" = {3} RETURNING 1",
            self.name(),
            set.join(", "),
            self.body(columns),
            Database::Postgres.literal(id),
        ))
    }

    /// `DELETE …?id=eq.…`.
    fn delete(&self, id: &str) -> String {
        Self::source(&format!(
            "DELETE FROM {0}  WHERE  {0}.\"id\" = {1} RETURNING 1",
            self.name(),
            Database::Postgres.literal(id),
        ))
    }

    fn tombstone(&self) -> Option<String> {
        let column = self.table.role(Role::Tombstone)?;
        (self.table.delete == DeleteRule::Soft).then(|| ident(&column.name))
    }

    /// The columns of a body that may change later.
    fn changeable<'c>(&self, columns: &[&'c str]) -> Vec<&'c str> {
        let may = |name: &&&str| **name != "id" && !self.table.columns[**name].immutable;
        columns.iter().filter(may).copied().collect()
    }

    /// An UPDATE that says of a row what the body says.
    fn plain_update(&self, columns: &[&str], id: &str, revive: bool) -> String {
        let mut set: Vec<String> = self
            .changeable(columns)
            .iter()
            .map(|name| format!("{0} = \"pgrst_body\".{0}", ident(name)))
            .collect();
        if revive && let Some(tombstone) = self.tombstone() {
            set.push(format!("{tombstone} = null"));
        }
        if set.is_empty() {
            set.push("id = t.id".to_owned());
        }
        let id = Database::Postgres.literal(id);
        format!(
            "update {} as t set {} {} where t.id = {id}",
            self.name(),
            set.join(", "),
            self.body(columns)
        )
    }
}

/// What one caller may, in one transaction that the superuser holds.
struct Tries<'t, 'a> {
    transaction: &'t mut Transaction<'a>,
    role: &'t str,
    claims: String,
}

impl Tries<'_, '_> {
    /// What the caller's statement comes to; where `keep`, it stays.
    fn tried(&mut self, sql: &str, body: Option<&str>, keep: bool) -> Answer {
        let mut savepoint = self.transaction.transaction().expect("it is open");
        act_as(&mut savepoint, self.role, &self.claims);
        let answer = match body {
            Some(body) if sql.contains("$1") => savepoint.query(sql, &[&body]),
            _ => savepoint.query(sql, &[]),
        };
        let rows = match answer {
            Ok(rows) => rows,
            Err(error) => {
                let code = error.code().map_or("?", |code| code.code()).to_owned();
                return Err(code);
            }
        };
        let many = match rows.first() {
            Some(row) => u64::try_from(row.get::<_, i64>("page_total")).expect("a count"),
            None => 0,
        };
        if keep {
            savepoint
                .batch_execute("set local role none; set local request.jwt.claims = ''")
                .expect("it may");
            savepoint.commit().expect("it is open");
        }
        Ok(many)
    }

    /// What a plain statement would come to; nothing of it stays.
    fn would(&mut self, sql: &str, body: &str) -> Answer {
        let mut savepoint = self.transaction.transaction().expect("it is open");
        act_as(&mut savepoint, self.role, &self.claims);
        let answer = match sql.contains("$1") {
            true => savepoint.execute(sql, &[&body]),
            false => savepoint.execute(sql, &[]),
        };
        answer.map_err(|error| error.code().map_or("?", |code| code.code()).to_owned())
    }

    fn count(&mut self, sql: &str) -> i64 {
        self.transaction
            .query_one(sql, &[])
            .expect("it counts")
            .get(0)
    }
}

/// A value as the device has it.
fn on_device(value: &Literal) -> Option<Json> {
    Some(match value {
        Literal::Null => return None,
        Literal::Bool(truth) => json!(i32::from(*truth)),
        Literal::Int(number) => json!(number),
        Literal::Decimal(text) | Literal::Text(text) => json!(text),
        // The device has a text of it, which the connector has to take apart.
        Literal::Json(text) => serde_json::from_str(text).expect("it is JSON"),
        Literal::List(items) => items.iter().filter_map(on_device).collect(),
    })
}

/// What a device says of a row that lives.
fn sent(table: &Table, row: &Row) -> Map<String, Json> {
    let columns = table.columns.values().filter(|column| {
        column.may_be_sent()
            && !(column.role == Some(Role::Tombstone) && table.delete == DeleteRule::Soft)
    });
    columns
        .filter_map(|column| Some((column.name.clone(), on_device(row.get(&column.name)?)?)))
        .collect()
}

/// How often each step went through, by table.
type Passed = BTreeMap<(String, &'static str), usize>;

/// One row's life, each step beside its plain statement.
fn life(
    stock: &Stock<'_>,
    tries: &mut Tries<'_, '_>,
    row: &Row,
    other: &Row,
    passed: &mut Passed,
) -> Vec<String> {
    let table = stock.table;
    let mut wrong = Vec::new();
    let mut told = |step: &'static str, found: &Answer, wanted: &Answer, went: bool| {
        let same = match (found, wanted) {
            (Ok(found), Ok(wanted)) => found == wanted,
            (Err(found), Err(wanted)) => found == wanted,
            _ => false,
        };
        if !same {
            wrong.push(format!("{}: {step}: {found:?}, not {wanted:?}", table.name));
        }
        *passed.entry((table.name.clone(), step)).or_default() += usize::from(same && went);
        same
    };
    let body = sent(table, row);
    let Some(Json::String(id)) = body.get("id") else {
        unreachable!("the key is sent, a text");
    };
    let columns: Vec<&str> = body.keys().map(String::as_str).collect();
    let text = Json::from(body.clone()).to_string();
    let refused = || Err("42501".to_owned());
    let named: Vec<String> = columns.iter().map(|name| ident(name)).collect();
    let insert = format!(
        "insert into {} ({}) select {} {}",
        stock.name(),
        named.join(", "),
        named
            .iter()
            .map(|name| format!("pgrst_body.{name}"))
            .collect::<Vec<_>>()
            .join(", "),
        stock.body(&columns)
    );
    let put = stock.put(&columns);

    // 1. A new row.
    let wanted = tries.would(&insert, &text);
    let found = tries.tried(&put, Some(&text), true);
    if !told("PUT", &found, &wanted, wanted.is_ok()) || wanted.is_err() {
        return wrong;
    }

    // 2. The same again, because the answer was lost.
    let changes = table
        .access
        .as_ref()
        .is_some_and(|access| !access.update.is_empty());
    let wanted = match changes {
        true => match tries.would(&stock.plain_update(&columns, id, false), &text) {
            Ok(1) => Ok(1),
            _ => refused(),
        },
        // It is passed over.
        false => Ok(0),
    };
    let found = tries.tried(&put, Some(&text), true);
    told("PUT again", &found, &wanted, wanted.is_ok());

    // 3. Another value under the same id: an update, where there is one.
    let mut second = sent(table, other);
    second.insert("id".to_owned(), json!(id));
    second.retain(|name, _| {
        name == "id" || (table.columns[name].uploads() && !table.columns[name].immutable)
    });
    let changed: Vec<&str> = second.keys().map(String::as_str).collect();
    let patch = stock.changeable(&changed);
    let changed_text = Json::from(second.clone()).to_string();
    if !patch.is_empty() {
        let update = stock.plain_update(&changed, id, false);
        let wanted = tries.would(&update, &changed_text);
        let found = tries.tried(&stock.patch(&patch, id), Some(&changed_text), true);
        told("PATCH", &found, &wanted, wanted == Ok(1));
    }
    let found = tries.tried(&stock.patch(&[], id), None, true);
    told("PATCH of nothing", &found, &Ok(0), true);

    // 4. Keys and what is set once.
    for column in table.columns.values() {
        let is_key = column.name == "id";
        let fixed = is_key || (column.uploads() && column.immutable);
        let value = on_device(&other[&column.name]);
        let (true, Some(value)) = (fixed, value) else {
            continue;
        };
        if body.get(&column.name) == Some(&value) {
            continue;
        }
        let moved = json!({ column.name.clone(): value }).to_string();
        let found = tries.tried(&stock.patch(&[&column.name], id), Some(&moved), false);
        let is_hidden = found == Ok(0);
        told(
            "set once",
            if is_hidden { &Ok(0) } else { &found },
            &if is_hidden { Ok(0) } else { refused() },
            !is_hidden,
        );
    }

    // 5. The row goes.
    let at = Database::Postgres.literal(id);
    let living = match stock.tombstone() {
        None => format!("select count(*) from {} where id = {at}", stock.name()),
        Some(tombstone) => format!(
            "select count(*) from {} where id = {at} and {tombstone} is null",
            stock.name()
        ),
    };
    let deletion = match stock.tombstone() {
        None => format!("delete from {} where id = {at}", stock.name()),
        Some(tombstone) => format!(
            "update {} set {tombstone} = now() where id = {at}",
            stock.name()
        ),
    };
    let wanted = tries.would(&deletion, "");
    let found = tries.tried(&stock.delete(id), None, true);
    let lives = tries.count(&living);
    let goes = wanted == Ok(1);
    let died = lives == 0;
    told(
        "DELETE",
        &found.clone().map(|_| u64::from(died)),
        &if found.is_err() && !goes {
            found.clone()
        } else {
            Ok(u64::from(goes))
        },
        goes,
    );
    if !died {
        return wrong;
    }
    let found = tries.tried(&stock.delete(id), None, true);
    told("DELETE again", &found, &Ok(0), true);

    // 6. And comes again.
    let wanted = match stock.tombstone() {
        None => tries.would(&insert, &text),
        Some(_) => match tries.would(&stock.plain_update(&columns, id, true), &text) {
            Ok(1) => Ok(1),
            _ => refused(),
        },
    };
    let found = tries.tried(&put, Some(&text), true);
    if told("PUT after DELETE", &found, &wanted, wanted.is_ok()) && wanted == Ok(1) {
        let lives = tries.count(&living);
        told(
            "it lives",
            &Ok(u64::try_from(lives).expect("a count")),
            &Ok(1),
            true,
        );
    }
    wrong
}

/// The steps that every table comes to, and those that its rules ask for.
fn expected(model: &Model, table: &Table) -> Vec<&'static str> {
    let role = &model.postgres.roles.client;
    let access = table.access.as_ref().expect("it is written");
    let mut steps = vec!["PUT", "PATCH of nothing"];
    let changes = access.update.contains_key(role);
    if changes {
        steps.extend(["PUT again", "set once"]);
        let mut columns = table.columns.values();
        if columns.any(|column| {
            column.uploads() && !column.immutable && column.name != "id" && column.role.is_none()
        }) {
            steps.push("PATCH");
        }
    }
    if access.delete.contains_key(role) && table.delete != DeleteRule::Denied {
        steps.extend(["DELETE", "DELETE again"]);
        if changes || table.delete == DeleteRule::Hard {
            steps.extend(["PUT after DELETE", "it lives"]);
        }
    }
    if !changes {
        steps.push("PUT again");
    }
    steps
}

/// Steps that should have gone through, and did in no universe.
fn never_passed(model: &Model, tables: &[&Table], passed: &Passed) -> Vec<String> {
    let mut never = Vec::new();
    for table in tables {
        for step in expected(model, table) {
            let many = passed.get(&(table.name.clone(), step));
            if many.is_none_or(|many| *many == 0) {
                never.push(format!("{}: {step}", table.name));
            }
        }
    }
    never
}

fn takes_the_connector(name: &str, folder: &str) {
    let mut app = App::new(
        &format!("stock_{name}"),
        model_of(&workspace().join(folder)),
    );
    let model = app.model.clone();
    let catalog = catalog::lower(&model);
    let role = model.postgres.roles.client.clone();
    let tables: Vec<&Table> = model
        .tables
        .values()
        .filter(|table| {
            matches!(
                model.takes_stock_uploads(table),
                Ok(()) | Err(NotStock::Form(_))
            )
        })
        .collect();
    assert!(!tables.is_empty());
    let mut passed = Passed::new();
    let mut wrong = Vec::new();
    for seed in 0..5 * UNIVERSES {
        if seed >= UNIVERSES && never_passed(&model, &tables, &passed).is_empty() {
            break;
        }
        let universe = generate(&app.model, &app.hints, seed, 6);
        app.with(&universe, |_, transaction| {
            for table in &tables {
                let name = Name::new(&table.schema, &table.name);
                let columns = &catalog.tables[&name].columns;
                let stock = Stock { table, columns };
                let Some(spares) = universe.spares.get(&table.name) else {
                    continue;
                };
                for (index, (row, _)) in spares.iter().enumerate() {
                    let other = &spares[(index + 1) % spares.len()].0;
                    for Caller { token, .. } in &universe.callers {
                        let mut savepoint = transaction.transaction().expect("it is open");
                        let mut tries = Tries {
                            transaction: &mut savepoint,
                            role: &role,
                            claims: token.to_string(),
                        };
                        wrong.extend(life(&stock, &mut tries, row, other, &mut passed));
                        savepoint.rollback().expect("nothing is kept");
                    }
                }
            }
        });
    }
    let mut first: Vec<&String> = Vec::new();
    for one in &wrong {
        if !first.contains(&one) {
            first.push(one);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong, among them\n{first:#?}",
        wrong.len()
    );
    let never = never_passed(&model, &tables, &passed);
    assert!(never.is_empty(), "these never went through: {never:?}");
    let steps: usize = passed.values().sum();
    println!("{name}: {} tables, {steps} steps", tables.len());
}

#[test]
fn every_table_of_the_workspace_that_can_takes_the_connector() {
    let (name, folder) = FOLDERS[0];
    takes_the_connector(name, folder);
}

#[test]
fn every_table_of_powergit_that_can_takes_the_connector() {
    let (name, folder) = FOLDERS[1];
    takes_the_connector(name, folder);
}

#[test]
fn every_table_of_taskly_that_can_takes_the_connector() {
    let (name, folder) = FOLDERS[2];
    takes_the_connector(name, folder);
}

#[test]
fn every_table_of_tunetrees_that_can_takes_the_connector() {
    let (name, folder) = FOLDERS[3];
    takes_the_connector(name, folder);
}

/// docs/writes.md lists the tables of the declarations with what keeps a stock connector away from them.
#[test]
fn the_documentation_lists_the_tables_that_a_stock_connector_cannot_upload() {
    let mut lines = Vec::new();
    for (name, folder) in FOLDERS {
        let model = model_of(&workspace().join(folder));
        let uploaded = model.tables.values().filter(|table| table.sync.uploads());
        for table in uploaded {
            if let Err(why) = model.takes_stock_uploads(table) {
                lines.push(format!("| {name} | `{}` | {why} |", table.name));
            }
        }
    }
    let docs = fs::read_to_string(workspace().join("docs/writes.md")).expect("it is there");
    let missing: Vec<&String> = lines.iter().filter(|line| !docs.contains(*line)).collect();
    assert!(
        missing.is_empty(),
        "docs/writes.md lacks\n{}",
        lines.join("\n")
    );
}
