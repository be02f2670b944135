//! A row that one condition lets pass and another one does not, as a person would give an example.
//!
//! Small databases are tried, in a fixed order: one row of the table, and few of each table that is looked up.
//! They keep to the keys, the foreign keys and the checks, as far as these speak of the columns that count.
//! Where no example is found, nothing is known.

use crate::expr::evaluate;
use crate::model::{
    CheckBody, Expr, ForeignKey, Literal, Model, OnServer, Select, Set, Table, UniquePart,
};
use std::collections::{BTreeMap, BTreeSet};
use synctable::{Kind, Scalar};

/// How many databases are tried.
const TRIES: usize = 6000;

/// How many rows a table has at most that is looked up.
const ROWS: usize = 3;

type Row = BTreeMap<String, Literal>;

/// The caller's id, and other values that stand for no one in particular.
const CALLER: &str = "the caller";
const OTHERS: [&str; 3] = ["somebody else", "a", "b"];

/// An example: the row, and the rows beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Example {
    table: String,
    /// The rows of each table; the first one of the table itself is the example.
    rows: BTreeMap<String, Vec<Row>>,
    claims: BTreeMap<Vec<String>, Literal>,
}

/// A row of a table that meets `given` and not `wanted`; `None` there is a condition that all rows meet.
pub(super) fn example(
    model: &Model,
    table: &str,
    given: Option<&Expr>,
    wanted: Option<&Expr>,
) -> Option<Example> {
    let search = Search::new(model, table, &[given, wanted])?;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..TRIES {
        let candidate = search.throw(&mut dice);
        if let Some(candidate) = candidate
            && search.is_one(&candidate, given, wanted)
        {
            return Some(search.simplest(candidate, given, wanted));
        }
    }
    None
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, many: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let many = u64::try_from(many.max(1)).unwrap_or(1);
        usize::try_from((self.0 >> 11) % many).unwrap_or(0)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len());
        of.get(at)
    }
}

/// What is tried.
struct Search<'a> {
    model: &'a Model,
    table: &'a Table,
    /// The columns that count, of each table.
    columns: BTreeMap<&'a str, BTreeSet<&'a str>>,
    claims: BTreeSet<Vec<String>>,
    /// The texts that conditions compare with, by column; with none, those of claims and lists.
    texts: BTreeMap<Option<String>, BTreeSet<String>>,
    numbers: BTreeSet<i64>,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model, table: &str, conditions: &[Option<&Expr>]) -> Option<Self> {
        let table = model.tables.get(table)?;
        let mut search = Self {
            model,
            table,
            columns: BTreeMap::from([(table.name.as_str(), BTreeSet::new())]),
            claims: BTreeSet::new(),
            texts: BTreeMap::new(),
            numbers: BTreeSet::from([0, 1, 2]),
        };
        for condition in conditions.iter().copied().flatten() {
            search.note(condition, table)?;
        }
        // A key tells rows apart, and a check may rule a row out.
        let counted: Vec<&str> = search.columns.keys().copied().collect();
        for name in counted {
            let of = &model.tables[name];
            let used = search.columns[name].clone();
            for check in of.checks.iter().filter(|one| is_held(one.on_server)) {
                let CheckBody::Expr(body) = &check.body else {
                    continue;
                };
                if body.columns().iter().any(|column| used.contains(column)) {
                    search.note(body, of)?;
                }
            }
        }
        Some(search)
    }

    /// Notes what a condition speaks of; `None` where it is of a table that is not known.
    fn note(&mut self, condition: &Expr, table: &'a Table) -> Option<()> {
        for column in condition.columns() {
            let (column, _) = table.columns.get_key_value(column)?;
            let columns = self.columns.entry(&table.name).or_default();
            columns.insert(column);
        }
        let mut selects: Vec<Select> = Vec::new();
        collect(condition, &mut |inner| match inner {
            Expr::Compare { left, right, .. } | Expr::Distinct { left, right, .. } => {
                for (one, other) in [(left, right), (right, left)] {
                    if let Expr::Literal(literal) = &**one {
                        self.note_literal(literal, column_of(other));
                    }
                }
            }
            Expr::InList { operand, list, .. } => {
                let column = column_of(operand);
                list.iter().for_each(|one| self.note_literal(one, column));
            }
            Expr::Claim(path) | Expr::InClaims { path, .. } => {
                self.claims.insert(path.clone());
            }
            Expr::InSet { set, .. } => selects.extend(self.select(set)),
            Expr::Contains { element, .. } => {
                if let Expr::Literal(literal) = &**element {
                    self.note_literal(literal, None);
                }
            }
            _ => {}
        });
        for select in selects {
            let of = self.model.tables.get(&select.table)?;
            self.columns.entry(&of.name).or_default();
            self.note(&select.column, of)?;
            if let Some(filter) = &select.filter {
                self.note(filter, of)?;
            }
        }
        Some(())
    }

    fn note_literal(&mut self, literal: &Literal, column: Option<&str>) {
        match literal {
            Literal::Text(text) => {
                let texts = self.texts.entry(column.map(str::to_owned)).or_default();
                texts.insert(text.clone());
            }
            Literal::Int(number) => {
                self.numbers
                    .extend([number.saturating_sub(1), *number, number.saturating_add(1)]);
            }
            _ => {}
        }
    }

    fn select(&self, set: &Set) -> Option<Select> {
        match set {
            Set::Select(select) => Some((**select).clone()),
            Set::Scope(name) => self.model.scopes.get(name).cloned(),
        }
    }

    /// A database as the dice fall; `None` where a key or a check rules it out.
    fn throw(&self, dice: &mut Dice) -> Option<Example> {
        let mut example = Example {
            table: self.table.name.clone(),
            ..Example::default()
        };
        for (name, columns) in &self.columns {
            let of = &self.model.tables[*name];
            let many = match *name == self.table.name {
                true => 1 + dice.below(2),
                false => dice.below(ROWS + 1),
            };
            let rows = (0..many).map(|_| {
                let values = columns.iter().map(|column| {
                    let value = self.value(of, column, dice);
                    ((*column).to_owned(), value)
                });
                values.collect()
            });
            example.rows.insert((*name).to_owned(), rows.collect());
        }
        self.refer(&mut example, dice);
        for path in &self.claims {
            let pool = self.texts_of(None);
            let value = dice.one(&pool).cloned().unwrap_or(Literal::Null);
            example.claims.insert(path.clone(), value);
        }
        Some(example).filter(|example| self.is_sound(example))
    }

    /// Makes rows refer to rows that are there.
    fn refer(&self, example: &mut Example, dice: &mut Dice) {
        let names: Vec<String> = example.rows.keys().cloned().collect();
        for name in names {
            for (key, here, there) in self.references(&name) {
                let parents: Vec<Literal> = example.rows[&key.table]
                    .iter()
                    .filter_map(|row| row.get(there).cloned())
                    .collect();
                for row in example.rows.get_mut(&name).into_iter().flatten() {
                    if row.get(here) != Some(&Literal::Null) {
                        let parent = dice.one(&parents).cloned();
                        row.insert(here.to_owned(), parent.unwrap_or(Literal::Null));
                    }
                }
            }
        }
    }

    /// The foreign keys of one column whose both ends count.
    fn references(&self, table: &str) -> Vec<(&'a ForeignKey, &'a str, &'a str)> {
        let of = &self.model.tables[table];
        let keys = of.foreign_keys.iter().filter_map(|key| {
            let ([here], [there]) = (key.columns.as_slice(), key.references.as_slice()) else {
                return None;
            };
            let counts = |table: &str, column: &str| {
                let columns = self.columns.get(table);
                columns.is_some_and(|columns| columns.contains(column))
            };
            let both = counts(table, here) && counts(&key.table, there);
            (both && is_held(key.on_server)).then_some((key, here.as_str(), there.as_str()))
        });
        keys.collect()
    }

    fn value(&self, table: &Table, column: &str, dice: &mut Dice) -> Literal {
        let of = &table.columns[column];
        if of.nullable && dice.below(3) == 0 {
            return Literal::Null;
        }
        let pool = match &of.kind {
            Kind::Scalar(Scalar::Bool) => vec![Literal::Bool(true), Literal::Bool(false)],
            Kind::Scalar(Scalar::Smallint | Scalar::Int | Scalar::Bigint) => {
                self.numbers.iter().copied().map(Literal::Int).collect()
            }
            Kind::Enum { name, .. } => {
                let labels = &self.model.enums[name.as_ref()].labels;
                labels.iter().cloned().map(Literal::Text).collect()
            }
            Kind::List(_) => {
                let pool = self.texts_of(None);
                let items = (0..dice.below(3)).filter_map(|_| dice.one(&pool).cloned());
                return Literal::List(items.collect());
            }
            _ => self.texts_of(Some(column)),
        };
        dice.one(&pool).cloned().unwrap_or(Literal::Null)
    }

    /// Ids, and the texts that conditions compare a column with.
    fn texts_of(&self, column: Option<&str>) -> Vec<Literal> {
        let texts = self.texts.get(&column.map(str::to_owned));
        let texts = texts.into_iter().flatten().cloned().map(Literal::Text);
        ids().into_iter().chain(texts).collect()
    }

    /// The caller's id, as a value of its kind.
    fn caller(&self) -> Literal {
        match &self.model.postgres.user_id {
            Scalar::Smallint | Scalar::Int | Scalar::Bigint => Literal::Int(1),
            _ => Literal::Text(CALLER.to_owned()),
        }
    }

    /// Whether nothing that is declared rules these rows out.
    fn is_sound(&self, example: &Example) -> bool {
        example.rows.iter().all(|(name, rows)| {
            let of = &self.model.tables[name];
            let is_whole = rows.iter().all(|row| {
                row.iter()
                    .all(|(column, value)| of.columns[column].nullable || *value != Literal::Null)
            });
            let references = self.references(name).into_iter().all(|(key, here, there)| {
                rows.iter().all(|row| {
                    let value = &row[here];
                    let mut parents = example.rows[&key.table].iter();
                    *value == Literal::Null || parents.any(|parent| parent[there] == *value)
                })
            });
            let uniques = of
                .uniques
                .iter()
                .filter(|unique| unique.predicate.is_none());
            let uniques = uniques.filter_map(|unique| {
                let columns = unique.parts.iter().map(|part| match part {
                    UniquePart::Column(name) => Some(name.clone()),
                    UniquePart::Expr(_) => None,
                });
                columns.collect::<Option<Vec<String>>>()
            });
            let mut keys = uniques.chain([of.key.clone()]);
            let is_unique = keys.all(|key| is_unique(rows, &key));
            is_whole && references && is_unique && self.passes_checks(of, rows, example)
        })
    }

    fn passes_checks(&self, of: &Table, rows: &[Row], example: &Example) -> bool {
        let mut checks = of.checks.iter().filter(|one| is_held(one.on_server));
        checks.all(|check| {
            let CheckBody::Expr(body) = &check.body else {
                return true;
            };
            let columns = body.columns();
            let counted = &self.columns[of.name.as_str()];
            if columns.is_empty() || !columns.iter().all(|column| counted.contains(column)) {
                return true;
            }
            // Of a check that is not decided, no row is an example.
            rows.iter().all(|row| {
                matches!(
                    self.holds(body, row, example),
                    Some(Literal::Bool(true) | Literal::Null)
                )
            })
        })
    }

    fn is_one(&self, example: &Example, given: Option<&Expr>, wanted: Option<&Expr>) -> bool {
        let Some(row) = example.rows[&self.table.name].first() else {
            return false;
        };
        let truth = |condition: Option<&Expr>| match condition {
            None => Some(true),
            Some(condition) => {
                let value = self.holds(condition, row, example)?;
                Some(value == Literal::Bool(true))
            }
        };
        truth(given) == Some(true) && truth(wanted) == Some(false)
    }

    /// The value of a condition for a row.
    fn holds(&self, condition: &Expr, row: &Row, example: &Example) -> Option<Literal> {
        let plain = self.plain(condition, row, example)?;
        evaluate(&plain, &|column| row.get(column).cloned())
    }

    /// The condition with everything decided that is not of the row.
    fn plain(&self, expr: &Expr, row: &Row, example: &Example) -> Option<Expr> {
        let one = |part: &Expr| Some(Box::new(self.plain(part, row, example)?));
        let all = |parts: &[Expr]| {
            let parts = parts.iter().map(|part| self.plain(part, row, example));
            parts.collect::<Option<Vec<Expr>>>()
        };
        Some(match expr {
            Expr::UserId => Expr::Literal(self.caller()),
            Expr::Claim(path) => Expr::Literal(example.claims.get(path)?.clone()),
            Expr::InClaims { operand, path } => {
                let list = Literal::List(vec![example.claims.get(path)?.clone()]);
                Expr::Contains {
                    list: Box::new(Expr::Literal(list)),
                    element: one(operand)?,
                }
            }
            Expr::And(parts) => Expr::And(all(parts)?),
            Expr::Or(parts) => Expr::Or(all(parts)?),
            Expr::Not(part) => Expr::Not(one(part)?),
            Expr::Is {
                operand,
                test,
                negated,
            } => Expr::Is {
                operand: one(operand)?,
                test: *test,
                negated: *negated,
            },
            Expr::Compare { op, left, right } => Expr::Compare {
                op: *op,
                left: one(left)?,
                right: one(right)?,
            },
            Expr::Distinct {
                left,
                right,
                distinct,
            } => Expr::Distinct {
                left: one(left)?,
                right: one(right)?,
                distinct: *distinct,
            },
            Expr::InList {
                operand,
                list,
                negated,
            } => Expr::InList {
                operand: one(operand)?,
                list: list.clone(),
                negated: *negated,
            },
            Expr::Contains { list, element } => Expr::Contains {
                list: one(list)?,
                element: one(element)?,
            },
            Expr::InSet { operand, set } => {
                let select = self.select(set)?;
                let operand = self.plain(operand, row, example)?;
                let operand = evaluate(&operand, &|column| row.get(column).cloned())?;
                Expr::Literal(self.is_in(&operand, &select, example)?)
            }
            other => other.clone(),
        })
    }

    fn is_in(&self, operand: &Literal, select: &Select, example: &Example) -> Option<Literal> {
        let mut unknown = false;
        for row in example.rows.get(&select.table)? {
            let passes = match &select.filter {
                Some(filter) => self.holds(filter, row, example)? == Literal::Bool(true),
                None => true,
            };
            if !passes {
                continue;
            }
            let value = self.holds(&select.column, row, example)?;
            if *operand == Literal::Null || value == Literal::Null {
                unknown = true;
            } else if value == *operand {
                return Some(Literal::Bool(true));
            }
        }
        Some(match unknown {
            true => Literal::Null,
            false => Literal::Bool(false),
        })
    }

    /// The example without rows and values that it does not need.
    fn simplest(
        &self,
        mut example: Example,
        given: Option<&Expr>,
        wanted: Option<&Expr>,
    ) -> Example {
        let is_one = |other: &Example| self.is_sound(other) && self.is_one(other, given, wanted);
        let names: Vec<String> = example.rows.keys().cloned().collect();
        for name in &names {
            let first = usize::from(*name == self.table.name);
            for at in (first..example.rows[name].len()).rev() {
                let mut less = example.clone();
                less.rows.get_mut(name).map(|rows| rows.remove(at));
                if is_one(&less) {
                    example = less;
                }
            }
        }
        for name in &names {
            for at in 0..example.rows[name].len() {
                let columns: Vec<String> = example.rows[name][at].keys().cloned().collect();
                for column in columns {
                    // The plainest value that will do.
                    for plain in [
                        Literal::Null,
                        Literal::Bool(false),
                        Literal::Text("a".to_owned()),
                    ] {
                        let mut less = example.clone();
                        let rows = less.rows.get_mut(name);
                        let value = rows.and_then(|rows| rows.get_mut(at)?.get_mut(&column));
                        let Some(value) = value.filter(|value| fits(&plain, value)) else {
                            continue;
                        };
                        *value = plain;
                        if is_one(&less) {
                            example = less;
                            break;
                        }
                    }
                }
            }
        }
        example
    }
}

/// Whether a value is of the kind of another one.
fn fits(value: &Literal, other: &Literal) -> bool {
    *value == Literal::Null || std::mem::discriminant(value) == std::mem::discriminant(other)
}

fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(name) => Some(name),
        _ => None,
    }
}

/// Whether no two rows have the same key, as far as its columns count.
fn is_unique(rows: &[Row], key: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    rows.iter().all(|row| {
        let values: Option<Vec<&Literal>> = key.iter().map(|column| row.get(column)).collect();
        let Some(values) = values.filter(|values| !values.contains(&&Literal::Null)) else {
            return true;
        };
        seen.insert(values)
    })
}

const fn is_held(on_server: OnServer) -> bool {
    matches!(on_server, OnServer::Enforced)
}

fn ids() -> Vec<Literal> {
    let all = std::iter::once(CALLER).chain(OTHERS);
    all.map(|text| Literal::Text(text.to_owned())).collect()
}

/// Every expression over the row of a condition, and the sets that it looks up, but not what is in them.
fn collect(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    see(expr);
    for child in expr.children() {
        collect(child, see);
    }
}

impl std::fmt::Display for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = |row: &Row| {
            let values = row.iter().map(|(column, value)| match value {
                Literal::Null => format!("{column} null"),
                Literal::Bool(truth) => format!("{column} {truth}"),
                Literal::Int(number) => format!("{column} {number}"),
                Literal::Text(text) if text == CALLER => format!("{column} the caller's id"),
                Literal::Text(text) if text == OTHERS[0] => format!("{column} another id"),
                Literal::Text(text) => format!("{column} '{text}'"),
                other => format!("{column} {other:?}"),
            });
            format!("({})", values.collect::<Vec<_>>().join(", "))
        };
        let own = self.rows.get(&self.table).map_or(&[][..], Vec::as_slice);
        if let Some(own) = own.first() {
            write!(f, "{} {}", self.table, row(own))?;
        }
        for (name, rows) in &self.rows {
            let skipped = usize::from(*name == self.table);
            for other in rows.iter().skip(skipped) {
                write!(f, ", beside {name} {}", row(other))?;
            }
        }
        for (path, value) in &self.claims {
            let value = match value {
                Literal::Text(text) => format!("'{text}'"),
                _ => "null".to_owned(),
            };
            write!(f, ", with the claim {} {value}", path.join("."))?;
        }
        Ok(())
    }
}
