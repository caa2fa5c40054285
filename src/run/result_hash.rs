//! The hashes of results: of an optimization over its trials, of a backtest over what happened.

use super::trial::TrialState;
use crate::digest::{Digest, Encoder};
use crate::metrics::{Metric, Metrics};
use crate::trading::{Charge, Fill};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.optimization-result/1";
/// The same of a backtest.
const BACKTEST: &str = "tradeforge.backtest-result/1";
/// The same of what was paid for holding.
const CHARGES: &str = "tradeforge.backtest-charges/1";

/// Takes what happened in a backtest, in order.
pub struct BacktestHash {
    fills: Encoder,
    /// What was paid for holding, if anything was.
    charges: Option<Encoder>,
}

/// What the hash goes over of a fill: instrument, time, price, quantity and commission.
pub type HashedFill = [i64; 5];

/// What the hash goes over of something paid for holding: time, kind, instrument and amount.
pub type HashedCharge<'t> = (i64, &'t str, Option<u32>, i64);

/// What of a fill counts.
pub fn hashed_fill(fill: &Fill) -> HashedFill {
    [i64::from(fill.instrument), fill.time_ms, fill.price, fill.quantity, fill.commission]
}

/// What of a charge counts.
pub const fn hashed_charge(time_ms: i64, charge: &Charge) -> HashedCharge<'static> {
    (time_ms, charge.kind.as_str(), charge.instrument, charge.amount)
}

impl Default for BacktestHash {
    fn default() -> Self {
        Self { fills: Encoder::new(BACKTEST), charges: None }
    }
}

impl BacktestHash {
    /// Takes the next fill.
    pub fn fill(&mut self, fill: HashedFill) {
        for number in fill {
            self.fills.integer(number);
        }
    }

    /// Takes what was paid next for holding.
    pub fn charge(&mut self, (time_ms, kind, instrument, amount): HashedCharge<'_>) {
        let charges = self.charges.get_or_insert_with(|| Encoder::new(CHARGES));
        charges.integer(time_ms).text(kind);
        charges.optional(instrument, |encoder, it| _ = encoder.integer(it.into()));
        charges.integer(amount);
    }

    /// The hash over all of it and these metrics.
    pub fn finish(mut self, metrics: &Metrics) -> Digest {
        if let Some(charges) = self.charges {
            self.fills.text("charges").bytes(charges.finish().as_bytes());
        }
        for (metric, value) in metrics.defined() {
            self.fills.text(metric.name()).double(value);
        }
        self.fills.finish()
    }
}

/// Takes all trials of an optimization, in the order of their indices.
pub struct ResultHash {
    encoder: Encoder,
    part: Vec<u8>,
}

impl Default for ResultHash {
    fn default() -> Self {
        let mut encoder = Encoder::new(DOMAIN);
        for metric in Metric::ALL {
            encoder.text(metric.name());
        }
        Self { encoder, part: Vec::new() }
    }
}

impl ResultHash {
    /// Takes the next trial; `reason` is empty unless it failed.
    pub fn add(&mut self, trial_index: u64, state: TrialState, metrics: &Metrics, reason: &str) {
        self.part.clear();
        self.part.extend_from_slice(&trial_index.to_le_bytes());
        self.part.extend_from_slice(&(state as u64).to_le_bytes());
        for &metric in Metric::ALL {
            let value = metrics.value(metric);
            self.part.push(u8::from(value.is_some()));
            self.part.extend_from_slice(&value.unwrap_or(0.0).to_bits().to_le_bytes());
        }
        self.encoder.bytes(&self.part);
        self.encoder.text(reason);
    }

    /// The hash over all trials.
    pub fn finish(self) -> Digest {
        self.encoder.finish()
    }
}
