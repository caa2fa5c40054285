//! What a strategy goes by, for whoever wants to see it: the values of its definitions bar by bar,
//! and how often each was there. Knows nothing of why somebody asks.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What somebody wants to see of a run. Whatever it is, orders are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// How often each value was there, and each condition true.
    Counts,
    /// The values of some bars.
    Values(ValuesWanted),
}

/// Which values of which bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesWanted {
    /// Those of the strategy of this instrument, by its place among the instruments.
    pub instrument: usize,
    /// What to tell, by name.
    pub names: Vec<String>,
    /// Bars that open in this span of time.
    pub span_ms: Range<i64>,
    /// Of so many bars, the first of the span on, the last is told; at least 1.
    pub every: usize,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// Of each value, in the order of the text; of each instrument in turn.
    pub counts: Vec<ValueCount>,
    /// Open times of the bars that are told of.
    pub times_ms: Vec<i64>,
    /// The values on those bars in the order of their names; NaN is none.
    pub values: Vec<Vec<f64>>,
}

/// How often a value was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCount {
    /// The instrument's place, of a strategy that decides for each by itself.
    pub instrument: u32,
    /// A definition, or a condition of an order, as in `enter long:9`.
    pub name: String,
    /// The first bar with a value, from 0; `None` if there was none.
    pub first_defined_bar: Option<u64>,
    /// Bars without one.
    pub undefined_bars: u64,
    /// Bars on which it was true; `None` for a number.
    pub true_bars: Option<u64>,
}
