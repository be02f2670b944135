//! What access rules look rows up by has an index.
//!
//! A policy is evaluated for every row that a statement meets, unless an index leads to the rows that it grants.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::{Context, Known, Row, Scope, access, normalise, parse, print};
use crate::model::{
    CompareOp, Expr, IndexSide, IsTest, Model, Rule, Select, Set, Table, UniquePart,
};
use std::collections::BTreeSet;
use synctable::{Element, Kind, Scalar};

/// What is compared with the caller, or looked up in a set of the caller's, leads an index: a column, or what a rule composes of some.
///
/// Rules for reading, changing and deleting find rows; a rule for the new row finds none.
pub(super) fn lead_to_what_rules_grant(model: &Model, cx: &mut Complaints) {
    let known = Known::of(model);
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for table in model.tables.values().filter(|table| table.sync.on_server()) {
        let Some(rules) = &table.access else {
            continue;
        };
        let read = rules.read.values().map(|rule| ("read", rule));
        let before = rules.update.values().map(|rule| ("update", &rule.before));
        let delete = rules.delete.values().map(|rule| ("delete", rule));
        for (command, rule) in read.chain(before).chain(delete) {
            let Rule::When(expr) = rule else {
                continue;
            };
            let place = Place::table(&table.name).key("access").key(command);
            let mut asked = Asked {
                model,
                known: &known,
                told: &mut told,
            };
            asked.rule(table, expr, &place, cx);
        }
    }
    for (name, select) in &model.scopes {
        let place = Place::new(["scopes", name]);
        let mut asked = Asked {
            model,
            known: &known,
            told: &mut told,
        };
        asked.select(select, &place, cx);
    }
}

struct Asked<'a> {
    model: &'a Model,
    known: &'a Known,
    /// Tables, and what their rows are found by, that were complained of: one reason is given once.
    told: &'a mut BTreeSet<(String, String)>,
}

impl Asked<'_> {
    fn rule(&mut self, table: &Table, rule: &Expr, place: &Place, cx: &mut Complaints) {
        let rows = Rows::of(table, self.known);
        let rule = access::enforceable(rule, rows.row, self.known);
        if let Reach::Missing(sought) = rows.reach(&rule, &[]) {
            self.missing(&rows, &sought, place, cx);
        }
        rule.visit(&mut |inner| {
            if let Expr::InSet {
                set: Set::Select(select),
                ..
            } = inner
            {
                self.select(select, place, cx);
            }
        });
    }

    fn select(&mut self, select: &Select, place: &Place, cx: &mut Complaints) {
        let table = self.model.tables.get(&select.table);
        if let (Some(table), Some(filter)) = (table, &select.filter) {
            // A set that asks for no caller is read anew by every statement that looks something up in it.
            let rows = Rows::of(table, self.known);
            let lowered = access::enforceable(filter, rows.row, self.known);
            if let Reach::Unasked = rows.reach(&lowered, &[]) {
                let sought: Vec<&Expr> = rows.unindexed(&lowered).into_iter().collect();
                self.missing(&rows, &sought, place, cx);
            }
            self.rule(table, filter, place, cx);
        }
    }

    fn missing(&mut self, rows: &Rows<'_>, sought: &[&Expr], place: &Place, cx: &mut Complaints) {
        for sought in sought {
            let text = print::language(sought);
            if self.told.insert((rows.table.name.clone(), text.clone())) {
                cx.push(place.clone(), rows.missing(sought, &text));
            }
        }
    }
}

/// How the rows of a condition are found.
enum Reach<'a> {
    /// By nothing that asks for the caller.
    Unasked,
    /// By indexes.
    Indexed,
    /// By looking at every row, for want of indexes that lead with these.
    Missing(Vec<&'a Expr>),
}

/// The rows of a table, and by what indexes they are found.
struct Rows<'a> {
    table: &'a Table,
    row: &'a Row,
    known: &'a Known,
}

impl<'k> Rows<'k> {
    fn of(table: &'k Table, known: &'k Known) -> Self {
        Self {
            table,
            row: &known.tables[&table.name],
            known,
        }
    }

    fn missing(&self, sought: &Expr, text: &str) -> Diagnostic {
        let diagnostic = Diagnostic::warning(
            codes::POLICY_WITHOUT_INDEX,
            format!(
                "rules find rows of `{}` by `{text}`, but no index starts with it",
                self.table.name
            ),
        );
        let name = sought
            .columns()
            .into_iter()
            .fold("by".to_owned(), |name, column| format!("{name}_{column}"));
        let scope = Scope::new(self.known, self.row);
        match sought {
            Expr::Column(column) => diagnostic
                .help(match self.table.columns[column].kind {
                    Kind::List(_) => {
                        format!("add `indexes: {{{name}: {{on: [{column}], method: gin, side: server}}}}`")
                    }
                    _ => format!("add `indexes: {{{name}: [{column}]}}`"),
                })
                .help("or make it the first part of an index, a unique or the key"),
            _ if parse(text, &scope, Context::IndexPart).is_ok() => {
                // A text of JSON is one of YAML.
                let text = serde_json::to_string(text).expect("a text has a JSON form");
                diagnostic
                    .help(format!("add `indexes: {{{name}: [{{expr: {text}}}]}}`"))
                    .help("or make it the first part of an index or a unique")
            }
            _ => diagnostic
                .help("store it in its own column with an index: Postgres cannot index this expression"),
        }
    }

    /// How the rows of a condition are found, of which `given` holds too.
    fn reach<'a>(&self, expr: &'a Expr, given: &[&'a Expr]) -> Reach<'a> {
        match expr {
            // One part that an index serves leaves the others to be looked at.
            Expr::And(parts) => {
                let mut found = Reach::Unasked;
                let given: Vec<&Expr> = given.iter().copied().chain(parts).collect();
                for part in parts {
                    match (self.reach(part, &given), &found) {
                        (Reach::Indexed, _) => return Reach::Indexed,
                        (missing @ Reach::Missing(_), Reach::Unasked) => found = missing,
                        _ => {}
                    }
                }
                found
            }
            Expr::Or(parts) => {
                let mut found = Reach::Unasked;
                let mut sought = Vec::new();
                let mut unasked = Vec::new();
                for part in parts {
                    match self.reach(part, given) {
                        Reach::Unasked => unasked.push(part),
                        Reach::Indexed => found = Reach::Indexed,
                        Reach::Missing(more) => sought.extend(more),
                    }
                }
                // One way that looks at every row makes all the others do so.
                if !sought.is_empty() || matches!(found, Reach::Indexed) {
                    sought.extend(unasked.iter().filter_map(|part| self.unindexed(part)));
                }
                match sought.is_empty() {
                    true => found,
                    false => Reach::Missing(sought),
                }
            }
            Expr::Compare {
                op: CompareOp::Eq,
                left,
                right,
            } => match (&**left, &**right) {
                (operand, caller) | (caller, operand) if self.asks(operand, caller) => {
                    self.by(operand, given)
                }
                _ => Reach::Unasked,
            },
            Expr::InSet { operand, .. } | Expr::InClaims { operand, .. }
                if !operand.columns().is_empty() =>
            {
                self.by(operand, given)
            }
            Expr::Contains { list, element } if self.is_element(list, element) => {
                match self.has_gin(list, given) {
                    true => Reach::Indexed,
                    false => Reach::Missing(vec![list]),
                }
            }
            _ => Reach::Unasked,
        }
    }

    /// Whether a policy asks for the caller in a list in the form that an index serves: the element is of the list's own kind.
    fn is_element(&self, list: &Expr, element: &Expr) -> bool {
        let (Expr::Column(_), Some(Kind::List(Element::Scalar(of)))) =
            (list, self.known.kind_of(list, self.row))
        else {
            return false;
        };
        match element {
            Expr::UserId => of == self.known.user_id,
            Expr::Claim(_) => of == Scalar::Text,
            _ => false,
        }
    }

    fn has_gin(&self, list: &Expr, given: &[&Expr]) -> bool {
        self.table.indexes.iter().any(|index| {
            index.side != IndexSide::Client
                && index.method == "gin"
                && covers(&index.predicate, list, given)
                && index.parts.iter().any(|part| part.expr == *list)
        })
    }

    /// What the rows of a condition that asks for no caller could be found by, where no index finds them.
    fn unindexed<'a>(&self, expr: &'a Expr) -> Option<&'a Expr> {
        let covered = |predicate: &Option<Expr>| predicate.as_ref() == Some(expr);
        let mut uniques = self.table.uniques.iter();
        let mut indexes = self.table.indexes.iter();
        let partial = uniques.any(|unique| covered(&unique.predicate))
            || indexes.any(|index| index.side != IndexSide::Client && covered(&index.predicate));
        let found = |operand: &'a Expr| {
            let wanted = !partial
                && !operand.columns().is_empty()
                && self.is_sortable(operand)
                && !self.leads(operand, &[]);
            wanted.then_some(operand)
        };
        match expr {
            Expr::And(parts) => {
                let mut missing = parts.iter().map(|part| self.unindexed(part));
                match missing.clone().any(|sought| sought.is_none()) {
                    true => None,
                    false => missing.next().flatten(),
                }
            }
            Expr::Is {
                operand,
                negated: false,
                ..
            }
            | Expr::InList {
                operand,
                negated: false,
                ..
            } => found(operand),
            Expr::Compare {
                op: CompareOp::Eq,
                left,
                right,
            } if matches!(**right, Expr::Literal(_)) => found(left),
            column @ Expr::Column(_) => found(column),
            _ => None,
        }
    }

    /// Whether the comparison is one that an index serves: a label is compared as a text, which its index does not hold.
    fn asks(&self, operand: &Expr, caller: &Expr) -> bool {
        let kind = self.known.kind_of(operand, self.row);
        let is_typed = || {
            kind.as_ref()
                .is_some_and(|kind| !matches!(kind, Kind::Enum { .. }))
        };
        let has_row = !operand.columns().is_empty();
        match caller {
            Expr::UserId => has_row,
            Expr::Claim(_) => has_row && is_typed(),
            _ => false,
        }
    }

    fn by<'a>(&self, operand: &'a Expr, given: &[&Expr]) -> Reach<'a> {
        match self.leads(operand, given) {
            true => Reach::Indexed,
            false => Reach::Missing(vec![operand]),
        }
    }

    /// Whether a key, a unique or an index of Postgres begins with it and covers every row that can equal something.
    fn leads(&self, sought: &Expr, given: &[&Expr]) -> bool {
        let sought = &normalise(sought);
        let is = |expr: &Expr| normalise(expr) == *sought;
        let unique = self.table.uniques.iter().any(|unique| {
            covers(&unique.predicate, sought, given)
                && match unique.parts.first() {
                    Some(UniquePart::Column(name)) => is_column(sought, name),
                    Some(UniquePart::Expr(expr)) => is(expr),
                    None => false,
                }
        });
        let index = self.table.indexes.iter().any(|index| {
            index.side != IndexSide::Client
                && matches!(index.method.as_str(), "btree" | "hash")
                && covers(&index.predicate, sought, given)
                && index.parts.first().is_some_and(|part| is(&part.expr))
        });
        let key = self.table.key.first();
        key.is_some_and(|first| is_column(sought, first)) || unique || index
    }

    /// Whether an ordinary index finds its values.
    fn is_sortable(&self, sought: &Expr) -> bool {
        let kind = self.known.kind_of(sought, self.row);
        let carrier = kind.and_then(|kind| kind.carrier());
        !matches!(carrier, None | Some(Scalar::Json | Scalar::Bytes))
    }
}

fn is_column(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(name) if name == column)
}

/// Whether an index leaves out nothing but rows without a value, and rows that `given` leaves out as well.
fn covers(predicate: &Option<Expr>, sought: &Expr, given: &[&Expr]) -> bool {
    let holds = |condition: &Expr| match condition {
        Expr::Is {
            operand,
            test: IsTest::Null,
            negated: true,
        } if normalise(operand) == *sought => true,
        condition => {
            let condition = normalise(condition);
            given.iter().any(|given| normalise(given) == condition)
        }
    };
    match predicate {
        None => true,
        Some(Expr::And(parts)) => parts.iter().all(holds),
        Some(condition) => holds(condition),
    }
}
