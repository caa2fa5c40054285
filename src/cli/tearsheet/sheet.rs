//! A tear sheet as HTML: what was asked for, what came out, and every figure as the server told it.

use std::fmt::Write as _;

use super::chart::{self, Line};
use super::gather::{Gathered, Report};
use super::{heat_map, markup};
use crate::cli::results::report;
use crate::cli::results::result;
use crate::cli::results::trades;
use crate::cli::show::metrics;
use crate::cli::show::metrics::Catalogue;
use crate::cli::show::subject;
use crate::cli::text::figures;
use crate::cli::text::swept::swept_names;
use crate::pb;

const STYLE: &str = include_str!("style.css");
const FALL_HEADINGS: [&str; 4] = ["Fall", "From", "Lowest", "Back"];

/// The whole file.
pub(super) fn html(gathered: &Gathered) -> String {
    let Gathered { run, catalogue, .. } = gathered;
    let what = result::title(run);
    let name = if run.display_name.is_empty() { &what } else { &run.display_name };
    let name = markup::text(name);
    let notes = match run.notes.as_str() {
        "" => String::new(),
        notes => format!("<p class=notes>{}</p>\n", markup::text(notes)),
    };
    let facts = markup::facts(&result::facts(run));
    // What has no name is called by what it does.
    let what = if run.display_name.is_empty() { String::new() } else { markup::text(&what) };
    let body = [
        format!("<h1>{name}</h1>\n<p>{what}</p>\n{notes}"),
        search(gathered),
        gathered.report.as_ref().map(|of| one(of, catalogue)).unwrap_or_default(),
        findings(gathered),
        format!("<div class=wide>{}</div>", markup::section("What was run", &facts)),
    ];
    format!(
        "<!doctype html>\n<html lang=en>\n<head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\">\n<title>{name}</title>\n\
         <style>{STYLE}</style></head>\n<body>\n{}</body>\n</html>\n",
        body.concat()
    )
}

/// What came out of kinds of runs that are neither a backtest nor a search, in the words of the
/// command line.
fn findings(gathered: &Gathered) -> String {
    let Gathered { run, catalogue, report, .. } = gathered;
    if report.is_some() || gathered.trial_count > 0 {
        return String::new();
    }
    let text = markup::text(&result::outcome(run, catalogue, None));
    markup::section("Findings", &format!("<pre>{text}</pre>\n"))
}

fn search(gathered: &Gathered) -> String {
    let Gathered { run, catalogue, trials, trial_count, .. } = gathered;
    let Some(spec) = result::search_spec(run).filter(|_| *trial_count > 0) else {
        return String::new();
    };
    let text = markup::text(&result::outcome(run, catalogue, None));
    let objective = subject::objective(spec);
    let figure = |value: f64| catalogue.figure(objective, value);
    let is_maximized = is_maximized(spec, catalogue, objective);
    let mut map = heat_map::html(trials, &swept_names(spec), is_maximized, &figure);
    let shown = trials.len() as i64;
    if !map.is_empty() && shown < *trial_count {
        let (shown, all) = (figures::whole(shown), figures::whole(*trial_count));
        _ = writeln!(map, "<p>Of the first {shown} of {all} trials.</p>");
    }
    markup::section("The search", &format!("<pre>{text}</pre>\n"))
        + &markup::section(&format!("{objective} of each pair, its best trial"), &map)
}

fn is_maximized(spec: &pb::OptimizationSpec, catalogue: &Catalogue, objective: &str) -> bool {
    let asked = spec.objective.as_ref().map(pb::Objective::goal);
    let natural = || catalogue.specs.iter().find(|spec| spec.name == objective);
    let goal = match asked {
        Some(goal) if goal != pb::Goal::Unspecified => goal,
        _ => natural().map_or(pb::Goal::Unspecified, pb::MetricSpec::natural_goal),
    };
    goal != pb::Goal::Minimize
}

/// One backtest: its lines, its figures, its months and its trades.
fn one(report: &Report, catalogue: &Catalogue) -> String {
    let Report { trial, metrics, curve, periods, trades, trade_count } = report;
    let rows = metrics::rows(catalogue, metrics);
    let pairs: Vec<_> = rows
        .into_iter()
        .filter_map(|row| row.try_into().ok())
        .map(|[a, b]: [String; 2]| (a, b))
        .collect();
    let headings: Vec<&str> =
        ["Year"].into_iter().chain(report::MONTHS).chain(["Whole", "Held"]).collect();
    let shown = trades.len() as i64;
    let rest = match trade_count - shown {
        0 => String::new(),
        _ => format!(
            "<p>The first {} of {} trades.</p>\n",
            figures::whole(shown),
            figures::whole(*trade_count)
        ),
    };
    let title = trial.as_ref().map(|it| format!("Trial {}", figures::whole(it.trial_index)));
    let trade_table =
        markup::table(&trades::TRADE_HEADINGS, 5, &trades::trade_rows(trades)) + &rest;
    [
        markup::section(title.as_deref().unwrap_or("Equity"), &lines(curve)),
        markup::section("Figures", &markup::facts(&pairs)),
        markup::section(
            "Returns by month and year",
            &markup::table(&headings, 1, &report::year_rows(&periods.returns)),
        ),
        markup::section(
            "The deepest falls",
            &markup::table(&FALL_HEADINGS, 4, &report::fall_rows(&periods.drawdowns)),
        ),
        markup::section("Days", &markup::facts(&report::day_facts(periods))),
        markup::section("Trades", &format!("<div class=trades>{trade_table}</div>")),
    ]
    .concat()
}

fn lines(curve: &pb::GetEquityCurveResponse) -> String {
    let times = &curve.time_unix_ms;
    let mut equity = vec![Line { name: "Equity", class: "a", values: &curve.equity }];
    if curve.benchmark.len() == times.len() {
        equity.push(Line { name: "Buy and hold", class: "b", values: &curve.benchmark });
    }
    let fall: Vec<f64> = curve.drawdown.iter().map(|fall| -fall).collect();
    let fall = [Line { name: "Drawdown", class: "c", values: &fall }];
    chart::lines("Equity", times, &equity, |money| figures::fixed(money, 2))
        + &chart::lines("Drawdown", times, &fall, figures::percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered() -> Gathered {
        let curve = pb::GetEquityCurveResponse {
            time_unix_ms: vec![0, 86_400_000],
            equity: vec![10_000.0, 11_000.0],
            drawdown: vec![0.0, 0.25],
            benchmark: vec![10_000.0, 9_500.0],
            ..Default::default()
        };
        let periods = pb::GetReportResponse {
            returns: vec![pb::PeriodReturn { year: 1970, month: 0, value: 0.1, benchmark: None }],
            ..Default::default()
        };
        let trade = pb::Trade { symbol: "<b>".to_owned(), ..Default::default() };
        let report = Report {
            trial: None,
            metrics: [("total_return".to_owned(), 0.1)].into(),
            curve,
            periods,
            trades: vec![trade],
            trade_count: 3,
        };
        let run = pb::Run {
            display_name: "<script>".to_owned(),
            notes: "judged & found wanting".to_owned(),
            ..Default::default()
        };
        Gathered {
            run,
            catalogue: Catalogue::default(),
            report: Some(report),
            trials: Vec::new(),
            trial_count: 0,
        }
    }

    #[test]
    fn a_sheet_has_every_part_and_asks_nobody_for_anything() {
        let html = html(&gathered());
        for part in [
            "<title>&lt;script&gt;</title>",
            "judged &amp; found wanting",
            "Equity <b>11,000.00</b>",
            "Buy and hold <b>9,500.00</b>",
            "Drawdown <b>-25.00%</b>",
            "<dt>total_return</dt><dd>0.100</dd>",
            "<td>1970</td>",
            "10.00%",
            "<td>&lt;b&gt;</td>",
            "The first 1 of 3 trades.",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        for foreign in ["<script", "http:", "https:", "url(", "@import", "src="] {
            assert!(!html.contains(foreign), "{foreign}");
        }
    }
}
