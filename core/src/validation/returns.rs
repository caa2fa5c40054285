//! Daily returns of some trials, eight abreast, and what is known of each trial alone.

use crate::simd::{Doubles, Kernel, LANES, Lanes, widest};

/// The daily returns of some trials. Every trial has every day, and varies.
#[derive(Clone, Debug)]
pub struct Returns {
    days: usize,
    trials: Vec<u64>,
    /// By eight trials, then by day.
    lanes: Vec<Doubles>,
}

/// Eight trials or fewer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'r> {
    pub trials: &'r [u64],
    /// By day.
    pub returns: &'r [Doubles],
}

/// What is known of a trial alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merit {
    /// Which one.
    pub trial: u64,
    /// Mean of the daily returns.
    pub mean: f64,
    /// The mean over the deviation (ddof 1) of the daily returns.
    pub sharpe: f64,
    /// The deviation of the bootstrapped mean, times the root of the days.
    pub omega: f64,
}

impl Returns {
    /// Of no trial yet.
    pub const fn new(days: usize) -> Self {
        Self { days, trials: Vec::new(), lanes: Vec::new() }
    }

    /// Adds a trial.
    ///
    /// # Panics
    ///
    /// If it has another number of days.
    pub fn push(&mut self, trial: u64, returns: &[f64]) {
        assert_eq!(returns.len(), self.days, "a return for every day");
        let lane = self.trials.len() % LANES;
        if lane == 0 {
            self.lanes.resize(self.lanes.len() + self.days, Doubles::all(0.0));
        }
        self.trials.push(trial);
        let first = self.lanes.len() - self.days;
        for (lanes, value) in self.lanes[first..].iter_mut().zip(returns) {
            lanes.0[lane] = *value;
        }
    }

    /// How many trials.
    pub const fn len(&self) -> usize {
        self.trials.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// How many days each has.
    pub const fn days(&self) -> usize {
        self.days
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let columns = self.lanes.chunks_exact(self.days.max(1));
        self.trials.chunks(LANES).zip(columns).map(|(trials, returns)| Group { trials, returns })
    }
}

impl Group<'_> {
    /// The lanes that have a trial.
    pub(super) fn taken(&self) -> Lanes {
        Lanes::of(0, self.trials.len())
    }

    /// What is known of each trial, where blocks have that mean length.
    pub(super) fn merits(&self, mean_block_days: f64) -> Vec<Merit> {
        let (mean, squares, variance) =
            widest(Spread { returns: self.returns, kept: 1.0 - 1.0 / mean_block_days });
        let freedom = (self.returns.len() - 1) as f64;
        let merit = |(lane, trial): (usize, &u64)| Merit {
            trial: *trial,
            mean: mean.0[lane],
            sharpe: mean.0[lane] / libm::sqrt(squares.0[lane] / freedom),
            omega: libm::sqrt(variance.0[lane]),
        };
        self.trials.iter().enumerate().map(merit).collect()
    }
}

/// Means, sums of squares around them, and the variances of bootstrapped means times the days.
///
/// The last is `c_0 + 2 sum (1 - i/T) p^i c_i` over the circular autocovariances `c_i`, `p` being
/// the chance that a block goes on (Hansen 2005, from Politis and Romano 1994). The weighted sums
/// of what was `i` days ago follow from those of the day before, so that one pass over the days is
/// enough: `A` of `p^i d_(t-i)` and `B` of `i p^i d_(t-i)`, both over all other days.
struct Spread<'r> {
    returns: &'r [Doubles],
    kept: f64,
}

impl Kernel for Spread<'_> {
    type Output = (Doubles, Doubles, Doubles);

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Self::Output {
        let days = self.returns.len();
        let count = Doubles::all(days as f64);
        let sum = |sum, value: &Doubles| sum + *value;
        let mean = self.returns.iter().fold(Doubles::all(0.0), sum) / count;
        let kept = Doubles::all(self.kept);
        let (mut weighted, mut by_age) = (Doubles::all(0.0), Doubles::all(0.0));
        let mut power = 1.0;
        for ago in 1..days {
            power *= self.kept;
            let value = (self.returns[days - ago] - mean) * Doubles::all(power);
            weighted = weighted + value;
            by_age = by_age + value * Doubles::all(ago as f64);
        }
        // What leaves the sums again when it is a whole round ago, as it comes back as today.
        let left = Doubles::all(power * self.kept);
        let left_by_age = left * count;
        let (mut squares, mut products) = (Doubles::all(0.0), Doubles::all(0.0));
        for day in 0..days {
            let today = self.returns[day] - mean;
            squares = squares + today * today;
            products = products + today * (weighted - by_age / count);
            // Tomorrow; its own value is what leaves.
            let next = self.returns[if day + 1 == days { 0 } else { day + 1 }] - mean;
            by_age = (by_age + weighted + today) * kept - left_by_age * next;
            weighted = (weighted + today) * kept - left * next;
        }
        (mean, squares, (squares + products + products) / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    fn by_definition(returns: &[f64], mean_block_days: f64) -> f64 {
        let days = returns.len();
        let mean = returns.iter().sum::<f64>() / days as f64;
        let covariance = |lag: usize| {
            let product = |t: usize| (returns[t] - mean) * (returns[(t + lag) % days] - mean);
            (0..days).map(product).sum::<f64>() / days as f64
        };
        let weight = |lag: usize| {
            (1.0 - lag as f64 / days as f64) * (1.0 - 1.0 / mean_block_days).powi(lag as i32)
        };
        covariance(0) + 2.0 * (1..days).map(|lag| weight(lag) * covariance(lag)).sum::<f64>()
    }

    #[test]
    fn the_variance_of_means_is_that_of_the_definition_at_every_block_length() {
        let series: Vec<Vec<f64>> = (0..9).map(|n| normals(n, 60).collect()).collect();
        let mut returns = Returns::new(60);
        series.iter().enumerate().for_each(|(n, series)| returns.push(n as u64, series));
        for block in [1.0, 2.0, 7.5, 15.0, 60.0] {
            let merits: Vec<_> = returns.groups().flat_map(|group| group.merits(block)).collect();
            assert_eq!(merits.len(), 9);
            for (merit, series) in merits.iter().zip(&series) {
                let expected = by_definition(series, block);
                let found = merit.omega * merit.omega;
                assert!((found / expected - 1.0).abs() < 1e-11, "{block}: {found} {expected}");
            }
        }
    }

    #[test]
    fn mean_and_ratio_are_those_of_the_metrics() {
        let series: Vec<f64> = normals(5, 30).collect();
        let mut returns = Returns::new(30);
        returns.push(4, &series);
        let merit = returns.groups().next().unwrap().merits(3.0)[0];
        let deviation = crate::metrics::deviation(&series).unwrap();
        assert_eq!((merit.trial, merit.mean), (4, crate::metrics::mean(&series).unwrap()));
        assert!((merit.sharpe * deviation / merit.mean - 1.0).abs() < 1e-12);
    }
}
