//! What each tool asks the server, and the tools that only read.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Agent;
use super::bounded;
use super::columns;
use super::failure::Failure;
use super::rpc::shown;
use super::spending;
use crate::cli::results::trials::best_first;
use crate::json;
use crate::pb;

/// What a tool has to say.
pub(super) type Answer = Result<Value, Failure>;

/// Rows of a page unless the agent says how many, and the most.
const ROWS: i32 = 20;
const ROWS_MAX: i32 = 50;
/// Points of a curve likewise.
const POINTS: i32 = 100;
const POINTS_MAX: i32 = 150;
/// The longest that a call waits for a run: clients give up on calls after half a minute.
const WAIT_MAX: Duration = Duration::from_secs(25);

/// Does what a tool does.
pub(super) async fn call(agent: &Agent, name: &str, given: Value) -> Result<String, Failure> {
    let answer = match name {
        "list_strategies" => list_strategies(agent, given).await,
        "describe_strategy" => describe_strategy(agent, given).await,
        "describe_language" => describe_language(agent, given).await,
        "check_strategy" => check_strategy(agent, given).await,
        "list_series" => list_series(agent, given).await,
        "list_runs" => list_runs(agent, given).await,
        "get_run" => get_run(agent, given).await,
        "top_trials" => top_trials(agent, given).await,
        "get_trial" => get_trial(agent, given).await,
        "failures" => failures(agent, given).await,
        "equity" => equity(agent, given).await,
        "trials_tried" => trials_tried(agent, given).await,
        "estimate" => spending::estimate(agent, given).await,
        "submit_backtest" => spending::submit_backtest(agent, given).await,
        "submit_search" => spending::submit_search(agent, given).await,
        "cancel_run" => spending::cancel(agent, given).await,
        _ => Err(Failure::Arguments(format!("{name}: is no tool"))),
    };
    bounded::text(answer?)
}

/// The arguments of a tool that are no message of the contract.
pub(super) fn arguments<T: DeserializeOwned>(given: Value) -> Result<T, Failure> {
    serde_json::from_value(given).map_err(|cause| Failure::Arguments(cause.to_string()))
}

/// The arguments of a tool that are one.
fn request<M: prost::Name + Default>(given: Value) -> Result<M, Failure> {
    json::message(given).map_err(Failure::Arguments)
}

/// As many as were asked for, as far as that is allowed.
fn count(asked: i32, usual: i32, max: i32) -> i32 {
    if asked == 0 { usual } else { asked.min(max) }
}

/// Takes fields away that say more than a list needs.
fn without(value: &mut Value, list: &str, names: &[&str]) {
    for item in value[list].as_array_mut().into_iter().flatten() {
        if let Value::Object(item) = item {
            item.retain(|name, _| !names.contains(&name.as_str()));
        }
    }
}

async fn list_strategies(agent: &Agent, given: Value) -> Answer {
    let request: pb::ListStrategiesRequest = request(given)?;
    let answer = agent.connection.strategies().list_strategies(request).await?.into_inner();
    let mut value = json::value(&answer);
    without(&mut value, "strategies", &["params", "metrics", "source", "ruleSha256"]);
    Ok(value)
}

async fn describe_strategy(agent: &Agent, given: Value) -> Answer {
    let request: pb::GetStrategyRequest = request(given)?;
    let answer = agent.connection.strategies().get_strategy(request).await?.into_inner();
    Ok(json::value(&answer))
}

/// Which function is to be told whole; without one, all of them in a line each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    function: Option<String>,
}

async fn describe_language(agent: &Agent, given: Value) -> Answer {
    let Language { function } = arguments(given)?;
    let request = pb::DescribeLanguageRequest {};
    let mut language = agent.connection.strategies().describe_language(request).await?.into_inner();
    let Some(name) = function else {
        let mut value = json::value(&language);
        value["prelude"] = Value::Null;
        let signatures = language.functions.into_iter().map(|it| Value::String(it.signature));
        value["functions"] = Value::Array(signatures.collect());
        return Ok(value);
    };
    language.functions.retain(|it| it.name == name);
    match language.functions.first() {
        Some(function) => Ok(json::value(function)),
        None => Err(Failure::Arguments(format!(
            "function: {:?} is none; without one, all are listed",
            shown(&name)
        ))),
    }
}

async fn check_strategy(agent: &Agent, given: Value) -> Answer {
    let request: pb::CheckStrategyRequest = request(given)?;
    let answer = agent.connection.strategies().check_strategy(request).await?.into_inner();
    let mut value = json::value(&answer);
    // The text, which the agent has.
    value["strategy"]["source"] = Value::Null;
    Ok(value)
}

async fn list_series(agent: &Agent, given: Value) -> Answer {
    let mut request: pb::ListSeriesRequest = request(given)?;
    request.page_size = count(request.page_size, ROWS, ROWS_MAX);
    let answer = agent.connection.market_data().list_series(request).await?.into_inner();
    Ok(json::value(&answer))
}

async fn list_runs(agent: &Agent, given: Value) -> Answer {
    let mut request: pb::ListRunsRequest = request(given)?;
    request.page_size = count(request.page_size, ROWS, ROWS_MAX);
    let answer = agent.connection.runs().list_runs(request).await?.into_inner();
    let mut value = json::value(&answer);
    let specs = ["backtest", "optimization", "walkForward", "validation", "robustness", "etag"];
    without(&mut value, "runs", &specs);
    Ok(value)
}

/// A run, how long to wait for its end, and whether its spec is wanted, too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRun {
    run_id: String,
    #[serde(default)]
    wait_s: u32,
    #[serde(default)]
    with_spec: bool,
}

async fn get_run(agent: &Agent, given: Value) -> Answer {
    let OneRun { run_id, wait_s, with_spec } = arguments(given)?;
    let wait = Duration::from_secs(wait_s.into()).min(WAIT_MAX);
    let wait = Some(prost_types::Duration { seconds: wait.as_secs() as i64, nanos: 0 });
    let request = pb::GetStatusRequest { run_id: run_id.clone(), wait };
    let answer = agent.connection.runs().get_status(request).await?.into_inner();
    if !with_spec {
        return Ok(json::value(&answer));
    }
    let answer = agent.connection.runs().get_run(pb::GetRunRequest { run_id }).await?.into_inner();
    Ok(json::value(&answer))
}

async fn top_trials(agent: &Agent, mut given: Value) -> Answer {
    let asked = columns::asked(&mut given)?;
    let mut request: pb::ListTrialsRequest = request(given)?;
    request.page_size = count(request.page_size, ROWS, ROWS_MAX);
    if request.order_by.is_empty() {
        let run = pb::GetRunRequest { run_id: request.run_id.clone() };
        let run = agent.connection.runs().get_run(run).await?.into_inner().run;
        // What is no search has no trials, which the server says itself.
        if let Some(pb::run::Spec::Optimization(spec)) = run.and_then(|run| run.spec) {
            request.order_by = best_first(&spec);
        }
    }
    let usual = columns::usual(&request.order_by, &request.filter);
    let answer = agent.connection.results().list_trials(request).await?.into_inner();
    Ok(columns::narrow(json::value(&answer), asked.as_deref(), &usual))
}

async fn get_trial(agent: &Agent, given: Value) -> Answer {
    let request: pb::GetTrialRequest = request(given)?;
    Ok(json::value(&agent.connection.results().get_trial(request).await?.into_inner()))
}

async fn failures(agent: &Agent, given: Value) -> Answer {
    let request: pb::ListFailureGroupsRequest = request(given)?;
    Ok(json::value(&agent.connection.results().list_failure_groups(request).await?.into_inner()))
}

async fn equity(agent: &Agent, given: Value) -> Answer {
    let mut request: pb::GetEquityCurveRequest = request(given)?;
    request.max_points = count(request.max_points, POINTS, POINTS_MAX);
    Ok(json::value(&agent.connection.results().get_equity_curve(request).await?.into_inner()))
}

async fn trials_tried(agent: &Agent, given: Value) -> Answer {
    let request: pb::ListLedgerRequest = request(given)?;
    Ok(json::value(&agent.connection.results().list_ledger(request).await?.into_inner()))
}
