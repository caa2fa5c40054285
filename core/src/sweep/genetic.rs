//! NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002) over the places of a product, version 1. Each
//! generation follows from the seed and from what the earlier ones came to, and from nothing else.

use std::cmp::Ordering;

use super::dice::Dice;
use super::space::{DRAWS_MAX, Digit, Space};
use super::standing::{Standing, crowding, ranks};

/// Trials that are compared to choose a parent.
const TOURNAMENT: usize = 3;
/// How often the places of two parents are mixed, axis by axis.
const MIXED_SHARE: f64 = 0.85;
/// How far a mixed place lies from its parents (Deb & Agrawal 1995): less is further.
const MIXED_SPREAD: f64 = 2.0;
/// The same of a place that is changed alone.
const CHANGED_SPREAD: f64 = 20.0;

/// A population on its way, generation by generation.
#[derive(Clone, Debug)]
pub struct Evolution {
    space: Space,
    seed: u64,
    batch: u64,
    generation: u64,
    /// Trials that were proposed before.
    proposed: u64,
    survivors: Vec<Member>,
}

/// A trial of the population.
#[derive(Clone, Copy, Debug)]
struct Member {
    index: u64,
    /// When it was proposed: of equals the earlier one is preferred.
    place: u64,
    standing: Standing,
    rank: u32,
    room: f64,
}

impl Evolution {
    /// Before the first generation.
    pub const fn new(space: Space, seed: u64, batch: u64) -> Self {
        Self { space, seed, batch, generation: 0, proposed: 0, survivors: Vec::new() }
    }

    /// The next generation, at most so many trials of it: no trial comes twice. Fewer than asked
    /// for, if there are no more.
    pub fn propose(&mut self, most: u64) -> Vec<u64> {
        let count = self.batch.min(most);
        let mut proposed = if self.survivors.is_empty() {
            self.space.spread(self.seed, count)
        } else {
            (0..count).filter_map(|slot| self.child(slot)).collect()
        };
        proposed.truncate(count as usize);
        self.generation += 1;
        proposed
    }

    /// Learns what the generation came to; the survivors are the best of it and those before.
    pub fn absorb(&mut self, generation: &[(u64, Standing)]) {
        let members = (self.proposed..).zip(generation).map(|(place, &(index, standing))| Member {
            index,
            place,
            standing,
            rank: 0,
            room: 0.0,
        });
        self.survivors.extend(members);
        self.proposed += generation.len() as u64;
        self.rank();
        self.survivors.sort_by(preference);
        self.survivors.truncate(self.batch as usize);
        // Who is left has other neighbours.
        self.rank();
    }

    fn rank(&mut self) {
        let standings: Vec<Standing> = self.survivors.iter().map(|it| it.standing).collect();
        let ranks = ranks(&standings);
        let rooms = crowding(&standings, &ranks);
        for (member, (rank, room)) in self.survivors.iter_mut().zip(ranks.into_iter().zip(rooms)) {
            (member.rank, member.room) = (rank, room);
        }
    }

    /// A child of two parents that is new; else any trial that is.
    fn child(&mut self, slot: u64) -> Option<u64> {
        let mut dice = Dice::of(self.seed, self.generation, slot);
        for _ in 0..DRAWS_MAX {
            let (mother, father) = (self.parent(&mut dice), self.parent(&mut dice));
            let (mother, father) = (self.space.places(mother), self.space.places(father));
            let digits = self.space.digits();
            let change = 1.0 / digits.len().max(1) as f64;
            let parents = mother.into_iter().zip(father);
            let places: Vec<u64> = digits
                .iter()
                .zip(parents)
                .map(|(digit, pair)| inherited(*digit, pair, change, &mut dice))
                .collect();
            let index = self.space.index(&places);
            if self.space.take(index) {
                return Some(index);
            }
        }
        self.space.take_any()
    }

    /// The best of some that are drawn.
    fn parent(&self, dice: &mut Dice) -> u64 {
        let count = self.survivors.len() as u64;
        let drawn = (0..TOURNAMENT).map(|_| &self.survivors[dice.below(count) as usize]);
        drawn.min_by(|left, right| preference(left, right)).map_or(0, |best| best.index)
    }
}

/// The lower front, then more room, then the earlier trial.
fn preference(left: &Member, right: &Member) -> Ordering {
    let by_room = right.room.total_cmp(&left.room);
    left.rank.cmp(&right.rank).then(by_room).then(left.place.cmp(&right.place))
}

/// One place of a child.
fn inherited(digit: Digit, (mother, father): (u64, u64), change: f64, dice: &mut Dice) -> u64 {
    if !digit.is_ordered {
        let place = if dice.is_within(0.5) { mother } else { father };
        return if dice.is_within(change) { dice.below(digit.count) } else { place };
    }
    let last = (digit.count - 1) as f64;
    let mut place = if dice.is_within(0.5) { mother } else { father } as f64;
    if dice.is_within(MIXED_SHARE) {
        place = mixed((mother as f64, father as f64), dice);
    }
    if dice.is_within(change) {
        place += last * changed(dice);
    }
    libm::round(place).clamp(0.0, last) as u64
}

/// Simulated binary crossover: about the parents, as far from them as they are from each other.
fn mixed((mother, father): (f64, f64), dice: &mut Dice) -> f64 {
    let unit = dice.unit();
    let power = 1.0 / (MIXED_SPREAD + 1.0);
    let beta = if unit <= 0.5 {
        libm::pow(2.0 * unit, power)
    } else {
        libm::pow(1.0 / (2.0 * (1.0 - unit)), power)
    };
    let sign = if dice.is_within(0.5) { 1.0 } else { -1.0 };
    0.5 * ((1.0 + sign * beta) * mother + (1.0 - sign * beta) * father)
}

/// Polynomial mutation: a part of the whole axis, mostly a small one.
fn changed(dice: &mut Dice) -> f64 {
    let unit = dice.unit();
    let power = 1.0 / (CHANGED_SPREAD + 1.0);
    if unit < 0.5 {
        libm::pow(2.0 * unit, power) - 1.0
    } else {
        1.0 - libm::pow(2.0 * (1.0 - unit), power)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenery::{bowl, searched, space};
    use super::*;
    use crate::sweep::Learner;
    use proptest::prelude::*;

    fn evolution(counts: &[i64], seed: u64) -> Learner {
        Learner::Bred(Evolution::new(space(counts, seed), seed, 32))
    }

    #[test]
    fn it_finds_the_bottom_of_a_bowl_with_a_thirtieth_of_all_trials() {
        let found = (0..20)
            .filter(|&seed| searched(evolution(&[100, 100], seed), 320, bowl).contains(&7_123));
        assert!(found.count() >= 15);
    }

    #[test]
    fn it_spreads_over_a_front_of_two_objectives() {
        // x is the price of y: the front is the whole edge where both are at their ends.
        let cost = |x: f64, y: f64| Standing::Good([x, 99.0 - x + y, 0.0]);
        let found = searched(evolution(&[100, 100], 5), 640, cost);
        let front: std::collections::BTreeSet<u64> =
            found.into_iter().filter(|index| index % 100 == 0).map(|index| index / 100).collect();
        assert!(front.len() > 30, "{front:?}");
        assert!(front.first() < Some(&10) && front.last() > Some(&89), "{front:?}");
    }

    #[test]
    fn what_keeps_the_constraints_is_preferred_and_what_fails_is_left() {
        let cost = |x: f64, y: f64| match (x < 50.0, y > 90.0) {
            (_, true) => Standing::Failed,
            (true, _) => bowl(x, y),
            (false, _) => Standing::Infeasible(x - 49.0),
        };
        let found = searched(evolution(&[100, 100], 3), 640, cost);
        assert!(found.iter().any(|index| index / 100 >= 48 && index / 100 < 50));
        let late = &found[320..];
        assert!(late.iter().filter(|index| *index % 100 > 90).count() < 40);
    }

    proptest! {
        #[test]
        fn no_trial_comes_twice_and_the_same_seed_makes_the_same(
            seed: u64,
            batch in 4_u64..40,
            counts in prop::collection::vec(2_i64..9, 1..4),
        ) {
            let run = |stop: usize| {
                let mut evolution = Evolution::new(space(&counts, seed), seed, batch);
                let mut all: Vec<u64> = Vec::new();
                loop {
                    let proposed = evolution.propose(u64::MAX);
                    if proposed.is_empty() || all.len() >= stop {
                        return all;
                    }
                    let cost = |index: u64| Standing::Good([(index % 7) as f64, 0.0, 0.0]);
                    let told = |index: &u64| (*index, cost(*index));
                    evolution.absorb(&proposed.iter().map(told).collect::<Vec<_>>());
                    all.extend(proposed);
                }
            };
            let all = run(usize::MAX);
            prop_assert_eq!(&run(usize::MAX), &all);
            prop_assert!(run(10).iter().eq(all.iter().take(run(10).len())));
            let mut sorted = all;
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..counts.iter().product::<i64>() as u64));
        }
    }
}
