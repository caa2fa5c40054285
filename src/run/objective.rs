//! By what the trials of a search are judged: one metric, and bounds on others.

use serde::{Deserialize, Serialize};

use crate::metrics::{Goal, Metric};

/// What makes a trial better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// Which metric.
    pub metric: Metric,
    /// Which way.
    pub goal: Goal,
}

/// Bounds on a metric, inclusive; an undefined metric keeps none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricConstraint {
    /// Which metric.
    pub metric: Metric,
    /// Least.
    pub min: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

impl Default for Objective {
    fn default() -> Self {
        Self { metric: Metric::Sharpe, goal: Goal::Maximize }
    }
}

impl Objective {
    /// Whether `left` is strictly better than `right`.
    pub fn prefers(self, left: f64, right: f64) -> bool {
        match self.goal {
            Goal::Maximize => left > right,
            Goal::Minimize => left < right,
        }
    }
}

impl MetricConstraint {
    /// Whether the value is within the bounds.
    pub fn admits(self, value: Option<f64>) -> bool {
        value.is_some_and(|value| {
            self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
        })
    }
}
