//! Independent steps side by side, with their results in the order of what was given.

use std::thread;

/// Runs a step for each item on a thread of its own; for a handful of items, such as the targets.
///
/// The results stand in the order of the items, so nothing that is printed depends on who was first.
/// A panic of a step is a panic of the caller.
pub(crate) fn each<I: Sync, T: Send>(items: &[I], step: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let step = &step;
    thread::scope(|scope| {
        let running: Vec<_> = items
            .iter()
            .map(|item| scope.spawn(move || step(item)))
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let slow_first = |n: &u64| {
            std::thread::sleep(std::time::Duration::from_millis(20 - n));
            *n
        };
        assert_eq!(super::each(&[1, 10, 19], slow_first), [1, 10, 19]);
    }
}
