//! Who wants to see what happens inside a run.

use crate::trading::{Fill, Rejection, Trade};

/// Sees a run as it goes. Does nothing by default, and then costs nothing.
pub trait Observer {
    /// An execution.
    fn fill(&mut self, fill: &Fill) {
        _ = fill;
    }

    /// A round trip that ended, or one still open when the run does (without an exit), with its
    /// net profit in money units.
    fn trade(&mut self, trade: &Trade, profit: i64) {
        _ = (trade, profit);
    }

    /// An order of that instrument that was refused.
    fn refusal(&mut self, rejection: Rejection, instrument: u32) {
        _ = (rejection, instrument);
    }

    /// The equity at a time, in money units: the initial cash at the start, then every close.
    fn equity(&mut self, time_ms: i64, equity: i64) {
        _ = (time_ms, equity);
    }
}

/// Nobody.
impl Observer for () {}
