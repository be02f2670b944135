//! Every refusal has a way out that works: `cases/evolve/D…/way_out*` holds the declarations (`1.yaml`, with what may be
//! dropped in `1.allow`) and the SQL (`2.sql`) of somebody who follows the help, and `wrong.sql` asks for what got lost.

use std::path::{Path, PathBuf};

use synctable_codegen::model::Model;
use synctable_codegen::read_texts;
use synctable_codegen::targets::postgres::evolve::Files;
use tests::applied::{applied, model_of};
use tests::cases::{Case, each};
use tests::postgres::OWNER;

use crate::evolve::run;

/// Refusals whose only way out is to leave it as it was.
const KEPT: &[&str] = &[
    "D024_a_table_in_another_schema",
    "D024_a_publication_for_all_tables",
    "D024_another_app",
    "D026_a_drop_that_does_not_happen",
];

fn model(path: &Path) -> Result<Model, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let reading = read_texts(vec![("app.yaml".to_owned(), text)]);
    let diagnostics = reading.diagnostics;
    let mut model = reading
        .model
        .ok_or_else(|| format!("{}: {diagnostics:?}", path.display()))?;
    model.postgres.roles.owner = OWNER.to_owned();
    Ok(model)
}

/// The entries of a folder whose names begin alike, in their order.
fn sorted(folder: &Path, begin: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("it is a folder");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it is readable").path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(begin))
        })
        .collect();
    found.sort();
    found
}

/// Goes one way to its end.
fn goes(case: &Case, way: &Path) -> Result<(), String> {
    let mut before = model_of(&case.folder.join("before"));
    let database = applied("ways_out", &before);
    let apply = |sql: &str| {
        database
            .apply(sql)
            .map_err(|refusal| format!("{refusal}\n{sql}"))
    };
    apply(&std::fs::read_to_string(case.folder.join("rows.sql")).unwrap_or_default())?;
    let (mut files, mut ledger) = run::started(&before);
    let mut steps = 0;
    for (number, step) in sorted(way, "").into_iter().enumerate() {
        match step.extension().and_then(|extension| extension.to_str()) {
            Some("sql") if !step.ends_with("wrong.sql") => {
                apply(&std::fs::read_to_string(&step).expect("it is readable"))?;
            }
            Some("yaml") => {
                steps += 1;
                let after = model(&step)?;
                let allowed = std::fs::read_to_string(step.with_extension("allow"));
                let allowed = allowed.unwrap_or_default();
                let allowed: Vec<String> = allowed.lines().map(str::to_owned).collect();
                let at = format!("20260202{number:02}0000");
                let migrated = run::next_at(&ledger, &after, &allowed, Files::Online, &at)
                    .map_err(|refused| format!("{}: {refused:?}", step.display()))?;
                let new = run::files(&migrated);
                let mut superuser = database.superuser();
                let had = run::rows(&mut superuser, &before);
                for sql in run::sql(&new) {
                    apply(sql)?;
                }
                let mut transaction = superuser.transaction().expect("it begins");
                let mut wrong = run::differences(&mut transaction, &after);
                let have = run::rows(&mut transaction, &after);
                wrong.extend(run::lost(&before, &after, &had, &have));
                if !wrong.is_empty() {
                    return Err(format!("{}: {}", step.display(), wrong.join("\n")));
                }
                files.extend(new);
                ledger = run::read(files.clone());
                before = after;
            }
            _ => {}
        }
    }
    if steps == 0 {
        return Err(format!("{} leads nowhere", way.display()));
    }
    let Ok(wrong) = std::fs::read_to_string(way.join("wrong.sql")) else {
        return Ok(());
    };
    let rows = database.superuser().query(&wrong, &[]);
    let rows = rows.map_err(|error| format!("{error:?}"))?;
    match rows.is_empty() {
        true => Ok(()),
        false => Err(format!("{} rows got lost: {wrong}", rows.len())),
    }
}

#[test]
fn every_refusal_has_a_way_out_that_works() {
    each("evolve", |case| {
        if !case.name.starts_with("D0") || KEPT.contains(&case.name.as_str()) {
            return Ok(());
        }
        let ways = sorted(&case.folder, "way_out");
        if ways.is_empty() {
            return Err("nobody tried its way out".to_owned());
        }
        let went: Vec<String> = ways
            .iter()
            .filter_map(|way| goes(case, way).err())
            .collect();
        match went.is_empty() {
            true => Ok(()),
            false => Err(went.join("\n")),
        }
    });
}
