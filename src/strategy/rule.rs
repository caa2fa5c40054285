//! What a strategy does, stated instead of done: then many of them can be computed together.

use super::direction::Direction;

/// A strategy all of whose orders are market orders that follow from the signals of a bar, by
/// [`Direction::follow`].
///
/// `on_bar` stays the definition; whoever computes by the rule must come to the same orders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// What the signals are.
    pub signal: Signal,
    /// Which sides they may open.
    pub direction: Direction,
}

/// Signals that follow from the bars alone, whatever is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// The mean of the last `fast` closes crosses that of the last `slow`, which are more.
    MeanCross {
        /// Closes of the one.
        fast: usize,
        /// Closes of the other.
        slow: usize,
    },
}
