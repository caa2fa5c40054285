//! Why trials of a window failed, by kinds.

use super::seen::Seen;
use crate::run::FailureGroup;

/// The most kinds of failures that are kept.
const FAILURES_MAX: usize = 10;

impl Seen {
    /// Why trials failed here and there, the most frequent first.
    pub(super) fn failures(self, other: Self) -> Vec<FailureGroup> {
        let mut all = self.failures;
        for (kind, (count, sample)) in other.failures {
            let (known, first) = all.entry(kind).or_insert((0, sample));
            *known += count;
            *first = sample.min(*first);
        }
        let group = |((reason, message), (count, sample_trial_index))| FailureGroup {
            reason,
            message,
            count,
            sample_trial_index,
            stack_trace: String::new(),
        };
        let mut groups: Vec<FailureGroup> = all.into_iter().map(group).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.sample_trial_index));
        groups.truncate(FAILURES_MAX);
        groups
    }
}
