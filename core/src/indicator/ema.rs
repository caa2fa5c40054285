//! Exponential moving average.

use super::Indicator;

/// Exponentially weighted mean of all prices so far; half of the weight lies on the last third of
/// `length` prices or so.
///
/// # Formula
///
/// `EMA_t = EMA_(t-1) + a (p_t - EMA_(t-1))` with `a = 2 / (length + 1)`, seeded with the plain
/// mean of the first `length` prices. Evaluated in doubles, in this order of operations.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Ema, Indicator};
/// let mut ema = Ema::new(3);
/// assert_eq!((ema.update(10), ema.update(20)), (None, None));
/// assert_eq!(ema.update(30), Some(20.0));
/// assert_eq!(ema.update(26), Some(23.0));
/// ```
///
/// # Source
///
/// [Moving average](https://en.wikipedia.org/wiki/Moving_average#Exponential_moving_average)
#[derive(Clone, Debug)]
pub struct Ema {
    length: usize,
    weight: f64,
    values_to_seed: usize,
    /// The sum of the values while seeding, the average afterwards.
    average: f64,
}

impl Ema {
    /// An average over `length` prices, at least one.
    pub fn new(length: usize) -> Self {
        let length = length.max(1);
        let weight = 2.0 / (length as f64 + 1.0);
        Self { length, weight, values_to_seed: length, average: 0.0 }
    }

    /// Takes a value that is no price, such as the value of another indicator.
    #[inline]
    pub fn smooth(&mut self, value: f64) -> Option<f64> {
        if self.values_to_seed == 0 {
            self.average += self.weight * (value - self.average);
            return Some(self.average);
        }
        self.average += value;
        self.values_to_seed -= 1;
        if self.values_to_seed > 0 {
            return None;
        }
        self.average /= self.length as f64;
        Some(self.average)
    }
}

impl Indicator for Ema {
    type Input = i64;
    type Output = f64;

    #[inline]
    fn update(&mut self, price: i64) -> Option<f64> {
        self.smooth(price as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 9] {
            contract::holds(|| Ema::new(length), length);
        }
    }

    #[test]
    fn an_average_of_one_price_is_that_price() {
        let mut ema = Ema::new(1);
        assert_eq!([7, 9, 4].map(|price| ema.update(price)), [Some(7.0), Some(9.0), Some(4.0)]);
    }
}
