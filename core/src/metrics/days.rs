//! Daily equities and the ratios over them.

use std::ops::Range;

use super::drawdown::fall;
use super::shape::{Shape, deviation, mean};
use crate::market::TradingDays;

/// The last equity of each day that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    quiet: QuietDays,
    trading: TradingDays,
    initial: i64,
    ended: Vec<Day>,
    today: Option<Day>,
}

/// What becomes of days without a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuietDays {
    /// The market is closed: there are none.
    Closed,
    /// They count, with the equity of the day before.
    Count,
    /// Bars last longer than a day: the equity stands on them, but they have no returns.
    Stand,
}

/// How a day ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Which day, counted from 1970-01-01.
    pub number: i64,
    /// When its last bar ended.
    pub end_ms: i64,
    /// Cash and positions then, in money units.
    pub equity: i64,
    /// The cash of it.
    pub cash: i64,
}

/// What daily returns tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DailyFigures {
    /// How many there are.
    pub return_days: usize,
    /// Annual standard deviation.
    pub volatility: Option<f64>,
    /// Annual mean over deviation.
    pub sharpe: Option<f64>,
    /// Annual mean over downside deviation.
    pub sortino: Option<f64>,
    /// Root mean square drawdown.
    pub ulcer_index: Option<f64>,
    /// Days from a peak to the last day below it, at most.
    pub longest_drawdown_days: Option<i64>,
    /// Third moment.
    pub skewness: Option<f64>,
    /// Fourth moment.
    pub kurtosis: Option<f64>,
    /// With the day before.
    pub autocorrelation: Option<f64>,
    /// How probable it is that the true ratio is above 0.
    pub psr: Option<f64>,
    /// Signed value of the positions over the equity.
    pub mean_exposure: Option<f64>,
    /// Annual mean over deviation, of what the mean exposure to the market does not explain.
    pub sharpe_excess: Option<f64>,
}

/// The daily returns of a run, for whoever compares many of them.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyReturns {
    /// Of each day that counts.
    pub returns: Vec<f64>,
    /// Signed value of the positions over the equity, in the mean of the days' ends.
    pub mean_exposure: f64,
    /// How many returns a year has.
    pub days_per_year: f64,
}

impl Day {
    /// The signed value of the positions over the equity.
    pub(super) fn exposure(&self) -> f64 {
        match i128::from(self.equity) - i128::from(self.cash) {
            0 => 0.0,
            value => value as f64 / self.equity as f64,
        }
    }
}

impl Days {
    /// No day yet; `initial` is the cash before the first bar.
    pub const fn new(quiet: QuietDays, trading: TradingDays, initial: i64) -> Self {
        Self { quiet, trading, initial, ended: Vec::new(), today: None }
    }

    /// How a day stands; a later word on the same day replaces it.
    pub fn add(&mut self, day: Day) {
        if let Some(ended) = self.today.replace(day)
            && ended.number != day.number
        {
            self.ended.push(ended);
            if self.quiet == QuietDays::Count {
                // A date that the zone skipped is no day.
                let quiet = (ended.number + 1..day.number).filter(|day| self.trading.is_day(*day));
                self.ended.extend(quiet.map(|number| Day { number, ..ended }));
            }
        }
    }

    /// How many days count so far.
    pub fn count(&self) -> usize {
        self.ended.len() + usize::from(self.today.is_some())
    }

    /// The days that count so far.
    pub fn iter(&self) -> impl Iterator<Item = &Day> {
        self.ended.iter().chain(&self.today)
    }

    /// That day of those that count.
    pub(super) fn get(&self, place: usize) -> Option<&Day> {
        self.ended.get(place).or_else(|| self.today.as_ref().filter(|_| place == self.ended.len()))
    }

    /// The days of those places, of those that count.
    pub(super) fn part(&self, places: Range<usize>) -> impl Iterator<Item = &Day> + Clone {
        let ended = self.ended.len();
        let last = self.today.as_ref().filter(|_| places.contains(&ended));
        self.ended[places.start.min(ended)..places.end.min(ended)].iter().chain(last)
    }

    /// How many of the days that count are before that one.
    pub(super) fn before(&self, number: i64) -> usize {
        let is_before = |day: &Day| day.number < number;
        // Most markets have every day, or all but a few: then there is nothing to look for.
        let first = self.get(0).map_or(number, |day| day.number);
        let guess = usize::try_from(number - first).unwrap_or(0).min(self.count());
        let is_right = guess.checked_sub(1).and_then(|last| self.get(last)).is_none_or(is_before)
            && !self.get(guess).is_some_and(is_before);
        if is_right {
            return guess;
        }
        self.ended.partition_point(is_before) + self.today.iter().filter(|it| is_before(it)).count()
    }

    /// The figures over all days, which have those `returns`. `risk_free_rate` is per year,
    /// `days_per_year` is D; `market` has the return of each day of what is traded.
    ///
    /// Sharpe and Sortino as in Sharpe (1994) and Sortino & Price (1994), the downside taken
    /// over all days; Ulcer index as in Martin & McCann (1989).
    pub(super) fn figures(
        &self,
        returns: &[f64],
        (risk_free_rate, days_per_year): (f64, f64),
        market: &[f64],
    ) -> DailyFigures {
        let risk_free = risk_free_rate / days_per_year;
        let excess: Vec<f64> = returns.iter().map(|value| value - risk_free).collect();
        let (mean, deviation) = (mean(&excess), deviation(&excess));
        let downside = below(excess.iter().copied());
        let year = libm::sqrt(days_per_year);
        let over = |denominator: Option<f64>| {
            denominator.filter(|d| *d > 0.0).zip(mean).map(|(d, mean)| mean / d)
        };
        let sharpe = over(deviation);
        let shape = Shape::of(&excess);
        let mean_exposure = self.mean_exposure();
        DailyFigures {
            return_days: returns.len(),
            volatility: deviation.map(|deviation| deviation * year),
            sharpe: sharpe.map(|sharpe| sharpe * year),
            sortino: over(downside.map(libm::sqrt)).map(|sortino| sortino * year),
            ulcer_index: self.ulcer_index(),
            longest_drawdown_days: self.longest_drawdown_days(),
            skewness: shape.skewness,
            kurtosis: shape.kurtosis,
            autocorrelation: shape.autocorrelation,
            psr: sharpe.and_then(|sharpe| shape.probability_above(0.0, sharpe, excess.len())),
            mean_exposure,
            sharpe_excess: mean_exposure
                .and_then(|exposure| sharpe_above(returns, exposure, market))
                .map(|sharpe| sharpe * year),
        }
    }

    /// What the figures are taken over.
    pub fn daily(&self, days_per_year: f64) -> DailyReturns {
        let mean_exposure = self.mean_exposure().unwrap_or(0.0);
        DailyReturns { returns: self.returns(), mean_exposure, days_per_year }
    }

    /// The money before the first of them.
    pub(super) const fn initial(&self) -> i64 {
        self.initial
    }

    /// The return of each day that counts.
    pub(super) fn returns(&self) -> Vec<f64> {
        let mut before = self.initial;
        let mut return_of = |day: &Day| {
            let change = (i128::from(day.equity) - i128::from(before)) as f64;
            let value = change / before as f64;
            before = day.equity;
            value
        };
        self.iter().map(&mut return_of).collect()
    }

    fn mean_exposure(&self) -> Option<f64> {
        let sum: f64 = self.iter().map(Day::exposure).sum();
        (self.count() > 0).then(|| sum / self.count() as f64)
    }

    fn ulcer_index(&self) -> Option<f64> {
        let (mut peak, mut squares, mut count) = (self.initial, 0.0, 0);
        for (day, stands) in self.standing() {
            peak = peak.max(day.equity);
            let fall = fall(peak, day.equity);
            (0..stands).for_each(|_| squares += fall * fall);
            count += stands;
        }
        (count > 0).then(|| libm::sqrt(squares / count as f64))
    }

    /// The days, and over how many the equity stands that they end with.
    fn standing(&self) -> impl Iterator<Item = (&Day, i64)> {
        let mut days = self.iter().peekable();
        std::iter::from_fn(move || {
            let day = days.next()?;
            let next = days.peek().filter(|_| self.quiet == QuietDays::Stand);
            Some((day, next.map_or(1, |next| next.number - day.number)))
        })
    }

    fn longest_drawdown_days(&self) -> Option<i64> {
        let first = self.iter().next()?;
        // The initial cash is a peak of the day before the first.
        let (mut peak, mut peak_day) = (self.initial, first.number - 1);
        let mut longest = 0;
        for (day, stands) in self.standing() {
            let last = day.number + stands - 1;
            if day.equity >= peak {
                (peak, peak_day) = (day.equity, last);
            } else {
                longest = longest.max(last - peak_day);
            }
        }
        Some(longest)
    }
}

/// The Sharpe ratio, per day, of the returns less those of holding `exposure` in the market all the
/// time. Both sides are paid for, so that no risk-free rate is taken off.
pub(super) fn sharpe_above(returns: &[f64], exposure: f64, market: &[f64]) -> Option<f64> {
    let above: Vec<f64> =
        returns.iter().zip(market).map(|(value, market)| value - exposure * market).collect();
    let deviation = deviation(&above).filter(|deviation| *deviation > 0.0)?;
    mean(&above).map(|mean| mean / deviation)
}

/// The mean square of what is below 0; `None` of less than two values.
pub(super) fn below(excess: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = excess.len();
    mean_square(excess.map(|x| x.min(0.0)), count).filter(|_| count > 1)
}

fn mean_square(values: impl Iterator<Item = f64>, count: usize) -> Option<f64> {
    (count > 0).then(|| values.map(|value| value * value).sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use super::QuietDays::{Closed, Count, Stand};
    use super::*;

    impl Days {
        fn figures_over(&self, risk_free_rate: f64, per_year: f64, market: &[f64]) -> DailyFigures {
            self.figures(&self.returns(), (risk_free_rate, per_year), market)
        }
    }

    fn days(quiet: QuietDays, equities: &[(i64, i64)]) -> Days {
        let mut days = Days::new(quiet, TradingDays::UTC, 100);
        for &(number, equity) in equities {
            days.add(Day { number, equity, cash: equity, end_ms: 0 });
        }
        days
    }

    fn close(left: Option<f64>, right: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    #[test]
    fn only_the_last_equity_of_a_day_counts() {
        let days = days(Count, &[(1, 90), (1, 110), (2, 121)]);
        assert_eq!(days.returns(), [0.1, 0.1]);
        assert_eq!(days.count(), 2);
    }

    #[test]
    fn quiet_days_carry_the_equity_only_where_the_market_never_closes() {
        let equities = [(1, 110), (4, 99), (5, 99)];
        assert_eq!(days(Count, &equities).count(), 5);
        assert_eq!(days(Closed, &equities).count(), 3);
    }

    #[test]
    fn bars_of_weeks_have_a_return_each_and_their_falls_last_for_days() {
        let days = days(Stand, &[(0, 110), (7, 99), (14, 55)]);
        assert_eq!(days.returns(), [0.1, -0.1, -44.0 / 99.0]);
        let figures = days.figures_over(0.0, 52.0, &[0.0; 3]);
        assert_eq!(figures.return_days, 3);
        // Seven days at the peak, seven a tenth below it, and one a half.
        close(figures.ulcer_index, ((7.0 * 0.01_f64 + 0.25) / 15.0).sqrt());
        // From the last day of the peak to the only one that is known of the third week.
        assert_eq!(figures.longest_drawdown_days, Some(8));
    }

    #[test]
    fn a_market_that_stands_still_has_a_volatility_of_zero_and_no_ratios() {
        let figures = days(Count, &[(1, 100), (2, 100)]).figures_over(0.0, 365.0, &[0.0; 2]);
        assert_eq!((figures.volatility, figures.return_days), (Some(0.0), 2));
        assert_eq!((figures.sharpe, figures.sortino, figures.psr), (None, None, None));
        assert_eq!((figures.skewness, figures.sharpe_excess), (None, None));
        assert_eq!((figures.ulcer_index, figures.mean_exposure), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn one_day_has_no_deviation() {
        let figures = days(Count, &[(1, 110)]).figures_over(0.0, 365.0, &[0.0]);
        assert_eq!((figures.volatility, figures.autocorrelation), (None, None));
        assert_eq!(figures.return_days, 1);
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let equities = [(1, 110), (2, 99), (3, 99), (4, 120)];
        let figures = days(Count, &equities).figures_over(0.0, 4.0, &[0.0; 4]);
        let returns = [0.1, -0.1, 0.0, 21.0 / 99.0];
        let mean = returns.iter().sum::<f64>() / 4.0;
        let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 3.0;
        close(figures.sharpe, mean / variance.sqrt() * 2.0);
        close(figures.sortino, mean * 2.0 / (0.01_f64 / 4.0).sqrt());
        close(figures.ulcer_index, (2.0 * 0.01_f64 / 4.0).sqrt());
        assert_eq!(figures.longest_drawdown_days, Some(2));
        // Nothing is held at the day's ends, so that nothing is taken off.
        assert_eq!(figures.sharpe_excess, figures.sharpe);
    }

    #[test]
    fn what_the_mean_exposure_earns_in_the_market_is_taken_off() {
        let mut days = Days::new(Closed, TradingDays::UTC, 1_000);
        // Three quarters long, flat, a half short: a twelfth on average.
        for (number, equity, cash) in [(1, 1_080, 270), (2, 1_080, 1_080), (3, 1_026, 1_539)] {
            days.add(Day { number, equity, cash, end_ms: 0 });
        }
        let figures = days.figures_over(0.0, 9.0, &[0.12, -0.24, 0.06]);
        close(figures.mean_exposure, (0.75 - 0.5) / 3.0);
        let above = [0.08 - 0.01, 0.02, -0.05 - 0.005];
        let mean = above.iter().sum::<f64>() / 3.0;
        let variance = above.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2.0;
        close(figures.sharpe_excess, mean / variance.sqrt() * 3.0);
    }

    #[test]
    fn holding_the_market_all_the_time_is_no_excess() {
        let mut days = Days::new(Count, TradingDays::UTC, 100);
        for (number, equity) in [(1, 110), (2, 99), (3, 132)] {
            days.add(Day { number, equity, cash: 0, end_ms: 0 });
        }
        let figures = days.figures_over(0.0, 365.0, &[0.1, -0.1, 33.0 / 99.0]);
        assert_eq!((figures.mean_exposure, figures.sharpe_excess), (Some(1.0), None));
    }
}
