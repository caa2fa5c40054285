//! What else the days of one account could have come to: the same returns, drawn with replacement
//! in blocks and strung together anew, many times.
//!
//! A path starts at 1 and is multiplied by one and the return of each of its days. What is lost
//! stays lost. No path knows of another, so that equal seeds give equal paths in any order.

use super::bootstrap::Resampling;
use super::overfitting::Abandoned;

/// Points of a fan at most.
const POINTS_MAX: usize = 200;
/// Paths between two looks at whether anybody still waits.
const PATHS_BETWEEN_LOOKS: usize = 64;

/// How many returns a year has, and what a ratio is taken above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yearly {
    /// Returns of a year.
    pub days_per_year: f64,
    /// The yearly return without risk.
    pub risk_free_rate: f64,
}

/// What one path comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PathFigures {
    /// The end over the start, less 1.
    pub total_return: f64,
    /// The same per year.
    pub cagr: f64,
    /// Annual mean over deviation; `None` where the returns do not vary.
    pub sharpe: Option<f64>,
    /// The deepest fall from a peak, by the ends of days, as a fraction of it.
    pub max_drawdown: f64,
    /// The most days from a peak to the last one below it.
    pub longest_drawdown_days: f64,
    /// The least that the start was worth.
    pub least: f64,
}

/// Many paths, each statistic by itself in rising order.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// By path.
    pub figures: Vec<PathFigures>,
    /// The days after which the fan tells where the paths are.
    pub days: Vec<usize>,
    /// By those days: where all paths are, in rising order.
    pub fan: Vec<Vec<f64>>,
}

/// One path, day after day.
struct Walk {
    count: usize,
    worth: f64,
    peak: f64,
    peak_day: usize,
    fall: f64,
    longest: usize,
    least: f64,
    sum: f64,
    squares: f64,
}

impl Walk {
    const fn new() -> Self {
        Self {
            count: 0,
            worth: 1.0,
            peak: 1.0,
            peak_day: 0,
            fall: 0.0,
            longest: 0,
            least: 1.0,
            sum: 0.0,
            squares: 0.0,
        }
    }

    /// `about` is near the mean of the returns, so that the squares keep their digits.
    fn step(&mut self, value: f64, about: f64) {
        self.count += 1;
        self.worth = (self.worth * (1.0 + value)).max(0.0);
        if self.worth >= self.peak {
            (self.peak, self.peak_day) = (self.worth, self.count);
        } else {
            self.fall = self.fall.max(1.0 - self.worth / self.peak);
            self.longest = self.longest.max(self.count - self.peak_day);
        }
        self.least = self.least.min(self.worth);
        let distance = value - about;
        self.sum += distance;
        self.squares += distance * distance;
    }

    fn figures(&self, about: f64, yearly: Yearly) -> PathFigures {
        let count = self.count as f64;
        let years = count / yearly.days_per_year;
        let cagr = if years > 0.0 { libm::pow(self.worth, 1.0 / years) - 1.0 } else { 0.0 };
        PathFigures {
            total_return: self.worth - 1.0,
            cagr,
            sharpe: self.sharpe(about, yearly),
            max_drawdown: self.fall,
            longest_drawdown_days: self.longest as f64,
            least: self.least,
        }
    }

    fn sharpe(&self, about: f64, yearly: Yearly) -> Option<f64> {
        const NOTHING: f64 = 1e-14;
        let count = self.count as f64;
        let variance = (self.squares - self.sum * self.sum / count) / (count - 1.0);
        if self.count < 2 || variance.is_nan() || variance <= NOTHING * self.squares {
            return None;
        }
        let mean = about + self.sum / count - yearly.risk_free_rate / yearly.days_per_year;
        Some(mean / libm::sqrt(variance) * libm::sqrt(yearly.days_per_year))
    }
}

impl PathFigures {
    /// Of these returns as they came.
    pub fn of(returns: &[f64], yearly: Yearly) -> Self {
        let about = mean_of(returns);
        let mut walk = Walk::new();
        for value in returns {
            walk.step(*value, about);
        }
        walk.figures(about, yearly)
    }
}

impl Paths {
    /// Paths of these returns, which are as many as the days of the resampling.
    ///
    /// # Errors
    ///
    /// If it is not `wanted` any more: many long paths take seconds.
    pub fn of(
        returns: &[f64],
        resampling: &Resampling,
        yearly: Yearly,
        wanted: impl Fn() -> bool,
    ) -> Result<Self, Abandoned> {
        let (about, count) = (mean_of(returns), resampling.count);
        let points = returns.len().min(POINTS_MAX);
        let days: Vec<usize> =
            (1..=points).map(|point| (point * returns.len()).div_ceil(points)).collect();
        let mut fan: Vec<Vec<f64>> = days.iter().map(|_| Vec::with_capacity(count)).collect();
        let mut figures = Vec::with_capacity(count);
        for path in 0..count {
            if path % PATHS_BETWEEN_LOOKS == 0 && !wanted() {
                return Err(Abandoned);
            }
            let (mut walk, mut point) = (Walk::new(), 0);
            for day in resampling.draw(path) {
                walk.step(returns[day], about);
                if walk.count == days[point] {
                    fan[point].push(walk.worth);
                    point += 1;
                }
            }
            figures.push(walk.figures(about, yearly));
        }
        for worth in &mut fan {
            worth.sort_unstable_by(f64::total_cmp);
        }
        Ok(Self { figures, days, fan })
    }

    /// One figure of all paths that have it, in rising order.
    pub fn sorted(&self, figure: impl Fn(&PathFigures) -> Option<f64>) -> Vec<f64> {
        let mut values: Vec<f64> = self.figures.iter().filter_map(figure).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    /// The share of paths of which that is so.
    pub fn share(&self, is_so: impl Fn(&PathFigures) -> bool) -> f64 {
        let count = self.figures.iter().filter(|figures| is_so(figures)).count();
        count as f64 / self.figures.len() as f64
    }
}

fn mean_of(returns: &[f64]) -> f64 {
    returns.iter().sum::<f64>() / returns.len().max(1) as f64
}

/// The value at or below which that share of the sorted values lies: the `⌈share n⌉`-th
/// smallest.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = libm::ceil(share * sorted.len() as f64) as usize;
    sorted.get(place.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    const YEARLY: Yearly = Yearly { days_per_year: 252.0, risk_free_rate: 0.0 };

    fn resampling(days: usize, count: usize, mean_block_days: f64) -> Resampling {
        Resampling { days, count, mean_block_days, seed: 5 }
    }

    fn paths(returns: &[f64], count: usize, mean_block_days: f64) -> Paths {
        let resampling = resampling(returns.len(), count, mean_block_days);
        Paths::of(returns, &resampling, YEARLY, || true).unwrap()
    }

    /// Every order of the values.
    fn orders(values: &[f64]) -> Vec<Vec<f64>> {
        if values.len() < 2 {
            return vec![values.to_vec()];
        }
        let mut all = Vec::new();
        for at in 0..values.len() {
            let mut rest = values.to_vec();
            let first = rest.remove(at);
            all.extend(orders(&rest).into_iter().map(|rest| [vec![first], rest].concat()));
        }
        all
    }

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    /// The worked example of all orders of five returns, by numpy.
    #[test]
    fn falls_and_quantiles_are_those_of_all_orders_of_five_returns() {
        let returns = [0.05, -0.04, 0.03, -0.06, 0.02];
        let as_they_came = PathFigures::of(&returns, YEARLY);
        near(as_they_came.total_return, 0.995_464_512 - 1.0);
        near(as_they_came.max_drawdown, 0.070_528);
        let mut falls: Vec<f64> = orders(&returns)
            .iter()
            .map(|order| PathFigures::of(order, YEARLY).max_drawdown)
            .collect();
        falls.sort_unstable_by(f64::total_cmp);
        assert_eq!(falls.len(), 120);
        near(falls[0], 0.06);
        near(quantile(&falls, 0.5).unwrap(), 0.070_528);
        near(quantile(&falls, 0.95).unwrap(), 0.0976);
        near(falls[119], 0.0976);
        near(falls.iter().sum::<f64>() / 120.0, 0.078_048);
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(
            [0.0, 0.01, 0.5, 0.51, 1.0].map(|q| quantile(&[3.0, 7.0], q).unwrap()),
            [3.0, 3.0, 3.0, 7.0, 7.0]
        );
    }

    #[test]
    fn paths_follow_from_the_seed_and_end_where_the_fan_does() {
        let returns: Vec<f64> = normals(1, 500).map(|value| 0.01 * value + 0.0005).collect();
        let found = paths(&returns, 300, 5.0);
        assert_eq!(found, paths(&returns, 300, 5.0));
        assert_eq!(found.figures[..100], paths(&returns, 100, 5.0).figures[..]);
        assert_eq!((found.days.len(), found.days[0], found.days[199]), (200, 3, 500));
        let ends = found.sorted(|figures| Some(1.0 + figures.total_return));
        let last = found.fan.last().unwrap();
        assert!(ends.iter().zip(last).all(|(left, right)| (left - right).abs() < 1e-12));
        // Drawn with replacement, ends differ; without, all would be one.
        assert!(quantile(&ends, 0.95).unwrap() > 1.2 * quantile(&ends, 0.05).unwrap());
    }

    #[test]
    fn what_one_day_tells_of_the_next_survives_in_blocks_and_deepens_the_falls() {
        let shocks: Vec<f64> = normals(9, 2_000).collect();
        let mut before = 0.0;
        let follow = |shock: &f64| {
            before = 0.4 * before + 0.01 * shock;
            before
        };
        let returns: Vec<f64> = shocks.iter().map(follow).collect();
        let fall = |block: f64| {
            let falls = paths(&returns, 400, block).sorted(|it| Some(it.max_drawdown));
            quantile(&falls, 0.95).unwrap()
        };
        assert!(fall(20.0) > 1.1 * fall(1.0), "{} {}", fall(20.0), fall(1.0));
    }

    #[test]
    fn what_is_lost_stays_lost_and_what_stands_still_has_no_ratio() {
        let lost = PathFigures::of(&[0.1, -1.5, 0.3, 0.3], YEARLY);
        assert_eq!((lost.total_return, lost.max_drawdown, lost.least), (-1.0, 1.0, 0.0));
        assert_eq!((lost.cagr, lost.longest_drawdown_days), (-1.0, 3.0));
        let still = PathFigures::of(&[0.01; 300], YEARLY);
        assert_eq!((still.sharpe, still.max_drawdown, still.least), (None, 0.0, 1.0));
        assert_eq!(PathFigures::of(&[], YEARLY), PathFigures { least: 1.0, ..Default::default() });
    }

    #[test]
    fn figures_are_those_of_the_metrics() {
        let returns: Vec<f64> = normals(3, 252).map(|value| 0.01 * value + 0.001).collect();
        let figures = PathFigures::of(&returns, Yearly { risk_free_rate: 0.02, ..YEARLY });
        let excess: Vec<f64> = returns.iter().map(|value| value - 0.02 / 252.0).collect();
        let (mean, deviation) =
            (crate::metrics::mean(&excess).unwrap(), crate::metrics::deviation(&excess).unwrap());
        near(figures.sharpe.unwrap(), mean / deviation * 252_f64.sqrt());
        near(figures.cagr, figures.total_return);
    }

    #[test]
    fn nobody_waits_for_paths_that_nobody_wants() {
        let unwanted = Paths::of(&[0.01; 9], &resampling(9, 10, 2.0), YEARLY, || false);
        assert_eq!(unwanted, Err(Abandoned));
    }
}
