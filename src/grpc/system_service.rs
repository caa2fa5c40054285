//! `SystemService`: who serves, with which limits, under which load, and who computes besides.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::convert::{duration, fleet, worker};
use super::page::{Tokens, fitting, size};
use crate::clock::Clock;
use crate::engine::ENGINE_VERSION;
use crate::pb;
use crate::pb::system_service_server::SystemService;
use crate::runner::Runner;

/// Workers of a page that does not say how many.
const WORKERS_PAGE_SIZE: usize = 100;

pub(super) struct SystemServer {
    pub(super) runner: Arc<Runner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) started_ms: i64,
    pub(super) worker_threads: usize,
    pub(super) limits: pb::Limits,
    pub(super) page_size_max: usize,
}

#[tonic::async_trait]
impl SystemService for SystemServer {
    async fn get_server_info(
        &self,
        _request: Request<pb::GetServerInfoRequest>,
    ) -> Result<Response<pb::GetServerInfoResponse>, Status> {
        let load = self.runner.load();
        Ok(Response::new(pb::GetServerInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_revision: env!("TRADEFORGE_REVISION").to_owned(),
            engine_version: ENGINE_VERSION.to_owned(),
            worker_threads: self.worker_threads as i32,
            limits: Some(self.limits),
            running_runs: load.running as i32,
            pending_runs: load.pending as i32,
            uptime: Some(duration(self.clock.now_ms() - self.started_ms)),
            fleet: self.runner.machines().map(fleet),
        }))
    }

    async fn list_workers(
        &self,
        request: Request<pb::ListWorkersRequest>,
    ) -> Result<Response<pb::ListWorkersResponse>, Status> {
        let request = request.into_inner();
        let limit = size(request.page_size, WORKERS_PAGE_SIZE, self.page_size_max)?;
        let tokens = Tokens::bound_to(&["workers"]);
        let after = tokens.read(&request.page_token)?.unwrap_or_default();
        let found = self.runner.machines_after(&after, limit + 1);
        let workers = fitting(found.iter().take(limit).map(worker)).await;
        let last = workers.last().filter(|_| workers.len() < found.len());
        Ok(Response::new(pb::ListWorkersResponse {
            next_page_token: last.map_or_else(String::new, |it| tokens.write(&it.worker_id)),
            workers,
        }))
    }
}
