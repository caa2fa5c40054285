//! The auxiliary series that the server keeps: listed, looked at, exported, removed.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::series::bar_export::{clock, format_of};
use crate::cli::show::series_line::day;
use crate::cli::text::args::Moment;
use crate::cli::text::aux_name::AuxName;
use crate::cli::text::destination::Destination;
use crate::cli::text::figures;
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::output;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::confirm::is_confirmed;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::pages::{self, Page};
use crate::export::TableFile;
use crate::pb;
use crate::pb::column::Values;

/// Names an auxiliary series, and how much of it to see.
#[derive(Debug, Args)]
pub struct AuxShowArgs {
    /// The series, as in signals or funding@BINANCE:BTCUSDT
    #[arg(value_name = "NAME[@EXCHANGE:SYMBOL]")]
    name: AuxName,
    /// Print so many of the first rows of the newest version
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    head: u32,
    /// Print so many of its last rows
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    tail: u32,
}

/// Writes the rows of an auxiliary series into a file.
#[derive(Debug, Args)]
pub struct AuxExportArgs {
    /// The series, as in signals or funding@BINANCE:BTCUSDT
    #[arg(value_name = "NAME[@EXCHANGE:SYMBOL]")]
    name: AuxName,
    /// The file, its format told by its name: .csv, .jsonl or .parquet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Rows known from this moment on, as in 2022, 2022-01-15 or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// Rows known before this moment
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// This version and not the newest, by its whole hash
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
}

/// Removes versions of an auxiliary series.
#[derive(Debug, Args)]
pub struct AuxRemoveArgs {
    /// A version's hash or its beginning, or a series with all its versions
    #[arg(
        value_name = "SHA256|NAME[@EXCHANGE:SYMBOL]",
        value_parser = NonEmptyStringValueParser::new()
    )]
    target: String,
    /// Do not ask
    #[arg(short = 'y', long = "yes")]
    is_sure: bool,
}

pub(in crate::cli) async fn list(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let aux = all(&globals.connect().await?, false).await?;
    let is_empty = aux.is_empty();
    let response = pb::ListAuxResponse { aux, next_page_token: String::new() };
    globals.answer_table(&response, |response, width| aux_table(&response.aux, width))?;
    if is_empty && !globals.is_json {
        output::help(
            "there are no auxiliary series yet; import one with: tradeforge data import-aux FILE \
             --as NAME --known-at-end-of 1h",
        );
    }
    Ok(Exit::Ok)
}

pub(in crate::cli) async fn show(
    args: &AuxShowArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let aux = named(&connection, &args.name).await?;
    let response = pb::ListAuxResponse { aux, next_page_token: String::new() };
    globals.answer(&response, |response| {
        let versions = response.aux.iter().map(|series| table::facts(facts(series)));
        versions.collect::<Vec<_>>().join("\n")
    })?;
    if args.head + args.tail > 0 && !globals.is_json {
        output::data(&ends(&connection, &response.aux[0], args.head, args.tail).await?)?;
    }
    Ok(Exit::Ok)
}

pub(in crate::cli) async fn export(
    args: &AuxExportArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let format = format_of(&args.file)?;
    let connection = globals.connect().await?;
    let data_sha256 = match &args.pin {
        Some(hash) => hash.clone(),
        None => named(&connection, &args.name).await?.swap_remove(0).data_sha256,
    };
    let has_range = args.from.is_some() || args.to.is_some();
    let time_range = has_range.then(|| pb::TimeRange {
        start_time: args.from.map(Into::into),
        end_time: args.to.map(Into::into),
    });
    let request = pb::ExportAuxRequest { data_sha256, time_range, ..Default::default() };
    let mut parts = connection.market_data().export_aux(request).await?.into_inner();
    let mut destination = Destination::open(Some(Path::new(&args.file)))?;
    let (mut file, mut rows) = (TableFile::new(format), 0);
    while let Some(part) = parts.message().await? {
        rows += i64::from(part.row_count);
        destination.write(&file.push(part).map_err(io::Error::other)?)?;
    }
    destination.write(&file.finish().map_err(io::Error::other)?)?;
    destination.finish()?;
    globals.talk(&format!("{} rows in {}", figures::whole(rows), args.file.display()));
    Ok(Exit::Ok)
}

pub(in crate::cli) async fn remove(
    args: &AuxRemoveArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let mut aux = all(&connection, true).await?;
    let hash = args.target.to_ascii_lowercase();
    let is_named = |series: &pb::AuxSeries| {
        args.target.parse::<AuxName>().is_ok_and(|name| name.is_of(series))
    };
    if aux.iter().any(is_named) {
        aux.retain(is_named);
    } else {
        aux.retain(|series| series.data_sha256.starts_with(&hash));
        let is_one = aux.iter().all(|series| series.data_sha256 == aux[0].data_sha256);
        if !is_one {
            return Err(CliError::Usage {
                message: format!("{} versions' hashes begin with {hash}", aux.len()),
                help: format!("write more of it, as in {}", aux[0].data_sha256),
            });
        }
    }
    if aux.is_empty() {
        return Err(missing(&args.target));
    }
    let label = |series: &pb::AuxSeries| {
        format!("{} sha {}", name(series), figures::short_hash(&series.data_sha256))
    };
    let labels: Vec<_> = aux.iter().map(label).collect();
    if !is_confirmed(&format!("remove {}?", labels.join(", ")), args.is_sure, globals)? {
        return Ok(Exit::Error);
    }
    // Two versions of one name may have the same content, and go together.
    aux.dedup_by(|one, other| one.data_sha256 == other.data_sha256 && name(one) == name(other));
    for series in aux {
        let spec = series.spec.clone().unwrap_or_default();
        let request = pb::DeleteAuxRequest {
            data_sha256: series.data_sha256.clone(),
            name: spec.name,
            exchange: spec.exchange,
            symbol: spec.symbol,
        };
        let response = connection.market_data().delete_aux(request).await?.into_inner();
        globals.answer(&response, |_| format!("removed {}", label(&series)))?;
    }
    Ok(Exit::Ok)
}

/// All versions of that series, the newest first; at least one.
async fn named(connection: &Connection, name: &AuxName) -> Result<Vec<pb::AuxSeries>, CliError> {
    let mut aux = all(connection, true).await?;
    aux.retain(|series| name.is_of(series));
    if aux.is_empty() { Err(missing(&name.to_string())) } else { Ok(aux) }
}

async fn all(
    connection: &Connection,
    include_old_versions: bool,
) -> Result<Vec<pb::AuxSeries>, CliError> {
    let page = pages::collect(None, async |page_size, page_token| {
        let request = pb::ListAuxRequest { page_size, page_token, include_old_versions };
        let response = connection.market_data().list_aux(request).await?.into_inner();
        Ok(Page { items: response.aux, next_token: response.next_page_token })
    });
    Ok(page.await?.items)
}

/// One series on one line, as after an import.
pub(in crate::cli) fn aux_line(series: &pb::AuxSeries, created: bool) -> String {
    let columns: Vec<_> = series.columns.iter().map(|column| column.name.as_str()).collect();
    format!(
        "{}  {} rows of {}  {} .. {}  sha {}  {}",
        name(series),
        figures::whole(series.row_count),
        columns.join(", "),
        day(series.first_time.as_ref()),
        day(series.last_time.as_ref()),
        figures::short_hash(&series.data_sha256),
        if created { "new" } else { "unchanged" }
    )
}

fn name(series: &pb::AuxSeries) -> String {
    AuxName::of(&series.spec.clone().unwrap_or_default()).to_string()
}

fn aux_table(aux: &[pb::AuxSeries], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("SERIES"),
        Column::Number("ROWS"),
        Column::Word("FROM"),
        Column::Word("TO"),
        Column::Text("COLUMNS"),
        Column::Word("SHA"),
        Column::Text("SOURCE"),
    ];
    let rows = aux.iter().map(|series| {
        let names: Vec<_> = series.columns.iter().map(|column| column.name.as_str()).collect();
        vec![
            name(series),
            figures::whole(series.row_count),
            day(series.first_time.as_ref()),
            day(series.last_time.as_ref()),
            names.join(", "),
            figures::short_hash(&series.data_sha256).to_owned(),
            series.source.clone(),
        ]
    });
    fitting::fit(&columns, rows.collect(), width, &["SOURCE", "COLUMNS", "TO"])
}

fn facts(series: &pb::AuxSeries) -> Vec<(&'static str, String)> {
    let column = |column: &pb::AuxColumn| {
        let values = figures::whole(column.value_count);
        match (column.min, column.max) {
            (Some(min), Some(max)) => {
                let (min, max) = (figures::exact(min), figures::exact(max));
                format!("{} ({values} values from {min} to {max})", column.name)
            }
            _ => format!("{} (no values)", column.name),
        }
    };
    let columns: Vec<_> = series.columns.iter().map(column).collect();
    let (first, last) = (day(series.first_time.as_ref()), day(series.last_time.as_ref()));
    vec![
        ("series", name(series)),
        ("sha256", series.data_sha256.clone()),
        ("rows", figures::whole(series.row_count)),
        ("known", format!("{first} .. {last}")),
        ("columns", columns.join(", ")),
        ("size", figures::size(series.size_bytes)),
        ("imported", day(series.import_time.as_ref())),
        ("source", series.source.clone()),
    ]
}

/// The first and the last rows of a version, as a table.
async fn ends(
    connection: &Connection,
    series: &pb::AuxSeries,
    head: u32,
    tail: u32,
) -> Result<String, CliError> {
    let request = pb::ExportAuxRequest {
        data_sha256: series.data_sha256.clone(),
        head: head.into(),
        tail: tail.into(),
        ..Default::default()
    };
    let mut parts = connection.market_data().export_aux(request).await?.into_inner();
    let mut rows = Vec::new();
    while let Some(part) = parts.message().await? {
        rows.extend(records(&part));
    }
    if i64::from(head) + i64::from(tail) < series.row_count && head > 0 && tail > 0 {
        let place = rows.len().min(head as usize);
        rows.insert(place, vec!["…".to_owned(); series.columns.len() + 1]);
    }
    let headings: Vec<String> =
        series.columns.iter().map(|column| column.name.to_ascii_uppercase()).collect();
    let columns: Vec<Column<'_>> = [Column::Text("KNOWN AT")]
        .into_iter()
        .chain(headings.iter().map(|name| Column::Number(name)))
        .collect();
    Ok(table::with_headings(&columns, rows))
}

/// The rows of some columns as texts; what is absent is empty.
fn records(part: &pb::ExportAuxResponse) -> Vec<Vec<String>> {
    let text = |column: &pb::Column, row: usize| {
        let bit = column.validity.get(row / 8).is_none_or(|byte| byte >> (row % 8) & 1 == 1);
        match &column.values {
            Some(Values::Ints(times)) => clock(times.values[row], &jiff::tz::TimeZone::UTC),
            Some(Values::Doubles(numbers)) if bit => figures::exact(numbers.values[row]),
            _ => String::new(),
        }
    };
    let row = |row: usize| part.columns.iter().map(|column| text(column, row)).collect();
    (0..part.row_count as usize).map(row).collect()
}

fn missing(target: &str) -> CliError {
    CliError::Missing {
        message: format!("no stored auxiliary series is {target}"),
        help: "list them with: tradeforge data list-aux".to_owned(),
    }
}
