//! Places of runs that may take down whoever computes them.

use std::collections::VecDeque;
use std::ops::Range;

use crate::run::RunId;

/// So many ranges are kept apart.
const RANGES_MAX: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Suspects(VecDeque<(RunId, Range<u64>)>);

impl Suspects {
    /// Keeps them in mind. Where there are too many, some of a run become one with all between
    /// them: rather is what is harmless computed with care than what is not without.
    pub(super) fn add(&mut self, run_id: RunId, places: Range<u64>) {
        if self.0.contains(&(run_id, places.clone())) {
            return;
        }
        if self.0.len() >= RANGES_MAX {
            let known = self.0.iter_mut().find(|(of, _)| *of == run_id);
            if let Some((_, range)) = known {
                *range = range.start.min(places.start)..range.end.max(places.end);
                return;
            }
            self.0.pop_front();
        }
        self.0.push_back((run_id, places));
    }

    /// Whether some of them are among those.
    pub(super) fn has(&self, run_id: RunId, places: &Range<u64>) -> bool {
        let overlaps = |(of, range): &(RunId, Range<u64>)| {
            *of == run_id && range.start < places.end && places.start < range.end
        };
        self.0.iter().any(overlaps)
    }

    /// All of these places were computed, and nobody died.
    pub(super) fn clear(&mut self, run_id: RunId, places: &Range<u64>) {
        self.0.retain(|(of, range)| {
            *of != run_id || range.start < places.start || places.end < range.end
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_suspect_until_all_of_it_was_computed() {
        let (run, other) = (RunId::new(0), RunId::new(0));
        let mut suspects = Suspects::default();
        suspects.add(run, 10..20);
        assert!(suspects.has(run, &(19..30)) && suspects.has(run, &(0..11)));
        assert!(!suspects.has(run, &(20..30)) && !suspects.has(other, &(10..20)));
        suspects.clear(run, &(10..15));
        assert!(suspects.has(run, &(10..12)), "the other half may be what did it");
        suspects.clear(run, &(5..20));
        assert!(!suspects.has(run, &(0..100)));
    }

    #[test]
    fn too_many_become_one_and_none_is_forgotten_of_a_run_that_goes_on() {
        let run = RunId::new(0);
        let mut suspects = Suspects::default();
        for number in 0..2 * RANGES_MAX as u64 {
            suspects.add(run, 10 * number..10 * number + 5);
        }
        assert!(suspects.0.len() <= RANGES_MAX);
        for number in 0..2 * RANGES_MAX as u64 {
            assert!(suspects.has(run, &(10 * number..10 * number + 1)), "{number}");
        }
        let other = RunId::new(0);
        suspects.add(other, 0..1);
        assert!(suspects.has(other, &(0..1)) && suspects.0.len() <= RANGES_MAX);
    }
}
