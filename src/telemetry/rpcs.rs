//! Calls and how they ended. Streams stand apart: they last as long as a client looks on.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Instrument;
use super::timer::{of_answers, of_runs};

/// A clone is the same instrument.
#[derive(Clone, Debug)]
pub struct RpcInstruments {
    calls: Family<Labels, Histogram, fn() -> Histogram>,
    streams: Family<Labels, Histogram, fn() -> Histogram>,
    refusals: Family<Reason, Counter>,
}

/// One of those that the documentation lists, so that they end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    rpc_method: String,
    rpc_response_status_code: String,
}

impl Default for RpcInstruments {
    fn default() -> Self {
        Self {
            calls: Family::new_with_constructor(of_answers),
            streams: Family::new_with_constructor(of_runs),
            refusals: Family::default(),
        }
    }
}

impl RpcInstruments {
    /// Takes in one that has ended. The method is one of the contract.
    pub fn ended(&self, method: &str, is_stream: bool, code: &str, lasted: Duration) {
        let labels =
            Labels { rpc_method: method.to_owned(), rpc_response_status_code: code.to_owned() };
        let family = if is_stream { &self.streams } else { &self.calls };
        family.get_or_create(&labels).observe(lasted.as_secs_f64());
    }

    /// Takes in that a call was refused for that stable reason.
    pub fn refused(&self, reason: &str) {
        self.refusals.get_or_create(&Reason { reason: reason.to_owned() }).inc();
    }
}

impl Instrument for RpcInstruments {
    fn register(&self, registry: &mut Registry) {
        let help = "Calls with one answer: time from the request to the end of the answer";
        registry.register("rpc_server_call_duration_seconds", help, self.calls.clone());
        let help = "Streams: time from the request to the end of the stream";
        registry.register("rpc_server_stream_duration_seconds", help, self.streams.clone());
        let help = "Calls that were refused, by their stable reason";
        registry.register("tradeforge_refusals", help, self.refusals.clone());
    }
}
