//! The subscriptions of a run as one stream of bars in the order of their ends.

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
    pub range: Range<usize>,
    /// Where its bars end: told once a feed, not once a bar.
    pub ends: BarEnds,
    /// Index of the instrument among the run's instruments.
    pub instrument: u32,
    /// Whether orders of the instrument fill in these bars: its finest timeframe.
    pub executes: bool,
}

/// A bar that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    pub feed: usize,
    pub bar: usize,
    pub end_ms: i64,
    /// Whether no other bar ends at the same time after this one.
    pub last_of_moment: bool,
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

/// Walks the bars of all feeds by end time; at equal ends the shorter timeframe first, then the
/// order of subscription.
pub(super) struct Timeline<'f, 'a> {
    feeds: &'f [Feed<'a>],
    next_bar: Vec<usize>,
}

impl<'f, 'a> Timeline<'f, 'a> {
    pub(super) fn new(feeds: &'f [Feed<'a>]) -> Self {
        Self { feeds, next_bar: feeds.iter().map(|feed| feed.range.start).collect() }
    }

    /// The feed whose next bar ends first, with that end.
    #[inline]
    fn earliest(&self) -> Option<(usize, i64)> {
        let mut earliest: Option<(usize, i64)> = None;
        for (index, feed) in self.feeds.iter().enumerate() {
            let bar = self.next_bar[index];
            if bar >= feed.range.end {
                continue;
            }
            let end_ms = feed.end_ms(bar);
            let first = earliest.is_none_or(|(other, other_end)| {
                let shorter = feed.series.timeframe < self.feeds[other].series.timeframe;
                end_ms < other_end || (end_ms == other_end && shorter)
            });
            if first {
                earliest = Some((index, end_ms));
            }
        }
        earliest
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<Delivery> {
        let (feed, end_ms) = self.earliest()?;
        let bar = self.next_bar[feed];
        self.next_bar[feed] += 1;
        // With a single feed every bar is a moment of its own.
        let last_of_moment =
            self.feeds.len() == 1 || self.earliest().is_none_or(|(_, next_end)| next_end != end_ms);
        Some(Delivery { feed, bar, end_ms, last_of_moment })
    }

    /// Whether every bar has been delivered.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.next_bar.iter().zip(self.feeds).all(|(&bar, feed)| bar >= feed.range.end)
    }
}

impl Feed<'_> {
    #[inline]
    pub(super) fn end_ms(&self, bar: usize) -> i64 {
        self.ends.end_ms(bar, self.series.bars.open_time_ms[bar])
    }
}
