//! Searches over parameters: axes, constraints, and the trials they make, each from its index.

mod across;
mod axis;
mod constraint;
mod dice;
mod front;
mod genetic;
mod grid;
mod kernels;
mod learner;
mod parzen;
mod permutation;
mod place;
mod plan;
mod plateau;
mod rule;
#[cfg(test)]
mod scenery;
mod search;
mod space;
mod standing;
mod windows;

pub use across::Across;
pub use axis::{AXIS_VALUES_MAX, Axis, AxisError, AxisValues, LEVELS, LISTED_VALUES_MAX};
pub use constraint::{Comparison, Operand, ParamConstraint, compare_values};
pub use front::{Costs, front, hypervolume, volume_to};
pub use genetic::Evolution;
pub use grid::Grid;
pub use learner::Learner;
pub use parzen::Estimator;
pub use permutation::mix;
pub use place::{PlaceOf, ValueKey};
pub use plan::{Drawn, PLACES_MAX, PLACES_PER_TRIAL, Plan, PlanError};
pub use plateau::{PLATEAU_AXES_MAX, ordered_axes, plateaus};
pub use search::Search;
pub use space::Space;
pub use standing::{OBJECTIVES_MAX, Standing, ranks};
pub use windows::{Window, WindowFault, WindowPlan, WindowWish};
