//! Which workers are there.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::message::Hello;
use crate::run::RunId;

/// Workers that are kept in mind; more are not counted.
const WORKERS_MAX: usize = 10_000;
/// Chunks that one says to compute at once, at most, and all together: what they say decides how
/// much is handed out.
const SLOTS_MAX_OF_ONE: u32 = 4_096;
const SLOTS_MAX: usize = 40_000;
/// Runs that are known of one, so that it can be said whose numbers are in doubt.
const RUNS_MAX: usize = 16;
/// How long one that is gone is still told of.
const REMEMBERED: u64 = 10;
/// The weight of what was last heard in how fast one is.
const WEIGHT_OF_NEWS: f64 = 0.3;

/// A worker, as it last said.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub hello: Hello,
    pub heard_ms: u64,
    /// Trials a second, of late.
    pub pace: f64,
    /// Runs that have chunks of it, the latest of them.
    runs: Vec<RunId>,
}

/// The workers by their names.
#[derive(Debug, Default)]
pub(super) struct Presence {
    workers: BTreeMap<String, Seen>,
    /// Those from whom nothing is taken, and why.
    aside: BTreeMap<String, String>,
}

impl Presence {
    /// Takes what one says. Whether it is new here.
    pub(super) fn hear(&mut self, mut hello: Hello, now_ms: u64) -> bool {
        hello.slots = hello.slots.min(SLOTS_MAX_OF_ONE);
        hello.busy = hello.busy.min(hello.slots);
        let former = self.workers.get(&hello.worker);
        if former.is_none() && self.workers.len() >= WORKERS_MAX {
            return false;
        }
        let is_new = former.is_none();
        let pace = former.map_or(0.0, |former| former.pace_with(&hello, now_ms));
        let runs = former.map_or_else(Vec::new, |former| former.runs.clone());
        self.workers.insert(hello.worker.clone(), Seen { hello, heard_ms: now_ms, pace, runs });
        is_new
    }

    /// Those who are there, compute the same bits, stay, and can take work: what is meant for one
    /// that cannot would wait for ever.
    fn counted(&self, proof: &str, now_ms: u64, gone_ms: u64) -> impl Iterator<Item = &Seen> {
        let counts = move |seen: &&Seen| {
            let Hello { proof: theirs, is_leaving, problem, .. } = &seen.hello;
            let is_able = problem.is_empty() && !is_leaving;
            let is_able = is_able && !self.aside.contains_key(&seen.hello.worker);
            seen.heard_ms + gone_ms > now_ms && theirs == proof && is_able
        };
        self.workers.values().filter(counts)
    }

    /// Chunks that they compute at once.
    pub(super) fn slots(&self, proof: &str, now_ms: u64, gone_ms: u64) -> usize {
        let slots = self.counted(proof, now_ms, gone_ms).map(|seen| seen.hello.slots as usize);
        slots.sum::<usize>().min(SLOTS_MAX)
    }

    /// How many they are, and chunks that they compute at the moment.
    pub(super) fn at_work(&self, proof: &str, now_ms: u64, gone_ms: u64) -> (usize, usize) {
        let counted = self.counted(proof, now_ms, gone_ms);
        counted.fold((0, 0), |(count, busy), seen| (count + 1, busy + seen.hello.busy as usize))
    }

    /// Those after that one, by their names.
    pub(super) fn after(&self, worker: &str) -> impl Iterator<Item = &Seen> {
        let after = (Bound::Excluded(worker), Bound::Unbounded);
        self.workers.range::<str, _>(after).map(|(_, seen)| seen)
    }

    /// A chunk of that run is its work.
    pub(super) fn credit(&mut self, worker: &str, run_id: RunId) {
        let Some(seen) = self.workers.get_mut(worker) else { return };
        seen.runs.retain(|known| *known != run_id);
        if seen.runs.len() >= RUNS_MAX {
            seen.runs.remove(0);
        }
        seen.runs.push(run_id);
    }

    /// Nothing is taken from it any more. The runs that have chunks of it, as far as is known.
    pub(super) fn set_aside(&mut self, worker: &str, why: &str) -> Vec<RunId> {
        if self.aside.len() >= WORKERS_MAX {
            self.aside.pop_first();
        }
        self.aside.entry(worker.to_owned()).or_insert_with(|| why.to_owned());
        self.workers.get(worker).map_or_else(Vec::new, |seen| seen.runs.clone())
    }

    /// Why nothing is taken from it, if so.
    pub(super) fn aside(&self, worker: &str) -> Option<&str> {
        self.aside.get(worker).map(String::as_str)
    }

    /// Forgets those that are gone for long.
    pub(super) fn forget(&mut self, now_ms: u64, gone_ms: u64) {
        self.workers.retain(|_, seen| seen.heard_ms + REMEMBERED * gone_ms > now_ms);
    }
}

impl Seen {
    /// Trials a second, once that is heard as well.
    fn pace_with(&self, hello: &Hello, now_ms: u64) -> f64 {
        let elapsed_ms = now_ms.saturating_sub(self.heard_ms);
        if elapsed_ms == 0 {
            return self.pace;
        }
        let rows = hello.rows.saturating_sub(self.hello.rows);
        let news = rows as f64 * 1_000.0 / elapsed_ms as f64;
        self.pace + WEIGHT_OF_NEWS * (news - self.pace)
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
    fn those_count_that_are_there_and_stay_and_can_work_and_compute_the_same() {
        let mut presence = Presence::default();
        assert!(presence.hear(hello("a", "x", 4), 0));
        assert!(!presence.hear(hello("a", "x", 5), 1));
        presence.hear(hello("b", "x", 8), 5);
        presence.hear(hello("c", "other", 16), 5);
        presence.hear(Hello { is_leaving: true, ..hello("d", "x", 32) }, 5);
        let problem = "its disk is full".to_owned();
        presence.hear(Hello { problem, ..hello("e", "x", 64) }, 5);
        assert_eq!(presence.slots("x", 7, 7), 13);
        assert_eq!(presence.slots("x", 8, 7), 8, "the first is gone");
        let names = |after| presence.after(after).map(|seen| &*seen.hello.worker);
        assert_eq!(names("").collect::<String>(), "abcde");
        assert_eq!(names("b").collect::<String>(), "cde");
        presence.forget(75, 7);
        assert_eq!(presence.workers.len(), 0);
    }

    #[test]
    fn one_that_is_set_aside_does_not_count_and_its_runs_are_known() {
        let mut presence = Presence::default();
        presence.hear(hello("a", "x", 4), 0);
        let runs: Vec<_> = (0..20).map(|_| RunId::new(0)).collect();
        for run_id in &runs {
            presence.credit("a", *run_id);
            presence.credit("stranger", *run_id);
        }
        presence.hear(hello("a", "x", 4), 1);
        assert_eq!(presence.set_aside("a", "other bits"), runs[4..]);
        assert_eq!((presence.aside("a"), presence.aside("b")), (Some("other bits"), None));
        assert_eq!(presence.slots("x", 1, 7), 0);
        presence.hear(hello("a", "x", 4), 2);
        assert_eq!(presence.slots("x", 2, 7), 0, "it says that it is there, and that is all");
    }

    #[test]
    fn nobody_says_to_have_more_threads_than_there_are() {
        let mut presence = Presence::default();
        presence.hear(Hello { busy: u32::MAX, ..hello("a", "x", u32::MAX) }, 0);
        assert_eq!(presence.slots("x", 0, 7), SLOTS_MAX_OF_ONE as usize);
        for number in 0..100 {
            presence.hear(hello(&number.to_string(), "x", u32::MAX), 0);
        }
        assert_eq!(presence.slots("x", 0, 7), SLOTS_MAX);
        assert_eq!(presence.at_work("x", 0, 7), (101, SLOTS_MAX_OF_ONE as usize));
    }

    #[test]
    fn how_fast_one_is_comes_of_what_it_says_twice() {
        let mut presence = Presence::default();
        let mut pace = 0.0;
        for second in 0..60 {
            let rows = second * 1_000;
            presence.hear(Hello { rows, ..hello("a", "x", 1) }, second * 2_000);
            pace = presence.workers["a"].pace;
        }
        assert!((pace - 500.0).abs() < 1.0, "{pace}");
        // It has begun anew.
        presence.hear(hello("a", "x", 1), 120_000);
        assert!(presence.workers["a"].pace < pace);
    }
}
