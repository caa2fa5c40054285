//! What a strategy says only to whom knows the account: at a bar, and over the bars of a position
//! that is held. Knows no engine.

use std::ops::Range;

use super::direction::Signals;
use super::views::LastTrade;
use crate::market::Decimal;
use crate::trading::{Exits, Side};

/// What the account knows at the end of a bar, after its fills.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// The position, if there is one.
    pub held: Option<HeldPosition>,
    /// The last round trip, and the bars since its exit: 0 at the end of that bar.
    pub last: Option<(LastTrade, usize)>,
}

/// A position as it stands at the end of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldPosition {
    /// Which way it looks.
    pub side: Side,
    /// Its average entry price in ticks.
    pub entry: i64,
    /// Bars since its entry: 0 at the end of that bar.
    pub bars: usize,
    /// The highest price of its bars, the entry's included.
    pub high: i64,
    /// The lowest.
    pub low: i64,
    /// How many entries it has.
    pub entries: u32,
}

/// Prices of all bars of a run.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'b> {
    /// The highest of each.
    pub high: &'b [i64],
    /// The lowest.
    pub low: &'b [i64],
    /// The last.
    pub close: &'b [i64],
}

/// The way of a position through bars on which nothing happens to it but that its stop moves.
#[derive(Clone, Debug)]
pub struct Passage<'b> {
    /// Which bars, counted from the first of the run; what lies in the first was done already.
    pub bars: Range<usize>,
    /// The prices of all bars.
    pub prices: Prices<'b>,
    /// Where an exit may be said: words of bars,
    pub asks: &'b [u64],
    /// from that bar on.
    pub asks_from: usize,
    /// The bar of the entry.
    pub entry_bar: usize,
    /// The account; its position is brought up to the last bar gone through.
    pub known: Known,
    /// The exits as the strategy has put them.
    pub exits: Exits,
    /// Nothing is filled in a bar that stays above the one price and below the other.
    pub reach: (i64, i64),
    /// How often the stop was moved.
    pub moves: u64,
}

impl Passage<'_> {
    /// Whether an exit may be said on a bar.
    #[inline]
    pub fn asks(&self, bar: usize) -> bool {
        let place = bar - self.asks_from;
        let word = self.asks.get(place / u64::BITS as usize);
        word.is_some_and(|word| word >> (place % u64::BITS as usize) & 1 == 1)
    }
}

/// Where a passage ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// Behind its last bar.
    All,
    /// Before that bar, in which an exit is filled.
    Before(usize),
    /// At the end of that bar, at which the position is to be left, or a part of it.
    Deciding(usize),
}

/// Room for what is computed at a bar; one serves all bars of a trial.
#[derive(Clone, Debug, Default)]
pub struct Room(pub Vec<f64>);

/// A study where it goes by the account.
pub trait Told: Send + Sync {
    /// The signals at the end of a bar with that close.
    fn signals(&self, bar: usize, close: i64, known: &Known, room: &mut Room) -> Signals;

    /// The part of the position to leave, where nothing leaves all of it.
    fn part(&self, bar: usize, close: i64, known: &Known, room: &mut Room) -> Option<Decimal>;

    /// Goes through the bars of a position until something is to be done.
    fn pass(&self, passage: &mut Passage<'_>, room: &mut Room) -> Passed;
}
