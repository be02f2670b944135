//! The guard's conditions on a real Postgres, on a connection that row-level security does not bind.

use postgres::Client;
use postgres::types::ToSql;
use synctable_codegen::guard::{self, Caller, Guard};
use synctable_codegen::model::Model;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::postgres::{Database, Refusal};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const BEN: &str = "00000000-0000-4000-8000-00000000000b";

/// Lists of two people and of a team whose members both are.
const ROWS: &str = "
    insert into auth.users (id) values ('00000000-0000-4000-8000-00000000000a'), ('00000000-0000-4000-8000-00000000000b');
    insert into people.teams (id, name, created_by) values ('00000000-0000-4000-8000-000000000001', 'Team', '00000000-0000-4000-8000-00000000000a');
    insert into people.members (team_id, user_id, role) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000b', 'viewer');
    insert into public.lists (id, owner_id, team_id, name) values
        ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', null, 'hers'),
        ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', 'shared'),
        ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-00000000000b', null, 'his');
";

fn model() -> Model {
    model_of(&workspace().join("schema"))
}

fn prepared(model: &Model) -> Database<'static> {
    let database = applied("guard", model);
    database
        .superuser()
        .batch_execute(ROWS)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, ROWS)));
    database
}

fn of(model: &Model, table: &str) -> Guard {
    let caller = Caller::of_texts(model, "$1::text", "$2::text::jsonb");
    guard::of(model, &model.tables[table], "authenticated", &caller)
}

/// The names of the lists, sorted, for which the condition holds where `proposed` is the list after `set`.
fn lists(
    client: &mut Client,
    guard: &Guard,
    condition: &Option<String>,
    set: &str,
    caller: &str,
) -> Vec<String> {
    let condition = condition.as_deref().expect("the role has such a rule");
    let with = guard.scopes.with([condition]);
    let sql = format!(
        "{with}select stored.name from public.lists as stored, \
         lateral (select (jsonb_populate_record(stored, {set})).*) as proposed \
         where {condition} and $2::text is null order by 1"
    );
    let params: [&(dyn ToSql + Sync); 2] = [&caller, &None::<&str>];
    client
        .query(&sql, &params)
        .unwrap_or_else(|error| panic!("{}\n{sql}", Refusal::new(&error, &sql)))
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[test]
fn a_guard_decides_as_the_declared_rules_of_lists_say() {
    let (model, database) = (model(), prepared(&model()));
    let mut client = database.superuser();
    let guard = of(&model, "lists");
    let same = "'{}'";
    let mut ask = |condition: &Option<String>, set: &str, caller: &str| {
        lists(&mut client, &guard, condition, set, caller)
    };
    assert_eq!(ask(&guard.read, same, ANN), ["hers", "shared"]);
    assert_eq!(ask(&guard.read, same, BEN), ["his", "shared"]);
    assert_eq!(ask(&guard.delete, same, BEN), ["his"]);
    assert_eq!(ask(&guard.update, same, BEN), ["his", "shared"]);
    // Out of the team's hands it would be hers again: not for a member to say.
    let leave = "'{\"team_id\": null}'";
    assert_eq!(ask(&guard.update, leave, BEN), ["his"]);
    // What only the owner may delete, a member may not bury; renaming it he may.
    let bury = "'{\"deleted_at\": \"2026-01-01T00:00:00Z\"}'";
    assert_eq!(ask(&guard.change, bury, BEN), ["his"]);
    assert_eq!(ask(&guard.change, bury, ANN), ["hers", "shared"]);
    let rename = "'{\"name\": \"x\"}'";
    assert_eq!(ask(&guard.change, rename, BEN), ["his", "shared"]);
    let give = format!("'{{\"owner_id\": \"{BEN}\"}}'");
    assert_eq!(ask(&guard.insert, &give, BEN), ["hers", "his", "shared"]);
}

#[test]
fn a_subject_that_is_not_canonical_is_nobody_and_raises_nothing() {
    let (model, database) = (model(), prepared(&model()));
    let mut client = database.superuser();
    let guard = of(&model, "lists");
    for subject in [
        ANN.to_uppercase().as_str(),
        "alice",
        "",
        "{00000000-0000-4000-8000-00000000000a}",
    ] {
        for condition in [&guard.read, &guard.insert, &guard.update, &guard.delete] {
            let found = lists(&mut client, &guard, condition, "'{}'", subject);
            assert_eq!(found, Vec::<String>::new(), "{subject}");
        }
    }
}
