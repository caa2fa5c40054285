//! Which trades of a run are asked for: those of a span of time, a page of them, and how many
//! entries and exits fall into each of some equal parts of the span.

use std::ops::Range;

use crate::run::TradeRow;

/// What is asked of a run's trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeQuery {
    /// Only trades that were open at some moment of it; `None` means all.
    pub span: Option<Range<i64>>,
    /// Of those, how many are passed over.
    pub offset: u64,
    /// The most that are told.
    pub limit: usize,
    /// Into how many equal parts the span is cut for counting; 0 counts nothing.
    pub buckets: u32,
}

/// Trades with their numbers among all of the run, and what was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct PickedTrades {
    /// The page.
    pub trades: Vec<(u64, TradeRow)>,
    /// How many the query finds on all pages.
    pub total: u64,
    /// One a bucket; empty if none were asked for.
    pub counts: Vec<TradeCount>,
}

/// What happened in one part of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeCount {
    /// Where it begins, UTC milliseconds.
    pub start_ms: i64,
    /// Trades that began in it.
    pub entries: u32,
    /// Trades that ended in it.
    pub exits: u32,
}

/// Takes all trades of a run in their order, and keeps what the query asks for.
pub(super) struct TradePicker {
    query: TradeQuery,
    span: Range<i64>,
    seen: u64,
    picked: PickedTrades,
}

impl TradePicker {
    /// `whole` is the span of the run, for queries without one.
    pub(super) fn new(query: TradeQuery, whole: Range<i64>) -> Self {
        let span = query.span.clone().unwrap_or(whole);
        let parts = u64::from(query.buckets);
        let start_of = |part: u64| span.start + share(span.end - span.start, part, parts);
        let count = |part| TradeCount { start_ms: start_of(part), ..TradeCount::default() };
        let counts = (0..parts).map(count).collect();
        let picked = PickedTrades { trades: Vec::new(), total: 0, counts };
        Self { query, span, seen: 0, picked }
    }

    pub(super) fn push(&mut self, row: TradeRow) {
        let index = self.seen;
        self.seen += 1;
        let (entry_ms, exit_ms) = (row.trade.entry_time_ms, row.trade.exit.map(|e| e.time_ms));
        if let Some(bucket) = self.bucket(Some(entry_ms)) {
            bucket.entries += 1;
        }
        if let Some(bucket) = self.bucket(exit_ms) {
            bucket.exits += 1;
        }
        let is_asked_for = self.query.span.as_ref().is_none_or(|span| {
            entry_ms < span.end && exit_ms.is_none_or(|exit_ms| exit_ms >= span.start)
        });
        if !is_asked_for {
            return;
        }
        let place = self.picked.total;
        self.picked.total += 1;
        if place >= self.query.offset && self.picked.trades.len() < self.query.limit {
            self.picked.trades.push((index, row));
        }
    }

    pub(super) fn finish(self) -> PickedTrades {
        self.picked
    }

    fn bucket(&mut self, time_ms: Option<i64>) -> Option<&mut TradeCount> {
        let time_ms = time_ms.filter(|time_ms| self.span.contains(time_ms))?;
        let after = self.picked.counts.partition_point(|count| count.start_ms <= time_ms);
        self.picked.counts.get_mut(after.checked_sub(1)?)
    }
}

/// Where the `part`th of so many equal parts of a width begins.
fn share(width: i64, part: u64, parts: u64) -> i64 {
    (i128::from(width) * i128::from(part) / i128::from(parts.max(1))) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::{Exit, ExitReason, Side, Trade};
    use proptest::prelude::*;

    fn row((entry_time_ms, held_ms): (i64, Option<i64>)) -> TradeRow {
        let exit = held_ms.map(|held_ms| Exit {
            time_ms: entry_time_ms + held_ms,
            reason: ExitReason::Signal,
            bar: 0,
            is_ambiguous: false,
        });
        let trade = Trade {
            instrument: 0,
            side: Side::Long,
            entry_time_ms,
            entry_bar: 0,
            quantity: 1,
            entry_notional: 1,
            exit_notional: 1,
            carry: 0,
            fees: 0,
            exit,
        };
        TradeRow { trade, profit: 0, course: None }
    }

    proptest! {
        #[test]
        fn pages_hold_each_trade_of_the_span_once_and_counts_each_event_of_it(
            times in prop::collection::vec((0_i64..1_000, prop::option::of(0_i64..200)), 0..60),
            start in 0_i64..900,
            width in 1_i64..900,
            buckets in 1_u32..40,
            limit in 1_usize..9,
        ) {
            let span = start..start + width;
            let rows: Vec<_> = times.iter().copied().map(row).collect();
            let (mut offset, mut found) = (0, Vec::new());
            let page = loop {
                let query = TradeQuery { span: Some(span.clone()), offset, limit, buckets };
                let mut picker = TradePicker::new(query, 0..2_000);
                for row in &rows {
                    picker.push(*row);
                }
                let page = picker.finish();
                found.extend(page.trades.iter().map(|(index, _)| *index as usize));
                offset += limit as u64;
                if offset >= page.total {
                    break page;
                }
            };
            let is_open = |&(entry, held): &(i64, Option<i64>)| {
                entry < span.end && held.is_none_or(|held| entry + held >= span.start)
            };
            let wanted: Vec<_> = (0..times.len()).filter(|&at| is_open(&times[at])).collect();
            prop_assert_eq!(&found, &wanted);
            let entries = times.iter().filter(|(entry, _)| span.contains(entry)).count();
            let left = |&(entry, held): &(i64, Option<i64>)| held.map(|held| entry + held);
            let exits = times.iter().filter_map(left).filter(|exit| span.contains(exit)).count();
            let sum = |of: fn(&TradeCount) -> u32| page.counts.iter().map(of).sum::<u32>() as usize;
            prop_assert_eq!((sum(|c| c.entries), sum(|c| c.exits)), (entries, exits));
            prop_assert!(page.counts.is_sorted_by_key(|count| count.start_ms));
        }
    }
}
