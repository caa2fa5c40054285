//! Highest and lowest value of a window.

use super::Indicator;

/// The greatest of the last `length` values; the least, if fed the negated ones.
///
/// # Formula
///
/// `MAX_t = max(v_t, v_(t-1), …, v_(t-length+1))`
///
/// Kept by blocks of `length` values: the window is a tail of the last block, whose maxima are
/// known, and a head of the present one. Each value costs the same whatever the market does.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Highest, Indicator};
/// let mut highest = Highest::new(2);
/// assert_eq!(highest.update(9), None);
/// assert_eq!([7, 5, 6].map(|value| highest.update(value)), [Some(9), Some(7), Some(6)]);
/// ```
///
/// # Source
///
/// M. van Herk, A fast algorithm for local minimum and maximum filters on rectangular and octagonal
/// kernels, Pattern Recognition Letters 13 (1992).
#[derive(Clone, Debug)]
pub struct Highest {
    /// Up to `next` the values of the present block; from there on, for each place of the block
    /// before, the greatest from that place to its end.
    block: Box<[i64]>,
    next: usize,
    /// The greatest of the present block.
    head: i64,
    is_warm: bool,
}

/// The least of the last `length` values: [`Highest`] upside down.
///
/// ```
/// use tradeforge_core::indicator::{Indicator, Lowest};
/// let mut lowest = Lowest::new(2);
/// assert_eq!([9, 7, 8].map(|value| lowest.update(value)), [None, Some(7), Some(7)]);
/// ```
#[derive(Clone, Debug)]
pub struct Lowest(Highest);

impl Highest {
    /// The greatest of `length` values, at least one.
    pub fn new(length: usize) -> Self {
        let block = vec![i64::MIN; length.max(1)].into();
        Self { block, next: 0, head: i64::MIN, is_warm: false }
    }

    /// Turns the values of the full block into maxima from each place to the end.
    fn end_block(&mut self) -> i64 {
        let greatest = self.head;
        let mut tail = i64::MIN;
        for value in self.block.iter_mut().rev() {
            tail = tail.max(*value);
            *value = tail;
        }
        (self.next, self.head, self.is_warm) = (0, i64::MIN, true);
        greatest
    }
}

impl Indicator for Highest {
    type Input = i64;
    type Output = i64;

    #[inline]
    fn update(&mut self, value: i64) -> Option<i64> {
        self.block[self.next] = value;
        self.head = self.head.max(value);
        self.next += 1;
        if self.next == self.block.len() {
            return Some(self.end_block());
        }
        self.is_warm.then(|| self.head.max(self.block[self.next]))
    }
}

impl Lowest {
    /// The least of `length` values, at least one.
    pub fn new(length: usize) -> Self {
        Self(Highest::new(length))
    }
}

impl Indicator for Lowest {
    type Input = i64;
    type Output = i64;

    #[inline]
    fn update(&mut self, value: i64) -> Option<i64> {
        self.0.update(-value).map(|greatest| -greatest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 7, 8] {
            contract::holds(|| Highest::new(length), length);
            contract::holds(|| Lowest::new(length), length);
        }
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_the_window(
            values in prop::collection::vec(-20_i64..20, 1..80),
            length in 1_usize..20,
        ) {
            let (mut highest, mut lowest) = (Highest::new(length), Lowest::new(length));
            for (index, &value) in values.iter().enumerate() {
                let window = (index + 1 >= length).then(|| &values[index + 1 - length..=index]);
                let greatest = window.and_then(|window| window.iter().max().copied());
                let least = window.and_then(|window| window.iter().min().copied());
                prop_assert_eq!(highest.update(value), greatest);
                prop_assert_eq!(lowest.update(value), least);
            }
        }
    }
}
