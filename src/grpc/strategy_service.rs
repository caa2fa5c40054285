//! `StrategyService`: what can be computed.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::pb;
use crate::pb::strategy_service_server::StrategyService;
use crate::runner::Runner;

pub(super) struct StrategyServer {
    pub(super) runner: Arc<Runner>,
}

#[tonic::async_trait]
impl StrategyService for StrategyServer {
    async fn list_strategies(
        &self,
        _request: Request<pb::ListStrategiesRequest>,
    ) -> Result<Response<pb::ListStrategiesResponse>, Status> {
        let strategies = self.runner.catalog().entries().iter().map(Into::into).collect();
        Ok(Response::new(pb::ListStrategiesResponse { strategies }))
    }
}
