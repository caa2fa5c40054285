//! Averages that never forget.

use super::window::{Total, Window};
use super::{NONE, Past, finite};

/// The mean of the first values, from which a recursive average goes on.
#[derive(Clone, Copy, Debug)]
struct Seed {
    left: usize,
    sum: f64,
}

impl Seed {
    const fn new(length: usize) -> Self {
        Self { left: length, sum: 0.0 }
    }

    /// The mean, with the last of the values.
    #[inline]
    fn take(&mut self, value: f64, length: f64) -> Option<f64> {
        self.sum += value;
        self.left -= 1;
        (self.left == 0).then(|| self.sum / length)
    }
}

/// `e + 2 / (n + 1) (x - e)`, as [`crate::indicator::Ema`].
#[derive(Clone, Debug)]
pub(in crate::rules) struct Exponential {
    length: f64,
    weight: f64,
    seed: Seed,
    pub(super) average: f64,
}

impl Exponential {
    pub(super) fn new(length: usize) -> Self {
        let weight = 2.0 / (length as f64 + 1.0);
        Self { length: length as f64, weight, seed: Seed::new(length), average: NONE }
    }

    #[inline]
    pub(super) fn step(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return NONE;
        }
        if self.seed.left > 0 {
            self.average = self.seed.take(x, self.length).unwrap_or(NONE);
        } else {
            self.average += self.weight * (x - self.average);
        }
        finite(self.average)
    }

    /// The average, its weight and its length, once it goes on from the mean of the first values.
    pub(super) fn seeded(&self) -> Option<[f64; 3]> {
        (self.seed.left == 0).then_some([self.average, self.weight, self.length])
    }
}

/// `(e (n - 1) + x) / n`, Wilder's.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Wilder {
    length: f64,
    seed: Seed,
    pub(super) average: f64,
}

impl Wilder {
    pub(super) fn new(length: usize) -> Self {
        Self { length: length as f64, seed: Seed::new(length), average: NONE }
    }

    #[inline]
    pub(super) fn step(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return NONE;
        }
        if self.seed.left > 0 {
            self.average = self.seed.take(x, self.length).unwrap_or(NONE);
        } else {
            self.average = (self.average * (self.length - 1.0) + x) / self.length;
        }
        finite(self.average)
    }

    /// The average, what it is weighed by and its length, once it goes on from the mean of the
    /// first values.
    pub(super) fn seeded(&self) -> Option<[f64; 3]> {
        (self.seed.left == 0).then_some([self.average, self.length - 1.0, self.length])
    }
}

/// Kaufman's: the weight is the square of one between a slow and a fast one, by how straight the
/// way of the last values was.
///
/// Perry J. Kaufman, Smarter Trading (1995).
#[derive(Clone, Debug)]
pub(in crate::rules) struct Kaufman {
    slow: f64,
    span: f64,
    back: Past,
    changes: Window<Total>,
    previous: f64,
    average: f64,
}

impl Kaufman {
    pub(super) fn new(length: usize, fast: f64, slow: f64) -> Self {
        let (fast, slow) = (2.0 / (fast + 1.0), 2.0 / (slow + 1.0));
        let (back, changes) = (Past::new(length), Window::new(length));
        Self { slow, span: fast - slow, back, changes, previous: NONE, average: NONE }
    }

    #[inline]
    pub(super) fn step(&mut self, x: f64) -> f64 {
        let past = self.back.value();
        self.back.push(x);
        let previous = std::mem::replace(&mut self.previous, x);
        let way = self.changes.step((x - previous).abs());
        let Some(Total(way)) = way.filter(|_| !past.is_nan()) else { return NONE };
        if self.average.is_nan() {
            self.average = previous;
        }
        let straight = (x - past).abs() / way;
        if straight.is_finite() {
            let weight = straight * self.span + self.slow;
            self.average += weight * weight * (x - self.average);
        }
        finite(self.average)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::{Ema, Indicator};

    #[test]
    fn the_exponential_average_is_that_of_the_indicator_to_the_bit() {
        let (mut ours, mut theirs) = (Exponential::new(7), Ema::new(7));
        for bar in 0..200_i64 {
            let price = 1_000 + (bar * 37) % 101;
            let theirs = theirs.update(price);
            assert_eq!(Some(ours.step(price as f64)).filter(|value| !value.is_nan()), theirs);
        }
    }

    #[test]
    fn wilders_average_is_seeded_with_the_mean() {
        let mut average = Wilder::new(2);
        assert!(average.step(1.0).is_nan());
        assert_eq!([3.0, 4.0].map(|x| average.step(x)), [2.0, 3.0]);
    }

    #[test]
    fn an_undefined_value_is_passed_over() {
        let mut average = Exponential::new(1);
        assert_eq!(average.step(4.0), 4.0);
        assert!(average.step(f64::NAN).is_nan());
        assert_eq!(average.step(6.0), 6.0);
    }

    #[test]
    fn a_standing_market_leaves_the_adaptive_average_where_it_is() {
        let mut average = Kaufman::new(2, 2.0, 30.0);
        let read: Vec<f64> = [5.0; 5].map(|x| average.step(x)).into();
        assert!(read[..2].iter().all(|value| value.is_nan()));
        assert_eq!(read[2..], [5.0, 5.0, 5.0]);
    }
}
