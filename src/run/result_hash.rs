//! The hash of an optimization's result.

use super::trial::TrialState;
use crate::digest::{Digest, Encoder};
use crate::metrics::{Metric, Metrics};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.optimization-result/1";

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
