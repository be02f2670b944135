//! What went wrong in other projects when uploads were written, and does not here.

use crate::statements::world::{ANN, BEN, Way, change, prepared, write};
use synctable::statement::Outcome::{self, Applied, Refused};

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const OTHER: &str = "10000000-0000-4000-8000-000000000002";

fn upload(op: &str, table: &str, id: &str, data: &str) -> schema::mappers::Change {
    let data = match op {
        "DELETE" => String::new(),
        _ => format!(", \"op_data\": {{{data}}}"),
    };
    change(&format!(
        "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}{data}}}"
    ))
}

#[test]
fn one_bad_row_does_not_take_the_good_ones_with_it() {
    for way in Way::ALL {
        let database = prepared("bad_row");
        let mut client = database.superuser();
        let put = |id: &str, name: &str| upload("PUT", "lists", id, &format!("\"name\": {name:?}"));
        // Two lists of one name are one too many.
        let third = "10000000-0000-4000-8000-000000000003";
        let outcomes = write(
            &mut client,
            way,
            ANN,
            &[put(LIST, "a"), put(OTHER, "A"), put(third, "b")],
        );
        assert_eq!(
            (&outcomes[0], &outcomes[2]),
            (&Applied, &Applied),
            "{way:?}"
        );
        let Outcome::Invalid(violation) = &outcomes[1] else {
            panic!("{way:?}: {outcomes:?}");
        };
        assert_eq!(violation.code, "23505");
        assert_eq!(violation.object.as_deref(), Some("lists_name"));
        let many: i64 = client
            .query_one("select count(*) from public.lists", &[])
            .unwrap()
            .get(0);
        assert_eq!(many, 2);
    }
}

#[test]
fn what_no_policy_allows_is_refused_and_not_reported_as_success() {
    for way in Way::ALL {
        let database = prepared("denied");
        let mut client = database.superuser();
        let shown = upload("PUT", "lists", LIST, "\"name\": \"a\", \"is_public\": 1");
        assert_eq!(write(&mut client, way, ANN, &[shown]), [Applied]);
        // He sees the list, and may neither change nor delete it.
        let rename = upload("PATCH", "lists", LIST, "\"name\": \"b\"");
        let delete = upload("DELETE", "lists", LIST, "");
        let outcomes = write(&mut client, way, BEN, &[rename, delete]);
        assert_eq!(outcomes, [Refused, Refused], "{way:?}");
    }
}

#[test]
fn a_delete_and_a_put_of_one_key_keep_their_order() {
    for way in Way::ALL {
        let database = prepared("order");
        let mut client = database.superuser();
        let put = |id: &str| upload("PUT", "presence", id, &format!("\"device\": {id:?}"));
        let delete = |id: &str| upload("DELETE", "presence", id, "");
        let changes = [
            put(LIST),
            delete(LIST),
            put(LIST),
            put(OTHER),
            delete(OTHER),
        ];
        assert_eq!(
            write(&mut client, way, ANN, &changes),
            vec![Applied; 5],
            "{way:?}"
        );
        let left = client
            .query("select id::text from public.presence", &[])
            .unwrap();
        let left: Vec<String> = left.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, [LIST], "{way:?}");
    }
}

#[test]
fn a_row_that_is_found_by_its_natural_key_keeps_its_id_and_is_changed_by_it() {
    for way in Way::ALL {
        let database = prepared("natural");
        let mut client = database.superuser();
        let put = |id: &str| upload("PUT", "presence", id, "\"device\": \"phone\"");
        assert_eq!(write(&mut client, way, ANN, &[put(LIST)]), [Applied]);
        assert_eq!(
            write(&mut client, way, ANN, &[put(OTHER)]),
            [Applied],
            "{way:?}"
        );
        let seen = upload(
            "PATCH",
            "presence",
            LIST,
            &format!("\"list_id\": {OTHER:?}"),
        );
        assert_eq!(write(&mut client, way, ANN, &[seen]), [Applied], "{way:?}");
        let row = client
            .query_one("select id::text, list_id::text from public.presence", &[])
            .unwrap();
        assert_eq!(
            (row.get::<_, &str>(0), row.get::<_, &str>(1)),
            (LIST, OTHER),
            "{way:?}"
        );
    }
}
