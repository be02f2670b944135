//! One change a case: `allow.txt` names what may be dropped, `rows.sql` fills the tables before, `expected.sql` is what runs
//! and `expected.txt` what is refused.

use std::collections::BTreeSet;

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::ledger::{Refused, due};
use synctable_codegen::read;
use tests::applied::{applied, model_of};
use tests::cases::{Case, each};

use crate::run;

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
        let (mut files, ledger) = run::started(&before);
        let is_refused = case.name.starts_with("D0");
        let migrated = match run::next(&ledger, &after, &allowed) {
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
        let text = run::sql(&new).join("\n");
        if case.folder.join("expected.sql").exists() {
            case.expect("expected.sql", &text)?;
        }

        let database = applied("evolve", &before);
        if case.folder.join("rows.sql").exists() {
            let rows = case.read("rows.sql");
            database
                .apply(&rows)
                .map_err(|refusal| refusal.to_string())?;
        }
        let mut owner = database.superuser();
        let had = run::rows(&mut owner, &before);
        database
            .apply_setup(&run::setup(&after))
            .map_err(|refusal| refusal.to_string())?;
        for sql in run::sql(&new) {
            database
                .apply(sql)
                .map_err(|refusal| format!("{refusal}\n{sql}"))?;
        }
        let mut transaction = owner.transaction().expect("it begins");
        let mut wrong = run::differences(&mut transaction, &after);
        transaction.commit().expect("it ends");
        let have = run::rows(&mut owner, &after);
        wrong.extend(run::lost(&before, &after, &had, &have));
        files.extend(new.clone());
        if let Some(due) = due(&run::read(files), &after) {
            wrong.push(format!("a second migration is due: {:?}", due.notes));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("{}\n{text}", wrong.join("\n"))),
        }
    });
}
