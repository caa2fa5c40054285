//! The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio & Kégl 2011) over the places of
//! a product, all axes together, version 1. What is tried next lies where good trials are dense and
//! others are not; it follows from the seed and from what the earlier trials came to.

use super::dice::Dice;
use super::kernels::Kernels;
use super::space::{DRAWS_MAX, Space};
use super::standing::Standing;

/// One trial of so many is good, rounded up.
const GOOD_OF: usize = 10;
/// And so many at most.
const GOOD_MAX: usize = 25;
/// Points drawn for one trial, of which the most promising is tried.
const CANDIDATES: usize = 24;

/// What is known of the space, generation by generation.
#[derive(Clone, Debug)]
pub struct Estimator {
    space: Space,
    seed: u64,
    batch: u64,
    generation: u64,
    /// Every trial so far, the best first; of equals the earlier one.
    known: Vec<(Standing, u64)>,
}

impl Estimator {
    /// Before the first generation.
    pub const fn new(space: Space, seed: u64, batch: u64) -> Self {
        Self { space, seed, batch, generation: 0, known: Vec::new() }
    }

    /// The next generation, at most so many trials of it: no trial comes twice. Fewer than asked
    /// for, if there are no more.
    pub fn propose(&mut self, most: u64) -> Vec<u64> {
        let count = self.batch.min(most);
        let proposed = if self.known.is_empty() {
            self.space.spread(self.seed, count)
        } else {
            self.promising(count)
        };
        self.generation += 1;
        proposed
    }

    /// Learns what the generation came to.
    pub fn absorb(&mut self, generation: &[(u64, Standing)]) {
        self.known.extend(generation.iter().map(|&(index, standing)| (standing, index)));
        // Stable: of equals the earlier one stays before.
        self.known.sort_by(|left, right| left.0.order(&right.0));
    }

    fn promising(&mut self, count: u64) -> Vec<u64> {
        let seen = self.known.len();
        let places = |(_, index): &(Standing, u64)| self.space.places(*index);
        let points: Vec<Vec<u64>> = self.known.iter().map(places).collect();
        let (good, rest) = points.split_at(seen.div_ceil(GOOD_OF).min(GOOD_MAX));
        let good = Kernels::about(self.space.digits(), good, seen);
        let mut rest = Kernels::about(self.space.digits(), rest, seen);
        let mut proposed = Vec::new();
        for slot in 0..count {
            let mut dice = Dice::of(self.seed, self.generation, slot);
            let Some(index) = self.best_of_draws(&good, &rest, &mut dice) else { break };
            // What it comes to is not known yet: as if it were bad, the next lie elsewhere.
            rest.push(&self.space.places(index));
            proposed.push(index);
        }
        proposed
    }

    /// The most promising of some new points; any trial that is new, if draws find none.
    fn best_of_draws(&mut self, good: &Kernels, rest: &Kernels, dice: &mut Dice) -> Option<u64> {
        let mut best: Option<(f64, u64)> = None;
        let mut found = 0;
        for _ in 0..DRAWS_MAX {
            let point = good.draw(dice);
            let index = self.space.index(&point);
            if !self.space.is_new(index) {
                continue;
            }
            let promise = good.density(&point) - rest.density(&point);
            if best.is_none_or(|(most, _)| promise > most) {
                best = Some((promise, index));
            }
            found += 1;
            if found == CANDIDATES {
                break;
            }
        }
        match best {
            Some((_, index)) if self.space.take(index) => Some(index),
            _ => self.space.take_any(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenery::{bowl, searched, space};
    use super::*;
    use crate::sweep::Learner;
    use proptest::prelude::*;

    fn estimator(counts: &[i64], seed: u64, batch: u64) -> Learner {
        Learner::Estimated(Estimator::new(space(counts, seed), seed, batch))
    }

    #[test]
    fn it_comes_close_to_the_bottom_of_a_bowl_with_a_thirtieth_of_all_trials() {
        let near = |seed: &u64| {
            let all = searched(estimator(&[100, 100], *seed, 32), 320, bowl);
            all.iter().any(|index| {
                let (x, y) = (index / 100, index % 100);
                x.abs_diff(71) <= 1 && y.abs_diff(23) <= 1
            })
        };
        let count = (0..20).filter(near).count();
        assert!(count >= 17, "{count} of 20");
    }

    #[test]
    fn words_that_are_good_are_tried_more_often() {
        // Of four words only the third is any good, wherever on the other axis.
        let space = super::super::scenery::worded_space(&[4], &[400]);
        let mut learner = Learner::Estimated(Estimator::new(space, 5, 16));
        let mut counts = [0; 4];
        for _ in 0..6 {
            let proposed = learner.propose(u64::MAX);
            let told = proposed.iter().map(|&index| {
                counts[(index / 400) as usize] += 1;
                let cost = if index / 400 == 2 { 0.0 } else { 100.0 };
                (index, Standing::Good([cost + (index * 37 % 400) as f64 / 400.0, 0.0, 0.0]))
            });
            learner.absorb(&told.collect::<Vec<_>>());
        }
        assert!(counts[2] >= 64, "{counts:?} of 96");
    }

    #[test]
    fn what_breaks_a_constraint_or_fails_counts_as_bad() {
        let cost = |x: f64, y: f64| match (x < 50.0, y > 90.0) {
            (_, true) => Standing::Failed,
            (true, _) => bowl(x, y),
            (false, _) => Standing::Infeasible(x - 49.0),
        };
        let found = searched(estimator(&[100, 100], 3, 32), 320, cost);
        assert!(found.iter().any(|index| index / 100 >= 47 && index / 100 < 50));
        assert!(found[160..].iter().filter(|index| *index % 100 > 90).count() < 20);
    }

    proptest! {
        #[test]
        fn no_trial_comes_twice_and_the_same_seed_makes_the_same(
            seed: u64,
            batch in 4_u64..40,
            counts in prop::collection::vec(2_i64..7, 1..4),
        ) {
            let cost = |index: u64| Standing::Good([(index % 7) as f64, 0.0, 0.0]);
            let run = || {
                let mut estimator = estimator(&counts, seed, batch);
                let mut all: Vec<u64> = Vec::new();
                loop {
                    let proposed = estimator.propose(u64::MAX);
                    if proposed.is_empty() {
                        return all;
                    }
                    let told = |index: &u64| (*index, cost(*index));
                    estimator.absorb(&proposed.iter().map(told).collect::<Vec<_>>());
                    all.extend(proposed);
                }
            };
            let all = run();
            prop_assert_eq!(&run(), &all);
            let mut sorted = all;
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..counts.iter().product::<i64>() as u64));
        }
    }
}
