//! `StrategyService`: what can be computed.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::caller::actor;
use super::convert::{shipped, with_source};
use super::status::invalid;
use crate::pb;
use crate::pb::strategy_service_server::StrategyService;
use crate::rules::{compile, describe};
use crate::run::Violations;
use crate::runner::{Runner, RunnerError};

pub(super) struct StrategyServer {
    pub(super) runner: Arc<Runner>,
}

#[tonic::async_trait]
impl StrategyService for StrategyServer {
    async fn list_strategies(
        &self,
        _request: Request<pb::ListStrategiesRequest>,
    ) -> Result<Response<pb::ListStrategiesResponse>, Status> {
        let shipped = self.runner.catalog().entries().iter().map(pb::Strategy::from);
        let saved = self.runner.saved_strategies().await?;
        let mut strategies: Vec<_> = shipped.chain(saved.iter().map(Into::into)).collect();
        strategies.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Response::new(pb::ListStrategiesResponse { strategies }))
    }

    async fn get_strategy(
        &self,
        request: Request<pb::GetStrategyRequest>,
    ) -> Result<Response<pb::GetStrategyResponse>, Status> {
        let pb::GetStrategyRequest { name, version } = request.into_inner();
        let (strategy, versions) = match self.runner.catalog().find(&name, &version) {
            Ok(entry) => (shipped(entry), vec![entry.version.to_string()]),
            Err(unknown) if unknown.version_only => {
                let message = format!("version {}", unknown.message);
                return Err(RunnerError::StrategyNotFound { name, message }.into());
            }
            Err(_) => {
                let (saved, versions) = self.runner.saved_strategy(&name, &version).await?;
                (with_source(&saved), versions.iter().map(ToString::to_string).collect())
            }
        };
        Ok(Response::new(pb::GetStrategyResponse { strategy: Some(strategy), versions }))
    }

    async fn save_strategy(
        &self,
        request: Request<pb::SaveStrategyRequest>,
    ) -> Result<Response<pb::SaveStrategyResponse>, Status> {
        let actor = actor(&request);
        let pb::SaveStrategyRequest { name, source } = request.into_inner();
        let saving = self.runner.save_strategy(name, source, &actor).await?;
        Ok(Response::new((&saving).into()))
    }

    async fn delete_strategy(
        &self,
        request: Request<pb::DeleteStrategyRequest>,
    ) -> Result<Response<pb::DeleteStrategyResponse>, Status> {
        let actor = actor(&request);
        self.runner.delete_strategy(&request.into_inner().name, &actor).await?;
        Ok(Response::new(pb::DeleteStrategyResponse {}))
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
