//! The bars that a trial goes through.

use std::ops::Range;
use std::sync::Arc;

use super::evaluate::Bench;
use super::executor::ExecError;
use crate::data::{BarFileError, ResampledError};
use crate::digest::{Digest, Encoder};
use crate::engine::{Backtest, Benchmark, CarryFeed};
use crate::market::{AuxKey, AuxSeries, Instrument, Series};
use crate::run::{AuxSource, BacktestSpec, Subscription};
use crate::strategy::{AuxFeed, AuxNeed};
use crate::validation::{Reordering, Shaking};

/// Names bars in another order.
const REORDERED: &str = "tradeforge.reordered-bars/1";
/// Names bars with noise on their prices.
const SHAKEN: &str = "tradeforge.shaken-bars/1";

/// What is done to bars before anybody sees them.
#[derive(Clone, Copy)]
pub(super) enum Altered {
    /// They stand in another order.
    Reordered(Reordering),
    /// Their prices have noise on them.
    Shaken(Shaking),
}

/// The bars of each subscription that the run sees.
pub(super) type Loaded<'s> = Vec<(&'s Subscription, Arc<Series>, Range<usize>)>;

/// What a run reads beside the bars that it goes through.
#[derive(Clone)]
pub(super) struct Beside {
    /// Those that the strategy follows.
    aux: Vec<AuxFeed>,
    /// Those that positions are charged by.
    carry: Vec<CarryFeed>,
    /// The market that it is measured against.
    benchmark: Option<Benchmark>,
}

impl Beside {
    /// The backtest with them.
    pub(super) fn given_to(self, backtest: Backtest<'_>) -> Backtest<'_> {
        backtest.with_aux(self.aux).with_carry(&self.carry).against(self.benchmark)
    }
}

impl Bench<'_> {
    pub(super) fn load<'s>(
        &self,
        subscriptions: &'s [Subscription],
        spec: &BacktestSpec,
    ) -> Result<Loaded<'s>, ExecError> {
        let mut loaded = Vec::with_capacity(subscriptions.len());
        // All begin where the warm-up of the first does.
        let mut first_ms = None;
        for subscription in subscriptions {
            let series = self.series_of(subscription)?;
            let first_ms = *first_ms.get_or_insert_with(|| warm_from(&series, spec));
            let range = series.range(Some(first_ms), Some(spec.end_ms));
            let series = match self.altered {
                None => series,
                Some(altered) => {
                    // What warms up is as it was.
                    let counted = series.range(Some(spec.start_ms), Some(spec.end_ms));
                    Arc::new(altered.of(&series, counted))
                }
            };
            loaded.push((subscription, series, range));
        }
        Ok(loaded)
    }

    /// The bars of a subscription, all of them.
    pub(super) fn series_of(&self, subscription: &Subscription) -> Result<Arc<Series>, ExecError> {
        let series = self.bars.resampled(&subscription.data, subscription.timeframe);
        series.map_err(|error| match error {
            ResampledError::File(BarFileError::Io(..)) => ExecError::Unreadable(error.to_string()),
            ResampledError::File(_) | ResampledError::Timeframe(_) => {
                ExecError::DataMissing(error.to_string())
            }
        })
    }

    /// What a run over these bars reads beside them; an auxiliary series of an instrument that is
    /// not among them is left out.
    pub(super) fn load_aux(
        &self,
        loaded: &Loaded<'_>,
        spec: &BacktestSpec,
    ) -> Result<Beside, ExecError> {
        let mut instruments: Vec<&Instrument> = Vec::new();
        for (subscription, ..) in loaded {
            if !instruments.contains(&&subscription.instrument) {
                instruments.push(&subscription.instrument);
            }
        }
        let mut feeds = Vec::with_capacity(spec.aux.len());
        let reads = |source: &&AuxSource| self.reads(&source.key, spec);
        for AuxSource { key: source, data } in spec.aux.iter().filter(reads) {
            let owner = source.instrument.as_ref();
            let place = owner.map(|owner| instruments.iter().position(|known| *known == owner));
            if place == Some(None) {
                continue;
            }
            let series = self.aux_series(data)?;
            let instrument = place.flatten().map(|place| place as u32);
            let first = data.as_bytes().first_chunk();
            let key = first.map_or(0, |bytes| u128::from_le_bytes(*bytes));
            let name = source.name.to_string();
            feeds.push(AuxFeed { name, series, instrument, key });
        }
        let mut carry = Vec::new();
        for own in &spec.simulation.instruments {
            let place = instruments.iter().position(|known| **known == own.instrument);
            for (kind, name) in own.series() {
                let source = spec.charged_by(&own.instrument, name);
                let (Some(place), Some(AuxSource { data, .. })) = (place, source) else { continue };
                let (instrument, series) = (place as u32, self.aux_series(data)?);
                carry.push(CarryFeed { instrument, kind, series });
            }
        }
        let benchmark = spec.benchmark.as_ref().map(|it| self.series_of(it)).transpose()?;
        let span = (spec.start_ms, spec.end_ms);
        let benchmark = benchmark.map(|series| Benchmark::new(series, span));
        Ok(Beside { aux: feeds, carry, benchmark })
    }

    /// Whether the strategy reads that series: by its name, or one that nothing is charged by.
    fn reads(&self, key: &AuxKey, spec: &BacktestSpec) -> bool {
        match self.needs_aux() {
            Some(AuxNeed::Named(named)) => named.iter().any(|it| it.name == key.name.as_str()),
            _ => spec.followed().any(|source| source.key == *key),
        }
    }

    fn aux_series(&self, data: &Digest) -> Result<Arc<AuxSeries>, ExecError> {
        self.bars.load_aux(data).map_err(|error| ExecError::DataMissing(error.to_string()))
    }

    /// The name of what the bars hold.
    pub(super) fn content(&self, data: Digest) -> Digest {
        let (domain, seed, draw, part) = match self.altered {
            None => return data,
            Some(Altered::Reordered(Reordering { seed, draw })) => (REORDERED, seed, draw, None),
            Some(Altered::Shaken(Shaking { part, seed, draw })) => (SHAKEN, seed, draw, Some(part)),
        };
        let mut encoder = Encoder::new(domain);
        encoder.bytes(data.as_bytes()).integer(seed.cast_signed()).integer(draw as i64);
        if let Some(part) = part {
            encoder.double(part);
        }
        encoder.finish()
    }
}

/// Where the bars begin of which the strategy sees some before the run: at most as many of the
/// first subscription as there are.
fn warm_from(first: &Series, spec: &BacktestSpec) -> i64 {
    let start = first.range(Some(spec.start_ms), None).start;
    let warm = start.saturating_sub(usize::try_from(spec.warmup_bars).unwrap_or(usize::MAX));
    first.bars.open_time_ms[..start].get(warm).copied().unwrap_or(spec.start_ms)
}

impl Altered {
    /// The same series with that done to its bars of the range.
    fn of(self, series: &Series, range: Range<usize>) -> Series {
        let Series { timeframe, units, calendar, days, bars } = series;
        let bars = match self {
            Self::Reordered(reordering) => reordering.of(bars, range),
            Self::Shaken(shaking) => shaking.of(bars, range),
        };
        let (timeframe, units, calendar) = (*timeframe, *units, *calendar);
        Series { timeframe, units, calendar, days: days.clone(), bars }
    }
}

/// Bars that one trial goes through.
pub(super) fn bars_of(loaded: &Loaded<'_>) -> u64 {
    loaded.iter().map(|(_, _, range)| range.len() as u64).sum()
}
