//! The strategy of a backtest: one, or several that take turns.

use super::evaluate::{Bench, Stop, param_invalid};
use crate::engine::{Backtest, Observer, Report};
use crate::run::BacktestSpec;
use crate::strategy::{Change, Params, Scheduled, Strategy, Watch, Watched};

impl Bench<'_> {
    /// Runs a trial.
    pub(super) fn run(
        &self,
        backtest: &Backtest<'_>,
        params: &Params,
        observer: &mut impl Observer,
    ) -> Result<Report, Stop> {
        let strategy = self.made(backtest, params)?;
        self.run_made(backtest, strategy, None, observer).map(|(report, _)| report)
    }

    /// Runs a backtest, with what its strategy goes by.
    pub(super) fn run_watched(
        &self,
        backtest: &Backtest<'_>,
        spec: &BacktestSpec,
        watch: Option<&Watch>,
        observer: &mut impl Observer,
    ) -> Result<(Report, Watched), Stop> {
        let strategy = self.strategy_of(backtest, spec)?;
        self.run_made(backtest, strategy, watch, observer)
    }

    fn strategy_of(
        &self,
        backtest: &Backtest<'_>,
        spec: &BacktestSpec,
    ) -> Result<Box<dyn Strategy>, Stop> {
        let Some(schedule) = &spec.schedule else { return self.made(backtest, &spec.params) };
        let (sets, places) = schedule.sets(&spec.params);
        let strategies: Result<_, _> =
            sets.into_iter().map(|params| self.made(backtest, params)).collect();
        let changes = schedule.changes.iter().zip(places);
        let changes = changes.map(|(change, to)| Change { from_ms: change.from_ms, to }).collect();
        Ok(Box::new(Scheduled::new(strategies?, changes, schedule.handover)))
    }

    fn made(&self, backtest: &Backtest<'_>, params: &Params) -> Result<Box<dyn Strategy>, Stop> {
        let entry = self.strategy.as_ref().map_err(|failure| Stop::Failed(failure.clone()))?;
        entry
            .for_instruments(params, &backtest.instruments())
            .map_err(|conflict| Stop::Failed(param_invalid(conflict)))
    }

    fn run_made(
        &self,
        backtest: &Backtest<'_>,
        mut strategy: Box<dyn Strategy>,
        watch: Option<&Watch>,
        observer: &mut impl Observer,
    ) -> Result<(Report, Watched), Stop> {
        if let Some(watch) = watch {
            strategy.watch(watch);
        }
        let report = backtest.run(strategy.as_mut(), self.meter, observer)?;
        Ok((report, strategy.watched()))
    }
}
