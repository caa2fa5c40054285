//! Searches over parameters: axes, constraints, and the trials they make, each from its index.

mod axis;
mod constraint;
mod grid;
mod permutation;
mod place;
mod plan;
mod rule;
mod windows;

pub use axis::{AXIS_VALUES_MAX, Axis, AxisError, AxisValues, LISTED_VALUES_MAX};
pub use constraint::{Comparison, Operand, ParamConstraint, compare_values};
pub use grid::Grid;
pub use permutation::mix;
pub use place::{PlaceOf, ValueKey};
pub use plan::{Drawn, PLACES_MAX, PLACES_PER_TRIAL, Plan, PlanError, Search};
pub use windows::{Window, WindowFault, WindowPlan, WindowWish};
