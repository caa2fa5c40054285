//! How far the price went since a position was opened, as far as the bars prove it: the bars that
//! it was held through, and of one that it was opened inside what followed the fill.

use crate::market::Bar;
use crate::trading::Path;

/// What the price of one instrument came to while it was held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    high: i64,
    low: i64,
    /// The price of the last entry.
    entry: i64,
    /// The bar that it was opened inside, and what is proven to follow in it.
    inside: Option<(u64, Path)>,
}

impl Reached {
    /// Before any position.
    pub(crate) const NOTHING: Self = Self { high: i64::MIN, low: i64::MAX, entry: 0, inside: None };

    /// Something was bought or sold short at that price: the first of a position if it opens one.
    /// `inside` is the bar that it was filled inside, and what follows in it.
    pub(crate) fn enter(&mut self, price: i64, opens: bool, inside: Option<(u64, Path)>) {
        if opens {
            *self = Self { inside, ..Self::NOTHING };
        }
        self.entry = price;
    }

    /// The bar has ended, and the position is still held.
    pub(crate) fn hold(&mut self, index: u64, bar: &Bar) {
        let (low, high) = match self.inside {
            Some((entered, rest)) if entered == index => (rest.low(), rest.high()),
            _ => (bar.low, bar.high),
        };
        (self.low, self.high) = (self.low.min(low), self.high.max(high));
    }

    /// The lowest and the highest price; `None` before the first bar has ended.
    pub(super) const fn extremes(&self) -> Option<(i64, i64)> {
        if self.low <= self.high { Some((self.low, self.high)) } else { None }
    }

    /// The price of the last entry.
    pub(super) const fn last_entry(&self) -> i64 {
        self.entry
    }
}
