//! Where a trial's signals and stops come from: columns over all bars, shared with other trials.

use std::ops::Range;
use std::sync::Arc;

use super::macd_cross;
use super::mask::{Mask, WORD_BARS};
use super::mean_cross::{self, BLOCK_BARS, Means};
use super::mean_ranges::MeanRanges;
use super::shelf::Shared;
use super::signals::{Kind, NO_BAR, SignalMasks, matters};
use super::strength;
use super::studies::Studies;
use super::tape::Tape;
use crate::engine::feed::Feed;
use crate::indicator::{Atr, Bands, Bollinger, Ema, Highest, Indicator, Lowest};
use crate::market::{Bar, Series};
use crate::strategy::{Drawing, ExitsAt, Line, Rule, Signal, Told};

/// Values bar by bar; NaN where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    /// The relative strength index.
    Strength(usize),
    /// The average true range.
    TrueRange(usize),
    /// The exponential average of the close.
    Exponential(usize),
    /// How far the close is below the middle of the bands, times their length: whole numbers.
    BandDepth(usize),
    /// The deviation of the bands, times their length.
    BandSpread(usize),
}

/// A condition that holds on some bars. Levels stand by their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    StrengthBelow(usize, u64),
    StrengthAbove(usize, u64),
    /// One exponential average crosses above another.
    Crosses(usize, usize),
    BelowLowerBand(usize, u64),
    AboveUpperBand(usize, u64),
    /// The close is at the middle of the bands or above.
    AtOrAboveMiddle(usize),
    AtOrBelowMiddle(usize),
    /// The close is above the highest high of so many bars before.
    AboveChannel(usize),
    /// The close is below the lowest low of so many bars before.
    BelowChannel(usize),
}

/// The bars of a run: the tape, and the columns it was made of.
#[derive(Clone, Copy)]
pub(super) struct Bars<'b> {
    pub tape: &'b Tape,
    pub series: &'b Series,
    /// Index in the series of the first bar.
    pub origin: usize,
}

/// What a trial needs of the bars.
pub(super) struct Lines {
    signals: Source,
    /// Bars before this one signal nothing.
    pub first_signal: usize,
    /// How far away from the fill the stop is, bar by bar of the decision, in ranges.
    stop: Option<(f64, Shared<Vec<f64>>)>,
    /// The exits that a study says.
    pub exits: Option<ExitsAt>,
    /// What it says besides where the account is known.
    pub told: Option<Arc<dyn Told>>,
}

enum Source {
    MeanCross { lengths: [usize; 2], ranges: [Shared<MeanRanges>; 2] },
    Masks([Option<Shared<Mask>>; 4]),
    Drawn([Option<Arc<Line>>; 4]),
}

/// The masks of a tile: filled anew for each trial that has no columns for them.
pub(super) struct Scratch {
    up: Mask,
    down: Mask,
}

impl Scratch {
    pub(super) fn empty() -> Self {
        let tile = || Mask::empty(super::mask::TILE_BARS);
        Self { up: tile(), down: tile() }
    }
}

impl<'b> Bars<'b> {
    pub(super) const fn new(tape: &'b Tape, feed: &Feed<'b>) -> Self {
        Self { tape, series: feed.series, origin: feed.range.start }
    }

    pub(super) fn closes(&self) -> &'b [i64] {
        &self.series.bars.close[self.origin..][..self.tape.len()]
    }

    /// A bar of the series. Its volume is left out: nobody sees it.
    #[inline]
    pub(super) fn priced(&self, index: usize) -> Bar {
        let bars = &self.series.bars;
        let (open, close) = (bars.open[index], bars.close[index]);
        let (high, low) = (bars.high[index], bars.low[index]);
        Bar { open_time_ms: bars.open_time_ms[index], open, high, low, close, volume: 0.0 }
    }

    fn mean_ranges(&self, length: usize) -> Shared<MeanRanges> {
        let bytes = 2 * size_of::<i32>() * self.tape.len().div_ceil(BLOCK_BARS);
        let make = || MeanRanges::new(self.tape, self.closes(), length);
        self.tape.mean_ranges.item(length, bytes, make)
    }

    fn column(&self, column: Column) -> Shared<Vec<f64>> {
        let bytes = size_of::<f64>() * self.tape.len();
        self.tape.columns.item(column, bytes, || match column {
            Column::Strength(period) => strength::column(self.closes(), period),
            Column::Exponential(length) => {
                let mut ema = Ema::new(length);
                self.closes().iter().map(|&close| ema.update(close).unwrap_or(f64::NAN)).collect()
            }
            Column::TrueRange(period) => {
                let mut atr = Atr::new(period);
                let bars = self.origin..self.origin + self.tape.len();
                let range = |bar| atr.update(self.series.bars.bar(bar)).unwrap_or(f64::NAN);
                bars.map(range).collect()
            }
            Column::BandDepth(period) => {
                self.banded(period, |bands, close| bands.depth(close) as f64)
            }
            Column::BandSpread(period) => self.banded(period, |bands, _| bands.spread()),
        })
    }

    fn mask(&self, condition: Condition) -> Shared<Mask> {
        let bytes = self.tape.len().div_ceil(8);
        self.tape.masks.item(condition, bytes, || self.made(condition))
    }

    fn made(&self, condition: Condition) -> Mask {
        match condition {
            Condition::StrengthBelow(period, level) => {
                Mask::below(&self.column(Column::Strength(period)), f64::from_bits(level))
            }
            Condition::StrengthAbove(period, level) => {
                Mask::above(&self.column(Column::Strength(period)), f64::from_bits(level))
            }
            Condition::Crosses(over, under) => {
                let column = |length| self.column(Column::Exponential(length));
                Mask::crossings(&column(over), &column(under))
            }
            Condition::BelowLowerBand(period, deviations) => {
                let [depths, spreads] = self.bands(period);
                Mask::above_scaled(&depths, &spreads, f64::from_bits(deviations))
            }
            Condition::AboveUpperBand(period, deviations) => {
                let [depths, spreads] = self.bands(period);
                Mask::below_scaled(&depths, &spreads, -f64::from_bits(deviations))
            }
            // Depths are whole numbers, so that nothing lies between zero and a half.
            Condition::AtOrAboveMiddle(period) => Mask::below(&self.bands(period)[0], 0.5),
            Condition::AtOrBelowMiddle(period) => Mask::above(&self.bands(period)[0], -0.5),
            Condition::AboveChannel(length) => {
                let (mut highest, mut before) = (Highest::new(length), None);
                self.broken(&self.series.bars.high, |close, high| {
                    let is_above = before.is_some_and(|before| close > before);
                    before = highest.update(high);
                    is_above
                })
            }
            Condition::BelowChannel(length) => {
                let (mut lowest, mut before) = (Lowest::new(length), None);
                self.broken(&self.series.bars.low, |close, low| {
                    let is_below = before.is_some_and(|before| close < before);
                    before = lowest.update(low);
                    is_below
                })
            }
        }
    }

    fn banded(&self, period: usize, value: impl Fn(Bands, i64) -> f64) -> Vec<f64> {
        let mut bollinger = Bollinger::new(period);
        let value =
            |&close: &i64| bollinger.update(close).map_or(f64::NAN, |bands| value(bands, close));
        self.closes().iter().map(value).collect()
    }

    /// The depths and the spreads of the bands.
    fn bands(&self, period: usize) -> [Shared<Vec<f64>>; 2] {
        [Column::BandDepth(period), Column::BandSpread(period)].map(|column| self.column(column))
    }

    fn broken(&self, edge: &[i64], mut is_broken: impl FnMut(i64, i64) -> bool) -> Mask {
        let edge = &edge[self.origin..][..self.tape.len()];
        Mask::of(self.closes().iter().zip(edge).map(|(&close, &edge)| is_broken(close, edge)))
    }

    /// Makes the columns that a trial by that rule needs, but for those that another thread makes:
    /// threads that begin together need not wait for each other.
    pub(super) fn begin(&self, rule: &Rule) {
        let columns = match rule.signal {
            Signal::StrengthBeyond { period, .. } => [Some(Column::Strength(period)), None],
            Signal::ExponentialCross { fast, slow } | Signal::MacdCross { fast, slow, .. } => {
                [fast, slow].map(|length| Some(Column::Exponential(length)))
            }
            Signal::BandReturn { period, .. } => {
                [Some(Column::BandDepth(period)), Some(Column::BandSpread(period))]
            }
            Signal::MeanCross { .. } | Signal::ChannelBreak { .. } | Signal::Study(_) => {
                [None, None]
            }
        };
        let ranges = rule.stop.map(|stop| Column::TrueRange(stop.period));
        for column in columns.into_iter().chain([ranges]).flatten() {
            self.column(column);
        }
    }

    /// What a trial by that rule needs; `None` if it goes by more than the bars.
    pub(super) fn lines(&self, rule: &Rule, studies: &Studies, trial: usize) -> Option<Lines> {
        let Signal::Study(_) = rule.signal else { return Some(self.stated(rule, &rule.signal)) };
        if let Some(known) = studies.known(trial, *self) {
            return Some(self.stated(rule, &known));
        }
        let drawing = studies.drawing(trial, *self).filter(|it| it.strategy.is_none())?;
        let Drawing { signals, exits, told, .. } = drawing;
        Some(Lines { signals: Source::Drawn(signals), first_signal: 0, stop: None, exits, told })
    }

    fn stated(&self, rule: &Rule, signal: &Signal) -> Lines {
        let masks = |conditions: [Condition; 4]| {
            let needed = |kind: Kind| matters(rule.direction, kind);
            let mask = |kind: Kind| needed(kind).then(|| self.mask(conditions[kind]));
            Source::Masks([mask(0), mask(1), mask(2), mask(3)])
        };
        let signals = match *signal {
            Signal::Study(_) => Source::Masks([None, None, None, None]),
            Signal::MeanCross { fast, slow } => {
                let lengths = [fast, slow];
                Source::MeanCross {
                    lengths,
                    ranges: lengths.map(|length| self.mean_ranges(length)),
                }
            }
            Signal::StrengthBeyond { period, oversold, overbought } => {
                let weak = Condition::StrengthBelow(period, oversold.to_bits());
                let strong = Condition::StrengthAbove(period, overbought.to_bits());
                masks([weak, strong, strong, weak])
            }
            Signal::ExponentialCross { fast, slow } => {
                let (up, down) = (Condition::Crosses(fast, slow), Condition::Crosses(slow, fast));
                masks([up, down, down, up])
            }
            Signal::MacdCross { fast, slow, signal } => {
                let [fast, slow] =
                    [fast, slow].map(|length| self.column(Column::Exponential(length)));
                // Few trials have all three lengths in common: these masks stand on no shelf.
                let turns = macd_cross::find(&fast, &slow, signal).map(Shared::alone);
                Source::Masks([0, 1, 1, 0].map(|turn: usize| Some(turns[turn].clone())))
            }
            Signal::BandReturn { period, deviations } => masks([
                Condition::BelowLowerBand(period, deviations.to_bits()),
                Condition::AtOrAboveMiddle(period),
                Condition::AboveUpperBand(period, deviations.to_bits()),
                Condition::AtOrBelowMiddle(period),
            ]),
            Signal::ChannelBreak { entry, exit } => masks([
                Condition::AboveChannel(entry),
                Condition::BelowChannel(exit),
                Condition::BelowChannel(entry),
                Condition::AboveChannel(exit),
            ]),
        };
        let stop = rule.stop.map(|stop| {
            let distances = self.column(Column::TrueRange(stop.period));
            (stop.ranges, distances)
        });
        let first_signal = rule.stop.map_or(0, |stop| stop.period - 1);
        Lines { signals, first_signal, stop, exits: None, told: None }
    }
}

impl Lines {
    /// How far away from its fill an entry that is decided on the bar has its stop, in ticks.
    #[inline]
    pub(super) fn stop_at(&self, bar: usize) -> Option<f64> {
        let (ranges, distances) = self.stop.as_ref()?;
        Some(ranges * distances[bar])
    }

    /// The signals of a tile; `None` if they cannot be computed exactly by columns.
    pub(super) fn signals<'m>(
        &'m self,
        bars: Bars<'_>,
        tile: &Range<usize>,
        scratch: &'m mut Scratch,
    ) -> Option<SignalMasks<'m>> {
        match &self.signals {
            Source::MeanCross { lengths, ranges: [fast, slow] } => {
                let means = Means { lengths: *lengths, ranges: [fast, slow] };
                let Scratch { up, down } = scratch;
                let masks = [up.words_mut(), down.words_mut()];
                if !mean_cross::find(bars.tape, bars.closes(), means, tile, masks) {
                    return None;
                }
                let here = 0..tile.len();
                let (up, down) = (up.tile(&here), down.tile(&here));
                Some(SignalMasks([up, down, down, up]))
            }
            Source::Drawn(lines) => {
                let words = tile.start / WORD_BARS..tile.end.div_ceil(WORD_BARS);
                let held = |kind: Kind| match &lines[kind] {
                    Some(line) => &line.holds()[words.clone()],
                    None => &NO_BAR[..words.len()],
                };
                Some(SignalMasks([held(0), held(1), held(2), held(3)]))
            }
            Source::Masks(masks) => {
                let tile = |mask: &'m Option<Shared<Mask>>| match mask {
                    Some(mask) => mask.tile(tile),
                    None => &NO_BAR[..tile.len().div_ceil(WORD_BARS)],
                };
                let [enter_long, exit_long, enter_short, exit_short] = masks;
                let long = [tile(enter_long), tile(exit_long)];
                Some(SignalMasks([long[0], long[1], tile(enter_short), tile(exit_short)]))
            }
        }
    }
}
