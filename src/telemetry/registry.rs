//! All measures of a server as one text for Prometheus. Each layer owns what it measures and knows
//! nothing of this; the wiring brings them together.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry;

use super::process::Process;
use super::text_format::plain;

/// Something that is measured, under one name or several.
pub trait Instrument {
    /// Adds it to the text.
    fn register(&self, registry: &mut registry::Registry);
}

/// The measures of one server.
#[derive(Debug)]
pub struct Registry(registry::Registry);

impl Registry {
    /// With what is known of every process of this program.
    pub fn new(version: &'static str, revision: &'static str) -> Self {
        let mut registry = registry::Registry::default();
        let labels = vec![("version", version), ("revision", revision)];
        let help = "The program: which version, built from which revision";
        registry.register("tradeforge_build", help, Info::new(labels));
        registry.register_collector(Box::new(Process));
        Self(registry)
    }

    /// Adds what a layer measures.
    pub fn add(&mut self, instrument: &impl Instrument) {
        instrument.register(&mut self.0);
    }

    /// Adds a value that is looked at when the text is asked for.
    pub fn add_gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        look: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.add_gauges(name, help, "", vec![("", Box::new(look))]);
    }

    /// The same for several values that differ in one label.
    pub fn add_gauges(
        &mut self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: Vec<(&'static str, Look)>,
    ) {
        self.0.register_collector(Box::new(Looked { name, help, label, values }));
    }

    /// All of it as of now, as `OpenMetrics` 1.0.
    pub fn open_metrics(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        _ = encode(&mut text, &self.0);
        text
    }

    /// The same in the text format of Prometheus, 0.0.4.
    pub fn plain(&self) -> String {
        plain(&self.open_metrics())
    }
}

/// What tells a value of the moment.
pub type Look = Box<dyn Fn() -> f64 + Send + Sync>;

/// A gauge without a memory.
struct Looked {
    name: &'static str,
    help: &'static str,
    /// Empty if there is one value only.
    label: &'static str,
    values: Vec<(&'static str, Look)>,
}

impl fmt::Debug for Looked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Looked").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Collector for Looked {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Self { name, help, label, values } = self;
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        if let ("", [(_, look)]) = (*label, &values[..]) {
            return ConstGauge::new(look()).encode(metric);
        }
        for (value, look) in values {
            ConstGauge::new(look()).encode(metric.encode_family(&[(*label, *value)])?)?;
        }
        Ok(())
    }
}
