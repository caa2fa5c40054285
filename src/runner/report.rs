//! The report of a finished backtest or trial: computed again, for nothing of it is kept.

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::RunnerError;
use crate::metrics::{Day, Fall, Period, Rolling};
use crate::run::{BacktestSpec, ReportRecorder, RunId};

/// Falls that a report tells.
const FALLS_TOLD: usize = 10;

/// What a report tells.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// The days that count, in their order.
    pub days: Vec<Day>,
    /// What one unit of money would be worth at the end of each had it been put into the instrument
    /// of the first subscription at its first open.
    pub held: Vec<f64>,
    /// Months, then years.
    pub periods: Vec<Period>,
    /// The deepest first.
    pub falls: Vec<Fall>,
    /// The figures of each window.
    pub rolling: Rolling,
    /// Figures of tails and trades by name; an undefined one is absent.
    pub figures: Vec<(&'static str, f64)>,
}

impl Runner {
    /// The report of a completed backtest or of a trial, with figures over each window of so many
    /// days.
    ///
    /// # Errors
    ///
    /// As for the equity curve.
    pub async fn report(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
        rolling_days: usize,
    ) -> Result<(BacktestSpec, RunReport), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let (recorder, _) = self.replay(&finished, ReportRecorder::default()).await?;
        let Some((daily, mut figures)) = recorder.finish(finished.spec.money()) else {
            return Ok((finished.spec, RunReport::default()));
        };
        let times = daily.days.iter().map(|day| day.end_ms).collect();
        let held = self.held(&finished, times).await?;
        // Windows of ten years over a hundred take longer than whoever answers may.
        let report = spawn_blocking(move || {
            figures.extend(daily.tails());
            RunReport {
                periods: daily.periods(&held),
                falls: daily.falls(FALLS_TOLD),
                rolling: daily.rolling(rolling_days),
                days: daily.days,
                held,
                figures,
            }
        });
        let report = report.await.map_err(std::io::Error::other)?;
        Ok((finished.spec, report))
    }
}
