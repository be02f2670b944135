//! The `sqlite` target: the database of a device that syncs without PowerSync, as one `schema.sql`,
//! a file for each step from an earlier version, and `queue.sql` where devices queue what they upload.
//!
//! A replica never refuses a server row: tables that share rows with the server are STRICT and have their key, and no
//! other constraint stands on them. Tables of the device alone have everything that is declared.
//!
//! Tables keep their rowid: `sqlite3_update_hook`, which libraries watch tables by, is silent about tables without one.

mod admit;
mod local;
mod lower;
mod names;
mod parents;
mod queue;
mod steps;
#[cfg(test)]
mod tests;
mod verify;
mod view;

use super::{Beside, Target, Temper};
use crate::diagnostic::Complaints;
use crate::model::{Database, History, Model};
use crate::tree::Tree;
use askama::Template;

/// DDL for plain SQLite.
pub const TARGET: Target = Target {
    name: "sqlite",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: Some(emit_beside),
};

/// The database that is declared, and the steps that lead to it from the releases of the app.
///
/// Complains about what no step does to rows of the device alone (`D070`).
pub fn database(model: &Model, history: &History, cx: &mut Complaints) -> Database {
    let (version, steps) = steps::steps(model, history, cx);
    let mut complaints = Complaints::new();
    let mut lowered = lower::lower(model, &mut complaints);
    lowered.schema.writers = lower::writers(model);
    lowered.schema.version = Some(version);
    assert!(complaints.is_empty(), "`admit` was asked before");
    Database {
        version,
        schema: render(&lowered.schema),
        steps,
        queue: queue::queue(model),
    }
}

fn emit(model: &Model) -> Tree<'_> {
    let mut complaints = Complaints::new();
    let database = database(model, &History::default(), &mut complaints);
    assert!(complaints.is_empty(), "no release asks for anything");
    files(model, &database)
}

fn emit_beside<'m>(model: &'m Model, beside: &Beside) -> Tree<'m> {
    match &beside.database {
        Some(database) => files(model, database),
        None => emit(model),
    }
}

fn files<'m>(model: &Model, database: &Database) -> Tree<'m> {
    let mut tree = Tree::new();
    tree.insert("schema.sql", database.schema.as_str());
    if let Some(queue) = &database.queue {
        tree.insert("queue.sql", queue.as_str());
    }
    for step in &database.steps {
        let to = step.from + 1;
        let names: Vec<String> = step.anew.iter().map(|name| format!("`{name}`")).collect();
        let view = view::Step {
            app: &model.app,
            from: step.from,
            release: &step.release,
            to,
            changes: step.changes.iter().map(|change| one_line(change)).collect(),
            anew: one_line(&names.join(", ")),
            references: step.references,
            sql: &step.sql,
        };
        let text = view.render().expect("a template of strings renders");
        tree.insert(format!("steps/{to}.sql"), text);
    }
    tree
}

/// A name may hold a line break, and a comment ends with one.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn render(schema: &view::Schema) -> String {
    schema.render().expect("a template of strings renders")
}
