//! Windows of a search that compares combinations across several series: a choice is a combination,
//! and goes through the days after it on every series, each with an account of its own.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::spawn_blocking;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::seen::Seen;
use super::seen_across::Together;
use super::walk::{Ended, named};
use crate::market::Decimal;
use crate::metrics::{Metric, Metrics};
use crate::run::{
    Failure, InSample, NamedMetrics, SeriesLeg, Span, WalkForwardSpec, WindowFound,
    accounts_together, in_equal_parts, returns_together,
};

/// What is known of a choice before it is followed.
#[derive(Default)]
pub(super) struct Known {
    pub in_sample: NamedMetrics,
    pub carried: NamedMetrics,
    pub series: Vec<SeriesLeg>,
}

impl Runner {
    /// What a window chooses among: its trials, or their combinations.
    pub(super) async fn compared(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        parts: [Seen; 2],
    ) -> Result<[Seen; 2], Halt> {
        let (Some(across), Some(plan)) = (spec.search.across, &attempt.job.plan) else {
            return Ok(parts);
        };
        let together =
            Together { across, stride: plan.grid().series_stride(), series: spec.account_count() };
        let objective = spec.search.objective;
        // Of half a million that takes a while: on a thread that has it.
        let comparing = spawn_blocking(move || parts.map(|it| it.across(together, objective)));
        comparing.await.map_err(|_| Halt::Stopped)
    }

    /// The metrics of what was chosen, on every series if there are several.
    pub(super) async fn known_of(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        number: usize,
        best: Option<&(u64, f64, Box<Metrics>)>,
    ) -> Result<Known, Halt> {
        let Some((index, _, metrics)) = best else { return Ok(Known::default()) };
        if spec.search.across.is_none() {
            let [in_sample, carried] = match spec.in_sample {
                InSample::Flat => [named(metrics), NamedMetrics::new()],
                InSample::Carried => self
                    .parts_of(attempt, spec, (number, *index))
                    .await?
                    .map(|metrics| named(&metrics)),
            };
            return Ok(Known { in_sample, carried, series: Vec::new() });
        }
        let mut series = Vec::new();
        for trial in trials_of(attempt, spec, *index) {
            let mut leg = SeriesLeg::resting(spec.search.base.simulation.initial_cash);
            [leg.in_sample_metrics, leg.carried_metrics] = match spec.in_sample {
                InSample::Flat => {
                    let span = spec.spans[number].in_sample;
                    [named(&*self.alone(attempt, span, trial).await?), NamedMetrics::new()]
                }
                InSample::Carried => self
                    .parts_of(attempt, spec, (number, trial))
                    .await?
                    .map(|metrics| named(&metrics)),
            };
            series.push(leg);
        }
        let carried = match spec.in_sample {
            InSample::Flat => NamedMetrics::new(),
            InSample::Carried => in_equal_parts(series.iter().map(|leg| &leg.carried_metrics)),
        };
        let in_sample = in_equal_parts(series.iter().map(|leg| &leg.in_sample_metrics));
        Ok(Known { in_sample, carried, series })
    }

    /// The accounts on all series over the days after a choice, and what they are together.
    pub(super) async fn accounts(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        found: &mut WindowFound,
        before: Option<&WindowFound>,
    ) -> Result<(), Halt> {
        let initial = spec.search.base.simulation.initial_cash;
        if found.series.is_empty() {
            found.series = (0..spec.account_count()).map(|_| SeriesLeg::resting(initial)).collect();
        }
        let trials = found.selected.map(|first| trials_of(attempt, spec, first));
        for (series, leg) in found.series.iter_mut().enumerate() {
            let left = before.and_then(|window| window.series.get(series)).map(|leg| leg.equity);
            leg.cash = left.unwrap_or(initial);
            leg.equity = leg.cash;
            let Some(trials) = &trials else { continue };
            let which = (trials[series], found.spans.out_of_sample);
            let Some(Ended { went, equity }) = self.leg(attempt, spec, which, leg.cash).await?
            else {
                // What is lost stays lost.
                leg.out_of_sample_metrics.insert(Metric::TotalReturn.name().to_owned(), 0.0);
                continue;
            };
            leg.equity = equity;
            leg.out_of_sample_metrics = named(&went.metrics);
            leg.returns = went.returns;
            leg.account_sha256 = Some(went.result_sha256);
        }
        found.cash = sum_of(&found.series, |leg| leg.cash)?;
        found.equity = sum_of(&found.series, |leg| leg.equity)?;
        let days = found.returns.len();
        if !spec.same_days {
            found.returns = Vec::new();
        }
        if found.selected.is_some() {
            found.out_of_sample_metrics = accounts_together(&found.series);
            if spec.same_days {
                found.returns = returns_together(&found.series, days);
            }
        }
        Ok(())
    }

    /// What the parameters earn that are taken where none are given, in equal parts on all series;
    /// nothing where they make no strategy.
    pub(super) async fn with_defaults(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        span: Span,
    ) -> Result<Option<f64>, Halt> {
        let count = spec.account_count();
        let earned: Vec<Option<f64>> = stream::iter(0..count)
            .then(|series| async move {
                let Some(backtest) = spec.with_defaults(span, series) else { return Ok(None) };
                let went = self.go(attempt, backtest).await?.ok();
                Ok::<_, Halt>(went.and_then(|went| went.metrics.value(Metric::TotalReturn)))
            })
            .try_collect()
            .await?;
        Ok(earned.into_iter().sum::<Option<f64>>().map(|sum| sum / count as f64))
    }
}

/// The money of all accounts.
fn sum_of(legs: &[SeriesLeg], money: fn(&SeriesLeg) -> Decimal) -> Result<Decimal, Halt> {
    let sum = legs.iter().try_fold(Decimal::ZERO, |sum, leg| sum.plus(money(leg)));
    let too_large = || Failure::new("OVERFLOW", "the money of all accounts has too many digits");
    sum.ok_or_else(|| Halt::Failed(too_large()))
}

/// The trials of a combination, that on the first series first.
fn trials_of(attempt: &Attempt, spec: &WalkForwardSpec, first: u64) -> Vec<u64> {
    let stride = attempt.job.plan.as_ref().map_or(0, |plan| plan.grid().series_stride());
    (0..spec.account_count()).map(|series| first + series * stride).collect()
}
