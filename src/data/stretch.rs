//! Files that can be merged at once, and which bar came from which line of which file.

use std::mem;

use super::import_error::{ImportError, ImportProblem};
use super::parsed_bars::{ParsedBars, price_of};
use super::reading::BarColumn;
use super::spill::{BarColumns, LongSeries};
use crate::market::{Bar, Units};

/// Bars that are merged at once, and the files that they come from.
pub(super) struct Stretch {
    pub(super) bars: BarColumns,
    /// Each file, emptied of its bars, with the index of its first bar in `bars`.
    files: Vec<(usize, ParsedBars)>,
}

/// Files that follow one another become one stretch; overlapping ones are one each, as given.
pub(super) fn stretches(mut parts: Vec<ParsedBars>) -> Vec<Stretch> {
    let mut spans: Vec<_> = parts.iter().filter_map(|part| part.bars.span()).collect();
    spans.sort_unstable();
    if spans.windows(2).any(|pair| pair[0].1 >= pair[1].0) {
        return parts.into_iter().map(|part| Stretch::of(vec![part])).collect();
    }
    parts.sort_by_key(|part| part.bars.open_time_ms.first());
    vec![Stretch::of(parts)]
}

impl Stretch {
    /// The bars of files that follow one another.
    fn of(parts: Vec<ParsedBars>) -> Self {
        let (mut all, mut files) = (BarColumns::default(), Vec::with_capacity(parts.len()));
        for mut part in parts {
            let first = all.len();
            let bars = mem::take(&mut part.bars);
            files.push((first, part));
            if first > 0 {
                all.append(&bars);
            } else {
                all = bars;
            }
        }
        Self { bars: all, files }
    }

    /// The refusal of a bar that another one of its time contradicts.
    pub(super) fn refusal(
        &self,
        index: usize,
        bar: Bar,
        other: Bar,
        known: Option<&LongSeries>,
        units: Units,
    ) -> ImportError {
        let price =
            |ticks| price_of(ticks, units.price_tick).map_or_else(String::new, |p| p.to_string());
        let pairs = [
            (BarColumn::Close, price(bar.close), price(other.close)),
            (BarColumn::Open, price(bar.open), price(other.open)),
            (BarColumn::High, price(bar.high), price(other.high)),
            (BarColumn::Low, price(bar.low), price(other.low)),
        ];
        let (column, value, other) = pairs
            .into_iter()
            .find(|(_, value, other)| value != other)
            .unwrap_or((BarColumn::Volume, bar.volume.to_string(), other.volume.to_string()));
        let time_ms = bar.open_time_ms;
        let is_stored = |known: &LongSeries| {
            let times = &known.bars.open_time_ms;
            let place = times.partition_point(|time| time < time_ms);
            place < times.len() && times.get(place) == time_ms
        };
        let other_place =
            if known.is_some_and(is_stored) { "the stored series" } else { "an earlier file" };
        let problem = ImportProblem::Clash { time_ms, value, other, other_place };
        let file = self.files.partition_point(|(first, _)| *first <= index) - 1;
        let (first, part) = &self.files[file];
        let at_line = ImportError::at_line(&part.source_name, part.line(index - first), problem);
        ImportError { column: Some(column.name().to_owned()), ..at_line }
    }
}
