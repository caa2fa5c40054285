//! What runs leave behind, whole and by column: streamed by gRPC, made into files by HTTP, and
//! counted together.

use std::net::SocketAddr;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use tokio::task::spawn_blocking;
use tonic::Status;

use super::attended::{ahead, attended};
use super::convert::{
    BarColumn, TradeConverter, TrialColumn, aux_table, bar_columns, bar_table, point_columns,
    point_table, table, time_range, timeframe, trade_columns, trade_table, window_table,
};
use super::import_turns::ImportTurns;
use super::result_service::trial_index;
use super::run_service::run_id;
use super::status::{invalid, invalid_field, shutting_down};
use super::streams::Streams;
use super::trial_query::{columns_of, rows_per_message, trial_query, trials_per_message};
use crate::data::{AuxRowsRequest, Library, VersionRequest};
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::pb;
use crate::run::{Violations, WindowTrial};
use crate::runner::Runner;

/// Bars, or rows of an auxiliary series, of one message: some 400 kB, and 2 MB of the widest rows.
const BARS_PER_MESSAGE: usize = 8_192;
/// Trials that an export holds at a time, with all that may be told of them: some megabytes.
const TRIALS_AT_ONCE: usize = 2_000;
/// Exports at once: each holds some megabytes for as long as its client reads.
const EXPORTS_MAX: usize = 32;
const EXPORTS_PER_PEER_MAX: usize = 8;

/// Rows on their way, message by message.
pub(super) type Rows<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Exports runs, for both doors together.
#[derive(Clone)]
pub(crate) struct Exports {
    pub(super) runner: Arc<Runner>,
    pub(super) library: Arc<Library>,
    pub(super) open: Streams,
    /// Whose turn it is to import a run.
    pub(super) importing: ImportTurns,
}

impl Exports {
    pub(crate) fn new(runner: Arc<Runner>, library: Arc<Library>) -> Self {
        let open = Streams::exports(EXPORTS_MAX, EXPORTS_PER_PEER_MAX);
        Self { runner, library, open, importing: ImportTurns::default() }
    }

    /// How many there are at the moment.
    pub(crate) fn count(&self) -> usize {
        self.open.count()
    }

    /// Whether nothing about that run can change any more.
    pub(crate) async fn is_over(&self, name: &str) -> bool {
        let Ok(run_id) = run_id(name) else { return false };
        self.runner.status(run_id).await.is_ok_and(|status| status.is_final())
    }

    /// A stream of what is made already: ended as an export if nobody reads it, and counted
    /// nowhere.
    pub(crate) fn read<T: Send + 'static>(
        items: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
        attended(items, ())
    }

    /// The trials asked for. The first message is there also if there are none: it tells the
    /// columns.
    pub(crate) async fn trials(
        &self,
        request: pb::ExportTrialsRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportTrialsResponse>, Status> {
        let permit = self.open.open(peer)?;
        Ok(Box::pin(attended(self.trial_rows(request).await?, permit)))
    }

    /// The same, for whoever holds a permit.
    pub(super) async fn trial_rows(
        &self,
        request: pb::ExportTrialsRequest,
    ) -> Result<Rows<pb::ExportTrialsResponse>, Status> {
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let query = trial_query(&search, request.filter, request.order_by).await?;
        let columns = columns_of(&search, &request.columns)?;
        let limit = u64::try_from(request.limit)
            .map_err(|_| invalid_field("limit", "must not be negative"))?;
        let limit = Some(limit).filter(|limit| *limit > 0);
        let metrics = columns.iter().filter_map(TrialColumn::metric).collect();
        let at_once = trials_per_message(&columns).min(TRIALS_AT_ONCE);
        let batches = search.export(query, metrics, limit, at_once).await?;
        // The next are read while these are put into columns.
        let rows = with_columns(ahead(batches), Vec::new()).map(move |batch| {
            let trials = batch?;
            let row_count = trials.len() as i32;
            Ok(pb::ExportTrialsResponse { row_count, columns: table(&columns, &trials) })
        });
        Ok(Box::pin(rows))
    }

    /// Every trial of a window of a walk-forward, in both of its parts.
    pub(crate) async fn window_trials(
        &self,
        request: pb::ExportWindowTrialsRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportWindowTrialsResponse>, Status> {
        let permit = self.open.open(peer)?;
        let (run_id, window) = (run_id(&request.run_id)?, i64::from(request.window_index));
        let (spec, parts) = self.runner.window_trials(run_id, window).await?;
        let mut violations = Violations::default();
        let table = window_table(&request.columns, spec.search, &mut violations);
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let table = Arc::new(table);
        let at_once = rows_per_message(table.len(), table.is_brief());
        let messages = parts.map(move |part| {
            let messages = part.map(|trials| {
                let pieces: Vec<_> = trials.chunks(at_once).map(<[WindowTrial]>::to_vec).collect();
                pieces
            });
            futures_util::stream::iter(match messages {
                Ok(pieces) => pieces.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(Status::from(error))],
            })
        });
        let rows = messages.flatten().then(move |trials| {
            let table = Arc::clone(&table);
            async move {
                let trials = trials?;
                let row_count = trials.len() as i32;
                // Parameters follow from the index: thousands of them take milliseconds.
                let filling = spawn_blocking(move || table.filled(&trials));
                let columns = filling.await.map_err(|_| shutting_down())?;
                Ok(pb::ExportWindowTrialsResponse { row_count, columns })
            }
        });
        Ok(Box::pin(attended(rows, permit)))
    }

    /// Every point of an equity curve.
    pub(crate) async fn equity(
        &self,
        request: pb::ExportEquityRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportEquityResponse>, Status> {
        let permit = self.open.open(peer)?;
        let (run_id, trial_index) = (run_id(&request.run_id)?, trial_index(request.trial_index)?);
        let columns = chosen(&request.columns, point_columns)?;
        let (spec, parts) = self.runner.export_equity(run_id, trial_index).await?;
        let converter = TradeConverter::new(&spec);
        let rows = parts.map(move |points| {
            let points = points?;
            let columns = point_table(&columns, &points, &converter);
            Ok(pb::ExportEquityResponse { row_count: points.len() as i32, columns })
        });
        Ok(Box::pin(attended(rows, permit)))
    }

    /// The bars of one version of a series; the first message tells the columns also if there are
    /// none.
    pub(crate) async fn bars(
        &self,
        request: pb::ExportBarsRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportBarsResponse>, Status> {
        let permit = self.open.open(peer)?;
        let (columns, wanted) = bar_export(&request)?;
        let (series, rows) = self.library.version(wanted).await?;
        let parts = rows.into_iter().flat_map(|rows| parts_of(rows, BARS_PER_MESSAGE));
        let parts = futures_util::stream::iter(parts.map(Ok::<_, Status>));
        let rows = with_columns(parts, 0..0).map(move |part| {
            let part = part?;
            let row_count = part.len() as i32;
            Ok(pb::ExportBarsResponse { row_count, columns: bar_table(&columns, &series, part) })
        });
        Ok(Box::pin(attended(rows, permit)))
    }

    /// The rows of one version of an auxiliary series; the first message tells the columns also if
    /// there are none.
    pub(crate) async fn aux(
        &self,
        request: pb::ExportAuxRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportAuxResponse>, Status> {
        let permit = self.open.open(peer)?;
        let (series, rows) = self.library.aux_rows(aux_export(&request)?).await?;
        let parts = rows.into_iter().flat_map(|rows| parts_of(rows, BARS_PER_MESSAGE));
        let parts = futures_util::stream::iter(parts.map(Ok::<_, Status>));
        let rows = with_columns(parts, 0..0).map(move |part| {
            let part = part?;
            let row_count = part.len() as i32;
            Ok(pb::ExportAuxResponse { row_count, columns: aux_table(&series, part) })
        });
        Ok(Box::pin(attended(rows, permit)))
    }

    /// Every trade; the first message tells the columns also if there are none.
    pub(crate) async fn trades(
        &self,
        request: pb::ExportTradesRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportTradesResponse>, Status> {
        let permit = self.open.open(peer)?;
        Ok(Box::pin(attended(self.trade_rows(request).await?, permit)))
    }

    /// The same, for whoever holds a permit.
    pub(super) async fn trade_rows(
        &self,
        request: pb::ExportTradesRequest,
    ) -> Result<Rows<pb::ExportTradesResponse>, Status> {
        let (run_id, trial_index) = (run_id(&request.run_id)?, trial_index(request.trial_index)?);
        let columns = chosen(&request.columns, trade_columns)?;
        let (spec, parts) = self.runner.export_trades(run_id, trial_index).await?;
        let converter = TradeConverter::new(&spec);
        let mut first = 0;
        let rows = with_columns(parts, Vec::new()).map(move |trades| {
            let trades = trades?;
            let columns = trade_table(&columns, first, &trades, &converter);
            first += trades.len() as u64;
            Ok(pb::ExportTradesResponse { row_count: trades.len() as i32, columns })
        });
        Ok(Box::pin(rows))
    }
}

/// Which columns of which bars are asked for, or all that is wrong with the request.
fn bar_export(request: &pb::ExportBarsRequest) -> Result<(Vec<BarColumn>, VersionRequest), Status> {
    let mut violations = Violations::default();
    let columns = bar_columns(&request.columns, &mut violations);
    let data = content(&request.data_sha256, &mut violations);
    let asked = Some(request.timeframe.as_str()).filter(|text| !text.is_empty());
    let timeframe = asked.and_then(|text| timeframe(text, "timeframe", &mut violations));
    let range = time_range(request.time_range.as_ref(), "time_range", &mut violations);
    let (head, tail) = ends((request.head, request.tail), &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    let data = data.ok_or_else(|| invalid_field("data_sha256", "is required"))?;
    let (start_ms, end_ms) = range;
    Ok((columns, VersionRequest { data, timeframe, start_ms, end_ms, head, tail }))
}

/// Which rows of an auxiliary series are asked for, or all that is wrong with the request.
fn aux_export(request: &pb::ExportAuxRequest) -> Result<AuxRowsRequest, Status> {
    let mut violations = Violations::default();
    let data = content(&request.data_sha256, &mut violations);
    let (start_ms, end_ms) = time_range(request.time_range.as_ref(), "time_range", &mut violations);
    let (head, tail) = ends((request.head, request.tail), &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    let data = data.ok_or_else(|| invalid_field("data_sha256", "is required"))?;
    Ok(AuxRowsRequest { data, start_ms, end_ms, head, tail })
}

fn content(text: &str, violations: &mut Violations) -> Option<Digest> {
    let data = text.parse::<Digest>().map_err(|error| format!("{:?} {error}", excerpt(text)));
    violations.check("data_sha256", data)
}

/// How many of the first and of the last rows are asked for.
fn ends((head, tail): (i64, i64), violations: &mut Violations) -> (usize, usize) {
    let mut count = |number: i64, field: &str| {
        let number = usize::try_from(number).map_err(|_| "must not be negative");
        violations.check(field, number).unwrap_or(0)
    };
    (count(head, "head"), count(tail, "tail"))
}

/// The rows in parts of at most so many.
fn parts_of(rows: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> + Send {
    let end = rows.end;
    rows.step_by(size).map(move |start| start..end.min(start + size))
}

fn chosen<C>(
    asked: &[String],
    choose: fn(&[String], &mut Violations) -> Vec<C>,
) -> Result<Vec<C>, Status> {
    let mut violations = Violations::default();
    let columns = choose(asked, &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    Ok(columns)
}

/// The same batches, and `none` in place of no batch at all.
fn with_columns<B: Send + 'static, E: Send + 'static>(
    batches: impl Stream<Item = Result<B, E>> + Send + 'static,
    none: B,
) -> impl Stream<Item = Result<B, E>> + Send {
    let start = (Box::pin(batches), Some(none));
    futures_util::stream::unfold(start, |(mut batches, none)| async move {
        let next = batches.next().await.or_else(|| none.map(Ok))?;
        Some((next, (batches, None)))
    })
}
