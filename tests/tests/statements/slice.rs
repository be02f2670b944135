//! One recorded upload, from JSON to rows.

use crate::statements::world::{ANN, BEN, Way, change, prepared, write};
use synctable::statement::Outcome;

/// As a device queued it: numbers as its driver writes them, JSON and lists in strings, nulls left out.
pub(crate) const UPLOAD: [&str; 5] = [
    r##"{"op": "PUT", "table": "lists", "id": "10000000-0000-4000-8000-000000000001", "op_data": {"owner_id": "00000000-0000-4000-8000-00000000000a", "name": "Home", "position": 1.0, "is_public": 0, "theme_id": 1.0, "settings": "{\"a\": [1]}", "hidden": "[\"archived\",\"done\"]", "palette": "[\"#ffffff\"]", "cover": "00ff", "edited_at": "2026-01-31T13:47:00.000000Z", "edited_on": "phone"}}"##,
    r#"{"op": "PUT", "table": "items", "id": "20000000-0000-4000-8000-000000000001", "op_data": {"list_id": "10000000-0000-4000-8000-000000000001", "title": "Buy milk", "status": "open", "place": 1, "estimate": "12.50", "tags": "[\"a\",\"b\\\"c\"]", "remarks": "2 l", "added_on": "2026-01-31", "edited_at": "2026-01-31T13:48:00.000000Z"}}"#,
    r#"{"op": "PUT", "table": "items", "id": "20000000-0000-4000-8000-000000000002", "op_data": {"list_id": "10000000-0000-4000-8000-000000000001", "title": "Wash", "place": 2, "edited_at": "2026-01-31T13:48:00.000000Z"}}"#,
    r#"{"op": "PATCH", "table": "lists", "id": "10000000-0000-4000-8000-000000000001", "op_data": {"name": "At home", "pinned_item_id": "20000000-0000-4000-8000-000000000001", "edited_at": "2026-01-31T13:49:00.000000Z"}}"#,
    r#"{"op": "DELETE", "table": "items", "id": "20000000-0000-4000-8000-000000000002"}"#,
];

#[test]
fn a_recorded_upload_becomes_rows_inside_one_transaction() {
    for way in Way::ALL {
        let database = prepared("slice");
        let mut client = database.superuser();
        let changes: Vec<_> = UPLOAD.iter().map(|json| change(json)).collect();
        let outcomes = write(&mut client, way, ANN, &changes);
        assert_eq!(outcomes, vec![Outcome::Applied; 5], "{way:?}");

        let list = client
            .query_one(
                "select name, settings::text, hidden::text, palette::text, cover::text, position::text, pinned_item_id::text, \
                        edited_at = '2026-01-31T13:49:00Z' and edited_on = 'phone' and deleted_at is null
                 from public.lists",
                &[],
            )
            .unwrap();
        let texts: Vec<&str> = (0..7).map(|index| list.get(index)).collect();
        assert_eq!(
            texts,
            [
                "At home",
                "{\"a\": [1]}",
                "{archived,done}",
                "{#ffffff}",
                "\\x00ff",
                "1",
                "20000000-0000-4000-8000-000000000001"
            ]
        );
        assert!(list.get::<_, bool>(7), "{way:?}");
        let items = client
            .query(
                "select title, estimate::text, tags::text, note, created_by::text, deleted_at is null \
                 from public.items order by id",
                &[],
            )
            .unwrap();
        let milk = &items[0];
        assert_eq!(milk.get::<_, &str>(0), "Buy milk");
        assert_eq!(milk.get::<_, &str>(1), "12.50");
        assert_eq!(milk.get::<_, &str>(2), "{a,\"b\\\"c\"}");
        assert_eq!(milk.get::<_, &str>(3), "2 l");
        assert_eq!(milk.get::<_, &str>(4), ANN);
        let alive: Vec<bool> = items.iter().map(|item| item.get(5)).collect();
        assert_eq!(alive, [true, false], "{way:?}");

        // What is not his: a list that exists, and one that does not.
        let others = [UPLOAD[3], UPLOAD[4], UPLOAD[0]].map(change);
        let outcomes = write(&mut client, way, BEN, &others);
        assert_eq!(
            outcomes,
            [Outcome::Gone, Outcome::Same, Outcome::Refused],
            "{way:?}: he does not see what he may not change, and cannot take its key"
        );
    }
}
