//! How long work may take, from how long work took here: measured by strategy and by the way its
//! trials are computed. What was never measured is unknown, and never guessed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::executor::{Route, Work};
use crate::digest::Digest;
use crate::run::StrategyRef;
use crate::storage::StoredPace;

/// Time that is remembered of each sort: beyond, the old counts ever less.
const MEMORY: Duration = Duration::from_secs(20);
/// A pace is stored again when it has moved by this part of itself.
const MOVED: f64 = 0.1;
/// Texts that are remembered: there is no end of them, so the others begin anew.
const TEXTS_MAX: usize = 1_000;
/// With fewer trials, what a search takes beside computing is not theirs; nor is it what any run
/// takes, but the wait for the last thread.
const TRIALS_MIN: u64 = 256;

/// Which pace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Sort {
    /// Bars of a strategy by its name and version, computed that way.
    Bars(String, String, Route),
    /// Bars of a strategy as text, by what it computes.
    Text(Digest, Route),
    /// Runs: what one takes beside computing.
    Run,
    /// Trials: what one takes beside computing and beside its run.
    Trial,
}

/// How much was done, and how long it took.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    units: f64,
    micros: f64,
    /// Microseconds a unit as they were stored last.
    stored: Option<f64>,
}

impl Pace {
    fn add(&mut self, units: f64, micros: f64) {
        self.units += units;
        self.micros += micros;
        let surplus = self.micros / MEMORY.as_micros() as f64;
        if surplus > 1.0 {
            self.units /= surplus;
            self.micros /= surplus;
        }
    }

    fn micros_per_unit(&self) -> Option<f64> {
        (self.units > 0.0).then(|| self.micros / self.units)
    }

    fn has_moved(&self) -> bool {
        match (self.micros_per_unit(), self.stored) {
            (Some(now), Some(stored)) => (now - stored).abs() > MOVED * stored,
            (now, None) => now.is_some(),
            (None, _) => false,
        }
    }
}

/// Work that is asked about.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub strategy: StrategyRef,
    pub route: Route,
    /// Bars over all trials.
    pub bars: u64,
    pub trials: u64,
}

/// All paces of one server.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<Sort, Pace>>);

impl Paces {
    /// As a former process left them.
    pub(super) fn of(stored: Vec<StoredPace>) -> Self {
        let known = stored.into_iter().filter_map(|pace| {
            let StoredPace { strategy, version, route, units, micros } = pace;
            let sort = Sort::named(strategy, version, &route)?;
            let stored = (units > 0.0).then(|| micros / units);
            Some((sort, Pace { units, micros, stored }))
        });
        Self(Mutex::new(known.collect()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sort, Pace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from a chunk.
    pub(super) fn learn(&self, strategy: &StrategyRef, work: Work) {
        if work.bars > 0 {
            let sort = Sort::of(strategy, work.route);
            let micros = work.time.as_micros() as f64;
            let mut paces = self.lock();
            let is_text = |sort: &Sort| matches!(sort, Sort::Text(..));
            if is_text(&sort)
                && !paces.contains_key(&sort)
                && paces.keys().filter(|sort| is_text(sort)).count() >= TEXTS_MAX
            {
                paces.retain(|sort, _| !is_text(sort));
            }
            paces.entry(sort).or_default().add(work.bars as f64, micros);
        }
    }

    /// Learns from a run that had the server to itself: how long it took from when it was taken
    /// in, and how long its trials computed on each of so many threads.
    pub(super) fn learn_rest(
        &self,
        took: Duration,
        computed: Duration,
        threads: usize,
        trials: u64,
    ) {
        let threads = (threads as u64).min(trials).max(1) as f64;
        let rest = (took.as_micros() as f64 - computed.as_micros() as f64 / threads).max(0.0);
        let mut paces = self.lock();
        if trials == 1 {
            paces.entry(Sort::Run).or_default().add(1.0, rest);
        } else if trials >= TRIALS_MIN {
            let of_run = paces.get(&Sort::Run).and_then(Pace::micros_per_unit).unwrap_or(0.0);
            let of_trials = (rest - of_run).max(0.0);
            paces.entry(Sort::Trial).or_default().add(trials as f64, of_trials);
        }
    }

    /// How long the work may take on an idle server with so many threads; `None` if nothing of its
    /// sort was computed yet.
    pub(super) fn estimate(&self, asked: &Asked, threads: usize) -> Option<Duration> {
        let paces = self.lock();
        let pace = |sort: &Sort| paces.get(sort).and_then(Pace::micros_per_unit);
        let of_bar = pace(&Sort::of(&asked.strategy, asked.route))?;
        let threads = (threads as u64).min(asked.trials).max(1) as f64;
        let mut micros = of_bar * asked.bars as f64 / threads;
        micros += pace(&Sort::Run).unwrap_or(0.0);
        if asked.route != Route::Backtest {
            micros += pace(&Sort::Trial).unwrap_or(0.0) * asked.trials as f64;
        }
        Some(Duration::from_micros(micros as u64))
    }

    /// Bars a second of one thread; `None` if unknown.
    pub(super) fn bars_per_second(&self, asked: &Asked) -> Option<f64> {
        let paces = self.lock();
        let sort = Sort::of(&asked.strategy, asked.route);
        let of_bar = paces.get(&sort).and_then(Pace::micros_per_unit)?;
        (of_bar > 0.0).then(|| 1e6 / of_bar)
    }

    /// Those that have moved since they were stored, taken for stored from now on.
    pub(super) fn news(&self) -> Vec<StoredPace> {
        let mut paces = self.lock();
        let moved = paces.iter_mut().filter(|(_, pace)| pace.has_moved());
        let stored = moved.filter_map(|(sort, pace)| {
            let (strategy, version, route) = sort.names()?;
            pace.stored = pace.micros_per_unit();
            Some(StoredPace { strategy, version, route, units: pace.units, micros: pace.micros })
        });
        stored.collect()
    }
}

const ROUTES: [(Route, &str); 3] =
    [(Route::Backtest, "backtest"), (Route::BarByBar, "bar by bar"), (Route::Columns, "columns")];

impl Sort {
    fn of(strategy: &StrategyRef, route: Route) -> Self {
        match &strategy.rules {
            Some(rules) => Self::Text(rules.meaning, route),
            None => Self::Bars(strategy.name.clone(), strategy.version.clone(), route),
        }
    }

    /// As it is stored; a text is known to this process only.
    fn names(&self) -> Option<(String, String, String)> {
        match self {
            Self::Bars(name, version, route) => {
                let (_, route) = ROUTES.iter().find(|(known, _)| known == route)?;
                Some((name.clone(), version.clone(), (*route).to_owned()))
            }
            Self::Text(..) => None,
            Self::Run => Some((String::new(), String::new(), "run".to_owned())),
            Self::Trial => Some((String::new(), String::new(), "trial".to_owned())),
        }
    }

    fn named(name: String, version: String, route: &str) -> Option<Self> {
        match route {
            "run" => Some(Self::Run),
            "trial" => Some(Self::Trial),
            _ => {
                let (route, _) = ROUTES.iter().find(|(_, known)| *known == route)?;
                Some(Self::Bars(name, version, *route))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::run::RuleText;

    fn strategy(name: &str) -> StrategyRef {
        StrategyRef { name: name.to_owned(), version: "1".to_owned(), rules: None }
    }

    fn work(route: Route, bars: u64, millis: u64) -> Work {
        Work { route, bars, time: Duration::from_millis(millis) }
    }

    fn asked(route: Route, bars: u64, trials: u64) -> Asked {
        Asked { strategy: strategy("sma_cross"), route, bars, trials }
    }

    #[test]
    fn what_was_never_computed_is_unknown_and_so_is_another_way_or_another_strategy() {
        let paces = Paces::default();
        assert_eq!(paces.estimate(&asked(Route::Columns, 9, 9), 2), None);
        paces.learn(&strategy("sma_cross"), work(Route::BarByBar, 1_000, 1));
        paces.learn(&strategy("ema_cross"), work(Route::Columns, 1_000, 1));
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 0, 1));
        assert_eq!(paces.estimate(&asked(Route::Columns, 9, 9), 2), None);
        assert_eq!(paces.bars_per_second(&asked(Route::BarByBar, 9, 9)), Some(1e6));
    }

    #[test]
    fn an_estimate_is_the_bars_over_the_threads_and_what_runs_and_trials_take_beside() {
        let paces = Paces::default();
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 1_000_000, 100));
        paces.learn(&strategy("sma_cross"), work(Route::Backtest, 1_000_000, 200));
        let millis = |asked: &Asked| paces.estimate(asked, 2).unwrap().as_millis();
        assert_eq!(millis(&asked(Route::Columns, 10_000_000, 1_000)), 500);
        assert_eq!(millis(&asked(Route::Columns, 10_000_000, 1)), 1_000, "one thread has work");
        paces.learn_rest(Duration::from_millis(210), Duration::from_millis(200), 2, 1);
        assert_eq!(millis(&asked(Route::Backtest, 1_000_000, 1)), 210);
        paces.learn_rest(Duration::from_secs(3), Duration::from_secs(2), 2, 120);
        assert_eq!(millis(&asked(Route::Backtest, 1_000_000, 1)), 210, "no small search is in it");
        let (took, computed) = (Duration::from_millis(1_510), Duration::from_secs(1));
        paces.learn_rest(took, computed, 2, 1_000);
        assert_eq!(millis(&asked(Route::Columns, 10_000_000, 1_000)), 500 + 10 + 1_000);
    }

    #[test]
    fn a_text_is_known_by_what_it_computes_and_some_of_them_only() {
        let paces = Paces::default();
        let text = |meaning: usize| {
            let meaning = Digest::of(&meaning.to_le_bytes());
            let rules = RuleText { source: String::new(), meaning };
            StrategyRef { rules: Some(Arc::new(rules)), ..strategy("text") }
        };
        for meaning in 0..=TEXTS_MAX {
            paces.learn(&text(meaning), work(Route::Columns, 1_000, 1));
        }
        let of = |strategy| Asked { strategy, ..asked(Route::Columns, 1_000, 1) };
        assert!(paces.estimate(&of(text(TEXTS_MAX)), 1).is_some());
        assert_eq!(paces.estimate(&of(text(TEXTS_MAX + 1)), 1), None);
        assert_eq!(paces.estimate(&of(strategy("text")), 1), None);
        assert!(paces.lock().len() <= TEXTS_MAX);
        assert!(paces.news().is_empty());
    }

    #[test]
    fn the_old_counts_ever_less() {
        let paces = Paces::default();
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 1_000, 20_000));
        for _ in 0..5 {
            paces.learn(&strategy("sma_cross"), work(Route::Columns, 20_000_000, 20_000));
        }
        let pace = paces.bars_per_second(&asked(Route::Columns, 1, 1)).unwrap();
        assert!((9e5..1e6).contains(&pace), "{pace}");
    }

    #[test]
    fn what_is_stored_says_the_same_at_the_next_start_and_is_stored_once() {
        let paces = Paces::default();
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 1_000, 3));
        paces.learn_rest(Duration::from_millis(9), Duration::ZERO, 2, 1);
        paces.learn_rest(Duration::from_millis(99), Duration::ZERO, 2, 1_000);
        let stored = paces.news();
        assert_eq!(stored.len(), 3);
        assert!(paces.news().is_empty());
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 1_000, 3));
        assert!(paces.news().is_empty(), "it has not moved");
        paces.learn(&strategy("sma_cross"), work(Route::Columns, 1_000, 30));
        assert_eq!(paces.news().len(), 1);
        let next = Paces::of(stored);
        assert!(next.news().is_empty());
        let asked = asked(Route::Columns, 1_000_000, 500);
        assert_eq!(next.estimate(&asked, 1), Some(Duration::from_millis(3_000 + 9 + 45)));
    }
}
