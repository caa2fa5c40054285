//! How far the bars of each subscription have come: those that have ended can be read, and there is
//! no way past them.

use crate::market::{Bar, Series};

/// The most bars behind the last one that a strategy may ask for.
pub const LOOKBACK_MAX: usize = 10_000;

/// The bars that have ended, of all subscriptions.
#[derive(Debug, Default)]
pub struct Cursors<'a> {
    cursors: Vec<Cursor<'a>>,
}

#[derive(Debug)]
struct Cursor<'a> {
    series: &'a Series,
    instrument: u32,
    /// The first bar of the run.
    first: usize,
    /// The first bar that has not ended.
    next: usize,
    /// When the last one ended.
    ended_ms: i64,
    lookback: usize,
}

impl<'a> Cursors<'a> {
    /// One more subscription, none of whose bars has ended; `first` is its first bar of the run.
    pub(crate) fn add(
        &mut self,
        series: &'a Series,
        instrument: u32,
        first: usize,
        lookback: usize,
    ) {
        let lookback = lookback.clamp(1, LOOKBACK_MAX);
        let cursor = Cursor { series, instrument, first, next: first, ended_ms: 0, lookback };
        self.cursors.push(cursor);
    }

    /// That bar of the subscription has ended.
    #[inline]
    pub(crate) fn advance(&mut self, subscription: usize, bar: usize, ended_ms: i64) {
        let cursor = &mut self.cursors[subscription];
        cursor.next = bar + 1;
        cursor.ended_ms = ended_ms;
    }

    /// How many subscriptions there are.
    pub const fn len(&self) -> usize {
        self.cursors.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    /// The instrument of a subscription.
    pub fn instrument(&self, subscription: usize) -> u32 {
        self.cursors[subscription].instrument
    }

    /// The first subscription of an instrument.
    pub fn first_of(&self, instrument: u32) -> usize {
        let is_own = |cursor: &Cursor<'_>| cursor.instrument == instrument;
        self.cursors.iter().position(is_own).unwrap_or(0)
    }

    /// The bar so many before the last that has ended; `None` where the run has none, and from the
    /// lookback on that the strategy has asked for.
    #[inline]
    pub fn past(&self, subscription: usize, back: usize) -> Option<Bar> {
        let cursor = &self.cursors[subscription];
        let index = cursor.next.checked_sub(back + 1)?;
        (index >= cursor.first && back < cursor.lookback).then(|| cursor.series.bars.bar(index))
    }

    /// When the last bar of a subscription ended, UTC milliseconds; `None` before the first.
    pub fn ended_ms(&self, subscription: usize) -> Option<i64> {
        let cursor = &self.cursors[subscription];
        (cursor.next > cursor.first).then_some(cursor.ended_ms)
    }

    /// How many bars of a subscription have ended that opened after that time.
    pub fn bars_since(&self, subscription: usize, time_ms: i64) -> usize {
        let cursor = &self.cursors[subscription];
        let times = &cursor.series.bars.open_time_ms[cursor.first..cursor.next];
        times.len() - times.partition_point(|&open_ms| open_ms <= time_ms)
    }
}
