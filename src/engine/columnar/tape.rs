//! What all trials over one range of one series share, laid out by columns.

use std::ops::Range;
use std::sync::OnceLock;

use crate::market::Series;
use crate::metrics::Marks;

/// Bars of a block, of which the extremes are known.
const BLOCK: usize = 64;
/// Sums behind the last bar that a kernel may read.
pub(super) const SUMS_PADDING: usize = 512;

/// The bars of a run, ready for trials by columns. Bars count from the first of the run.
#[derive(Debug)]
pub struct Tape {
    pub(super) marks: Marks,
    /// Sums of the closes before each bar, less the least close each; they wrap.
    pub(super) sums: Vec<i32>,
    /// The same without wrapping, for differences that need the room.
    wide_sums: OnceLock<Vec<i64>>,
    closes: Vec<[i64; 2]>,
    ranges: Vec<[i64; 2]>,
}

impl Tape {
    /// Lays out the bars of the range. `None` if trials over them are left to the bar loop: there
    /// is none, they overlap in time, or a price is not exact as a double.
    pub fn new(series: &Series, range: Range<usize>) -> Option<Self> {
        let bars = &series.bars;
        let times = &bars.open_time_ms[range.clone()];
        let duration = series.timeframe.duration_ms();
        let follows = |pair: &[i64]| pair[0].checked_add(duration).is_some_and(|end| end <= pair[1]);
        let closes = &bars.close[range.clone()];
        let marks = Marks::new(times, closes)?;
        if !times.windows(2).all(follows) || closes.len() > i32::MAX as usize {
            return None;
        }
        let extremes = |lows: &[i64], highs: &[i64]| {
            let blocks = lows.chunks(BLOCK).zip(highs.chunks(BLOCK));
            blocks.map(|(lows, highs)| [least(lows), greatest(highs)]).collect()
        };
        Some(Self {
            sums: sums(closes),
            wide_sums: OnceLock::new(),
            closes: extremes(closes, closes),
            ranges: extremes(&bars.low[range.clone()], &bars.high[range]),
            marks,
        })
    }

    /// How many bars there are.
    pub(super) const fn len(&self) -> usize {
        self.marks.len()
    }

    /// The room that this takes.
    pub fn bytes(&self) -> usize {
        let blocks = 2 * size_of::<[i64; 2]>() * self.closes.len();
        let wide = self.wide_sums.get().map_or(0, |sums| size_of::<i64>() * sums.len());
        self.marks.bytes() + size_of::<i32>() * self.sums.len() + wide + blocks
    }

    /// How far apart two closes within `length` bars are at most; never too little.
    pub(super) fn spread(&self, length: usize) -> i64 {
        let blocks = (length / BLOCK + 2).min(self.closes.len());
        let spread = |window: &[[i64; 2]]| {
            let low = window.iter().map(|block| block[0]).min();
            let high = window.iter().map(|block| block[1]).max();
            high.unwrap_or(0) - low.unwrap_or(0)
        };
        self.closes.windows(blocks).map(spread).max().unwrap_or(0)
    }

    /// The first bar of the range that goes down to `below` or up to `above`.
    pub(super) fn first_touch(
        &self,
        series: &Series,
        origin: usize,
        bars: Range<usize>,
        [below, above]: [i64; 2],
    ) -> Option<usize> {
        let mut bar = bars.start;
        while bar < bars.end {
            let end = bars.end.min((bar / BLOCK + 1) * BLOCK);
            let [low, high] = self.ranges[bar / BLOCK];
            if low <= below || high >= above {
                let touches = |bar: &usize| {
                    let at = origin + bar;
                    series.bars.low[at] <= below || series.bars.high[at] >= above
                };
                if let Some(touched) = (bar..end).find(touches) {
                    return Some(touched);
                }
            }
            bar = end;
        }
        None
    }

    /// [`Self::sums`] in 64 bits.
    pub(super) fn wide_sums(&self, closes: &[i64]) -> &[i64] {
        self.wide_sums.get_or_init(|| sums(closes))
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
