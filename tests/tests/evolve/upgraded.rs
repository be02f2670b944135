//! Ledgers that earlier versions wrote, brought to what this version writes for the same declaration.

use std::path::Path;

use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{self, Ledger, due};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::postgres::evolve::Files;
use tests::applied::model_of;
use tests::cases::workspace;
use tests::postgres::{Cluster, OWNER};

use crate::run;

/// A database that ran every entry, then the migration that is due, and what it still has otherwise than the model asks.
fn upgraded(name: &str, ledger: &Ledger, files: ledger::Files) -> Vec<String> {
    let model = ledger.model().expect("there is an entry");
    let told = due(ledger, model).expect("this version writes something otherwise");
    assert!(
        told.message.contains("this version of `codegen`"),
        "{name}: {told:?}"
    );
    let migrated = run::next(ledger, model, &[], Files::Online)
        .unwrap_or_else(|refused| panic!("{refused:?}"));
    let new = run::files(&migrated);

    let mut owned: Model = model.clone();
    owned.postgres.roles.owner = OWNER.to_owned();
    owned.storage.clear();
    let database = match owned.postgres.auth {
        Auth::Supabase => Cluster::shared().database("upgraded"),
        Auth::JwtClaims => Cluster::shared().plain_database("upgraded"),
    };
    database.apply_setup(&run::setup(&owned)).expect("setup");
    for sql in run::sql(&files).into_iter().chain(run::sql(&new)) {
        if let Err(refusal) = database.apply(sql) {
            panic!("{name}: {refusal}\n{sql}");
        }
    }
    let mut after = files;
    after.extend(new);
    if let Some(due) = due(&run::read(after), model) {
        panic!("{name}: a second migration is due: {due:?}");
    }
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    run::differences(&mut transaction, &owned)
}

#[test]
fn what_an_older_version_wrote_becomes_what_this_one_writes() {
    let folder = workspace().join("tests/cases/ledgers/format_1");
    for name in ["powergit", "schema", "taskly", "tunetrees"] {
        let mut cx = Diagnostics::new();
        let files = ledger::files(&folder.join(name), &mut cx);
        let ledger = Ledger::read(files.clone(), &mut cx);
        assert_eq!(cx.into_sorted(), [], "{name}");
        let wrong = upgraded(name, &ledger, files);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

/// The models are equal, and one policy in the older migration is wide open.
#[test]
fn an_altered_policy_of_an_older_entry_is_due() {
    let model = model_of(Path::new(&workspace().join("examples/powergit/schema")));
    let (mut files, _) = run::started(&model);
    let path = "20260101000000_init.sql";
    let sql = &files[path];
    let at = sql.find("\n    using (").expect("a policy");
    let end = at + sql[at..].find(";\n").expect("its end");
    let opened = format!("{}\n    using (true){}", &sql[..at], &sql[end..]);
    files.insert(path.to_owned(), opened);
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(files, &mut cx);
    assert_eq!(cx.into_sorted().len(), 1, "the hash tells, too");
    let told = due(&ledger, &model).expect("the policy is not ours");
    assert_eq!(told.notes.len(), 2, "{told:?}");
    assert!(told.notes[0].starts_with("change the policy"), "{told:?}");
}
