//! How many buckets a connection has: a formula for each stream, over what scopes are declared to hold.
//!
//! PowerSync gives one connection 1,000 buckets, and compiles no stream whose queries find their buckets in more than
//! 100 ways. Each way is one bucket for every value of the sets that it looks up; queries of a stream that look up the
//! same share theirs.

use super::rules::condition;
use super::scopes::Scopes;
use super::ways::{self, Way, sources};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::{Known, Row, print};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Expr, Model, Select, Set, Stream};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use synctable::Role;

/// The most ways in which the queries of one stream find their buckets.
pub const MOST_VARIANTS: usize = 100;

/// The most buckets of one connection, unless its service is configured otherwise.
pub const MOST_BUCKETS: u64 = 1000;

/// The most rows that the lookups of one connection find, unless its service is configured otherwise: those on the way to
/// others, too, and each as often as it is looked up.
pub const MOST_LOOKUPS: u64 = 1000;

/// What one connection may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Every stream, in declared order.
    pub streams: Vec<StreamBudget>,
}

/// What one stream costs: for a stream with parameters, each subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamBudget {
    /// Its name.
    pub name: String,
    /// Whether every connection has it.
    pub automatic: bool,
    /// In how many ways its queries find their buckets.
    pub variants: usize,
    /// The buckets: a sum of products.
    pub formula: Formula,
    /// The rows that are looked up to find them, each way by itself.
    pub lookups: Formula,
    /// The tables of buckets that the request alone can lead to, and a lookup, too.
    pub reached_both_ways: Vec<String>,
}

/// A sum of products of what sets hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Formula {
    terms: IndexMap<Vec<Factor>, u64>,
}

/// One set in a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Factor {
    /// The scope's name, or the set as it is written.
    set: String,
    /// How many values a caller has of it, where declared.
    expected: Option<u32>,
}

impl Formula {
    /// The number of buckets at most; `None` where a set has no declared size.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.terms.iter().try_fold(0_u64, |sum, (factors, times)| {
            let product = factors.iter().try_fold(*times, |product, factor| {
                Some(product.saturating_mul(u64::from(factor.expected?)))
            })?;
            Some(sum.saturating_add(product))
        })
    }

    /// How many products it adds.
    #[must_use]
    pub fn products(&self) -> u64 {
        let times = self.terms.values().copied();
        times.fold(0, u64::saturating_add)
    }

    /// The sets without a declared size, each once.
    #[must_use]
    pub fn unbounded(&self) -> Vec<&str> {
        let factors = self.terms.keys().flatten();
        let unknown = factors.filter(|factor| factor.expected.is_none());
        let names: BTreeSet<_> = unknown.map(|factor| factor.set.as_str()).collect();
        names.into_iter().collect()
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms: Vec<String> = Vec::new();
        for (factors, times) in &self.terms {
            let sets = factors.iter().map(|factor| factor.set.clone());
            let all: Vec<String> = match (times, factors.is_empty()) {
                (1, false) => sets.collect(),
                _ => std::iter::once(times.to_string()).chain(sets).collect(),
            };
            terms.push(all.join(" × "));
        }
        match terms.is_empty() {
            true => f.write_str("0"),
            false => f.write_str(&terms.join(" + ")),
        }
    }
}

/// The budget of every stream of a model that PowerSync can take.
#[must_use]
pub fn budget(model: &Model) -> Budget {
    let known = Known::of(model);
    let scopes = Scopes::of(model, &known);
    let counting = Counting {
        scopes: &scopes,
        lookups: RefCell::default(),
        of_scopes: RefCell::default(),
        before: RefCell::default(),
    };
    let streams = model.streams.values();
    Budget {
        streams: streams.map(|stream| counting.of_stream(stream)).collect(),
    }
}

impl Budget {
    /// What the streams with a declared size cost together, each on-demand stream subscribed to once.
    #[must_use]
    pub fn known_total(&self) -> u64 {
        let totals = self
            .streams
            .iter()
            .filter_map(|stream| stream.formula.total());
        totals.fold(0, u64::saturating_add)
    }

    /// The rows that these streams look up together.
    #[must_use]
    pub fn known_lookups(&self) -> u64 {
        let totals = self
            .streams
            .iter()
            .filter_map(|stream| stream.lookups.total());
        totals.fold(0, u64::saturating_add)
    }
}

/// An error for a stream with too many ways, a warning for a connection with too many buckets.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    let budget = budget(model);
    for stream in &budget.streams {
        if stream.variants > MOST_VARIANTS {
            cx.push(
                place(model, &stream.name),
                Diagnostic::error(
                    codes::STREAM_VARIANTS,
                    format!(
                        "the rules of `{}` can be satisfied in {}; the limit of PowerSync is {MOST_VARIANTS} for each stream",
                        stream.name,
                        match stream.variants {
                            usize::MAX => format!("more than {MOST_VARIANTS} ways in one table"),
                            many => format!("{many} ways"),
                        },
                    ),
                )
                .help("split the tables over several streams, or move a choice into a scope: each `or` inside an `and` multiplies the ways"),
            );
        }
    }
    for stream in &budget.streams {
        for table in &stream.reached_both_ways {
            cx.push(
                Place::table(table).key("access").key("read"),
                Diagnostic::warning(
                    codes::STREAM_BOTH_WAYS,
                    format!(
                        "a bucket of `{}` with rows of `{table}` can be found both in the token and through a lookup, so PowerSync's service 1.26 never finishes its sync",
                        stream.name
                    ),
                )
                .help("add the caller to the set that is looked up, and remove the comparison with the token")
                .help("or let the ways differ, as in `(id = auth.user_id() and id is not null) or id in (my_circle)`: PowerSync then stores each row twice"),
            );
        }
    }
    let total = budget.known_total();
    if total > MOST_BUCKETS {
        let dearest = budget
            .streams
            .iter()
            .max_by_key(|stream| stream.formula.total())
            .expect("streams that cost something are some");
        cx.push(
            place(model, &dearest.name),
            Diagnostic::warning(
                codes::STREAM_BUCKETS,
                format!(
                    "a connection may have {total} buckets; the limit of PowerSync is {MOST_BUCKETS}; most are of `{}`: {}",
                    dearest.name, dearest.formula
                ),
            )
            .help("look up fewer, larger things (a team, not each of its lists), or let devices subscribe to one at a time: `params`"),
        );
    }
    let looked_up = budget.known_lookups();
    // Too many buckets are looked up, too: one reason is given once.
    if looked_up > MOST_LOOKUPS && total <= MOST_BUCKETS {
        let dearest = budget
            .streams
            .iter()
            .max_by_key(|stream| stream.lookups.total())
            .expect("streams that look something up are some");
        cx.push(
            place(model, &dearest.name),
            Diagnostic::warning(
                codes::STREAM_LOOKUPS,
                format!(
                    "a connection may look up {looked_up} rows; the limit of PowerSync is {MOST_LOOKUPS}; most are for `{}`: {}",
                    dearest.name, dearest.lookups
                ),
            )
            .help("copy the column that decides to the rows (`copied:`), so that fewer sets are looked up on the way")
            .help("or let devices subscribe to one thing at a time: `params`"),
        );
    }
}

/// Where a stream is declared; the automatic one of all other tables has the app's name.
fn place(model: &Model, stream: &str) -> Place {
    match stream == model.app {
        true => Place::new(["app"]),
        false => Place::new(["streams", stream]),
    }
}

/// The ways as the compiler takes them: doors that look at the request alone are one way with any of them open,
/// unless the row has to say something, too.
fn by_request(ways: &[Way], narrowed: bool) -> Option<Vec<Way>> {
    let alone = |way: &&Way| {
        !narrowed
            && !way.gates.is_empty()
            && way.row.is_empty()
            && way.equal.is_empty()
            && way.held.is_empty()
            && way.claims.is_empty()
            && way.sets.is_empty()
    };
    let (doors, others): (Vec<&Way>, Vec<&Way>) = ways.iter().partition(alone);
    let mut all = Vec::new();
    for way in others {
        all.extend(ways::by_gates(way)?);
    }
    if !doors.is_empty() {
        let doors = doors.into_iter().map(|door| Expr::And(door.gates.clone()));
        all.push(Way {
            gates: vec![Expr::Or(doors.collect())],
            ..Way::default()
        });
    }
    (all.len() <= MOST_VARIANTS).then_some(all)
}

/// One way to find buckets: what is asked, in an order that does not matter, and the sets whose values count.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Variant {
    asked: BTreeSet<String>,
    factors: Vec<Factor>,
    lookups: Lookups,
    partition: Partition,
}

/// How rows of a table come into buckets: which of them, and by which of their values. Two ways of one partition lead to the
/// same buckets.
type Partition = BTreeSet<String>;

/// The sets whose values are looked up on the way, and how often each; `None` for a lookup of one value.
///
/// They are counted and not listed: scopes that read each other twice at every step look up 2ⁿ times.
type Lookups = BTreeMap<Option<Factor>, u64>;

/// Adds what is looked up on another way.
fn look_up_also(all: &mut Lookups, more: &Lookups) {
    for (factor, times) in more {
        let known = all.entry(factor.clone()).or_default();
        *known = known.saturating_add(*times);
    }
}

impl Variant {
    fn and(&self, other: &Variant) -> Variant {
        let mut both = self.clone();
        both.asked.extend(other.asked.iter().cloned());
        both.factors.extend(other.factors.iter().cloned());
        look_up_also(&mut both.lookups, &other.lookups);
        both
    }
}

/// How rows of a way come into its buckets.
fn partition(way: &Way) -> Partition {
    let filters = way
        .row
        .iter()
        .map(|expr| format!("if {}", print::language(expr)));
    let sides = way.equal.iter().map(|(of_row, _)| of_row);
    let sides = sides.chain(way.claims.iter().map(|(of_row, _)| of_row));
    let operands = way.sets.iter().map(|(operand, _)| operand);
    let sides = sides.chain(operands.filter(|operand| sources(operand).0));
    let lists = way
        .held
        .iter()
        .map(|(list, _)| format!("each of {}", print::language(list)));
    filters
        .chain(sides.map(print::language))
        .chain(lists)
        .collect()
}

/// How many of the sets have no declared size.
fn unknown(factors: &[Factor]) -> usize {
    let unknown = factors.iter().filter(|factor| factor.expected.is_none());
    unknown.count()
}

/// Counts the ways of streams; what a scope is looked up by is worked out once.
struct Counting<'a> {
    scopes: &'a Scopes<'a>,
    /// What is asked of rows that are looked up, in ways that are numbered by their places here.
    lookups: RefCell<IndexSet<BTreeSet<String>>>,
    /// The ways into each scope, by their numbers; `None` for too many.
    of_scopes: RefCell<BTreeMap<String, Option<Vec<usize>>>>,
    /// What the lookups by their numbers look up before.
    before: RefCell<BTreeMap<usize, Lookups>>,
}

impl Counting<'_> {
    fn of_stream(&self, stream: &Stream) -> StreamBudget {
        let model = self.scopes.model;
        // What asks the same is one way, by whatever name; the declared size is the one that is known.
        let mut variants: BTreeMap<(BTreeSet<String>, usize), Vec<Factor>> = BTreeMap::new();
        let mut looked_up = BTreeMap::new();
        let mut filled_from: BTreeMap<_, BTreeSet<(&str, Partition)>> = BTreeMap::new();
        let mut too_many = false;
        for part in &stream.tables {
            let table = &model.tables[&part.table];
            let row = Row::of(table);
            let ways = match super::query::read_rule(model, table) {
                None => Some(Vec::new()),
                Some(_) if !self.scopes.fits(table, part) => None,
                Some(_) => match condition(self.scopes, table, part, &row) {
                    Some(condition) => ways::ways(&condition),
                    None => Some(vec![Way::default()]),
                },
            };
            let narrowed = table.role(Role::Tombstone).is_some();
            let of_table = ways
                .and_then(|ways| by_request(&ways, narrowed))
                .and_then(|ways| self.of_ways(&ways, true));
            match of_table {
                Some(found) => {
                    for Variant {
                        asked,
                        factors,
                        lookups,
                        partition,
                    } in found
                    {
                        let one = (asked, factors.len());
                        let sources = filled_from.entry(one.clone()).or_default();
                        sources.insert((&table.name, partition));
                        looked_up.insert(one.clone(), lookups);
                        let kept = variants.entry(one).or_insert_with(|| factors.clone());
                        if unknown(&factors) < unknown(kept) {
                            *kept = factors;
                        }
                    }
                }
                None => too_many = true,
            }
        }
        let mut formula = Formula::default();
        for factors in variants.values() {
            let mut factors = factors.clone();
            factors.sort();
            *formula.terms.entry(factors).or_default() += 1;
        }
        formula.terms.sort_keys();
        let (looked_up_buckets, direct): (Vec<_>, Vec<_>) = filled_from
            .iter()
            .partition(|(one, _)| !looked_up[*one].is_empty());
        let both = direct
            .into_iter()
            .filter(|(_, sources)| looked_up_buckets.iter().any(|(_, other)| other == sources));
        let reached: BTreeSet<&str> = both
            .flat_map(|(_, sources)| sources.iter().map(|(table, _)| *table))
            .collect();
        let reached_both_ways = reached.into_iter().map(str::to_owned).collect();
        let mut lookups = Formula::default();
        for (one, times) in looked_up.into_values().flatten() {
            let known: &mut u64 = lookups.terms.entry(one.into_iter().collect()).or_default();
            *known = known.saturating_add(times);
        }
        lookups.terms.sort_keys();
        StreamBudget {
            name: stream.name.clone(),
            automatic: stream.automatic,
            variants: match too_many {
                true => usize::MAX,
                false => variants.len(),
            },
            formula,
            lookups,
            reached_both_ways,
        }
    }

    /// The variants of these ways; `None` for more than PowerSync's compiler multiplies out.
    fn of_ways(&self, ways: &[Way], primary: bool) -> Option<Vec<Variant>> {
        let mut all = Vec::new();
        for way in ways {
            let mut asked = BTreeSet::new();
            for gate in &way.gates {
                asked.insert(format!("if {}", print::language(gate)));
            }
            for (index, (of_row, of_request)) in way.equal.iter().enumerate() {
                let side = print::language(of_request);
                // What a value of the row is held against a second time is asked of the request alone.
                let before = way.equal[..index].iter().find(|(row, _)| row == of_row);
                asked.insert(match (primary, before) {
                    (true, Some((_, first))) => format!("if {} = {side}", print::language(first)),
                    // Two columns that are held against one value are two parameters of a bucket.
                    (true, None) => {
                        let before = way.equal[..index].iter();
                        let twins = before.filter(|(_, other)| other == of_request).count();
                        format!("= {side}{}", " again".repeat(twins))
                    }
                    (false, _) => format!("{} = {side}", print::language(of_row)),
                });
            }
            for (index, (list, of_request)) in way.held.iter().enumerate() {
                let side = print::language(of_request);
                // Each list is one more parameter, also one that holds the value a second time.
                let columns = way.equal.iter().filter(|(_, other)| other == of_request);
                let lists = way.held[..index].iter();
                let twins =
                    columns.count() + lists.filter(|(_, other)| other == of_request).count();
                asked.insert(match primary {
                    true => format!("= {side}{}", " again".repeat(twins)),
                    false => format!("{side} in {}", print::language(list)),
                });
            }
            let mut lists = Vec::new();
            for (of_row, path) in &way.claims {
                let list = format!("auth.claims('{}')", path.join("."));
                asked.insert(match primary {
                    true => format!("in {list}"),
                    false => format!("{} in {list}", print::language(of_row)),
                });
                let bound = way.equal.iter().any(|(bound, _)| bound == of_row);
                if primary && !bound {
                    lists.push(Factor {
                        set: list,
                        expected: None,
                    });
                }
            }
            if !primary {
                asked.extend(way.row.iter().map(print::language));
            }
            let mut variants = vec![Variant {
                asked,
                factors: lists,
                lookups: Lookups::new(),
                partition: partition(way),
            }];
            for (index, (operand, set)) in way.sets.iter().enumerate() {
                let bound = way.equal.iter().any(|(of_row, _)| of_row == operand);
                let (of_row, _, _) = sources(operand);
                let many = of_row && !bound;
                // What is in two sets is looked up in both, and has no more values than the first.
                let earlier = &way.sets[..index];
                let before = match of_row {
                    true => earlier.iter().filter(|(other, _)| other == operand).count(),
                    false => 0,
                };
                // Two columns that are in one set are two parameters of a bucket.
                let twins = match of_row && primary {
                    true => earlier
                        .iter()
                        .filter(|(other, of)| other != operand && of == set)
                        .count(),
                    false => 0,
                };
                let counts = primary && many && before == 0;
                let mut found = self.of_set(operand, set, counts, many)?;
                for variant in &mut found {
                    let asked = std::mem::take(&mut variant.asked).into_iter();
                    let again = " again".repeat(before) + &" next".repeat(twins);
                    variant.asked = asked.map(|one| format!("{one}{again}")).collect();
                }
                if variants.len() * found.len() > MOST_VARIANTS {
                    return None;
                }
                variants = variants
                    .iter()
                    .flat_map(|variant| found.iter().map(|more| variant.and(more)))
                    .collect();
            }
            all.extend(variants);
            if all.len() > MOST_VARIANTS {
                return None;
            }
        }
        Some(all)
    }

    /// The variants of looking something up.
    fn of_set(&self, operand: &Expr, set: &Set, counts: bool, many: bool) -> Option<Vec<Variant>> {
        let select = self.scopes.looked_up(set);
        let (of_row, _, _) = sources(operand);
        let column = print::language(&select.column);
        let head = match of_row {
            true => format!("{column} of {}", select.table),
            false => format!(
                "{} = {column} of {}",
                print::language(operand),
                select.table
            ),
        };
        let factor = match set {
            Set::Scope(name) => Factor {
                set: name.clone(),
                expected: self.scopes.model.expected.get(name).copied(),
            },
            Set::Select(_) => Factor {
                set: format!("({})", print::language_select(select)),
                expected: None,
            },
        };
        let lookups = match set {
            Set::Scope(name) => self.of_scope(name, select)?,
            Set::Select(_) => self.lookups(select)?,
        };
        let before = self.before.borrow();
        let variants = lookups.into_iter().map(|number| {
            let mut looked_up = before.get(&number).cloned().unwrap_or_default();
            look_up_also(
                &mut looked_up,
                &Lookups::from([(many.then(|| factor.clone()), 1)]),
            );
            Variant {
                asked: BTreeSet::from([format!("{head}: {number}")]),
                factors: match counts {
                    true => vec![factor.clone()],
                    false => Vec::new(),
                },
                lookups: looked_up,
                partition: Partition::new(),
            }
        });
        Some(variants.collect())
    }

    /// The ways into a scope, which are looked for once.
    fn of_scope(&self, name: &str, select: &Select) -> Option<Vec<usize>> {
        if let Some(known) = self.of_scopes.borrow().get(name) {
            return known.clone();
        }
        let found = self.lookups(select);
        let mut known = self.of_scopes.borrow_mut();
        known.insert(name.to_owned(), found.clone());
        found
    }

    /// The ways to look something up in a set, by their numbers.
    fn lookups(&self, select: &Select) -> Option<Vec<usize>> {
        let ways = match &select.filter {
            Some(filter) => ways::every_way(filter)?,
            None => vec![Way::default()],
        };
        let variants = self.of_ways(&ways, false)?.into_iter();
        let number = |variant: Variant| {
            let (number, _) = self.lookups.borrow_mut().insert_full(variant.asked);
            self.before.borrow_mut().insert(number, variant.lookups);
            number
        };
        Some(variants.map(number).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Product<'a> = (&'a [(&'a str, Option<u32>)], u64);

    fn formula(terms: &[Product<'_>]) -> Formula {
        let terms = terms.iter().map(|(factors, times)| {
            let factors = factors.iter().map(|(set, expected)| Factor {
                set: (*set).to_owned(),
                expected: *expected,
            });
            (factors.collect(), *times)
        });
        Formula {
            terms: terms.collect(),
        }
    }

    #[test]
    fn a_formula_adds_products_and_is_unbounded_where_nothing_is_declared() {
        let known = formula(&[
            (&[], 2),
            (&[("teams", Some(5))], 1),
            (&[("teams", Some(5)), ("lists", Some(3))], 2),
        ]);
        assert_eq!(known.to_string(), "2 + teams + 2 × teams × lists");
        assert_eq!(known.total(), Some(37));
        let open = formula(&[(&[], 1), (&[("teams", None)], 1)]);
        assert_eq!(open.total(), None);
        assert_eq!(open.unbounded(), ["teams"]);
        assert_eq!(Formula::default().to_string(), "0");
    }
}
