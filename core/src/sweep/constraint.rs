//! Which combinations of parameters are no trials at all.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::strategy::ParamValue;

/// A rule between a parameter and another one, or a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamConstraint {
    /// A parameter.
    pub left: String,
    /// How they must compare.
    pub comparison: Comparison,
    /// A parameter or a value.
    pub right: Operand,
}

/// The right side of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// Another parameter.
    Param(String),
    /// A value.
    Value(ParamValue),
}

/// How two values must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether values that compare so keep the rule.
    const fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
            Self::NotEqual => ordering.is_ne(),
        }
    }

    /// Whether `left` and `right` keep the rule; values that do not compare are merely unequal.
    pub fn holds(self, left: &ParamValue, right: &ParamValue) -> bool {
        compare_values(left, right).map_or(self == Self::NotEqual, |ordering| self.admits(ordering))
    }
}

/// Numbers by value, words and flags among themselves; `None` for values that do not compare.
pub fn compare_values(left: &ParamValue, right: &ParamValue) -> Option<Ordering> {
    use ParamValue::{Bool, Double, Int, Text};
    match (left, right) {
        (Int(left), Int(right)) => Some(left.cmp(right)),
        (Int(left), Double(right)) => (*left as f64).partial_cmp(right),
        (Double(left), Int(right)) => left.partial_cmp(&(*right as f64)),
        (Double(left), Double(right)) => left.partial_cmp(right),
        (Bool(left), Bool(right)) => Some(left.cmp(right)),
        (Text(left), Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_across_their_types() {
        assert!(Comparison::Less.holds(&1.into(), &1.5.into()));
        assert!(Comparison::GreaterEqual.holds(&2.0.into(), &2.into()));
        assert!(!Comparison::NotEqual.holds(&2.0.into(), &2.into()));
        assert!(Comparison::NotEqual.holds(&"both".into(), &"long_only".into()));
        assert!(!Comparison::Less.holds(&"both".into(), &1.into()));
    }
}
