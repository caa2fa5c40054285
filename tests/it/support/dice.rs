//! Chance that can be had again: numbers that look random and follow from their seed.

use uuid::Uuid;

/// A generator of numbers.
pub(crate) struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut dice = Self(seed);
        // Near seeds give near first numbers.
        _ = (dice.below(2), dice.below(2));
        dice
    }

    /// The seed of that variable of the environment, or a new one.
    pub(crate) fn seed_of(variable: &str) -> u64 {
        match std::env::var(variable) {
            Ok(text) => text.parse().expect("a seed is a whole number"),
            Err(_) => Uuid::now_v7().as_u64_pair().1 >> 32,
        }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The linear congruential generator of Knuth's MMIX.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// One of these.
    pub(crate) fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let bound = (all.len() as u64).max(1);
        all.get(self.below(bound) as usize).cloned()
    }
}
