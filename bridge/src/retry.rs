//! How often a transaction is tried, and how long it waits in between.

use std::time::{Duration, Instant};

/// The attempts of one transaction: a number of them, within a time.
#[derive(Debug)]
pub(crate) struct Retry {
    left: u32,
    wait: Duration,
    until: Instant,
    seed: u64,
}

/// The first wait; each is twice the one before it.
const FIRST: Duration = Duration::from_millis(20);

impl Retry {
    /// `attempts` in all, of which the last begins before `budget` has passed.
    pub(crate) fn new(attempts: u32, budget: Duration, seed: u64) -> Self {
        Retry {
            left: attempts.saturating_sub(1),
            wait: FIRST,
            until: Instant::now() + budget,
            seed: seed | 1,
        }
    }

    /// How long to wait before the next attempt; `None` after the last one.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = jittered(self.wait, &mut self.seed);
        self.wait *= 2;
        (Instant::now() + wait < self.until).then_some(wait)
    }
}

/// Between half and all of a time, so that those that failed together do not come back together.
pub(crate) fn jittered(wait: Duration, seed: &mut u64) -> Duration {
    // xorshift: the waits need no more than not to be the same.
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    let part = (*seed >> 11) as f64 / (1u64 << 53) as f64;
    wait.mul_f64(0.5 + part / 2.0)
}

/// A number that differs from request to request.
pub(crate) fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_time_are_bounded() {
        let mut retry = Retry::new(3, Duration::from_secs(1), 7);
        let waits: Vec<Duration> = std::iter::from_fn(|| retry.next()).collect();
        assert_eq!(waits.len(), 2);
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST && waits[1] > waits[0] / 2);
        assert_eq!(Retry::new(9, Duration::ZERO, 7).next(), None);
    }
}
