//! Every choice of half of the blocks of the days, and the ratios of all trials in it.

use super::sums::ratio_of_sums;
use crate::simd::{Doubles, Kernel, LANES, Lanes, widest};

/// The fewest and the most blocks. Each two more make four times as many choices: sixteen have
/// 12,870, twenty would have 184,756.
pub const BLOCKS: std::ops::RangeInclusive<usize> = 4..=16;

/// The sums of the daily returns of trials, and of their squares, by blocks of equally many days.
/// Days that are left over at the beginning count nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Halves {
    blocks: usize,
    days: usize,
    trials: usize,
    /// By eight trials, then by block: of returns, of squares.
    sums: Vec<(Doubles8, Doubles8)>,
}

/// What [`Doubles`] holds, comparable.
type Doubles8 = [f64; LANES];

impl Halves {
    /// Of no trial yet.
    ///
    /// # Panics
    ///
    /// If the number of blocks is odd or not in [`BLOCKS`].
    pub fn new(blocks: usize, days: usize) -> Self {
        assert!(blocks.is_multiple_of(2) && BLOCKS.contains(&blocks), "{blocks} blocks");
        Self { blocks, days, trials: 0, sums: Vec::new() }
    }

    /// Adds a trial with a return for every day.
    pub fn push(&mut self, returns: &[f64]) {
        self.push_sums(&Self::block_sums(self.blocks, returns.iter().copied()));
    }

    /// The sums of returns and of their squares in each of so many blocks.
    pub(super) fn block_sums(
        blocks: usize,
        returns: impl ExactSizeIterator<Item = f64>,
    ) -> Box<[(f64, f64)]> {
        let (days, length) = (returns.len(), returns.len() / blocks);
        let mut sums = vec![(0.0, 0.0); blocks];
        for (place, value) in returns.skip(days - length * blocks).enumerate() {
            let sum = &mut sums[place / length];
            sum.0 += value;
            sum.1 += value * value;
        }
        sums.into()
    }

    /// Adds a trial by its sums.
    pub(super) fn push_sums(&mut self, sums: &[(f64, f64)]) {
        let lane = self.trials % LANES;
        if lane == 0 {
            self.sums.resize(self.sums.len() + self.blocks, ([0.0; LANES], [0.0; LANES]));
        }
        self.trials += 1;
        let first = self.sums.len() - self.blocks;
        for (kept, (returns, squares)) in self.sums[first..].iter_mut().zip(sums) {
            (kept.0[lane], kept.1[lane]) = (*returns, *squares);
        }
    }

    /// How many days a block has.
    pub const fn block_days(&self) -> usize {
        self.days / self.blocks
    }

    pub(super) const fn blocks(&self) -> usize {
        self.blocks
    }

    pub(super) const fn trial_count(&self) -> usize {
        self.trials
    }

    pub(super) const fn group_count(&self) -> usize {
        self.trials.div_ceil(LANES)
    }

    /// How many trials stand before a group of eight.
    pub(super) const fn trials_before(group: usize) -> usize {
        group * LANES
    }
}

/// Every choice of half of the blocks, in lexicographic order of the blocks chosen: bit `n` stands
/// for block `n`.
pub(super) fn choices(blocks: usize) -> Vec<u32> {
    let mut all: Vec<u32> =
        (0..1_u32 << blocks).filter(|choice| choice.count_ones() as usize * 2 == blocks).collect();
    // The lower blocks decide first, and one that is chosen comes before one that is not.
    all.sort_unstable_by_key(|choice| std::cmp::Reverse(choice.reverse_bits()));
    all
}

/// The ratios of eight trials in every choice. The sums over every subset of the lower and of the
/// upper half of the blocks are made first, so that a choice is one addition.
pub(super) struct Ratios {
    taken: Lanes,
    /// Days of a choice.
    days: f64,
    lower_blocks: usize,
    all: u32,
    lower: Vec<(Doubles, Doubles)>,
    upper: Vec<(Doubles, Doubles)>,
}

impl Ratios {
    pub(super) fn of(halves: &Halves, group: usize) -> Self {
        let blocks = &halves.sums[group * halves.blocks..][..halves.blocks];
        let (lower, upper) = blocks.split_at(halves.blocks / 2);
        let left = halves.trials - Halves::trials_before(group);
        Self {
            taken: Lanes::of(0, left.min(LANES)),
            days: (halves.block_days() * halves.blocks / 2) as f64,
            lower_blocks: lower.len(),
            all: (1 << halves.blocks) - 1,
            lower: subsets(lower),
            upper: subsets(upper),
        }
    }

    /// In the chosen blocks: negative infinity where a ratio is not defined, and `nobody` where
    /// there is no trial.
    #[inline]
    pub(super) fn inside(&self, choice: u32, nobody: f64) -> Doubles {
        let lower = self.lower[(choice & ((1 << self.lower_blocks) - 1)) as usize];
        let upper = self.upper[(choice >> self.lower_blocks) as usize];
        widest(Ratio { days: self.days, lower, upper }).within(self.taken, nobody)
    }

    /// In the others.
    #[inline]
    pub(super) fn outside(&self, choice: u32, nobody: f64) -> Doubles {
        self.inside(!choice & self.all, nobody)
    }
}

/// The sums over every subset of some blocks, each in the order of blocks.
fn subsets(blocks: &[(Doubles8, Doubles8)]) -> Vec<(Doubles, Doubles)> {
    let mut sums = vec![(Doubles::all(0.0), Doubles::all(0.0))];
    for (returns, squares) in blocks {
        for subset in 0..sums.len() {
            let sum = sums[subset];
            sums.push((sum.0 + Doubles(*returns), sum.1 + Doubles(*squares)));
        }
    }
    sums
}

/// Mean over deviation (ddof 1), of sums.
struct Ratio {
    days: f64,
    lower: (Doubles, Doubles),
    upper: (Doubles, Doubles),
}

impl Kernel for Ratio {
    type Output = Doubles;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Doubles {
        let (sums, squares) = (self.lower.0 + self.upper.0, self.lower.1 + self.upper.1);
        let mut ratios = [0.0; LANES];
        for (lane, ratio) in ratios.iter_mut().enumerate() {
            let defined = ratio_of_sums(self.days, sums.0[lane], squares.0[lane]);
            *ratio = defined.unwrap_or(f64::NEG_INFINITY);
        }
        Doubles(ratios)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_in_lexicographic_order() {
        let blocks = |choice: &u32| (0..4).filter(|block| choice >> block & 1 == 1).collect();
        let all: Vec<Vec<u32>> = choices(4).iter().map(blocks).collect();
        assert_eq!(all, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(choices(16).len(), 12_870);
    }

    #[test]
    fn days_that_are_left_over_at_the_beginning_count_nowhere() {
        let mut all = Halves::new(4, 11);
        all.push(&[900.0, 900.0, 900.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let mut rest = Halves::new(4, 8);
        rest.push(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(all.sums, rest.sums);
        assert_eq!((all.block_days(), all.sums[3].0[0]), (2, 15.0));
    }
}
