//! Some of what workers answer is computed again on the gateway, and compared to the bit: who
//! computes something else, whatever its build proved at the start, is set aside.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::gateway::Fleet;
use crate::metrics::Metric;
use crate::run::{BacktestDetail, TrialOutcome, TrialRow, unpack_trades};
use crate::runner::{Chunk, ChunkResult, ExecError, Executor as _, LocalExecutor, Portion};

/// About how long a check takes, where a trial takes less.
const CHECK: Duration = Duration::from_millis(500);

impl Fleet {
    /// Whether this one is to be checked: so many of a hundred are, and nobody can tell which.
    fn is_drawn(&self) -> bool {
        let percent = u64::from(self.settings.verify);
        percent > 0 && random_below(100) < percent
    }

    /// Checks what a worker answered, if it is drawn; what the chunk comes to.
    pub(super) async fn checked(
        &self,
        local: &LocalExecutor,
        chunk: Chunk,
        result: ChunkResult,
        worker: &str,
    ) -> Result<ChunkResult, ExecError> {
        // What somebody may have died of is not computed here.
        if !self.is_drawn() || self.is_suspect(&chunk) || result.rows.is_empty() {
            return Ok(result);
        }
        let Ok(_turn) = self.checking.acquire().await else { return Ok(result) };
        let part = drawn(&chunk, self.facts(&chunk).trial_ms());
        // Bars of a check are none of the run's.
        let here = match local.evaluate(part, std::sync::Arc::default()).await {
            Ok(here) => here.rows,
            Err(error) => {
                tracing::warn!(%error, "a chunk cannot be checked");
                return Ok(result);
            }
        };
        self.checked_chunks.fetch_add(1, Ordering::Relaxed);
        let wrong = here.iter().find_map(|row| {
            let there = result.rows.iter().find(|other| other.trial_index == row.trial_index);
            let what = there.map_or(Some("no such trial"), |there| difference(row, there));
            Some((row.trial_index, what?))
        });
        let Some((trial, what)) = wrong else { return Ok(result) };
        self.wrong_chunks.fetch_add(1, Ordering::Relaxed);
        self.set_aside(worker, &chunk, trial, what);
        drop(result);
        Err(ExecError::Unavailable(format!("a worker computed something else: {what}")))
    }
}

fn random_below(most: u64) -> u64 {
    let mut bytes = [0; 8];
    // Without random numbers all are drawn, or the first ones.
    _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes) % most.max(1)
}

/// Some trials of the chunk as a chunk of their own: as many as do not take long.
fn drawn(chunk: &Chunk, trial_ms: f64) -> Chunk {
    let fit = (CHECK.as_millis() as f64 / trial_ms.max(1e-3)) as usize;
    let mut part = chunk.clone();
    let mut trials = match (&chunk.portion.indices, &chunk.job.plan) {
        (Some(indices), _) => indices.to_vec(),
        (None, Some(plan)) => plan.indices(chunk.portion.places.clone()).collect(),
        // Places are trials there: some that follow each other.
        (None, None) => {
            let count = (fit as u64).clamp(1, chunk.portion.len().max(1));
            let from = random_below(chunk.portion.len() - count + 1);
            let start = chunk.portion.places.start + from;
            part.portion = Portion::from(start..start + count);
            return part;
        }
    };
    let count = fit.clamp(1, trials.len().max(1)).min(trials.len());
    for place in 0..count {
        let other = place + random_below((trials.len() - place) as u64) as usize;
        trials.swap(place, other);
    }
    trials.truncate(count);
    trials.sort_unstable();
    part.portion.indices = Some(trials.into());
    part
}

/// In what the rows of a trial differ, though they should be equal to the bit; `None` if they are.
fn difference(here: &TrialRow, there: &TrialRow) -> Option<&'static str> {
    use TrialOutcome::{Completed, Failed, Infeasible};
    let differs = |is_so: bool, what| is_so.then_some(what);
    match (&here.outcome, &there.outcome) {
        (Completed(one), Completed(other)) | (Infeasible(one), Infeasible(other)) => {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            let is_other =
                |metric: &&Metric| bits(one.value(**metric)) != bits(other.value(**metric));
            Metric::ALL.iter().find(is_other).map(|metric| metric.name())
        }
        // Where it happened is told as the machine has it.
        (Failed(one), Failed(other)) => differs(one.reason != other.reason, "why it failed"),
        _ => Some("whether it completed"),
    }
    .or_else(|| match (&here.detail, &there.detail) {
        (Some(one), Some(other)) => differs(!are_equal(one, other), "its trades"),
        (None, None) => None,
        _ => Some("its trades"),
    })
}

fn are_equal(one: &BacktestDetail, other: &BacktestDetail) -> bool {
    let trades = |detail: &BacktestDetail| {
        detail.trade_parts.iter().map(|part| unpack_trades(part)).collect::<Option<Vec<_>>>()
    };
    let bare = |detail: &BacktestDetail| {
        let mut bare = detail.clone();
        bare.trade_parts.clear();
        bare
    };
    // What unpacks to the same may be packed in another way.
    bare(one) == bare(other) && trades(one).is_some_and(|one| Some(one) == trades(other))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fleet::answers::tests::{TRIALS, chunk};
    use crate::metrics::Metrics;
    use crate::run::Failure;

    fn row(change: impl FnOnce(&mut Metrics)) -> TrialRow {
        let mut metrics = Metrics::default();
        metrics.set(Metric::ALL[0], Some(1.0));
        change(&mut metrics);
        let outcome = TrialOutcome::Completed(Box::new(metrics));
        TrialRow { trial_index: 3, outcome, compute_us: 1, detail: None }
    }

    #[test]
    fn a_bit_is_a_difference_and_the_time_that_it_took_is_none() {
        let plain = row(|_| ());
        assert_eq!(difference(&plain, &TrialRow { compute_us: 9, ..plain.clone() }), None);
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        let name = Metric::ALL[0].name();
        assert_eq!(difference(&plain, &row(|it| it.set(Metric::ALL[0], Some(next)))), Some(name));
        assert_eq!(difference(&plain, &row(|it| it.set(Metric::ALL[0], None))), Some(name));
        let failed = |reason| TrialRow::failed(3, Failure::new(reason, "x"), 1);
        assert!(difference(&plain, &failed("PANIC")).is_some());
        assert!(difference(&failed("OVERFLOW"), &failed("PANIC")).is_some());
        assert_eq!(difference(&failed("PANIC"), &failed("PANIC")), None);
    }

    #[test]
    fn some_trials_are_drawn_as_many_as_do_not_take_long() {
        let drawn_of = |trial_ms| {
            let part = drawn(&chunk(), trial_ms);
            part.portion.indices.unwrap().to_vec()
        };
        assert_eq!(drawn_of(0.0), TRIALS);
        assert_eq!(drawn_of(200.0).len(), 2);
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < TRIALS.len() {
            let one = drawn_of(60_000.0);
            assert_eq!(one.len(), 1);
            seen.extend(one);
        }
        assert!(seen.into_iter().eq(TRIALS), "each may be");
        let whole = Chunk { portion: Portion::from(7..10), ..chunk() };
        assert_eq!(drawn(&whole, 0.0).portion.places, 7..10);
        let one = drawn(&whole, 60_000.0).portion.places;
        assert!(one.end - one.start == 1 && (7..10).contains(&one.start));
        let none =
            Chunk { portion: Portion { places: 0..3, indices: Some(Arc::new([])) }, ..whole };
        assert!(drawn(&none, 1.0).portion.is_empty());
    }
}
