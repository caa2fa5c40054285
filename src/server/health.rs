//! What a load balancer is told, by gRPC: not serving while the server starts and while it ends.

use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::StartError;
use crate::pb;

/// What health is told of; "" is the server as a whole.
const SERVICE_NAMES: [&str; 8] = [
    "",
    "tradeforge.v1.RunService",
    "tradeforge.v1.ResultService",
    "tradeforge.v1.StrategyService",
    "tradeforge.v1.MarketDataService",
    "tradeforge.v1.SystemService",
    "tradeforge.v1.AccessService",
    "tradeforge.v1.HookService",
];

/// The state of every service, and the service that tells it.
pub(super) struct Health(HealthReporter);

impl Health {
    /// Of a server that does not serve yet.
    pub(super) async fn starting() -> Self {
        let health = Self(HealthReporter::new());
        health.tell(ServingStatus::NotServing).await;
        health
    }

    async fn tell(&self, status: ServingStatus) {
        for name in SERVICE_NAMES {
            self.0.set_service_status(name, status).await;
        }
    }

    pub(super) async fn serving(&self) {
        self.tell(ServingStatus::Serving).await;
    }

    pub(super) async fn draining(&self) {
        self.tell(ServingStatus::NotServing).await;
    }

    /// Ends the streams of those who watch the health; they never end otherwise.
    pub(super) async fn end(&mut self) {
        for name in SERVICE_NAMES {
            self.0.clear_service_status(name).await;
        }
    }

    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.0.clone()))
    }
}

/// What grpcurl and its like ask for.
pub(super) fn with_reflection(routes: Routes) -> Result<Routes, StartError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // What errors carry, so that grpcurl can show it.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(routes.add_service(reflection().build_v1()?).add_service(reflection().build_v1alpha()?))
}
