//! What all trials over one range of one series share, laid out by columns.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::lines::{Column, Condition};
use super::mask::{Mask, WORD_BARS as BLOCK};
use super::mean_ranges::MeanRanges;
use super::shelf::Shelf;
use crate::market::Series;
use crate::metrics::Marks;
use crate::strategy::Line;

/// When bars open. Most follow each other without a gap, and so a few numbers tell it: what trials
/// read at every fill should be small.
#[derive(Debug)]
pub(super) struct Times {
    /// From one to the next where there is no gap.
    duration_ms: i64,
    /// When each block begins; [`i64::MIN`] where its bars have gaps.
    blocks: Vec<i64>,
}

impl Times {
    fn new(times: &[i64]) -> Self {
        let duration_ms = times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(0);
        let is_even = |block: &[i64]| block.windows(2).all(|pair| pair[1] - pair[0] == duration_ms);
        let start = |block: &[i64]| if is_even(block) { block[0] } else { i64::MIN };
        Self { duration_ms, blocks: times.chunks(BLOCK).map(start).collect() }
    }

    /// When that bar opens; `times` are those of all of them.
    #[inline]
    pub(super) fn open_ms(&self, bar: usize, times: &[i64]) -> i64 {
        match self.blocks[bar / BLOCK] {
            i64::MIN => times[bar],
            start => start + (bar % BLOCK) as i64 * self.duration_ms,
        }
    }

    fn bytes(&self) -> usize {
        size_of::<i64>() * self.blocks.len()
    }
}

/// Sums behind the last bar that a kernel may read.
pub(super) const SUMS_PADDING: usize = 512;

/// The bars of a run, ready for trials by columns. Bars count from the first of the run.
#[derive(Debug)]
pub struct Tape {
    /// Of the bars that count.
    pub(super) marks: Marks,
    /// When its bars open.
    pub(super) times: Times,
    /// How many bars there are before those.
    pub(super) warm_bars: usize,
    len: usize,
    /// Sums of the closes before each bar, less the least close each; they wrap. This and what
    /// follows is made where a trial needs it.
    sums: OnceLock<Vec<i32>>,
    /// The same without wrapping, for differences that need the room.
    wide_sums: OnceLock<Vec<i64>>,
    /// How far apart closes are at most within 1, 2, 4 … neighbouring blocks.
    spreads: OnceLock<Vec<i64>>,
    /// What trials have in common.
    pub(super) mean_ranges: Shelf<usize, MeanRanges>,
    pub(super) columns: Shelf<Column, Vec<f64>>,
    pub(super) masks: Shelf<Condition, Mask>,
    /// Lines of studies.
    pub(super) lines: Shelf<u128, Arc<Line>>,
    greatest_close: OnceLock<i64>,
}

impl Tape {
    /// Lays out the bars of the range. `None` if trials over them are left to the bar loop: there
    /// is none, they overlap in time, or a price is not exact as a double.
    pub fn new(series: &Series, range: Range<usize>) -> Option<Self> {
        let first = range.start;
        Self::with_warm_up(series, range, first)
    }

    /// The same; bars of the range before `first` are seen, but do not count.
    pub fn with_warm_up(series: &Series, range: Range<usize>, first: usize) -> Option<Self> {
        let bars = &series.bars;
        let times = &bars.open_time_ms[range.clone()];
        let ends = series.bar_ends();
        let follow = |(bar, pair): (usize, &[i64])| ends.end_ms(bar, pair[0]) <= pair[1];
        let closes = &bars.close[range.clone()];
        let warm_bars = first.checked_sub(range.start)?;
        let counted = bars.open_time_ms.get(first..range.end)?;
        let end_of = |bar: usize| ends.end_ms(first + bar, counted[bar]);
        let marks = Marks::new(counted, end_of, &closes[warm_bars..], &series.days)?;
        if !range.zip(times.windows(2)).all(follow) || closes.len() > i32::MAX as usize {
            return None;
        }
        Some(Self {
            times: Times::new(times),
            sums: OnceLock::new(),
            wide_sums: OnceLock::new(),
            spreads: OnceLock::new(),
            marks,
            warm_bars,
            len: closes.len(),
            mean_ranges: Shelf::default(),
            columns: Shelf::default(),
            masks: Shelf::default(),
            lines: Shelf::default(),
            greatest_close: OnceLock::new(),
        })
    }

    /// How many bars there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The room that this takes.
    pub fn bytes(&self) -> usize {
        let narrow = self.sums.get().map_or(0, |sums| size_of::<i32>() * sums.len());
        let wide = self.wide_sums.get().map_or(0, |sums| size_of::<i64>() * sums.len());
        let shared = self.mean_ranges.bytes() + self.columns.bytes() + self.masks.bytes();
        let shared = shared + self.lines.bytes();
        self.marks.bytes() + self.times.bytes() + narrow + wide + shared
    }

    /// How far apart two of the closes within `length` bars are at most; never too little.
    pub(super) fn spread(&self, closes: &[i64], length: usize) -> i64 {
        let blocks = || closes.chunks(BLOCK).map(|block| [least(block), greatest(block)]);
        let spreads = self.spreads.get_or_init(|| spreads(blocks().collect()));
        // A window begins inside a block and ends inside another.
        let level = (length / BLOCK + 2).next_power_of_two().trailing_zeros() as usize;
        spreads[level.min(spreads.len() - 1)]
    }

    /// The greatest close.
    pub(super) fn greatest_close(&self, closes: &[i64]) -> i64 {
        *self.greatest_close.get_or_init(|| greatest(closes))
    }

    /// Sums of the closes before each bar; they wrap.
    pub(super) fn sums(&self, closes: &[i64]) -> &[i32] {
        self.sums.get_or_init(|| sums(closes))
    }

    /// [`Self::sums`] without wrapping.
    pub(super) fn wide_sums(&self, closes: &[i64]) -> &[i64] {
        self.wide_sums.get_or_init(|| sums(closes))
    }
}

/// The spreads of ever wider windows, up to one over all blocks.
fn spreads(mut windows: Vec<[i64; 2]>) -> Vec<i64> {
    let (mut spreads, mut width, blocks) = (Vec::new(), 1, windows.len());
    let spread = |window: &[i64; 2]| window[1] - window[0];
    loop {
        spreads.push(windows.iter().map(spread).max().unwrap_or(0));
        if width >= blocks {
            return spreads;
        }
        // Those that reach beyond the end keep what they have.
        for start in 0..blocks - width {
            let [low, high] = windows[start + width];
            windows[start] = [windows[start][0].min(low), windows[start][1].max(high)];
        }
        width *= 2;
    }
}

fn least(prices: &[i64]) -> i64 {
    prices.iter().copied().min().unwrap_or(i64::MAX)
}

fn greatest(prices: &[i64]) -> i64 {
    prices.iter().copied().max().unwrap_or(i64::MIN)
}

/// Running sums of what each close is above the least, one more than there are closes.
fn sums<S: super::mean_cross::Sum>(closes: &[i64]) -> Vec<S> {
    let base = least(closes);
    let mut sums = Vec::with_capacity(closes.len() + 1 + SUMS_PADDING);
    let mut sum = 0_i64;
    sums.push(S::wrapped(sum));
    sums.extend(closes.iter().map(|close| {
        sum = sum.wrapping_add(close - base);
        S::wrapped(sum)
    }));
    sums.resize(closes.len() + 1 + SUMS_PADDING, S::wrapped(sum));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bars_open_when_they_do_whatever_gaps_there_are(
            steps in prop::collection::vec(
                prop_oneof![20 => Just(60_000_i64), 1 => 1..1_000_000_i64], 1..500),
        ) {
            let mut open_ms = 0;
            let mut next = |step| {
                open_ms += step;
                open_ms
            };
            let times: Vec<i64> = steps.into_iter().map(&mut next).collect();
            let told = Times::new(&times);
            for (bar, time) in times.iter().enumerate() {
                prop_assert_eq!(told.open_ms(bar, &times), *time);
            }
        }
    }
}
