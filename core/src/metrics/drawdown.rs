//! The greatest loss from a running peak.

/// Running peak, and the deepest fall from one so far.
#[derive(Clone, Debug)]
pub struct Drawdown {
    peak: i64,
    trough: i64,
    /// The least of all.
    least: i64,
    deepest: f64,
}

impl Drawdown {
    /// The peak starts at the initial cash.
    pub const fn new(initial: i64) -> Self {
        Self { peak: initial, trough: initial, least: initial, deepest: 0.0 }
    }

    /// Takes the next equity.
    #[inline]
    pub fn add(&mut self, equity: i64) {
        if equity > self.peak {
            self.peak = equity;
            self.trough = equity;
        } else if equity < self.trough {
            self.trough = equity;
            self.least = self.least.min(equity);
            self.deepest = self.deepest.max(fall(self.peak, equity));
        }
    }

    /// Takes some equities, all above zero, of which the least and the greatest are known, unless
    /// they need looking at: where they make a new peak and may fall deep from it. Answers whether
    /// they are taken.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn add_known(&mut self, [least, greatest]: [i64; 2]) -> bool {
        if greatest <= self.peak {
            self.add(least);
        } else if fall(greatest, least) <= self.deepest {
            // No fall among them is deeper, and a trough that is too high only costs a look.
            (self.peak, self.trough) = (greatest, greatest);
            self.least = self.least.min(least);
        } else {
            return false;
        }
        true
    }

    /// Some fall of what is about to be taken is that deep.
    pub(super) const fn fall_at_least(&mut self, deep: f64) {
        self.deepest = self.deepest.max(deep);
    }

    /// The least so far.
    pub(super) const fn least(&self) -> i64 {
        self.least
    }

    /// The greatest so far.
    pub(super) const fn greatest(&self) -> i64 {
        self.peak
    }

    /// The deepest fall as a fraction of its peak; 0 if the equity never fell.
    pub const fn deepest(&self) -> f64 {
        self.deepest
    }
}

/// `(peak - equity) / peak`, with an exact difference.
pub(super) fn fall(peak: i64, equity: i64) -> f64 {
    let fall = peak.checked_sub(equity).map_or_else(
        || (i128::from(peak) - i128::from(equity)) as f64,
        |difference| difference as f64,
    );
    fall / peak as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_deepest_fall_is_that_of_the_definition(
            equities in prop::collection::vec(1_i64..1_000, 1..100),
        ) {
            let mut drawdown = Drawdown::new(500);
            let (mut peak, mut expected) = (500, 0.0_f64);
            for &equity in &equities {
                drawdown.add(equity);
                peak = peak.max(equity);
                expected = expected.max((peak - equity) as f64 / peak as f64);
            }
            prop_assert_eq!(drawdown.deepest(), expected);
        }
    }
}
