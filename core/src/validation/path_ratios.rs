//! Which trial each choice of groups takes, and the ratios of the paths that its days in the groups
//! which judge are put together to.

use std::ops::Range;

use super::combinatorial::{Combinatorial, Split};
use super::paths::quantile;
use super::sums::ratio_of_sums;
use crate::metrics::{deviation, mean};

/// Which quantiles of the paths' ratios are told; the first and the last are the extremes.
const QUANTILES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// Which trial was the best for each choice, of those seen so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices(Vec<Option<Chosen>>);

#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    trial: u64,
    inside: f64,
    /// Its returns in the groups that judge, in order.
    outside: Box<[f64]>,
}

/// The ratio of each path, per day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathRatios {
    /// Choices of groups.
    pub split_count: u64,
    /// How many different trials they took.
    pub chosen_count: u64,
    /// The ratio of each path; `None` of one whose returns do not vary.
    pub ratios: Vec<Option<f64>>,
}

impl Combinatorial {
    /// What the paths came to: group `g` of path `j` comes from the `j`-th choice that judges by
    /// it. A choice without any trial rests.
    pub fn path_ratios(&self, choices: &Choices) -> PathRatios {
        let splits = self.splits();
        let length = self.group_days();
        let resting = vec![0.0; length];
        let piece = |path: usize, group: usize| -> &[f64] {
            let mut judging = splits.iter().enumerate().filter_map(|(number, split)| {
                let place = split.tested.iter().position(|&tested| tested == group)?;
                Some((number, place))
            });
            let found = judging.nth(path).and_then(|(number, place)| {
                let chosen = choices.0.get(number)?.as_ref()?;
                chosen.outside.get(place * length..(place + 1) * length)
            });
            found.unwrap_or(&resting)
        };
        let ratio = |path: usize| {
            let pieces: Vec<&[f64]> = (0..self.groups).map(|group| piece(path, group)).collect();
            let returns = pieces.concat();
            let spread = deviation(&returns).filter(|spread| *spread > 0.0)?;
            Some(mean(&returns)? / spread)
        };
        let mut chosen: Vec<u64> = choices.0.iter().flatten().map(|it| it.trial).collect();
        chosen.sort_unstable();
        chosen.dedup();
        PathRatios {
            split_count: splits.len() as u64,
            chosen_count: chosen.len() as u64,
            ratios: (0..self.path_count() as usize).map(ratio).collect(),
        }
    }
}

impl Choices {
    /// Looks at a trial with a return for every day.
    pub fn take(&mut self, cut: &Combinatorial, splits: &[Split], trial: u64, returns: &[f64]) {
        self.0.resize(splits.len(), None);
        let sums = RunningSums::of(returns);
        for (chosen, split) in self.0.iter_mut().zip(splits) {
            let Some(inside) = sums.ratio(&split.inside) else { continue };
            if chosen.as_ref().is_none_or(|it| it.is_worse_than(inside, trial)) {
                let pieces = split.tested.iter().map(|&group| &returns[cut.group(group)]);
                let outside = pieces.flatten().copied().collect();
                *chosen = Some(Chosen { trial, inside, outside });
            }
        }
    }

    /// Takes the better of what both saw.
    pub fn merge(&mut self, other: Self) {
        self.0.resize(self.0.len().max(other.0.len()), None);
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            if let Some(theirs) = theirs
                && mine.as_ref().is_none_or(|it| it.is_worse_than(theirs.inside, theirs.trial))
            {
                *mine = Some(theirs);
            }
        }
    }
}

impl Chosen {
    /// Of equal ones the first trial counts, so that the order in which they come does not.
    fn is_worse_than(&self, inside: f64, trial: u64) -> bool {
        inside > self.inside || (inside == self.inside && trial < self.trial)
    }
}

impl PathRatios {
    /// The ratios of all paths that have one: the least, those of 5, 25, 50, 75 and 95 % of them,
    /// and the greatest. Empty where none has.
    pub fn quantiles(&self) -> Vec<f64> {
        let sorted = self.sorted();
        QUANTILES.iter().filter_map(|share| quantile(&sorted, *share)).collect()
    }

    /// The share of them that is below 0.
    pub fn share_below_zero(&self) -> Option<f64> {
        let sorted = self.sorted();
        let below = sorted.iter().filter(|ratio| **ratio < 0.0).count();
        (!sorted.is_empty()).then(|| below as f64 / sorted.len() as f64)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.ratios.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }
}

/// Sums of returns and of their squares up to each day: those of any days are a difference.
struct RunningSums(Vec<(f64, f64)>);

impl RunningSums {
    fn of(returns: &[f64]) -> Self {
        let mut sums = Vec::with_capacity(returns.len() + 1);
        let mut sum = (0.0, 0.0);
        sums.push(sum);
        for value in returns {
            sum = (sum.0 + value, sum.1 + value * value);
            sums.push(sum);
        }
        Self(sums)
    }

    /// Mean over deviation of those days; `None` where they do not vary.
    fn ratio(&self, days: &[Range<usize>]) -> Option<f64> {
        let (mut count, mut sum, mut squares) = (0, 0.0, 0.0);
        for range in days {
            let (from, to) = (self.0[range.start], self.0[range.end]);
            count += range.len();
            sum += to.0 - from.0;
            squares += to.1 - from.1;
        }
        if count < 2 { None } else { ratio_of_sums(count as f64, sum, squares) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;
    use proptest::prelude::*;

    fn cut(days: usize, groups: usize, test_groups: usize) -> Combinatorial {
        Combinatorial { days, groups, test_groups, purge_days: 0, embargo_days: 0 }
    }

    fn choices(cut: &Combinatorial, trials: &[(u64, Vec<f64>)]) -> Choices {
        let splits = cut.splits();
        let mut choices = Choices::default();
        for (trial, returns) in trials {
            choices.take(cut, &splits, *trial, returns);
        }
        choices
    }

    /// Worked by hand: three groups of two days, one judges. The late trial is the better one by
    /// any two groups with the last of them, the early one by the first two.
    #[test]
    fn a_path_is_what_was_chosen_without_its_days() {
        let cut = cut(6, 3, 1);
        let early = vec![0.02, 0.01, 0.02, 0.01, -0.03, -0.01];
        let late = vec![-0.01, 0.01, 0.01, -0.01, 0.05, 0.04];
        let choices = choices(&cut, &[(0, early), (1, late)]);
        let taken: Vec<u64> = choices.0.iter().map(|it| it.as_ref().unwrap().trial).collect();
        // Judged by 0 or by 1, the other trial has the better rest; judged by 2, the first has.
        assert_eq!(taken, [1, 1, 0]);
        let told = cut.path_ratios(&choices);
        let path: [f64; 6] = [-0.01, 0.01, 0.01, -0.01, -0.03, -0.01];
        let mean = path.iter().sum::<f64>() / 6.0;
        let squares: f64 = path.iter().map(|value| (value - mean) * (value - mean)).sum();
        let ratio = told.ratios[0].unwrap();
        assert!((ratio - mean / (squares / 5.0).sqrt()).abs() < 1e-12, "{ratio}");
        assert_eq!((told.split_count, told.chosen_count, told.ratios.len()), (3, 2, 1));
        assert_eq!((told.share_below_zero(), told.quantiles()), (Some(1.0), vec![ratio; 7]));
    }

    #[test]
    fn without_a_trial_that_varies_nothing_is_told() {
        let cut = cut(40, 4, 2);
        let told = cut.path_ratios(&choices(&cut, &[(0, vec![0.0; 40])]));
        assert_eq!((told.ratios, told.chosen_count), (vec![None; 3], 0));
        let told = cut.path_ratios(&Choices::default());
        assert_eq!((told.quantiles(), told.share_below_zero()), (vec![], None));
    }

    proptest! {
        /// The same choices trial by trial from the definition, in any parts and any order.
        #[test]
        fn parts_in_any_order_choose_as_the_definition_does(
            seed in 0_u64..1_000,
            groups in 3_usize..7,
            test_groups in 1_usize..3,
            purge_days in 0_usize..4,
            embargo_days in 0_usize..4,
            more in 0_usize..5,
            border in 0_usize..9,
        ) {
            let days = groups * 12 + more;
            let cut = Combinatorial { days, groups, test_groups, purge_days, embargo_days };
            let values: Vec<f64> = normals(seed, 8 * days).collect();
            let trials: Vec<(u64, Vec<f64>)> =
                values.chunks(days).zip(0..).map(|(it, trial)| (trial, it.to_vec())).collect();
            let whole = choices(&cut, &trials);
            let (first, second) = trials.split_at(border.min(8));
            let mut merged = choices(&cut, second);
            merged.merge(choices(&cut, first));
            prop_assert_eq!(&merged, &whole);
            let first_day = days - days / groups * groups;
            for (split, chosen) in cut.splits().iter().zip(&whole.0) {
                let near = |day: usize| split.tested.iter().any(|&group| {
                    let judged = cut.group(group);
                    day + purge_days >= judged.start && day < judged.end + embargo_days
                });
                let ratio = |returns: &[f64]| {
                    let free = (first_day..days).filter(|&day| !near(day));
                    let kept: Vec<f64> = free.map(|day| returns[day]).collect();
                    mean(&kept).unwrap() / deviation(&kept).unwrap()
                };
                let ratios = trials.iter().map(|(_, returns)| ratio(returns));
                let best = ratios.fold(f64::MIN, f64::max);
                let chosen = chosen.as_ref().unwrap();
                prop_assert!((chosen.inside - best).abs() < 1e-9);
                prop_assert!((ratio(&trials[chosen.trial as usize].1) - best).abs() < 1e-9);
            }
        }
    }
}
