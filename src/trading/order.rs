//! What a strategy asks for. What becomes of it is the engine's to say.

use super::fill::{ExitReason, Side};

/// An order that waits for a bar to fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which of the run's instruments.
    pub instrument: u32,
    /// When it was decided; only a bar that opens then or later may fill it.
    pub decided_ms: i64,
    /// What it asks for.
    pub intent: Intent,
}

/// What a market order is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Opens a position of the account's size.
    Open(Side),
    /// Closes the whole position, if there is one.
    Close(ExitReason),
}
