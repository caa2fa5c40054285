//! The hash of a search's result, taken while its trials are committed: at the end nothing has to
//! be read again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::metrics::Metrics;
use crate::run::{ResultHash, TrialOutcome, TrialRow, TrialState};
use crate::storage::TrialSum;

/// Trials that may wait for an earlier chunk; beyond, the database is asked at the end. Where many
/// machines compute, so many are under way that a late chunk keeps hundreds of others waiting.
const WAITING_MAX: usize = 131_072;

/// Takes chunks in any order and hashes them in that of their places.
///
/// It gives up where it cannot know the hash: trials were committed before this attempt, or their
/// indices do not rise with their places, as in a random search.
#[derive(Default)]
pub(super) struct HashInOrder(Mutex<Option<Taken>>);

#[derive(Default)]
struct Taken {
    /// The first place that is not hashed yet.
    next_place: u64,
    /// The least index that the next trial may have.
    next_index: u64,
    /// Chunks beyond that place, by their first.
    waiting: BTreeMap<u64, (u64, Arc<Vec<TrialRow>>)>,
    hash: ResultHash,
    infeasible: u64,
}

impl HashInOrder {
    /// Begins with the first place.
    pub(super) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Taken::default());
    }

    /// Takes the rows of a chunk that is committed.
    pub(super) fn add(&self, places: Range<u64>, rows: Arc<Vec<TrialRow>>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_mut().is_some_and(|taken| taken.add(places, rows).is_none()) {
            *slot = None;
        }
    }

    /// What all trials up to the last place come to, if it is known.
    pub(super) fn end(&self, places: u64) -> Option<TrialSum> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let Taken { next_place, hash, infeasible, .. } = taken;
        (next_place == places).then(|| TrialSum { hash: hash.finish(), infeasible })
    }
}

impl Taken {
    /// `None` if it gives up.
    fn add(&mut self, places: Range<u64>, rows: Arc<Vec<TrialRow>>) -> Option<()> {
        if places.start >= self.next_place {
            self.waiting.insert(places.start, (places.end, rows));
        }
        while let Some((end, rows)) = self.waiting.remove(&self.next_place) {
            for row in rows.iter() {
                self.take(row)?;
            }
            self.next_place = end;
        }
        let waiting: usize = self.waiting.values().map(|(_, rows)| rows.len()).sum();
        (waiting <= WAITING_MAX).then_some(())
    }

    fn take(&mut self, row: &TrialRow) -> Option<()> {
        if row.trial_index < self.next_index {
            return None;
        }
        self.next_index = row.trial_index + 1;
        let (none, index) = (Metrics::default(), row.trial_index);
        match &row.outcome {
            TrialOutcome::Completed(metrics) => {
                self.hash.add(index, TrialState::Completed, metrics, "");
            }
            TrialOutcome::Infeasible(metrics) => {
                self.infeasible += 1;
                self.hash.add(index, TrialState::Infeasible, metrics, "");
            }
            TrialOutcome::Failed(failure) => {
                self.hash.add(index, TrialState::Failed, &none, &failure.reason);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Failure;

    fn row(trial_index: u64) -> TrialRow {
        TrialRow::failed(trial_index, Failure::new("REASON", "message"), 7)
    }

    fn hash_of(chunks: &[Range<u64>], index: impl Fn(u64) -> u64) -> Option<TrialSum> {
        let hash = HashInOrder::default();
        hash.begin();
        for places in chunks {
            hash.add(
                places.clone(),
                Arc::new(places.clone().map(|place| row(index(place))).collect()),
            );
        }
        hash.end(10)
    }

    #[test]
    fn chunks_in_any_order_come_to_the_same_hash() {
        let in_order = hash_of(&[0..3, 3..4, 4..10], |place| 2 * place);
        assert!(in_order.is_some());
        assert_eq!(hash_of(&[4..10, 0..3, 0..3, 3..4], |place| 2 * place), in_order);
        assert_ne!(hash_of(&[0..6, 6..10], |place| place), in_order);
    }

    #[test]
    fn what_is_not_whole_or_not_in_order_has_no_hash() {
        assert_eq!(hash_of(&[0..3, 4..10], |place| place), None);
        assert_eq!(hash_of(&[0..6, 6..10], |place| 10 - place), None);
        let never_begun = HashInOrder::default();
        never_begun.add(0..10, Arc::new((0..10).map(row).collect()));
        assert_eq!(never_begun.end(10), None);
    }
}
