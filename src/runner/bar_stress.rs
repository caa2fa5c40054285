//! What of a run under stress changes bars, or who decides by them: whether the backtest has it,
//! and how much of it. All of it is of one subscription: several would no longer be of one market.

use super::robustness_request::{Stress, or_these, or_usual};
use crate::run::{NoiseTerms, RobustnessPart};
use crate::trading::Sizing;

/// What 0 or an empty list stands for.
const DRAWS_USUAL: u64 = 200;
const NOISE_USUAL: f64 = 0.1;
const DELAYS_USUAL: [u32; 4] = [1, 2, 3, 5];

impl Stress {
    pub(super) fn noise(&mut self) -> Option<NoiseTerms> {
        if !self.has(RobustnessPart::Noise, None) {
            return None;
        }
        let part = if self.request.noise == 0.0 { NOISE_USUAL } else { self.request.noise };
        Some(NoiseTerms { count: or_usual(self.request.noise_count, DRAWS_USUAL), part })
    }

    pub(super) fn delay_bars(&mut self) -> Vec<u32> {
        // What such a series says is known by time, and not by bars.
        let follows = (!self.base.aux.is_empty()).then_some("follows an auxiliary series");
        if !self.has(RobustnessPart::Delays, follows) {
            return Vec::new();
        }
        let mut bars = or_these(&self.request.delay_bars, &DELAYS_USUAL);
        bars.sort_unstable();
        bars.dedup();
        bars
    }

    pub(super) fn random_entries(&mut self) -> u64 {
        let sizes = match self.base.simulation.sizing {
            None => Some("has no sizing of its account: the strategy sizes itself"),
            Some(Sizing::RiskFraction(_)) => Some("is sized by a stop-loss, which chance has not"),
            Some(_) => None,
        };
        if !self.has(RobustnessPart::RandomEntries, sizes) {
            return 0;
        }
        or_usual(self.request.random_entry_count, DRAWS_USUAL)
    }

    /// Whether a part is examined. One that the backtest does not have is refused where it is asked
    /// for, and left out with a word where all are.
    fn has(&mut self, part: RobustnessPart, hindrance: Option<&str>) -> bool {
        if !self.wants(part) {
            return false;
        }
        let count = self.base.subscriptions.len();
        let several = (count > 1).then(|| format!("has {count} subscriptions"));
        let Some(hindrance) = several.or(hindrance.map(str::to_owned)) else { return true };
        let name = match part {
            RobustnessPart::Noise => "noise",
            RobustnessPart::Delays => "delays",
            _ => "random entries",
        };
        let message = format!("the backtest {hindrance}: {name} are not examined");
        if self.request.parts.is_empty() {
            self.warnings.push(message);
        } else {
            self.violations.add("robustness.parts", message);
        }
        false
    }
}
