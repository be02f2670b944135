//! One change a case: `allow.txt` names what may be dropped, `rows.sql` fills the tables before, `expected.sql` is what runs,
//! `wrong.sql` asks for rows that would be wrong afterwards, and `expected.txt` is what is refused.

use std::collections::{BTreeMap, BTreeSet};

use synctable_codegen::catalog::Name;
use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::ledger::{self, Refused, due};
use synctable_codegen::model::Model;
use synctable_codegen::read;
use synctable_codegen::targets::postgres::evolve::{Evolution, Files, Sync};
use tests::applied::{applied, model_of};
use tests::cases::{Case, each};
use tests::postgres::{Database, Refusal};

use crate::evolve::sent::{self, Sent};
use crate::evolve::{locks, run};

fn allowed(case: &Case) -> Vec<String> {
    let text = std::fs::read_to_string(case.folder.join("allow.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_change_leads_to_what_is_declared_and_keeps_the_rows() {
    each("evolve", |case| {
        let allowed = allowed(case);
        let before = model_of(&case.folder.join("before"));
        let after = model_of(&case.folder.join("after"));
        let (files, ledger) = run::started(&before);
        let is_refused = case.name.starts_with("D0");
        let migrated = match run::next(&ledger, &after, &allowed, Files::Online) {
            Err(Refused::Asked(diagnostic)) => return Err(format!("{diagnostic:?}")),
            Err(Refused::Declared(complaints)) => {
                let reading = read(&case.folder.join("after"));
                let found = reading.placed(complaints);
                let text = render(Format::Human(Color::Never), &found, &reading.sources);
                let text = text.replace(&format!("{}/", case.folder.display()), "");
                if !is_refused {
                    return Err(text);
                }
                let codes: BTreeSet<&str> = found.iter().map(|one| one.code.as_str()).collect();
                let code = case.name.split('_').next().unwrap_or_default();
                if codes != BTreeSet::from([code]) {
                    return Err(format!("the report is not about {code} alone:\n{text}"));
                }
                if found
                    .iter()
                    .any(|one| one.help.is_empty() || one.span.is_none())
                {
                    return Err(format!("no place or no way out:\n{text}"));
                }
                return case.expect("expected.txt", &text);
            }
            Ok(_) if is_refused => return Err("it is not refused".to_owned()),
            Ok(migrated) => migrated,
        };
        let new = run::files(&migrated);
        if new.is_empty() {
            return Err("nothing changes".to_owned());
        }
        let told = due(&ledger, &after).ok_or("no migration is due")?;
        if told.notes.is_empty() {
            return Err(format!("nobody says what changes: {told:?}"));
        }
        let text = files_in_one(&new);
        if case.folder.join("expected.sql").exists() {
            case.expect("expected.sql", &text)?;
        }
        let change = Change {
            case,
            before: &before,
            after: &after,
            allowed: &allowed,
            files: &files,
        };
        change.leads_there(&new)?;
        // The same in as few files as there can be.
        let one = run::next(&ledger, &after, &allowed, Files::One);
        let one = one.map_err(|refused| format!("in one file: {refused:?}"))?;
        let one = run::files(&one);
        match one == new {
            true => Ok(()),
            false => change.leads_there(&one),
        }
    });
}

/// The SQL of entries, each below its name where there are several.
fn files_in_one(files: &ledger::Files) -> String {
    let sql: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".sql"))
        .collect();
    match sql.as_slice() {
        [(_, text)] => (*text).clone(),
        many => many
            .iter()
            .map(|(path, text)| format!("-- file: {path}\n{text}"))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// A case that is not refused.
struct Change<'a> {
    case: &'a Case,
    before: &'a Model,
    after: &'a Model,
    allowed: &'a [String],
    /// The ledger before.
    files: &'a ledger::Files,
}

impl Change<'_> {
    /// Whether new files, run one after the other, lead to what is declared, and keep the rows.
    fn leads_there(&self, new: &ledger::Files) -> Result<(), String> {
        let (before, after) = (self.before, self.after);
        let database = applied("evolve", before);
        if self.case.folder.join("rows.sql").exists() {
            let rows = self.case.read("rows.sql");
            database
                .apply(&rows)
                .map_err(|refusal| refusal.to_string())?;
        }
        let mut owner = database.superuser();
        let had = run::rows(&mut owner, before);
        database
            .apply_setup(&run::setup(after))
            .map_err(|refusal| refusal.to_string())?;
        let sent = Sent::begin(&mut owner, &before.postgres.publication);
        let mut files = self.files.clone();
        files.extend(new.clone());
        let mut wrong = Vec::new();
        let entries = run::read(files.clone()).entries;
        for pair in entries.windows(2) {
            let model =
                |entry: &'_ ledger::Entry| entry.snapshot.clone().expect("it was generated").model;
            let (from, to) = (&model(&pair[0]), &model(&pair[1]));
            let drops = match pair[1].name.as_str() {
                "change" => self.allowed,
                _ => &[],
            };
            let evolution = locks::evolution(from, to, drops, &pair[1].sql);
            let of_file = applied_file(&database, &evolution, &pair[1].sql);
            let rows = sent.since(&mut owner);
            wrong.extend(of_file.map_err(|why| format!("{why}\n{}", pair[1].sql))?);
            wrong.extend(sent_otherwise(&evolution, &rows));
            // Every file leads to what its snapshot says.
            let mut transaction = owner.transaction().expect("it begins");
            let differences = run::differences(&mut transaction, to);
            let differences = differences.iter();
            wrong.extend(differences.map(|one| format!("{}: {one}", pair[1].name)));
            transaction.commit().expect("it ends");
        }
        sent.end(&mut owner);
        let have = run::rows(&mut owner, after);
        wrong.extend(run::lost(before, after, &had, &have));
        let mut transaction = owner.transaction().expect("it begins");
        wrong.extend(run::unseeded(&mut transaction, after, &have));
        transaction.rollback().expect("it ends");
        if self.case.folder.join("wrong.sql").exists() {
            let rows = owner.query(&self.case.read("wrong.sql"), &[]);
            let rows = rows.map_err(|error| format!("{error:?}"))?;
            wrong.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        if let Some(due) = due(&run::read(files), after) {
            wrong.push(format!("a second migration is due: {:?}", due.notes));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("{}\n{}", wrong.join("\n"), files_in_one(new))),
        }
    }
}

/// Runs a file as the owner, and compares what it locks with what its plan says.
fn applied_file(
    database: &Database<'_>,
    evolution: &Evolution,
    sql: &str,
) -> Result<Vec<String>, String> {
    let refused = |error: &::postgres::Error| Refusal::new(error, sql).to_string();
    let mut owner = database.owner();
    owner
        .batch_execute("set synchronous_commit = on")
        .expect("it is a setting");
    if sql.starts_with("-- no-transaction\n") {
        owner.batch_execute(sql).map_err(|error| refused(&error))?;
        return Ok(Vec::new());
    }
    let mut transaction = owner.transaction().expect("it begins");
    let before = locks::tables(&mut transaction);
    transaction
        .batch_execute("set local search_path to default")
        .expect("it is a setting");
    transaction
        .batch_execute(sql)
        .map_err(|error| refused(&error))?;
    let wrong = locks::wrong(&mut transaction, &before, evolution);
    transaction.commit().map_err(|error| refused(&error))?;
    Ok(wrong)
}

/// Where replication sends something else than the plan says.
fn sent_otherwise(evolution: &Evolution, rows: &BTreeMap<String, sent::Rows>) -> Vec<String> {
    let name = |table: &Name| format!("{}.{}", table.schema, table.name);
    let mut rows = rows.clone();
    let mut wrong = Vec::new();
    for sync in evolution.sync() {
        let (table, is_sent): (_, fn(&sent::Rows) -> bool) = match sync {
            Sync::Resends(table) => (table, |rows| rows.updated > 0 && rows.truncated == 0),
            Sync::Ships(table) => {
                rows.remove(&name(table));
                continue;
            }
            Sync::Forgets(table) => (table, |rows| rows.truncated == 1 && rows.updated == 0),
            Sync::Reads(_) | Sync::Stops(_) | Sync::Redeploys(_) => continue,
        };
        let found = rows.remove(&name(table)).unwrap_or_default();
        if !is_sent(&found) || found.others > 0 {
            wrong.push(format!("the plan says `{sync}`, and sent was {found:?}"));
        }
    }
    wrong.extend(rows.iter().map(|(table, rows)| {
        format!("{rows:?} of {table} was sent, and the plan does not say so")
    }));
    wrong
}
