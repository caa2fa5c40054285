//! The strategy of a backtest: one, or several that take turns.

use super::evaluate::{Bench, Stop, param_invalid};
use crate::engine::{Backtest, Observer, Report};
use crate::run::{BacktestSpec, Schedule};
use crate::strategy::{Change, Handover, Params, Scheduled, Strategy, Watch, Watched};

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
        let strategy = self.strategy_of(backtest, spec, watch)?;
        self.run_made(backtest, strategy, watch, observer)
    }

    fn strategy_of(
        &self,
        backtest: &Backtest<'_>,
        spec: &BacktestSpec,
        watch: Option<&Watch>,
    ) -> Result<Box<dyn Strategy>, Stop> {
        let Some(schedule) = &spec.schedule else { return self.made(backtest, &spec.params) };
        if schedule.handover == Handover::Adopt {
            return self.adopting(backtest, (&spec.params, schedule), watch);
        }
        let (sets, places) = schedule.sets(&spec.params);
        let strategies: Result<_, _> =
            sets.into_iter().map(|params| self.made(backtest, params)).collect();
        let changes = schedule.changes.iter().zip(places);
        let changes = changes.map(|(change, to)| Change { from_ms: change.from_ms, to }).collect();
        Ok(Box::new(Scheduled::new(strategies?, changes, schedule.handover)))
    }

    /// Each change has a strategy of its own, which has traded alone up to there.
    fn adopting(
        &self,
        backtest: &Backtest<'_>,
        (first, schedule): (&Params, &Schedule),
        watch: Option<&Watch>,
    ) -> Result<Box<dyn Strategy>, Stop> {
        let meter = self.meter.unheard();
        let (mut current, mut place) = (Some(first), 0);
        let (mut others, mut changes) = (Vec::new(), Vec::new());
        for change in &schedule.changes {
            let to = change.params.as_ref();
            if let Some(params) = to.filter(|_| to != current) {
                place = others.len() + 1;
                let alone = || -> Result<_, Stop> {
                    let mut strategy = self.made(backtest, params)?;
                    // As one that takes turns is watched.
                    if let Some(watch @ Watch::Values(_)) = watch {
                        strategy.watch(watch);
                    }
                    Ok(strategy)
                };
                let up_to = (place as u64, change.from_ms);
                let mut strategy = alone()?;
                let adopted = backtest.shadow(strategy.as_mut(), up_to, &meter)?;
                others.push(match adopted {
                    Some(adopted) => (strategy, adopted),
                    None => backtest.resting(alone()?, up_to, &meter)?,
                });
            }
            changes.push(Change { from_ms: change.from_ms, to: to.map(|_| place) });
            current = to;
        }
        Ok(Box::new(Scheduled::adopting(self.made(backtest, first)?, others, changes)))
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
