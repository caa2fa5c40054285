//! How much was held at the closes: exact sums, divided once.

use super::catalog::{Metric, Metrics};
use super::marks::Holding;
use crate::trading::Standing;

/// Sums over closes; money in money units.
#[derive(Clone, Debug, Default)]
pub(super) struct Exposure {
    /// Closes with nothing held, with longs, with shorts, and with both.
    closes: [usize; 4],
    equity: Sum,
    gross: Sum,
}

/// A sum of many numbers, most of which are added narrow: that takes half the time.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    narrow: i64,
    wide: i128,
}

impl Sum {
    #[inline]
    fn add(&mut self, value: i64) {
        match self.narrow.checked_add(value) {
            Some(sum) => self.narrow = sum,
            None => self.begin_again(value),
        }
    }

    /// The narrow sum is full: left so, it would take nothing any more, and all to come go wide.
    #[cold]
    fn begin_again(&mut self, value: i64) {
        self.wide += i128::from(std::mem::replace(&mut self.narrow, value));
    }

    #[cold]
    fn add_wide(&mut self, value: i128) {
        self.wide += value;
    }

    const fn total(self) -> i128 {
        self.wide + self.narrow as i128
    }
}

impl Exposure {
    /// Takes the next close.
    #[inline]
    pub(super) fn add(&mut self, standing: &Standing) {
        self.closes[usize::from(standing.is_long) + 2 * usize::from(standing.is_short)] += 1;
        self.equity.add(standing.equity);
        match i64::try_from(standing.gross) {
            Ok(gross) => self.gross.add(gross),
            Err(_) => self.gross.add_wide(standing.gross),
        }
    }

    /// Takes so many closes, whose prices add up to `sum` ticks, at all of which that is held.
    #[inline]
    pub(super) fn add_bars(&mut self, count: usize, sum: i128, holding: Holding) {
        self.equity.wide += i128::from(count as i64) * i128::from(holding.cash);
        if holding.value_per_tick == 0 {
            self.closes[0] += count;
            return;
        }
        // Narrow factors where they fit: their product takes a third of the time.
        let value = match i64::try_from(sum) {
            Ok(sum) => i128::from(holding.value_per_tick) * i128::from(sum),
            Err(_) => i128::from(holding.value_per_tick) * sum,
        };
        self.equity.wide += value;
        self.gross.wide += value.abs();
        self.closes[if value > 0 { 1 } else { 2 }] += count;
    }

    /// Closes at which something was held.
    pub(super) const fn held(&self) -> usize {
        let [_, long, short, both] = self.closes;
        long + short + both
    }

    /// The mean equity over all closes, in money units.
    pub(super) fn mean_equity(&self, bars: usize) -> f64 {
        self.equity.total() as f64 / bars as f64
    }

    /// Writes the metrics of `bars` closes.
    pub(super) fn report(&self, bars: usize, metrics: &mut Metrics) {
        let share = |part: usize| part as f64 / bars as f64;
        let [_, long, short, both] = self.closes;
        metrics.set(Metric::Exposure, share(long + short + both));
        metrics.set(Metric::ExposureLong, share(long + both));
        metrics.set(Metric::ExposureShort, share(short + both));
        let (equity, gross) = (self.equity.total(), self.gross.total());
        let leverage = (equity > 0).then(|| gross as f64 / equity as f64);
        metrics.set(Metric::AverageLeverage, leverage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_stays_exact_where_its_narrow_part_is_full_again_and_again() {
        let mut sum = Sum::default();
        let values = [i64::MAX, 7, i64::MAX - 3, i64::MIN, -5, i64::MIN, i64::MIN, 1 << 62];
        for value in values.iter().cycle().take(1_000) {
            sum.add(*value);
        }
        assert_eq!(sum.total(), values.iter().copied().map(i128::from).sum::<i128>() * 125);
    }

    #[test]
    fn a_sum_is_added_narrow_again_once_it_was_full() {
        let mut sum = Sum { narrow: i64::MAX, wide: 0 };
        sum.add(1);
        assert_eq!((sum.narrow, sum.wide), (1, i128::from(i64::MAX)));
    }
}
