//! How much of the equity each instrument was at the points of a curve, while that is computed
//! again.

use crate::engine::Observer;
use crate::trading::Account;

/// Values of all instruments together.
const VALUES_MAX: usize = 100_000;

/// To how many points a curve is thinned where weights of so many instruments come with it.
pub(super) fn points_with_weights(points_max: usize, instruments: usize) -> usize {
    points_max.min(VALUES_MAX / instruments.max(1))
}

/// Notes weights at certain times.
pub(super) struct WeightRecorder {
    /// Rising.
    times_ms: Vec<i64>,
    /// By instrument, as many as there are times that have passed.
    weights: Vec<Vec<f64>>,
    noted: usize,
}

impl WeightRecorder {
    pub(super) fn new(times_ms: Vec<i64>, instruments: usize) -> Self {
        let weights = vec![Vec::with_capacity(times_ms.len()); instruments];
        Self { times_ms, weights, noted: 0 }
    }

    /// By instrument, one for each time.
    pub(super) fn finish(mut self) -> Vec<Vec<f64>> {
        self.skip_to(i64::MAX);
        self.weights
    }

    /// Before the first close nothing is held.
    fn skip_to(&mut self, time_ms: i64) {
        while self.times_ms.get(self.noted).is_some_and(|&noted| noted < time_ms) {
            self.weights.iter_mut().for_each(|weights| weights.push(0.0));
            self.noted += 1;
        }
    }
}

impl Observer for WeightRecorder {
    const HOLDINGS: bool = true;

    fn holdings(&mut self, time_ms: i64, account: &Account) {
        self.skip_to(time_ms);
        if self.times_ms.get(self.noted) != Some(&time_ms) {
            return;
        }
        let equity = account.equity().unwrap_or_default() as f64;
        for (weights, position) in self.weights.iter_mut().zip(account.positions()) {
            let value = position.value() as f64;
            weights.push(if value == 0.0 { 0.0 } else { value / equity });
        }
        self.noted += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_instruments_have_fewer_points_each() {
        assert_eq!(points_with_weights(40_000, 1), 40_000);
        assert_eq!(points_with_weights(40_000, 3), 33_333);
        assert_eq!(points_with_weights(40_000, 2_000), 50);
        assert_eq!(points_with_weights(2_000, 0), 2_000);
    }

    #[test]
    fn the_start_holds_nothing() {
        let recorder = WeightRecorder::new(vec![1, 2], 2);
        assert_eq!(recorder.finish(), [[0.0, 0.0], [0.0, 0.0]]);
    }
}
