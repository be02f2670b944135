//! A row that the caller does not see tells nothing of itself: what comes of an upload to its id does not depend on what
//! stands in it.

use crate::statements::world::{ANN, BEN, Way, change, prepared, write};
use synctable::statement::Outcome::Refused;

const HERS: &str = "10000000-0000-4000-8000-0000000000a1";
const HIS: &str = "10000000-0000-4000-8000-0000000000b1";
const HIS_ITEM: &str = "20000000-0000-4000-8000-0000000000b1";

#[test]
fn a_check_does_not_compare_an_upload_with_a_hidden_row() {
    for way in Way::ALL {
        let database = prepared(&format!("hidden_{way:?}").to_lowercase());
        let mut client = database.superuser();
        let rows = format!(
            "alter table public.items add check (place <> length(title));
            insert into public.lists (id, owner_id, name) values ('{HERS}', '{ANN}', 'hers'), ('{HIS}', '{BEN}', 'his');
            insert into public.items (created_by, id, list_id, title, place)
            values ('{BEN}', '{HIS_ITEM}', '{HIS}', 'c', 6);"
        );
        client.batch_execute(&rows).unwrap();
        for guess in ["guess", "secret"] {
            let put = format!(
                "{{\"op\": \"PUT\", \"table\": \"items\", \"id\": \"{HIS_ITEM}\", \"op_data\": {{\
                 \"list_id\": \"{HERS}\", \"title\": \"{guess}\", \"status\": \"open\"}}}}"
            );
            let outcomes = write(&mut client, way, ANN, &[change(&put)]);
            assert_eq!(outcomes, [Refused], "{way:?}, {guess}");
        }
    }
}
