//! Daily equities and the ratios over them.

use super::drawdown::fall;
use crate::market::{Calendar, TradingDays};

/// The last equity of each day that counts.
#[derive(Clone, Debug)]
pub struct Days {
    calendar: Calendar,
    trading: TradingDays,
    initial: i64,
    ended: Vec<Day>,
    today: Option<Day>,
}

#[derive(Clone, Copy, Debug)]
struct Day {
    number: i64,
    equity: i64,
}

/// What daily returns tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DailyFigures {
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
}

impl Days {
    /// No day yet; `initial` is the cash before the first bar.
    pub const fn new(calendar: Calendar, trading: TradingDays, initial: i64) -> Self {
        Self { calendar, trading, initial, ended: Vec::new(), today: None }
    }

    /// The equity at the close of a bar that opened on day `number`.
    pub fn add(&mut self, number: i64, equity: i64) {
        if let Some(ended) = self.today.replace(Day { number, equity })
            && ended.number != number
        {
            self.ended.push(ended);
            if self.calendar == Calendar::AlwaysOpen {
                let carried = ended.equity;
                // A date that the zone skipped is no day.
                let quiet = (ended.number + 1..number).filter(|day| self.trading.is_day(*day));
                self.ended.extend(quiet.map(|number| Day { number, equity: carried }));
            }
        }
    }

    /// How many days count so far.
    pub fn count(&self) -> usize {
        self.ended.len() + usize::from(self.today.is_some())
    }

    /// The figures over all days. `risk_free_rate` is per year, `days_per_year` is D.
    ///
    /// Sharpe and Sortino as in Sharpe (1994) and Sortino & Price (1994), the downside taken
    /// over all days; Ulcer index as in Martin & McCann (1989).
    pub fn figures(mut self, risk_free_rate: f64, days_per_year: f64) -> DailyFigures {
        self.ended.extend(self.today.take());
        let excess = self.excess_returns(risk_free_rate / days_per_year);
        let mean = mean(&excess);
        let deviation = deviation(&excess);
        let downside = mean_square(excess.iter().map(|x| x.min(0.0)), excess.len())
            .filter(|_| excess.len() > 1);
        let year = libm::sqrt(days_per_year);
        let over = |denominator: Option<f64>| {
            denominator.filter(|d| *d > 0.0).zip(mean).map(|(d, mean)| mean / d * year)
        };
        DailyFigures {
            volatility: deviation.map(|deviation| deviation * year),
            sharpe: over(deviation),
            sortino: over(downside.map(libm::sqrt)),
            ulcer_index: self.ulcer_index(),
            longest_drawdown_days: self.longest_drawdown_days(),
        }
    }

    fn excess_returns(&self, risk_free_per_day: f64) -> Vec<f64> {
        let mut before = self.initial;
        let mut excess_of = |day: &Day| {
            let change = (i128::from(day.equity) - i128::from(before)) as f64;
            let excess = change / before as f64 - risk_free_per_day;
            before = day.equity;
            excess
        };
        self.ended.iter().map(&mut excess_of).collect()
    }

    fn ulcer_index(&self) -> Option<f64> {
        let mut peak = self.initial;
        let falls = self.ended.iter().map(|day| {
            peak = peak.max(day.equity);
            fall(peak, day.equity)
        });
        mean_square(falls, self.ended.len()).map(libm::sqrt)
    }

    fn longest_drawdown_days(&self) -> Option<i64> {
        let first = self.ended.first()?;
        // The initial cash is a peak of the day before the first.
        let (mut peak, mut peak_day) = (self.initial, first.number - 1);
        let mut longest = 0;
        for day in &self.ended {
            if day.equity >= peak {
                (peak, peak_day) = (day.equity, day.number);
            } else {
                longest = longest.max(day.number - peak_day);
            }
        }
        Some(longest)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn mean_square(values: impl Iterator<Item = f64>, count: usize) -> Option<f64> {
    (count > 0).then(|| values.map(|value| value * value).sum::<f64>() / count as f64)
}

/// Sample standard deviation (ddof 1); `None` below two values or without any spread.
fn deviation(values: &[f64]) -> Option<f64> {
    let first = values.first()?;
    if values.len() < 2 || values.iter().all(|value| value == first) {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(libm::sqrt(squares / (values.len() - 1) as f64)).filter(|deviation| *deviation > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(calendar: Calendar, equities: &[(i64, i64)]) -> Days {
        let mut days = Days::new(calendar, TradingDays::UTC, 100);
        for &(number, equity) in equities {
            days.add(number, equity);
        }
        days
    }

    #[test]
    fn only_the_last_equity_of_a_day_counts() {
        let days = days(Calendar::AlwaysOpen, &[(1, 90), (1, 110), (2, 121)]);
        assert_eq!(days.excess_returns(0.0), [0.1]);
        assert_eq!(days.count(), 2);
    }

    #[test]
    fn quiet_days_carry_the_equity_only_where_the_market_never_closes() {
        let equities = [(1, 110), (4, 99), (5, 99)];
        assert_eq!(days(Calendar::AlwaysOpen, &equities).count(), 5);
        assert_eq!(days(Calendar::Sessions, &equities).count(), 3);
    }

    #[test]
    fn two_days_of_equal_returns_have_no_sharpe() {
        let figures = days(Calendar::AlwaysOpen, &[(1, 100), (2, 100)]).figures(0.0, 365.0);
        assert_eq!((figures.sharpe, figures.volatility, figures.sortino), (None, None, None));
        assert_eq!(figures.ulcer_index, Some(0.0));
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let equities = [(1, 110), (2, 99), (3, 99), (4, 120)];
        let figures = days(Calendar::AlwaysOpen, &equities).figures(0.0, 4.0);
        let returns = [0.1, -0.1, 0.0, 21.0 / 99.0];
        let mean = returns.iter().sum::<f64>() / 4.0;
        let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 3.0;
        let close = |left: Option<f64>, right: f64| (left.unwrap() - right).abs() < 1e-12;
        assert!(close(figures.sharpe, mean / variance.sqrt() * 2.0));
        assert!(close(figures.sortino, mean * 2.0 / (0.01_f64 / 4.0).sqrt()));
        assert!(close(figures.ulcer_index, (2.0 * 0.01_f64 / 4.0).sqrt()));
        assert_eq!(figures.longest_drawdown_days, Some(2));
    }
}
