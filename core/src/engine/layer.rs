//! What a run's terms do besides the strategy: where their exits lie, which entries they refuse.

use std::collections::BTreeMap;

use super::feed::Feed;
use crate::indicator::{Atr, Indicator as _};
use crate::market::DAY_MS;
use crate::strategy::LastTrade;
use crate::trading::{
    Account, Distance, Entry, ExitTerms, LaidExits, PositionLimits, RangeFraction, Rejection,
    Simulation, Size, Sizing, nearest_tick,
};

/// The exits and limits of a run, with the averages that they need.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    exits: ExitTerms,
    pub limits: PositionLimits,
    /// Where entries are sized by an average true range.
    by_range: Option<RangeFraction>,
    /// Whether entries are given anything at all.
    gives: bool,
    /// Of each instrument, its first subscription.
    first: Vec<usize>,
    /// Of each instrument the average true ranges of its first subscription, by period; `None`
    /// until they are defined. They follow from the bars alone, and only those of bars that have
    /// ended are read.
    ranges: Vec<BTreeMap<u32, Vec<Option<f64>>>>,
}

/// What the terms of a run give to an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    /// Exits.
    pub laid: LaidExits,
    /// A size, before that of the entry itself.
    pub size: Option<Size>,
}

impl Given {
    /// The entry with what is given in place of its own.
    pub(super) fn to(&self, entry: &Entry) -> Entry {
        let exits = self.laid.over(&entry.exits);
        Entry { size: self.size.or(entry.size), ..entry.with(exits) }
    }
}

impl Layer {
    pub(super) fn new(simulation: &Simulation, feeds: &[Feed<'_>], instruments: usize) -> Self {
        let first = (0..instruments as u32).map(|instrument| {
            feeds.iter().position(|feed| feed.instrument == instrument).unwrap_or(0)
        });
        let first: Vec<usize> = first.collect();
        let exits = simulation.exits.clone();
        let by_range = match simulation.sizing {
            Some(Sizing::RangeFraction(by_range)) => Some(by_range),
            _ => None,
        };
        let periods = exits.distances().filter_map(Distance::period);
        let periods: Vec<u32> = periods.chain(by_range.map(|it| it.period)).collect();
        let ranges = first.iter().map(|&feed| ranges(&periods, &feeds[feed])).collect();
        let gives = by_range.is_some() || !exits.is_none();
        Self { exits, limits: simulation.limits, by_range, gives, first, ranges }
    }

    /// Whether it does nothing at all.
    pub(super) fn is_none(&self) -> bool {
        self.exits.is_none() && self.limits == PositionLimits::default()
    }

    /// Whether all it does is to leave positions at prices that are known when the bar begins. What
    /// goes by time or counts is done bar by bar.
    pub(super) fn is_by_price(&self) -> bool {
        let ExitTerms { trailing_stop, max_bars, daily_exit_minute, .. } = &self.exits;
        let is_anew_each_bar = trailing_stop.is_some_and(|stop| stop.chandelier);
        let is_by_time = *max_bars > 0 || daily_exit_minute.is_some() || is_anew_each_bar;
        self.limits.is_none() && !is_by_time
    }

    /// Bars of the first subscription after which a position is left.
    pub(super) fn max_bars(&self) -> Option<usize> {
        (self.exits.max_bars > 0).then_some(self.exits.max_bars as usize)
    }

    /// The time of day at which positions are left, in milliseconds.
    pub(super) fn clock_ms(&self) -> Option<i64> {
        self.exits.daily_exit_minute.map(|minute| i64::from(minute) * 60_000)
    }

    /// Whether the clock strikes after one time and up to another, other than at `except`.
    pub(super) fn strikes(&self, after_ms: i64, until_ms: i64, except_ms: i64) -> bool {
        let Some(clock_ms) = self.clock_ms() else { return false };
        let mut struck = after_ms - (after_ms - clock_ms).rem_euclid(DAY_MS) + DAY_MS;
        if struck == except_ms {
            struck += DAY_MS;
        }
        struck <= until_ms
    }

    /// The first subscription of an instrument.
    pub(super) fn first_of(&self, instrument: u32) -> usize {
        self.first[instrument as usize]
    }

    /// The exits of an entry that was decided at that time.
    ///
    /// # Errors
    ///
    /// An average that is not defined yet.
    fn laid(
        &self,
        instrument: u32,
        decided_ms: i64,
        feeds: &[Feed<'_>],
    ) -> Result<LaidExits, Rejection> {
        if self.exits.is_none() {
            return Ok(LaidExits::default());
        }
        let range = |period| self.range(instrument, period, decided_ms, feeds);
        LaidExits::of(&self.exits, range).ok_or(Rejection::LevelUndefined)
    }

    /// What the run's terms give to an entry that was decided at that time; `None` where they leave
    /// it as it is.
    ///
    /// # Errors
    ///
    /// An average that is not defined yet.
    #[inline]
    pub(super) fn given(
        &self,
        instrument: u32,
        decided_ms: i64,
        feeds: &[Feed<'_>],
    ) -> Result<Option<Given>, Rejection> {
        if !self.gives {
            return Ok(None);
        }
        let laid = self.laid(instrument, decided_ms, feeds)?;
        Ok(Some(Given { laid, size: self.size(instrument, decided_ms, feeds)? }))
    }

    /// Whether entries are given anything at all.
    pub(super) const fn gives(&self) -> bool {
        self.gives
    }

    /// The size of an entry that was decided at that time, where the run's terms go by the average
    /// true range then.
    ///
    /// # Errors
    ///
    /// An average that is not defined yet.
    fn size(
        &self,
        instrument: u32,
        decided_ms: i64,
        feeds: &[Feed<'_>],
    ) -> Result<Option<Size>, Rejection> {
        let Some(RangeFraction { fraction, period }) = self.by_range else { return Ok(None) };
        let range = self.range(instrument, period, decided_ms, feeds);
        let ticks = nearest_tick(range.ok_or(Rejection::SizeUndefined)?).max(1);
        Ok(Some(Size::Range { fraction: fraction.into(), ticks }))
    }

    /// The average true range over so many bars at that time.
    fn range(
        &self,
        instrument: u32,
        period: u32,
        decided_ms: i64,
        feeds: &[Feed<'_>],
    ) -> Option<f64> {
        let feed = &feeds[self.first_of(instrument)];
        let first = feed.range.start;
        let ended = feed.first_ending_after(decided_ms, first) - first;
        let ranges = self.ranges[instrument as usize].get(&period)?;
        *ranges.get(ended.checked_sub(1)?)?
    }

    /// How far behind a trailing stop is from the end of that bar of the first subscription on, if
    /// it is taken anew at each.
    pub(super) fn chandelier(&self, instrument: u32, bars_ended: usize) -> Option<f64> {
        let stop = self.exits.trailing_stop.filter(|stop| stop.chandelier)?;
        let Distance::Atr(atr) = stop.distance else { return None };
        let ranges = self.ranges[instrument as usize].get(&atr.period)?;
        let range = (*ranges.get(bars_ended.checked_sub(1)?)?)?;
        Some(atr.multiple.to_f64() * range)
    }

    /// Why an entry is refused where it fills; `entries` counts those of the position.
    pub(super) fn refuses(&self, account: &Account, instrument: u32) -> Option<Rejection> {
        let PositionLimits { max_positions, max_entries, .. } = self.limits;
        match account.positions()[instrument as usize].entries() {
            0 if max_positions > 0 && account.open_positions() >= max_positions as usize => {
                Some(Rejection::PositionLimit)
            }
            0 => None,
            entries if max_entries > 0 && entries >= max_entries => Some(Rejection::EntryLimit),
            _ => None,
        }
    }

    /// Whether entries may not be decided so many bars after the bar of that trade's exit.
    pub(super) fn cools_down(&self, trade: &LastTrade, bars_since: usize) -> bool {
        let limits = &self.limits;
        let counts = !limits.cool_down_after_loss_only || trade.profit < 0;
        counts && bars_since < limits.cool_down_bars as usize
    }
}

/// The average true ranges of these periods, over the bars of a subscription.
fn ranges(periods: &[u32], feed: &Feed<'_>) -> BTreeMap<u32, Vec<Option<f64>>> {
    let mut ranges = BTreeMap::new();
    for &period in periods {
        ranges.entry(period).or_insert_with(|| {
            let mut atr = Atr::new(period as usize);
            feed.range.clone().map(|bar| atr.update(feed.series.bars.bar(bar))).collect()
        });
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_strikes_once_a_day_and_is_left_out_where_it_was_heeded() {
        const HOUR_MS: i64 = 3_600_000;
        let exits = ExitTerms { daily_exit_minute: Some(21 * 60), ..ExitTerms::default() };
        let layer = Layer { exits, ..Layer::default() };
        let strikes = |after: i64, until: i64, except: i64| {
            layer.strikes(after * HOUR_MS, until * HOUR_MS, except * HOUR_MS)
        };
        assert!(strikes(20, 21, 0) && strikes(20, 23, 0) && strikes(-5, 0, 1));
        assert!(!strikes(21, 22, 0) && !strikes(20, 21, 21) && !strikes(22, 44, 0));
        assert!(strikes(20, 45, 21) && !Layer::default().strikes(0, 100 * HOUR_MS, 0));
    }
}
