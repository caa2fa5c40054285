//! Going on from a search that was stopped: what it computed is committed as if it had been
//! computed here, and the rest is computed. A place that another attempt took over is not missing
//! any more, so that this may be cut off anywhere.

use std::collections::HashMap;
use std::ops::Range;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::work::check_failures;
use crate::run::{Life, TrialRow};

/// Places that are taken over in one commit: a megabyte of rows.
const PLACES_AT_ONCE: u64 = 2_048;

impl Runner {
    /// Takes over what the former search has of what is missing here. If that is removed meanwhile,
    /// what is missing then is computed.
    pub(super) async fn take_over(&self, attempt: &Attempt) -> Result<(), Halt> {
        let (Some(from), Some(plan)) = (attempt.continues, &attempt.job.plan) else {
            return Ok(());
        };
        let done = self.store.done(from.run_id).await?;
        let missing = self.store.missing(attempt.fence.run_id, attempt.job.places()).await?;
        for places in common(&missing, &done) {
            self.begin(attempt).await?;
            let indices: Vec<u64> = plan.indices(places.clone()).collect();
            let rows = self.store.rows_at(from.run_id, &indices).await?;
            if rows.len() < indices.len() {
                tracing::info!(run_id = %from.run_id, "what this run goes on from is gone");
                break;
            }
            let index_at = |place| plan.index_at(place);
            for (places, rows) in kept(places, rows, index_at, from.retries_failed) {
                // They were tried there, and are in the ledger since then.
                self.commit_rows(attempt, places, rows, Vec::new()).await?;
            }
        }
        tell_taken_over(attempt, self.clock.now_ms());
        check_failures(attempt)
    }

    /// Takes over what the former search has of the missing places of a generation, of which
    /// `indices` are the trials from place `first` on. True if there was something.
    pub(super) async fn take_over_generation(
        &self,
        attempt: &Attempt,
        missing: &[Range<u64>],
        (first, indices): (u64, &[u64]),
    ) -> Result<bool, Halt> {
        let Some(from) = attempt.continues else { return Ok(false) };
        let index_at = |place: u64| indices.get((place - first) as usize).copied();
        let mut is_some = false;
        for places in missing {
            let wanted: Vec<u64> = places.clone().filter_map(index_at).collect();
            let rows = self.store.rows_at(from.run_id, &wanted).await?;
            for places in there(places.clone(), |place| {
                index_at(place).is_some_and(|index| rows.contains_key(&index))
            }) {
                let own = places.clone().filter_map(index_at);
                let rows = own.filter_map(|index| Some((index, rows.get(&index)?.clone())));
                for (places, rows) in kept(places, rows.collect(), index_at, from.retries_failed) {
                    self.commit_rows(attempt, places, rows, Vec::new()).await?;
                    is_some = true;
                }
            }
        }
        if is_some {
            tell_taken_over(attempt, self.clock.now_ms());
            check_failures(attempt)?;
        }
        Ok(is_some)
    }
}

/// What was taken over makes this run no faster.
fn tell_taken_over(attempt: &Attempt, now_ms: i64) {
    let (completed, failed) = attempt.done();
    attempt.live.publish(|snapshot| {
        if let Life::Running { start_ms } = snapshot.life {
            snapshot.progress.resumed = completed + failed;
            snapshot.progress.resumed_after_ms = (now_ms - start_ms).max(0);
            snapshot.progress.advance(completed, failed, now_ms - start_ms);
        }
    });
}

/// What both lists of sorted ranges hold, in pieces.
fn common(left: &[Range<u64>], right: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut pieces = Vec::new();
    let (mut lefts, mut rights) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(one), Some(other)) = (lefts.peek(), rights.peek()) {
        let mut start = one.start.max(other.start);
        let end = one.end.min(other.end);
        while start < end {
            let piece_end = end.min(start + PLACES_AT_ONCE);
            pieces.push(start..piece_end);
            start = piece_end;
        }
        if one.end <= other.end {
            lefts.next();
        } else {
            rights.next();
        }
    }
    pieces
}

/// The places that are there, in ranges.
fn there(places: Range<u64>, is_there: impl Fn(u64) -> bool) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for place in places.filter(|place| is_there(*place)) {
        match ranges.last_mut() {
            Some(last) if last.end == place => last.end += 1,
            _ => ranges.push(place..place + 1),
        }
    }
    ranges
}

/// The rows of these places as they are committed: without those that failed, if these are tried
/// again, so that their places are missing.
fn kept(
    places: Range<u64>,
    mut rows: HashMap<u64, TrialRow>,
    index_at: impl Fn(u64) -> Option<u64>,
    retries_failed: bool,
) -> Vec<(Range<u64>, Vec<TrialRow>)> {
    let mut parts = Vec::new();
    let (mut start, mut part) = (places.start, Vec::new());
    for place in places.clone() {
        let row = index_at(place).and_then(|index| rows.remove(&index));
        match row {
            Some(row) if retries_failed && row.is_failed() => {
                if start < place {
                    parts.push((start..place, std::mem::take(&mut part)));
                }
                start = place + 1;
            }
            row => part.extend(row),
        }
    }
    if start < places.end {
        parts.push((start..places.end, part));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Failure, TrialOutcome};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn ranges(lengths: &[(u64, u64)]) -> Vec<Range<u64>> {
        let mut at = 0;
        let of = |&(gap, length): &(u64, u64)| {
            let start = at + gap;
            at = start + length;
            start..at
        };
        lengths.iter().map(of).collect()
    }

    proptest! {
        #[test]
        fn what_both_hold_is_taken_over_once_and_nothing_else(
            left in prop::collection::vec((0_u64..5_000, 1_u64..5_000), 0..6),
            right in prop::collection::vec((0_u64..5_000, 1_u64..5_000), 0..6),
        ) {
            let (left, right) = (ranges(&left), ranges(&right));
            let places = |ranges: &[Range<u64>]| -> BTreeSet<u64> {
                ranges.iter().cloned().flatten().collect()
            };
            let pieces = common(&left, &right);
            let both: Vec<u64> = places(&left).intersection(&places(&right)).copied().collect();
            prop_assert!(pieces.iter().cloned().flatten().eq(both));
            prop_assert!(pieces.iter().all(|piece| piece.end - piece.start <= PLACES_AT_ONCE));
        }
    }

    #[test]
    fn places_that_are_there_are_ranges() {
        assert_eq!(there(3..12, |place| ![5, 6, 11].contains(&place)), [3..5, 7..11]);
        assert_eq!(there(3..12, |_| false), []);
    }

    #[test]
    fn failed_trials_are_taken_over_or_left_to_be_tried_again() {
        // Every place but the third holds the trial of ten times its number.
        let index_at = |place| (place != 2).then_some(10 * place);
        let rows = || -> HashMap<u64, TrialRow> {
            let row = |index| (index, TrialRow::failed(index, Failure::new("PANIC", ""), 1));
            let done = |index| {
                let outcome = TrialOutcome::Completed(Box::default());
                (index, TrialRow { trial_index: index, outcome, compute_us: 1, detail: None })
            };
            [row(0), done(10), row(30), row(40), done(50)].into()
        };
        let told = |retries| {
            let parts = kept(0..6, rows(), index_at, retries).into_iter();
            parts.map(|(places, rows)| (places, rows.len())).collect::<Vec<_>>()
        };
        assert_eq!(told(false), [(0..6, 5)]);
        assert_eq!(told(true), [(1..3, 1), (5..6, 1)]);
    }
}
