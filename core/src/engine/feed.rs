//! The subscriptions of a run, each with its place among the others.

use std::ops::Range;

use crate::market::{BarEnds, Instrument, Series};

/// One subscription: which bars of which series.
#[derive(Clone, Debug)]
pub struct Subscribed<'a> {
    /// What trades.
    pub instrument: &'a Instrument,
    /// Its bars.
    pub series: &'a Series,
    /// Which of them the run sees.
    pub range: Range<usize>,
}

/// A subscription with its place among the others.
#[derive(Clone, Debug)]
pub(super) struct Feed<'a> {
    pub series: &'a Series,
    /// The bars that are delivered.
    pub range: Range<usize>,
    /// The first of them that counts; those before it only warm the strategy up.
    pub first: usize,
    /// Where its bars end: told once a feed, not once a bar.
    pub ends: BarEnds,
    /// Index of the instrument among the run's instruments.
    pub instrument: u32,
    /// Whether orders of the instrument fill in these bars: its finest timeframe.
    pub executes: bool,
}

/// Places the subscriptions: instruments in order of appearance, one executing feed each.
pub(super) fn place<'a>(subscribed: &[Subscribed<'a>]) -> Vec<Feed<'a>> {
    let mut instruments: Vec<&Instrument> = Vec::new();
    let mut feeds: Vec<Feed<'a>> = Vec::with_capacity(subscribed.len());
    for subscription in subscribed {
        let known = instruments.iter().position(|known| *known == subscription.instrument);
        let instrument = known.unwrap_or_else(|| {
            instruments.push(subscription.instrument);
            instruments.len() - 1
        });
        feeds.push(Feed {
            series: subscription.series,
            range: subscription.range.clone(),
            first: subscription.range.start,
            ends: subscription.series.bar_ends(),
            instrument: instrument as u32,
            executes: false,
        });
    }
    for instrument in 0..instruments.len() as u32 {
        let finest = (0..feeds.len())
            .filter(|&index| feeds[index].instrument == instrument)
            .min_by_key(|&index| feeds[index].series.timeframe);
        if let Some(index) = finest {
            feeds[index].executes = true;
        }
    }
    feeds
}

impl Feed<'_> {
    /// The first bar at or after `from` that has not ended by that time.
    pub(super) fn first_ending_after(&self, time_ms: i64, from: usize) -> usize {
        let times = &self.series.bars.open_time_ms;
        self.ends.first_after(times, from..self.range.end, time_ms)
    }

    /// The same up to the first bar that ends at that time or later.
    pub(super) fn through(&self, time_ms: i64) -> Self {
        let next = self.first_ending_after(time_ms.saturating_sub(1), self.range.start);
        Self { range: self.range.start..self.range.end.min(next + 1), ..self.clone() }
    }

    #[inline]
    pub(super) fn end_ms(&self, bar: usize) -> i64 {
        self.ends.end_ms(bar, self.series.bars.open_time_ms[bar])
    }
}
