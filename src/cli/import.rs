//! `tradeforge data import`: files of bars, streamed to the server in one upload.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::args::{Pair, SeriesName};
use super::connect::GlobalArgs;
use super::error::CliError;
use super::exit::Exit;
use super::{data, output};
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
    let (tell_failure, failure) = oneshot::channel();
    let upload = whole_pieces(pieces, tell_failure);
    let mut client = connection.market_data();
    let response = tokio::select! {
        response = client.upload_bars(upload) => response?.into_inner(),
        // Dropping the call resets its stream, so the server keeps nothing of it.
        Ok(error) = failure => return Err(error),
    };
    if !globals.is_json {
        response.warnings.iter().for_each(|warning| output::warn(warning));
    }
    globals.answer(&response, |response| {
        data::series_line(&response.series.clone().unwrap_or_default(), response.created)
    })?;
    Ok(Exit::Ok)
}

/// The pieces up to the first that cannot be read. There the stream stands still and never ends,
/// because its end would tell the server that all is there.
fn whole_pieces(
    pieces: Pieces,
    tell_failure: oneshot::Sender<CliError>,
) -> impl stream::Stream<Item = pb::UploadBarsRequest> {
    let mut tell_failure = Some(tell_failure);
    stream::iter(pieces).then(move |piece| {
        let piece = piece.map_err(|error| {
            // Nobody listens only if the call is over, and then nothing is lost.
            tell_failure.take().map(|sender| sender.send(error))
        });
        async move {
            match piece {
                Ok(piece) => piece,
                Err(_) => std::future::pending().await,
            }
        }
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
            Err(cause) => Some(Err(unreadable(path, cause))),
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
    async fn an_upload_never_ends_as_if_whole_when_a_file_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        // A folder opens like a file and fails when read.
        let pieces =
            Pieces::open(&[folder.path().into()], pb::SeriesSpec::default(), false).unwrap();
        let (tell_failure, failure) = oneshot::channel();
        let mut upload = std::pin::pin!(whole_pieces(pieces, tell_failure));
        assert!(upload.next().await.is_some(), "the header");
        tokio::select! {
            piece = upload.next() => panic!("went on with {piece:?}"),
            error = failure => assert!(matches!(error, Ok(CliError::File { .. }))),
        }
    }
}
