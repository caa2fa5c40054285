//! Logs and measures, and the one way to start a task: with its span, so that every line tells
//! whose it is.

mod deliveries;
mod process;
mod registry;
mod rpcs;
mod runs;
mod text_format;
mod timer;

pub use deliveries::HookInstruments;
pub use prometheus_client::registry::Registry as InstrumentRegistry;
pub use registry::{Instrument, Look, Registry};
pub use rpcs::RpcInstruments;
pub use runs::{EndedRun, RunInstruments};
pub use timer::{Count, Timer};

use std::future::Future;
use std::io::{self, IsTerminal as _};

use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;

/// Starts logging to stderr: text on a terminal, JSON lines otherwise. `RUST_LOG` filters, else
/// `level` does.
pub fn init(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second initialisation, as in tests, leaves the first in place.
    _ = if io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().with_span_list(false).try_init()
    };
}

/// Starts a task in the current span.
pub fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    tokio::spawn(task.in_current_span())
}
