//! How often luck alone would look as good as the best of many trials.
//!
//! The reality check (White 2000) and its studentized refinement, the test for superior predictive
//! ability (Hansen 2005), both over draws of the stationary bootstrap. Neither needs to know how
//! many of the trials are independent.

use super::extremes::{Extremes, LEADERS_MAX};
use super::normal::implied_count;
use super::returns::Merit;

/// Of a hundred searches by luck, how many hundredths would find a best that looks this good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Luck {
    /// Hansen's, consistent: the one to read first.
    pub spa: f64,
    /// A lower bound of it: trials that lose count for nothing.
    pub spa_lower: f64,
    /// An upper bound: every trial counts as if its true mean were 0.
    pub spa_upper: f64,
    /// White's; a noisy trial can hide a good one from it.
    pub reality_check: f64,
}

/// A trial among the best, and the share of draws in which luck would have passed it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leader {
    /// Which one.
    pub trial: u64,
    /// Its mean over the deviation of that.
    pub t: f64,
    /// Adjusted for all trials that are tested, step by step (Romano and Wolf 2016).
    pub adjusted_p: f64,
}

/// A step of [`steps_at`].
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What a trial had to be above.
    pub critical: f64,
    /// The trials that were, which the steps after it leave out.
    pub passed: Vec<u64>,
}

impl Merit {
    /// The mean over its deviation.
    pub fn t(&self, days: usize) -> f64 {
        self.mean * (libm::sqrt(days as f64) / self.omega)
    }
}

impl Luck {
    /// Of all trials; at least one.
    pub fn of(merits: &[Merit], extremes: &Extremes, days: usize) -> Self {
        let greatest = |value: &dyn Fn(&Merit) -> f64| {
            merits.iter().map(value).fold(f64::NEG_INFINITY, f64::max)
        };
        let statistic = greatest(&|merit| merit.t(days)).max(0.0);
        let studentized = |null: &[f64]| share(null.iter().map(|value| value.max(0.0)), statistic);
        Self {
            spa: studentized(&extremes.consistent),
            spa_lower: studentized(&extremes.lower),
            spa_upper: studentized(&extremes.upper),
            reality_check: share(extremes.plain.iter().copied(), greatest(&|merit| merit.mean)),
        }
    }
}

/// The share of draws that reach the statistic, with the search itself counted as one of them.
fn share(null: impl ExactSizeIterator<Item = f64>, statistic: f64) -> f64 {
    let draws = null.len();
    let reached = null.filter(|value| *value >= statistic).count();
    (1 + reached) as f64 / (draws + 1) as f64
}

/// The best trials, with their adjusted p: at most twenty, the best first, equal ones by number.
pub fn leaders(merits: &[Merit], extremes: &Extremes, days: usize) -> Vec<Leader> {
    let best = best_trials(merits, days);
    let trials: Vec<u64> = best.iter().map(|(trial, _)| *trial).collect();
    let mut least = 0.0_f64;
    let leader = |(place, &(trial, t)): (usize, &(u64, f64))| {
        let ahead = &trials[..place];
        let null = extremes.leaders.iter().map(|draw| draw.greatest_outside(ahead));
        least = least.max(share(null, t));
        Leader { trial, t, adjusted_p: least }
    };
    best.iter().enumerate().map(leader).collect()
}

/// Numbers and `t` of the best trials.
fn best_trials(merits: &[Merit], days: usize) -> Vec<(u64, f64)> {
    let mut all: Vec<_> = merits.iter().map(|merit| (merit.trial, merit.t(days))).collect();
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(LEADERS_MAX);
    all
}

/// Step by step (Romano and Wolf 2005): who is above the `1 - alpha` quantile of the greatest of
/// those not yet passed, until a step passes nobody. Among the best twenty.
pub fn steps_at(alpha: f64, merits: &[Merit], extremes: &Extremes, days: usize) -> Vec<Step> {
    let best = best_trials(merits, days);
    let mut passed = Vec::new();
    let mut steps = Vec::new();
    loop {
        let mut null: Vec<f64> =
            extremes.leaders.iter().map(|draw| draw.greatest_outside(&passed)).collect();
        null.sort_unstable_by(f64::total_cmp);
        let place = libm::ceil((1.0 - alpha) * null.len() as f64) as usize;
        let Some(&critical) = null.get(place.max(1) - 1) else { return steps };
        let above = |(trial, t): &(u64, f64)| !passed.contains(trial) && *t > critical;
        let mut now: Vec<u64> = best.iter().filter(|t| above(t)).map(|(trial, _)| *trial).collect();
        now.sort_unstable();
        passed.extend(&now);
        let is_last = now.is_empty();
        steps.push(Step { critical, passed: now });
        if is_last || passed.len() == best.len() {
            return steps;
        }
    }
}

/// How many independent trials would have a best as good as luck gives these: an explanation of
/// how alike they are.
pub fn implied_trials(extremes: &Extremes) -> f64 {
    let draws = extremes.upper.len().max(1) as f64;
    implied_count(extremes.upper.iter().sum::<f64>() / draws)
}
