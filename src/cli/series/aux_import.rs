//! `tradeforge data import-aux`: a file of an auxiliary series, streamed to the server.

use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt as _;
use tokio::sync::oneshot;

use crate::cli::series::aux_series::aux_line;
use crate::cli::text::args::Pair;
use crate::cli::text::aux_name::AuxName;
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::sending::Sending;
use crate::cli::wire::upload_pieces::{Pieces, all_or_nothing};
use crate::pb;
use crate::pb::upload_aux_request::Part;
use crate::pb::upload_bars_request::Part as BarsPart;

/// Imports a table of values beside bars, each row with the time at which it was known.
#[derive(Debug, Args)]
pub struct AuxImportArgs {
    /// A table with headings: CSV, Parquet or Arrow, also packed; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What to call the series, as in signals, or funding@BINANCE:BTCUSDT for one that belongs to
    /// an instrument
    #[arg(long = "as", value_name = "NAME[@EXCHANGE:SYMBOL]")]
    name: AuxName,
    #[arg(
        long = "time",
        value_name = "HEADING",
        help = "The column of times [default: known_at, or the one that is called as times usually \
                are]"
    )]
    time_column: Option<String>,
    /// A row was known so many seconds after its time; this or the next is needed unless the column
    /// says it
    #[arg(long, value_name = "SECONDS", conflicts_with = "known_at_end_of")]
    known_after: Option<i64>,
    /// Or: its time opens a bar of this timeframe, at whose end the row was known
    #[arg(long, value_name = "TF")]
    known_at_end_of: Option<String>,
    /// Take this column, under this name, as in score=Score; may be repeated [default: all]
    #[arg(long = "column", value_name = "NAME=HEADING")]
    columns: Vec<Pair>,
    /// Zone of times that are written without one [default: UTC]
    #[arg(long, value_name = "ZONE")]
    times_in: Option<String>,
    /// Order of dates (dmy, mdy, ymd), unit of counts (s, ms, us, ns, excel), or a pattern such as
    /// %d/%m/%Y
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<String>,
}

impl AuxImportArgs {
    fn spec(&self) -> pb::AuxSpec {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let columns = self.columns.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
        pb::AuxSpec {
            columns: columns.collect(),
            time_column: given(&self.time_column),
            known_after_seconds: self.known_after,
            known_at_end_of: given(&self.known_at_end_of),
            times_in: given(&self.times_in),
            time_format: given(&self.time_format),
            ..self.name.spec()
        }
    }
}

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &AuxImportArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let files = [args.file.clone()];
    let sending = Sending::of(&files, globals);
    let pieces = Pieces::open(&files, pb::UploadBarsHeader::default(), sending.clone())?;
    let connection = globals.connect().await?;
    let (tell_failure, mut failure) = oneshot::channel();
    let spec = args.spec();
    let pieces = all_or_nothing(pieces, tell_failure).map(move |piece| of_aux(piece, &spec));
    let response = connection.market_data().upload_aux(pieces).await;
    sending.close();
    if let Ok(error) = failure.try_recv() {
        return Err(error);
    }
    let response = response?.into_inner();
    if !globals.is_json {
        output::understood(&response.understood);
    }
    globals.warn(&response.warnings);
    globals.answer(&response, |response| {
        aux_line(&response.aux.clone().unwrap_or_default(), response.created)
    })?;
    Ok(Exit::Ok)
}

/// The same piece of an upload of an auxiliary series.
fn of_aux(piece: pb::UploadBarsRequest, spec: &pb::AuxSpec) -> pb::UploadAuxRequest {
    let part = piece.part.map(|part| match part {
        BarsPart::Header(header) => {
            let (aux, source_name) = (Some(spec.clone()), header.source_name);
            Part::Header(pb::UploadAuxHeader { aux, source_name })
        }
        BarsPart::Chunk(chunk) => Part::Chunk(chunk),
    });
    pb::UploadAuxRequest { part }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    #[test]
    fn a_row_is_known_after_its_time_or_at_the_end_of_its_bar_and_not_both() {
        let spec = |line: &str| {
            let command = AuxImportArgs::augment_args(clap::Command::new("import-aux"));
            let matches = command.try_get_matches_from(line.split(' '));
            matches.map(|matches| AuxImportArgs::from_arg_matches(&matches).unwrap().spec())
        };
        let after = spec("import-aux f.csv --as funding@X:Y --known-after 0").unwrap();
        assert_eq!((after.name.as_str(), after.symbol.as_str()), ("funding", "Y"));
        assert_eq!(after.known_after_seconds, Some(0));
        let end = spec("import-aux f.csv --as s --known-at-end-of 1h --column a=A").unwrap();
        assert_eq!((end.known_after_seconds, end.columns["a"].as_str()), (None, "A"));
        assert!(spec("import-aux f.csv --as s --known-at-end-of 1h --known-after 1").is_err());
        assert!(spec("import-aux f.csv").is_err() && spec("import-aux f.csv --as s@X").is_err());
    }
}
