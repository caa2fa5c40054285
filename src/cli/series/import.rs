//! `tradeforge data import`: files of bars, streamed to the server in one upload.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokio::sync::oneshot;

use crate::cli::pattern;
use crate::cli::series::bar_export;
use crate::cli::show::series_line;
use crate::cli::text::args::{Pair, SeriesName};
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::sending::Sending;
use crate::cli::wire::upload_pieces::{Pieces, all_or_nothing};
use crate::pb;

/// Imports files of bars as one series: all of them, or nothing.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files of bars or trades: CSV, JSON, Parquet, Arrow or Excel, also packed; - is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The series in one word, instead of the three options below
    #[arg(
        long = "as",
        value_name = "EXCHANGE:SYMBOL@TF",
        required_unless_present_any = ["exchange", "timeframe"],
        conflicts_with_all = ["exchange", "timeframe"]
    )]
    series: Option<SeriesName>,
    /// Where the instrument trades, as in BINANCE
    #[arg(long, requires_all = ["symbol", "timeframe"])]
    exchange: Option<String>,
    /// The instrument's name there, as in BTCUSDT; with --as, the one to take from files that hold
    /// several
    #[arg(long)]
    symbol: Option<String>,
    /// Length of a bar, as in 1m, 4h, 1d, 1w or 1mo
    #[arg(long, requires_all = ["exchange", "symbol"])]
    timeframe: Option<String>,
    /// Smallest price step, to which prices are rounded [default: the one they lie on]
    #[arg(long, value_name = "STEP")]
    price_tick: Option<String>,
    /// Smallest quantity step [default: fine enough for any price]
    #[arg(long, value_name = "STEP")]
    quantity_step: Option<String>,
    /// When the instrument trades [default: told by the bars]
    #[arg(long)]
    calendar: Option<Calendar>,
    #[arg(
        long,
        value_name = "ZONE",
        help = "Zone whose wall clock the days of the market go by, as in America/New_York \
                [default: UTC]"
    )]
    time_zone: Option<String>,
    /// When a day of the market begins on that clock, as in 09:30 or 17:00 [default: 00:00]
    #[arg(long, value_name = "HH:MM")]
    day_start: Option<String>,
    /// What prices are in, as in USD: the instruments of a run must agree [default: not told]
    #[arg(long, value_name = "CODE")]
    quote_currency: Option<String>,
    /// The file's heading or number of a column, or none, as in close=Last; may be repeated
    #[arg(long = "column", value_name = "NAME=HEADING|NUMBER|none")]
    columns: Vec<Pair>,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Overwrite stored bars of the same time that differ
    #[arg(long = "replace")]
    replaces: bool,
    /// Check everything and tell what would be stored, but store nothing
    #[arg(long = "validate-only")]
    only_validates: bool,
}

/// When an instrument trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Calendar {
    /// Every day of the year
    AlwaysOpen,
    /// On trading days only
    Sessions,
}

impl From<Calendar> for pb::Calendar {
    fn from(calendar: Calendar) -> Self {
        match calendar {
            Calendar::AlwaysOpen => Self::AlwaysOpen,
            Calendar::Sessions => Self::Sessions,
        }
    }
}

impl From<BarTime> for pb::BarTime {
    fn from(edge: BarTime) -> Self {
        match edge {
            BarTime::Open => Self::Open,
            BarTime::Close => Self::Close,
        }
    }
}

impl From<DecimalMark> for pb::DecimalMark {
    fn from(mark: DecimalMark) -> Self {
        match mark {
            DecimalMark::Point => Self::Point,
            DecimalMark::Comma => Self::Comma,
        }
    }
}

impl LayoutArgs {
    fn layout(&self, symbol: Option<&String>) -> pb::BarLayout {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        pb::BarLayout {
            times_in: given(&self.times_in),
            time_format: given(&self.time_format),
            time_is: self.time_is.map(pb::BarTime::from).unwrap_or_default().into(),
            no_header: self.has_no_header,
            skip_rows: self.skipped_rows.map_or(0, |rows| rows.try_into().unwrap_or(i32::MAX)),
            scale: given(&self.scale),
            symbol: symbol.cloned().unwrap_or_default(),
            decimal_mark: self.decimal_mark.map(pb::DecimalMark::from).unwrap_or_default().into(),
        }
    }
}

impl ImportArgs {
    /// The header of every file, but for its name.
    fn header(&self) -> pb::UploadBarsHeader {
        let symbol = self.symbol.as_ref().filter(|_| self.series.is_some());
        let layout = self.layout.layout(symbol);
        pb::UploadBarsHeader {
            series: Some(self.spec()),
            replace: self.replaces,
            validate_only: self.only_validates,
            layout: Some(layout).filter(|layout| *layout != pb::BarLayout::default()),
            ..Default::default()
        }
    }

    fn spec(&self) -> pb::SeriesSpec {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let position = match &self.series {
            Some(series) => series.spec(),
            None => pb::SeriesSpec {
                exchange: given(&self.exchange),
                symbol: given(&self.symbol),
                timeframe: given(&self.timeframe),
                ..Default::default()
            },
        };
        let columns = self.columns.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
        pb::SeriesSpec {
            price_tick: self.price_tick.clone().unwrap_or_default(),
            quantity_step: self.quantity_step.clone().unwrap_or_default(),
            calendar: self.calendar.map(pb::Calendar::from).unwrap_or_default().into(),
            columns: columns.collect(),
            time_zone: given(&self.time_zone),
            day_start: given(&self.day_start),
            quote_currency: given(&self.quote_currency),
            ..position
        }
    }
}

/// How the files are laid out, where they do not show it.
#[derive(Debug, Args)]
#[command(next_help_heading = "How the files are laid out [default: as they show]")]
struct LayoutArgs {
    /// Zone of times that are written without one [default: UTC]
    #[arg(long, value_name = "ZONE")]
    times_in: Option<String>,
    /// Order of dates (dmy, mdy, ymd), unit of counts (s, ms, us, ns, excel), or a pattern such as
    /// %d/%m/%Y
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<String>,
    /// Which edge of its bar a time is [default: open]
    #[arg(long, value_name = "EDGE")]
    time_is: Option<BarTime>,
    /// The first line is a row
    #[arg(long = "no-header")]
    has_no_header: bool,
    /// Lines at the beginning that are no rows
    #[arg(long = "skip-rows", value_name = "LINES")]
    skipped_rows: Option<u32>,
    /// What prices are multiplied by, as in 0.000000001
    #[arg(long, value_name = "FACTOR")]
    scale: Option<String>,
    /// What stands before a fraction
    #[arg(long, value_name = "MARK")]
    decimal_mark: Option<DecimalMark>,
}

/// Which edge of its bar a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BarTime {
    /// The time at which the bar begins
    Open,
    /// The time at which it ends
    Close,
}

/// What stands before a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DecimalMark {
    /// As in 1,234.5
    Point,
    /// As in 1.234,5
    Comma,
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &ImportArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let files: Vec<PathBuf> = args.files.iter().flat_map(|it| pattern::files_of(it)).collect();
    let sending = Sending::of(&files, globals);
    let pieces = Pieces::open(&files, args.header(), sending.clone())?;
    let connection = globals.connect().await?;
    let (tell_failure, mut failure) = oneshot::channel();
    let response = connection.market_data().upload_bars(all_or_nothing(pieces, tell_failure)).await;
    sending.close();
    if let Ok(error) = failure.try_recv() {
        return Err(error);
    }
    let response = response?.into_inner();
    if !globals.is_json {
        response.understood.iter().for_each(|line| output::understood(line));
    }
    globals.warn(&response.warnings);
    globals.answer(&response, |response| {
        let series = response.series.clone().unwrap_or_default();
        let line = series_line::series_line(&series, response.created);
        if !args.only_validates {
            return line;
        }
        let zone = series.spec.as_ref().map_or("", |spec| &spec.time_zone);
        let preview = response.preview.as_ref();
        let table =
            preview.map(|it| bar_export::preview(it, series.bar_count, zone)).unwrap_or_default();
        format!("{line} (nothing was stored)\n{table}")
    })?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    #[test]
    fn a_series_is_named_in_one_word_or_in_three() {
        let spec = |line: &str| {
            let command = ImportArgs::augment_args(clap::Command::new("import"));
            let matches = command.try_get_matches_from(line.split(' '));
            matches.map(|matches| ImportArgs::from_arg_matches(&matches).unwrap().spec())
        };
        let word = spec("import f.csv --as X:Y@1m --price-tick 0.01").unwrap();
        let three = "import f.csv --exchange X --symbol Y --timeframe 1m --price-tick 0.01";
        assert_eq!(word, spec(three).unwrap());
        assert!(spec("import f.csv").is_err() && spec("import f.csv --exchange X").is_err());
        assert!(spec("import f.csv --as X:Y@1m --exchange X").is_err());
    }
}
