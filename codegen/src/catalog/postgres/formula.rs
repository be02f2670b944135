//! Expressions, types and triggers as Postgres prints them, in our own spelling.

use crate::catalog::{Body, Formula, deletion::bare};
use crate::expr::{self, catalog::Calls};

/// An expression as Postgres prints it.
pub(super) fn formula(text: &str, calls: &Calls) -> Formula {
    match expr::catalog::postgres(text, calls) {
        Ok(expr) => Formula::Expr(expr),
        Err(_) => Formula::Sql(text.to_owned()),
    }
}

/// A SQL-standard body as `pg_get_function_sqlbody` prints it.
pub(super) fn body(printed: &str, calls: &Calls) -> Body {
    let printed = printed.trim();
    if let Some(expression) = printed.strip_prefix("RETURN ") {
        return Body::returns(expression);
    }
    let select = printed
        .strip_prefix("BEGIN ATOMIC")
        .and_then(|rest| rest.strip_suffix("END"))
        .map(|query| query.trim().trim_end_matches(';'))
        .and_then(|query| expr::catalog::select(query, calls).ok());
    match select {
        Some(select) => Body::query(&select),
        None => Body::Other(printed.to_owned()),
    }
}

/// A type as `format_type` prints it, in the spelling of declarations' Postgres types.
///
/// `named` tells that it is an enum or a domain, whose schema is part of its name; types of extensions are called by
/// their bare names, since it is for the search path to find them.
pub(super) fn sql_type(printed: &str, named: bool) -> String {
    let (inner, list) = match printed.strip_suffix("[]") {
        Some(inner) => (inner, "[]"),
        None => (printed, ""),
    };
    if named {
        return printed.to_owned();
    }
    let spelled = match inner {
        "timestamp with time zone" => "timestamptz".to_owned(),
        "timestamp without time zone" => "timestamp".to_owned(),
        "time without time zone" => "time".to_owned(),
        other => match other.strip_prefix("character varying") {
            Some(length) => format!("varchar{length}"),
            None => match other.split_once('.') {
                Some((schema, name)) if !schema.contains('(') => name.to_owned(),
                _ => other.to_owned(),
            },
        },
    };
    spelled + list
}

/// When a trigger fires, from the bits of `pg_trigger.tgtype` (`src/include/catalog/pg_trigger.h`).
///
/// `rows` are the names under which a statement's trigger sees its old and its new rows.
pub(super) fn trigger_when(
    bits: i32,
    disabled: bool,
    columns: &[String],
    rows: [Option<String>; 2],
) -> String {
    let time = match (bits & 2 != 0, bits & 64 != 0) {
        (true, _) => "before",
        (_, true) => "instead of",
        _ => "after",
    };
    let mut events: Vec<String> = Vec::new();
    for (bit, event) in [
        (4, "insert"),
        (8, "delete"),
        (16, "update"),
        (32, "truncate"),
    ] {
        if bits & bit != 0 {
            events.push(match event {
                "update" if !columns.is_empty() => format!("update of {}", columns.join(", ")),
                event => event.to_owned(),
            });
        }
    }
    let named = ["old", "new"].into_iter().zip(rows);
    let named = named.filter_map(|(which, name)| Some(format!(" {which} table as {}", name?)));
    let named: String = named.collect();
    let named = match named.is_empty() {
        true => named,
        false => format!(" referencing{named}"),
    };
    let statement = if bits & 1 == 0 {
        " for each statement"
    } else {
        ""
    };
    let disabled = if disabled { " (disabled)" } else { "" };
    format!("{time} {}{named}{statement}{disabled}", events.join(" or "))
}

/// The condition in a trigger's definition, without the blanks outside of quotes.
pub(super) fn trigger_condition(definition: &str) -> Option<String> {
    let (_, rest) = definition.split_once(" WHEN (")?;
    let (condition, _) = rest.rsplit_once(") EXECUTE FUNCTION ")?;
    let mut quote = None;
    let kept = condition.chars().filter(|c| {
        match quote {
            Some(open) if open == *c => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(*c),
            Some(_) | None => {}
        }
        quote.is_some() || !c.is_whitespace()
    });
    Some(bare(&kept.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_the_vocabulary_spells_them() {
        for (printed, spelled) in [
            ("timestamp with time zone", "timestamptz"),
            ("timestamp with time zone[]", "timestamptz[]"),
            ("character varying(80)", "varchar(80)"),
            ("numeric(10,2)", "numeric(10,2)"),
            ("extensions.vector(3)", "vector(3)"),
            ("double precision", "double precision"),
        ] {
            assert_eq!(sql_type(printed, false), spelled);
        }
        assert_eq!(sql_type("public.\"Mood\"[]", true), "public.\"Mood\"[]");
    }

    #[test]
    fn blanks_in_names_stay_in_a_condition() {
        let definition = "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW WHEN (f('\"side room\".a'::regclass) AND  g()) EXECUTE FUNCTION h()";
        assert_eq!(
            trigger_condition(definition).as_deref(),
            Some("f('\"side room\".a'::regclass)ANDg()")
        );
        let quoted = definition.replace(".a'", ".\"a\"'");
        assert_eq!(trigger_condition(&quoted), trigger_condition(definition));
    }
}
