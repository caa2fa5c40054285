//! Logs, measures and traces, and the one way to start a task: with its span, so that every line
//! tells whose it is.

mod deliveries;
#[cfg_attr(not(feature = "otlp"), path = "no_otlp.rs")]
mod otlp;
mod otlp_settings;
mod process;
mod registry;
mod rpcs;
mod runs;
mod spans;
mod text_format;
mod timer;

pub use deliveries::HookInstruments;
pub use otlp::{Traces, measure_traces};
pub use prometheus_client::registry::Registry as InstrumentRegistry;
pub use registry::{Instrument, Look, Registry};
pub use rpcs::RpcInstruments;
pub use runs::{EndedRun, RunInstruments};
pub use spans::{Note, Span, note_here};
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

/// Begins to export traces, if a collector is named: by that setting, or by the variables of
/// OpenTelemetry. What stands in the way is logged; a server serves without traces as well.
pub fn export_traces(endpoint: Option<&str>) -> Option<Traces> {
    let variable = |name: &str| std::env::var(name).ok();
    let begun = otlp_settings::collector(endpoint, variable).and_then(|named| {
        let Some(collector) = named else { return Ok(None) };
        let traces = Traces::begin(&collector)?;
        tracing::info!(collector = collector.shown, "traces are exported");
        Ok(Some(traces))
    });
    begun.unwrap_or_else(|why| {
        tracing::warn!(why, "a collector of traces is named, and traces cannot be exported");
        None
    })
}

/// Starts a task in the current span.
pub fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    tokio::spawn(otlp::carried(task.in_current_span()))
}
