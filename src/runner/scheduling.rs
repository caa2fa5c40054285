//! What a schedule of parameters may say.

use super::check::check_conflict;
use super::error::RunnerError;
use super::resolve::one_violation;
use crate::run::{BacktestRequest, BacktestSpec, ParamChange, Schedule, Violations};
use crate::strategy::{Params, StrategyEntry};

/// A search has none.
pub(super) fn refuse_schedule(request: &mut BacktestRequest, violations: &mut Violations) {
    if !request.schedule.is_empty() {
        let message = "is for a backtest: a search changes parameters by its trials";
        violations.add("optimization.base.schedule", message);
        request.schedule.clear();
    }
}

/// The schedule that is asked for, each change with all of its parameters; `None` where there is
/// none or it cannot be.
pub(super) fn resolve_schedule(
    path: &str,
    entry: &StrategyEntry,
    request: &BacktestRequest,
    violations: &mut Violations,
) -> Option<Box<Schedule>> {
    let mut changes = Vec::with_capacity(request.schedule.len());
    let mut before: Option<i64> = None;
    for (index, change) in request.schedule.iter().enumerate() {
        let own = format!("{path}.schedule[{index}]");
        if let Some(from_ms) = change.from_ms {
            if before.is_some_and(|before| before >= from_ms) {
                violations.add(format!("{own}.from_time"), "must be later than that before it");
            }
            before = Some(from_ms);
        }
        if change.is_flat && !change.params.is_empty() {
            violations.add(format!("{own}.params"), "say nothing where flat holds nothing");
        }
        let mut given = request.params.clone();
        given.extend(change.params.clone());
        let params = match Params::resolve(&entry.params, &given) {
            _ if change.is_flat => None,
            Ok(params) => {
                check_conflict(&own, entry, &params, violations);
                Some(params)
            }
            Err(errors) => {
                // Those of the backtest itself are told of where they stand.
                for error in errors.into_iter().filter(|it| change.params.contains_key(&it.name)) {
                    violations.add(format!("{own}.params.{}", error.name), error.message);
                }
                None
            }
        };
        changes.push(ParamChange { from_ms: change.from_ms?, params });
    }
    let handover = request.handover;
    (!changes.is_empty()).then(|| Box::new(Schedule { changes, handover }))
}

/// Whether all of it lies in the span of the run: the one that was asked for, which may begin
/// before its bars.
pub(super) fn check_span(
    spec: &BacktestSpec,
    (start_ms, end_ms): (Option<i64>, Option<i64>),
) -> Result<(), RunnerError> {
    let Some(schedule) = &spec.schedule else { return Ok(()) };
    let span = start_ms.unwrap_or(spec.start_ms)..end_ms.unwrap_or(spec.end_ms);
    let outside = schedule.changes.iter().position(|change| !span.contains(&change.from_ms));
    outside.map_or(Ok(()), |index| {
        let field = format!("backtest.schedule[{index}].from_time");
        let [from, start, end] = [schedule.changes[index].from_ms, span.start, span.end].map(utc);
        let message = format!("{from} is outside of the run's time range, {start} to {end}");
        Err(one_violation(&field, message))
    })
}

/// A moment as people write it.
fn utc(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms)
        .map_or_else(|_| format!("{time_ms} ms"), |time| time.to_string())
}
