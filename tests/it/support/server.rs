//! A server inside the test process, on a free port, over a folder of its own.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::sync::oneshot;
use tradeforge::config::Config;
use tradeforge::runner::{Executor, LocalExecutor};
use tradeforge::server::Server;
use tradeforge::strategy::Catalog;
use tradeforge::telemetry;

use super::client::Client;
use super::market::Market;

/// Ends with the test.
pub(crate) struct TestServer {
    client: Client,
    url: String,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    folder: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// With that market as `TEST:BARS@1m`.
    pub(crate) async fn with(market: &Market) -> Self {
        let server = Self::start().await;
        server.import(market).await;
        server
    }

    /// With other settings than the defaults.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(|local| Arc::new(local), change).await
    }

    /// That computes where `executor_of` says.
    pub(crate) async fn start_on(
        executor_of: impl FnOnce(LocalExecutor) -> Arc<dyn Executor>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::new(folder.path().join("data"));
        config.listen.set_port(0);
        config.disk_reserve_bytes = 1 << 16;
        change(&mut config);
        let server = Server::bind_with(config, Catalog::shipped(), executor_of).await;
        let server = server.expect("a server");
        let url = format!("http://{}", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        telemetry::spawn(server.run_until(async {
            _ = stopped.await;
        }));
        Self { client: Client::connect(&url).await, url, stop: Mutex::new(Some(stop)), folder }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Tells it to end.
    pub(crate) fn stop(&self) {
        drop(self.stop.lock().expect("no test panicked here").take());
    }

    /// A further connection.
    pub(crate) async fn another_client(&self) -> Client {
        Client::connect(&self.url).await
    }
}

impl Deref for TestServer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
