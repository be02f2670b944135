//! The mappers of the workspace's own app and of the three examples read what a device uploads of each of their tables.

use synctable::crud::{Code, Entry, Op, Refusal, Release};
use synctable::facts::ColumnType;
use synctable::{ColumnDef, Element, Kind, Registry, Scalar, TableDef, Value};

/// A canonical value of a column.
fn value(column: &ColumnDef) -> Value<'static> {
    let text = |element: &Element| match element {
        Element::Enum { .. } => {
            let labels = column.labels.expect("it has labels");
            let writable = labels.labels.iter().find(|label| labels.is_writable(label));
            (*writable.expect("one may be written")).to_owned()
        }
        // One that every column of decimals has room for.
        Element::Scalar(Scalar::Decimal { .. }) => "1".to_owned(),
        Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
            scalar.facts().example.to_owned()
        }
    };
    let element = match &column.kind {
        Kind::Scalar(scalar) => Element::Scalar(*scalar),
        Kind::Enum { name, storage } => Element::Enum {
            name: name.clone(),
            storage: *storage,
        },
        Kind::Domain { name, base } => Element::Domain {
            name: name.clone(),
            base: *base,
        },
        Kind::List(_) => return Value::Text("[]".into()),
        Kind::Opaque(_) => return Value::Text("anything".into()),
    };
    let text = text(&element);
    let value = match element.column_type() {
        ColumnType::Text => Value::Text(text.into()),
        ColumnType::Integer => Value::Integer(text.parse().expect("a whole number")),
        ColumnType::Real => Value::Real(text.parse().expect("a number")),
    };
    column.canonical(value.clone()).unwrap_or(value)
}

/// What a device uploads of a row in which every column has a value.
fn entry(table: &'static TableDef, op: Op) -> Entry<'static> {
    let key: Vec<String> = table
        .id
        .columns()
        .map(|column| {
            value(column)
                .key_text()
                .expect("a key has a text")
                .into_owned()
        })
        .collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    let mut entry = Entry::new(op, table.client_name, table.id.compose(&key));
    let is_key = |column: &ColumnDef| table.key.iter().any(|key| key.name == column.name);
    for column in table
        .columns
        .iter()
        .filter(|column| column.uploads() && !is_key(column))
    {
        if op == Op::Put || (op == Op::Patch && !column.immutable) {
            entry = entry.with(column.client_name, value(column));
        }
    }
    entry
}

/// A value that is of its kind may still fail a check or a recipe; nothing else may be wrong.
fn every_table<C>(
    registry: &Registry,
    decode: fn(&Entry<'_>, &Release) -> Result<C, Refusal>,
    encode: fn(&C) -> Entry<'_>,
) {
    let (mut read, mut checked) = (0, 0);
    for table in registry.tables.iter().filter(|table| table.sync.uploads()) {
        for op in [Op::Put, Op::Patch, Op::Delete] {
            let entry = entry(table, op);
            match decode(&entry, &Release::CURRENT) {
                Ok(change) => {
                    read += 1;
                    let again = encode(&change);
                    assert_eq!(again.id, entry.id);
                    let told = decode(&again, &Release::CURRENT)
                        .unwrap_or_else(|refusal| panic!("{refusal}"));
                    assert_eq!(encode(&told), again);
                }
                Err(refusal) => {
                    let expected = [Code::Check, Code::Recipe, Code::NotAllowed];
                    let codes = refusal.mistakes.iter().map(|mistake| mistake.code);
                    assert!(
                        codes.clone().all(|code| expected.contains(&code)),
                        "{refusal}"
                    );
                    let only_put =
                        op == Op::Put && codes.clone().any(|code| code == Code::NotAllowed);
                    assert!(!only_put, "{refusal}");
                    checked += 1;
                }
            }
        }
    }
    assert!(
        read > checked,
        "{}: {read} were read, {checked} were not",
        registry.app
    );
}

#[test]
fn uploads_of_the_workspaces_own_app_are_read() {
    use schema::mappers::Change;
    every_table(&schema::generated::REGISTRY, Change::decode, Change::encode);
}

#[test]
fn uploads_of_powergit_are_read() {
    use powergit::mappers::Change;
    every_table(
        &powergit::generated::REGISTRY,
        Change::decode,
        Change::encode,
    );
}

#[test]
fn uploads_of_taskly_are_read() {
    use taskly::mappers::Change;
    every_table(&taskly::generated::REGISTRY, Change::decode, Change::encode);
}

#[test]
fn uploads_are_taken_as_the_clients_of_taskly_make_them() {
    use synctable::crud::Sender;
    use taskly::mappers::Change;
    const ANN: &str = "00000000-0000-4000-8000-00000000000a";
    const TASK: &str = "00000000-0000-4000-8000-0000000000c1";
    // The ids are those that another implementation of RFC 9562 makes of the app's addresses.
    for (table, id, data) in [
        (
            "my_day_days",
            "412eaff7-3745-5e71-a6c9-61769f1bc9f6",
            r#"{"day_utc": "2026-03-02", "created_at": "2026-03-02T14:00:00.000Z", "updated_at": "2026-03-02T14:00:00.000 +02:00"}"#
                .to_owned(),
        ),
        (
            "task_completion_history",
            "af51d18c-4e73-5db1-84d1-d0c25a22efe3",
            format!(r#"{{"task_id": "{TASK}", "completed_at": "2026-03-02T14:00:00.000 +02:00", "created_at": "2026-03-02T14:00:00.000Z"}}"#),
        ),
        (
            "tasks",
            TASK,
            r#"{"name": "Water the plants", "completed": 0, "series_ended": 0, "repeat_from_completion": 0, "pinned": 0, "reminder_kind": "none",
                "created_at": "2026-03-02T14:00:00.000Z", "updated_at": "2026-03-02T14:00:00.000Z"}"#
                .to_owned(),
        ),
    ] {
        let text = format!(r#"{{"op": "PUT", "type": "{table}", "id": "{id}", "data": {data}}}"#);
        let entry = Entry::from_json(&text).expect("it is an entry");
        let sender = Sender::of(&Release::CURRENT).user(ANN);
        Change::decode_from(&entry, &sender).unwrap_or_else(|refusal| panic!("{refusal}"));
        let other = text.replace(id, "00000000-0000-4000-8000-0000000000ff");
        let entry = Entry::from_json(&other).expect("it is an entry");
        let codes = match Change::decode_from(&entry, &sender) {
            Ok(_) => Vec::new(),
            Err(refusal) => refusal.mistakes.iter().map(|one| one.code).collect(),
        };
        let expected = if table == "tasks" { &[][..] } else { &[Code::Recipe] };
        assert_eq!(codes, expected, "{table}");
    }
}

#[test]
fn uploads_of_tunetrees_are_read() {
    use tunetrees::mappers::Change;
    every_table(
        &tunetrees::generated::REGISTRY,
        Change::decode,
        Change::encode,
    );
}
