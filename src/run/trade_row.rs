//! Round trips as a list shows them: each with its net profit and what it went through.

use std::collections::BTreeMap;

use crate::trading::{Fill, Trade};

/// A round trip with its net profit; what a list of trades shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeRow {
    /// The round trip; without an exit if it was open at the end.
    pub trade: Trade,
    /// Net profit, or the open profit, in money units.
    pub profit: i64,
    /// `None` for those that were stored before it was kept.
    pub course: Option<Course>,
}

/// What a round trip went through; money in money units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// What slippage took; part of the prices already.
    pub slippage: i64,
    /// Fills that opened or added.
    pub entries: u32,
    /// The least net profit that it is proven to have had, 0 or below.
    pub worst: i64,
    /// The greatest, 0 or above.
    pub best: i64,
}

impl Course {
    fn had(&mut self, profit: i64) {
        self.worst = self.worst.min(profit);
        self.best = self.best.max(profit);
    }
}

/// The round trips under way, as an observer of a run is told of them.
#[derive(Debug, Default)]
pub struct UnderWay {
    /// By instrument: steps held, and what came to it so far.
    trips: BTreeMap<u32, (i64, Course)>,
}

impl UnderWay {
    /// An execution.
    pub fn fill(&mut self, fill: &Fill) {
        let (held, course) = self.trips.entry(fill.instrument).or_default();
        // What makes a position smaller has the other sign.
        let enters = *held == 0 || (*held > 0) == (fill.quantity > 0);
        course.entries = course.entries.saturating_add(enters.into());
        course.slippage = course.slippage.saturating_add(fill.slippage);
        *held = held.saturating_add(fill.quantity);
    }

    /// What the open position of that instrument would have come to.
    pub fn open_profit(&mut self, instrument: u32, profit: i64) {
        self.trips.entry(instrument).or_default().1.had(profit);
    }

    /// A round trip that is over, or is still open at the end of its run.
    pub fn row(&mut self, trade: &Trade, profit: i64) -> TradeRow {
        let (_, mut course) = self.trips.remove(&trade.instrument).unwrap_or_default();
        course.had(profit);
        TradeRow { trade: *trade, profit, course: Some(course) }
    }
}
