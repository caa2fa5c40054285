//! `tradeforge walk-forward`: a search judged by days that it had not seen.

use std::collections::BTreeMap;

use clap::Args;

use super::connect::GlobalArgs;
use super::error::CliError;
use super::exit::Exit;
use super::figures::{self, ABSENT};
use super::optimize::OptimizeArgs;
use super::run_name::RunName;
use super::table::{self, Column};
use super::{param_text, submit};
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
    /// Choose by the median of each trial and its neighbours: a plateau before a lone peak
    #[arg(long)]
    plateau: bool,
    /// Choose by all days before, not by the latest
    #[arg(long)]
    anchored: bool,
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
pub(super) async fn run(args: &WalkForwardArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut request = args.search.placed_request(globals).await?;
    if let Some(Spec::Optimization(search)) = request.spec.take() {
        let plateau = args.windows.plateau;
        let smoothing = if plateau { pb::Smoothing::Median } else { pb::Smoothing::None };
        request.spec = Some(Spec::WalkForward(pb::WalkForwardSpec {
            search: Some(search),
            scheme: Some(args.windows.scheme()),
            smoothing: smoothing.into(),
        }));
    }
    submit::run(request, args.search.waiting(), globals).await
}

/// Runs `tradeforge windows`.
pub(super) async fn list(args: &WindowsArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListWindowsRequest { run_id };
    let response = connection.results().list_windows(request).await?.into_inner();
    globals.answer(&response, |response| window_table(&response.windows))?;
    Ok(Exit::Ok)
}

fn window_table(windows: &[pb::Window]) -> String {
    let columns = [
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

/// How windows are cut, for a description.
pub(super) fn asked(spec: &pb::WalkForwardSpec) -> Vec<(&'static str, String)> {
    let (windows, by) = match &spec.scheme {
        Some(Scheme::Anchored(windows)) => (*windows, "all days before, at least"),
        Some(Scheme::Rolling(windows)) => (*windows, "the latest"),
        None => return Vec::new(),
    };
    let purge = match windows.purge_days {
        0 => String::new(),
        days => format!("{days} days"),
    };
    vec![
        ("chosen by", format!("{by} {} days", windows.in_sample_days)),
        ("judged by", format!("{} days", windows.out_of_sample_days)),
        ("left out between", purge),
        ("step", format!("{} days", windows.step_days)),
    ]
}

/// What came out.
pub(super) fn completed(result: &pb::WalkForwardResult) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let percent = |map: &BTreeMap<String, f64>, name: &str| {
        map.get(name).map_or_else(|| ABSENT.to_owned(), |value| figures::percent(*value))
    };
    let windows = format!(
        "{}, {} of them with a profit, {} without a choice",
        result.window_count, result.profitable_window_count, result.empty_window_count
    );
    let ranks =
        format!("{} (t {})", number(result.rank_correlation), number(result.rank_correlation_t));
    let failed = match result.failed {
        0 => String::new(),
        count => figures::whole(count),
    };
    let mut facts = vec![
        ("windows", windows),
        ("trials that failed", failed),
        ("return", percent(&result.metrics, "total_return")),
        ("deepest fall, by day", percent(&result.metrics, "max_drawdown")),
        ("Sharpe ratio a day", number(result.metrics.get("sharpe_per_day").copied())),
        ("trades", number(result.metrics.get("trade_count").copied())),
        ("all trials together", percent(&result.baselines, "all_trials")),
        ("the median trial", percent(&result.baselines, "median_trial")),
        ("the defaults", percent(&result.baselines, "defaults")),
        ("the market held", percent(&result.baselines, "buy_and_hold")),
        ("the best in hindsight", percent(&result.baselines, "hindsight")),
        ("efficiency", number(result.efficiency)),
        ("ranks kept", ranks),
    ];
    let moved = |axis: &pb::AxisStability| {
        let jump =
            axis.mean_jump.map(|jump| format!(", by {} of its range", figures::percent(jump)));
        let share = figures::percent(axis.changed_share);
        format!("{} changed {share} of the time{}", axis.axis, jump.unwrap_or_default())
    };
    facts.extend(result.stability.iter().map(|axis| ("", moved(axis))));
    format!("{}\n\n{}", result.sentence, table::facts(facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_comes_first_and_what_is_not_known_is_a_dash() {
        let result = pb::WalkForwardResult {
            window_count: 8,
            sentence: "Over the days that it had not seen".into(),
            baselines: [("all_trials".to_owned(), -0.031)].into(),
            ..Default::default()
        };
        let text = completed(&result);
        assert!(text.starts_with("Over the days"), "{text}");
        assert!(text.contains("-3.10%") && text.contains("- (t -)"), "{text}");
    }

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
