//! A constraint over the product: with its parameters found, so that each index is soon decided.

use super::constraint::{Comparison, Operand, ParamConstraint};
use super::grid::Grid;
use crate::strategy::{ParamValue, Params};

/// A constraint with its parameters found.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    left: Side,
    comparison: Comparison,
    right: Side,
}

#[derive(Clone, Debug)]
enum Side {
    Axis(usize),
    Fixed(ParamValue),
}

impl Rule {
    pub(super) fn find(constraint: &ParamConstraint, grid: &Grid, fixed: &Params) -> Self {
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

    /// Whether the combination of that index keeps it.
    pub(super) fn admits(&self, grid: &Grid, index: u64) -> bool {
        let value = |side: &Side| match side {
            Side::Axis(axis) => grid.value(*axis, index),
            Side::Fixed(value) => value.clone(),
        };
        self.comparison.holds(&value(&self.left), &value(&self.right))
    }
}
