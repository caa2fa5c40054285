//! Random exchanges for laws: some instruments, each in bars of its own.

use proptest::prelude::*;
use proptest::strategy::Strategy as Arbitrary;

use super::Subscribed;
use super::chaos::{Dice, markets};
use crate::market::{Bar, Columns, Instrument, Series, Units, resample};

/// What is traded, and in which bars it is seen.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub instruments: Vec<Instrument>,
    /// Each of some instrument, the first one's first.
    pub feeds: Vec<(usize, Series)>,
}

/// One to three instruments, half of the time one, each in its own timeframes; so that bars end
/// together, in the middle of others, and while others are missing.
pub(super) fn exchanges() -> impl Arbitrary<Value = Exchange> {
    let one = (markets(), timeframes());
    let count = prop_oneof![3 => Just(1_usize), 2 => Just(2), 1 => Just(3)];
    count.prop_flat_map(move |count| prop::collection::vec(one.clone(), count)).prop_map(|all| {
        let mut feeds = Vec::new();
        for (place, (minutes, timeframes)) in all.iter().enumerate() {
            let fed = timeframes.iter().map(|text| resample(minutes, text.parse().unwrap()));
            feeds.extend(fed.map(|series| (place, series.unwrap())));
        }
        let named = |place: usize| Instrument::new("TEST", &format!("CHAOS{place}")).unwrap();
        Exchange { instruments: (0..all.len()).map(named).collect(), feeds }
    })
}

/// Which timeframes, the deciding one first; orders fill in the shortest. Five minutes end in the
/// middle of three, so that a decision falls into a bar it may not fill in.
fn timeframes() -> impl Arbitrary<Value = &'static [&'static str]> + Clone {
    prop::sample::select(vec![&["1m"][..], &["3m", "1m"], &["1m", "3m"], &["5m", "3m"], &["2m"]])
}

impl Exchange {
    pub(super) fn subscribed(&self) -> Vec<Subscribed<'_>> {
        let instruments = &self.instruments;
        self.feeds
            .iter()
            .map(|(place, series)| Subscribed {
                instrument: &instruments[*place],
                series,
                range: 0..series.bars.len(),
            })
            .collect()
    }

    /// The same with the instruments the other way round.
    pub(super) fn turned(&self) -> Self {
        let last = self.instruments.len() - 1;
        let mut feeds: Vec<_> =
            self.feeds.iter().map(|(place, series)| (last - place, series.clone())).collect();
        // Stable: the feeds of each stay in their order.
        feeds.sort_by_key(|(place, _)| *place);
        Self { instruments: self.instruments.iter().rev().cloned().collect(), feeds }
    }

    /// What a tick and a step are, everywhere.
    pub(super) fn units(&self) -> Units {
        self.feeds[0].1.units
    }

    /// The bars in which orders of the instrument fill.
    pub(super) fn executing(&self, instrument: u32) -> &Series {
        let own = self.feeds.iter().filter(|(place, _)| *place == instrument as usize);
        own.map(|(_, series)| series).min_by_key(|series| series.timeframe).unwrap()
    }

    /// The last close that is known then.
    pub(super) fn close(&self, instrument: u32, time_ms: i64) -> i64 {
        let series = self.executing(instrument);
        let ended = (0..series.bars.len()).filter(|&bar| series.bar_end_ms(bar) <= time_ms).count();
        series.bars.close[ended - 1]
    }

    /// When the bar under way then opened, and at which price.
    pub(super) fn opened(&self, instrument: u32, time_ms: i64) -> Option<(i64, i64)> {
        let series = self.executing(instrument);
        let began = series.bars.open_time_ms.partition_point(|&open| open < time_ms);
        let last = began.checked_sub(1)?;
        let (bar, is_over) = (series.bars.bar(last), series.bar_end_ms(last) <= time_ms);
        (!is_over).then_some((bar.open_time_ms, bar.open))
    }

    /// The same up to a time, and anything after it.
    pub(super) fn with_another_future(&self, now_ms: i64, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let feeds = self.feeds.iter().map(|(place, series)| {
            let mut bars = Columns::default();
            for index in 0..series.bars.len() {
                let (bar, is_over) = (series.bars.bar(index), series.bar_end_ms(index) <= now_ms);
                let is_missing = bar.open_time_ms > now_ms && dice.below(5) == 0;
                if is_over {
                    bars.push(bar);
                } else if !is_missing {
                    bars.push(another(bar, now_ms, &mut dice));
                }
            }
            (*place, Series { bars, ..series.clone() })
        });
        Self { instruments: self.instruments.clone(), feeds: feeds.collect() }
    }
}

/// Another bar in its place; of one under way the open stays.
fn another(bar: Bar, now_ms: i64, dice: &mut Dice) -> Bar {
    let mut somewhere = |from: i64| (from + dice.below(121) as i64 - 60).max(20);
    let open = if bar.open_time_ms <= now_ms { bar.open } else { somewhere(bar.open) };
    let close = somewhere(open);
    let (high, low) = (somewhere(open).max(open).max(close), somewhere(open).min(open).min(close));
    Bar { open, high, low, close, ..bar }
}
