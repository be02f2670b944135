//! Lists: the text of a JSON array on SQLite and on the wire, an array in Postgres.

use crate::exact::{Elements, JsonElement, JsonError, push_string};
use crate::holds::Holds;
use crate::value::{Value, ValueError};
use std::fmt::Write;

/// The text of a JSON array without blanks, as PowerSync writes arrays.
///
/// Elements stand in it as they would stand alone: booleans as 0 and 1, decimals and times as
/// strings; JSON stands in it as it is.
///
/// ```
/// use synctable::{Holds, Value};
/// let tags = vec!["a".to_owned(), "b\"c".to_owned()];
/// assert_eq!(tags.to_value(), Value::Text(r#"["a","b\"c"]"#.into()));
/// assert_eq!(<Vec<bool>>::from_value(Value::Text("[1, 0]".into())), Ok(vec![true, false]));
/// ```
impl<V, F: Holds<V>> Holds<Vec<V>> for Vec<F> {
    fn to_value(&self) -> Value<'_> {
        let mut text = String::from("[");
        for (index, element) in self.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            push_element(&element.to_value(), F::IS_JSON, &mut text);
        }
        text.push(']');
        Value::Text(text.into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let Value::Text(text) = &value else {
            return Err(ValueError::form("the text of a JSON array", &value));
        };
        let mut list = Vec::new();
        each(text, |index, element| {
            let held = value_of(element, F::IS_JSON).and_then(F::from_value);
            let held = held.map_err(|error| in_element(index, &error))?;
            if list.is_empty() {
                list.reserve_exact(Elements::expected(text));
            }
            list.push(held);
            Ok(())
        })?;
        Ok(list)
    }
}

/// Does something with each element of a list, which is told before anything else if it is no JSON array.
pub(crate) fn each(
    text: &str,
    mut with: impl FnMut(usize, JsonElement<'_>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    let no_json = |error: JsonError| malformed(error.to_string());
    let elements = Elements::of(text).map_err(no_json)?;
    let mut elements = elements.ok_or_else(|| malformed("it is not a JSON array".to_owned()))?;
    let mut index = 0;
    while let Some(element) = elements.next().map_err(no_json)? {
        if let Err(error) = with(index, element) {
            elements.finish().map_err(no_json)?;
            return Err(error);
        }
        index += 1;
    }
    Ok(())
}

/// What is wrong with an element, as what is wrong with its list.
pub(crate) fn in_element(index: usize, error: &ValueError) -> ValueError {
    malformed(format!("element {}: {error}", index + 1))
}

fn malformed(reason: String) -> ValueError {
    ValueError::Malformed {
        kind: "list",
        reason,
    }
}

/// Writes an element as it would stand alone; a text that is JSON as it is, another one as a string.
pub(crate) fn push_element(value: &Value<'_>, is_json: bool, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Integer(number) => push(number, text),
        Value::Real(number) => push(number, text),
        Value::Text(json) if is_json => text.push_str(json),
        Value::Text(string) => push_string(string, text),
    }
}

fn push(number: &impl std::fmt::Display, text: &mut String) {
    write!(text, "{number}").expect("a string takes all text");
}

/// An element as the value it would be alone.
pub(crate) fn value_of(element: JsonElement<'_>, is_json: bool) -> Result<Value<'_>, ValueError> {
    let json = match element {
        JsonElement::String(text) if is_json => {
            let mut quoted = String::new();
            push_string(text, &mut quoted);
            return Ok(Value::Text(quoted.into()));
        }
        JsonElement::String(text) => return Ok(Value::Text(text.into())),
        JsonElement::Other(json) => json,
    };
    if is_json && json != "null" {
        return Ok(Value::Text(json.into()));
    }
    Ok(match json {
        "null" => Value::Null,
        number => match number.parse::<i64>() {
            Ok(whole) => Value::Integer(whole),
            Err(_) => Value::Real(number.parse::<f64>().map_err(|_| {
                malformed(format!("expected a number or a string, found `{number}`"))
            })?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{Decimal, Json};

    fn round<V: Holds<V> + PartialEq + std::fmt::Debug>(list: Vec<V>, text: &str) {
        assert_eq!(list.to_value(), Value::Text(text.into()));
        assert_eq!(<Vec<V>>::from_value(Value::Text(text.into())), Ok(list));
    }

    #[test]
    fn lists_come_back_as_they_went() {
        round(Vec::<i32>::new(), "[]");
        round(vec![true, false], "[1,0]");
        round(
            vec![i64::MIN, i64::MAX],
            "[-9223372036854775808,9223372036854775807]",
        );
        round(vec![0.1, 1e300], &format!("[0.1,1{}]", "0".repeat(300)));
        round(
            vec!["".to_owned(), "\"\n\u{1f600}".to_owned()],
            "[\"\",\"\\\"\\n\u{1f600}\"]",
        );
        round(vec![Decimal::from(5)], "[\"5\"]");
        round(vec![Some(1), None], "[1,null]");
        let documents = ["{\"a\": [1]}", "\"x\"", "2"].map(|text| text.parse::<Json>().unwrap());
        round(documents.to_vec(), "[{\"a\": [1]},\"x\",2]");
    }

    #[test]
    fn bytes_are_no_list() {
        assert_eq!(vec![1_u8, 2].to_value(), Value::Text("0102".into()));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "", "{}", "1", "[1", "[[1]]", "[{}]", "[true]", "[\"x\"]", "[null]", "[1.5]",
        ] {
            let read = <Vec<i32>>::from_value(Value::Text(text.into()));
            assert!(matches!(read, Err(ValueError::Malformed { .. })), "{text}");
        }
        assert_eq!(<Vec<i32>>::from_value(Value::Null), Err(ValueError::Null));
    }
}
