//! The text of a Postgres array.

use std::borrow::Cow;

/// `{"1",NULL,"a\"b"}`: every item in quotes, because an array reads `null`, blanks and braces in words of its own.
pub(crate) fn literal<'t>(items: impl IntoIterator<Item = Option<Cow<'t, str>>>) -> String {
    let mut text = "{".to_owned();
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let Some(item) = item else {
            text.push_str("NULL");
            continue;
        };
        text.push('"');
        for letter in item.chars() {
            if matches!(letter, '"' | '\\') {
                text.push('\\');
            }
            text.push(letter);
        }
        text.push('"');
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn quotes_backslashes_and_nulls_stay_apart_from_the_array_s_own() {
        let items = [
            Some("a\"b\\".into()),
            None,
            Some("NULL".into()),
            Some("".into()),
        ];
        assert_eq!(literal(items), r#"{"a\"b\\",NULL,"NULL",""}"#);
        assert_eq!(literal([]), "{}");
    }
}
