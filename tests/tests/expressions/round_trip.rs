//! What Postgres' catalog tells of an expression is the expression that was declared.

use crate::expressions::generator::Generator;
use crate::expressions::random::{Random, count};
use crate::expressions::table;
use std::collections::BTreeMap;
use synctable_codegen::expr::{Context, Scope, catalog, normalise, parse, print};
use synctable_codegen::model::Expr;
use tests::postgres::Cluster;

/// How often each form was met.
#[derive(Default)]
struct Coverage(BTreeMap<String, usize>);

impl Coverage {
    fn count(&mut self, expr: &Expr) {
        let form = match expr {
            Expr::Call { function, .. } => format!("{function:?}"),
            Expr::Is { test, negated, .. } => format!("Is {test:?} {negated}"),
            Expr::Compare { op, .. } => format!("{op:?}"),
            Expr::Arith { op, .. } => format!("{op:?}"),
            other => {
                let text = format!("{other:?}");
                let end = text.find(|c: char| !c.is_alphanumeric());
                text[..end.unwrap_or(text.len())].to_owned()
            }
        };
        *self.0.entry(form).or_default() += 1;
        expr.children().for_each(|child| self.count(child));
    }
}

#[test]
fn a_check_is_read_back_as_it_was_declared() {
    let database = Cluster::shared().plain_database("round_trip");
    let mut client = database.superuser();
    let (row, known) = (table::row(), table::known());
    table::create(&mut client, &row);
    let mut random = Random::new(3);
    let mut coverage = Coverage::default();
    let mut wrong = Vec::new();
    for nr in 0..count(900) {
        let depth = 1 + nr % 3;
        let snippet = Generator {
            random: &mut random,
        }
        .condition(depth);
        let expr = parse(&snippet, &Scope::new(&known, &row), Context::Check)
            .unwrap_or_else(|problems| panic!("{snippet}: {problems:#?}"));
        coverage.count(&expr);
        let text = print::postgres(&expr, &print::PrintContext::new(&known, &row));
        let told = told(&mut client, &text);
        match catalog::postgres(&told, &catalog::Calls::default()) {
            Ok(read) if read == normalise(&expr) => {}
            Ok(read) => wrong.push(format!(
                "{snippet}\n  {text}\n  {told}\n  {read:?}\n  {:?}",
                normalise(&expr)
            )),
            Err(error) => wrong.push(format!("{snippet}\n  {text}\n  {told}\n  {error}")),
        }
        assert_eq!(normalise(&normalise(&expr)), normalise(&expr), "{snippet}");
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let thin: Vec<_> = coverage.0.iter().filter(|(_, times)| **times < 5).collect();
    assert!(
        thin.is_empty(),
        "hardly tried: {thin:?} of {:?}",
        coverage.0
    );
    assert_eq!(coverage.0.len(), 40, "{:?}", coverage.0);
}

/// What the catalog tells of a check.
fn told(client: &mut postgres::Client, text: &str) -> String {
    client
        .batch_execute(&format!("alter table t add constraint c check ({text})"))
        .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let told = client
        .query_one(
            "select pg_get_expr(conbin, conrelid) from pg_constraint where conname = 'c'",
            &[],
        )
        .expect("the catalog is readable")
        .get(0);
    client
        .batch_execute("alter table t drop constraint c")
        .expect("it was added");
    told
}
