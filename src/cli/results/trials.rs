//! `tradeforge trials` and `tradeforge trial`: what the trials of a sweep came to.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueHint};

use crate::cli::results::failures;
use crate::cli::results::result;
use crate::cli::results::row_format::Format;
use crate::cli::results::window_trials::{self, Asked};
use crate::cli::show::metrics::{self, Catalogue};
use crate::cli::show::subject::{self, Subject};
use crate::cli::show::trial_metrics;
use crate::cli::show::trial_table::{self, Layout};
use crate::cli::text::destination::Destination;
use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::text::table;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::pages::{self, Page};
use crate::cli::wire::run_name::RunName;
use crate::export::{self, TableFile};
use crate::json;
use crate::pb;
use crate::pb::Goal;

/// How many trials a table shows unless told otherwise.
const TABLE_ROWS: usize = 20;

/// Lists the trials of a sweep.
#[derive(Debug, Args)]
pub struct TrialsArgs {
    /// The run: its id, the beginning or end of one, or @last
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
    /// Of a walk-forward, the trials of this window in both of its parts, from 0 on
    #[arg(long, value_name = "N", conflicts_with_all = ["sort", "filter"])]
    window: Option<i32>,
    /// List at most this many [default: 20 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// How to print them [default: as the name of --out ends, else table]
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
    /// Write them to this file instead of stdout, which is also -
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

/// Prints one trial of a sweep.
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial's index
    #[arg(value_name = "INDEX")]
    trial_index: i64,
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
                "write METRIC, params.NAME, across or trial_index, with a minus for downwards"
                    .to_owned(),
            );
        }
        let is_whole = field.contains('.') || matches!(field, "trial_index" | "state" | "across");
        let prefix = if is_whole { "" } else { "metrics." };
        Ok(Self(format!("{prefix}{field}{direction}")))
    }
}

impl Order {
    /// The best trials of a search first.
    fn of(spec: &pb::OptimizationSpec) -> Self {
        Self(best_first(spec))
    }
}

/// The order in which the best trials of a search come first.
pub(in crate::cli) fn best_first(spec: &pb::OptimizationSpec) -> String {
    let is_least_best =
        spec.objective.as_ref().is_some_and(|objective| objective.goal() == Goal::Minimize);
    let direction = if is_least_best { "" } else { " desc" };
    if spec.across() != pb::Across::Unspecified {
        return format!("across{direction}");
    }
    format!("metrics.{}{direction}", subject::objective(spec))
}

/// Runs `tradeforge trials`.
pub(in crate::cli) async fn list(
    args: &TrialsArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let run = result::fetch(&connection, &run_id).await?;
    if let Some(window_index) = args.window {
        let limit = args.limit.map(NonZeroUsize::get);
        let format = Format::asked(args.output, args.out.as_deref(), globals)?;
        let destination = Destination::open(args.out.as_deref())?;
        let asked = Asked { run_id, window_index, limit, format };
        return window_trials::list(&connection, &run, asked, destination).await;
    }
    if let Some(pb::run::Spec::WalkForward(_)) = &run.spec {
        return Err(CliError::Usage {
            message: format!("run {run_id} is a walk-forward: its trials are those of its windows"),
            help: format!("say which window: tradeforge trials {run_id} --window 0"),
        });
    }
    let spec = search(&run)?;
    let Order(order_by) = args.sort.clone().unwrap_or_else(|| Order::of(spec));
    let format = Format::asked(args.output, args.out.as_deref(), globals)?;
    let limit = args.limit.map(NonZeroUsize::get);
    let mut destination = Destination::open(args.out.as_deref())?;
    if let Some(format) = format.of_columns() {
        let request = pb::ExportTrialsRequest {
            run_id,
            filter: args.filter.clone(),
            order_by,
            limit: limit.unwrap_or(0) as i64,
            ..Default::default()
        };
        export_to(&mut destination, &connection, request, format).await?;
        destination.finish()?;
        return Ok(Exit::Ok);
    }
    let request = pb::ListTrialsRequest {
        run_id,
        filter: args.filter.clone(),
        order_by,
        ..Default::default()
    };
    let limit = limit.or((format == Format::Table).then_some(TABLE_ROWS));
    let response = page(&connection, request, limit).await?;
    if format == Format::Json {
        destination.write((json::object(&response) + "\n").as_bytes())?;
    } else {
        let catalogue = result::catalogue(&connection, &run).await;
        let table = Layout::of(spec, &catalogue).table(&response.trials, destination.width());
        destination.write(table.text.as_bytes())?;
        if let Some(note) = table.note() {
            output::help(&note);
        }
        tell_rest(&response);
    }
    destination.finish()?;
    Ok(Exit::Ok)
}

/// Rows as they come, so that a million trials need no more memory than some.
async fn export_to(
    destination: &mut Destination,
    connection: &Connection,
    request: pb::ExportTrialsRequest,
    format: export::Format,
) -> Result<(), CliError> {
    let mut rows = connection.results().export_trials(request).await?.into_inner();
    let mut file = TableFile::new(format);
    while let Some(rows) = rows.message().await? {
        destination.write(&file.push(rows).map_err(io::Error::other)?)?;
    }
    Ok(destination.write(&file.finish().map_err(io::Error::other)?)?)
}

/// Runs `tradeforge trial`.
pub(in crate::cli) async fn show(args: &TrialArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let trial = trial_metrics::fetch(&connection, &run_id, args.trial_index).await?;
    if globals.is_json {
        output::data(&json::object(&pb::GetTrialResponse { trial: Some(trial) }))?;
        return Ok(Exit::Ok);
    }
    let run = result::fetch(&connection, &run_id).await?;
    let catalogue = result::catalogue(&connection, &run).await;
    output::data(&text(&trial, search(&run)?, &catalogue))?;
    if trial.error.is_none() {
        for what in ["trades", "equity"] {
            let command = format!("{what} {run_id} --trial {}", trial.trial_index);
            output::help(&format!("{what}: {}", globals.command(&command)));
        }
    }
    Ok(Exit::Ok)
}

pub(in crate::cli) fn search(run: &pb::Run) -> Result<&pb::OptimizationSpec, CliError> {
    result::search_spec(run).ok_or_else(|| CliError::Usage {
        message: format!("run {} is a backtest and has no trials", run.run_id),
        help: format!("see its result with: tradeforge show {}", run.run_id),
    })
}

/// Says how many trials a page leaves out.
fn tell_rest(response: &pb::ListTrialsResponse) {
    if !response.next_page_token.is_empty() {
        let shown = figures::whole(response.trials.len() as i64);
        let all = figures::whole(response.total_size);
        output::help(&format!("{shown} of {all} trials; --limit N shows more"));
    }
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

/// One trial with its parameters, its metrics, and its error with the stack trace.
fn text(trial: &pb::TrialSummary, spec: &pb::OptimizationSpec, catalogue: &Catalogue) -> String {
    let objective = trial
        .objective_value
        .map(|value| format!("{} {}", subject::objective(spec), figures::exact(value)));
    let facts = table::facts(vec![
        ("trial", trial.trial_index.to_string()),
        ("state", trial_table::state(trial)),
        ("parameters", Subject::of_search(spec).params(trial)),
        ("bars", trial_table::series(trial)),
        ("objective", objective.unwrap_or_default()),
        ("across series", trial.across_value.map(figures::exact).unwrap_or_default()),
        ("took", trial.compute_duration.map(figures::span).unwrap_or_default()),
    ]);
    let rest = match &trial.error {
        Some(error) => {
            let trace = failures::indented(&error.stack_trace);
            let error = pb::RunError { stack_trace: String::new(), ..error.clone() };
            result::failure(&error) + &trace
        }
        None => metrics::table(catalogue, &trial.metrics, output::width()),
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
            text(&trial, &pb::OptimizationSpec::default(), &Catalogue::default()),
            "trial       520\nstate       failed\nparameters  fast=5 slow=20\n\n\
             STRATEGY_PANIC: index out of bounds\n  0: on_bar\n  1: run\n"
        );
    }
}
