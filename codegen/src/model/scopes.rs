//! Scopes that stand on others: what is worked out once for each, and never again where it is named.

use super::{Expr, Model, Select, Set};
use std::collections::{BTreeMap, BTreeSet};

impl Expr {
    /// The scopes that a condition names, inside of subqueries too, each as often as it is named.
    pub fn scopes(&self) -> Vec<&str> {
        scopes_among(self.sets())
    }

    /// The sets that it looks up, and those inside of subqueries.
    pub fn sets(&self) -> Vec<&Set> {
        let mut found = Vec::new();
        sets_in(self, &mut found);
        found
    }
}

impl Select {
    /// The scopes that it names, inside of subqueries too, each as often as it is named.
    pub fn scopes(&self) -> Vec<&str> {
        scopes_among(self.sets())
    }

    /// The subqueries inside of it, at any depth.
    pub fn selects(&self) -> Vec<&Select> {
        let sets = self.sets().into_iter();
        let selects = sets.filter_map(|set| match set {
            Set::Scope(_) => None,
            Set::Select(select) => Some(&**select),
        });
        selects.collect()
    }

    fn sets(&self) -> Vec<&Set> {
        let mut found = Vec::new();
        sets_of(self, &mut found);
        found
    }
}

fn scopes_among(sets: Vec<&Set>) -> Vec<&str> {
    let names = sets.into_iter().filter_map(|set| match set {
        Set::Scope(name) => Some(name.as_str()),
        Set::Select(_) => None,
    });
    names.collect()
}

fn sets_of<'a>(select: &'a Select, found: &mut Vec<&'a Set>) {
    sets_in(&select.column, found);
    if let Some(filter) = &select.filter {
        sets_in(filter, found);
    }
}

fn sets_in<'a>(expr: &'a Expr, found: &mut Vec<&'a Set>) {
    let mut sets = Vec::new();
    expr.visit(&mut |inner| {
        if let Expr::InSet { set, .. } = inner {
            sets.push(set);
        }
    });
    for set in sets {
        found.push(set);
        if let Set::Select(select) = set {
            sets_of(select, found);
        }
    }
}

impl Model {
    /// These scopes and those that they stand on, each once and after those that it names; else as they are given.
    pub fn callees_first<'m, 'n>(
        &'m self,
        scopes: impl IntoIterator<Item = &'n str>,
    ) -> Vec<(&'m str, &'m Select)> {
        let mut ordered = Vec::new();
        let mut met: BTreeSet<&str> = BTreeSet::new();
        // A list instead of calls: a chain of scopes may be longer than a thread has room for.
        let mut open: Vec<(&'m str, &'m Select, std::vec::IntoIter<&'m str>)> = Vec::new();
        for scope in scopes {
            let mut next = Some(scope);
            loop {
                let found = next.take().and_then(|name| self.scopes.get_key_value(name));
                if let Some((name, select)) = found
                    && met.insert(name)
                {
                    open.push((name, select, select.scopes().into_iter()));
                }
                let Some((name, select, callees)) = open.last_mut() else {
                    break;
                };
                next = callees.next();
                if next.is_none() {
                    ordered.push((*name, *select));
                    open.pop();
                }
            }
        }
        ordered
    }

    /// What `of` makes of every scope, given what it made of those that the scope names.
    ///
    /// ```
    /// use synctable_codegen::model::sample;
    ///
    /// let model = sample::model();
    /// let depths = model.of_scopes(|select, of| {
    ///     let below = select.scopes().into_iter().filter_map(|name| of.get(name));
    ///     1 + below.max().copied().unwrap_or(0)
    /// });
    /// assert_eq!(depths["my_lists"], 1);
    /// ```
    pub fn of_scopes<'m, T>(
        &'m self,
        mut of: impl FnMut(&'m Select, &BTreeMap<&'m str, T>) -> T,
    ) -> BTreeMap<&'m str, T> {
        let mut all = BTreeMap::new();
        for (name, select) in self.callees_first(self.scopes.keys().map(String::as_str)) {
            let made = of(select, &all);
            all.insert(name, made);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, column};
    use super::*;

    /// A model of scopes by name, each with the scopes that it names.
    fn model(scopes: &[(&str, &[&str])]) -> Model {
        let named = |name: &&str| Expr::InSet {
            operand: Box::new(column("id")),
            set: Set::Scope((*name).to_owned()),
        };
        let mut model = sample::model();
        model.scopes = scopes
            .iter()
            .map(|(name, names)| {
                let select = Select {
                    column: column("id"),
                    table: "lists".to_owned(),
                    filter: Some(Expr::And(names.iter().map(named).collect())),
                };
                ((*name).to_owned(), select)
            })
            .collect();
        model
    }

    fn order<'m>(model: &'m Model, scopes: &[&str]) -> Vec<&'m str> {
        let ordered = model.callees_first(scopes.iter().copied()).into_iter();
        ordered.map(|(name, _)| name).collect()
    }

    #[test]
    fn a_scope_comes_once_and_after_those_that_it_names() {
        let model = model(&[
            ("top", &["left", "right", "left"]),
            ("left", &["base"]),
            ("right", &["base", "elsewhere"]),
            ("base", &[]),
            ("alone", &[]),
        ]);
        assert_eq!(order(&model, &["top"]), ["base", "left", "right", "top"]);
        assert_eq!(
            order(&model, &["alone", "right", "left"]),
            ["alone", "base", "right", "left"]
        );
    }

    #[test]
    fn a_circle_ends_and_a_chain_may_be_long() {
        let circle = model(&[("a", &["b"]), ("b", &["a"])]);
        assert_eq!(order(&circle, &["a"]), ["b", "a"]);
        let names: Vec<String> = (0..20_000).map(|number| format!("s{number}")).collect();
        let mut chain = model(&[("s0", &[])]);
        for pair in names.windows(2) {
            let named = Expr::InSet {
                operand: Box::new(column("id")),
                set: Set::Scope(pair[0].clone()),
            };
            let select = Select {
                filter: Some(named),
                ..chain.scopes["s0"].clone()
            };
            chain.scopes.insert(pair[1].clone(), select);
        }
        assert_eq!(order(&chain, &["s19999"]).len(), 20_000);
    }

    #[test]
    fn each_scope_is_worked_out_once() {
        let doubled: Vec<(String, [String; 2])> = (1..40)
            .map(|number| {
                let below = format!("s{}", number - 1);
                (format!("s{number}"), [below.clone(), below])
            })
            .collect();
        let mut scopes: Vec<(&str, Vec<&str>)> = vec![("s0", Vec::new())];
        scopes.extend(
            doubled
                .iter()
                .map(|(name, below)| (name.as_str(), below.iter().map(String::as_str).collect())),
        );
        let scopes: Vec<(&str, &[&str])> = scopes
            .iter()
            .map(|(name, below)| (*name, below.as_slice()))
            .collect();
        let model = model(&scopes);
        let mut times = 0;
        let leaves = model.of_scopes(|select, of: &BTreeMap<&str, u64>| {
            times += 1;
            let below = select.scopes().into_iter().map(|name| of[name]);
            below.sum::<u64>().max(1)
        });
        assert_eq!((leaves["s39"], times), (1 << 39, 40));
    }
}
