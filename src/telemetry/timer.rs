//! How long something takes, each time.

use std::time::Duration;

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Instrument;

/// A histogram of durations under one name. A clone is the same histogram.
#[derive(Clone, Debug)]
pub struct Timer {
    name: &'static str,
    help: &'static str,
    histogram: Histogram,
}

impl Timer {
    /// For what takes milliseconds.
    pub fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, histogram: of_answers() }
    }

    /// Takes in one.
    pub fn observe(&self, duration: Duration) {
        self.histogram.observe(duration.as_secs_f64());
    }
}

impl Instrument for Timer {
    fn register(&self, registry: &mut Registry) {
        registry.register(self.name, self.help, self.histogram.clone());
    }
}

/// From a quarter of a millisecond to eight seconds.
pub(super) fn of_answers() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
}

/// From ten milliseconds to three hours.
pub(super) fn of_runs() -> Histogram {
    Histogram::new(exponential_buckets(0.01, 4.0, 11))
}
