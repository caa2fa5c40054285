//! Failed trials in the log: enough lines to notice and to look into, never a flood.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::run::{TrialOutcome, TrialRow};

/// Lines a minute and reason.
const LINES_MAX: u64 = 10;
const MINUTE_MS: i64 = 60_000;

/// Says which trials failed, and of most of them only how many.
#[derive(Default)]
pub(super) struct FailureLog {
    /// This minute of each reason; reasons are a fixed few.
    minutes: Mutex<HashMap<String, Minute>>,
}

#[derive(Clone, Copy, Default)]
struct Minute {
    number: i64,
    failures: u64,
}

impl FailureLog {
    /// Tells of what failed of these.
    pub(super) fn tell(&self, rows: &[TrialRow], now_ms: i64) {
        for row in rows {
            let TrialOutcome::Failed(failure) = &row.outcome else { continue };
            let (untold, is_told) = self.count(&failure.reason, now_ms);
            let reason = &failure.reason;
            if untold > 0 {
                tracing::info!(reason, untold, "further trials failed in an earlier minute");
            }
            if is_told {
                let (trial_index, why) = (row.trial_index, &failure.message);
                tracing::info!(trial_index, reason, why, "trial failed");
            }
        }
    }

    /// Counts one failure; how many of the reason's last minute nobody was told of, if that is
    /// over, and whether to tell of this one.
    fn count(&self, reason: &str, now_ms: i64) -> (u64, bool) {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = minutes.entry(reason.to_owned()).or_default();
        let number = now_ms.div_euclid(MINUTE_MS);
        let mut untold = 0;
        if minute.number != number {
            untold = minute.failures.saturating_sub(LINES_MAX);
            *minute = Minute { number, failures: 0 };
        }
        minute.failures += 1;
        (untold, minute.failures <= LINES_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_of_a_reason_are_told_in_a_minute_and_the_rest_is_counted() {
        let log = FailureLog::default();
        let told = |reason, now_ms| log.count(reason, now_ms);
        let first: Vec<_> = (0..25).map(|_| told("PANIC", 1).1).collect();
        assert_eq!(first.iter().filter(|is_told| **is_told).count(), 10);
        assert!(first[..10].iter().all(|is_told| *is_told), "the first ones");
        assert_eq!(told("OVERFLOW", 2), (0, true), "each reason has its own ten");
        assert_eq!(told("PANIC", MINUTE_MS), (15, true), "the next minute tells what was left out");
        assert_eq!(told("PANIC", MINUTE_MS), (0, true));
    }
}
