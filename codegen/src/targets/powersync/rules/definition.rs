//! From one way to satisfy a rule to the buckets it needs: a parameter query, and conditions of the data query.

use super::super::hooks::{is_plain, member};
use super::super::query::{Condition, ident};
use super::super::scopes::Scopes;
use super::super::ways::{self, Way, sources};
use super::hooks;
use crate::expr::{Known, Row, print};
use crate::model::{CompareOp, Expr, IsTest, Select, Set};

/// What tells the buckets of one definition from those of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// The lines of the parameter query; none for one bucket for everybody.
    pub(super) query: Vec<String>,
    /// A word or two for what the buckets are found by.
    pub(super) found_by: String,
    /// Only parameters of the connection choose: everybody may have the rows.
    pub(super) open_to_everybody: bool,
}

/// The part of a bucket definition that one way of one table asks for.
pub(super) struct Bucket {
    pub(super) shape: Shape,
    /// The conditions of the data query.
    pub(super) conditions: Vec<Condition>,
}

/// A parameter of a bucket: its name, and the operand that fills it in the parameter query.
#[derive(Debug)]
struct Parameter {
    name: String,
    from: String,
}

/// The buckets that a way needs: one, or one for each way into the set that it looks up.
pub(super) fn buckets(scopes: &Scopes<'_>, row: &Row, mut way: Way) -> Result<Vec<Bucket>, String> {
    let known = scopes.known;
    way.sets.dedup();
    match way.sets.as_slice() {
        [] => Ok(vec![bucket(known, row, &way, None)?]),
        [(operand, set)] => {
            let select = scopes.looked_up(set);
            let inner = match &select.filter {
                Some(filter) => ways::ways(filter).ok_or_else(super::too_many)?,
                None => vec![Way::default()],
            };
            inner
                .into_iter()
                .map(|inner| {
                    if let Some((within, within_set)) = inner.sets.first() {
                        return Err(format!(
                            "it looks up `{}` by way of `{}`, and a parameter query reads one table",
                            asked(operand, set),
                            asked(within, within_set),
                        ));
                    }
                    let lookup = Lookup {
                        operand,
                        select,
                        way: inner,
                    };
                    bucket(known, row, &way, Some(lookup))
                })
                .collect()
        }
        several => {
            let asked: Vec<_> = several
                .iter()
                .map(|(operand, set)| format!("`{}`", asked(operand, set)))
                .collect();
            Err(format!(
                "it looks up {} at once, and a parameter query reads one table",
                asked.join(" and ")
            ))
        }
    }
}

fn asked(operand: &Expr, set: &Set) -> String {
    print::language(&Expr::InSet {
        operand: Box::new(operand.clone()),
        set: set.clone(),
    })
}

/// The one table that a parameter query reads.
struct Lookup<'a> {
    operand: &'a Expr,
    select: &'a Select,
    way: Way,
}

fn bucket(
    known: &Known,
    row: &Row,
    way: &Way,
    lookup: Option<Lookup<'_>>,
) -> Result<Bucket, String> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut conditions = Vec::new();
    for (of_row, of_request) in &way.equal {
        let name = named(&mut parameters, of_request, known)?;
        let equal = Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(of_row.clone()),
            right: Box::new(of_request.clone()),
        };
        conditions.push(said(&equal, known, row, &hooks::Bucket(&name))?);
    }
    match way.held.as_slice() {
        [] => {}
        [(list, of_request)] => {
            let name = named(&mut parameters, of_request, known)?;
            let held = Expr::Contains {
                list: Box::new(list.clone()),
                element: Box::new(of_request.clone()),
            };
            conditions.push(said(&held, known, row, &hooks::Bucket(&name))?);
        }
        _ => return Err("it asks two lists of a row at once".to_owned()),
    }
    let mut member_of = None;
    match (way.claims.as_slice(), &lookup) {
        ([], _) => {}
        ([(of_row, path)], None) => {
            let claim = Expr::Claim(path.clone());
            let name = named(&mut parameters, &claim, known)?;
            let last = parameters.last_mut().expect("it was just added");
            "value".clone_into(&mut last.from);
            let equal = Expr::Compare {
                op: CompareOp::Eq,
                left: Box::new(of_row.clone()),
                right: Box::new(claim),
            };
            conditions.push(said(&equal, known, row, &hooks::Bucket(&name))?);
            let context = context(known, row, &hooks::Request);
            let text = print::sync_rules(of_row, &context).map_err(|error| error.reason)?;
            let plain = is_plain(&text, known.kind_of(of_row, row).as_ref());
            conditions.extend(plain.map(|text| Condition {
                text,
                is_choice: false,
            }));
            member_of = Some(path);
        }
        (_, None) => return Err("it asks two lists of the token at once".to_owned()),
        (_, Some(_)) => {
            return Err(
                "it asks a list of the token and a table at once, and a parameter query reads one of them"
                    .to_owned(),
            );
        }
    }
    let mut gates: Vec<Expr> = way.gates.clone();
    let mut found_by = match parameters.first() {
        Some(first) => first.name.clone(),
        None => "everybody".to_owned(),
    };
    let mut from = None;
    if let Some(Lookup {
        operand,
        select,
        way: mut inner,
    }) = lookup
    {
        for gate in std::mem::take(&mut inner.gates) {
            if !gates.contains(&gate) {
                gates.push(gate);
            }
        }
        let known_value = way.equal.iter().find(|(of_row, _)| of_row == operand);
        let (of_row, _, _) = sources(operand);
        match (known_value, operand, &select.column) {
            // The row's value is the request's already: the table is only asked whether it has it.
            (Some((_, of_request)), _, column) => {
                inner.equal.push((column.clone(), of_request.clone()));
            }
            (None, Expr::Literal(_), column) => inner.row.push(Expr::Compare {
                op: CompareOp::Eq,
                left: Box::new(column.clone()),
                right: Box::new(operand.clone()),
            }),
            (None, _, column) if !of_row => inner.equal.push((column.clone(), operand.clone())),
            (None, _, Expr::Column(column)) => {
                let name = unique(&parameters, column);
                let text = print::sync_rules(operand, &context(known, row, &hooks::Request))
                    .map_err(|error| error.reason)?;
                let operand = match operand {
                    Expr::Column(_) => text,
                    _ => format!("({text})"),
                };
                conditions.push(Condition {
                    text: format!("{operand} = bucket.{}", ident(&name)),
                    is_choice: false,
                });
                parameters.push(Parameter {
                    from: ident(column),
                    name,
                });
            }
            (None, _, computed) => {
                return Err(format!(
                    "it looks up `{}`, and a parameter query gives columns, nothing computed",
                    print::language(computed)
                ));
            }
        }
        found_by = format!("{}.{}", select.table, print::language(&select.column));
        from = Some((select, inner));
    }
    for condition in &way.row {
        conditions.push(said(condition, known, row, &hooks::Request)?);
    }
    if parameters.is_empty() && (!gates.is_empty() || from.is_some()) {
        // Every parameter query gives a parameter, and every data query uses it.
        conditions.insert(
            0,
            Condition {
                text: "1 = bucket.everybody".to_owned(),
                is_choice: false,
            },
        );
        parameters.push(Parameter {
            name: "everybody".to_owned(),
            from: "1".to_owned(),
        });
    }
    let query = parameter_query(known, &parameters, &gates, from.as_ref(), member_of)?;
    let asks_param =
        way.any(is_param) || from.as_ref().is_some_and(|(_, inner)| inner.any(is_param));
    let asks_caller = {
        let matched = |way: &Way| {
            way.equal
                .iter()
                .chain(&way.held)
                .any(|(_, of)| is_caller(of))
        };
        let gated = from.is_some() && gates.iter().any(|gate| mentions(gate, is_caller));
        member_of.is_some()
            || matched(way)
            || gated
            || from.as_ref().is_some_and(|(_, inner)| matched(inner))
    };
    Ok(Bucket {
        shape: Shape {
            query,
            found_by,
            open_to_everybody: asks_param && !asks_caller,
        },
        conditions,
    })
}

/// The lines of the parameter query.
fn parameter_query(
    known: &Known,
    parameters: &[Parameter],
    gates: &[Expr],
    from: Option<&(&Select, Way)>,
    member_of: Option<&Vec<String>>,
) -> Result<Vec<String>, String> {
    if parameters.is_empty() {
        return Ok(Vec::new());
    }
    let columns: Vec<_> = parameters
        .iter()
        .map(|Parameter { name, from }| {
            let name = ident(name);
            match *from == name {
                true => name,
                false => format!("{from} AS {name}"),
            }
        })
        .collect();
    let mut lines = vec![format!("SELECT {}", columns.join(", "))];
    let nowhere = Row::default();
    let mut conditions = Vec::new();
    for gate in gates {
        conditions.push(said(gate, known, &nowhere, &hooks::Request)?);
    }
    if let Some(path) = member_of {
        let json = member("request.jwt()", path);
        conditions.push(Condition {
            text: format!("substring({json}, 1, 1) = '['"),
            is_choice: false,
        });
        lines.push(format!("FROM json_each({json})"));
    }
    if let Some((select, way)) = from {
        let row = &known.tables[&select.table];
        if ["token_parameters", "user_parameters"].contains(&row.name.as_str()) {
            return Err(format!(
                "in a parameter query `{}` is a word of its own",
                row.name
            ));
        }
        for condition in looked_up(way)? {
            conditions.push(said(&condition, known, row, &hooks::Request)?);
        }
        lines.push(format!("FROM {}", table(row)));
    }
    let several = conditions.len() > 1;
    for (index, Condition { text, is_choice }) in conditions.iter().enumerate() {
        let word = if index == 0 { "WHERE" } else { "  AND" };
        lines.push(match several && *is_choice {
            true => format!("{word} ({text})"),
            false => format!("{word} {text}"),
        });
    }
    Ok(lines)
}

/// The conditions on the row that is looked up.
///
/// The dialect looks up one value for each value of the request, and takes a second column that must equal the same
/// value for found: so that is said of the two columns.
fn looked_up(way: &Way) -> Result<Vec<Expr>, String> {
    if !way.claims.is_empty() {
        return Err(
            "it asks a list of the token and a table at once, and a parameter query reads one of them"
                .to_owned(),
        );
    }
    let mut conditions = Vec::new();
    let mut bound: Vec<(&Expr, &Expr)> = Vec::new();
    for (of_row, of_request) in &way.equal {
        let first = bound.iter().find(|(_, of)| of == &of_request);
        conditions.push(Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(of_row.clone()),
            right: Box::new(match first {
                Some((first, _)) => (*first).clone(),
                None => of_request.clone(),
            }),
        });
        if first.is_none() {
            bound.push((of_row, of_request));
        }
    }
    let mut lists = 0;
    for (list, of_request) in &way.held {
        let first = bound.iter().find(|(_, of)| of == &of_request);
        lists += usize::from(first.is_none());
        conditions.push(Expr::Contains {
            list: Box::new(list.clone()),
            element: Box::new(match first {
                Some((first, _)) => (*first).clone(),
                None => of_request.clone(),
            }),
        });
    }
    if lists > 1 {
        return Err("it asks two lists of a row at once".to_owned());
    }
    conditions.extend(way.row.iter().cloned());
    Ok(conditions)
}

fn table(row: &Row) -> String {
    match &row.schema {
        Some(schema) if schema != "public" => {
            format!("{}.{}", synctable::ident::quoted(schema), ident(&row.name))
        }
        _ => ident(&row.name),
    }
}

/// A new parameter that holds what of the request.
fn named(
    parameters: &mut Vec<Parameter>,
    of_request: &Expr,
    known: &Known,
) -> Result<String, String> {
    let word = match of_request {
        Expr::UserId => "user_id".to_owned(),
        Expr::Claim(path) => path.last().cloned().unwrap_or_default(),
        Expr::Param(name) => name.clone(),
        other => return Err(format!("it compares with `{}`", print::language(other))),
    };
    let plain: String = word
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    let plain = if plain.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{plain}")
    } else {
        plain
    };
    let name = unique(parameters, &plain);
    let nowhere = Row::default();
    let from = print::sync_rules(of_request, &context(known, &nowhere, &hooks::Request))
        .map_err(|error| error.reason)?;
    parameters.push(Parameter {
        name: name.clone(),
        from,
    });
    Ok(name)
}

fn unique(parameters: &[Parameter], word: &str) -> String {
    let taken = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    // A parameter of this name would be the priority of the bucket.
    let word = if word == "_priority" {
        "priority"
    } else {
        word
    };
    let mut name = word.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{word}_{number}");
        number += 1;
    }
    name
}

fn context<'a>(
    known: &'a Known,
    row: &'a Row,
    hooks: &'a dyn print::Hooks,
) -> print::PrintContext<'a> {
    print::PrintContext::new(known, row).with_hooks(hooks)
}

fn said(
    condition: &Expr,
    known: &Known,
    row: &Row,
    hooks: &dyn print::Hooks,
) -> Result<Condition, String> {
    let text =
        print::sync_rules(condition, &context(known, row, hooks)).map_err(|error| error.reason)?;
    Ok(Condition {
        is_choice: match condition {
            Expr::Or(_) => true,
            // `IS NOT TRUE` is a choice here.
            Expr::Is { test, negated, .. } => *negated && *test != IsTest::Null,
            _ => false,
        },
        text,
    })
}

impl Way {
    fn any(&self, is: fn(&Expr) -> bool) -> bool {
        let pairs = self.equal.iter().chain(&self.held).map(|(_, of)| of);
        let conditions = self.row.iter().chain(&self.gates).chain(pairs);
        let operands = self.sets.iter().map(|(operand, _)| operand);
        conditions.chain(operands).any(|expr| mentions(expr, is))
    }
}

fn mentions(expr: &Expr, is: fn(&Expr) -> bool) -> bool {
    let mut found = false;
    expr.visit(&mut |inner| found |= is(inner));
    found
}

fn is_param(expr: &Expr) -> bool {
    matches!(expr, Expr::Param(_))
}

fn is_caller(expr: &Expr) -> bool {
    matches!(expr, Expr::UserId | Expr::Claim(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Literal;

    #[test]
    fn names_of_parameters_do_not_meet() {
        let known = Known::default();
        let mut parameters = Vec::new();
        for expected in ["user_id", "user_id_2"] {
            assert_eq!(
                named(&mut parameters, &Expr::UserId, &known).unwrap(),
                expected
            );
        }
        let claim = Expr::Claim(vec!["app".into(), "9 Lives".into()]);
        assert_eq!(named(&mut parameters, &claim, &known).unwrap(), "_9_lives");
        assert!(named(&mut parameters, &Expr::Literal(Literal::Int(1)), &known).is_err());
    }
}
