//! What a submission is resolved on: the series that are here, or what a spec that was made
//! elsewhere says of its own.

use super::Runner;
use super::error::{MissingData, RunnerError};
use super::resolve::{Resolved, one_violation};
use super::sourcing::Sourced;
use super::span::Cut;
use crate::engine::ENGINE_VERSION;
use crate::market::{Calendar, TradingDays};
use crate::run::{
    AuxRequest, BacktestRequest, OptimizationRequest, RunSpec, SubscriptionRequest, Violations,
    WorkRequest, run_key,
};
use crate::storage::{AuxRow, Inferred, SeriesRow};

/// Where the series of a submission are looked up.
#[derive(Clone, Copy)]
pub(super) enum Ground<'s> {
    /// In the catalog, where all of them must be.
    Catalog,
    /// There as well, and what is not there is as this spec says.
    Told(&'s RunSpec),
}

impl Ground<'_> {
    pub(super) async fn sources(
        self,
        runner: &Runner,
        subscriptions: &[Option<SubscriptionRequest>],
    ) -> Result<(Vec<Sourced>, Vec<MissingData>), RunnerError> {
        let Self::Told(spec) = self else { return runner.find_sources(subscriptions).await };
        let mut sourced = Vec::new();
        for request in subscriptions.iter().flatten() {
            let Some(source) = told_source(spec, request) else { continue };
            let known = runner.store.series_version(&request.instrument, source.data).await?;
            let source = known.filter(|row| row.serves(request.timeframe)).unwrap_or(source);
            sourced.push(Sourced { request: request.clone(), source });
        }
        Ok((sourced, Vec::new()))
    }

    pub(super) async fn aux(
        self,
        runner: &Runner,
        requests: &[Option<AuxRequest>],
    ) -> Result<(Vec<(usize, AuxRow)>, Vec<MissingData>), RunnerError> {
        let (found, missing) = runner.find_aux(requests).await?;
        Ok((found, if matches!(self, Self::Told(_)) { Vec::new() } else { missing }))
    }

    pub(super) async fn cut(
        self,
        runner: &Runner,
        (sourced, are_alternatives): (&[Sourced], bool),
        start_ms: Option<i64>,
        end_ms: Option<i64>,
    ) -> Result<Cut, RunnerError> {
        let Self::Told(spec) = self else {
            return runner.cut(sourced, are_alternatives, start_ms, end_ms).await;
        };
        let (base, bars, left_out) = (spec.base(), 0, Vec::new());
        let (start_ms, end_ms, bars_before) = (base.start_ms, base.end_ms, base.warmup_bars);
        Ok(Cut { start_ms, end_ms, bars, bars_before, left_out })
    }
}

/// The series of a subscription so far as the spec tells of it; there is one unless the two were
/// made of different things.
fn told_source(spec: &RunSpec, request: &SubscriptionRequest) -> Option<SeriesRow> {
    let told = spec.markets().find(|told| {
        (&told.instrument, told.timeframe) == (&request.instrument, request.timeframe)
            && request.pinned.is_none_or(|data| data == told.data)
    })?;
    Some(SeriesRow {
        instrument: told.instrument.clone(),
        timeframe: told.timeframe,
        units: told.units,
        inferred: Inferred::default(),
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC.rule(),
        quote_currency: None,
        data: told.data,
        bar_count: 0,
        first_open_ms: spec.base().start_ms,
        end_ms: spec.base().end_ms,
        gap_count: 0,
        size_bytes: 0,
        import_ms: 0,
        source: String::new(),
    })
}

impl Runner {
    pub(super) async fn resolve_backtest(
        &self,
        request: BacktestRequest,
        violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        self.backtest_on(Ground::Catalog, request, violations).await
    }

    pub(super) async fn resolve_search(
        &self,
        request: OptimizationRequest,
        violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        self.search_on(Ground::Catalog, request, violations).await
    }

    /// The spec of a run that was computed elsewhere, as a submission of that work makes it here.
    /// Its series need not be here.
    ///
    /// # Errors
    ///
    /// Everything for which the submission would be refused; or that it is other work.
    pub async fn as_submitted(
        &self,
        work: WorkRequest,
        violations: Violations,
        told: &RunSpec,
    ) -> Result<RunSpec, RunnerError> {
        let ground = Ground::Told(told);
        let resolved = match work {
            WorkRequest::Backtest(request) => self.backtest_on(ground, request, violations).await?,
            WorkRequest::Optimization(mut request) => {
                // That many it may have made there; how many it makes is counted here.
                request.trials_max = request.trials_max.min(self.limits.trials_max);
                self.search_on(ground, *request, violations).await?
            }
            _ => return Err(one_violation("spec", "is no backtest and no search".to_owned())),
        };
        let mut spec = resolved.job.spec;
        // Which series a strategy reads was looked at so far as they are here.
        match &mut spec {
            RunSpec::Backtest(spec) => spec.aux.clone_from(&told.base().aux),
            RunSpec::Optimization(spec) => spec.base.aux.clone_from(&told.base().aux),
            RunSpec::Validation(_) | RunSpec::WalkForward(_) | RunSpec::Robustness(_) => {}
        }
        if run_key(&spec, ENGINE_VERSION) == run_key(told, ENGINE_VERSION) {
            return Ok(spec);
        }
        let message = format!("submitted here it would be other work: {}", other(told, &spec));
        Err(one_violation("spec", message))
    }
}

/// The names of what differs between two specs of one kind.
fn other(told: &RunSpec, made: &RunSpec) -> String {
    let fields = |spec: &RunSpec| {
        let value = serde_json::to_value(spec).unwrap_or_default();
        let inner = value.as_object().and_then(|kinds| kinds.values().next().cloned());
        inner.unwrap_or_default()
    };
    let (told, made) = (fields(told), fields(made));
    let names = |one: &serde_json::Value, other: &serde_json::Value| -> Vec<String> {
        let of = one.as_object().into_iter().flatten();
        of.filter(|(name, value)| other.get(name.as_str()) != Some(value))
            .map(|(name, _)| name.clone())
            .collect()
    };
    let mut found = names(&told, &made);
    if found.iter().any(|name| name == "base") {
        found.extend(names(&told["base"], &made["base"]).iter().map(|it| format!("base.{it}")));
        found.retain(|name| name != "base");
    }
    found.join(", ")
}
