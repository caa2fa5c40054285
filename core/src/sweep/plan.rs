//! Which trials a search makes, in which order: places counted up, nothing expanded.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::constraint::ParamConstraint;
use super::genetic::Evolution;
use super::grid::Grid;
use super::learner::Learner;
use super::parzen::Estimator;
use super::permutation::Permutation;
use super::rule::Rule;
use super::search::Search;
use super::space::Space;
use crate::strategy::Params;

/// The places that are gone through to count the trials of any search. Searches are stored without
/// their count: another number here would be other trials there.
pub const PLACES_MAX: u64 = 5_000_000;
/// Places for each trial wanted that a random search goes on through, where these hold too few.
pub const PLACES_PER_TRIAL: u64 = 200;
/// Places between two looks whether anybody still waits for the count.
const PLACES_PER_LOOK: u64 = 1 << 14;

/// The trials of a search. Work is cut by *places* `0..places`; a place holds the trial of one
/// index of the product, or none where a constraint excludes it.
#[derive(Clone, Debug)]
pub struct Plan {
    grid: Grid,
    rules: Vec<Rule>,
    order: Order,
    /// The places there could be.
    available: u64,
    /// How many trials are asked for.
    wanted: u64,
    places: u64,
    total: u64,
    search: Search,
    /// How often all places are gone through: once for each series where combinations are tried on
    /// all of them together, and the numbers above count combinations then.
    rounds: u64,
}

/// How far a random search went that found too few trials in the first [`PLACES_MAX`] places. It
/// is stored with the search, so that one without it is what it always was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Places gone through.
    pub places: u64,
    /// Trials in them.
    pub total: u64,
}

#[derive(Clone, Debug)]
enum Order {
    /// The place is the index.
    Counted,
    /// The product shuffled.
    Shuffled(Permutation),
    /// As a search proposed them that learns, so far as it is known.
    Proposed(Arc<[u64]>),
}

/// Why a search cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The product is too large to go through.
    #[error("the axes make {0} combinations; at most {PLACES_MAX} are taken")]
    TooMany(u128),
    /// The indices could not be stored.
    #[error("the axes make more combinations than 2^63")]
    TooManyToCount,
    /// A continuous axis in a grid.
    #[error("axis {0} has step 0, which only a random search can draw from")]
    ContinuousInGrid(String),
    /// A continuous axis whose draws would be others on every series.
    #[error(
        "axis {0} has step 0, and what is drawn from it differs between series; give it a step"
    )]
    ContinuousAcross(String),
    /// Nothing is left.
    #[error("the constraints exclude every combination")]
    Empty,
    /// Nothing was found, though not all was looked at.
    #[error("none of the {0} combinations drawn keeps the constraints")]
    NoneDrawn(u64),
    /// Nobody waits for the count any more.
    #[error("the search is not wanted any more")]
    Unwanted,
}

impl Plan {
    /// The plan of a search, whose trials are not counted yet; `fixed` are all parameters, of which
    /// the axes override some.
    ///
    /// # Errors
    ///
    /// If the product is too large, or cannot be counted.
    pub fn uncounted(
        grid: Grid,
        search: Search,
        constraints: &[ParamConstraint],
        fixed: &Params,
    ) -> Result<Self, PlanError> {
        let rules = constraints.iter().map(|rule| Rule::find(rule, &grid, fixed)).collect();
        let len = grid.len();
        let (order, available, wanted) = match search {
            Search::Grid => {
                let mut axes = grid.axes().iter();
                if let Some(axis) = axes.find(|axis| axis.values.count().is_none()) {
                    return Err(PlanError::ContinuousInGrid(axis.name.clone()));
                }
                if len > PLACES_MAX {
                    return Err(PlanError::TooMany(len.into()));
                }
                (Order::Counted, len, u64::MAX)
            }
            Search::Points => (Order::Counted, len, u64::MAX),
            Search::Genetic { .. } | Search::Tpe { .. } if i64::try_from(len).is_err() => {
                return Err(PlanError::TooManyToCount);
            }
            Search::Genetic { trial_count, .. } | Search::Tpe { trial_count, .. } => {
                (Order::Proposed(Arc::default()), len, trial_count)
            }
            // Every index draws anew, and indices are stored as signed numbers.
            Search::Random { trial_count, .. } if grid.is_sampled() => {
                (Order::Counted, i64::MAX as u64, trial_count)
            }
            Search::Random { trial_count, seed } => {
                (Order::Shuffled(Permutation::new(len, seed)), len, trial_count)
            }
        };
        Ok(Self { grid, rules, order, available, wanted, places: 0, total: 0, search, rounds: 1 })
    }

    /// The same where a combination is tried on every series, and what is chosen are combinations.
    ///
    /// # Errors
    ///
    /// If an axis is drawn from: on each series something else would be drawn.
    pub fn across_series(self) -> Result<Self, PlanError> {
        let mut axes = self.grid.axes().iter();
        if let Some(axis) = axes.find(|axis| axis.values.count().is_none()) {
            return Err(PlanError::ContinuousAcross(axis.name.clone()));
        }
        let available = self.grid.series_stride();
        let order = match self.search {
            Search::Random { seed, .. } => Order::Shuffled(Permutation::new(available, seed)),
            Search::Grid | Search::Points | Search::Genetic { .. } | Search::Tpe { .. } => {
                self.order
            }
        };
        let rounds = self.grid.len() / available.max(1);
        Ok(Self { order, available, rounds, ..self })
    }

    /// The same with the trials that were proposed so far.
    #[must_use]
    pub fn with_proposed(self, indices: Arc<[u64]>) -> Self {
        let count = indices.len() as u64 / self.rounds;
        Self { order: Order::Proposed(indices), places: count, total: count, ..self }
    }

    /// What proposes the trials of a search that learns.
    pub fn learner(&self) -> Option<Learner> {
        let space = |seed| Space::new(self.searched().into_owned(), self.rules.clone(), seed);
        match self.search {
            Search::Genetic { seed, batch, .. } => {
                Some(Learner::Bred(Evolution::new(space(seed), seed, batch)))
            }
            Search::Tpe { seed, batch, .. } => {
                Some(Learner::Estimated(Estimator::new(space(seed), seed, batch)))
            }
            Search::Grid | Search::Random { .. } | Search::Points => None,
        }
    }

    /// What a search that learns goes through: combinations, or trials.
    fn searched(&self) -> Cow<'_, Grid> {
        match self.rounds {
            1 => Cow::Borrowed(&self.grid),
            _ => Cow::Owned(self.grid.of_one_series()),
        }
    }

    /// How many trials a combination has that are judged as one.
    pub const fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The trials of these combinations, all of them on one series before the next.
    pub fn trials_of(&self, combinations: &[u64]) -> Vec<u64> {
        let stride = self.grid.series_stride();
        let on = |series: u64| combinations.iter().map(move |index| index + series * stride);
        (0..self.rounds).flat_map(on).collect()
    }

    /// Counts the trials of the first [`PLACES_MAX`] places, or takes what was counted before.
    pub fn count(&mut self, drawn: Option<Drawn>) {
        match drawn {
            Some(Drawn { places, total }) => (self.places, self.total) = (places, total),
            None if self.search.is_learning() => self.count_proposed(),
            None => _ = self.count_to(PLACES_MAX, self.wanted, &|| true),
        }
    }

    /// Which they are is not known before, only how many: as many as are wanted, if there are.
    fn count_proposed(&mut self) {
        let few = self.available.min(PLACES_MAX);
        let admitted = || (0..few).filter(|index| self.admits(*index)).take(self.wanted as usize);
        let is_counted = self.available <= PLACES_MAX && !self.rules.is_empty();
        let there = if is_counted { admitted().count() as u64 } else { self.available };
        self.total = self.wanted.min(there);
        self.places = self.total;
    }

    /// How far a search may still be drawn that has too few trials; none if that is of no use.
    pub fn reach(&self) -> Option<u64> {
        let reach = self.wanted.saturating_mul(PLACES_PER_TRIAL).min(self.available);
        let is_random = matches!(self.search, Search::Random { .. });
        (is_random && self.total < self.wanted && reach > self.places).then_some(reach)
    }

    /// Draws on up to that place, or until there are `most` trials.
    ///
    /// # Errors
    ///
    /// If `is_wanted` says no before the end.
    pub fn draw_on(
        &mut self,
        reach: u64,
        most: u64,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Drawn, PlanError> {
        if !self.count_to(reach, self.wanted.min(most.div_ceil(self.rounds)), is_wanted) {
            return Err(PlanError::Unwanted);
        }
        Ok(Drawn { places: self.places, total: self.total })
    }

    /// Goes on counting up to that place or so many trials; false if it was not wanted any more.
    fn count_to(&mut self, end: u64, wanted: u64, is_wanted: &dyn Fn() -> bool) -> bool {
        let end = end.min(self.available);
        if self.rules.is_empty() {
            self.total = end.min(wanted);
            self.places = self.total;
            return true;
        }
        while self.places < end && self.total < wanted {
            if self.places.is_multiple_of(PLACES_PER_LOOK) && !is_wanted() {
                return false;
            }
            self.total += u64::from(self.admitted_at(self.places).is_some());
            self.places += 1;
        }
        true
    }

    /// Refuses a search without trials.
    pub fn check(&self) -> Result<(), PlanError> {
        match self.total {
            0 if self.places == self.available || self.search.is_learning() => {
                Err(PlanError::Empty)
            }
            0 => Err(PlanError::NoneDrawn(self.places)),
            _ => Ok(()),
        }
    }

    /// How many trials a random search has too few; 0 for a grid.
    pub const fn lacking(&self) -> u64 {
        if self.wanted == u64::MAX {
            return 0;
        }
        self.wanted.saturating_sub(self.total).saturating_mul(self.rounds)
    }

    /// Whether every combination that there is was gone through.
    pub const fn is_exhausted(&self) -> bool {
        self.places == self.available
    }

    /// How many places there are, empty ones included.
    pub const fn places(&self) -> u64 {
        self.places * self.rounds
    }

    /// How many trials there are.
    pub const fn total(&self) -> u64 {
        self.total * self.rounds
    }

    /// The product.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The index of the trial at a place, if it holds one.
    pub fn index_at(&self, place: u64) -> Option<u64> {
        if let Order::Proposed(indices) = &self.order {
            // It was looked at when it was proposed.
            return indices.get(place as usize).copied();
        }
        if self.rounds == 1 {
            return self.admitted_at(place);
        }
        // All of them on one series before the next: trials that share bars come together.
        let (round, place) = (place / self.places.max(1), place % self.places.max(1));
        self.admitted_at(place).map(|index| index + round * self.grid.series_stride())
    }

    /// The same on the first round.
    fn admitted_at(&self, place: u64) -> Option<u64> {
        let index = match &self.order {
            Order::Counted => place,
            Order::Shuffled(permutation) => permutation.image(place),
            Order::Proposed(indices) => return indices.get(place as usize).copied(),
        };
        self.admits(index).then_some(index)
    }

    /// The indices of the trials of a range of places, in the order of the places.
    pub fn indices(&self, places: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        places.filter_map(|place| self.index_at(place))
    }

    fn admits(&self, index: u64) -> bool {
        self.rules.iter().all(|rule| rule.admits(&self.grid, index))
    }
}

#[cfg(test)]
mod tests;
