//! The form in which rules of two models are compared: what means the same by its words has one form.
//!
//! Beyond [`normalise`], what may be swapped is in one order, negations are at the conditions that they negate, computed columns
//! are what they are computed from, and a set is what it holds: a scope and a subquery that hold the same have one number.
//! A set of the row that columns are copied from is what it says of the copies.

use super::copies::by_copies;
use super::follows::Follows;
use crate::expr::normalise;
use crate::model::{Column, CompareOp, Expr, Literal, Model, Rule, Select, Set, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many tables a copied column is followed through.
const COPIES: usize = 8;

/// A rule in its normal form; `None` where every row passes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Normal(pub(super) Option<Expr>);

impl Normal {
    /// Lets only rows pass that pass the other one, too.
    pub(super) fn also(&mut self, other: &Normal) {
        self.0 = match (self.0.take(), other.0.clone()) {
            (Some(one), Some(other)) => Some(Expr::And(vec![one, other])),
            (one, other) => one.or(other),
        };
    }
}

/// What is called otherwise in the later model.
#[derive(Default)]
pub(super) struct Renames {
    tables: BTreeMap<String, String>,
    columns: BTreeMap<(String, String), String>,
}

impl Renames {
    pub(super) fn of(before: &Model, after: &Model) -> Self {
        let mut renames = Self::default();
        for table in after.tables.values() {
            let was = table
                .was
                .as_ref()
                .filter(|was| before.tables.contains_key(*was));
            let is_same = before.tables.contains_key(&table.name);
            let origin = match was {
                Some(was) if !is_same => was,
                _ if is_same => &table.name,
                _ => continue,
            };
            renames.tables.insert(origin.clone(), table.name.clone());
            let old = &before.tables[origin].columns;
            for column in table.columns.values() {
                let was = column.was.as_ref().filter(|was| old.contains_key(*was));
                if let Some(was) = was.filter(|_| !old.contains_key(&column.name)) {
                    let place = (origin.clone(), was.clone());
                    renames.columns.insert(place, column.name.clone());
                }
            }
        }
        renames
    }

    pub(super) fn table<'a>(&'a self, name: &'a str) -> &'a str {
        self.tables.get(name).map_or(name, String::as_str)
    }

    pub(super) fn column<'a>(&'a self, table: &str, name: &'a str) -> &'a str {
        let place = (table.to_owned(), name.to_owned());
        self.columns.get(&place).map_or(name, String::as_str)
    }
}

/// The sets that rules of both models look up, each once.
#[derive(Default)]
pub(super) struct Sets {
    numbers: HashMap<Select, usize>,
    selects: Vec<Select>,
}

impl Sets {
    fn number(&mut self, select: Select) -> usize {
        let next = self.selects.len();
        *self.numbers.entry(select).or_insert_with_key(|select| {
            self.selects.push(select.clone());
            next
        })
    }

    /// What decides whether one rule follows from others.
    pub(super) fn follows(&self) -> Follows<'_> {
        Follows::new(&self.selects)
    }
}

/// The set of a number; no declared scope has a name of this form.
fn named(number: usize) -> Set {
    Set::Scope(format!("#{number}"))
}

/// The number of a set in a normal form.
pub(super) fn number_of(set: &Set) -> Option<usize> {
    match set {
        Set::Scope(name) => name.strip_prefix('#')?.parse().ok(),
        Set::Select(_) => None,
    }
}

/// The forms of the rules of one model, with the names of the later one.
pub(super) struct Forms<'m, 's> {
    model: &'m Model,
    renames: &'m Renames,
    sets: &'s mut Sets,
    /// The number of each scope.
    scopes: BTreeMap<String, usize>,
}

impl<'m, 's> Forms<'m, 's> {
    pub(super) fn new(model: &'m Model, renames: &'m Renames, sets: &'s mut Sets) -> Self {
        let mut forms = Self {
            model,
            renames,
            sets,
            scopes: BTreeMap::new(),
        };
        // Those that a scope reads come before it.
        model
            .of_scopes(|select, below: &BTreeMap<&str, usize>| {
                for (name, number) in below {
                    forms.scopes.insert((*name).to_owned(), *number);
                }
                forms.set(select)
            })
            .into_iter()
            .for_each(|(name, number)| {
                forms.scopes.insert(name.to_owned(), number);
            });
        forms
    }

    /// The form of a rule over the rows of a table; `is_filled` names the columns of a new row that its writer does not set.
    pub(super) fn rule(
        &mut self,
        rule: &Rule,
        table: &str,
        is_filled: &dyn Fn(&Column) -> bool,
    ) -> Normal {
        Normal(match rule {
            Rule::Public => None,
            Rule::When(expr) => Some(self.condition(expr, table, is_filled)),
        })
    }

    fn set(&mut self, select: &Select) -> usize {
        let of = |forms: &mut Self, expr: &Expr| forms.condition(expr, &select.table, &|_| false);
        let form = Select {
            column: of(self, &select.column),
            table: self.renames.table(&select.table).to_owned(),
            filter: select.filter.as_ref().map(|filter| of(self, filter)),
        };
        self.sets.number(form)
    }

    fn condition(&mut self, expr: &Expr, table: &str, is_filled: &dyn Fn(&Column) -> bool) -> Expr {
        let (model, renames) = (self.model, self.renames);
        let plain = match model.tables.get(table) {
            Some(table) => by_copies(model, table, &normalise(expr))
                .with_columns(&|name| meant(model, renames, table, name, is_filled)),
            // Rows of a bucket.
            None => normalise(expr),
        };
        self.ordered(&normalise(&plain))
    }

    fn ordered(&mut self, expr: &Expr) -> Expr {
        let one = |forms: &mut Self, expr: &Expr| Box::new(forms.ordered(expr));
        match expr {
            Expr::And(parts) => self.joined(parts, true),
            Expr::Or(parts) => self.joined(parts, false),
            Expr::Not(inner) => match negation(inner) {
                Some(negation) => self.ordered(&negation),
                None => Expr::Not(one(self, inner)),
            },
            Expr::Compare { op, left, right } => {
                let (left, right) = (one(self, left), one(self, right));
                match right < left {
                    true => Expr::Compare {
                        op: swapped(*op),
                        left: right,
                        right: left,
                    },
                    false => Expr::Compare {
                        op: *op,
                        left,
                        right,
                    },
                }
            }
            Expr::Distinct {
                left,
                right,
                distinct,
            } => {
                let (left, right) = (one(self, left), one(self, right));
                let (left, right) = (left.clone().min(right.clone()), left.max(right));
                Expr::Distinct {
                    left,
                    right,
                    distinct: *distinct,
                }
            }
            Expr::InList {
                operand,
                list,
                negated,
            } => {
                let mut list = list.clone();
                list.sort();
                list.dedup();
                let listed = Expr::InList {
                    operand: one(self, operand),
                    list,
                    negated: *negated,
                };
                normalise(&listed)
            }
            Expr::InSet { operand, set } => {
                let number = match set {
                    Set::Scope(name) => self.scopes.get(name).copied(),
                    Set::Select(select) => Some(self.set(select)),
                };
                Expr::InSet {
                    operand: one(self, operand),
                    set: number.map_or_else(|| set.clone(), named),
                }
            }
            Expr::Is {
                operand,
                test,
                negated,
            } => Expr::Is {
                operand: one(self, operand),
                test: *test,
                negated: *negated,
            },
            Expr::InClaims { operand, path } => Expr::InClaims {
                operand: one(self, operand),
                path: path.clone(),
            },
            Expr::Contains { list, element } => Expr::Contains {
                list: one(self, list),
                element: one(self, element),
            },
            Expr::Arith { op, left, right } => Expr::Arith {
                op: *op,
                left: one(self, left),
                right: one(self, right),
            },
            Expr::Concat(parts) => {
                Expr::Concat(parts.iter().map(|one| self.ordered(one)).collect())
            }
            Expr::Call { function, args } => Expr::Call {
                function: *function,
                args: args.iter().map(|one| self.ordered(one)).collect(),
            },
            Expr::Case {
                branches,
                otherwise,
            } => Expr::Case {
                branches: branches
                    .iter()
                    .map(|(condition, result)| (self.ordered(condition), self.ordered(result)))
                    .collect(),
                otherwise: otherwise.as_ref().map(|otherwise| one(self, otherwise)),
            },
            Expr::JsonIs {
                operand,
                path,
                truth,
            } => Expr::JsonIs {
                operand: one(self, operand),
                path: path.clone(),
                truth: *truth,
            },
            Expr::JsonText { operand, path } => Expr::JsonText {
                operand: one(self, operand),
                path: path.clone(),
            },
            Expr::Literal(_) | Expr::Column(_) | Expr::UserId | Expr::Claim(_) | Expr::Param(_) => {
                expr.clone()
            }
        }
    }

    /// Conditions that all hold, or of which one does: flat, in one order, each once, constants of one operand in one list.
    fn joined(&mut self, parts: &[Expr], and: bool) -> Expr {
        let mut flat = BTreeSet::new();
        let mut lists: BTreeMap<Expr, BTreeSet<Literal>> = BTreeMap::new();
        for part in parts {
            let part = self.ordered(part);
            let inner = match (part, and) {
                (Expr::And(inner), true) | (Expr::Or(inner), false) => inner,
                (part, _) => vec![part],
            };
            for part in inner {
                // `x = 'a' or x = 'b'`, and `x <> 'a' and x <> 'b'`.
                match listed(&part, and) {
                    Some((operand, list)) => lists.entry(operand).or_default().extend(list),
                    None => {
                        flat.insert(part);
                    }
                }
            }
        }
        for (operand, list) in lists {
            let listed = Expr::InList {
                operand: Box::new(operand),
                list: list.into_iter().collect(),
                negated: and,
            };
            flat.insert(self.ordered(&normalise(&listed)));
        }
        let parts: Vec<Expr> = flat.into_iter().collect();
        match (<[Expr; 1]>::try_from(parts), and) {
            (Ok([only]), _) => only,
            (Err(parts), true) => Expr::And(parts),
            (Err(parts), false) => Expr::Or(parts),
        }
    }
}

/// What a column holds: itself by its later name, or what it is computed, copied or filled from.
fn meant(
    model: &Model,
    renames: &Renames,
    table: &Table,
    name: &str,
    is_filled: &dyn Fn(&Column) -> bool,
) -> Option<Expr> {
    let new = renames.column(&table.name, name);
    let renamed = || (new != name).then(|| Expr::Column(new.to_owned()));
    let Some(column) = table.columns.get(name) else {
        return renamed();
    };
    if let Some(generated) = &column.generated {
        let inner = |name: &str| meant(model, renames, table, name, &|_| false);
        return Some(normalise(&generated.expr).with_columns(&inner));
    }
    if column.copied.is_some() {
        return Some(Expr::Column(held(model, renames, table, name, COPIES)));
    }
    match &column.default {
        Some(default) if is_filled(column) => {
            Some(Expr::Column(format!("{new} filled by {default:?}")))
        }
        _ => renamed(),
    }
}

/// A column by its later name, and what it is copied from, through as many tables: the row there, and the columns that
/// lead to it.
fn held(model: &Model, renames: &Renames, table: &Table, name: &str, most: usize) -> String {
    let new = renames.column(&table.name, name);
    let column = table.columns.get(name);
    let Some(copied) = column.and_then(|column| column.copied.as_ref()) else {
        return new.to_owned();
    };
    let there = model.tables.get(&copied.table);
    let (Some(there), Some(most)) = (there, most.checked_sub(1)) else {
        return format!("{new} from {copied:?}");
    };
    let by = copied
        .by
        .iter()
        .map(|one| held(model, renames, table, one, most));
    let references = copied
        .references
        .iter()
        .map(|one| renames.column(&copied.table, one));
    format!(
        "{new} from {}.{} where ({}) = ({})",
        renames.table(&copied.table),
        held(model, renames, there, &copied.column, most),
        references.collect::<Vec<_>>().join(", "),
        by.collect::<Vec<_>>().join(", "),
    )
}

/// The negation of a condition, one step further in; `None` where there is none.
fn negation(inner: &Expr) -> Option<Expr> {
    let not = |expr: &Expr| Expr::Not(Box::new(expr.clone()));
    Some(match inner {
        Expr::And(parts) => Expr::Or(parts.iter().map(not).collect()),
        Expr::Or(parts) => Expr::And(parts.iter().map(not).collect()),
        Expr::Compare { op, left, right } => Expr::Compare {
            op: match op {
                CompareOp::Eq => CompareOp::Ne,
                CompareOp::Ne => CompareOp::Eq,
                CompareOp::Lt => CompareOp::Ge,
                CompareOp::Le => CompareOp::Gt,
                CompareOp::Gt => CompareOp::Le,
                CompareOp::Ge => CompareOp::Lt,
            },
            left: left.clone(),
            right: right.clone(),
        },
        Expr::Not(_) | Expr::Is { .. } | Expr::Distinct { .. } | Expr::InList { .. } => {
            let negated = normalise(&not(inner));
            return (negated != not(inner)).then_some(negated);
        }
        _ => return None,
    })
}

/// The comparison with its sides swapped.
fn swapped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq | CompareOp::Ne => op,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}

/// What a condition is compared with, and the constants that it is one of, or none of.
fn listed(condition: &Expr, none_of: bool) -> Option<(Expr, Vec<Literal>)> {
    match condition {
        Expr::InList {
            operand,
            list,
            negated,
        } if *negated == none_of => Some(((**operand).clone(), list.clone())),
        Expr::Compare { op, left, right } => {
            let wanted = match none_of {
                true => CompareOp::Ne,
                false => CompareOp::Eq,
            };
            match (&**left, &**right) {
                _ if *op != wanted => None,
                (Expr::Literal(_), Expr::Literal(_)) => None,
                (Expr::Literal(literal), operand) | (operand, Expr::Literal(literal)) => {
                    Some((operand.clone(), vec![literal.clone()]))
                }
                _ => None,
            }
        }
        _ => None,
    }
}
