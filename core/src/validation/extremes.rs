//! The greatest of all trials in each draw of a bootstrap: what the best would be by luck alone.
//!
//! Trials stream by in parts; parts are put together in any order with the same result, since
//! nothing but maxima is kept.

use super::bootstrap::{ABREAST, Draws};
use super::returns::{Group, Merit, Returns};
use crate::simd::{Doubles, Kernel, LANES, Lanes, widest};

/// How many trials can be told apart from luck one by one; one more is kept of each draw, so that
/// the greatest outside of any of them is among those kept.
pub const LEADERS_MAX: usize = 20;

/// The greatest values of each draw, over trials. Of a trial with the mean `m` and in a draw the
/// mean `m*`, over `T` days.
#[derive(Clone, Debug, PartialEq)]
pub struct Extremes {
    /// `m* - m`.
    pub(super) plain: Vec<f64>,
    /// `(m* - max(m, 0)) sqrt(T) / omega`.
    pub(super) lower: Vec<f64>,
    /// The same with 0 in place of a mean that is too far below 0 to matter, and `m` of others.
    pub(super) consistent: Vec<f64>,
    /// `(m* - m) sqrt(T) / omega`.
    pub(super) upper: Vec<f64>,
    /// The greatest of the last, with their trials.
    pub(super) leaders: Vec<Leaders>,
}

/// The greatest values of a draw and whose they are, in falling order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Leaders(Vec<(f64, u64)>);

impl Leaders {
    /// A value that is not greater need not be offered.
    fn bar(&self) -> f64 {
        if self.0.len() > LEADERS_MAX { self.0[LEADERS_MAX].0 } else { f64::NEG_INFINITY }
    }

    fn offer(&mut self, value: f64, trial: u64) {
        if value > self.bar() {
            let place = self.0.partition_point(|(kept, other)| (*kept, trial) > (value, *other));
            self.0.truncate(LEADERS_MAX);
            self.0.insert(place, (value, trial));
        }
    }

    /// The greatest value of a trial that is not among those.
    pub(super) fn greatest_outside(&self, trials: &[u64]) -> f64 {
        let outside = self.0.iter().find(|(_, trial)| !trials.contains(trial));
        outside.map_or(f64::NEG_INFINITY, |(value, _)| *value)
    }
}

/// What the means of eight trials are compared with.
struct Centres {
    lanes: Lanes,
    mean: Doubles,
    lower: Doubles,
    consistent: Doubles,
    /// `sqrt(T) / omega`.
    scale: Doubles,
}

impl Centres {
    fn of(group: &Group<'_>, merits: &[Merit]) -> Self {
        let days = group.returns.len() as f64;
        let doubles = |value: &dyn Fn(&Merit) -> f64| {
            let mut lanes = [0.0; LANES];
            lanes.iter_mut().zip(merits).for_each(|(lane, merit)| *lane = value(merit));
            Doubles(lanes)
        };
        let rate = libm::sqrt(2.0 * libm::log(libm::log(days)) / days);
        let is_near = |merit: &Merit| merit.mean >= -merit.omega * rate;
        Self {
            lanes: group.taken(),
            mean: doubles(&|merit| merit.mean),
            lower: doubles(&|merit| merit.mean.max(0.0)),
            consistent: doubles(&|merit| if is_near(merit) { merit.mean } else { 0.0 }),
            scale: doubles(&|merit| libm::sqrt(days) / merit.omega),
        }
    }
}

impl Extremes {
    /// Of no trial yet.
    pub fn new(draws: usize) -> Self {
        let none = vec![f64::NEG_INFINITY; draws];
        Self {
            plain: none.clone(),
            lower: none.clone(),
            consistent: none.clone(),
            upper: none,
            leaders: vec![Leaders::default(); draws],
        }
    }

    /// Takes trials, of which `merits` are known in the same order.
    pub(super) fn add(&mut self, draws: &Draws, returns: &Returns, merits: &[Merit]) {
        let groups: Vec<_> = returns
            .groups()
            .zip(merits.chunks(LANES))
            .map(|(group, merits)| (group, Centres::of(&group, merits)))
            .collect();
        let mut weights = vec![[0.0; ABREAST]; draws.days()];
        for (tile, occurrences) in draws.tiles().enumerate() {
            for (weights, occurrences) in weights.iter_mut().zip(occurrences) {
                *weights = occurrences.map(f64::from);
            }
            let first = tile * ABREAST;
            for (group, centres) in &groups {
                let sums = widest(Sums { weights: &weights, returns: group.returns });
                for (draw, sum) in (first..draws.count()).zip(sums) {
                    let mean = sum / Doubles::all(draws.days() as f64);
                    self.raise(draw, mean, centres, group.trials);
                }
            }
        }
    }

    fn raise(&mut self, draw: usize, mean: Doubles, centres: &Centres, trials: &[u64]) {
        let above = |centre: Doubles| (mean - centre).within(centres.lanes, f64::NEG_INFINITY);
        let scaled = |centre: Doubles| {
            ((mean - centre) * centres.scale).within(centres.lanes, f64::NEG_INFINITY)
        };
        let upper = scaled(centres.mean);
        let greatest = raise(&mut self.upper[draw], upper);
        raise(&mut self.plain[draw], above(centres.mean));
        raise(&mut self.lower[draw], scaled(centres.lower));
        raise(&mut self.consistent[draw], scaled(centres.consistent));
        if greatest > self.leaders[draw].bar() {
            for (value, trial) in upper.0.into_iter().zip(trials) {
                self.leaders[draw].offer(value, *trial);
            }
        }
    }

    /// Takes what others found of the same draws.
    pub fn merge(&mut self, other: &Self) {
        let raise = |mine: &mut Vec<f64>, theirs: &[f64]| {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine = mine.max(*theirs));
        };
        raise(&mut self.plain, &other.plain);
        raise(&mut self.lower, &other.lower);
        raise(&mut self.consistent, &other.consistent);
        raise(&mut self.upper, &other.upper);
        for (mine, theirs) in self.leaders.iter_mut().zip(&other.leaders) {
            theirs.0.iter().for_each(|(value, trial)| mine.offer(*value, *trial));
        }
    }
}

/// Raises a maximum to the greatest lane, and answers that.
fn raise(maximum: &mut f64, lanes: Doubles) -> f64 {
    let greatest = lanes.folded(f64::max);
    *maximum = maximum.max(greatest);
    greatest
}

/// The sums of eight draws over eight trials, in the order of days.
struct Sums<'k> {
    weights: &'k [[f64; ABREAST]],
    returns: &'k [Doubles],
}

impl Kernel for Sums<'_> {
    type Output = [Doubles; ABREAST];

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut sums = [Doubles::all(0.0); ABREAST];
        for (weights, returns) in self.weights.iter().zip(self.returns) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = *sum + *returns * Doubles::all(*weight);
            }
        }
        sums
    }
}
