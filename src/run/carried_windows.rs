//! The windows of a walk-forward as segments of one simulation a trial: where it is cut, and which
//! segments are which part of which window.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::walk_forward::{Span, WalkForwardSpec};
use crate::metrics::{Metric, OF_SEGMENTS};

/// What the days to choose by are for a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InSample {
    /// A simulation of their own, with fresh cash.
    #[default]
    Flat,
    /// A part of one simulation over all days, whose positions are carried in and out.
    Carried,
}

impl InSample {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(super) const fn is_flat(&self) -> bool {
        matches!(self, Self::Flat)
    }

    /// Whether a choice can go by that metric.
    pub fn knows(self, metric: Metric) -> bool {
        self == Self::Flat || OF_SEGMENTS.contains(&metric)
    }
}

/// Where one simulation is cut so that every part of every window is some of its segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowCuts {
    /// When segments begin, but for the first.
    pub borders_ms: Vec<i64>,
    /// The segments to choose by and those to be judged by, window by window.
    pub parts: Vec<[Range<usize>; 2]>,
}

impl WalkForwardSpec {
    /// The cuts of its windows.
    pub fn cuts(&self) -> WindowCuts {
        let base = &self.search.base;
        let spans = || self.spans.iter().flat_map(|it| [it.in_sample, it.out_of_sample]);
        let is_inside = |time: &i64| *time > base.start_ms && *time < base.end_ms;
        let borders: BTreeSet<i64> =
            spans().flat_map(|span| [span.start_ms, span.end_ms]).filter(is_inside).collect();
        let borders_ms: Vec<i64> = borders.into_iter().collect();
        let after = |time_ms: i64| {
            let begun = borders_ms.partition_point(|border| *border <= time_ms);
            if time_ms >= base.end_ms { borders_ms.len() + 1 } else { begun }
        };
        let part = |span: Span| after(span.start_ms)..after(span.end_ms);
        let parts = self.spans.iter().map(|it| [part(it.in_sample), part(it.out_of_sample)]);
        WindowCuts { parts: parts.collect(), borders_ms }
    }
}
