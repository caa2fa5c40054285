//! The parabolic stop and reverse.

use super::{NONE, finite};

/// Wilder's: a level that draws near the price, the quicker the farther the price has gone, and
/// changes sides when it is touched. In the order of operations of TA-Lib.
///
/// J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section II.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Sar {
    start: f64,
    step: f64,
    most: f64,
    /// High and low of the bar before.
    before: Option<(f64, f64)>,
    trend: Option<Trend>,
}

#[derive(Clone, Copy, Debug)]
struct Trend {
    is_long: bool,
    level: f64,
    extreme: f64,
    speed: f64,
}

impl Sar {
    pub(super) const fn new(start: f64, step: f64, most: f64) -> Self {
        Self { start, step, most, before: None, trend: None }
    }

    pub(super) fn step(&mut self, high: f64, low: f64) -> f64 {
        if high.is_nan() || low.is_nan() {
            return NONE;
        }
        let Some(before) = self.before.replace((high, low)) else { return NONE };
        let speed = self.start.min(self.most);
        // As its first bar is also the bar before it, no earlier bar bounds the first level.
        let (trend, bounds) = match self.trend {
            Some(trend) => (trend, before),
            None => (first(before, high, low, speed), (high, low)),
        };
        let (told, next) = self.follow(trend, bounds, high, low);
        self.trend = Some(next);
        finite(told)
    }

    /// The level of this bar, and where it stands for the next.
    fn follow(&self, trend: Trend, before: (f64, f64), high: f64, low: f64) -> (f64, Trend) {
        // A short trend is a long one upside down.
        let way = if trend.is_long { 1.0 } else { -1.0 };
        let (best, worst) = if trend.is_long { (high, low) } else { (low, high) };
        if (worst - trend.level) * way <= 0.0 {
            return self.turn(trend, before, high, low);
        }
        let mut next = trend;
        if (best - trend.extreme) * way > 0.0 {
            next.extreme = best;
            next.speed = (trend.speed + self.step).min(self.most);
        }
        next.level = trend.level + next.speed * (next.extreme - trend.level);
        next.level = behind(trend.is_long, next.level, before, high, low);
        (trend.level, next)
    }

    fn turn(&self, trend: Trend, before: (f64, f64), high: f64, low: f64) -> (f64, Trend) {
        let is_long = !trend.is_long;
        let told = behind(is_long, trend.extreme, before, high, low);
        let (speed, extreme) = (self.start.min(self.most), if is_long { high } else { low });
        let level = behind(is_long, told + speed * (extreme - told), before, high, low);
        (told, Trend { is_long, level, extreme, speed })
    }
}

/// The side of the greater directional movement of the first two bars.
fn first(before: (f64, f64), high: f64, low: f64, speed: f64) -> Trend {
    let (up, down) = (high - before.0, before.1 - low);
    let is_long = !(down > 0.0 && up < down);
    let (level, extreme) = if is_long { (before.1, high) } else { (before.0, low) };
    Trend { is_long, level, extreme, speed }
}

/// The level, but never inside of the last two bars.
fn behind(is_long: bool, level: f64, before: (f64, f64), high: f64, low: f64) -> f64 {
    if is_long { level.min(before.1).min(low) } else { level.max(before.0).max(high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touched_level_turns_to_the_other_side() {
        let mut sar = Sar::new(0.02, 0.02, 0.2);
        let bars = [(10.0, 9.0), (12.0, 10.0), (14.0, 12.0), (9.5, 8.0)];
        let read: Vec<f64> = bars.iter().map(|(high, low)| sar.step(*high, *low)).collect();
        assert!(read[0].is_nan());
        // From the low of the first bar up to a fiftieth of the way to the high.
        assert_eq!(read[1], 9.0);
        assert_eq!(read[2], 9.0 + 0.02 * (12.0 - 9.0));
        // Touched: the extreme of the trend that ended.
        assert_eq!(read[3], 14.0);
    }
}
