//! Rows that an exclusion constraint keeps apart: the entry that clashes is refused under its code, and nothing else is.

use serde_json::{Value, json};
use synctable::crud::{Entry, Release, Sender};
use synctable::statement::Caller;
use synctable::statement::Outcome::{self, Applied, Invalid};
use synctable::statement::postgres::Writer;
use synctable_codegen::loaded::Loaded;
use synctable_codegen::model::Clients;
use tests::applied::{applied, model_of};
use tests::postgres::{CLIENT, Database};

use crate::statements::world::{ANN, Way, claims};

const DECLARATION: &str = "
synctable: 1
app: rooms
postgres:
  roles: {client: authenticated, anonymous: anon, owner: postgres, replication: powersync_role, service: service_role}
targets: {postgres: migrations, mappers: mappers, constants: constants}
tables:
  bookings:
    sync: both
    columns:
      id: {kind: uuid, key: true}
      room: text
      starts_at: timestamptz
      ends_at: timestamptz
    checks: {period: starts_at < ends_at}
    exclude: {no_overlap: [room, {range: [starts_at, ends_at]}]}
    conflict: last_upload_wins
    access: {all: public}
  wishes:
    sync: up
    columns: {id: {kind: uuid, key: true}, room: text, day: date}
    exclude: {one_a_day: [room, day]}
    access: {insert: public}
  shifts:
    sync: both
    columns: {id: {kind: uuid, key: true}, room: text, day: date}
    exclude: {one_a_day: {on: [room, day], deferrable: true}}
    conflict: last_upload_wins
    access: {all: public}
";

/// An entry for the row of a number.
fn entry(op: &str, table: &str, number: usize, data: Value) -> Value {
    json!({"op": op, "table": table, "id": format!("10000000-0000-4000-8000-{number:012}"), "data": data})
}

/// A booking of a room, from one hour to another.
fn booking(number: usize, room: &str, from: usize, to: usize) -> Value {
    let at = |hour: usize| format!("2026-01-01T{hour:02}:00:00Z");
    let data = json!({"room": room, "starts_at": at(from), "ends_at": at(to)});
    entry("PUT", "bookings", number, data)
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Applied => "applied".to_owned(),
        Invalid(violation) => {
            let object = violation.object.as_deref().unwrap_or_default();
            format!("{} {object}", violation.code)
        }
        other => other.to_string(),
    }
}

struct Rooms {
    loaded: Loaded,
    database: Database<'static>,
}

impl Rooms {
    fn new(hint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("schema.yaml"), DECLARATION).unwrap();
        let model = model_of(folder.path());
        Self {
            loaded: Loaded::of(&model, &Clients::default()),
            database: applied(hint, &model),
        }
    }

    /// What comes of entries of one call, which is committed.
    fn upload(&self, way: Way, one_by_one: bool, entries: &[Value]) -> Vec<String> {
        let decoder = self.loaded.decoder();
        let texts: Vec<String> = entries.iter().map(Value::to_string).collect();
        let entries: Vec<Entry<'_>> = texts
            .iter()
            .map(|text| Entry::from_json(text).unwrap())
            .collect();
        let changes: Vec<_> = entries
            .iter()
            .map(|entry| {
                let sender = Sender::of(&Release::CURRENT);
                decoder.decode_from(entry, &sender).unwrap()
            })
            .collect();
        let writes: Vec<_> = changes.iter().map(|change| change.write()).collect();
        let claims = claims(ANN);
        let (role, caller) = match way {
            Way::RowSecurity => (CLIENT, None),
            Way::Guarded => (
                "service_role",
                Some(Caller {
                    subject: ANN,
                    claims: &claims,
                }),
            ),
        };
        let mut client = self.database.superuser();
        let mut writer = Writer::new(self.loaded.statements);
        let mut transaction = client.transaction().unwrap();
        transaction
            .batch_execute(&format!(
                "set local role {role}; select set_config('request.jwt.claims', '{claims}', true)"
            ))
            .unwrap();
        let outcomes = match one_by_one {
            true => writer.apply_one_by_one(&mut transaction, caller, None, &writes),
            false => writer.apply(&mut transaction, caller, None, &writes),
        };
        let outcomes = outcomes.unwrap_or_else(|error| panic!("{way:?}: {error}"));
        transaction.batch_execute("reset role").unwrap();
        transaction.commit().unwrap();
        outcomes.iter().map(told).collect()
    }

    /// Uploads each list of entries as a call, in every way, from an empty database.
    fn each(&self, calls: &[(&[Value], &[&str])]) {
        for way in Way::ALL {
            for one_by_one in [false, true] {
                let mut owner = self.database.superuser();
                owner
                    .batch_execute("truncate public.bookings, public.wishes, public.shifts")
                    .unwrap();
                for (entries, wanted) in calls {
                    let found = self.upload(way, one_by_one, entries);
                    assert_eq!(found, *wanted, "{way:?}, {one_by_one}");
                }
            }
        }
    }
}

#[test]
fn the_entry_that_clashes_is_refused_and_the_others_are_applied() {
    let clash = "23P01 bookings_no_overlap";
    Rooms::new("excluded_clash").each(&[
        (
            &[
                booking(1, "Blue", 10, 12),
                booking(2, "Blue", 11, 13),
                booking(3, "Blue", 12, 13),
                booking(4, "Red", 10, 12),
            ],
            &["applied", clash, "applied", "applied"],
        ),
        (
            &[
                entry("PATCH", "bookings", 4, json!({"room": "Blue"})),
                entry("PATCH", "bookings", 3, json!({"room": "Green"})),
                booking(3, "Blue", 9, 11),
            ],
            &[clash, "applied", clash],
        ),
    ]);
}

#[test]
fn a_row_takes_the_place_of_another_that_made_room_before_it() {
    Rooms::new("excluded_moves").each(&[
        (
            &[booking(1, "Blue", 10, 12), booking(2, "Red", 10, 12)],
            &["applied", "applied"],
        ),
        (
            &[
                entry("PATCH", "bookings", 1, json!({"room": "Green"})),
                entry("PATCH", "bookings", 2, json!({"room": "Blue"})),
                entry("PATCH", "bookings", 1, json!({"room": "Red"})),
            ],
            &["applied", "applied", "applied"],
        ),
        (
            &[
                entry("DELETE", "bookings", 2, json!({})),
                booking(3, "Blue", 10, 12),
            ],
            &["applied", "applied"],
        ),
    ]);
}

#[test]
fn what_is_checked_at_the_end_is_told_of_its_entry() {
    let shift = |number: usize, room: &str| {
        let data = json!({"room": room, "day": "2026-01-01"});
        entry("PUT", "shifts", number, data)
    };
    let moved = |number: usize, room: &str| entry("PATCH", "shifts", number, json!({"room": room}));
    let clash = "23P01 shifts_one_a_day";
    Rooms::new("excluded_deferred").each(&[
        (
            &[shift(1, "Blue"), shift(2, "Blue"), shift(3, "Red")],
            &["applied", clash, "applied"],
        ),
        (
            &[moved(1, "Green"), moved(3, "Blue")],
            &["applied", "applied"],
        ),
    ]);
}

#[test]
fn a_row_that_only_goes_up_is_not_passed_over_where_it_clashes() {
    let wish = |number: usize, room: &str| {
        let data = json!({"room": room, "day": "2026-01-01"});
        entry("PUT", "wishes", number, data)
    };
    Rooms::new("excluded_up").each(&[(
        &[wish(1, "Blue"), wish(2, "Blue"), wish(3, "Red")],
        &["applied", "23P01 wishes_one_a_day", "applied"],
    )]);
}
