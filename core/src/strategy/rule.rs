//! What a strategy does, stated instead of done: then many of them can be computed together.

use super::direction::Direction;
use super::study::Study;

/// A strategy all of whose orders are market orders that follow from the signals of a bar, by
/// [`Direction::follow`].
///
/// `on_bar` stays the definition; whoever computes by the rule must come to the same orders.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What the signals are.
    pub signal: Signal,
    /// Which sides they may open.
    pub direction: Direction,
    /// The stop-loss of its positions, if they have one.
    pub stop: Option<AtrStop>,
}

/// Signals that follow from the bars alone, whatever is held.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// The mean of the last `fast` closes crosses that of the last `slow`, which are more.
    MeanCross {
        /// Closes of the one.
        fast: usize,
        /// Closes of the other.
        slow: usize,
    },
    /// The exponential average over `fast` closes crosses that over `slow`, which are more.
    ExponentialCross {
        /// Closes of the one.
        fast: usize,
        /// Closes of the other.
        slow: usize,
    },
    /// The difference of two exponential averages crosses its own average over `signal` values.
    MacdCross {
        /// Closes of the faster average.
        fast: usize,
        /// Closes of the slower one, which are more.
        slow: usize,
        /// Differences of their average.
        signal: usize,
    },
    /// The close is beyond a Bollinger band: towards the middle, until it is there.
    BandReturn {
        /// Closes of the bands.
        period: usize,
        /// How many deviations they are away from the middle.
        deviations: f64,
    },
    /// The relative strength index is below a level: be long, be short no more; or above another:
    /// the reverse.
    StrengthBeyond {
        /// Price changes of the index.
        period: usize,
        /// The level below which the market is weak.
        oversold: f64,
        /// The level above which it is strong.
        overbought: f64,
    },
    /// The close leaves the channel of the bars before: one channel to enter, another to exit.
    ChannelBreak {
        /// Bars of the channel to enter by.
        entry: usize,
        /// Bars of the channel to exit by.
        exit: usize,
    },
    /// Whatever a study says, with the exits that it says.
    Study(Study),
}

/// A stop-loss so many average true ranges of the bar that decides away from the fill. Without an
/// average there is no signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtrStop {
    /// Bars of the average.
    pub period: usize,
    /// How many of it.
    pub ranges: f64,
}
