//! Whether one condition on a row plainly follows from another.

use crate::model::Expr;
use std::cell::RefCell;
use std::collections::HashMap;

/// Decides what follows from what; each pair of conditions once, in however many ways it is come by.
///
/// ```
/// use synctable_codegen::expr::Implications;
/// use synctable_codegen::model::Expr;
///
/// let (mine, shown) = (Expr::UserId, Expr::Column("shown".to_owned()));
/// let both = Expr::And(vec![mine.clone(), shown.clone()]);
/// let either = Expr::Or(vec![shown.clone(), mine]);
/// let implications = Implications::plain();
/// assert!(implications.implies(&both, &either));
/// assert!(!implications.implies(&either, &shown));
/// ```
pub struct Implications<'a> {
    /// What is known of a row for which a leaf holds, beside the leaf.
    known: Box<dyn Fn(&'a Expr) -> Option<&'a Expr> + 'a>,
    decided: RefCell<HashMap<[*const Expr; 2], bool>>,
}

impl<'a> Implications<'a> {
    /// What follows by the words of the conditions alone.
    #[must_use]
    pub fn plain() -> Self {
        Self::knowing(|_| None)
    }

    /// What follows where `known` tells what is known of a row for which a leaf holds.
    pub fn knowing(known: impl Fn(&'a Expr) -> Option<&'a Expr> + 'a) -> Self {
        Self {
            known: Box::new(known),
            decided: RefCell::default(),
        }
    }

    /// Whether `wanted` plainly follows from `given`.
    pub fn implies(&self, given: &'a Expr, wanted: &'a Expr) -> bool {
        let pair = [std::ptr::from_ref(given), std::ptr::from_ref(wanted)];
        if let Some(decided) = self.decided.borrow().get(&pair) {
            return *decided;
        }
        // What would follow from itself alone does not.
        self.decided.borrow_mut().insert(pair, false);
        let decided = self.decide(given, wanted);
        self.decided.borrow_mut().insert(pair, decided);
        decided
    }

    fn decide(&self, given: &'a Expr, wanted: &'a Expr) -> bool {
        if given == wanted {
            return true;
        }
        match (given, wanted) {
            (_, Expr::And(wanted)) => wanted.iter().all(|wanted| self.implies(given, wanted)),
            (Expr::Or(given), _) => given.iter().all(|given| self.implies(given, wanted)),
            (_, Expr::Or(parts)) if parts.iter().any(|part| self.implies(given, part)) => true,
            (Expr::And(parts), _) => parts.iter().any(|part| self.implies(part, wanted)),
            (leaf, _) => {
                let known = (self.known)(leaf);
                known.is_some_and(|known| self.implies(known, wanted))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::column;
    use crate::model::{Select, Set};

    /// `a0 and (b0 or (a1 and (b1 or …)))`, which nobody simplifies.
    fn deep(depth: usize, last: &str) -> Expr {
        (0..depth).rev().fold(column(last), |inner, level| {
            let either = Expr::Or(vec![column(&format!("b{level}")), inner]);
            Expr::And(vec![column(&format!("a{level}")), either])
        })
    }

    #[test]
    fn each_pair_is_decided_once() {
        let (given, wanted, same) = (deep(60, "x"), deep(60, "y"), deep(60, "x"));
        let implications = Implications::plain();
        assert!(!implications.implies(&given, &wanted));
        // Three conditions a level, on both sides.
        let pairs = implications.decided.borrow().len();
        assert!(pairs <= (4 * 60 + 1) * (4 * 60 + 1), "{pairs}");
        assert!(implications.implies(&given, &same));
    }

    #[test]
    fn what_is_known_of_a_leaf_counts_and_a_circle_says_nothing() {
        let set = |name: &str| Expr::InSet {
            operand: Box::new(column("id")),
            set: Set::Scope(name.to_owned()),
        };
        let (a, b) = (set("a"), set("b"));
        let filters = [(set("a"), set("b")), (set("b"), column("shown"))];
        let known = |leaf: &Expr| {
            filters
                .iter()
                .find(|(set, _)| set == leaf)
                .map(|(_, of)| of)
        };
        let shown = column("shown");
        assert!(Implications::knowing(known).implies(&a, &shown));
        assert!(!Implications::knowing(known).implies(&shown, &a));
        let circle = [(set("a"), set("b")), (set("b"), set("a"))];
        let known = |leaf: &Expr| circle.iter().find(|(set, _)| set == leaf).map(|(_, of)| of);
        assert!(!Implications::knowing(known).implies(&b, &shown));
        let nested = Expr::InSet {
            operand: Box::new(column("id")),
            set: Set::Select(Box::new(Select {
                column: column("id"),
                table: "lists".to_owned(),
                filter: None,
            })),
        };
        assert!(!Implications::plain().implies(&nested, &shown));
    }
}
