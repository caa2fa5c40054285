//! Which trials a search makes, in which order: places counted up, nothing expanded.

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
        Ok(Self { grid, rules, order, available, wanted, places: 0, total: 0, search })
    }

    /// The same with the trials that were proposed so far.
    #[must_use]
    pub fn with_proposed(self, indices: Arc<[u64]>) -> Self {
        let count = indices.len() as u64;
        Self { order: Order::Proposed(indices), places: count, total: count, ..self }
    }

    /// What proposes the trials of a search that learns.
    pub fn learner(&self) -> Option<Learner> {
        let space = |seed| Space::new(self.grid.clone(), self.rules.clone(), seed);
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
        if !self.count_to(reach, self.wanted.min(most), is_wanted) {
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
            self.total += u64::from(self.index_at(self.places).is_some());
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
        if self.wanted == u64::MAX { 0 } else { self.wanted.saturating_sub(self.total) }
    }

    /// Whether every combination that there is was gone through.
    pub const fn is_exhausted(&self) -> bool {
        self.places == self.available
    }

    /// How many places there are, empty ones included.
    pub const fn places(&self) -> u64 {
        self.places
    }

    /// How many trials there are.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The product.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The index of the trial at a place, if it holds one.
    pub fn index_at(&self, place: u64) -> Option<u64> {
        let index = match &self.order {
            Order::Counted => place,
            Order::Shuffled(permutation) => permutation.image(place),
            // It was looked at when it was proposed.
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::strategy::Catalog;
    use crate::sweep::{Axis, AxisValues, Comparison, Operand};
    use proptest::prelude::*;

    fn axis(name: &str, min: i64, max: i64, step: i64) -> Axis {
        Axis { name: name.into(), values: AxisValues::ints(min, max, step).unwrap() }
    }

    fn fast_below_slow() -> ParamConstraint {
        ParamConstraint {
            left: "fast".into(),
            comparison: Comparison::Less,
            right: Operand::Param("slow".into()),
        }
    }

    fn plan(axes: &[Axis], search: Search, rules: &[ParamConstraint]) -> Result<Plan, PlanError> {
        let catalog = Catalog::shipped();
        let schema = &catalog.find("sma_cross", "").unwrap().params;
        let fixed = Params::resolve(schema, &BTreeMap::new()).unwrap();
        let grid = Grid::new(1, axes, search.seed()).unwrap();
        let mut plan = Plan::uncounted(grid, search, rules, &fixed)?;
        plan.count(None);
        plan.check().map(|()| plan)
    }

    #[test]
    fn excluded_combinations_leave_gaps_in_the_indices() {
        let axes = [axis("fast", 1, 3, 1), axis("slow", 1, 3, 1)];
        let plan = plan(&axes, Search::Grid, &[fast_below_slow()]).unwrap();
        assert_eq!(plan.total(), 3);
        assert_eq!(plan.indices(0..plan.places()).collect::<Vec<_>>(), [1, 2, 5]);
    }

    #[test]
    fn a_fixed_parameter_takes_part_in_constraints() {
        let plan = plan(&[axis("fast", 45, 54, 1)], Search::Grid, &[fast_below_slow()]).unwrap();
        assert_eq!(plan.total(), 5);
    }

    #[test]
    fn a_search_without_trials_is_refused() {
        let axes = [axis("fast", 60, 70, 1)];
        assert_eq!(plan(&axes, Search::Grid, &[fast_below_slow()]).unwrap_err(), PlanError::Empty);
        let huge = [axis("fast", 1, 10_000, 1), axis("slow", 1, 10_000, 1)];
        let error = plan(&huge, Search::Grid, &[]).unwrap_err();
        assert_eq!(error, PlanError::TooMany(100_000_000));
    }

    #[test]
    fn a_random_search_may_draw_from_a_product_that_no_grid_could_go_through() {
        let huge = [axis("fast", 1, 10_000, 1), axis("slow", 1, 10_000, 1)];
        let search = Search::Random { trial_count: 100, seed: 7 };
        let plan = plan(&huge, search, &[fast_below_slow()]).unwrap();
        assert_eq!(plan.total(), 100);
    }

    /// Of 16,000,000 combinations, `slow` below 9 alone is kept: 1 in 500.
    fn scarce(trial_count: u64) -> Plan {
        let axes = [axis("fast", 1, 4_000, 1), axis("slow", 1, 4_000, 1)];
        let below_nine = ParamConstraint {
            left: "slow".into(),
            comparison: Comparison::Less,
            right: Operand::Value(9.into()),
        };
        plan(&axes, Search::Random { trial_count, seed: 7 }, &[below_nine]).unwrap()
    }

    #[test]
    fn a_random_search_is_drawn_on_until_it_has_its_trials_or_all_is_gone_through() {
        let counted = scarce(30_000);
        assert_eq!(counted.places(), PLACES_MAX);
        assert!((9_000..11_000).contains(&counted.total()), "{}", counted.total());
        let wanting = |wanted| Plan { wanted, ..counted.clone() };
        assert_eq!(wanting(20_000).reach(), None, "4,000,000 places are behind it");
        assert_eq!(wanting(9_000).reach(), None, "it has its trials");
        let mut plan = counted.clone();
        assert_eq!(plan.draw_on(6_000_000, 30_000, &|| false), Err(PlanError::Unwanted));
        assert!(plan.places() < PLACES_MAX + PLACES_PER_LOOK, "nobody waits for it");
        let mut plan = counted.clone();
        let most = plan.total() + 10;
        assert_eq!(plan.draw_on(6_000_000, most, &|| true).unwrap().total, most);
        let mut plan = counted.clone();
        let first = plan.total();
        let reach = plan.reach().unwrap();
        assert_eq!(reach, 6_000_000);
        let drawn = plan.draw_on(reach, 1_000_000, &|| true).unwrap();
        assert_eq!((drawn.places, drawn.total), (6_000_000, plan.total()));
        assert!(plan.total() > first && plan.lacking() > 0 && !plan.is_exhausted());
        let mut stored = counted;
        stored.count(Some(drawn));
        assert_eq!((stored.places(), stored.total()), (plan.places(), plan.total()));
    }

    proptest! {
        #[test]
        fn a_random_search_draws_without_repetition_and_within_the_constraints(
            seed: u64,
            trial_count in 1_u64..80,
        ) {
            let axes = [axis("fast", 1, 10, 1), axis("slow", 1, 10, 1)];
            let search = Search::Random { trial_count, seed };
            let plan = plan(&axes, search, &[fast_below_slow()]).unwrap();
            let mut drawn: Vec<_> = plan.indices(0..plan.places()).collect();
            prop_assert_eq!(drawn.len() as u64, plan.total());
            prop_assert_eq!(plan.total(), trial_count.min(45));
            drawn.sort_unstable();
            drawn.dedup();
            prop_assert_eq!(drawn.len() as u64, plan.total());
            prop_assert!(drawn.iter().all(|index| index / 10 < index % 10));
        }
    }
}
