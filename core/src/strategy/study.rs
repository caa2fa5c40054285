//! A strategy told over all bars of a run at once, so that many trials of it can share what they
//! have in common. Knows no engine: whoever keeps what is shared stands behind [`Keep`].

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::told::Told;
use super::{Market, Strategy};
use crate::market::Series;
use crate::trading::{Exits, Side};

/// Signals that follow from the bars alone, computed for all of them; equal if they are the same.
#[derive(Clone)]
pub struct Study(pub Arc<dyn Studied>);

impl PartialEq for Study {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Study {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Study")
    }
}

/// A strategy whose signals can be computed for all bars at once.
pub trait Studied: Send + Sync {
    /// The same for that market; `None` if it goes by more than the bars.
    fn on(&self, market: &Market) -> Option<Box<dyn Plot>>;
}

/// A study of one market.
pub trait Plot: Send + Sync {
    /// Calls with each value that the study is made of, after those that it reads.
    fn parts(&self, tell: &mut dyn FnMut(Part<'_>));

    /// The lengths of two means of the close whose crossings are all of its signals, if it is that.
    fn mean_cross(&self) -> Option<[usize; 2]>;

    /// Whether it moves the stops of its positions.
    fn moves_stops(&self) -> bool;

    /// Whether its orders need every bar: then it draws a strategy.
    fn needs_every_bar(&self) -> bool {
        false
    }

    /// How many values it keeps for a bar besides its signals, at the most.
    fn lines_kept(&self) -> usize;

    /// Itself, for others of its kind.
    fn as_any(&self) -> &dyn Any;

    /// Makes what some studies of its kind share and is not there yet, all of it together.
    fn share(&self, with: &[&dyn Plot], sheet: &Sheet<'_>);

    /// Computes it over the bars of the sheet.
    fn draw(&self, sheet: &Sheet<'_>) -> Drawing;
}

/// One value of a study, by its key: equal keys are equal values, whichever the study.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The key.
    pub key: u128,
    /// The values that it is made of.
    pub reads: &'a [u128],
    /// Whether all of its bars are wanted, and not only what others make of them.
    pub is_wanted: bool,
    /// Whether it takes longer to make than to keep.
    pub is_dear: bool,
}

/// The bars of a run, and what studies of them share.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// Where the bars are.
    pub series: &'a Series,
    /// Which of them.
    pub range: &'a Range<usize>,
    /// What keeps what is shared.
    pub shelf: &'a dyn Keep,
    /// What is worth keeping.
    pub shared: &'a HashSet<u128>,
}

/// Keeps lines by what they are of.
pub trait Keep: Sync {
    /// The line of that key if it is there already.
    fn known(&self, key: u128) -> Option<Arc<Line>>;

    /// The line of that key, made if it is not there.
    fn line(&self, key: u128, bytes: usize, make: &mut dyn FnMut() -> Line) -> Arc<Line>;
}

/// A value for each bar.
#[derive(Clone, Debug)]
pub enum Line {
    /// Numbers; NaN is none.
    Numbers(Vec<f64>),
    /// A condition, a bit a bar in words of 64; none is in neither.
    Condition {
        /// Where it is true.
        holds: Vec<u64>,
        /// Where it is false.
        fails: Vec<u64>,
    },
}

/// The exits of an entry of that side that is decided on that bar; `None` if one is undefined.
pub type ExitsAt = Box<dyn Fn(Side, usize) -> Option<Exits> + Send + Sync>;

/// A study over the bars of a sheet.
pub struct Drawing {
    /// When to enter long, to exit long, to enter short and to exit short; `None` for never. Where
    /// the account has a say these are the bars on which it may be so.
    pub signals: [Option<Arc<Line>>; 4],
    /// The exits of its positions, if they have any.
    pub exits: Option<ExitsAt>,
    /// What it says besides where the account is known.
    pub told: Option<Arc<dyn Told>>,
    /// In place of all that: the strategy that reads what was drawn, bar by bar from the first on.
    pub strategy: Option<Box<dyn Strategy>>,
}

impl Line {
    /// The words of a condition's true bars; none of numbers.
    pub fn holds(&self) -> &[u64] {
        match self {
            Self::Condition { holds, .. } => holds,
            Self::Numbers(_) => &[],
        }
    }

    /// The room that this takes.
    pub const fn bytes(&self) -> usize {
        match self {
            Self::Numbers(values) => 8 * values.len(),
            Self::Condition { holds, fails } => 8 * (holds.len() + fails.len()),
        }
    }
}
