//! `tradeforge trials ID --window N`: what every trial came to in both parts of a window.

use std::io;

use crate::cli::results::row_format::Format;
use crate::cli::text::destination::Destination;
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::output;
use crate::cli::text::swept::swept_names;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::export::{self, TableFile};
use crate::pb;
use crate::pb::Goal;
use crate::pb::column::Values;

/// How many a table shows unless told otherwise.
const TABLE_ROWS: usize = 20;

/// Which trials of which window, and how they are printed.
pub(super) struct Asked {
    pub run_id: String,
    pub window_index: i32,
    pub limit: Option<usize>,
    pub format: Format,
}

/// Prints them.
pub(super) async fn list(
    connection: &Connection,
    run: &pb::Run,
    asked: Asked,
    mut destination: Destination,
) -> Result<Exit, CliError> {
    let Some(pb::run::Spec::WalkForward(spec)) = &run.spec else {
        return Err(CliError::Usage {
            message: format!("run {} is no walk-forward and has no windows", run.run_id),
            help: format!("leave out --window: tradeforge trials {}", run.run_id),
        });
    };
    let unknown = pb::OptimizationSpec::default();
    let search = spec.search.as_ref().unwrap_or(&unknown);
    let mut request = pb::ExportWindowTrialsRequest {
        run_id: asked.run_id,
        window_index: asked.window_index,
        columns: Vec::new(),
    };
    if let Some(format) = asked.format.of_columns() {
        whole(connection, request, format, asked.limit, &mut destination).await?;
    } else if asked.format == Format::Json {
        let mut lines = Vec::new();
        let mut file = TableFile::new(export::Format::Jsonl);
        let mut rows = connection.results().export_window_trials(request).await?.into_inner();
        while let Some(rows) = rows.message().await? {
            lines.extend(file.push(rows).map_err(io::Error::other)?);
        }
        let lines = String::from_utf8(lines).map_err(io::Error::other)?;
        let limit = asked.limit.unwrap_or(usize::MAX);
        let lines: Vec<&str> = lines.lines().take(limit).collect();
        destination.write(format!("{{\"trials\":[{}]}}\n", lines.join(",")).as_bytes())?;
    } else {
        let names = swept_names(search);
        request.columns = ["in_sample", "out_of_sample"].map(str::to_owned).to_vec();
        request.columns.extend(names.iter().map(|name| format!("params.{name}")));
        let mut rows = Vec::new();
        let mut messages = connection.results().export_window_trials(request).await?.into_inner();
        while let Some(message) = messages.message().await? {
            rows.extend(rows_of(&message));
        }
        let limit = asked.limit.unwrap_or(TABLE_ROWS);
        destination.write(best_first(rows.clone(), search, (&names, limit)).as_bytes())?;
        if rows.len() > limit {
            let (shown, all) = (figures::whole(limit as i64), figures::whole(rows.len() as i64));
            output::help(&format!("{shown} of {all} trials; --limit N shows more"));
        }
    }
    destination.finish()?;
    Ok(Exit::Ok)
}

/// Rows as they come.
async fn whole(
    connection: &Connection,
    request: pb::ExportWindowTrialsRequest,
    format: export::Format,
    limit: Option<usize>,
    destination: &mut Destination,
) -> Result<(), CliError> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut rows = connection.results().export_window_trials(request).await?.into_inner();
    let mut file = TableFile::new(format);
    while let Some(mut rows) = rows.message().await? {
        shorten(&mut rows, left);
        left -= rows.row_count as usize;
        destination.write(&file.push(rows).map_err(io::Error::other)?)?;
        if left == 0 {
            break;
        }
    }
    Ok(destination.write(&file.finish().map_err(io::Error::other)?)?)
}

/// At most the first so many rows of it.
fn shorten(rows: &mut pb::ExportWindowTrialsResponse, most: usize) {
    rows.row_count = rows.row_count.min(i32::try_from(most).unwrap_or(i32::MAX));
    for column in &mut rows.columns {
        match &mut column.values {
            Some(Values::Doubles(doubles)) => doubles.values.truncate(most),
            Some(Values::Ints(ints)) => ints.values.truncate(most),
            Some(Values::Strings(strings)) => strings.values.truncate(most),
            None => {}
        }
        column.validity.truncate(most.div_ceil(8));
    }
}

/// A trial as a table shows it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    index: i64,
    state: String,
    in_sample: Option<f64>,
    out_of_sample: Option<f64>,
    params: Vec<String>,
}

fn rows_of(message: &pb::ExportWindowTrialsResponse) -> Vec<Row> {
    let mut rows = vec![Row::default(); message.row_count as usize];
    for column in &message.columns {
        let is_there = |place: usize| {
            column.validity.get(place / 8).is_none_or(|bits| bits >> (place % 8) & 1 == 1)
        };
        for (place, row) in rows.iter_mut().enumerate() {
            let double = || match &column.values {
                Some(Values::Doubles(it)) => it.values.get(place).filter(|_| is_there(place)),
                _ => None,
            };
            let text = || match &column.values {
                _ if !is_there(place) => None,
                Some(Values::Doubles(it)) => it.values.get(place).map(ToString::to_string),
                Some(Values::Ints(it)) => it.values.get(place).map(ToString::to_string),
                Some(Values::Strings(it)) => it.values.get(place).cloned(),
                None => None,
            };
            match (column.name.as_str(), &column.values) {
                ("trial_index", Some(Values::Ints(it))) => {
                    row.index = it.values.get(place).copied().unwrap_or_default();
                }
                ("state", _) => row.state = text().unwrap_or_default(),
                ("in_sample", _) => row.in_sample = double().copied(),
                ("out_of_sample", _) => row.out_of_sample = double().copied(),
                _ => row.params.push(text().unwrap_or_else(|| ABSENT.to_owned())),
            }
        }
    }
    rows
}

/// Those that could be chosen first, by what they came to in sample.
fn best_first(
    mut rows: Vec<Row>,
    search: &pb::OptimizationSpec,
    (names, limit): (&[String], usize),
) -> String {
    let is_least_best =
        search.objective.as_ref().is_some_and(|objective| objective.goal() == Goal::Minimize);
    let sign = if is_least_best { 1.0 } else { -1.0 };
    let rank = |row: &Row| {
        let value = row.in_sample.map_or(f64::INFINITY, |value| sign * value);
        (row.state != "COMPLETED", value)
    };
    rows.sort_by(|left, right| {
        let ((left_out, left_value), (right_out, right_value)) = (rank(left), rank(right));
        let by_value = left_out.cmp(&right_out).then(left_value.total_cmp(&right_value));
        by_value.then(left.index.cmp(&right.index))
    });
    rows.truncate(limit);
    let has_odd = rows.iter().any(|row| row.state != "COMPLETED");
    let mut columns = vec![Column::Number("trial")];
    columns.extend(names.iter().map(|name| Column::Number(name)));
    columns.extend([Column::Number("in_sample"), Column::Number("out_of_sample")]);
    if has_odd {
        columns.push(Column::Text("state"));
    }
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let cells = rows.into_iter().map(|row| {
        let mut cells = vec![row.index.to_string()];
        cells.extend(row.params);
        cells.extend([number(row.in_sample), number(row.out_of_sample)]);
        if has_odd {
            cells.push(row.state.to_lowercase());
        }
        cells
    });
    table::with_headings(&columns, cells.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> pb::ExportWindowTrialsResponse {
        let column = |name: &str, validity: Vec<u8>, values| pb::Column {
            name: name.to_owned(),
            values: Some(values),
            validity,
        };
        let doubles =
            |values: [f64; 3]| Values::Doubles(pb::DoubleColumn { values: values.into() });
        let states = ["INFEASIBLE", "COMPLETED", "COMPLETED"].map(str::to_owned).to_vec();
        let ints = |values: [i64; 3]| Values::Ints(pb::IntColumn { values: values.into() });
        pb::ExportWindowTrialsResponse {
            row_count: 3,
            columns: vec![
                column("trial_index", Vec::new(), ints([0, 1, 2])),
                column("state", Vec::new(), Values::Strings(pb::StringColumn { values: states })),
                column("in_sample", Vec::new(), doubles([9.0, 1.0, 2.0])),
                column("out_of_sample", vec![0b101], doubles([-1.0, 0.0, 0.5])),
                column("params.fast", Vec::new(), ints([3, 4, 5])),
            ],
        }
    }

    #[test]
    fn those_that_could_be_chosen_come_first_and_what_is_not_there_is_no_zero() {
        let names = ["fast".to_owned()];
        let table = |goal: Goal, limit| {
            let objective = Some(pb::Objective { metric: "sharpe".into(), goal: goal.into() });
            let search = pb::OptimizationSpec { objective, ..Default::default() };
            best_first(rows_of(&message()), &search, (&names, limit))
        };
        let trials = |text: &str| -> Vec<String> {
            let words = text.lines().skip(1).map(|line| line.split_whitespace().next());
            words.map(|word| word.unwrap().to_owned()).collect()
        };
        let all = table(Goal::Maximize, 9);
        assert_eq!(trials(&all), ["2", "1", "0"], "{all}");
        assert!(all.contains("infeasible") && all.contains(ABSENT), "{all}");
        let best = table(Goal::Minimize, 2);
        assert_eq!(trials(&best), ["1", "2"], "{best}");
        assert!(!best.contains("state"), "{best}");
    }

    #[test]
    fn a_limit_cuts_every_column() {
        let mut rows = message();
        shorten(&mut rows, 2);
        assert_eq!(rows.row_count, 2);
        assert_eq!(rows_of(&rows), rows_of(&message())[..2]);
        assert!(rows.columns.iter().all(|column| column.validity.len() <= 1));
    }
}
