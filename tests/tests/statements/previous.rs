//! Previous values that are null, of a device that had no value yet: they reach the database and equal nothing that is stored.

use crate::statements::world::{ANN, Way, change, device, prepared, write, write_on};
use std::slice::from_ref;
use synctable::Timestamp;
use synctable::statement::Outcome;

const TEAM: &str = "10000000-0000-4000-8000-000000000001";

fn team(op: &str, data: &str, previous: &str) -> String {
    let previous = match previous {
        "" => String::new(),
        seen => format!(", \"old\": {seen}"),
    };
    format!("{{\"op\": {op:?}, \"type\": \"teams\", \"id\": {TEAM:?}, \"data\": {data}{previous}}}")
}

/// Every column that the device keeps track of, null where the server fills it in.
const NOTHING_YET: &str = r#"{"name": "Home", "region": null, "seats": null, "billed_since": null, "created_by": null, "version": null}"#;

#[test]
fn a_null_where_the_column_never_is_equals_no_stored_value() {
    let insert = change(&team("PUT", r#"{"name": "Home"}"#, ""));
    let blind = change(&team("PATCH", r#"{"seats": 11}"#, NOTHING_YET));
    let seen = r#"{"name": "Home", "region": null, "seats": 5, "version": 1}"#;
    let sighted = change(&team("PATCH", r#"{"seats": 11}"#, seen));
    for way in Way::ALL {
        let database = prepared("previous");
        let mut client = database.superuser();
        assert_eq!(
            write(&mut client, way, ANN, from_ref(&insert)),
            [Outcome::Applied]
        );
        // A call of its own, without a word of who writes: it saw no version, so that it saw another row than this.
        assert_eq!(
            write(&mut client, way, ANN, from_ref(&blind)),
            [Outcome::Stale],
            "{way:?}"
        );
        let seats = |client: &mut postgres::Client| -> i16 {
            let row = client.query_one("select seats from people.teams", &[]);
            row.unwrap().get(0)
        };
        assert_eq!(seats(&mut client), 5);
        assert_eq!(
            write(&mut client, way, ANN, from_ref(&sighted)),
            [Outcome::Applied],
            "{way:?}"
        );
        assert_eq!(seats(&mut client), 11);
    }
    let device = device();
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    device
        .execute(
            "insert into teams (id, name, seats, version) values (?1, 'Home', 5, 1)",
            [TEAM],
        )
        .unwrap();
    assert_eq!(write_on(&device, now, &blind), Outcome::Stale);
    assert_eq!(write_on(&device, now, &sighted), Outcome::Applied);
}
