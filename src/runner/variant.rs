//! Computing backtests of a run under stress: each whole and bar by bar, and nothing but its row.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::evaluate::{Bench, Stop, caught, micros, prepare};
use super::executor::{ChunkResult, ExecError, Kept, Route, Work};
use super::loaded::{Altered, Loaded};
use crate::engine::{Backtest, Observer, Report};
use crate::run::{BacktestSpec, RobustnessSpec, TrialOutcome, TrialRow, Variant};
use crate::strategy::{Params, Stay, Timed};
use crate::trading::{ExitTerms, PositionLimits, Side, Simulation, Trade};
use crate::validation::{Hold, placed_at_random};

/// When a backtest was in the market.
#[derive(Clone, Debug, Default)]
struct Holds {
    /// By bars counted from the first that counts.
    stays: Vec<Hold>,
    /// How many bars count.
    bars: u64,
}

/// Watches a backtest for that.
#[derive(Default)]
struct Stays(Vec<Trade>);

impl Observer for Stays {
    fn trade(&mut self, trade: &Trade, _profit: i64) {
        self.0.push(*trade);
    }
}

impl Bench<'_> {
    /// Those in a range of places.
    pub(super) fn variants(
        mut self,
        spec: &RobustnessSpec,
        places: &Range<u64>,
    ) -> Result<ChunkResult, ExecError> {
        let mut rows = Vec::new();
        let mut work = Work { route: Route::BarByBar, bars: 0, time: Duration::ZERO };
        let (first, count) = (places.start as usize, (places.end - places.start) as usize);
        // Those that differ in parameters alone are computed together.
        let mut together = self.neighbours(spec, places)?;
        // Found once for all that need it.
        let mut holds: Option<Result<Holds, Stop>> = None;
        for (place, variant) in (places.start..).zip(spec.variants().skip(first).take(count)) {
            let began = Instant::now();
            self.altered = match variant {
                Variant::Noise(shaking) => Some(Altered::Shaken(shaking)),
                _ => None,
            };
            let report = match variant {
                Variant::Delay(bars) => self.late(&spec.base, bars as usize)?,
                Variant::RandomEntries { seed, draw } => {
                    if holds.is_none() {
                        holds = Some(self.holds_of(&spec.base)?);
                    }
                    match &holds {
                        Some(Ok(holds)) => self.elsewhere(&spec.base, holds, seed, draw)?,
                        Some(Err(Stop::Failed(failure))) => Err(Stop::Failed(failure.clone())),
                        Some(Err(Stop::Asked)) | None => Err(Stop::Asked),
                    }
                }
                Variant::Base | Variant::Neighbour(_) if together.contains_key(&place) => {
                    work.route = Route::Columns;
                    together.remove(&place).ok_or(Stop::Asked)
                }
                Variant::Base
                | Variant::Neighbour(_)
                | Variant::Commission(_)
                | Variant::Slippage(_)
                | Variant::Noise(_)
                | Variant::Start { .. } => self.observe(&spec.backtest(&variant), &mut ())?,
            };
            let outcome = match report {
                Ok(report) => {
                    work.bars += report.bars;
                    TrialOutcome::Completed(Box::new(report.metrics))
                }
                Err(Stop::Asked) => return Err(ExecError::Stopped),
                Err(Stop::Failed(failure)) => TrialOutcome::Failed(Box::new(failure)),
            };
            work.time += began.elapsed();
            let compute_us = micros(began);
            rows.push(TrialRow { trial_index: place, outcome, compute_us, detail: None });
        }
        Ok(ChunkResult { rows, kept: Kept::Rows, work, hold: None })
    }

    /// The reports of the neighbours among these places that can be computed by columns, by place;
    /// the others go bar by bar, to the same bits.
    fn neighbours(
        &self,
        spec: &RobustnessSpec,
        places: &Range<u64>,
    ) -> Result<BTreeMap<u64, Report>, ExecError> {
        let (first, count) = (places.start as usize, (places.end - places.start) as usize);
        let own = (places.start..).zip(spec.variants().skip(first).take(count));
        let is_moved = |variant: &Variant| matches!(variant, Variant::Base | Variant::Neighbour(_));
        let trials: Vec<(u64, Params)> = own
            .filter(|(_, variant)| is_moved(variant))
            .map(|(place, variant)| (place, spec.backtest(&variant).params))
            .collect();
        if trials.len() < 2 || spec.base.schedule.is_some() {
            return Ok(BTreeMap::new());
        }
        let loaded = self.load(&spec.base.subscriptions, &spec.base)?;
        let aux = self.load_aux(&loaded, &spec.base)?;
        let Ok(backtest) = prepare(&spec.base.simulation, spec.base.start_ms, &loaded) else {
            return Ok(BTreeMap::new());
        };
        let backtest = aux.given_to(backtest);
        let reports = self.by_columns(&backtest, &loaded, &trials, spec.base.start_ms)?;
        let known = trials.into_iter().zip(reports);
        Ok(known.filter_map(|((place, _), report)| Some((place, report?))).collect())
    }

    /// With a strategy that hears of each bar so many bars late.
    fn late(
        &self,
        spec: &BacktestSpec,
        delay_bars: usize,
    ) -> Result<Result<Report, Stop>, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let beside = self.load_aux(&loaded, spec)?;
        Ok(caught(|| {
            let backtest = prepare(&spec.simulation, spec.start_ms, &loaded)?;
            let backtest = beside.given_to(backtest);
            self.run(&backtest.hearing_late(delay_bars), &spec.params, &mut ())
        }))
    }

    /// When the backtest was in the market.
    fn holds_of(&self, spec: &BacktestSpec) -> Result<Result<Holds, Stop>, ExecError> {
        let mut stays = Stays::default();
        let report = self.observe(spec, &mut stays)?;
        let loaded = self.load(&spec.subscriptions, spec)?;
        Ok(report.map(|report| {
            let (first, bars) = (first_bar(&loaded, spec), report.bars);
            let hold = |trade: &Trade| Hold {
                is_long: trade.side == Side::Long,
                start: trade.entry_bar.saturating_sub(first),
                end: trade.exit.map_or(bars, |exit| exit.bar.saturating_sub(first)),
            };
            Holds { stays: stays.0.iter().map(hold).collect(), bars }
        }))
    }

    /// In the market as often and as long, at times of that draw.
    fn elsewhere(
        &self,
        spec: &BacktestSpec,
        holds: &Holds,
        seed: u64,
        draw: u64,
    ) -> Result<Result<Report, Stop>, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let stay = |hold: Hold| Stay {
            side: if hold.is_long { Side::Long } else { Side::Short },
            start: hold.start,
            end: hold.end,
        };
        let stays = placed_at_random(&holds.stays, holds.bars, seed, draw);
        let mut timed = Timed::new(stays.into_iter().map(stay).collect(), spec.start_ms);
        let simulation = without_exits(&spec.simulation);
        // Holding costs chance what it costs the strategy.
        let beside = self.load_aux(&loaded, spec)?;
        Ok(caught(|| {
            let backtest: Backtest<'_> = prepare(&simulation, spec.start_ms, &loaded)?;
            let backtest = beside.given_to(backtest);
            Ok(backtest.run(&mut timed, self.meter, &mut ())?)
        }))
    }
}

/// The account with nothing that would end a stay before its time, or refuse one.
fn without_exits(simulation: &Simulation) -> Simulation {
    let (exits, limits) = (ExitTerms::NONE, PositionLimits::NONE);
    Simulation { exits, limits, ..simulation.clone() }
}

/// The place in its series of the first bar that counts.
fn first_bar(loaded: &Loaded<'_>, spec: &BacktestSpec) -> u64 {
    loaded.first().map_or(0, |(_, series, range)| {
        series.range(Some(spec.start_ms), None).start.max(range.start) as u64
    })
}
