//! `tradeforge values`: what the definitions of a strategy as text were, bar by bar.

use clap::Args;

use crate::cli::text::args::Moment;
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::output;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::list_format::ListFormat;
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::column::Values;

/// Prints what the definitions of a strategy as text were.
#[derive(Debug, Args)]
pub struct ValuesArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Definitions, or conditions as the order and its line, as in "enter long:9" [default: all
    /// definitions]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// The first moment, as in 2022, 2022-01, 2022-01-15 (of UTC) or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// The moment after the last
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// At most this many bars, evenly spread [default: 2000]
    #[arg(long, value_name = "N")]
    points: Option<u16>,
    /// Of which instrument of the run, by its place from 0
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    instrument: u16,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

/// Runs `tradeforge values`.
pub(in crate::cli) async fn run(args: &ValuesArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    args.output.check(globals)?;
    let connection = globals.connect().await?;
    let has_range = args.from.is_some() || args.to.is_some();
    let request = pb::GetRuleValuesRequest {
        run_id: args.run.resolve(&connection).await?,
        trial_index: args.trial,
        names: args.names.clone(),
        time_range: has_range.then(|| pb::TimeRange {
            start_time: args.from.map(Into::into),
            end_time: args.to.map(Into::into),
        }),
        max_points: args.points.map(i32::from).unwrap_or_default(),
        instrument: args.instrument.into(),
    };
    let response = connection.results().get_rule_values(request).await?.into_inner();
    globals.answer(&response, |values| match args.output {
        ListFormat::Table => values_table(values),
        ListFormat::Csv => csv(values),
    })?;
    let shown = response.time_unix_ms.len() as i64;
    if shown < response.total_bars && !globals.is_json {
        let (shown, all) = (figures::whole(shown), figures::whole(response.total_bars));
        output::help(&format!("{shown} of {all} bars; --from and --to show a part closer"));
    }
    Ok(Exit::Ok)
}

fn values_table(values: &pb::GetRuleValuesResponse) -> String {
    let names = values.columns.iter().map(|column| Column::Number(&column.name));
    let columns: Vec<_> = [Column::Text("TIME")].into_iter().chain(names).collect();
    let told = |value: Option<f64>, is_condition: bool| match value {
        None => ABSENT.to_owned(),
        Some(value) if is_condition => (value == 1.0).to_string(),
        Some(value) => figures::exact(value),
    };
    let rows = values.time_unix_ms.iter().enumerate().map(|(row, &time_ms)| {
        let time = figures::moment_full(&figures::from_unix_ms(time_ms));
        let cells = values
            .columns
            .iter()
            .map(|column| told(value(column, row), matches!(column.values, Some(Values::Ints(_)))));
        [time].into_iter().chain(cells).collect()
    });
    table::with_headings(&columns, rows.collect())
}

fn csv(values: &pb::GetRuleValuesResponse) -> String {
    let names = values.columns.iter().map(|column| column.name.as_str());
    let headings: Vec<_> = ["time"].into_iter().chain(names).collect();
    let rows = values.time_unix_ms.iter().enumerate().map(|(row, &time_ms)| {
        let cell = |column| value(column, row).map_or_else(String::new, |value| value.to_string());
        let time = figures::rfc3339(&figures::from_unix_ms(time_ms));
        [time].into_iter().chain(values.columns.iter().map(cell)).collect()
    });
    table::csv(&headings, rows)
}

/// The value of a row, if it has one.
fn value(column: &pb::Column, row: usize) -> Option<f64> {
    let is_valid = column.validity.get(row / 8).is_none_or(|bits| bits >> (row % 8) & 1 == 1);
    let value = match column.values.as_ref()? {
        Values::Doubles(doubles) => doubles.values.get(row).copied(),
        Values::Ints(ints) => ints.values.get(row).map(|value| *value as f64),
        Values::Strings(_) => None,
    };
    value.filter(|_| is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> pb::GetRuleValuesResponse {
        let doubles = pb::DoubleColumn { values: vec![0.0, 100.5] };
        let ints = pb::IntColumn { values: vec![0, 1] };
        let column = |name: &str, values, validity| pb::Column {
            name: name.to_owned(),
            values: Some(values),
            validity,
        };
        pb::GetRuleValuesResponse {
            time_unix_ms: vec![0, 3_600_000],
            columns: vec![
                column("f", Values::Doubles(doubles), vec![0b10]),
                column("up", Values::Ints(ints), Vec::new()),
            ],
            kinds: Vec::new(),
            total_bars: 2,
        }
    }

    #[test]
    fn what_is_undefined_is_told_apart_from_nought() {
        let table = values_table(&values());
        let rows: Vec<Vec<&str>> =
            table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0][2..], ["-", "false"]);
        assert_eq!(rows[1][2..], ["100.5", "true"]);
        let csv = csv(&values());
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines, ["time,f,up", "1970-01-01T00:00:00Z,,0", "1970-01-01T01:00:00Z,100.5,1"]);
    }
}
