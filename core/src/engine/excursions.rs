//! How far the profit of open positions went, at prices that the bars prove: opens and closes at
//! which they were held, highs and lows of bars that they were held through, and of a bar that was
//! entered inside what the fill proves. Told to whoever asks, and else not worked out at all.

use super::ledger::Ledger;
use super::observer::Observer;
use crate::market::Bar;
use crate::trading::{Execution, Path};

/// The prices that an instrument's position was held at since its last fill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    low: i64,
    high: i64,
    /// The last bar that was entered inside, and what followed in it.
    entered: Option<(u64, Path)>,
}

impl Seen {
    /// Nothing is held: no price is news.
    pub(super) const NOTHING: Self = Self { low: i64::MIN, high: i64::MAX, entered: None };

    /// Any price is news.
    const fn anew(&mut self) {
        (self.low, self.high) = (i64::MAX, i64::MIN);
    }
}

impl<O: Observer> Ledger<'_, O> {
    /// What is held was held at these two prices and all between.
    #[inline]
    fn saw_all(&mut self, instrument: u32, low: i64, high: i64) {
        let seen = &mut self.seen[instrument as usize];
        if low >= seen.low && high <= seen.high {
            return;
        }
        (seen.low, seen.high) = (seen.low.min(low), seen.high.max(high));
        let position = &self.account.positions()[instrument as usize];
        for profit in [position.profit_at(low), position.profit_at(high)].into_iter().flatten() {
            self.observer.open_profit(instrument, profit);
        }
    }

    /// What is held was held at that price.
    #[inline]
    pub(super) fn saw(&mut self, instrument: u32, price: i64) {
        if O::EXCURSIONS {
            self.saw_all(instrument, price, price);
        }
    }

    /// What is held was held to the close of that bar.
    #[inline]
    pub(super) fn saw_bar(&mut self, instrument: u32, index: u64, bar: &Bar) {
        if O::EXCURSIONS {
            let (low, high) = match self.seen[instrument as usize].entered {
                Some((entered, rest)) if entered == index => (rest.low(), rest.high()),
                _ => (bar.low, bar.high),
            };
            self.saw_all(instrument, low, high);
        }
    }

    /// A fill at that price has left something: from now on a price comes to another profit.
    #[inline]
    pub(super) fn saw_fill(&mut self, instrument: u32, price: i64) {
        if O::EXCURSIONS {
            self.seen[instrument as usize].anew();
            self.saw_all(instrument, price, price);
        }
    }

    /// A fill has left nothing.
    #[inline]
    pub(super) fn saw_end(&mut self, instrument: u32) {
        if O::EXCURSIONS {
            self.seen[instrument as usize] = Seen::NOTHING;
        }
    }

    /// An entry was filled inside its bar, of which `rest` is proven to follow.
    #[inline]
    pub(super) fn entered_inside(&mut self, at: &Execution, rest: Path) {
        if O::EXCURSIONS {
            self.seen[at.instrument as usize].entered = Some((at.bar, rest));
        }
    }
}
