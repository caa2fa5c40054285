//! A submission from the wire: what can be read, and everything that is wrong with it.

use std::collections::BTreeMap;

use prost::Message as _;

use super::allowance::allowance;
use super::aux_series::aux_subscription;
use super::field::{choice, uuid};
use super::optimization::{each, optimization_request};
use super::robustness::robustness_request;
use super::schedule::{handover, schedule};
use super::simulation::simulation;
use super::tags::tags;
use super::time::time_range;
use super::validation::validation_request;
use super::walk_forward::walk_forward_request;
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::market::{Instrument, Ticker, Timeframe};
use crate::pb;
use crate::run::limits::{AUX_MAX, PARAMS_MAX, SUBSCRIPTIONS_MAX};
use crate::run::{
    Actor, BacktestRequest, Continuation, RequestId, ReusePolicy, RunId, SubmitRequest,
    SubscriptionRequest, Violations, WorkRequest,
};
use crate::strategy::ParamValue;

const REUSE_POLICIES: [(i32, ReusePolicy); 4] = [
    (pb::ReusePolicy::Unspecified as i32, ReusePolicy::JoinActive),
    (pb::ReusePolicy::JoinActive as i32, ReusePolicy::JoinActive),
    (pb::ReusePolicy::ReuseCompleted as i32, ReusePolicy::ReuseCompleted),
    (pb::ReusePolicy::AlwaysNew as i32, ReusePolicy::AlwaysNew),
];

/// Reads a submission.
pub(in crate::grpc) fn submit_request(
    mut wire: pb::SubmitRequest,
    spec: Option<&pb::submit_request::Spec>,
    axes_max: usize,
) -> SubmitRequest {
    use pb::submit_request::Spec;
    let mut violations = Violations::default();
    let mut work =
        match spec {
            None => WorkRequest::OfContinued,
            Some(Spec::Backtest(wire)) => {
                WorkRequest::Backtest(backtest_request(wire, "backtest", &mut violations))
            }
            Some(Spec::Optimization(wire)) => WorkRequest::Optimization(Box::new(
                optimization_request(wire, axes_max, &mut violations),
            )),
            Some(Spec::Validation(wire)) => {
                WorkRequest::Validation(validation_request(wire, &mut violations))
            }
            Some(Spec::WalkForward(wire)) => WorkRequest::WalkForward(Box::new(
                walk_forward_request(wire, axes_max, &mut violations),
            )),
            Some(Spec::Robustness(wire)) => {
                WorkRequest::Robustness(Box::new(robustness_request(wire, &mut violations)))
            }
        };
    extend(&mut work, &wire.extend_run_id, &mut violations);
    let continues = continuation(&wire, &mut violations);
    let reuse = choice(wire.reuse_policy, "reuse_policy", &REUSE_POLICIES, &mut violations);
    let id = uuid(&std::mem::take(&mut wire.request_id), "request_id", &mut violations);
    // Maps are ordered, so equal requests are equal bytes.
    let request = id.map(|id| RequestId { id, payload: Digest::of(&wire.encode_to_vec()) });
    SubmitRequest {
        work,
        reuse: reuse.unwrap_or(ReusePolicy::JoinActive),
        request,
        validate_only: wire.validate_only,
        allowance: allowance(wire.deadline.as_ref(), wire.compute_budget.as_ref(), &mut violations),
        tags: tags(wire, &mut violations),
        continues,
        // The edge knows.
        actor: Actor::server(),
        violations,
    }
}

/// Notes which run the work takes trials over from.
fn extend(work: &mut WorkRequest, run_id: &str, violations: &mut Violations) {
    const FIELD: &str = "extend_run_id";
    match work {
        _ if run_id.is_empty() => {}
        WorkRequest::Optimization(request) => {
            request.extends = violations.check(FIELD, run_id.parse::<RunId>());
        }
        _ => violations.add(FIELD, "is for optimizations only: they have trials to take over"),
    }
}

/// The search that was stopped.
fn continuation(wire: &pb::SubmitRequest, violations: &mut Violations) -> Option<Continuation> {
    if wire.continue_run_id.is_empty() {
        if wire.retry_failed {
            violations.add("retry_failed", "is of no use without continue_run_id");
        }
        return None;
    }
    let read = wire.continue_run_id.parse::<RunId>();
    let read = read.map_err(|error| quoted(&wire.continue_run_id, &error));
    let run_id = violations.check("continue_run_id", read)?;
    Some(Continuation { run_id, retries_failed: wire.retry_failed })
}

pub(super) fn backtest_request(
    wire: &pb::BacktestSpec,
    path: &str,
    violations: &mut Violations,
) -> BacktestRequest {
    let strategy = wire.strategy.clone().unwrap_or_default();
    let field = format!("{path}.time_range");
    let (start_ms, end_ms) = time_range(wire.time_range.as_ref(), &field, violations);
    let simulation = if let Some(wire) = &wire.simulation {
        simulation(wire, &format!("{path}.simulation"), violations)
    } else {
        violations.add(format!("{path}.simulation.initial_cash"), "is required");
        None
    };
    let warmup_bars = u64::try_from(wire.warmup_bars).unwrap_or_else(|_| {
        let message = format!("{} is below 0; 0 means none", wire.warmup_bars);
        violations.add(format!("{path}.warmup_bars"), message);
        0
    });
    let benchmark = wire.benchmark.as_ref();
    let benchmark =
        benchmark.and_then(|it| subscription(it, &format!("{path}.benchmark"), violations));
    BacktestRequest {
        strategy_name: strategy.name,
        strategy_version: strategy.version,
        strategy_source: strategy.source,
        params: params(&wire.params, &format!("{path}.params"), violations),
        subscriptions: each(
            &wire.subscriptions,
            (SUBSCRIPTIONS_MAX, &format!("{path}.subscriptions")),
            violations,
            subscription,
        ),
        start_ms,
        end_ms,
        warmup_bars,
        simulation,
        aux: each(&wire.aux, (AUX_MAX, &format!("{path}.aux")), violations, aux_subscription),
        schedule: schedule(&wire.schedule, path, violations),
        handover: handover(wire.handover, &format!("{path}.handover"), violations),
        benchmark,
    }
}

pub(super) fn params(
    wire: &BTreeMap<String, pb::ParamValue>,
    path: &str,
    violations: &mut Violations,
) -> BTreeMap<String, ParamValue> {
    let mut params = BTreeMap::new();
    violations.count_at_most(PARAMS_MAX, path, wire.len());
    for (name, value) in wire.iter().take(PARAMS_MAX) {
        match param_value(value) {
            Some(value) => _ = params.insert(name.clone(), value),
            None => violations.add(format!("{path}.{}", excerpt(name)), "has no value"),
        }
    }
    params
}

pub(super) fn param_value(wire: &pb::ParamValue) -> Option<ParamValue> {
    use pb::param_value::Kind;
    Some(match wire.kind.clone()? {
        Kind::IntValue(value) => ParamValue::Int(value),
        Kind::DoubleValue(value) => ParamValue::Double(value),
        Kind::BoolValue(value) => ParamValue::Bool(value),
        Kind::StringValue(value) => ParamValue::Text(value),
    })
}

/// Reads which bars are meant.
pub(in crate::grpc) fn subscription(
    wire: &pb::Subscription,
    path: &str,
    violations: &mut Violations,
) -> Option<SubscriptionRequest> {
    let exchange = ticker(&wire.exchange, &format!("{path}.exchange"), violations);
    let symbol = ticker(&wire.symbol, &format!("{path}.symbol"), violations);
    let timeframe = timeframe(&wire.timeframe, &format!("{path}.timeframe"), violations);
    let pinned = match wire.data_sha256.as_str() {
        "" => None,
        text => {
            let parsed = text.parse::<Digest>().map_err(|error| quoted(text, &error));
            Some(violations.check(format!("{path}.data_sha256"), parsed)?)
        }
    };
    Some(SubscriptionRequest {
        instrument: Instrument { exchange: exchange?, symbol: symbol? },
        timeframe: timeframe?,
        pinned,
    })
}

/// Reads an exchange or a symbol.
pub(in crate::grpc) fn ticker(
    text: &str,
    field: &str,
    violations: &mut Violations,
) -> Option<Ticker> {
    violations.check(field, Ticker::new(text).map_err(|error| quoted(text, &error)))
}

/// Reads a timeframe.
pub(in crate::grpc) fn timeframe(
    text: &str,
    field: &str,
    violations: &mut Violations,
) -> Option<Timeframe> {
    violations.check(field, text.parse::<Timeframe>().map_err(|error| quoted(text, &error)))
}

fn quoted(text: &str, error: &impl std::fmt::Display) -> String {
    if text.is_empty() { error.to_string() } else { format!("{:?} {error}", excerpt(text)) }
}
