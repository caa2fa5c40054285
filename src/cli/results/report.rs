//! `tradeforge report`: what a run did by month and year, its deepest falls, and its days.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::list_format::ListFormat;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Prints returns by month and year, the deepest falls and the figures of the days.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// Days of each window of the rolling figures, 2 to 2520 [default: 63]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(2..=2520))]
    rolling: Option<u16>,
    /// How to print it; CSV has the returns by month and year
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

pub(in crate::cli) const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const PERIOD_FIELDS: [&str; 4] = ["year", "month", "return", "benchmark"];

/// How a figure is written.
#[derive(Clone, Copy)]
enum Written {
    Percent,
    Number,
    Money,
}

/// The figures in the order in which they are read, with what they are called.
const FIGURES: [(&str, &str, Written); 13] = [
    ("best_day", "best day", Written::Percent),
    ("worst_day", "worst day", Written::Percent),
    ("positive_days", "days with a gain", Written::Percent),
    ("value_at_risk", "value at risk, 95 %", Written::Percent),
    ("conditional_value_at_risk", "beyond it, on average", Written::Percent),
    ("omega", "omega", Written::Number),
    ("tail_ratio", "tail ratio", Written::Number),
    ("average_mae", "average worst of a trade", Written::Money),
    ("average_mfe", "average best of a trade", Written::Money),
    ("funding_paid", "funding paid", Written::Money),
    ("dividends_paid", "dividends paid", Written::Money),
    ("borrowing_paid", "borrowing paid", Written::Money),
    ("interest_paid", "interest paid", Written::Money),
];

/// Runs `tradeforge report`.
pub(in crate::cli) async fn run(args: &ReportArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    args.output.check(globals)?;
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let rolling_days = args.rolling.map(i32::from).unwrap_or_default();
    let request = pb::GetReportRequest { run_id, trial_index: args.trial, rolling_days };
    let response = connection.results().get_report(request).await?.into_inner();
    globals.answer(&response, |report| match args.output {
        ListFormat::Table => text(report),
        ListFormat::Csv => table::csv(&PERIOD_FIELDS, report.returns.iter().map(record)),
    })?;
    Ok(Exit::Ok)
}

fn text(report: &pb::GetReportResponse) -> String {
    let parts = [year_table(&report.returns), fall_table(&report.drawdowns), figure_list(report)];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn year_table(returns: &[pb::PeriodReturn]) -> String {
    let rows = year_rows(returns);
    if rows.is_empty() {
        return String::new();
    }
    let mut columns = vec![Column::Word("YEAR")];
    columns.extend(MONTHS.map(Column::Number));
    columns.extend([Column::Number("WHOLE"), Column::Number("HELD")]);
    table::with_headings(&columns, rows)
}

/// A year on each line, with its months, itself, and the benchmark's year.
pub(in crate::cli) fn year_rows(returns: &[pb::PeriodReturn]) -> Vec<Vec<String>> {
    let by_period: BTreeMap<_, _> =
        returns.iter().map(|period| ((period.year, period.month), period)).collect();
    let of = |year, month| {
        let period = by_period.get(&(year, month));
        period.map_or_else(|| ABSENT.to_owned(), |period| figures::percent(period.value))
    };
    let years = returns.iter().filter(|period| period.month == 0);
    years
        .map(|year| {
            let benchmark = year.benchmark.map_or_else(|| ABSENT.to_owned(), figures::percent);
            let months = (1..=12).map(|month| of(year.year, month));
            let whole = [figures::percent(year.value), benchmark];
            [year.year.to_string()].into_iter().chain(months).chain(whole).collect()
        })
        .collect()
}

fn fall_table(falls: &[pb::DrawdownPeriod]) -> String {
    if falls.is_empty() {
        return String::new();
    }
    let columns = [
        Column::Number("FALL"),
        Column::Word("FROM"),
        Column::Word("LOWEST"),
        Column::Word("BACK"),
    ];
    table::with_headings(&columns, fall_rows(falls))
}

/// Each fall with its depth, its beginning, its lowest day and the day on which it was made up for.
pub(in crate::cli) fn fall_rows(falls: &[pb::DrawdownPeriod]) -> Vec<Vec<String>> {
    let rows = falls.iter().map(|fall| {
        let date =
            |time: &Option<_>| time.as_ref().map_or_else(|| ABSENT.to_owned(), figures::moment);
        vec![
            figures::percent(fall.depth),
            date(&fall.start_time),
            date(&fall.trough_time),
            fall.end_time.as_ref().map_or_else(|| "not yet".to_owned(), figures::moment),
        ]
    });
    rows.collect()
}

fn figure_list(report: &pb::GetReportResponse) -> String {
    table::facts(day_facts(report))
}

/// The figures of the days, with what they are called.
pub(in crate::cli) fn day_facts(report: &pb::GetReportResponse) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&str, String)> = FIGURES
        .iter()
        .filter_map(|(name, title, written)| {
            let value = *report.figures.get(*name)?;
            Some((
                *title,
                match written {
                    Written::Percent => figures::percent(value),
                    Written::Number => figures::fixed(value, 3),
                    Written::Money => figures::fixed(value, 2),
                },
            ))
        })
        .collect();
    facts.push((
        "rolling Sharpe ratio",
        range(&report.rolling_sharpe, |value| figures::fixed(value, 2)),
    ));
    facts.push(("rolling volatility", range(&report.rolling_volatility, figures::percent)));
    facts.push(("rolling exposure", range(&report.rolling_exposure, figures::percent)));
    facts
}

/// The least, the greatest and the last of them; nothing of none.
fn range(values: &[f64], written: impl Fn(f64) -> String) -> String {
    let Some(&last) = values.last() else { return String::new() };
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} to {}, {} at the end", written(least), written(greatest), written(last))
}

fn record(period: &pb::PeriodReturn) -> Vec<String> {
    let month = if period.month == 0 { String::new() } else { period.month.to_string() };
    let benchmark = period.benchmark.map(|value| value.to_string()).unwrap_or_default();
    vec![period.year.to_string(), month, period.value.to_string(), benchmark]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(year: i32, month: i32, value: f64, benchmark: Option<f64>) -> pb::PeriodReturn {
        pb::PeriodReturn { year, month, value, benchmark }
    }

    fn report() -> pb::GetReportResponse {
        pb::GetReportResponse {
            returns: vec![
                period(2_024, 11, 0.1, Some(0.5)),
                period(2_024, 12, -0.05, Some(0.0)),
                period(2_024, 0, 0.045, Some(0.5)),
            ],
            drawdowns: vec![pb::DrawdownPeriod {
                start_time: Some(figures::from_unix_ms(1_733_011_200_000)),
                trough_time: Some(figures::from_unix_ms(1_733_097_600_000)),
                end_time: None,
                depth: 0.05,
            }],
            rolling_sharpe: vec![1.0, -0.5, 0.25],
            rolling_exposure: vec![0.5, 0.125],
            figures: [("best_day".to_owned(), 0.031)].into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_year_is_a_line_with_its_months_and_what_holding_brought() {
        let text = text(&report());
        let line = text.lines().nth(1).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..2], ["2024", "-"]);
        assert_eq!(words[11..], ["10.00%", "-5.00%", "4.50%", "50.00%"]);
        assert!(text.contains("5.00%  2024-12-01  2024-12-02  not yet"), "{text}");
        assert!(text.contains("-0.50 to 1.00, 0.25 at the end"), "{text}");
        assert!(text.contains("12.50% to 50.00%, 12.50% at the end"), "{text}");
        assert!(text.contains("3.10%") && !text.contains("omega"), "{text}");
    }

    #[test]
    fn csv_has_the_periods_at_full_precision() {
        let csv = table::csv(&PERIOD_FIELDS, report().returns.iter().map(record));
        assert_eq!(
            csv.lines().collect::<Vec<_>>()[1..],
            ["2024,11,0.1,0.5", "2024,12,-0.05,0", "2024,,0.045,0.5"]
        );
    }
}
