//! `ResultService`: what runs leave behind.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use tonic::{Request, Response, Status};

use super::convert::TradeConverter;
use super::page::{Tokens, size};
use super::run_service::run_id;
use super::status::{invalid_field, not_served};
use crate::pb;
use crate::pb::result_service_server::ResultService;
use crate::runner::{CURVE_POINTS_MIN, Runner};

const TRADES_PAGE_SIZE: usize = 100;
const CURVE_POINTS_DEFAULT: usize = 2_000;
/// Below a message of 1 MiB at 24 bytes a point.
const CURVE_POINTS_MAX: usize = 40_000;

pub(super) struct ResultServer {
    pub(super) runner: Arc<Runner>,
}

type Rows<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn only_trial(trial_index: Option<i64>) -> Result<(), Status> {
    match trial_index {
        None | Some(0) => Ok(()),
        Some(_) => Err(invalid_field("trial_index", "a backtest has the one trial 0")),
    }
}

/// To how many points a curve is thinned: 0 is the default, more than the most is the most.
fn curve_points(requested: i32) -> Result<usize, Status> {
    match usize::try_from(requested) {
        Ok(0) => Ok(CURVE_POINTS_DEFAULT),
        Ok(points) if points >= CURVE_POINTS_MIN => Ok(points.min(CURVE_POINTS_MAX)),
        _ => {
            let message = format!("must be 0 or at least {CURVE_POINTS_MIN}, but is {requested}");
            Err(invalid_field("max_points", message))
        }
    }
}

#[tonic::async_trait]
impl ResultService for ResultServer {
    async fn list_trades(
        &self,
        request: Request<pb::ListTradesRequest>,
    ) -> Result<Response<pb::ListTradesResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        only_trial(request.trial_index)?;
        let limit = size(request.page_size, TRADES_PAGE_SIZE)?;
        let tokens = Tokens::bound_to(&["trades", &request.run_id]);
        let offset = tokens.read_number(&request.page_token)?;
        let (record, page) = self.runner.trades(run_id, offset, limit).await?;
        let converter = TradeConverter::new(record.spec.base());
        let trades: Vec<_> =
            (offset..).zip(&page.trades).map(|(index, row)| converter.trade(index, row)).collect();
        let next = offset + trades.len() as u64;
        let more = !trades.is_empty() && next < page.total;
        Ok(Response::new(pb::ListTradesResponse {
            trades,
            next_page_token: if more { tokens.write(&next.to_string()) } else { String::new() },
            total_size: page.total as i64,
        }))
    }

    async fn get_trial(
        &self,
        _request: Request<pb::GetTrialRequest>,
    ) -> Result<Response<pb::GetTrialResponse>, Status> {
        Err(not_served("GetTrial"))
    }

    async fn list_trials(
        &self,
        _request: Request<pb::ListTrialsRequest>,
    ) -> Result<Response<pb::ListTrialsResponse>, Status> {
        Err(not_served("ListTrials"))
    }

    type ExportTrialsStream = Rows<pb::ExportTrialsResponse>;

    async fn export_trials(
        &self,
        _request: Request<pb::ExportTrialsRequest>,
    ) -> Result<Response<Self::ExportTrialsStream>, Status> {
        Err(not_served("ExportTrials"))
    }

    type WatchTrialsStream = Rows<pb::WatchTrialsResponse>;

    async fn watch_trials(
        &self,
        _request: Request<pb::WatchTrialsRequest>,
    ) -> Result<Response<Self::WatchTrialsStream>, Status> {
        Err(not_served("WatchTrials"))
    }

    async fn get_equity_curve(
        &self,
        request: Request<pb::GetEquityCurveRequest>,
    ) -> Result<Response<pb::GetEquityCurveResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        only_trial(request.trial_index)?;
        let points_max = curve_points(request.max_points)?;
        let (record, curve) = self.runner.equity_curve(run_id, points_max).await?;
        let converter = TradeConverter::new(record.spec.base());
        Ok(Response::new(pb::GetEquityCurveResponse {
            time_unix_ms: curve.points.iter().map(|point| point.time_ms).collect(),
            equity: curve.points.iter().map(|point| converter.amount(point.equity)).collect(),
            drawdown: curve.points.iter().map(|point| point.drawdown).collect(),
            total_points: curve.total as i64,
        }))
    }

    async fn list_failure_groups(
        &self,
        _request: Request<pb::ListFailureGroupsRequest>,
    ) -> Result<Response<pb::ListFailureGroupsResponse>, Status> {
        Err(not_served("ListFailureGroups"))
    }
}
