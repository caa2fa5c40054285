//! `tradeforge walk-forward`: a search judged by days that it had not seen.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::begin::optimize::OptimizeArgs;
use crate::cli::begin::submit;
use crate::cli::spec::changes::HandoverArgs;
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::param_text;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::submit_request::Spec;
use crate::pb::walk_forward_spec::Scheme;

/// Searches anew in every window, and runs what was best over the days after it.
#[derive(Debug, Args)]
pub struct WalkForwardArgs {
    #[command(flatten)]
    search: OptimizeArgs,
    #[command(flatten)]
    windows: WindowArgs,
}

/// How long windows are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Windows")]
struct WindowArgs {
    /// Choose by this many days
    #[arg(long = "is", value_name = "DAYS", requires = "out_of_sample")]
    in_sample: Option<i32>,
    /// Judge by this many days after them
    #[arg(long = "oos", value_name = "DAYS", requires = "in_sample")]
    out_of_sample: Option<i32>,
    /// Days from window to window [default: as many as are judged by]
    #[arg(long, value_name = "DAYS", requires = "in_sample")]
    step: Option<i32>,
    /// Days between the two that nobody looks at [default: 0]
    #[arg(long, value_name = "DAYS")]
    purge: Option<i32>,
    /// Cut all days into this many windows [default: 8]
    #[arg(long = "windows", value_name = "N", conflicts_with = "in_sample")]
    count: Option<i32>,
    /// Simulate each trial once over all days, and choose by what it came to in a part of them
    #[arg(long)]
    carried: bool,
    /// Choose by the median of each trial and its neighbours: a plateau before a lone peak
    #[arg(long)]
    plateau: bool,
    /// Choose by all days before, not by the latest
    #[arg(long)]
    anchored: bool,
    #[command(flatten)]
    handover: HandoverArgs,
}

/// Lists the windows of a walk-forward.
#[derive(Debug, Args)]
pub struct WindowsArgs {
    /// The walk-forward: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
}

impl WindowArgs {
    fn scheme(&self) -> Scheme {
        let windows = pb::Windows {
            in_sample_days: self.in_sample.unwrap_or_default(),
            out_of_sample_days: self.out_of_sample.unwrap_or_default(),
            step_days: self.step.unwrap_or_default(),
            purge_days: self.purge.unwrap_or_default(),
            window_count: self.count.unwrap_or_default(),
        };
        if self.anchored { Scheme::Anchored(windows) } else { Scheme::Rolling(windows) }
    }
}

/// Runs `tradeforge walk-forward`.
pub(in crate::cli) async fn run(
    args: &WalkForwardArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let mut request = args.search.placed_request(globals).await?;
    if let Some(Spec::Optimization(search)) = request.spec.take() {
        let plateau = args.windows.plateau;
        let smoothing = if plateau { pb::Smoothing::Median } else { pb::Smoothing::None };
        request.spec = Some(Spec::WalkForward(pb::WalkForwardSpec {
            search: Some(search),
            scheme: Some(args.windows.scheme()),
            in_sample_mode: if args.windows.carried {
                pb::InSampleMode::Carried
            } else {
                pb::InSampleMode::Flat
            }
            .into(),
            smoothing: smoothing.into(),
            handover: args.windows.handover.wire().into(),
        }));
    }
    submit::run(request, args.search.waiting(), globals).await
}

/// Runs `tradeforge windows`.
pub(in crate::cli) async fn list(
    args: &WindowsArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListWindowsRequest { run_id };
    let response = connection.results().list_windows(request).await?.into_inner();
    globals.answer(&response, |response| window_table(&response.windows))?;
    Ok(Exit::Ok)
}

fn window_table(windows: &[pb::Window]) -> String {
    let columns = [
        Column::Number("WINDOW"),
        Column::Word("CHOSEN BY"),
        Column::Word("JUDGED BY"),
        Column::Text("CHOSEN"),
        Column::Number("OBJECTIVE"),
        Column::Number("RETURN"),
        Column::Number("ALL TRIALS"),
        Column::Number("HELD"),
        Column::Number("RANK"),
        Column::Number("RANKS KEPT"),
    ];
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let percent = |value: Option<&f64>| {
        value.map_or_else(|| ABSENT.to_owned(), |value| figures::percent(*value))
    };
    let rows = windows.iter().map(|window| {
        let chosen = match window.selected_trial {
            Some(_) => param_text::params(&window.params),
            None => "nothing was feasible".to_owned(),
        };
        vec![
            window.window_index.to_string(),
            days(window.in_sample.as_ref()),
            days(window.out_of_sample.as_ref()),
            chosen,
            number(window.in_sample_objective),
            percent(window.out_of_sample_metrics.get("total_return")),
            percent(window.baselines.get("all_trials")),
            percent(window.baselines.get("buy_and_hold")),
            number(window.out_of_sample_rank),
            number(window.rank_correlation),
        ]
    });
    table::with_headings(&columns, rows.collect()) + &failures(windows)
}

/// Why trials failed, over all windows.
fn failures(windows: &[pb::Window]) -> String {
    let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for group in windows.iter().flat_map(|window| &window.failures) {
        *counts.entry((&group.reason, &group.message)).or_default() += group.count;
    }
    let line = |((reason, message), count): ((&str, &str), i64)| {
        format!("{} trials failed, {reason}: {message}\n", figures::whole(count))
    };
    counts.into_iter().map(line).collect()
}

fn days(range: Option<&pb::TimeRange>) -> String {
    let range = range.copied().unwrap_or_default();
    let day = |time: Option<prost_types::Timestamp>| {
        time.as_ref().map_or_else(|| ABSENT.to_owned(), figures::moment)
    };
    format!("{} .. {}", day(range.start_time), day(range.end_time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_says_what_was_chosen_or_that_nothing_was() {
        let window = pb::Window { in_sample_objective: Some(1.25), ..Default::default() };
        let text = window_table(&[window]);
        assert!(text.contains("nothing was feasible") && text.contains("1.25"), "{text}");
        assert!(!text.contains("failed"), "{text}");
    }

    #[test]
    fn failures_of_all_windows_are_counted_together() {
        let group = pb::FailureGroup {
            reason: "PANIC".into(),
            message: "no".into(),
            count: 700,
            ..Default::default()
        };
        let window = pb::Window { failures: vec![group], ..Default::default() };
        let text = window_table(&[window.clone(), window]);
        assert!(text.ends_with("\n1,400 trials failed, PANIC: no\n"), "{text}");
    }
}
