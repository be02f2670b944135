//! The client id: what triggers see of it while a call writes, and what they see after it.

use crate::statements::world::{ANN, Way, bound, change, prepared};
use postgres::Client;
use schema::mappers::{Change, statements};
use synctable::crud::Write;
use synctable::statement::postgres::{RunError, Writer};
use synctable::statement::{CLIENT_BYTES, CLIENT_SETTING, Caller, Outcome};
use tests::postgres::Database;

fn put(nr: usize, name: &str) -> Change {
    change(&format!(
        "{{\"op\": \"PUT\", \"table\": \"lists\", \"id\": \"20000000-0000-4000-8000-{nr:012}\", \"op_data\": {{\"name\": {name:?}}}}}"
    ))
}

/// A database whose table of lists notes who writes a row.
fn noting(hint: &str) -> (Database<'static>, Client) {
    let database = prepared(hint);
    let mut client = database.superuser();
    client
        .batch_execute(&format!(
            "create table public.noted (nr int generated always as identity, client text);
             create function public.note() returns trigger language plpgsql security definer as $$ begin
                 insert into public.noted (client) values (current_setting('{CLIENT_SETTING}', true));
                 return null;
             end $$;
             create trigger note after insert or update or delete on public.lists for each row execute function public.note()"
        ))
        .unwrap();
    (database, client)
}

/// Who wrote, row by row, and what the setting holds after the call.
fn noted(
    client: &mut Client,
    way: Way,
    one_by_one: bool,
    id: Option<&str>,
    changes: &[Change],
) -> (Result<Vec<Outcome>, RunError>, Vec<String>, String) {
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    let mut writer = Writer::new(statements::ALL);
    let mut transaction = client.transaction().unwrap();
    let outcomes = bound(
        &mut transaction,
        way,
        ANN,
        |transaction, caller| match one_by_one {
            true => writer.apply_one_by_one(transaction, caller, id, &writes),
            false => writer.apply(transaction, caller, id, &writes),
        },
    );
    if outcomes.is_err() {
        return (outcomes, Vec::new(), String::new());
    }
    transaction.batch_execute("reset role").unwrap();
    let sql = format!("select coalesce(current_setting('{CLIENT_SETTING}', true), '')");
    let after = transaction.query_one(&sql, &[]).unwrap().get(0);
    let rows = transaction
        .query("select client from public.noted order by nr", &[])
        .unwrap();
    let rows = rows
        .iter()
        .map(|row| row.get::<_, Option<String>>(0).unwrap_or_default())
        .collect();
    transaction.rollback().unwrap();
    (outcomes, rows, after)
}

#[test]
fn triggers_see_the_client_id_while_the_call_writes_and_not_after_it() {
    let (_database, mut client) = noting("client_id");
    let odd = "it's \\ a \"phone\" \u{1F4F1} $$";
    for way in Way::ALL {
        for one_by_one in [false, true] {
            // One entry, several in a statement, and a batch that falls back to one by one: two lists of one name.
            for changes in [
                vec![put(1, "a")],
                vec![put(1, "a"), put(2, "b")],
                vec![put(1, "a"), put(2, "A"), put(3, "b")],
            ] {
                let (outcomes, rows, after) =
                    noted(&mut client, way, one_by_one, Some(odd), &changes);
                let outcomes = outcomes.unwrap();
                let applied = outcomes.iter().filter(|one| **one == Outcome::Applied);
                assert_eq!(rows, vec![odd; applied.count()], "{way:?}: {outcomes:?}");
                assert_eq!(after, "", "{way:?}");
            }
        }
    }
}

#[test]
fn without_a_client_id_only_entries_of_one_row_share_a_name_that_no_other_call_has() {
    let (_database, mut client) = noting("no_client_id");
    let mut names = Vec::new();
    for one_by_one in [false, true] {
        let (_, rows, _) = noted(
            &mut client,
            Way::Guarded,
            one_by_one,
            None,
            &[put(1, "a"), put(2, "b")],
        );
        assert_eq!(rows, ["", ""]);
        let twice = [put(1, "a"), put(1, "b")];
        let (_, rows, after) = noted(&mut client, Way::Guarded, one_by_one, None, &twice);
        assert_eq!(rows.len(), 2);
        assert!(rows[0].starts_with("call "), "{rows:?}");
        assert_eq!(rows[0], rows[1]);
        assert_eq!(after, "");
        names.push(rows[0].clone());
    }
    assert_ne!(names[0], names[1]);
}

#[test]
fn what_is_no_client_id_is_an_error_of_the_call() {
    let (_database, mut client) = noting("bad_client_id");
    for bad in ["", "a\0b", &"x".repeat(CLIENT_BYTES + 1)] {
        let (outcomes, ..) = noted(&mut client, Way::Guarded, false, Some(bad), &[put(1, "a")]);
        assert!(matches!(outcomes, Err(RunError::Client(_))), "{bad:?}");
    }
}

/// A mistake of the server blames no entry: a device would drop them all.
#[test]
fn claims_that_are_not_json_are_an_error_of_the_call() {
    let (_database, mut client) = noting("bad_claims");
    let changes = [put(1, "a")];
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    for claims in ["", "sub=ann", "{\"sub\": \"a\\u0000\"}"] {
        let caller = Caller {
            subject: ANN,
            claims,
        };
        let mut transaction = client.transaction().unwrap();
        let mut writer = Writer::new(statements::ALL);
        let outcomes = writer.apply(&mut transaction, Some(caller), None, &writes);
        let error = outcomes.expect_err("the call fails");
        assert!(matches!(error, RunError::Claims(_)), "{claims:?}: {error}");
        assert!(!error.retry());
    }
}

#[test]
fn a_patch_without_columns_is_the_same_without_a_statement() {
    let (_database, mut client) = noting("empty_patch");
    let empty = |id: &str| {
        change(&format!(
            "{{\"op\": \"PATCH\", \"table\": \"lists\", \"id\": {id:?}, \"op_data\": {{}}}}"
        ))
    };
    let changes = [
        put(1, "a"),
        empty("20000000-0000-4000-8000-000000000001"),
        empty("20000000-0000-4000-8000-000000000099"),
    ];
    for one_by_one in [false, true] {
        let (outcomes, rows, _) = noted(&mut client, Way::Guarded, one_by_one, None, &changes);
        assert_eq!(
            outcomes.unwrap(),
            [Outcome::Applied, Outcome::Same, Outcome::Same]
        );
        assert_eq!(rows, [""]);
    }
}
