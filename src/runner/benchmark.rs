//! The market that a run is measured against: its bars, and what needs one.

use super::Runner;
use super::error::{MissingData, RunnerError};
use super::ground::Ground;
use super::sourcing::Sourced;
use super::span::Cut;
use crate::metrics::Metric;
use crate::run::{BacktestRequest, OptimizationRequest, Violations};

/// What is measured against a benchmark alone.
const OF_BENCHMARKS: [Metric; 3] = [Metric::Alpha, Metric::Beta, Metric::InformationRatio];

/// Whether a search that goes by such a metric has a benchmark: else no trial could ever be better.
pub(super) fn check_measured(request: &OptimizationRequest, violations: &mut Violations) {
    if request.base.benchmark.is_some() || violations.any_under("optimization.base.benchmark") {
        return;
    }
    let more = request.more_objectives.iter().map(|it| it.metric).enumerate();
    let more = more.map(|(place, it)| (format!("more_objectives[{place}].metric"), it));
    let rules = request.constraints.iter().map(|it| it.metric).enumerate();
    let rules = rules.map(|(place, it)| (format!("constraints[{place}].metric"), it));
    let first = request.objective.map(|it| ("objective.metric".to_owned(), it.metric));
    for (field, metric) in first.into_iter().chain(more).chain(rules) {
        if OF_BENCHMARKS.contains(&metric) {
            let message = format!(
                "{} is measured against a benchmark, and this search has none: give \
                 optimization.base.benchmark (--benchmark)",
                metric.name()
            );
            violations.add(format!("optimization.{field}"), message);
        }
    }
}

impl Runner {
    /// The series of the benchmark, and what has none.
    pub(super) async fn find_benchmark(
        &self,
        ground: Ground<'_>,
        request: &BacktestRequest,
    ) -> Result<(Option<Sourced>, Vec<MissingData>), RunnerError> {
        let wanted = std::slice::from_ref(&request.benchmark);
        let (found, missing) = ground.sources(self, wanted).await?;
        Ok((found.into_iter().next(), missing))
    }

    /// What is to be said of a benchmark over the span of a run.
    ///
    /// # Errors
    ///
    /// If it has not one whole bar there.
    pub(super) async fn measured(
        &self,
        ground: Ground<'_>,
        benchmark: &Sourced,
        (start_ms, end_ms): (i64, i64),
    ) -> Result<Option<String>, RunnerError> {
        let only = std::slice::from_ref(benchmark);
        let Cut { start_ms: first_ms, end_ms: last_ms, .. } =
            ground.cut(self, (only, false), Some(start_ms), Some(end_ms)).await?;
        let day_ms = crate::market::DAY_MS;
        // Bars of one market need not begin with those of another, but on their day.
        let begins_late = first_ms - start_ms >= day_ms;
        let ends_early = end_ms - last_ms >= day_ms;
        let request = &benchmark.request;
        Ok((begins_late || ends_early).then(|| {
            format!(
                "the benchmark {request} has bars of a part of the span only: where it has none, \
                 its returns are 0"
            )
        }))
    }
}
