//! What a chunk keeps of its trials where the windows of a walk-forward are parts of one
//! simulation: what a choice goes by, of all of them, or all that is known, of one that was chosen.

use std::ops::Range;

use super::evaluate::judged;
use super::executor::Kept;
use super::held::Held;
use crate::engine::{Backtest, Report};
use crate::metrics::{Metric, Neighbours, OF_FALLS, Segments};
use crate::run::{OptimizationSpec, TrialRow, WindowCuts};

/// A trial that ran to its end, over some days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeenTrial {
    pub(super) index: u64,
    /// Whether it kept the constraints.
    pub(super) keeps: bool,
    /// The objective.
    pub(super) objective: Option<f64>,
    pub(super) total_return: Option<f64>,
}

impl SeenTrial {
    /// The objective, if it kept the constraints.
    pub(super) fn feasible(&self) -> Option<f64> {
        self.objective.filter(|_| self.keeps)
    }
}

/// Trials over one part of a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartTrials {
    pub(super) trials: Vec<SeenTrial>,
    /// The most days that one of them has, and what holding the market earned over them.
    pub(super) days: usize,
    pub(super) held: Held,
}

/// The parts of the windows of a walk-forward.
pub(super) struct WindowTaking<'c> {
    search: &'c OptimizationSpec,
    cuts: &'c WindowCuts,
    /// How many indices each series has, where there are several; else 0.
    stride: u64,
    kept: Taken,
}

enum Taken {
    ToChoose(Vec<PartTrials>),
    InFull(Vec<Vec<TrialRow>>),
}

impl<'c> WindowTaking<'c> {
    /// What a choice goes by, of every trial.
    pub(super) fn to_choose(search: &'c OptimizationSpec, cuts: &'c WindowCuts) -> Self {
        let parts = vec![PartTrials::default(); 2 * cuts.parts.len()];
        Self { search, cuts, stride: search.stride_across(), kept: Taken::ToChoose(parts) }
    }

    /// All that is known of every trial.
    pub(super) fn in_full(search: &'c OptimizationSpec, cuts: &'c WindowCuts) -> Self {
        let parts = vec![Vec::new(); 2 * cuts.parts.len()];
        Self { search, cuts, stride: 0, kept: Taken::InFull(parts) }
    }

    pub(super) fn prepared<'a>(&self, backtest: Backtest<'a>) -> Backtest<'a> {
        let days = backtest.days();
        let border = |time_ms: &i64| days.day(*time_ms);
        let borders: Vec<i64> = self.cuts.borders_ms.iter().map(border).collect();
        let backtest = backtest.cut_at(&borders);
        let asks_for_falls = self.chosen_by().any(|metric| OF_FALLS.contains(&metric));
        match self.kept {
            Taken::ToChoose(_) if !asks_for_falls => backtest.without_falls(),
            Taken::ToChoose(_) | Taken::InFull(_) => backtest,
        }
    }

    /// The metrics that a choice depends on.
    fn chosen_by(&self) -> impl Iterator<Item = Metric> {
        let rules = self.search.constraints.iter().map(|rule| rule.metric);
        rules.chain([self.search.objective.metric])
    }

    /// A part that the trial did not live to see has no metrics.
    pub(super) fn take(&mut self, trial_index: u64, report: &Report) {
        let Some(segments) = &report.segments else { return };
        let parts = self.cuts.parts.iter().flatten();
        match &mut self.kept {
            Taken::ToChoose(all) => {
                let which = (trial_index, trial_index.checked_div(self.stride).unwrap_or(0));
                for (trials, part) in all.iter_mut().zip(parts) {
                    trials.take(self.search, which, segments.together(part.clone()).as_ref());
                }
            }
            Taken::InFull(all) => {
                for (rows, part) in all.iter_mut().zip(parts) {
                    rows.push(in_full(self.search, trial_index, (segments, part)));
                }
            }
        }
    }

    pub(super) fn finish(self) -> Kept {
        match self.kept {
            Taken::ToChoose(parts) => Kept::Parts(parts),
            Taken::InFull(parts) => Kept::PartsInFull(parts),
        }
    }
}

impl PartTrials {
    fn take(
        &mut self,
        search: &OptimizationSpec,
        (index, series): (u64, u64),
        part: Option<&Neighbours<'_>>,
    ) {
        let value = |metric| part.and_then(|part| part.metric(metric));
        let keeps = search.constraints.iter().all(|rule| rule.admits(value(rule.metric)));
        let objective = value(search.objective.metric);
        let total_return = value(Metric::TotalReturn);
        self.trials.push(SeenTrial { index, keeps, objective, total_return });
        // The same of every trial; but who went bankrupt had fewer days.
        let days = value(Metric::ReturnDays).map_or(0, |days| days as usize);
        self.days = self.days.max(days);
        self.held.note(series, days, value(Metric::BuyHoldReturn));
    }
}

fn in_full(
    search: &OptimizationSpec,
    trial_index: u64,
    (segments, part): (&Segments, &Range<usize>),
) -> TrialRow {
    let metrics = segments.metrics(part.clone()).unwrap_or_default();
    TrialRow { trial_index, outcome: judged(search, metrics), compute_us: 0, detail: None }
}
