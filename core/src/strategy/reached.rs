//! How far the price went since a position was opened, as far as the bars prove it: the bars that
//! it was held through, and of one that it was opened inside what followed the fill.

use crate::market::Bar;
use crate::trading::{Exits, Path};

/// The last entry into an instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastEntry {
    /// How many there have been, this one included.
    pub(crate) number: u64,
    pub(crate) price: i64,
    /// The exits of its strategy's that the position has had since: those of the last that brought
    /// any.
    pub(crate) own: Exits,
}

/// What the price of one instrument came to while it was held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    high: i64,
    low: i64,
    entry: LastEntry,
    /// The bar that it was opened inside, and what is proven to follow in it.
    inside: Option<(u64, Path)>,
}

impl Reached {
    /// Before any position.
    pub(crate) const NOTHING: Self = {
        let entry = LastEntry { number: 0, price: 0, own: Exits::NONE };
        Self { high: i64::MIN, low: i64::MAX, entry, inside: None }
    };

    /// Something was bought or sold short at that price: the first of a position if it opens one.
    /// `own` are the exits that it brought, and `inside` is the bar that it was filled inside, and
    /// what follows in it.
    pub(crate) fn enter(
        &mut self,
        (price, own): (i64, &Exits),
        opens: bool,
        inside: Option<(u64, Path)>,
    ) {
        if opens {
            (self.high, self.low, self.inside) = (i64::MIN, i64::MAX, inside);
        }
        if opens || !own.is_empty() {
            self.entry.own = *own;
        }
        (self.entry.number, self.entry.price) = (self.entry.number + 1, price);
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

    /// The last entry; `None` before the first.
    pub(super) fn last_entry(&self) -> Option<&LastEntry> {
        (self.entry.number > 0).then_some(&self.entry)
    }
}
