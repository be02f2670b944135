//! Each cell of the table is a snippet that is read, in a row with a column of the cell's kind.

use super::{Cell, Form, cell, kinds, markdown};
use crate::expr::kind::Family;
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Context, Known, Row, Scope, access, parse};
use crate::map::IndexMap;
use crate::model::{Function, Set};
use synctable::{Kind, Scalar};

struct Named;

impl Hooks for Named {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn claim(&self, path: &[String], _beside: Option<&Kind>) -> String {
        format!("auth.parameter('$.{}')", path.join("."))
    }

    fn in_claims(&self, operand: &str, path: &[String], _kind: Option<&Kind>) -> String {
        format!(
            "{operand} IN (auth.parameters() -> '{}')",
            path.join("' -> '")
        )
    }

    fn param(&self, name: &str, _beside: Option<&Kind>) -> String {
        format!("subscription.parameter('{name}')")
    }

    fn set(&self, _set: &Set) -> Result<String, Unsayable> {
        Ok("my_set".to_owned())
    }
}

/// A constant of the kind as a person writes it.
fn constant(kind: &Kind) -> String {
    let Some(scalar) = kind.carrier() else {
        return "'[]'".to_owned();
    };
    if matches!(kind, Kind::Enum { .. }) {
        return "'open'".to_owned();
    }
    match Family::of(kind) {
        Family::Bool => "true".to_owned(),
        Family::Integer => "5".to_owned(),
        Family::Float | Family::Decimal => "1.5".to_owned(),
        _ => format!("'{}'", scalar.facts().example),
    }
}

/// The snippets of a form; `x` and `y` are columns of the kind, `x` may be NULL.
fn snippets(form: Form, kind: &Kind) -> Vec<String> {
    let c = constant(kind);
    let element = match kind {
        Kind::List(element) => constant(&element.to_kind()),
        _ => "'a'".to_owned(),
    };
    let text = |text: &str| vec![text.to_owned()];
    match form {
        Form::Alone => text("x"),
        Form::Not => text("not x"),
        Form::Equal => vec![format!("x = {c}"), format!("{c} = x")],
        Form::NotEqual => vec![format!("x <> {c}"), format!("not x = {c}")],
        Form::InList => vec![format!("x in ({c}, {c})")],
        Form::NotInList => vec![format!("x not in ({c})"), format!("not x in ({c})")],
        Form::EqualColumn => text("x = y"),
        Form::NotEqualColumn => vec!["x <> y".to_owned(), "not (x = y)".to_owned()],
        Form::EqualUserId => vec![
            "x = auth.user_id()".to_owned(),
            "auth.user_id() = x".to_owned(),
        ],
        Form::EqualClaim => text("x = auth.claim('a.b')"),
        Form::InClaims => text("x in auth.claims('a.b')"),
        Form::EqualParam => vec!["x = :p".to_owned(), ":p = x".to_owned()],
        Form::NotEqualCaller => vec!["x <> auth.user_id()".to_owned()],
        Form::InSet => vec![
            "x in (my_set)".to_owned(),
            "x in (select v from s)".to_owned(),
        ],
        Form::NotInSet => text("x not in (my_set)"),
        // A list has no constant inside an expression.
        Form::Order if matches!(kind, Kind::List(_)) => {
            vec!["x < y".to_owned(), "x >= y".to_owned()]
        }
        Form::Order => vec![
            format!("x < {c}"),
            format!("x <= {c}"),
            format!("{c} > x"),
            format!("x >= {c}"),
            format!("x between {c} and {c}"),
            "x < y".to_owned(),
        ],
        Form::OrderCaller => text("x < auth.user_id()"),
        Form::IsNull => vec![
            "x is null".to_owned(),
            "x is not null".to_owned(),
            "not x is null".to_owned(),
        ],
        Form::IsTrue => vec![
            "x is true".to_owned(),
            "x is not true".to_owned(),
            "x is false".to_owned(),
            "x is not false".to_owned(),
        ],
        Form::Distinct => vec![
            "x is distinct from y".to_owned(),
            "x is not distinct from y".to_owned(),
        ],
        Form::Contains => vec![format!("{element} = any(x)")],
        Form::NotContains => vec![format!("not {element} = any(x)")],
        Form::Arithmetic => ["+", "-", "*", "/"]
            .map(|op| format!("x {op} y is null"))
            .into(),
        Form::Concat => vec!["x || '/' || y = 'a'".to_owned()],
        Form::JsonIs => vec![
            "x -> 'a' = 'true'".to_owned(),
            "x -> 'a' -> 'b' = 'false'".to_owned(),
        ],
        Form::JsonText => vec![
            "x ->> 'a' = 'b'".to_owned(),
            "x -> 'a' ->> 'b' in ('c', 'd')".to_owned(),
            "x #>> '{a,b}' is not null".to_owned(),
        ],
        Form::Case => text("case when flag then x end is null"),
        Form::Call(function) => vec![match function {
            Function::Coalesce => "coalesce(x, y) is null".to_owned(),
            Function::Nullif => "nullif(x, y) is null".to_owned(),
            Function::Length => "length(x) = 1".to_owned(),
            Function::Lower => "lower(x) = 'a'".to_owned(),
            Function::Upper => "upper(x) = 'a'".to_owned(),
            Function::Trim => "trim(x) = 'a'".to_owned(),
            Function::Substr => "substr(x, 1, 2) = 'a'".to_owned(),
            Function::Replace => "replace(x, 'a', 'b') = 'a'".to_owned(),
            Function::Matches => "matches(x, '^a')".to_owned(),
            Function::Abs => "abs(x) is null".to_owned(),
            Function::ListLength => "list_length(x) = 1".to_owned(),
            Function::JsonKind => "json_kind(x) = 'a'".to_owned(),
            Function::Now | Function::Today | Function::Uuid => {
                unreachable!("these take no column")
            }
        }],
    }
}

/// The code of the operator inside a negated form.
fn cell_of_operator(form: Form, kind: &Kind) -> Option<crate::diagnostic::Code> {
    match (form, cell(Form::Contains, kind)) {
        (Form::NotContains, Cell::Refused { code, .. }) => Some(code),
        _ => None,
    }
}

#[test]
fn every_cell_says_what_is_read() {
    let mut wrong = Vec::new();
    let mut cells = 0;
    for kind in kinds() {
        let row = Row::new("t")
            .with_nullable("x", kind.clone())
            .with("y", kind.clone())
            .with("flag", Kind::Scalar(Scalar::Bool));
        let mut known = Known {
            user_id: match Family::of(&kind) {
                Family::Text | Family::Integer => kind.carrier().expect("both are scalars"),
                _ => Scalar::Uuid,
            },
            ..Known::default()
        };
        known.tables.insert("t".to_owned(), row.clone());
        known
            .tables
            .insert("s".to_owned(), Row::new("s").with("v", kind.clone()));
        known.scopes.insert("my_set".to_owned(), Some(kind.clone()));
        known
            .enums
            .insert("an_enum".to_owned(), vec!["open".to_owned()]);
        let params = IndexMap::from_iter([("p".to_owned(), None)]);
        let scope = Scope::new(&known, &row).with_params(&params);
        for form in Form::all() {
            let context = match form {
                Form::EqualParam => Context::StreamFilter,
                _ => Context::Access,
            };
            cells += 1;
            let cell = cell(form, &kind);
            for snippet in snippets(form, &kind) {
                let found: Vec<_> = match parse(&snippet, &scope, context) {
                    Ok(rule) => {
                        let rule = access::enforceable(&rule, &row, &known);
                        let cx = PrintContext::new(&known, &row).with_hooks(&Named);
                        if let Err(error) = print::powersync(&rule, &cx) {
                            wrong.push(format!(
                                "{snippet} on {kind} is allowed and unsayable: {error}"
                            ));
                        }
                        Vec::new()
                    }
                    Err(problems) => problems.into_iter().map(|problem| problem.code).collect(),
                };
                let fits = match cell {
                    Cell::Allowed => found.is_empty(),
                    Cell::Refused { code, .. } => {
                        // A negated form is refused for its operator too, where that is refused.
                        let own = cell_of_operator(form, &kind);
                        found.contains(&code)
                            && found
                                .iter()
                                .all(|found| *found == code || Some(*found) == own)
                    }
                    Cell::Unfit(code) => found.contains(&code),
                };
                if !fits {
                    let found: Vec<_> = found.iter().map(|code| code.as_str()).collect();
                    wrong.push(format!("{snippet} on {kind}: {cell:?}, found {found:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(cells, Form::all().len() * kinds().len());
}

#[test]
fn the_document_holds_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/access.md");
    let document = std::fs::read_to_string(path).expect("docs/access.md is committed");
    let (before, rest) = document
        .split_once("<!-- table -->\n")
        .expect("docs/access.md marks where the table starts");
    let (table, after) = rest
        .split_once("<!-- /table -->")
        .expect("docs/access.md marks where the table ends");
    let wanted = format!("\n{}\n", markdown());
    if std::env::var_os("BLESS").is_some() {
        let blessed = format!("{before}<!-- table -->\n{wanted}<!-- /table -->{after}");
        std::fs::write(path, blessed).expect("docs/access.md can be written");
        return;
    }
    assert_eq!(table, wanted, "run this test with BLESS=1");
}
