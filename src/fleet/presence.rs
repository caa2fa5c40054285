//! Which workers are there.

use std::collections::BTreeMap;

use super::message::Hello;

/// Workers that are kept in mind; more are not counted.
const WORKERS_MAX: usize = 10_000;
/// How long one that is gone is still told of.
const REMEMBERED: u64 = 10;

/// A worker, as it last said.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub hello: Hello,
    pub heard_ms: u64,
}

/// The workers by their names.
#[derive(Debug, Default)]
pub(super) struct Presence {
    workers: BTreeMap<String, Seen>,
}

impl Presence {
    /// Takes what one says. Whether it is new here.
    pub(super) fn hear(&mut self, hello: Hello, now_ms: u64) -> bool {
        let is_new = !self.workers.contains_key(&hello.worker);
        if is_new && self.workers.len() >= WORKERS_MAX {
            return false;
        }
        self.workers.insert(hello.worker.clone(), Seen { hello, heard_ms: now_ms });
        is_new
    }

    /// Chunks that they compute at once, who compute the same bits and stay.
    pub(super) fn slots(&self, proof: &str, now_ms: u64, gone_ms: u64) -> usize {
        let counts = |seen: &&Seen| {
            let Hello { proof: theirs, is_leaving, .. } = &seen.hello;
            seen.heard_ms + gone_ms > now_ms && theirs == proof && !is_leaving
        };
        self.workers.values().filter(counts).map(|seen| seen.hello.slots as usize).sum()
    }

    /// Forgets those that are gone for long.
    pub(super) fn forget(&mut self, now_ms: u64, gone_ms: u64) {
        self.workers.retain(|_, seen| seen.heard_ms + REMEMBERED * gone_ms > now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(worker: &str, proof: &str, slots: u32) -> Hello {
        let (worker, proof) = (worker.to_owned(), proof.to_owned());
        Hello { worker, proof, slots, ..Hello::default() }
    }

    #[test]
    fn those_count_that_are_there_and_stay_and_compute_the_same() {
        let mut presence = Presence::default();
        assert!(presence.hear(hello("a", "x", 4), 0));
        assert!(!presence.hear(hello("a", "x", 5), 1));
        presence.hear(hello("b", "x", 8), 5);
        presence.hear(hello("c", "other", 16), 5);
        presence.hear(Hello { is_leaving: true, ..hello("d", "x", 32) }, 5);
        assert_eq!(presence.slots("x", 7, 7), 13);
        assert_eq!(presence.slots("x", 8, 7), 8, "the first is gone");
        presence.forget(75, 7);
        assert_eq!(presence.workers.len(), 0);
    }
}
