//! `SystemService`: who serves, with which limits, under which load.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::convert::duration;
use crate::clock::Clock;
use crate::engine::ENGINE_VERSION;
use crate::pb;
use crate::pb::system_service_server::SystemService;
use crate::runner::Runner;

pub(super) struct SystemServer {
    pub(super) runner: Arc<Runner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) started_ms: i64,
    pub(super) worker_threads: usize,
    pub(super) limits: pb::Limits,
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
        }))
    }
}
