//! Columns of auxiliary series as a program reads them: at the end of a bar the last row that was
//! known by then.

use std::ops::Range;
use std::sync::Arc;

use super::limits::AUXES_MAX;
use crate::market::{AuxSeries, Series};
use crate::strategy::{AuxFeed, Context, KnownRows, Line, of_name};

/// Reads one column, at times that rise.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    series: usize,
    name: Arc<str>,
    /// Where the column stands, once its series was seen.
    column: Option<usize>,
    /// The first row that was not known at the time before.
    next: usize,
}

impl Reader {
    /// Of that series of the program, and the column that the text of that place names.
    pub(super) fn new(series: u8, column: u16, texts: &[String]) -> Self {
        let name =
            texts.get(usize::from(column)).map_or_else(|| "".into(), |name| (&**name).into());
        Self { series: series.into(), name, column: None, next: 0 }
    }

    /// The value of the last row that was known by that time; none before the first, and where that
    /// row has none.
    pub(super) fn at(&mut self, time_ms: i64, rows: &[Option<KnownRows<'_>>]) -> f64 {
        let Some(rows) = rows.get(self.series).copied().flatten() else { return f64::NAN };
        while rows.known_ms(self.next).is_some_and(|known_ms| known_ms <= time_ms) {
            self.next += 1;
        }
        if self.column.is_none() {
            self.column = rows.column(&self.name);
        }
        let last = self.next.checked_sub(1).zip(self.column);
        last.and_then(|(row, column)| rows.value(row, column)).unwrap_or(f64::NAN)
    }
}

/// Where the series of a program stand among those of a run, found when the first bar comes.
#[derive(Debug)]
pub(super) struct Places(Vec<Option<usize>>);

impl Places {
    /// Of series with those names.
    pub(super) fn of(names: &[String], context: &Context<'_>) -> Self {
        Self(names.iter().map(|name| context.aux_place(name)).collect())
    }

    /// What is known of each now.
    pub(super) fn known<'a>(&self, context: &Context<'a>) -> [Option<KnownRows<'a>>; AUXES_MAX] {
        let mut known = [None; AUXES_MAX];
        for (rows, place) in known.iter_mut().zip(&self.0) {
            *rows = place.and_then(|place| context.aux_at(place));
        }
        known
    }
}

/// The series of a program over all bars of a run with one instrument, and the texts of its
/// template.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    series: Vec<Option<(Arc<AuxSeries>, u128)>>,
    texts: Arc<[String]>,
}

impl Sources {
    /// Those of the run with the program's names.
    pub(super) fn of(names: &[String], texts: &[String], feeds: &[AuxFeed]) -> Self {
        let series = names.iter().map(|name| {
            let feed = &feeds[of_name(feeds, name, 0)?];
            Some((Arc::clone(&feed.series), feed.key))
        });
        Self { series: series.collect(), texts: texts.into() }
    }

    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Words that tell the series apart from all others.
    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        let keys = self.series.iter().map(|series| series.as_ref().map_or(0, |(_, key)| *key));
        let keys: Vec<u64> = keys.flat_map(|key| [key as u64, (key >> 64) as u64]).collect();
        // A column is known by its place among the texts.
        let texts: Vec<u64> = if keys.is_empty() {
            Vec::new()
        } else {
            let ended = self.texts.iter().flat_map(|text| text.bytes().chain([0]));
            ended.map(u64::from).collect()
        };
        keys.into_iter().chain(texts)
    }

    /// All that is known at the end of a bar.
    pub(super) fn known(&self, end_ms: i64) -> [Option<KnownRows<'_>>; AUXES_MAX] {
        let mut known = [None; AUXES_MAX];
        for (rows, series) in known.iter_mut().zip(&self.series) {
            *rows = series.as_ref().map(|(series, _)| KnownRows::by(series, end_ms));
        }
        known
    }

    /// The values of a column at the ends of those bars.
    pub(super) fn line(
        &self,
        (of, column): (u8, u16),
        (series, range): (&Series, &Range<usize>),
    ) -> Line {
        let mut reader = Reader::new(of, column, &self.texts);
        let ends = series.bar_ends();
        let value = |bar: usize| {
            let end_ms = ends.end_ms(bar, series.bars.open_time_ms[bar]);
            reader.at(end_ms, &self.known(end_ms))
        };
        Line::Numbers(range.clone().map(value).collect())
    }
}
