//! A strategy that knows nothing of the market: it is in it when a list says so.

use super::{Context, Strategy};
use crate::market::Bar;
use crate::trading::{Entry, Side};

/// A stay in the market, by the bars at whose opens it begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Which way.
    pub side: Side,
    /// The bar at whose open it begins, counted from the first that counts; at least 1.
    pub start: u64,
    /// The bar at whose open it ends.
    pub end: u64,
}

/// Holds by a list of stays that do not overlap, in their order. It is no part of the catalog.
#[derive(Clone, Debug)]
pub struct Timed {
    stays: Vec<Stay>,
    /// The stay under way or to come.
    next: usize,
    /// Bars that have ended.
    ended: u64,
    /// Where bars begin to count.
    start_ms: i64,
}

impl Timed {
    /// By those stays, over the bars that open from that time on.
    pub const fn new(stays: Vec<Stay>, start_ms: i64) -> Self {
        Self { stays, next: 0, ended: 0, start_ms }
    }
}

impl Strategy for Timed {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        if bar.open_time_ms < self.start_ms {
            return;
        }
        self.ended += 1;
        // Orders of now fill at the open of the bar that comes.
        let coming = self.ended;
        let mut leaves = false;
        if self.stays.get(self.next).is_some_and(|stay| stay.end == coming) {
            leaves = true;
            self.next += 1;
        }
        let enters = self.stays.get(self.next).filter(|stay| stay.start == coming);
        match (leaves, enters) {
            (true, Some(stay)) => _ = context.reverse(Entry::market(stay.side)),
            (true, None) => context.exit(),
            (false, Some(stay)) => _ = context.enter(stay.side),
            (false, None) => {}
        }
    }
}
