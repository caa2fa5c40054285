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
use crate::runner::Runner;

const TRADES_PAGE_SIZE: usize = 100;

pub(super) struct ResultServer {
    pub(super) runner: Arc<Runner>,
}

type Rows<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl ResultService for ResultServer {
    async fn list_trades(
        &self,
        request: Request<pb::ListTradesRequest>,
    ) -> Result<Response<pb::ListTradesResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        if request.trial_index.is_some_and(|index| index != 0) {
            return Err(invalid_field("trial_index", "a backtest has the one trial 0"));
        }
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
        _request: Request<pb::GetEquityCurveRequest>,
    ) -> Result<Response<pb::GetEquityCurveResponse>, Status> {
        Err(not_served("GetEquityCurve"))
    }

    async fn list_failure_groups(
        &self,
        _request: Request<pb::ListFailureGroupsRequest>,
    ) -> Result<Response<pb::ListFailureGroupsResponse>, Status> {
        Err(not_served("ListFailureGroups"))
    }
}
