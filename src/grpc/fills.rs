//! `ListFills`: the executions of one trade.

use tonic::Status;

use super::convert::TradeConverter;
use super::page::{Tokens, size};
use super::result_service::{ResultServer, trial_index};
use super::run_service::run_id;
use super::status::invalid_field;
use crate::pb;
use crate::runner::FillQuery;

const FILLS_PAGE_SIZE: usize = 100;

impl ResultServer {
    pub(super) async fn fills(
        &self,
        request: pb::ListFillsRequest,
    ) -> Result<pb::ListFillsResponse, Status> {
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let trade_index = u64::try_from(request.trade_index)
            .map_err(|_| invalid_field("trade_index", "must not be negative"))?;
        let limit = size(request.page_size, FILLS_PAGE_SIZE, self.page_size_max)?;
        let trial = trial_index.map_or_else(String::new, |index| index.to_string());
        let bound = ["fills", &request.run_id, &trial, &trade_index.to_string()];
        let tokens = Tokens::bound_to(&bound);
        let offset = tokens.read_number(&request.page_token)?;
        let query = FillQuery { trade_index, offset, limit };
        let (spec, found) = self.runner.fills(run_id, trial_index, query).await?;
        let page = found.map_err(|trades| {
            let message = format!("must be below {trades}, the number of trades: {trade_index}");
            invalid_field("trade_index", message)
        })?;
        let converter = TradeConverter::new(&spec);
        let fills: Vec<_> = page.fills.iter().map(|fill| converter.fill(fill)).collect();
        let next = offset + fills.len() as u64;
        let more = !fills.is_empty() && next < page.total;
        Ok(pb::ListFillsResponse {
            fills,
            next_page_token: if more { tokens.write(&next.to_string()) } else { String::new() },
            total_size: page.total as i64,
        })
    }
}
