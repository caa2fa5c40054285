//! What an order knows of the bars that it fills in: how far the one before went, and how much was
//! traded there.

use std::ops::Range;
use std::sync::Arc;

use crate::market::Series;

/// The bars that an instrument's orders fill in. The same for all trials.
#[derive(Clone, Debug, PartialEq)]
pub struct BarsBefore {
    /// The first bar that the run knows; before it nothing is known.
    first: u64,
    /// High less low, in ticks.
    ranges: Arc<[i64]>,
    volumes: Arc<[f64]>,
    /// One step of the quantity.
    step: f64,
}

impl BarsBefore {
    /// Of those bars.
    pub fn new(series: &Series, bars: Range<usize>) -> Self {
        let columns = &series.bars;
        let both = columns.high[bars.clone()].iter().zip(&columns.low[bars.clone()]);
        Self {
            first: bars.start as u64,
            ranges: both.map(|(high, low)| high.saturating_sub(*low)).collect(),
            volumes: columns.volume[bars].into(),
            step: series.units.quantity_step.to_f64(),
        }
    }

    /// The range of the bar before that one, as its own is not known while orders fill in it; 0
    /// before the first.
    pub fn range(&self, bar: u64) -> i64 {
        self.place(bar).map_or(0, |place| self.ranges[place])
    }

    /// Whether so many steps are more than that share of the volume of the bar before that one.
    pub fn is_exceeded_by(&self, steps: i64, share: f64, bar: u64) -> bool {
        let volume = self.place(bar).map_or(0.0, |place| self.volumes[place]);
        steps as f64 * self.step > share * volume
    }

    fn place(&self, bar: u64) -> Option<usize> {
        let place = usize::try_from(bar.checked_sub(self.first + 1)?).ok()?;
        (place < self.ranges.len()).then_some(place)
    }
}
