//! `tradeforge data import`: files of bars, streamed to the server in one upload.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::args::{Pair, SeriesName};
use super::connect::GlobalArgs;
use super::data;
use super::error::CliError;
use super::exit::Exit;
use crate::pb;
use crate::pb::upload_bars_request::Part;

/// Large enough to cost nothing per chunk, small enough to interleave with other calls.
const CHUNK_BYTES: u64 = 256 << 10;

/// Imports files of bars as one series: all of them, or nothing.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files of bars: CSV, also compressed
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The series in one word, instead of the three options below
    #[arg(
        long = "as",
        value_name = "EXCHANGE:SYMBOL@TF",
        conflicts_with_all = ["exchange", "symbol", "timeframe"]
    )]
    series: Option<SeriesName>,
    /// Where the instrument trades, as in BINANCE
    #[arg(long, required_unless_present = "series")]
    exchange: Option<String>,
    /// The instrument's name there, as in BTCUSDT
    #[arg(long, required_unless_present = "series")]
    symbol: Option<String>,
    /// Length of a bar, as in 1m, 4h or 1d
    #[arg(long, required_unless_present = "series")]
    timeframe: Option<String>,
    /// Smallest price step [default: the finest decimal in the prices]
    #[arg(long, value_name = "STEP")]
    price_tick: Option<String>,
    /// Smallest quantity step [default: fine enough for any price]
    #[arg(long, value_name = "STEP")]
    quantity_step: Option<String>,
    /// When the instrument trades [default: told by the bars]
    #[arg(long)]
    calendar: Option<Calendar>,
    /// The file's name of a column, as in close=Last; may be repeated
    #[arg(long = "column", value_name = "OURS=THEIRS")]
    columns: Vec<Pair>,
    /// Overwrite stored bars of the same time that differ
    #[arg(long = "replace")]
    replaces: bool,
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

impl ImportArgs {
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
            ..position
        }
    }
}

/// Runs the command.
pub(super) async fn run(args: &ImportArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let pieces = Pieces::open(&args.files, args.spec(), args.replaces)?;
    let connection = globals.connect().await?;
    let (tell_failure, mut failure) = oneshot::channel();
    let response = connection.market_data().upload_bars(all_or_nothing(pieces, tell_failure)).await;
    if let Ok(error) = failure.try_recv() {
        return Err(error);
    }
    let response = response?.into_inner();
    globals.warn(&response.warnings);
    globals.answer(&response, |response| {
        data::series_line(&response.series.clone().unwrap_or_default(), response.created)
    })?;
    Ok(Exit::Ok)
}

/// The pieces, up to the first that cannot be read. In its place goes one that the server must
/// refuse: an upload that merely breaks off can look to it like one that is complete.
fn all_or_nothing(
    pieces: Pieces,
    tell_failure: oneshot::Sender<CliError>,
) -> impl stream::Stream<Item = pb::UploadBarsRequest> {
    let mut tell_failure = Some(tell_failure);
    stream::iter(pieces).map(move |piece| {
        piece.unwrap_or_else(|error| {
            // Nobody listens only if the call is over, and then nothing is lost.
            let _ = tell_failure.take().map(|sender| sender.send(error));
            pb::UploadBarsRequest { part: None }
        })
    })
}

/// The messages of one upload: for each file a header, then its bytes in chunks.
struct Pieces {
    files: std::vec::IntoIter<(PathBuf, File)>,
    current: Option<(PathBuf, File)>,
    spec: pb::SeriesSpec,
    replaces: bool,
}

impl Pieces {
    /// Opens all files at once, so that a wrong name is told before anything is sent.
    fn open(paths: &[PathBuf], spec: pb::SeriesSpec, replaces: bool) -> Result<Self, CliError> {
        let open = |path: &PathBuf| {
            let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
            Ok((path.clone(), file))
        };
        let files: Vec<_> = paths.iter().map(open).collect::<Result<_, CliError>>()?;
        Ok(Self { files: files.into_iter(), current: None, spec, replaces })
    }

    fn header(&self, path: &Path) -> pb::UploadBarsHeader {
        let name = path.file_name().unwrap_or(path.as_os_str());
        pb::UploadBarsHeader {
            series: Some(self.spec.clone()),
            format: pb::BarFormat::Unspecified.into(),
            source_name: name.to_string_lossy().into_owned(),
            replace: self.replaces,
        }
    }

    /// The next chunk of the file at hand; `None` at its end, or if there is none.
    fn next_chunk(&mut self) -> Option<Result<Vec<u8>, CliError>> {
        let (path, file) = self.current.as_mut()?;
        let mut chunk = Vec::with_capacity(CHUNK_BYTES as usize);
        match file.take(CHUNK_BYTES).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk)),
            Err(cause) => {
                let error = unreadable(path, cause);
                (self.current, self.files) = (None, Vec::new().into_iter());
                Some(Err(error))
            }
        }
    }
}

impl Iterator for Pieces {
    type Item = Result<pb::UploadBarsRequest, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = if let Some(chunk) = self.next_chunk() {
            chunk.map(Part::Chunk)
        } else {
            let (path, file) = self.files.next()?;
            let header = self.header(&path);
            self.current = Some((path, file));
            Ok(Part::Header(header))
        };
        Some(part.map(|part| pb::UploadBarsRequest { part: Some(part) }))
    }
}

fn unreadable(path: &Path, cause: std::io::Error) -> CliError {
    CliError::File { path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    fn parts(paths: &[PathBuf]) -> Vec<Result<Part, CliError>> {
        let pieces = Pieces::open(paths, pb::SeriesSpec::default(), false).unwrap();
        pieces.map(|piece| piece.map(|piece| piece.part.unwrap())).collect()
    }

    #[test]
    fn each_file_is_a_header_and_then_its_bytes_in_chunks() {
        let folder = tempfile::tempdir().unwrap();
        let (long, short) = (folder.path().join("long.csv"), folder.path().join("short.csv"));
        std::fs::write(&long, vec![b'x'; CHUNK_BYTES as usize + 1]).unwrap();
        std::fs::write(&short, "ts").unwrap();
        let shapes: Vec<String> = parts(&[long, short])
            .into_iter()
            .map(|part| match part.unwrap() {
                Part::Header(header) => header.source_name,
                Part::Chunk(chunk) => chunk.len().to_string(),
            })
            .collect();
        assert_eq!(shapes, ["long.csv", "262144", "1", "short.csv", "2"]);
    }

    #[test]
    fn a_missing_file_is_told_before_anything_is_sent() {
        let opened = Pieces::open(&["/nowhere/x.csv".into()], pb::SeriesSpec::default(), false);
        assert!(matches!(opened, Err(CliError::File { .. })));
    }

    #[tokio::test]
    async fn an_upload_with_an_unreadable_file_ends_in_a_piece_that_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        // A folder opens like a file and fails when read.
        let paths = [folder.path().to_owned(), folder.path().to_owned()];
        let pieces = Pieces::open(&paths, pb::SeriesSpec::default(), false).unwrap();
        let (tell_failure, mut failure) = oneshot::channel();
        let sent: Vec<_> = all_or_nothing(pieces, tell_failure).collect().await;
        assert_eq!(sent.len(), 2, "the header and what must be refused");
        assert_eq!(sent[1].part, None);
        assert!(matches!(failure.try_recv(), Ok(CliError::File { .. })));
    }

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
