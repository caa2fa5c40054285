//! Per-bar returns: the only long float sums, and therefore with one recipe.

use crate::simd::LANES;

/// The part of a sum of squares that may be nothing but rounding.
const ROUNDING: f64 = 1e-14;

/// Sums of per-bar returns and of their squares, in eight lanes: bar `i` goes to lane `i mod 8`.
///
/// The lanes fix the order of the additions, so that a loop over bars and one over vectors give
/// the same bits. A return of zero changes no lane: flat bars may be skipped.
#[derive(Clone, Debug, Default)]
// A vector that crosses a border of cache lines costs twice.
#[repr(align(64))]
pub struct BarReturns {
    pub(super) sums: [f64; LANES],
    pub(super) squares: [f64; LANES],
}

/// Mean and standard deviation (ddof 1) of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation; 0 if all are equal.
    pub deviation: f64,
}

impl BarReturns {
    /// Takes the return of bar `index` from one equity to the next, both in money units.
    #[inline]
    pub fn add(&mut self, index: usize, before: i64, after: i64) {
        let lane = index % LANES;
        let value = bar_return(before, after);
        self.sums[lane] += value;
        self.squares[lane] += value * value;
    }

    /// The moments of `count` returns, those of zero included. `None` below two.
    pub fn moments(&self, count: usize) -> Option<Moments> {
        if count < 2 {
            return None;
        }
        let n = count as f64;
        let mean = folded(&self.sums) / n;
        let squares = folded(&self.squares);
        let spread = squares - n * mean * mean;
        // Below this the difference is rounding alone: the returns are equal.
        let is_spread = spread > squares * ROUNDING;
        let deviation = if is_spread { libm::sqrt(spread / (n - 1.0)) } else { 0.0 };
        Some(Moments { mean, deviation })
    }
}

/// The return from one equity to the next.
#[inline]
pub(super) fn bar_return(before: i64, after: i64) -> f64 {
    // The difference of two i64 may need 65 bits; doubles of both would lose the last ones.
    let change = after.checked_sub(before).map_or_else(
        || (i128::from(after) - i128::from(before)) as f64,
        |difference| difference as f64,
    );
    change / before as f64
}

/// The lanes added as a tree: one vector, then halves of it.
fn folded(lanes: &[f64; LANES]) -> f64 {
    let halves: [f64; LANES / 2] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 4]);
    (halves[0] + halves[2]) + (halves[1] + halves[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn returns_of(equities: &[i64]) -> BarReturns {
        let mut returns = BarReturns::default();
        for (index, pair) in equities.windows(2).enumerate() {
            returns.add(index, pair[0], pair[1]);
        }
        returns
    }

    #[test]
    fn equal_returns_deviate_by_nothing_and_one_return_by_nothing_known() {
        let standing = Moments { mean: 0.0, deviation: 0.0 };
        assert_eq!(returns_of(&[100, 100, 100]).moments(2), Some(standing));
        assert_eq!(returns_of(&[100, 110]).moments(1), None);
    }

    #[test]
    fn equal_returns_whose_squares_round_differently_deviate_by_nothing_either() {
        let moments = returns_of(&[100_000, 110_000, 121_000, 133_100]).moments(3).unwrap();
        assert_eq!(moments.deviation, 0.0);
    }

    proptest! {
        #[test]
        fn moments_are_those_of_the_textbook(
            equities in prop::collection::vec(1_000_i64..2_000, 3..200),
        ) {
            let count = equities.len() - 1;
            let list: Vec<f64> =
                equities.windows(2).map(|p| (p[1] - p[0]) as f64 / p[0] as f64).collect();
            let mean = list.iter().sum::<f64>() / count as f64;
            let variance =
                list.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (count - 1) as f64;
            let moments = returns_of(&equities).moments(count).unwrap();
            prop_assert!((moments.mean - mean).abs() < 1e-12);
            prop_assert!((moments.deviation - variance.sqrt()).abs() < 1e-9);
        }

        #[test]
        fn flat_bars_may_be_skipped(
            equities in prop::collection::vec(1_000_i64..1_003, 3..200),
        ) {
            let mut skipping = BarReturns::default();
            for (index, pair) in equities.windows(2).enumerate() {
                if pair[0] != pair[1] {
                    skipping.add(index, pair[0], pair[1]);
                }
            }
            let all = returns_of(&equities);
            let count = equities.len() - 1;
            prop_assert_eq!(all.moments(count), skipping.moments(count));
        }
    }
}
