//! Numbers in every form that devices queue: the page on uploads tells what becomes of each.

use std::fs;

use synctable::crud::{Entry, Member};
use synctable::{ColumnDef, Element, Kind, Scalar, Value};
use tests::cases::workspace;

/// What a column makes of a member of an upload, in the words of the page.
fn read(scalar: Scalar, member: &Member<'_>) -> String {
    let column = ColumnDef::new("number", Kind::Scalar(scalar));
    let Member::Value(value) = member else {
        panic!("{member:?} is no number and no text");
    };
    let admitted = column.admit(value);
    match admitted.and_then(|()| column.canonical(value.clone())) {
        Ok(Value::Integer(number)) if scalar == Scalar::Bool => (number == 1).to_string(),
        Ok(Value::Integer(number)) => number.to_string(),
        Ok(Value::Real(number)) => number.to_string(),
        Ok(Value::Text(text)) if scalar == Scalar::Text => format!("`{text}`"),
        Ok(Value::Text(text)) => {
            let digits = text.trim_end_matches('0');
            digits.trim_end_matches('.').to_owned()
        }
        Ok(Value::Null) => "null".to_owned(),
        Err(_) => "refused".to_owned(),
    }
}

#[test]
fn the_page_on_uploads_tells_what_becomes_of_each_number() {
    let kinds = [
        Scalar::Bigint,
        Scalar::Bool,
        Scalar::Double,
        Scalar::Decimal {
            precision: 30,
            scale: 5,
        },
        Scalar::Text,
    ];
    let page = fs::read_to_string(workspace().join("docs/uploads.md")).expect("it is there");
    let (_, section) = page.split_once("## Numbers\n").expect("it has the section");
    let (section, _) = section.split_once("\n## ").expect("it ends");
    let mut told = 0;
    for row in section.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (sent, cells) = row.split_once("` | ").expect("it is sent");
        let text =
            format!(r#"{{"op": "PATCH", "table": "t", "id": "a", "data": {{"number": {sent}}}}}"#);
        let entry = Entry::from_json(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let data = entry.op_data.expect("it has data");
        let read: Vec<String> = kinds.iter().map(|kind| read(*kind, &data[0].1)).collect();
        let cells: Vec<&str> = cells.trim_end_matches(" |").split(" | ").collect();
        assert_eq!(read, cells, "{sent}");
        told += 1;
    }
    assert!(told > 10, "{told} forms");
}

/// A decimal in a list fits its column as it does alone, whether it is a string or a number.
#[test]
fn a_decimal_in_a_list_is_held_against_its_column() {
    let scalar = Scalar::Decimal {
        precision: 6,
        scale: 2,
    };
    let column = ColumnDef::new("prices", Kind::List(Element::Scalar(scalar)));
    for (list, fits) in [
        ("[\"1.50\", 1.5, 2]", true),
        ("[1.505]", false),
        ("[\"1.505\"]", false),
        ("[123456]", false),
        ("[1e-9]", false),
        ("[\"1\", {}]", true),
    ] {
        let admitted = column.admit(&Value::Text(list.into()));
        assert_eq!(admitted.is_ok(), fits, "{list}: {admitted:?}");
    }
    assert!(column.canonical(Value::Text("[{}]".into())).is_err());
}
