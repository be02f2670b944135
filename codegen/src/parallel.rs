//! Independent steps side by side, with their results in the order of what was given.

use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

/// Runs a step for each item, on as many threads as the machine has cores.
///
/// The results stand in the order of the items, so nothing that is printed depends on who was first.
/// A panic of a step is a panic of the caller.
pub(crate) fn each<I: Sync, T: Send>(items: &[I], step: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(items.len());
    if workers <= 1 {
        return items.iter().map(step).collect();
    }
    let next = Mutex::new(items.iter().enumerate());
    // Whoever is free takes the next item; the caller works as well.
    let work = || {
        let mut done = Vec::new();
        loop {
            let taken = next.lock().expect("no step runs under the lock").next();
            let Some((index, item)) = taken else {
                return done;
            };
            done.push((index, step(item)));
        }
    };
    let mut done = thread::scope(|scope| {
        let running: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for thread in running {
            match thread.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs two steps, side by side where the machine has two cores.
///
/// A panic of a step is a panic of the caller.
pub(crate) fn both<A: Send, B>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
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
        let many: Vec<usize> = (0..100).collect();
        assert_eq!(super::each(&many, |n| *n), many);
        assert!(super::each(&[], |n: &u8| *n).is_empty());
    }

    #[test]
    fn two_steps_keep_their_results_apart() {
        assert_eq!(super::both(|| 1, || "b"), (1, "b"));
    }

    #[test]
    #[should_panic(expected = "of a step")]
    fn a_panic_of_one_of_two_is_passed_on() {
        super::both(|| panic!("of a step"), || ());
    }

    #[test]
    #[should_panic(expected = "of a step")]
    fn a_panic_is_passed_on() {
        super::each(&[1, 2, 3], |_| panic!("of a step"));
    }
}
