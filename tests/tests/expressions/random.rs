//! Random choices that are the same in every run (xorshift64).

/// A source of random choices.
pub(crate) struct Random(u64);

impl Random {
    /// A source; another seed gives other choices.
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// One of these.
    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// How many cases of a kind: `short`, or fifty times as many in the long mode.
pub(crate) fn count(short: usize) -> usize {
    if tests::long() { short * 50 } else { short }
}
