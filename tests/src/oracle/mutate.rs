//! Wrong policies, each wrong in one place: what an oracle must find when one enforcer is made of them.

use crate::universe::hints::rules;
use crate::universe::tables_on_server;
use synctable_codegen::model::{
    Column, CompareOp, Copied, Expr, IsTest, Literal, Model, RoleRules, Rule, Select, Set, Table,
};

/// A model that says something else in one place.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Where: `lists read`, `scope my_lists`, `stream recent items`.
    pub site: String,
    /// The same for programs.
    pub place: Place,
    /// What was done there.
    pub what: String,
    /// The model that says it.
    pub model: Model,
}

/// What a mutant changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The rule of a table for a command.
    Rule(String, Command),
    /// A scope, which rules and other scopes look things up in.
    Scope(String),
    /// What a stream selects.
    Stream(String),
    /// Where a column of a table is copied from.
    Copied(String),
}

impl Place {
    /// The tables whose rules say something else because of it.
    #[must_use]
    pub fn tables<'a>(&self, model: &'a Model) -> Vec<&'a Table> {
        let all = tables_on_server(model).into_iter();
        match self {
            Self::Rule(table, _) | Self::Copied(table) => {
                all.filter(|one| one.name == *table).collect()
            }
            Self::Scope(scope) => all
                .filter(|table| {
                    let mut said = rules(model, &table.name).into_iter();
                    said.any(|rule| looks_up(model, rule, scope))
                })
                .collect(),
            Self::Stream(_) => Vec::new(),
        }
    }
}

/// Whether a condition looks something up in the scope, through others too.
fn looks_up(model: &Model, condition: &Expr, scope: &str) -> bool {
    let of = |select: &Select| {
        let filter = select.filter.as_ref();
        filter.is_some_and(|filter| looks_up(model, filter, scope))
    };
    let mut found = false;
    condition.visit(&mut |expr| {
        if let Expr::InSet { set, .. } = expr {
            found |= match set {
                Set::Scope(name) => name == scope || of(&model.scopes[name]),
                Set::Select(select) => of(select),
            };
        }
    });
    found
}

/// What a rule decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who sees a row.
    Read,
    /// Who adds a row.
    Insert,
    /// Which rows are changed.
    Before,
    /// What they are changed into.
    After,
    /// Who deletes a row.
    Delete,
}

/// Every mutant of the rules of the client role, of scopes and of stream filters.
#[must_use]
pub fn mutants(model: &Model) -> Vec<Mutant> {
    let mut all = Vec::new();
    let role = model.postgres.roles.client.clone();
    let mut push = |site: &str, place: Place, what: String, change: &dyn Fn(&mut Model)| {
        let mut mutant = model.clone();
        change(&mut mutant);
        all.push(Mutant {
            site: site.to_owned(),
            place,
            what,
            model: mutant,
        });
    };
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let Some(access) = &table.access else {
            continue;
        };
        let name = &table.name;
        let simple: [(&str, Command, &RoleRules<Rule>); 3] = [
            ("read", Command::Read, &access.read),
            ("insert", Command::Insert, &access.insert),
            ("delete", Command::Delete, &access.delete),
        ];
        for (word, command, rules) in simple {
            for (what, rule) in rules.get(&role).map(rules_of).unwrap_or_default() {
                let of = Place::Rule(name.clone(), command);
                push(&format!("{name} {word}"), of, what, &|model| {
                    let access = model.tables[name].access.as_mut().expect("it has one");
                    let rules = match command {
                        Command::Read => &mut access.read,
                        Command::Insert => &mut access.insert,
                        _ => &mut access.delete,
                    };
                    rules[&role] = rule.clone();
                });
            }
        }
        if let Some(update) = access.update.get(&role) {
            for (what, rule) in rules_of(&update.before) {
                let of = Place::Rule(name.clone(), Command::Before);
                push(&format!("{name} update before"), of, what, &|model| {
                    let access = model.tables[name].access.as_mut().expect("it has one");
                    access.update[&role].before = rule.clone();
                });
            }
            for (what, rule) in rules_of(&update.after) {
                let of = Place::Rule(name.clone(), Command::After);
                push(&format!("{name} update after"), of, what, &|model| {
                    let access = model.tables[name].access.as_mut().expect("it has one");
                    access.update[&role].after = rule.clone();
                });
            }
        }
    }
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        for column in table.columns.values() {
            // What no rule reads shows in no decision.
            let of_table = rules(model, &table.name);
            if !of_table
                .iter()
                .any(|rule| rule.columns().contains(&&*column.name))
            {
                continue;
            }
            for (what, copied) in copies_of(model, column) {
                let place = Place::Copied(table.name.clone());
                push(
                    &format!("{} {}", table.name, column.name),
                    place,
                    what,
                    &|model| {
                        let column = &mut model.tables[&table.name].columns[&column.name];
                        column.copied = copied.clone();
                    },
                );
            }
        }
    }
    for (name, select) in &model.scopes {
        for (what, select) in selects_of(select) {
            let place = Place::Scope(name.clone());
            push(&format!("scope {name}"), place, what, &|model| {
                model.scopes[name] = select.clone();
            });
        }
    }
    for (name, stream) in &model.streams {
        for (index, part) in stream.tables.iter().enumerate() {
            for (what, filter) in part.filter.as_ref().map(mutated).unwrap_or_default() {
                let site = format!("stream {name} {}", part.table);
                push(&site, Place::Stream(name.clone()), what, &|model| {
                    model.streams[name].tables[index].filter = Some(filter.clone());
                });
            }
        }
    }
    all
}

fn rules_of(rule: &Rule) -> Vec<(String, Rule)> {
    match rule {
        Rule::Public => Vec::new(),
        Rule::When(condition) => {
            let mut all: Vec<(String, Rule)> = mutated(condition)
                .into_iter()
                .map(|(what, condition)| (what, Rule::When(condition)))
                .collect();
            all.push(("public".to_owned(), Rule::Public));
            all
        }
    }
}

/// A column that is copied from nowhere, or from another column of its kind.
fn copies_of(model: &Model, column: &Column) -> Vec<(String, Option<Copied>)> {
    let Some(copied) = &column.copied else {
        return Vec::new();
    };
    let there = &model.tables[&copied.table].columns;
    let others = there.values().filter(|other| {
        other.name != copied.column && other.kind == column.kind && other.direction.on_server()
    });
    let mut all = vec![("not copied".to_owned(), None)];
    all.extend(others.map(|other| {
        let copied = Copied {
            column: other.name.clone(),
            ..copied.clone()
        };
        (format!("copied from {}", other.name), Some(copied))
    }));
    all
}

fn selects_of(select: &Select) -> Vec<(String, Select)> {
    let Some(filter) = &select.filter else {
        return Vec::new();
    };
    let with = |filter: Option<Expr>| Select {
        filter,
        ..select.clone()
    };
    let mut all: Vec<(String, Select)> = mutated(filter)
        .into_iter()
        .map(|(what, filter)| (what, with(Some(filter))))
        .collect();
    all.push(("without its filter".to_owned(), with(None)));
    all
}

/// The condition with one node of it changed, for every node and change.
#[must_use]
pub fn mutated(condition: &Expr) -> Vec<(String, Expr)> {
    let mut all = Vec::new();
    match condition {
        Expr::And(parts) | Expr::Or(parts) => {
            let is_and = matches!(condition, Expr::And(_));
            let join = |parts: Vec<Expr>, and: bool| match (parts.len(), and) {
                (1, _) => parts.into_iter().next().expect("there is one"),
                (_, true) => Expr::And(parts),
                (_, false) => Expr::Or(parts),
            };
            let word = if is_and { "or for and" } else { "and for or" };
            all.push((word.to_owned(), join(parts.clone(), !is_and)));
            for (index, part) in parts.iter().enumerate() {
                let mut others = parts.clone();
                others.remove(index);
                all.push((format!("without {}", brief(part)), join(others, is_and)));
                for (what, changed) in mutated(part) {
                    let mut parts = parts.clone();
                    parts[index] = changed;
                    all.push((what, join(parts, is_and)));
                }
            }
        }
        Expr::Not(inner) => {
            all.push(("without not".to_owned(), (**inner).clone()));
            for (what, changed) in mutated(inner) {
                all.push((what, Expr::Not(Box::new(changed))));
            }
        }
        Expr::Compare { op, left, right } => {
            let opposite = match op {
                CompareOp::Eq => CompareOp::Ne,
                CompareOp::Ne => CompareOp::Eq,
                CompareOp::Lt => CompareOp::Ge,
                CompareOp::Le => CompareOp::Gt,
                CompareOp::Gt => CompareOp::Le,
                CompareOp::Ge => CompareOp::Lt,
            };
            let with = |op: CompareOp, left: &Expr, right: &Expr| Expr::Compare {
                op,
                left: Box::new(left.clone()),
                right: Box::new(right.clone()),
            };
            let shown = brief(condition);
            let is_asked =
                |side: &Expr| matches!(side, Expr::UserId | Expr::Claim(_) | Expr::Param(_));
            let mixes = |one: &Expr, other: &Expr| is_asked(one) && !other.columns().is_empty();
            // No enforcer is made of `<>` between the row and the caller: the language has none.
            if !mixes(left, right) && !mixes(right, left) {
                all.push((
                    format!("the opposite of {shown}"),
                    with(opposite, left, right),
                ));
            }
            for (one, other) in [(left, right), (right, left)] {
                match &**one {
                    Expr::UserId | Expr::Claim(_) | Expr::Param(_) if mixes(one, other) => {
                        all.push((format!("anybody for {shown}"), is_not_null(other)));
                    }
                    Expr::Literal(Literal::Text(text)) => {
                        let changed = Expr::Literal(Literal::Text(format!("{text}x")));
                        if other.columns().is_empty() {
                            all.push((
                                format!("another constant in {shown}"),
                                with(*op, other, &changed),
                            ));
                        }
                    }
                    _ => {}
                }
            }
        }
        Expr::Is {
            operand,
            test,
            negated,
        } => all.push((
            format!("the opposite of {}", brief(condition)),
            Expr::Is {
                operand: operand.clone(),
                test: *test,
                negated: !negated,
            },
        )),
        Expr::InList {
            operand,
            list,
            negated,
        } => {
            all.push((
                format!("the opposite of {}", brief(condition)),
                Expr::InList {
                    operand: operand.clone(),
                    list: list.clone(),
                    negated: !negated,
                },
            ));
            for index in 0..list.len() {
                if list.len() > 1 {
                    let mut list = list.clone();
                    let removed = list.remove(index);
                    let shown = brief(condition);
                    all.push((
                        format!("without {removed:?} in {shown}"),
                        Expr::InList {
                            operand: operand.clone(),
                            list,
                            negated: *negated,
                        },
                    ));
                }
            }
        }
        Expr::InSet { operand, set } => {
            let shown = brief(condition);
            if !operand.columns().is_empty() {
                all.push((format!("anybody for {shown}"), is_not_null(operand)));
            }
            if let Set::Select(select) = set {
                for (what, select) in selects_of(select) {
                    all.push((
                        format!("{what} in {shown}"),
                        Expr::InSet {
                            operand: operand.clone(),
                            set: Set::Select(Box::new(select)),
                        },
                    ));
                }
            }
        }
        Expr::InClaims { operand, .. } => all.push((
            format!("anybody for {}", brief(condition)),
            is_not_null(operand),
        )),
        Expr::JsonIs {
            operand,
            path,
            truth,
        } => {
            all.push((
                format!("anybody for {}", brief(condition)),
                is_not_null(operand),
            ));
            all.push((
                format!("the opposite of {}", brief(condition)),
                Expr::JsonIs {
                    operand: operand.clone(),
                    path: path.clone(),
                    truth: !truth,
                },
            ));
        }
        Expr::Contains { list, .. } => {
            all.push((
                format!("anybody for {}", brief(condition)),
                is_not_null(list),
            ));
        }
        Expr::Column(_) => all.push((
            format!("the opposite of {}", brief(condition)),
            Expr::Is {
                operand: Box::new(condition.clone()),
                test: IsTest::False,
                negated: false,
            },
        )),
        _ => {}
    }
    all
}

fn is_not_null(operand: &Expr) -> Expr {
    Expr::Is {
        operand: Box::new(operand.clone()),
        test: IsTest::Null,
        negated: true,
    }
}

/// A node in a few words.
fn brief(expr: &Expr) -> String {
    match expr {
        Expr::Literal(literal) => super::super::universe::plain(literal).to_string(),
        Expr::Column(name) => name.clone(),
        Expr::UserId => "the caller".to_owned(),
        Expr::Claim(path) => format!("the claim {}", path.join(".")),
        Expr::Param(name) => format!(":{name}"),
        Expr::Compare { op, left, right } => {
            let op = match op {
                CompareOp::Eq => "=",
                CompareOp::Ne => "<>",
                CompareOp::Lt => "<",
                CompareOp::Le => "<=",
                CompareOp::Gt => ">",
                CompareOp::Ge => ">=",
            };
            format!("{} {op} {}", brief(left), brief(right))
        }
        Expr::InSet { operand, set } => match set {
            Set::Scope(name) => format!("{} in ({name})", brief(operand)),
            Set::Select(select) => {
                format!("{} in (select from {})", brief(operand), select.table)
            }
        },
        Expr::InList { operand, .. } => format!("{} in (…)", brief(operand)),
        Expr::Is {
            operand,
            test,
            negated,
        } => {
            let not = if *negated { "not " } else { "" };
            let test = match test {
                IsTest::Null => "null",
                IsTest::True => "true",
                IsTest::False => "false",
            };
            format!("{} is {not}{test}", brief(operand))
        }
        Expr::And(parts) => parts.iter().map(brief).collect::<Vec<_>>().join(" and "),
        Expr::Or(parts) => parts.iter().map(brief).collect::<Vec<_>>().join(" or "),
        Expr::Not(inner) => format!("not {}", brief(inner)),
        Expr::Contains { list, element } => format!("{} in {}", brief(element), brief(list)),
        Expr::Concat(parts) => parts.iter().map(brief).collect::<Vec<_>>().join(" || "),
        Expr::JsonIs {
            operand,
            path,
            truth,
        } => format!("{}.{} is {truth}", brief(operand), path.join(".")),
        Expr::JsonText { operand, path } => format!("{}.{}", brief(operand), path.join(".")),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synctable_codegen::model::sample::{column, equal, model};

    #[test]
    fn every_node_is_changed_once() {
        let rule = Expr::And(vec![
            equal(column("owner_id"), Expr::UserId),
            is_not_null(&column("title")),
        ]);
        let told: Vec<String> = mutated(&rule).into_iter().map(|(what, _)| what).collect();
        assert_eq!(
            told,
            [
                "or for and",
                "without owner_id = the caller",
                "anybody for owner_id = the caller",
                "without title is not null",
                "the opposite of title is not null",
            ]
        );
    }

    #[test]
    fn a_mutant_differs_from_the_model_in_one_place() {
        let model = model();
        let mutants = mutants(&model);
        assert!(mutants.len() > 10);
        assert!(mutants.iter().all(|mutant| mutant.model != model));
    }
}
