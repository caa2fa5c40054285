//! Runs on their way to the wire.

use std::collections::BTreeMap;

use super::allowance::told;
use super::optimization::{optimization_result, watched_trial};
use super::schedule;
use super::time::{duration, timestamp};
use crate::metrics::{Metric, Metrics};
use crate::pb;
use crate::run::{
    BacktestResult, BacktestSpec, CancelInfo, Disposition, Failure, Life, Origin, PauseInfo,
    RunKind, RunRecord, RunResult, RunSpec, Snapshot, State, StrategyRef, Subscription, WaitReason,
    Waiting,
};
use crate::runner::Submitted;
use crate::strategy::{ParamValue, ValueCount};

impl From<Submitted> for pb::SubmitResponse {
    fn from(submitted: Submitted) -> Self {
        let (run_id, state, disposition) = match submitted.run {
            Some((run_id, state, disposition)) => (
                run_id.to_string(),
                pb::RunState::from(state),
                pb::SubmitDisposition::from(disposition),
            ),
            None => (String::new(), pb::RunState::Unspecified, pb::SubmitDisposition::Unspecified),
        };
        Self {
            run_id,
            run_key: submitted.run_key.to_string(),
            total: submitted.total as i64,
            estimated_duration: submitted.estimate_ms.map(duration),
            bars_per_second: submitted.bars_per_second,
            state: state.into(),
            is_dedup: matches!(
                disposition,
                pb::SubmitDisposition::Joined | pb::SubmitDisposition::Reused
            ),
            disposition: disposition.into(),
            warnings: submitted.warnings,
            warmup_bars: submitted.warm_up.map(|bars| bars as i64),
        }
    }
}

impl From<Disposition> for pb::SubmitDisposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Created => Self::Created,
            Disposition::Joined => Self::Joined,
            Disposition::Reused => Self::Reused,
        }
    }
}

impl From<State> for pb::RunState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Running => Self::Running,
            State::Completed => Self::Completed,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
            State::Paused => Self::Paused,
        }
    }
}

impl From<RunKind> for pb::RunKind {
    fn from(kind: RunKind) -> Self {
        match kind {
            RunKind::Backtest => Self::Backtest,
            RunKind::Optimization => Self::Optimization,
            RunKind::Validation => Self::Validation,
            RunKind::WalkForward => Self::WalkForward,
            RunKind::Robustness => Self::Robustness,
        }
    }
}

impl From<&Snapshot> for pb::RunStatus {
    fn from(snapshot: &Snapshot) -> Self {
        let (result, error) = match &snapshot.life {
            Life::Completed { result, .. } => {
                (Some(run_result(result, &snapshot.watched_metrics)), None)
            }
            Life::Failed { failure, .. } => (None, Some(failure.as_ref().into())),
            Life::Pending | Life::Running { .. } | Life::Paused { .. } | Life::Cancelled { .. } => {
                (None, None)
            }
        };
        let pause = match &snapshot.life {
            Life::Paused { pause, .. } => Some(pause.into()),
            _ => None,
        };
        Self {
            run_id: snapshot.run_id.to_string(),
            kind: pb::RunKind::from(snapshot.kind).into(),
            state: pb::RunState::from(snapshot.state()).into(),
            attempt: snapshot.attempt.cast_signed(),
            sequence: snapshot.sequence.as_i64(),
            progress: Some(progress(snapshot)),
            error,
            cancel: snapshot.cancel.as_ref().map(Into::into),
            create_time: Some(timestamp(snapshot.create_ms)),
            start_time: snapshot.life.start_ms().map(timestamp),
            end_time: snapshot.life.end_ms().map(timestamp),
            waiting: snapshot.waiting.as_ref().map(Into::into),
            pause,
            result,
        }
    }
}

impl From<&Waiting> for pb::Waiting {
    fn from(waiting: &Waiting) -> Self {
        let reason = match waiting.reason {
            WaitReason::Queue => pb::WaitReason::Queue,
            WaitReason::StorageFull => pb::WaitReason::StorageFull,
            WaitReason::StorageError => pb::WaitReason::StorageError,
        };
        Self {
            reason: reason.into(),
            since_time: Some(timestamp(waiting.since_ms)),
            message: waiting.message.clone(),
        }
    }
}

fn run_result(result: &RunResult, watched: &[Metric]) -> pb::run_status::Result {
    match result {
        RunResult::Backtest(result) => pb::run_status::Result::Backtest(result.into()),
        RunResult::Optimization(result) => {
            pb::run_status::Result::Optimization(optimization_result(result, watched))
        }
        RunResult::Validation(result) => pb::run_status::Result::Validation(result.as_ref().into()),
        RunResult::WalkForward(result) => {
            pb::run_status::Result::WalkForward(result.as_ref().into())
        }
        RunResult::Robustness(result) => pb::run_status::Result::Robustness(result.as_ref().into()),
    }
}

fn progress(snapshot: &Snapshot) -> pb::Progress {
    let Snapshot { progress, kind, watched_metrics, .. } = snapshot;
    pb::Progress {
        unit: match kind {
            RunKind::Backtest => pb::ProgressUnit::Bars,
            RunKind::Optimization
            | RunKind::Validation
            | RunKind::WalkForward
            | RunKind::Robustness => pb::ProgressUnit::Trials,
        }
        .into(),
        total: progress.total as i64,
        completed: progress.completed as i64,
        failed: progress.failed as i64,
        fraction: progress.fraction(),
        per_second: progress.per_second,
        elapsed: progress.elapsed_ms.map(duration),
        remaining: progress.remaining_ms.map(duration),
        best_trial: progress.best.as_ref().map(|best| watched_trial(best, watched_metrics)),
        queue_position: progress.queue_position.cast_signed(),
    }
}

impl From<&CancelInfo> for pb::CancelInfo {
    fn from(cancel: &CancelInfo) -> Self {
        Self {
            request_time: Some(timestamp(cancel.request_ms)),
            reason: cancel.reason.clone(),
            requester: cancel.requester.clone(),
        }
    }
}

impl From<&PauseInfo> for pb::PauseInfo {
    fn from(pause: &PauseInfo) -> Self {
        Self {
            pause_time: Some(timestamp(pause.pause_ms)),
            reason: pause.reason.clone(),
            requester: pause.requester.clone(),
        }
    }
}

impl From<&Failure> for pb::RunError {
    fn from(failure: &Failure) -> Self {
        Self {
            reason: failure.reason.clone(),
            message: failure.message.clone(),
            metadata: failure.metadata.clone(),
            stack_trace: failure.stack_trace.clone(),
        }
    }
}

impl From<&BacktestResult> for pb::BacktestResult {
    fn from(result: &BacktestResult) -> Self {
        let count = |(reason, count): (&String, &u64)| (reason.clone(), *count as i64);
        Self {
            metrics: metrics(&result.metrics),
            trade_count: result.trade_count as i64,
            equity_point_count: result.equity_point_count as i64,
            result_sha256: result.result_sha256.to_string(),
            rejections: result.rejections.iter().map(count).collect(),
            rule_facts: result.rule_facts.iter().map(Into::into).collect(),
            costs: result.costs.iter().map(|(kind, it)| (kind.clone(), it.to_f64())).collect(),
            uses_aux: result.uses_aux.map(|uses| pb::AuxUse {
                acted_rows: uses.acted_rows as i64,
                stale_rows: uses.stale_rows as i64,
            }),
        }
    }
}

impl From<&ValueCount> for pb::RuleFact {
    fn from(count: &ValueCount) -> Self {
        Self {
            name: count.name.clone(),
            first_defined_bar: count.first_defined_bar.map(u64::cast_signed),
            undefined_bars: count.undefined_bars.cast_signed(),
            true_bars: count.true_bars.map(u64::cast_signed),
            instrument: count.instrument.cast_signed(),
        }
    }
}

pub(super) fn metrics(metrics: &Metrics) -> BTreeMap<String, f64> {
    metrics.defined().map(|(metric, value)| (metric.name().to_owned(), value)).collect()
}

impl From<&RunRecord> for pb::Run {
    fn from(record: &RunRecord) -> Self {
        let (deadline, compute_budget) = told(record.allowance);
        Self {
            run_id: record.snapshot.run_id.to_string(),
            run_key: record.run_key.to_string(),
            kind: pb::RunKind::from(record.snapshot.kind).into(),
            status: Some((&record.snapshot).into()),
            display_name: record.tags.display_name.clone(),
            notes: record.tags.notes.clone(),
            etag: record.tags.etag(),
            labels: record.tags.labels.clone(),
            engine_version: record.engine_version.clone(),
            owner: record.tags.owner.clone(),
            extended_run_id: match &record.spec {
                RunSpec::Optimization(spec) => spec.extends.clone().unwrap_or_default(),
                _ => String::new(),
            },
            priority: record.tags.priority,
            deadline,
            compute_budget,
            compute_time: Some(duration(record.spent_ms)),
            continue_run_id: record.continues.map_or_else(String::new, |it| it.run_id.to_string()),
            origin: record.origin.as_ref().map(Into::into),
            money_decimals: record.spec.money().decimals().cast_signed(),
            spec: Some(match &record.spec {
                RunSpec::Backtest(spec) => pb::run::Spec::Backtest(spec.into()),
                RunSpec::Optimization(spec) => pb::run::Spec::Optimization(spec.as_ref().into()),
                RunSpec::Validation(spec) => pb::run::Spec::Validation(spec.as_ref().into()),
                RunSpec::WalkForward(spec) => pb::run::Spec::WalkForward(spec.as_ref().into()),
                RunSpec::Robustness(spec) => pb::run::Spec::Robustness(spec.as_ref().into()),
            }),
        }
    }
}

impl From<&Origin> for pb::RunOrigin {
    fn from(origin: &Origin) -> Self {
        Self {
            run_id: origin.run_id.to_string(),
            manifest_sha256: origin.manifest_sha256.to_string(),
            version: origin.version.clone(),
            import_time: Some(timestamp(origin.import_ms)),
            recomputed: origin.is_recomputed,
        }
    }
}

impl From<&StrategyRef> for pb::StrategyRef {
    fn from(strategy: &StrategyRef) -> Self {
        let rules = strategy.rules.as_deref();
        Self {
            name: strategy.name.clone(),
            version: strategy.version.clone(),
            source: rules.map_or_else(String::new, |rules| rules.source.clone()),
            rule_sha256: rules.map_or_else(String::new, |rules| rules.meaning.to_string()),
        }
    }
}

impl From<&BacktestSpec> for pb::BacktestSpec {
    fn from(spec: &BacktestSpec) -> Self {
        Self {
            strategy: Some((&spec.strategy).into()),
            params: spec
                .params
                .iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            subscriptions: spec.subscriptions.iter().map(Into::into).collect(),
            time_range: Some(pb::TimeRange {
                start_time: Some(timestamp(spec.start_ms)),
                end_time: Some(timestamp(spec.end_ms)),
            }),
            warmup_bars: spec.warmup_bars as i64,
            simulation: Some((&spec.simulation).into()),
            aux: spec.aux.iter().map(Into::into).collect(),
            schedule: schedule::changes(spec),
            handover: schedule::handover_of(spec).into(),
            benchmark: spec.benchmark.as_ref().map(Into::into),
        }
    }
}

impl From<&Subscription> for pb::Subscription {
    fn from(subscription: &Subscription) -> Self {
        Self {
            exchange: subscription.instrument.exchange.to_string(),
            symbol: subscription.instrument.symbol.to_string(),
            timeframe: subscription.timeframe.to_string(),
            data_sha256: subscription.data.to_string(),
        }
    }
}

impl From<&ParamValue> for pb::ParamValue {
    fn from(value: &ParamValue) -> Self {
        use pb::param_value::Kind;
        let kind = match value {
            ParamValue::Bool(value) => Kind::BoolValue(*value),
            ParamValue::Int(value) => Kind::IntValue(*value),
            ParamValue::Double(value) => Kind::DoubleValue(*value),
            ParamValue::Text(value) => Kind::StringValue(value.clone()),
        };
        Self { kind: Some(kind) }
    }
}
