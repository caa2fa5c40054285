//! How long work may take, from how long work took here: measured by strategy and by the way its
//! trials are computed. What was never measured is unknown, and never guessed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::executor::{Route, Work};
use crate::run::StrategyRef;
use crate::storage::StoredPace;

/// Time that is remembered of each sort: beyond, the old counts ever less.
const MEMORY: Duration = Duration::from_secs(20);
/// A pace is stored again when it has moved by this part of itself.
const MOVED: f64 = 0.1;
/// With fewer trials, what a search takes beside computing is not theirs; nor is it what any run
/// takes, but the wait for the last thread.
const TRIALS_MIN: u64 = 256;

/// Which pace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Sort {
    /// Bars of a strategy, computed that way.
    Bars(StrategyRef, Route),
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
            let sort = Sort::Bars(strategy.clone(), work.route);
            let micros = work.time.as_micros() as f64;
            self.lock().entry(sort).or_default().add(work.bars as f64, micros);
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
        let of_bar = pace(&Sort::Bars(asked.strategy.clone(), asked.route))?;
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
        let sort = Sort::Bars(asked.strategy.clone(), asked.route);
        let of_bar = paces.get(&sort).and_then(Pace::micros_per_unit)?;
        (of_bar > 0.0).then(|| 1e6 / of_bar)
    }

    /// Those that have moved since they were stored, taken for stored from now on.
    pub(super) fn news(&self) -> Vec<StoredPace> {
        let mut paces = self.lock();
        let moved = paces.iter_mut().filter(|(_, pace)| pace.has_moved());
        let stored = moved.map(|(sort, pace)| {
            pace.stored = pace.micros_per_unit();
            let (strategy, version, route) = sort.names();
            StoredPace { strategy, version, route, units: pace.units, micros: pace.micros }
        });
        stored.collect()
    }
}

const ROUTES: [(Route, &str); 3] =
    [(Route::Backtest, "backtest"), (Route::BarByBar, "bar by bar"), (Route::Columns, "columns")];

impl Sort {
    fn names(&self) -> (String, String, String) {
        match self {
            Self::Bars(strategy, route) => {
                let name = ROUTES.iter().find(|(known, _)| known == route).map_or("", |it| it.1);
                (strategy.name.clone(), strategy.version.clone(), name.to_owned())
            }
            Self::Run => (String::new(), String::new(), "run".to_owned()),
            Self::Trial => (String::new(), String::new(), "trial".to_owned()),
        }
    }

    fn named(name: String, version: String, route: &str) -> Option<Self> {
        match route {
            "run" => Some(Self::Run),
            "trial" => Some(Self::Trial),
            _ => {
                let (route, _) = ROUTES.iter().find(|(_, known)| *known == route)?;
                Some(Self::Bars(StrategyRef { name, version, rules: None }, *route))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
