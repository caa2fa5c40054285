//! Which trials a search makes, in which order: places counted up, nothing expanded.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::constraint::{Comparison, Operand, ParamConstraint};
use super::grid::Grid;
use super::permutation::Permutation;
use crate::strategy::{ParamValue, Params};

/// The most indices that may be gone through to count the trials.
pub const PLACES_MAX: u64 = 5_000_000;

/// How the trials are chosen from the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// All of them.
    Grid,
    /// That many, drawn without repetition.
    Random {
        /// How many.
        trial_count: u64,
        /// Equal seeds draw equal trials.
        seed: u64,
    },
}

impl Search {
    /// What draws continuous values; a grid has none.
    pub const fn seed(self) -> u64 {
        match self {
            Self::Grid => 0,
            Self::Random { seed, .. } => seed,
        }
    }
}

/// The trials of a search. Work is cut by *places* `0..places`; a place holds the trial of one
/// index of the product, or none where a constraint excludes it.
#[derive(Clone, Debug)]
pub struct Plan {
    grid: Grid,
    rules: Vec<Rule>,
    order: Order,
    places: u64,
    total: u64,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    /// The place is the index.
    Counted,
    /// The product shuffled.
    Shuffled(Permutation),
}

/// A constraint with its parameters found.
#[derive(Clone, Debug)]
struct Rule {
    left: Side,
    comparison: Comparison,
    right: Side,
}

#[derive(Clone, Debug)]
enum Side {
    Axis(usize),
    Fixed(ParamValue),
}

/// Why a search cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The product is too large to go through.
    #[error("the axes make {0} combinations; at most {PLACES_MAX} are taken")]
    TooMany(u128),
    /// A continuous axis in a grid.
    #[error("axis {0} has step 0, which only a random search can draw from")]
    ContinuousInGrid(String),
    /// Nothing is left.
    #[error("the constraints exclude every combination")]
    Empty,
}

impl Plan {
    /// Plans a search; `fixed` are all parameters, of which the axes override some.
    ///
    /// # Errors
    ///
    /// If the product is too large, cannot be counted, or nothing is left of it.
    pub fn new(
        grid: Grid,
        search: Search,
        constraints: &[ParamConstraint],
        fixed: &Params,
    ) -> Result<Self, PlanError> {
        let rules = constraints.iter().map(|rule| Rule::find(rule, &grid, fixed)).collect();
        let mut plan = Self { places: grid.len(), grid, rules, order: Order::Counted, total: 0 };
        let wanted = match search {
            Search::Grid => plan.plan_grid()?,
            Search::Random { trial_count, seed } => plan.plan_random(trial_count, seed),
        };
        plan.count(wanted);
        if plan.total == 0 { Err(PlanError::Empty) } else { Ok(plan) }
    }

    fn plan_grid(&self) -> Result<u64, PlanError> {
        let continuous = self.grid.axes().iter().find(|axis| axis.values.count().is_none());
        if let Some(axis) = continuous {
            return Err(PlanError::ContinuousInGrid(axis.name.clone()));
        }
        if self.places > PLACES_MAX {
            return Err(PlanError::TooMany(self.places.into()));
        }
        Ok(u64::MAX)
    }

    fn plan_random(&mut self, trial_count: u64, seed: u64) -> u64 {
        if self.grid.is_sampled() {
            self.places = PLACES_MAX;
        } else {
            self.order = Order::Shuffled(Permutation::new(self.places, seed));
            self.places = self.places.min(PLACES_MAX);
        }
        trial_count
    }

    /// Counts trials up to `wanted` and ends the places there.
    fn count(&mut self, wanted: u64) {
        if self.rules.is_empty() {
            self.total = self.places.min(wanted);
            self.places = self.total;
            return;
        }
        for place in 0..self.places {
            if self.total == wanted {
                self.places = place;
                return;
            }
            self.total += u64::from(self.index_at(place).is_some());
        }
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
        let index = match self.order {
            Order::Counted => place,
            Order::Shuffled(permutation) => permutation.image(place),
        };
        self.admits(index).then_some(index)
    }

    /// The indices of the trials of a range of places, in the order of the places.
    pub fn indices(&self, places: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        places.filter_map(|place| self.index_at(place))
    }

    /// Whether an index of the product is a trial of this search.
    pub fn contains(&self, index: u64) -> bool {
        match self.order {
            Order::Counted => index < self.places && self.admits(index),
            Order::Shuffled(_) => (0..self.places).any(|place| self.index_at(place) == Some(index)),
        }
    }

    fn admits(&self, index: u64) -> bool {
        self.rules.iter().all(|rule| {
            let value = |side: &Side| match side {
                Side::Axis(axis) => self.grid.value(*axis, index),
                Side::Fixed(value) => value.clone(),
            };
            rule.comparison.holds(&value(&rule.left), &value(&rule.right))
        })
    }
}

impl Rule {
    fn find(constraint: &ParamConstraint, grid: &Grid, fixed: &Params) -> Self {
        let param = |name: &str| match grid.axis_named(name) {
            Some(axis) => Side::Axis(axis),
            // Names are checked with the request; an unknown one equals nothing.
            None => Side::Fixed(
                fixed
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map_or_else(|| ParamValue::Text(String::new()), |(_, value)| value.clone()),
            ),
        };
        Self {
            left: param(&constraint.left),
            comparison: constraint.comparison,
            right: match &constraint.right {
                Operand::Param(name) => param(name),
                Operand::Value(value) => Side::Fixed(value.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::strategy::Catalog;
    use crate::sweep::{Axis, AxisValues};
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
        Plan::new(Grid::new(1, axes, search.seed()).unwrap(), search, rules, &fixed)
    }

    #[test]
    fn excluded_combinations_leave_gaps_in_the_indices() {
        let axes = [axis("fast", 1, 3, 1), axis("slow", 1, 3, 1)];
        let plan = plan(&axes, Search::Grid, &[fast_below_slow()]).unwrap();
        assert_eq!(plan.total(), 3);
        assert_eq!(plan.indices(0..plan.places()).collect::<Vec<_>>(), [1, 2, 5]);
        assert!(plan.contains(5) && !plan.contains(4));
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
