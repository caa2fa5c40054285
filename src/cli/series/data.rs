//! `tradeforge data`: the bars that the server keeps, and the values beside them.

use std::num::NonZeroU32;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use crate::cli::series::aux_import::{self, AuxImportArgs};
use crate::cli::series::aux_series::{self, AuxExportArgs, AuxRemoveArgs, AuxShowArgs};
use crate::cli::series::bar_export::{self, ExportArgs};
use crate::cli::series::import::{self, ImportArgs};
use crate::cli::show::series_line::{day, name, series_line};
use crate::cli::text::args::{Moment, SeriesName};
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::output;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::confirm::is_confirmed;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::pages::{self, Page};
use crate::pb;
use crate::spelling::nearest;

/// What to do with bars.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Import files of bars as one series: all of them, or nothing
    Import(Box<ImportArgs>),
    /// Make bars up by a seeded random walk: the same seed, the same bars
    Generate(GenerateArgs),
    /// List the stored series
    List,
    /// Print all that is known of a series, in each of its versions, and the bars at its ends
    Show(ShowArgs),
    /// Write the bars of a series into a file, which can be imported again
    Export(ExportArgs),
    /// Remove versions of a series
    Rm(RemoveArgs),
    /// Import an auxiliary series: values beside bars, each row with the time at which it was known
    ImportAux(Box<AuxImportArgs>),
    /// List the stored auxiliary series
    ListAux,
    /// Print all that is known of an auxiliary series, in each of its versions, and rows of it
    ShowAux(AuxShowArgs),
    /// Write the rows of an auxiliary series into a file, which can be imported again
    ExportAux(AuxExportArgs),
    /// Remove versions of an auxiliary series
    RmAux(AuxRemoveArgs),
}

/// Makes bars up by a seeded random walk.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What to call the series, as in SYN:BTC@1h
    #[arg(value_name = "EXCHANGE:SYMBOL@TF")]
    series: SeriesName,
    /// How many bars
    #[arg(long, value_name = "N", default_value = "10000")]
    bars: NonZeroU32,
    /// Seed of the walk
    #[arg(long, value_name = "N", default_value = "42")]
    seed: u64,
    /// Volatility of a year's return, a fraction [default: 0.6]
    #[arg(long, value_name = "FRACTION")]
    volatility: Option<f64>,
    /// Drift of a year, a fraction [default: 0.1]
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    drift: Option<f64>,
    /// Strength of the trends over the usual one; 0 makes noise, in which only luck can be found
    /// [default: 1]
    #[arg(long, value_name = "FACTOR")]
    trends: Option<f64>,
    /// Open time of the first bar [default: 2020-01-01]
    #[arg(long, value_name = "DATE")]
    start: Option<Moment>,
}

/// Names a series, and how much of it to see.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The series, as in BINANCE:BTCUSDT@1m
    #[arg(value_name = "EXCHANGE:SYMBOL@TF")]
    series: SeriesName,
    /// Print so many of the first bars of the newest version
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    head: u32,
    /// Print so many of its last bars
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    tail: u32,
}

/// Removes versions of a series.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// A version's hash or its beginning, or a series with all its versions
    #[arg(
        value_name = "SHA256|EXCHANGE:SYMBOL@TF",
        value_parser = NonEmptyStringValueParser::new()
    )]
    target: String,
    /// Do not ask
    #[arg(short = 'y', long = "yes")]
    is_sure: bool,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    command: &DataCommand,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    match command {
        DataCommand::Import(args) => import::run(args, globals).await,
        DataCommand::Generate(args) => generate(args, globals).await,
        DataCommand::List => list(globals).await,
        DataCommand::Show(args) => show(args, globals).await,
        DataCommand::Export(args) => bar_export::export(args, globals).await,
        DataCommand::Rm(args) => remove(args, globals).await,
        DataCommand::ImportAux(args) => aux_import::run(args, globals).await,
        DataCommand::ListAux => aux_series::list(globals).await,
        DataCommand::ShowAux(args) => aux_series::show(args, globals).await,
        DataCommand::ExportAux(args) => aux_series::export(args, globals).await,
        DataCommand::RmAux(args) => aux_series::remove(args, globals).await,
    }
}

async fn generate(args: &GenerateArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let synthetic = pb::SyntheticBars {
        bar_count: args.bars.get().into(),
        seed: args.seed,
        annual_volatility: args.volatility.unwrap_or_default(),
        annual_drift: args.drift.unwrap_or_default(),
        start_time: args.start.map(Into::into),
        trend_strength: args.trends,
    };
    let request = pb::ImportBarsRequest {
        series: Some(args.series.spec()),
        source: Some(pb::import_bars_request::Source::Synthetic(synthetic)),
        ..Default::default()
    };
    let connection = globals.connect().await?;
    let response = connection.market_data().import_bars(request).await?.into_inner();
    globals.warn(&response.warnings);
    globals.answer(&response, |response| {
        series_line(&response.series.clone().unwrap_or_default(), response.created)
    })?;
    Ok(Exit::Ok)
}

async fn list(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let series = all_series(&globals.connect().await?, Versions::Newest).await?;
    let is_empty = series.is_empty();
    let response = pb::ListSeriesResponse { series, next_page_token: String::new() };
    globals.answer_table(&response, |response, width| series_table(&response.series, width))?;
    if is_empty && !globals.is_json {
        output::help("there are no bars yet; make some with: tradeforge data generate SYN:BTC@1h");
    }
    Ok(Exit::Ok)
}

/// The newest version of that series.
pub(in crate::cli) async fn newest(
    connection: &Connection,
    name: &SeriesName,
) -> Result<pb::Series, CliError> {
    let series = all_series(connection, Versions::Newest).await?;
    let found = series.iter().find(|series| is_named(series, name)).cloned();
    found.ok_or_else(|| missing(&name.to_string(), &series))
}

async fn show(args: &ShowArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let stored = all_series(&connection, Versions::All).await?;
    let named = stored.iter().filter(|series| is_named(series, &args.series));
    let mut series: Vec<_> = named.cloned().collect();
    if series.is_empty() {
        return Err(missing(&args.series.to_string(), &stored));
    }
    series.sort_by_key(|s| s.import_time.as_ref().map(|t| std::cmp::Reverse((t.seconds, t.nanos))));
    let response = pb::ListSeriesResponse { series, next_page_token: String::new() };
    globals.answer(&response, |response| {
        let versions = response.series.iter().map(|series| table::facts(facts(series)));
        versions.collect::<Vec<_>>().join("\n")
    })?;
    let newest = response.series.iter().find(|series| series.is_newest);
    if let Some(newest) = newest.filter(|_| args.head + args.tail > 0 && !globals.is_json) {
        output::data(&bar_export::ends(&connection, newest, args.head, args.tail).await?)?;
    }
    Ok(Exit::Ok)
}

async fn remove(args: &RemoveArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let stored = all_series(&connection, Versions::All).await?;
    let series = if let Ok(name) = args.target.parse::<SeriesName>() {
        stored.iter().filter(|series| is_named(series, &name)).cloned().collect()
    } else {
        version(&stored, &args.target.to_ascii_lowercase())?
    };
    if series.is_empty() {
        return Err(missing(&args.target, &stored));
    }
    let label = |series: &pb::Series| {
        format!("{} sha {}", name(series), figures::short_hash(&series.data_sha256))
    };
    let labels: Vec<_> = series.iter().map(label).collect();
    if !is_confirmed(&format!("remove {}?", labels.join(", ")), args.is_sure, globals)? {
        return Ok(Exit::Error);
    }
    for series in series {
        let request = pb::DeleteSeriesRequest {
            data_sha256: series.data_sha256.clone(),
            exchange: series.spec.as_ref().map(|spec| spec.exchange.clone()).unwrap_or_default(),
            symbol: series.spec.as_ref().map(|spec| spec.symbol.clone()).unwrap_or_default(),
        };
        let response = connection.market_data().delete_series(request).await?.into_inner();
        globals.answer(&response, |_| format!("removed {}", label(&series)))?;
    }
    Ok(Exit::Ok)
}

/// The one version whose hash begins so, if there is any.
fn version(stored: &[pb::Series], hash: &str) -> Result<Vec<pb::Series>, CliError> {
    let begins = |series: &&pb::Series| series.data_sha256.starts_with(hash);
    let series: Vec<_> = stored.iter().filter(begins).cloned().collect();
    if series.len() > 1 {
        return Err(CliError::Usage {
            message: format!("{} versions' hashes begin with {hash}", series.len()),
            help: format!("write more of it, as in {}", series[0].data_sha256),
        });
    }
    Ok(series)
}

/// Which versions of each series a command is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Versions {
    Newest,
    All,
}

async fn all_series(
    connection: &Connection,
    versions: Versions,
) -> Result<Vec<pb::Series>, CliError> {
    let page = pages::collect(None, async |page_size, page_token| {
        let request = pb::ListSeriesRequest {
            page_size,
            page_token,
            filter: String::new(),
            include_old_versions: versions == Versions::All,
        };
        let response = connection.market_data().list_series(request).await?.into_inner();
        Ok(Page { items: response.series, next_token: response.next_page_token })
    });
    Ok(page.await?.items)
}

fn series_table(series: &[pb::Series], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("SERIES"),
        Column::Number("BARS"),
        Column::Word("FROM"),
        Column::Word("TO"),
        Column::Number("GAPS"),
        Column::Word("SHA"),
        Column::Text("SOURCE"),
    ];
    let rows = series.iter().map(|series| {
        vec![
            name(series),
            figures::whole(series.bar_count),
            day(series.first_bar_time.as_ref()),
            day(series.end_time.as_ref()),
            figures::whole(series.gap_count),
            figures::short_hash(&series.data_sha256).to_owned(),
            series.source.clone(),
        ]
    });
    fitting::fit(&columns, rows.collect(), width, &["SOURCE", "GAPS", "TO"])
}

fn facts(series: &pb::Series) -> Vec<(&'static str, String)> {
    let spec = series.spec.clone().unwrap_or_default();
    let calendar = match spec.calendar() {
        pb::Calendar::AlwaysOpen => "always open",
        pb::Calendar::Sessions => "sessions",
        pb::Calendar::Unspecified => ABSENT,
    };
    let days = match (spec.time_zone.as_str(), spec.day_start.as_str()) {
        ("", _) => "UTC".to_owned(),
        (zone, "00:00") => zone.to_owned(),
        (zone, start) => format!("{zone} from {start}"),
    };
    let currency = match spec.quote_currency.as_str() {
        "" => "not told".to_owned(),
        code => code.to_owned(),
    };
    let (first, end) = (day(series.first_bar_time.as_ref()), day(series.end_time.as_ref()));
    vec![
        ("series", name(series)),
        ("sha256", series.data_sha256.clone()),
        ("bars", figures::whole(series.bar_count)),
        ("range", format!("{first} .. {end}")),
        ("gaps", figures::whole(series.gap_count)),
        ("price tick", spec.price_tick),
        ("quantity step", spec.quantity_step),
        ("calendar", calendar.to_owned()),
        ("days", days),
        ("quote currency", currency),
        ("size", figures::size(series.size_bytes)),
        ("imported", day(series.import_time.as_ref())),
        ("source", series.source.clone()),
    ]
}

/// Whether the series has this name; exchange and symbol are the same in any case.
fn is_named(series: &pb::Series, wanted: &SeriesName) -> bool {
    series.spec.as_ref().is_some_and(|spec| {
        spec.exchange.eq_ignore_ascii_case(&wanted.exchange)
            && spec.symbol.eq_ignore_ascii_case(&wanted.symbol)
            && spec.timeframe == wanted.timeframe
    })
}

/// The bars that were asked for are not there; those whose name is nearest perhaps were meant.
fn missing(target: &str, stored: &[pb::Series]) -> CliError {
    let near = nearest(target, stored.iter().map(name));
    let hint = near.map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
    CliError::Missing {
        message: format!("no stored bars are {target}{hint}"),
        help: "list them with: tradeforge data list".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::show::series_line::sample;

    #[test]
    fn a_series_is_found_in_any_case() {
        assert!(is_named(&sample(), &"binance:btcusdt@1m".parse().unwrap()));
        assert!(!is_named(&sample(), &"BINANCE:BTCUSDT@1h".parse().unwrap()));
    }

    #[test]
    fn a_misspelt_series_names_the_one_that_is_near() {
        let message = |target: &str| missing(target, &[sample()]).to_string();
        assert!(message("BINANCE:BTCUSTD@1m").contains("(did you mean BINANCE:BTCUSDT@1m?)"));
        assert!(message("binance:btcusdt@1h").contains("(did you mean BINANCE:BTCUSDT@1m?)"));
        assert!(!message("NASDAQ:AAPL@1d").contains("did you mean"));
    }
}
