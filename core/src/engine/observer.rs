//! Who wants to see what happens inside a run.

use crate::metrics::DailyCourse;
use crate::trading::{Account, Charge, ExitReason, Fill, Rejection, Trade};

/// Sees a run as it goes. Does nothing by default, and then costs nothing.
pub trait Observer {
    /// Whether [`Self::open_profit`] is told; it costs a look at every bar.
    const EXCURSIONS: bool = false;
    /// Whether [`Self::holdings`] is told, at every close.
    const HOLDINGS: bool = false;

    /// An execution.
    fn fill(&mut self, fill: &Fill) {
        _ = fill;
    }

    /// Why the fill that is told next leaves a position; one that enters is told without.
    fn leaving(&mut self, reason: ExitReason) {
        _ = reason;
    }

    /// A round trip that ended, or one still open when the run does (without an exit), with its
    /// net profit in money units.
    fn trade(&mut self, trade: &Trade, profit: i64) {
        _ = (trade, profit);
    }

    /// What the open position of that instrument would have come to had it been left, without
    /// costs, at a price at which it is proven to have been held: of every fill that leaves
    /// something, and of the bars after it. The last exit itself is told as the trade.
    fn open_profit(&mut self, instrument: u32, profit: i64) {
        _ = (instrument, profit);
    }

    /// An order of that instrument that was refused.
    fn refusal(&mut self, rejection: Rejection, instrument: u32) {
        _ = (rejection, instrument);
    }

    /// What was paid for holding at that time.
    fn charge(&mut self, time_ms: i64, charge: &Charge) {
        _ = (time_ms, charge);
    }

    /// The equity at a time, in money units: the initial cash at the start, then every close.
    fn equity(&mut self, time_ms: i64, equity: i64) {
        _ = (time_ms, equity);
    }

    /// The account as it stands when the equity of that time counts; not told of the start.
    fn holdings(&mut self, time_ms: i64, account: &Account) {
        _ = (time_ms, account);
    }

    /// The days of the run, once it has ended.
    fn days(&mut self, course: &DailyCourse<'_>) {
        _ = course;
    }
}

/// Nobody.
impl Observer for () {}
