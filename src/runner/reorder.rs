//! Carrying the other part of a validation: the whole search again over bars in another order, many
//! times. Each order is committed when all its trials are computed, and never computed again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::executor::{Keep, Pace};
use super::job::Chunks;
use super::lanes::Parts;
use super::permits::Permit;
use crate::run::{
    Distributions, Life, Objective, RunId, RunKind, TrialOutcome, TrialRow, ValidationSpec,
};
use crate::storage::ReorderedBest;
use crate::validation::Reordering;

/// Orders of which some trials are computed.
struct Open {
    objective: Objective,
    orders: Mutex<BTreeMap<u64, Order>>,
}

struct Order {
    /// Places that are not computed yet.
    left: u64,
    found: ReorderedBest,
}

impl Open {
    fn begin(&self, draw: u64, places: u64) {
        let found = ReorderedBest { draw, best: None, completed: 0, failed: 0 };
        let order = Order { left: places, found };
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).insert(draw, order);
    }

    /// Takes the trials of some places; answers the order if none is left.
    fn take(&self, draw: u64, places: &Range<u64>, rows: &[TrialRow]) -> Option<ReorderedBest> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let order = orders.get_mut(&draw)?;
        order.left -= places.end - places.start;
        let failed = rows.iter().filter(|row| row.is_failed()).count() as u64;
        order.found.failed += failed;
        order.found.completed += rows.len() as u64 - failed;
        let feasible = rows.iter().filter_map(|row| objective_of(row, self.objective));
        order.found.best = feasible.fold(order.found.best, |best, value| match best {
            Some(best) if !self.objective.prefers(value, best) => Some(best),
            _ => Some(value),
        });
        let is_done = order.left == 0;
        is_done.then(|| orders.remove(&draw)).flatten().map(|order| order.found)
    }
}

/// The orders that are to be searched, one after the other, each cut as a search is.
struct Orders<'o> {
    /// Those that are not begun.
    missing: VecDeque<u64>,
    /// The one that is being cut.
    under_way: Option<(u64, Chunks)>,
    open: &'o Open,
    /// How many each search has.
    places: u64,
}

impl Parts for Orders<'_> {
    type Part = (u64, Range<u64>);

    fn is_empty(&self) -> bool {
        let is_cut = |(_, chunks): &(u64, Chunks)| chunks.is_empty();
        self.missing.is_empty() && self.under_way.as_ref().is_none_or(is_cut)
    }

    fn cut(&mut self, length: u64, _: &Pace) -> Option<Self::Part> {
        loop {
            if let Some((draw, chunks)) = &mut self.under_way
                && let Some(places) = chunks.next(length)
            {
                return Some((*draw, places));
            }
            let draw = self.missing.pop_front()?;
            self.open.begin(draw, self.places);
            let chunks = Chunks::of(std::iter::once(0..self.places).collect());
            self.under_way = Some((draw, chunks));
        }
    }
}

/// The objective of a trial that is feasible.
pub(super) fn objective_of(row: &TrialRow, objective: Objective) -> Option<f64> {
    match &row.outcome {
        TrialOutcome::Completed(metrics) => metrics.value(objective.metric),
        TrialOutcome::Infeasible(_) | TrialOutcome::Failed(_) => None,
    }
}

impl Runner {
    /// What charts of a completed run are drawn from, and which kind of run it is.
    ///
    /// # Errors
    ///
    /// `NotFinished`, or `NoDistributions` of another kind.
    pub async fn distributions(
        &self,
        run_id: RunId,
    ) -> Result<(RunKind, Distributions), RunnerError> {
        let snapshot = self.run(run_id).await?.snapshot;
        if Distributions::names(snapshot.kind).is_empty() {
            let why = "has no distributions; only a validation and a robustness run have some";
            return Err(RunnerError::NoDistributions { run_id, why });
        }
        if !matches!(snapshot.life, Life::Completed { .. }) {
            return Err(RunnerError::NotFinished { run_id, state: snapshot.state() });
        }
        let why = "was judged by an older server, which kept no distributions; validate again";
        let kept = self.store.distributions(run_id).await?;
        Ok((snapshot.kind, kept.ok_or(RunnerError::NoDistributions { run_id, why })?))
    }

    /// The best objective over each order of the bars; `known` ones are not computed again.
    pub(super) async fn search_reordered(
        &self,
        attempt: &Attempt,
        spec: &ValidationSpec,
        known: Vec<ReorderedBest>,
    ) -> Result<Vec<Option<f64>>, Halt> {
        let done: BTreeSet<u64> = known.iter().map(|order| order.draw).collect();
        let open = Open { objective: spec.search.objective, orders: Mutex::default() };
        let found = Mutex::new(known);
        let missing = (0..spec.permutations).filter(|draw| !done.contains(draw)).collect();
        let places = attempt.job.places();
        let orders = Orders { missing, under_way: None, open: &open, places };
        self.in_lanes(attempt, orders, |permit, (draw, places)| {
            let reordering = Reordering { seed: spec.seed, draw };
            self.take_reordered(attempt, permit, (reordering, places), (&open, &found))
        })
        .await?;
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by_key(|order| order.draw);
        Ok(found.into_iter().map(|order| order.best).collect())
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn take_reordered<'r>(
        &'r self,
        attempt: &'r Attempt,
        permit: Permit,
        (reordering, places): (Reordering, Range<u64>),
        (open, found): (&'r Open, &'r Mutex<Vec<ReorderedBest>>),
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(async move {
            let (keep, draw) = (Keep::Reordered(reordering), reordering.draw);
            let rows = self.evaluate(attempt, places.clone(), &keep).await?.rows;
            drop(permit);
            attempt.tally.learn(&rows);
            let failed = rows.iter().filter(|row| row.is_failed()).count() as u64;
            attempt.tally.add(rows.len() as u64 - failed, failed, None, &attempt.job.spec);
            let Some(order) = open.take(draw, &places, &rows) else { return Ok(()) };
            found.lock().unwrap_or_else(PoisonError::into_inner).push(order);
            let is_kept = self.store.keep_reordered(attempt.fence, order).await?;
            if is_kept { Ok(()) } else { Err(Halt::Stopped) }
        })
    }
}
