//! One fill as it is about to happen, and what comes of it.

use super::fill::{Fill, FillRule};
use super::position::Trade;

/// Where and when a fill happens.
#[derive(Clone, Copy, Debug)]
pub struct Execution {
    /// Which instrument.
    pub instrument: u32,
    /// Open time of the bar, or its end for a fill at the close.
    pub time_ms: i64,
    /// Index of the bar in its feed.
    pub bar: u64,
    /// The price before slippage, in ticks.
    pub reference_price: i64,
    /// Which rule prices it.
    pub rule: FillRule,
    /// Whether stop and target both lay in the bar, so that this is an assumption.
    pub is_ambiguous: bool,
    /// Whether it is a limit that had waited for the price.
    pub is_maker: bool,
}

/// What became of a fill: the execution, and the round trip it ended.
pub type Filled = (Fill, Option<Trade>);
