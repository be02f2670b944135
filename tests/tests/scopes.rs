//! Scopes stay cheap: what scopes share is worked out once and written once, or refused with its count.

use std::collections::BTreeMap;
use synctable::Database as Dialect;
use synctable_codegen::diagnostic::Severity;
use synctable_codegen::exposure;
use synctable_codegen::guard::{self, Caller};
use synctable_codegen::model::Model;
use synctable_codegen::read_texts;
use synctable_codegen::targets::{TARGETS, postgres as rls};
use tests::applied::applied;
use tests::generate::scopes::{Shape, declaration};
use tests::postgres::{Database, OWNER, Refusal, act_as};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";

/// The bytes of all that a sync config may spell out: 200 queries of folders.
const SPELLED_OUT: usize = 20_000;

/// The model for a target, or the code and the words with which it is refused.
fn understood(shape: Shape, count: usize, target: &str) -> Result<Model, (String, String)> {
    let reading = read_texts([("app.yaml", declaration(shape, count, target))]);
    let mut errors = reading.diagnostics.iter();
    match errors.find(|one| one.severity == Severity::Error) {
        None => Ok(reading.model.expect("it has no mistake")),
        Some(error) => Err((error.code.as_str().to_owned(), error.message.clone())),
    }
}

/// Everything that grows with the scopes: by its name, how long it is.
fn sizes(model: &Model, target: &str) -> BTreeMap<String, usize> {
    let emit = TARGETS.iter().find(|one| one.name == target);
    let tree = (emit.expect("there is such a target").emit)(model);
    let mut sizes: BTreeMap<String, usize> = tree
        .iter()
        .map(|(path, text)| (format!("{target}/{path}"), text.len()))
        .collect();
    let mut add = |name: &str, text: String| sizes.insert(name.to_owned(), text.len());
    match target {
        "postgres" => add("baseline", rls::baseline(model)),
        // It counts the buckets of whatever is declared, also where no sync config could be written.
        "openapi" => add("exposure", exposure::human(&exposure::of(model))),
        _ => add(
            "model",
            serde_json::to_string(model).expect("it has a form"),
        ),
    };
    sizes
}

#[test]
fn twice_the_scopes_are_at_most_twice_the_output() {
    let mut wrong = Vec::new();
    let mut refused: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for shape in Shape::ALL {
        for target in TARGETS {
            let mut before: Option<BTreeMap<String, usize>> = None;
            for count in [6, 12, 24, 48, 96] {
                let model = match understood(shape, count, target.name) {
                    Ok(model) => model,
                    Err((code, message)) => {
                        let what = format!("{shape:?} {}", target.name);
                        refused.entry(what).or_insert((count, code));
                        let says_how_many = message.contains("more than")
                            || message.chars().any(|c| c.is_ascii_digit());
                        if !says_how_many {
                            wrong.push(format!("no count: {message}"));
                        }
                        continue;
                    }
                };
                let sizes = sizes(&model, target.name);
                if let Some(before) = before {
                    for (name, size) in &sizes {
                        let half = before[name];
                        // What is spelled out is refused before it is much.
                        let few = target.name == "powersync" && *size < SPELLED_OUT;
                        if size * 10 >= half * 22 && !few {
                            wrong.push(format!(
                                "{name} of {count} scopes ({shape:?}): {size}, of half: {half}"
                            ));
                        }
                    }
                }
                before = Some(sizes);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let refused: Vec<String> = refused
        .into_iter()
        .map(|(what, (count, code))| format!("{what} from {count}: {code}"))
        .collect();
    let wanted = [
        "Both powersync from 12: S539",
        "Either powersync from 12: S539",
        "Ladder postgres from 24: S509",
        "Ladder powersync from 24: S539",
        "Own powersync from 12: S539",
        "OwnLadder postgres from 24: S509",
        "OwnLadder powersync from 12: S533",
    ];
    assert_eq!(refused, wanted);
}

/// A database of folders, all of which Ann may reach from her own, and her files in them.
fn folders(shape: Shape, count: usize, target: &str) -> (Model, Database<'static>) {
    let mut model = understood(shape, count, target).expect("it is no mistake");
    model.postgres.roles.owner = OWNER.to_owned();
    let database = applied("scopes", &model);
    let rows = format!(
        "insert into public.folders
         select gen_random_uuid(), '{ANN}', '{ANN}', gen_random_uuid(), gen_random_uuid(), 'k' from generate_series(1, 20);
         update public.folders set parent_id = (select min(id::text)::uuid from public.folders),
                                   origin_id = (select min(id::text)::uuid from public.folders);
         insert into public.files select gen_random_uuid(), id, 'x', now() from public.folders;"
    );
    let mut client = database.superuser();
    client.batch_execute(&rows).expect("the rows fit");
    (model, database)
}

#[test]
fn postgres_works_out_each_scope_once_for_whoever_is_bound() {
    for shape in [Shape::Either, Shape::Both, Shape::Own, Shape::Chain] {
        let (_, database) = folders(shape, 40, "postgres");
        let mut client = database.superuser();
        client
            .batch_execute("set track_functions = 'all'; set statement_timeout = '60s'")
            .expect("the superuser may");
        let claims = format!("{{\"sub\": \"{ANN}\"}}");
        let mut transaction = client.transaction().expect("no other one is open");
        act_as(&mut transaction, "authenticated", &claims);
        let found: i64 = transaction
            .query_one("select count(*) from public.files", &[])
            .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, "")))
            .get(0);
        assert_eq!(found, 20, "{shape:?}");
        transaction
            .batch_execute("reset role")
            .expect("it was a superuser");
        let sql = "select calls from pg_stat_xact_user_functions where funcname ~ '^s[0-9]+$'";
        let calls = transaction.query(sql, &[]).expect("the catalog answers");
        let calls: Vec<i64> = calls.iter().map(|row| row.get(0)).collect();
        assert_eq!(calls, [1; 40], "{shape:?}");
    }
}

#[test]
fn a_guarded_statement_works_out_each_scope_once() {
    for shape in [Shape::Either, Shape::Both, Shape::Own] {
        let (model, database) = folders(shape, 40, "postgres");
        let mut client = database.superuser();
        let subject = Dialect::Postgres.literal(ANN);
        let caller = Caller::of_texts(&model, &format!("{subject}::text"), "null::jsonb");
        let guard = guard::of(&model, &model.tables["files"], "authenticated", &caller);
        let update = guard.update.as_deref().expect("there is a rule");
        let sql = format!(
            "{}select stored.id from public.files as stored, lateral (select stored.*) as proposed where {update}",
            guard.scopes.with([update])
        );
        let found = client.query(&sql, &[]);
        let found = found.unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &sql)));
        assert_eq!(found.len(), 20, "{shape:?}");
        let plan = client
            .query(&format!("explain {sql}"), &[])
            .expect("it was a query");
        let lines = plan.iter().map(|row| row.get::<_, String>(0));
        let looked_at = lines.filter(|line| line.contains(" on folders "));
        assert_eq!(looked_at.count(), 40, "{shape:?}");
    }
}
