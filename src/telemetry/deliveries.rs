//! What becomes of attempts to tell webhooks. No hook is named: names would never end.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Instrument;

/// A clone is the same instrument.
#[derive(Clone, Debug, Default)]
pub struct HookInstruments {
    attempts: Family<Labels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

impl HookInstruments {
    /// Takes in an attempt that ended so.
    pub fn attempted(&self, outcome: &'static str) {
        self.attempts.get_or_create(&Labels { outcome }).inc();
    }
}

impl Instrument for HookInstruments {
    fn register(&self, registry: &mut Registry) {
        let help = "Attempts to deliver to webhooks, by what came of them";
        registry.register("tradeforge_hook_deliveries", help, self.attempts.clone());
    }
}
