//! One change a case: `rows.sql` fills the tables before, `expected.sql` is the step, `wrong.sql` asks for rows that would be
//! wrong afterwards, and `expected.txt` is what is refused.

use rusqlite::Connection;
use synctable::sqlite::{Upgraded, upgrade};
use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::model::{Database, History, Model};
use synctable_codegen::read;
use synctable_codegen::targets::{Beside, sqlite};
use tests::applied::model_of;
use tests::cases::{Case, each};

use crate::device::run;

#[test]
fn every_step_leads_to_what_is_declared_and_keeps_the_rows() {
    each("device", |case| {
        let before = model_of(&case.folder.join("before"));
        let after = model_of(&case.folder.join("after"));
        let history = run::history(&[&before]);
        let (database, refused) = run::database(&after, &history);
        let code = case.name.split('_').next().unwrap_or_default();
        let is_refused = code.starts_with("D0");
        let reading = read(&case.folder.join("after"));
        let found = reading.placed(refused);
        if is_refused || !found.is_empty() {
            let text = render(Format::Human(Color::Never), &found, &reading.sources);
            let text = text.replace(&format!("{}/", case.folder.display()), "");
            let codes = found.iter().all(|one| one.code.as_str() == code);
            let placed = found.iter().all(|one| one.span.is_some());
            return match is_refused && codes && placed && !found.is_empty() {
                true => case.expect("expected.txt", &text),
                false => Err(text),
            };
        }
        let beside = Beside {
            history: history.clone(),
            database: Some(database.clone()),
            ..Beside::default()
        };
        let tree = sqlite::TARGET.tree(&after, &beside);
        let file = match database.steps.is_empty() {
            true => "nothing changes on the device\n".into(),
            false => tree.get("steps/2.sql").expect("the step to version 2"),
        };
        case.expect("expected.sql", &file)?;
        let change = Change {
            case,
            before: &before,
            after: &after,
            history: &history,
        };
        change.holds(&database, &file)
    });
}

struct Change<'a> {
    case: &'a Case,
    before: &'a Model,
    after: &'a Model,
    history: &'a History,
}

impl Change<'_> {
    /// Whether the step leads there, in an app and as a file.
    fn holds(&self, database: &Database, file: &str) -> Result<(), String> {
        let constant = run::constant(database);
        let by_app = |connection: &mut Connection| {
            let upgraded = upgrade(connection, &constant).map_err(|error| error.to_string())?;
            let expected = match database.steps.is_empty() {
                true => Upgraded::Nothing,
                false => Upgraded::From(1),
            };
            match upgraded == expected {
                true => Ok(()),
                false => Err(format!("{upgraded:?}")),
            }
        };
        let by_file = |connection: &mut Connection| match database.steps.is_empty() {
            true => Ok(()),
            false => connection
                .execute_batch(file)
                .map_err(|error| error.to_string()),
        };
        self.leads_there(by_app, true)?;
        self.leads_there(by_file, false)
    }

    fn leads_there(
        &self,
        step: impl FnOnce(&mut Connection) -> Result<(), String>,
        keeps_triggers: bool,
    ) -> Result<(), String> {
        let mut connection = run::made(self.before);
        if self.case.folder.join("rows.sql").exists() {
            connection
                .execute_batch(&self.case.read("rows.sql"))
                .map_err(|error| error.to_string())?;
        }
        let had = run::rows(&connection, self.before);
        step(&mut connection)?;
        let mut wrong = run::differences(&connection, self.after);
        let have = run::rows(&connection, self.after);
        wrong.extend(run::lost(
            (self.before, self.after),
            self.history,
            (&had, &have),
        ));
        let enforced: bool = connection
            .pragma_query_value(None, "foreign_keys", |row| row.get(0))
            .expect("it tells");
        if !enforced {
            wrong.push("foreign keys are no longer enforced".to_owned());
        }
        if self.case.folder.join("wrong.sql").exists() && keeps_triggers {
            let mut statement = connection
                .prepare(&self.case.read("wrong.sql"))
                .map_err(|error| error.to_string())?;
            let rows = statement.query_map([], |row| {
                row.get::<_, rusqlite::types::Value>(0)
                    .map(|value| format!("{value:?}"))
            });
            let rows: Result<Vec<String>, _> = rows.and_then(Iterator::collect);
            wrong.extend(rows.map_err(|error| error.to_string())?);
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("\n")),
        }
    }
}
