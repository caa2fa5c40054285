//! Random numbers that follow from what they are for: counted, never drawn from a state that
//! something else could have moved.

use super::permutation::mix;

/// The numbers of one slot of one generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice {
    base: u64,
    thrown: u64,
}

impl Dice {
    /// Those of that slot.
    pub(super) const fn of(seed: u64, generation: u64, slot: u64) -> Self {
        Self { base: mix(mix(mix(seed) ^ generation) ^ slot), thrown: 0 }
    }

    fn next(&mut self) -> u64 {
        self.thrown += 1;
        mix(self.base.wrapping_add(mix(self.thrown)))
    }

    /// From 0 to below 1; the upper 53 bits make every double equally likely.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `count`, which is above 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        // The upper half of a product is uniform to one part in 2^64 / count.
        ((u128::from(self.next()) * u128::from(count)) >> 64) as u64
    }

    /// True about so often.
    pub(super) fn is_within(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_evenly_and_slots_differ() {
        let mut dice = Dice::of(1, 2, 3);
        let mut counts = [0_u32; 10];
        for _ in 0..10_000 {
            counts[dice.below(10) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        let first = |slot| Dice::of(1, 2, slot).unit();
        assert_ne!(first(0), first(1));
        assert_eq!(first(7), first(7));
        let mean = (0..1_000).map(|slot| Dice::of(9, 0, slot).unit()).sum::<f64>() / 1_000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }
}
