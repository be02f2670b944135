//! The smallest universe that still shows a difference.

use super::Difference;
use crate::universe::Universe;

/// Leaves out callers and rows while `ask` still tells of the same thing.
pub fn shrink(
    universe: &Universe,
    about: &str,
    mut ask: impl FnMut(&Universe) -> Vec<Difference>,
) -> (Universe, Difference) {
    let mut find = |universe: &Universe| {
        let told = ask(universe);
        told.into_iter()
            .find(|difference| difference.about == about)
    };
    let mut best = universe.clone();
    let mut difference = find(&best).expect("the universe shows it");
    loop {
        let smaller = best
            .smaller()
            .find_map(|smaller| Some((find(&smaller)?, smaller)));
        match smaller {
            Some((found, smaller)) => {
                best = smaller;
                difference = found;
            }
            None => return (best, difference),
        }
    }
}
