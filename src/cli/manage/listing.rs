//! `tradeforge runs`: the runs there are.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use crate::cli::results::result;
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::output;
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::pages::{self, Page};
use crate::cli::wire::run_name;
use crate::pb;
use crate::pb::run_status::Result as Outcome;

/// Lists runs, the newest first unless told otherwise.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// Only runs in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// Only runs that fit, as in: strategy = "NAME" AND labels.desk = "fx"
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// The order, as in: sharpe desc
    #[arg(long, value_name = "FIELD [desc]")]
    order: Option<String>,
    /// List at most this many
    #[arg(long, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
}

/// The states that a run can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    #[value(name = "queued", alias = "pending")]
    Pending,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}

impl State {
    /// As filters of the contract name it.
    const fn on_the_wire(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &RunsArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let filter = filter(args.state, args.filter.as_deref());
    let order = args.order.clone().unwrap_or_default();
    let mut total_size = 0;
    let page = pages::collect(Some(args.limit.get()), async |page_size, page_token| {
        let filter = filter.clone();
        let request =
            pb::ListRunsRequest { page_size, page_token, filter, order_by: order.clone() };
        let response = connection.runs().list_runs(request).await?.into_inner();
        total_size = response.total_size;
        Ok(Page { items: response.runs, next_token: response.next_page_token })
    });
    let Page { items: runs, next_token } = page.await?;
    let response = pb::ListRunsResponse { runs, next_page_token: next_token, total_size };
    globals.answer_table(&response, |response, width| table(&response.runs, width))?;
    if !globals.is_json && !response.next_page_token.is_empty() {
        let (shown, all) = (response.runs.len() as i64, figures::whole(total_size));
        output::help(&format!("{} of {all} runs; --limit N shows more", figures::whole(shown)));
    }
    Ok(Exit::Ok)
}

fn filter(state: Option<State>, filter: Option<&str>) -> String {
    let state = state.map(|state| format!("state = {}", state.on_the_wire()));
    match (state, filter) {
        (Some(state), Some(filter)) => format!("{state} AND ({filter})"),
        (state, filter) => state.or_else(|| filter.map(str::to_owned)).unwrap_or_default(),
    }
}

/// Runs in rows. An end of an id is name enough where there is no room for the whole.
fn table(runs: &[pb::Run], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("ID"),
        Column::Word("STATE"),
        Column::Number("DONE"),
        Column::Text("STRATEGY"),
        Column::Text("BARS"),
        Column::Number("RETURN"),
        Column::Word("CREATED"),
        Column::Text("NAME"),
    ];
    let mut rows: Vec<_> = runs.iter().map(row).collect();
    if !fitting::fits(&columns, &rows, width) {
        for (row, run) in rows.iter_mut().zip(runs) {
            run_name::end(&run.run_id).clone_into(&mut row[0]);
        }
    }
    fitting::fit(&columns, rows, width, &["DONE", "CREATED", "NAME", "BARS"])
}

/// The strategy, or which run a validation judges.
fn what(run: &pb::Run) -> String {
    match &run.spec {
        Some(pb::run::Spec::Validation(spec)) => {
            format!("validation of {}", run_name::end(&spec.run_id))
        }
        _ => result::strategy_name(run).to_owned(),
    }
}

fn row(run: &pb::Run) -> Vec<String> {
    let status = run.status.clone().unwrap_or_default();
    let progress = status.progress.clone().unwrap_or_default();
    let metrics = match &status.result {
        Some(Outcome::Backtest(result)) => Some(&result.metrics),
        Some(Outcome::Optimization(result)) => result.best_trial.as_ref().map(|t| &t.metrics),
        Some(Outcome::WalkForward(result)) => Some(&result.metrics),
        Some(Outcome::Robustness(result)) => Some(&result.metrics),
        Some(Outcome::Validation(_)) | None => None,
    };
    let total_return = metrics.and_then(|metrics| metrics.get("total_return"));
    let state = status.state().as_str_name().trim_start_matches("RUN_STATE_");
    vec![
        run.run_id.clone(),
        state.to_ascii_lowercase(),
        format!("{}%", (progress.fraction * 100.0).floor()),
        what(run),
        result::series_names(run),
        total_return.map_or_else(|| ABSENT.to_owned(), |&fraction| figures::percent(fraction)),
        status.create_time.as_ref().map_or_else(String::new, figures::moment_full),
        run.display_name.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_gets_the_ends_of_ids_and_the_columns_that_matter_most() {
        let run_id = "01a1fdbf-765e-781a-94c6-313d01c6ac94".to_owned();
        let run = pb::Run { run_id, display_name: "the nightly".into(), ..Default::default() };
        let wide = table(std::slice::from_ref(&run), None).text;
        assert!(wide.contains("01a1fdbf-765e-781a-94c6-313d01c6ac94"), "{wide}");
        let narrow = table(&[run], Some(70));
        assert!(narrow.text.lines().all(|line| line.chars().count() <= 70), "{}", narrow.text);
        assert!(narrow.text.contains("\n313d01c6ac94  "), "{}", narrow.text);
    }

    #[test]
    fn a_state_and_a_filter_must_both_hold() {
        assert_eq!(filter(None, None), "");
        assert_eq!(filter(Some(State::Running), None), "state = RUNNING");
        assert_eq!(filter(None, Some("kind = BACKTEST")), "kind = BACKTEST");
        let both = filter(Some(State::Failed), Some("a = 1 OR b = 2"));
        assert_eq!(both, "state = FAILED AND (a = 1 OR b = 2)");
    }
}
