//! What runs leave behind, whole and by column: streamed by gRPC, made into files by HTTP, and
//! counted together.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use tonic::Status;

use super::attended::attended;
use super::convert::{
    TradeConverter, point_columns, point_table, table, trade_columns, trade_table,
};
use super::result_service::trial_index;
use super::run_service::run_id;
use super::status::{invalid, invalid_field};
use super::streams::Streams;
use super::trial_query::{TRIALS_PER_MESSAGE, columns_of, trial_query};
use crate::pb;
use crate::run::Violations;
use crate::runner::Runner;

/// Exports at once: each holds some megabytes for as long as its client reads.
const EXPORTS_MAX: usize = 32;
const EXPORTS_PER_PEER_MAX: usize = 8;

/// Rows on their way, message by message.
pub(super) type Rows<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Exports runs, for both doors together.
#[derive(Clone)]
pub(crate) struct Exports {
    runner: Arc<Runner>,
    open: Streams,
}

impl Exports {
    pub(crate) fn new(runner: Arc<Runner>) -> Self {
        Self { runner, open: Streams::exports(EXPORTS_MAX, EXPORTS_PER_PEER_MAX) }
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
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let query = trial_query(&search, &request.filter, &request.order_by)?;
        let columns = columns_of(&search, &request.columns)?;
        let limit = u64::try_from(request.limit)
            .map_err(|_| invalid_field("limit", "must not be negative"))?;
        let limit = Some(limit).filter(|limit| *limit > 0);
        let batches = search.export(query, limit, TRIALS_PER_MESSAGE).await?;
        let rows = with_columns(batches, Vec::new()).map(move |batch| {
            let trials = batch?;
            let row_count = trials.len() as i32;
            Ok(pb::ExportTrialsResponse { row_count, columns: table(&columns, &trials) })
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

    /// Every trade; the first message tells the columns also if there are none.
    pub(crate) async fn trades(
        &self,
        request: pb::ExportTradesRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportTradesResponse>, Status> {
        let permit = self.open.open(peer)?;
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
        Ok(Box::pin(attended(rows, permit)))
    }
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
