//! How long something takes, each time, and how often something happens.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
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

/// How often something happened, under one name. A clone counts the same.
#[derive(Clone, Debug)]
pub struct Count {
    name: &'static str,
    help: &'static str,
    counter: Counter,
}

impl Count {
    /// The name ends in `_total` when it is told.
    pub fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, counter: Counter::default() }
    }

    /// It happened so often again.
    pub fn add(&self, times: u64) {
        self.counter.inc_by(times);
    }
}

impl Instrument for Count {
    fn register(&self, registry: &mut Registry) {
        registry.register(self.name, self.help, self.counter.clone());
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
