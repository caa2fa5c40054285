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

    /// Takes some equities, all above zero, of which the least and the greatest are known: then
    /// they need looking at only where they make a new peak and fall deep from it.
    pub(super) fn add_all(
        &mut self,
        least: i64,
        greatest: i64,
        equities: impl Iterator<Item = i64>,
    ) {
        if greatest <= self.peak {
            self.add(least);
        } else if fall(greatest, least) <= self.deepest {
            // No fall among them is deeper, and a trough that is too high only costs a look.
            (self.peak, self.trough) = (greatest, greatest);
            self.least = self.least.min(least);
        } else {
            equities.for_each(|equity| self.add(equity));
        }
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

        #[test]
        fn equities_together_fall_as_deep_as_one_by_one(
            parts in prop::collection::vec(prop::collection::vec(1_i64..1_000, 1..20), 1..20),
        ) {
            let (mut one_by_one, mut together) = (Drawdown::new(500), Drawdown::new(500));
            for part in parts {
                for &equity in &part {
                    one_by_one.add(equity);
                }
                let (least, greatest) = (part.iter().min().unwrap(), part.iter().max().unwrap());
                together.add_all(*least, *greatest, part.iter().copied());
                prop_assert_eq!(together.deepest(), one_by_one.deepest());
            }
        }
    }
}
