//! Bars of a stored series: looked at, and written into files that can be imported again.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::cli::series::data;
use crate::cli::spec::trading_day::TradingDay;
use crate::cli::text::args::{Moment, SeriesName};
use crate::cli::text::destination::Destination;
use crate::cli::text::figures;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::export::{Format, TableFile};
use crate::pb;
use crate::pb::column::Values;

/// Writes the bars of a series into a file.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The series, as in BINANCE:BTCUSDT@1m
    #[arg(value_name = "EXCHANGE:SYMBOL@TF")]
    series: SeriesName,
    /// The file, its format told by its name: .csv, .jsonl or .parquet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The first moment, as in 2022, 2022-01, 2022-01-15 (a day of that market) or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// The moment after the last
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// Make bars of this longer timeframe
    #[arg(long, value_name = "TF")]
    timeframe: Option<String>,
    /// This version and not the newest, by its whole hash
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
}

/// Runs `tradeforge data export`.
pub(in crate::cli) async fn export(
    args: &ExportArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let format = format_of(&args.file)?;
    let connection = globals.connect().await?;
    let data_sha256 = match &args.pin {
        Some(hash) => hash.clone(),
        None => data::newest(&connection, &args.series).await?.data_sha256,
    };
    let has_dates = [args.from, args.to].into_iter().flatten().any(|it| it.date().is_some());
    let day = if has_dates { TradingDay::of(&connection, &args.series).await? } else { None };
    let placed = |moment: Moment| match &day {
        Some(day) => day.moment(moment),
        None => moment.into(),
    };
    let has_range = args.from.is_some() || args.to.is_some();
    let request = pb::ExportBarsRequest {
        data_sha256,
        timeframe: args.timeframe.clone().unwrap_or_default(),
        time_range: has_range.then(|| pb::TimeRange {
            start_time: args.from.map(placed),
            end_time: args.to.map(placed),
        }),
        ..Default::default()
    };
    let mut rows = connection.market_data().export_bars(request).await?.into_inner();
    let mut destination = Destination::open(Some(&args.file))?;
    let (mut file, mut bars) = (TableFile::new(format), 0);
    while let Some(part) = rows.message().await? {
        bars += i64::from(part.row_count);
        destination.write(&file.push(part).map_err(io::Error::other)?)?;
    }
    destination.write(&file.finish().map_err(io::Error::other)?)?;
    destination.finish()?;
    globals.talk(&format!("{} bars in {}", figures::whole(bars), args.file.display()));
    Ok(Exit::Ok)
}

/// The format that the name of a file tells.
pub(in crate::cli) fn format_of(file: &Path) -> Result<Format, CliError> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.and_then(Format::of_extension).ok_or_else(|| {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.extension()).collect();
        CliError::Usage {
            message: format!("{}: the name of a file tells its format", file.display()),
            help: format!("end it with .{}", known.join(", .")),
        }
    })
}

/// The first and the last bars of a version, as a table by its market's clock.
pub(in crate::cli) async fn ends(
    connection: &Connection,
    series: &pb::Series,
    head: u32,
    tail: u32,
) -> Result<String, CliError> {
    let request = pb::ExportBarsRequest {
        data_sha256: series.data_sha256.clone(),
        head: head.into(),
        tail: tail.into(),
        ..Default::default()
    };
    let mut parts = connection.market_data().export_bars(request).await?.into_inner();
    let zone = series.spec.as_ref().map(|spec| spec.time_zone.as_str()).unwrap_or_default();
    let mut rows = Vec::new();
    while let Some(part) = parts.message().await? {
        rows.extend(records(&part.columns, zone));
    }
    if i64::from(head) + i64::from(tail) < series.bar_count && head > 0 && tail > 0 {
        let place = rows.len().min(head as usize);
        rows.insert(place, between());
    }
    Ok(bar_table(rows))
}

/// The ends of bars that are not stored, as a table by the clock of their market.
pub(in crate::cli) fn preview(preview: &pb::BarPreview, bar_count: i64, zone: &str) -> String {
    let zone = zone_of(zone);
    let rows = |bars: &pb::GetBarsResponse| -> Vec<Vec<String>> {
        let row = |row: usize| {
            let numbers = [&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume];
            let numbers = numbers.map(|column| figures::exact(column[row]));
            [clock(bars.time_unix_ms[row], &zone)].into_iter().chain(numbers).collect()
        };
        (0..bars.time_unix_ms.len()).map(row).collect()
    };
    let (Some(first), Some(last)) = (&preview.first, &preview.last) else { return String::new() };
    let seen = first.time_unix_ms.last().copied().unwrap_or(i64::MIN);
    let mut last_rows = rows(last);
    // Of a few bars, both ends are the same.
    last_rows.drain(..last.time_unix_ms.iter().filter(|time| **time <= seen).count());
    let shown = first.time_unix_ms.len() + last_rows.len();
    let is_whole = bar_count <= shown as i64;
    let middle = (!is_whole).then(between);
    bar_table(rows(first).into_iter().chain(middle).chain(last_rows).collect())
}

/// What stands for the bars that are not shown.
fn between() -> Vec<String> {
    vec!["…".to_owned(); 6]
}

fn bar_table(rows: Vec<Vec<String>>) -> String {
    let columns = [
        Column::Text("OPEN TIME"),
        Column::Number("OPEN"),
        Column::Number("HIGH"),
        Column::Number("LOW"),
        Column::Number("CLOSE"),
        Column::Number("VOLUME"),
    ];
    table::with_headings(&columns, rows)
}

/// The rows of some columns as texts, the time first.
fn records(columns: &[pb::Column], zone: &str) -> Vec<Vec<String>> {
    let zone = zone_of(zone);
    let texts: Vec<Vec<String>> = columns
        .iter()
        .map(|column| match &column.values {
            Some(Values::Ints(times)) => {
                times.values.iter().map(|time| clock(*time, &zone)).collect()
            }
            Some(Values::Doubles(numbers)) => {
                numbers.values.iter().map(|number| figures::exact(*number)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    let rows = texts.first().map_or(0, Vec::len);
    let row = |row: usize| texts.iter().filter_map(|column| column.get(row).cloned()).collect();
    (0..rows).map(row).collect()
}

fn zone_of(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC)
}

/// The time as the market's clock shows it, with its offset.
pub(in crate::cli) fn clock(time_ms: i64, zone: &TimeZone) -> String {
    let Ok(time) = Timestamp::from_millisecond(time_ms) else { return time_ms.to_string() };
    let shown = time.to_zoned(zone.clone());
    let offset = shown.strftime("%:z").to_string();
    let offset = if offset == "+00:00" { "Z" } else { &offset };
    format!("{}{offset}", shown.strftime("%Y-%m-%dT%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_by_the_clock_of_the_market() {
        let new_york = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
        assert_eq!(clock(1_710_163_800_000, &new_york), "2024-03-11T09:30-04:00");
        assert_eq!(clock(1_710_163_800_000, &TimeZone::UTC), "2024-03-11T13:30Z");
    }

    #[test]
    fn a_file_without_a_known_ending_is_refused_naming_those_there_are() {
        assert_eq!(format_of(Path::new("bars.csv")).unwrap(), Format::Csv);
        for file in ["bars", "bars.xls"] {
            let refused = format_of(Path::new(file));
            let Err(CliError::Usage { help, .. }) = refused else { panic!("{file}") };
            assert!(help.starts_with("end it with .csv, .jsonl"), "{help}");
        }
    }
}
