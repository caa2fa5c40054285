//! A backtest: bars and a strategy in, a report out.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::bar_loop::BarLoop;
use super::benchmark::Benchmark;
use super::charges::{CarryFeed, Charges};
use super::feed::{Feed, Subscribed, place};
use super::layer::Layer;
use super::ledger::Executing;
use super::market_days::market_days;
use super::meter::Meter;
use super::observer::Observer;
use crate::market::{Calendar, Instrument, MoneyUnit, TradingDays, Units};
use crate::metrics::{Border, DailyReturns, Frame, Metrics, Segments};
use crate::strategy::{AuxFeed, AuxUse, Market, Strategy};
use crate::trading::{BarsBefore, Costs, Overflow, Rejection, Simulation, Terms, TermsError};

/// Raised whenever a change can change a number; part of the run key.
pub const ENGINE_VERSION: &str = "2";

/// A run of one strategy over some subscriptions, ready to go.
#[derive(Clone, Debug)]
pub struct Backtest<'a> {
    pub(super) simulation: &'a Simulation,
    pub(super) feeds: Vec<Feed<'a>>,
    pub(super) terms: Terms,
    pub(super) frame: Frame,
    pub(super) layer: Layer,
    /// Where the orders of each instrument fill.
    pub(super) executing: Vec<Executing<'a>>,
    /// Values beside bars, which the strategy sees as they become known.
    pub(super) aux: Vec<AuxFeed>,
    /// What holding costs or brings.
    pub(super) charges: Charges,
    /// By how many bars the strategy hears of each bar late.
    pub(super) delay_bars: usize,
    /// Where the segments begin that reports have, but for the first.
    pub(super) borders: Arc<[Border]>,
    /// Whether each of them knows how deep it fell.
    pub(super) knows_falls: bool,
    /// Whether reports have the returns of each day.
    pub(super) keeps_days: bool,
    /// Stops at the first moment from then on, as the strategy has decided there.
    pub(super) until_ms: Option<i64>,
    /// What it is measured against, in place of what is traded.
    pub(super) benchmark: Option<Benchmark>,
    /// The returns of all its days of that market, once a trial needs them.
    pub(super) market: OnceLock<Arc<[f64]>>,
}

/// What a finished run tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// All of METRICS_V2 that is defined.
    pub metrics: Metrics,
    /// Bars at whose close the equity was marked; the equity curve has one point more.
    pub bars: u64,
    /// Orders refused, by reason.
    pub rejections: BTreeMap<Rejection, u64>,
    /// The returns of each day, of a backtest that keeps them.
    pub daily: Option<DailyReturns>,
    /// What it came to between its borders, of a backtest that has some.
    pub segments: Option<Segments>,
    /// What it paid, by kind.
    pub costs: Costs,
    /// What became of the rows of auxiliary series; `None` if the strategy follows none.
    pub uses_aux: Option<AuxUse>,
}

/// Why a run has no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
    /// An amount does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// The units of each distinct instrument, in the order of subscription.
pub fn units_of_instruments(subscribed: &[Subscribed<'_>]) -> Vec<Units> {
    units(&place(subscribed))
}

fn units(feeds: &[Feed<'_>]) -> Vec<Units> {
    feeds
        .iter()
        .filter(|feed| feed.executes)
        .map(|feed| (feed.instrument, feed.series.units))
        .collect::<BTreeMap<_, _>>()
        .into_values()
        .collect()
}

impl<'a> Backtest<'a> {
    /// Brings the simulation onto the grid of the subscribed instruments; at least one.
    ///
    /// # Errors
    ///
    /// Every field of the simulation that does not fit there.
    pub fn new(
        simulation: &'a Simulation,
        subscribed: &[Subscribed<'a>],
    ) -> Result<Self, Vec<TermsError>> {
        let feeds = place(subscribed);
        let mut terms = Terms::of_instruments(simulation, &charged(subscribed, &feeds))?;
        let slips = terms.instruments.iter().any(|terms| terms.slippage_range.is_some());
        if slips || terms.max_volume_share.is_some() {
            terms.bars = bars_before(&feeds);
        }
        let frame = frame(simulation, &terms, &feeds);
        let layer = Layer::new(simulation, &feeds, terms.instruments.len());
        let executing = executing(&feeds);
        Ok(Self {
            charges: Charges::new(simulation, &charged(subscribed, &feeds)),
            simulation,
            feeds,
            terms,
            frame,
            layer,
            executing,
            aux: Vec::new(),
            delay_bars: 0,
            borders: Arc::default(),
            knows_falls: true,
            keeps_days: false,
            until_ms: None,
            benchmark: None,
            market: OnceLock::new(),
        })
    }

    /// The same with values beside bars.
    #[must_use]
    pub fn with_aux(self, aux: Vec<AuxFeed>) -> Self {
        Self { aux, ..self }
    }

    /// The same with rates and amounts that positions are charged by.
    #[must_use]
    pub fn with_carry(mut self, feeds: &[CarryFeed]) -> Self {
        self.charges.add(feeds);
        self
    }

    /// The same, measured against that market in place of what is traded.
    #[must_use]
    pub fn against(self, benchmark: Option<Benchmark>) -> Self {
        Self { benchmark, ..self }
    }

    /// The returns of the days that ended then of the market that it is measured against.
    pub(super) fn market_days(&self, ends_ms: &[i64]) -> Arc<[f64]> {
        match &self.benchmark {
            Some(benchmark) => benchmark.days(ends_ms).into(),
            None => market_days(&self.feeds, ends_ms).into(),
        }
    }

    /// The same with a strategy that hears of each bar only so many bars later, and so decides by
    /// what is old. Its account and its orders are those of now. Of a run over one subscription.
    #[must_use]
    pub fn hearing_late(self, delay_bars: usize) -> Self {
        Self { delay_bars, ..self }
    }

    /// The same, with the returns of each day in its reports.
    #[must_use]
    pub fn keeping_days(self) -> Self {
        Self { keeps_days: true, ..self }
    }

    /// The same, with its segments in its reports: cut where those days of the first subscription's
    /// market begin, which rise.
    #[must_use]
    pub fn cut_at(self, days: &[i64]) -> Self {
        let of = |day: &i64| Border { day: *day, start_ms: self.frame.days.day_start_ms(*day) };
        Self { borders: days.iter().map(of).collect(), ..self }
    }

    /// The same, whose segments have none of [`OF_FALLS`](crate::metrics::OF_FALLS): cheaper, for
    /// whoever does not ask for them.
    #[must_use]
    pub fn without_falls(self) -> Self {
        Self { knows_falls: false, ..self }
    }

    /// The return of each day of that market, once a run that keeps its days came to the last
    /// of them.
    pub fn market(&self) -> Option<&[f64]> {
        self.market.get().map(AsRef::as_ref)
    }

    /// The days that reports go by.
    pub const fn days(&self) -> &TradingDays {
        &self.frame.days
    }

    /// The instrument of each subscription, by its place among the instruments.
    pub fn instruments(&self) -> Vec<usize> {
        self.feeds.iter().map(|feed| feed.instrument as usize).collect()
    }

    /// The values beside bars.
    pub fn aux(&self) -> &[AuxFeed] {
        &self.aux
    }

    /// Lets bars that open before that time only warm the strategy up: they are delivered, but
    /// orders that it gives before the end of the last of them are thrown away, and nothing of them
    /// counts.
    #[must_use]
    pub fn trading_from(mut self, start_ms: i64) -> Self {
        for feed in &mut self.feeds {
            let opens = &feed.series.bars.open_time_ms[feed.range.clone()];
            feed.first = feed.range.start + opens.partition_point(|open_ms| *open_ms < start_ms);
        }
        self
    }

    /// How many bars the run will deliver that count.
    pub fn bar_count(&self) -> u64 {
        self.feeds.iter().map(|feed| (feed.range.end - feed.first) as u64).sum()
    }

    /// What the bars of each subscription mean.
    pub(super) fn markets(&self) -> Vec<Market> {
        self.feeds.iter().map(|feed| market(feed, self.terms.money)).collect()
    }

    /// Runs the strategy over all bars.
    ///
    /// # Errors
    ///
    /// `Stopped` if the meter says so, `Overflow` if an amount outgrows 64 bits.
    pub fn run(
        &self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
        observer: &mut impl Observer,
    ) -> Result<Report, RunError> {
        strategy.begin(&self.markets());
        let report = BarLoop::new(self, observer).run(strategy, meter)?;
        Ok(Report { uses_aux: strategy.uses_aux(), ..report })
    }
}

fn market(feed: &Feed<'_>, money: MoneyUnit) -> Market {
    let series = feed.series;
    Market { units: series.units, money, days: Arc::new(series.days.clone()) }
}

/// The instruments, in the order of their numbers, with their units.
fn charged<'a>(subscribed: &[Subscribed<'a>], feeds: &[Feed<'_>]) -> Vec<(&'a Instrument, Units)> {
    let by_number: BTreeMap<_, _> = subscribed
        .iter()
        .zip(feeds)
        .filter(|(_, feed)| feed.executes)
        .map(|(it, feed)| (feed.instrument, (it.instrument, feed.series.units)))
        .collect();
    by_number.into_values().collect()
}

/// The bars in which the orders of each instrument fill.
fn bars_before(feeds: &[Feed<'_>]) -> Vec<BarsBefore> {
    let executing = feeds.iter().filter(|feed| feed.executes);
    let by_instrument: BTreeMap<_, _> = executing
        .map(|feed| (feed.instrument, BarsBefore::new(feed.series, feed.range.clone())))
        .collect();
    by_instrument.into_values().collect()
}

fn executing<'a>(feeds: &[Feed<'a>]) -> Vec<Executing<'a>> {
    let by_instrument: BTreeMap<_, _> = feeds
        .iter()
        .filter(|feed| feed.executes)
        .map(|feed| (feed.instrument, Executing::new(feed.series)))
        .collect();
    by_instrument.into_values().collect()
}

/// Days are counted as always open as soon as one market is; they are those of the first.
fn frame(simulation: &Simulation, terms: &Terms, feeds: &[Feed<'_>]) -> Frame {
    let sessions = feeds.iter().all(|feed| feed.series.calendar == Calendar::Sessions);
    let calendar = if sessions { Calendar::Sessions } else { Calendar::AlwaysOpen };
    let finest = feeds.iter().map(|feed| feed.series.timeframe).min();
    Frame {
        money: terms.money,
        initial_cash: terms.initial_cash,
        calendar,
        periods_per_year: simulation.periods_per_year,
        risk_free_rate: simulation.risk_free_rate,
        timeframe: finest.expect("a backtest has at least one subscription"),
        days: feeds[0].series.days.clone(),
    }
}
