//! A leg of a walk-forward's account: a backtest of which the days and the hash are kept.

use std::time::Instant;

use super::evaluate::{Bench, Stop, caught, micros, prepare};
use super::executor::{ChunkResult, ExecError, Kept, Route, Work};
use super::loaded::bars_of;
use crate::run::{BacktestSpec, Recorder, TradeRow, TrialOutcome, TrialRow};

impl Bench<'_> {
    /// Runs it; its row has the metrics, and what is kept the rest.
    pub(super) fn leg(&self, spec: &BacktestSpec) -> Result<ChunkResult, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let aux = self.load_aux(&loaded, spec)?;
        let began = Instant::now();
        let mut recorder = Recorder::default();
        let report = caught(|| {
            let backtest = prepare(&spec.simulation, spec.start_ms, &loaded)?;
            let backtest = aux.given_to(backtest.keeping_days());
            self.run_watched(&backtest, spec, None, &mut recorder).map(|(report, _)| report)
        });
        let (row, kept) = match report {
            Ok(mut report) => {
                let daily = report.daily.take();
                let days_per_year = daily.as_ref().map_or(0.0, |daily| daily.days_per_year);
                let returns = daily.map_or_else(Vec::new, |daily| daily.returns);
                let (result, trades) = recorder.finish(report);
                let trade_returns = trade_returns(spec, &trades);
                let result_sha256 = result.result_sha256;
                let kept = Kept::Leg { returns, days_per_year, result_sha256, trade_returns };
                let outcome = TrialOutcome::Completed(Box::new(result.metrics));
                let compute_us = micros(began);
                (TrialRow { trial_index: 0, outcome, compute_us, detail: None }, kept)
            }
            Err(Stop::Asked) => return Err(ExecError::Stopped),
            Err(Stop::Failed(failure)) => (TrialRow::failed(0, failure, micros(began)), Kept::Rows),
        };
        let work = Work { route: Route::Backtest, bars: bars_of(&loaded), time: began.elapsed() };
        Ok(ChunkResult { rows: vec![row], kept, work, hold: None })
    }
}

/// What each round trip earned of the equity that the ends of those before had left, as long as one
/// is left. What is open at the end has earned nothing yet.
fn trade_returns(spec: &BacktestSpec, trades: &[TradeRow]) -> Vec<f64> {
    let money = spec.money();
    let mut equity = spec.simulation.initial_cash.to_f64();
    let ended = trades.iter().filter(|row| row.trade.exit.is_some());
    let earned = ended.map(|row| money.amount(row.profit)).map_while(|profit| {
        let part = (equity > 0.0).then(|| profit / equity);
        equity += profit;
        part
    });
    earned.collect()
}
