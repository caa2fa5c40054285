//! `StrategyService`: what can be computed.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::status::invalid;
use crate::pb;
use crate::pb::strategy_service_server::StrategyService;
use crate::rules::{compile, describe};
use crate::run::Violations;
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

    /// A text of the greatest size takes milliseconds: on a thread that may wait.
    async fn check_strategy(
        &self,
        request: Request<pb::CheckStrategyRequest>,
    ) -> Result<Response<pb::CheckStrategyResponse>, Status> {
        let source = request.into_inner().source;
        if source.is_empty() {
            let mut violations = Violations::default();
            violations.add("source", "is required: a strategy as text");
            return Err(invalid(&violations));
        }
        let checked = spawn_blocking(move || (&compile(&source)).into()).await;
        checked.map(Response::new).map_err(|_| Status::unavailable("the server is shutting down"))
    }

    async fn describe_language(
        &self,
        _request: Request<pb::DescribeLanguageRequest>,
    ) -> Result<Response<pb::DescribeLanguageResponse>, Status> {
        Ok(Response::new(describe().into()))
    }
}
