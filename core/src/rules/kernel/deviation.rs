//! How far values lie from their mean.

use super::{NONE, finite};

/// The mean distance of the last values from their mean. Both are summed from the oldest value to
/// the newest, so that there is one order of operations.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Deviation {
    /// The last values twice, so that those of a full window lie side by side.
    values: Box<[f64]>,
    length: usize,
    /// Where the next value is put.
    next: usize,
    /// How many there are; begins anew after one that is none.
    count: usize,
}

impl Deviation {
    pub(in crate::rules) fn new(length: usize) -> Self {
        let length = length.max(1);
        Self { values: vec![NONE; 2 * length].into(), length, next: 0, count: 0 }
    }

    /// Takes the value of this bar.
    #[inline]
    pub(in crate::rules) fn push(&mut self, x: f64) {
        if x.is_nan() {
            self.count = 0;
            return;
        }
        (self.values[self.next], self.values[self.next + self.length]) = (x, x);
        self.next = if self.next + 1 == self.length { 0 } else { self.next + 1 };
        self.count += 1;
    }

    /// None until the window is full.
    pub(in crate::rules) fn value(&self) -> f64 {
        if self.count < self.length {
            return NONE;
        }
        let window = &self.values[self.next..self.next + self.length];
        let count = self.length as f64;
        let mean = window.iter().fold(0.0, |sum, value| sum + value) / count;
        finite(window.iter().fold(0.0, |sum, value| sum + (value - mean).abs()) / count)
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Whether one more value fills the window, or it is full.
    pub(super) fn lacks_one(&self) -> bool {
        self.count + 1 >= self.length
    }

    /// The last values, one fewer than it is long.
    pub(super) fn but_one(&self) -> &[f64] {
        &self.values[self.next + 1..self.next + self.length]
    }

    pub(super) fn step(&mut self, x: f64) -> f64 {
        self.push(x);
        self.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(length: usize, values: &[f64]) -> Vec<Option<f64>> {
        let mut deviation = Deviation::new(length);
        let told = |value: &f64| Some(deviation.step(*value)).filter(|value| !value.is_nan());
        values.iter().map(told).collect()
    }

    #[test]
    fn it_is_the_mean_distance() {
        let read = read(4, &[7.0, 1.0, 3.0, 5.0, 7.0, 7.0]);
        assert_eq!(read, [None, None, None, Some(2.0), Some(2.0), Some(1.5)]);
    }

    #[test]
    fn a_window_begins_anew_after_a_gap() {
        let read = read(2, &[1.0, 2.0, NONE, 8.0, 4.0]);
        assert_eq!(read, [None, Some(0.5), None, None, Some(2.0)]);
        assert_eq!(self::read(1, &[3.0]), [Some(0.0)]);
    }
}
