//! `tradeforge trials` and `tradeforge trial`: what the trials of an optimization came to.

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::connect::{Connection, GlobalArgs};
use super::error::CliError;
use super::exit::Exit;
use super::pages::{self, Page};
use super::run_name::RunName;
use super::subject::{self, Subject};
use super::trial_table::{self, Layout};
use super::{failures, figures, metrics, output, result, table, trial_metrics};
use crate::json;
use crate::pb;
use crate::pb::Goal;

/// How many trials a table shows unless told otherwise.
const TABLE_ROWS: usize = 20;

/// Lists the trials of an optimization.
#[derive(Debug, Args)]
pub struct TrialsArgs {
    /// The run: its id, the beginning of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// What to sort by; see `Order`.
    #[arg(
        long,
        value_name = "FIELD",
        allow_hyphen_values = true,
        help = "Sort by a metric or a field, downwards with a minus, as in -sharpe, params.fast or \
                trial_index [default: by the objective, the best first]"
    )]
    sort: Option<Order>,
    /// Which trials; empty means all.
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "",
        hide_default_value = true,
        help = "Only trials that fit, as in 'metrics.trade_count > 30 AND params.fast < 20'"
    )]
    filter: String,
    /// List at most this many [default: 20 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// Prints one trial of an optimization.
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// The run: its id, the beginning of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial's index
    #[arg(value_name = "INDEX")]
    trial_index: i64,
}

/// How trials are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The columns that matter most, for people.
    Table,
    /// Every parameter and metric at full precision, comma-separated.
    Csv,
    /// One JSON object with all of them.
    Json,
    /// A JSON object for each, on a line of its own.
    Jsonl,
}

/// An order of trials, as the wire takes it: `metrics.sharpe desc`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order(String);

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, direction) = match text.strip_prefix('-') {
            Some(field) => (field, " desc"),
            None => (text, ""),
        };
        let is_field = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
        if field.is_empty() || !field.bytes().all(is_field) {
            return Err(
                "write METRIC, params.NAME or trial_index, with a minus for downwards".to_owned()
            );
        }
        let is_whole = field.contains('.') || matches!(field, "trial_index" | "state");
        let prefix = if is_whole { "" } else { "metrics." };
        Ok(Self(format!("{prefix}{field}{direction}")))
    }
}

impl Order {
    /// The best trials of a search first.
    fn of(spec: &pb::OptimizationSpec) -> Self {
        let is_least_best =
            spec.objective.as_ref().is_some_and(|objective| objective.goal() == Goal::Minimize);
        let direction = if is_least_best { "" } else { " desc" };
        Self(format!("metrics.{}{direction}", subject::objective(spec)))
    }
}

/// Runs `tradeforge trials`.
pub(super) async fn list(args: &TrialsArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let run = result::fetch(&connection, &run_id).await?;
    let spec = search(&run)?;
    let Order(order_by) = args.sort.clone().unwrap_or_else(|| Order::of(spec));
    let request = pb::ListTrialsRequest {
        run_id,
        filter: args.filter.clone(),
        order_by,
        ..Default::default()
    };
    let format = if globals.is_json { Format::Json } else { args.output };
    let limit = args.limit.map(NonZeroUsize::get);
    match format {
        Format::Table | Format::Json => {
            let limit = limit.or((format == Format::Table).then_some(TABLE_ROWS));
            let response = page(&connection, request, limit).await?;
            if format == Format::Json {
                output::data(&json::object(&response))?;
            } else {
                let specs = result::metric_specs(&connection, &run).await;
                print_table(&Layout::of(spec, &specs), &response)?;
            }
        }
        Format::Jsonl => {
            each_page(&connection, request, limit, |trials| {
                let lines = trials.iter().map(|trial| json::object(trial) + "\n");
                Ok(output::data(&lines.collect::<String>())?)
            })
            .await?;
        }
        Format::Csv => {
            let specs = result::metric_specs(&connection, &run).await;
            let layout = Layout::of(spec, &specs);
            output::data(&table::csv_record(&layout.headings()))?;
            each_page(&connection, request, limit, |trials| {
                let lines = trials.iter().map(|trial| table::csv_record(&layout.record(trial)));
                Ok(output::data(&lines.collect::<String>())?)
            })
            .await?;
        }
    }
    Ok(Exit::Ok)
}

/// Runs `tradeforge trial`.
pub(super) async fn show(args: &TrialArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let trial = trial_metrics::fetch(&connection, &run_id, args.trial_index).await?;
    if globals.is_json {
        output::data(&json::object(&pb::GetTrialResponse { trial: Some(trial) }))?;
        return Ok(Exit::Ok);
    }
    let run = result::fetch(&connection, &run_id).await?;
    let specs = result::metric_specs(&connection, &run).await;
    output::data(&text(&trial, search(&run)?, &specs))?;
    if trial.error.is_none() {
        for what in ["trades", "equity"] {
            let command = format!("{what} {run_id} --trial {}", trial.trial_index);
            output::help(&format!("{what}: {}", globals.command(&command)));
        }
    }
    Ok(Exit::Ok)
}

fn search(run: &pb::Run) -> Result<&pb::OptimizationSpec, CliError> {
    result::search_spec(run).ok_or_else(|| CliError::Usage {
        message: format!("run {} is a backtest and has no trials", run.run_id),
        help: format!("see its result with: tradeforge show {}", run.run_id),
    })
}

fn print_table(layout: &Layout, response: &pb::ListTrialsResponse) -> Result<(), CliError> {
    output::data(&layout.table(&response.trials))?;
    if !response.next_page_token.is_empty() {
        let shown = figures::whole(response.trials.len() as i64);
        let all = figures::whole(response.total_size);
        output::help(&format!("{shown} of {all} trials; --limit N shows more"));
    }
    Ok(())
}

/// The first trials as one answer.
async fn page(
    connection: &Connection,
    request: pb::ListTrialsRequest,
    limit: Option<usize>,
) -> Result<pb::ListTrialsResponse, CliError> {
    let mut total_size = 0;
    let page = pages::collect(limit, async |page_size, page_token| {
        let request = pb::ListTrialsRequest { page_size, page_token, ..request.clone() };
        let response = connection.results().list_trials(request).await?.into_inner();
        total_size = response.total_size;
        Ok(Page { items: response.trials, next_token: response.next_page_token })
    });
    let Page { items: trials, next_token } = page.await?;
    Ok(pb::ListTrialsResponse { trials, next_page_token: next_token, total_size })
}

/// Page after page, so that a million trials need no more memory than one page.
async fn each_page(
    connection: &Connection,
    request: pb::ListTrialsRequest,
    limit: Option<usize>,
    take: impl FnMut(Vec<pb::TrialSummary>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let fetch = async |page_size, page_token| {
        let request = pb::ListTrialsRequest { page_size, page_token, ..request.clone() };
        let response = connection.results().list_trials(request).await?.into_inner();
        Ok(Page { items: response.trials, next_token: response.next_page_token })
    };
    pages::each(limit, fetch, take).await.map(drop)
}

/// One trial with its parameters, its metrics, and its error with the stack trace.
fn text(trial: &pb::TrialSummary, spec: &pb::OptimizationSpec, specs: &[pb::MetricSpec]) -> String {
    let objective = trial
        .objective_value
        .map(|value| format!("{} {}", subject::objective(spec), figures::exact(value)));
    let facts = table::facts(vec![
        ("trial", trial.trial_index.to_string()),
        ("state", trial_table::state(trial)),
        ("parameters", Subject::of_search(spec).params(trial)),
        ("bars", trial_table::series(trial)),
        ("objective", objective.unwrap_or_default()),
        ("took", trial.compute_duration.map(figures::span).unwrap_or_default()),
    ]);
    let rest = match &trial.error {
        Some(error) => {
            let trace = failures::indented(&error.stack_trace);
            let error = pb::RunError { stack_trace: String::new(), ..error.clone() };
            result::failure(&error) + &trace
        }
        None => metrics::table(specs, &trial.metrics, output::width()),
    };
    format!("{facts}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_metric_and_a_minus_sorts_downwards() {
        let order = |text: &str| text.parse::<Order>().map(|Order(order)| order);
        assert_eq!(order("-sharpe").unwrap(), "metrics.sharpe desc");
        assert_eq!(order("sharpe").unwrap(), "metrics.sharpe");
        assert_eq!(order("-params.fast").unwrap(), "params.fast desc");
        assert_eq!(order("trial_index").unwrap(), "trial_index");
        for text in ["", "-", "sharpe desc", "a,b"] {
            assert!(order(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_best_come_first_whichever_end_is_better() {
        let spec = |goal: Goal| pb::OptimizationSpec {
            objective: Some(pb::Objective { metric: "max_drawdown".into(), goal: goal.into() }),
            ..Default::default()
        };
        assert_eq!(Order::of(&spec(Goal::Minimize)).0, "metrics.max_drawdown");
        assert_eq!(Order::of(&spec(Goal::Maximize)).0, "metrics.max_drawdown desc");
    }

    #[test]
    fn a_failed_trial_shows_its_message_and_then_its_trace() {
        let error = pb::RunError {
            reason: "STRATEGY_PANIC".to_owned(),
            message: "index out of bounds".to_owned(),
            stack_trace: "0: on_bar\n1: run".to_owned(),
            ..Default::default()
        };
        let state = pb::TrialState::Failed.into();
        let trial =
            pb::TrialSummary { state, error: Some(error), ..trial_table::trial(5, 20, None) };
        assert_eq!(
            text(&trial, &pb::OptimizationSpec::default(), &[]),
            "trial       520\nstate       failed\nparameters  fast=5 slow=20\n\n\
             STRATEGY_PANIC: index out of bounds\n  0: on_bar\n  1: run\n"
        );
    }
}
