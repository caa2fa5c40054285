//! What a chunk of a validation keeps of its trials: their daily returns, reduced at once.

use std::mem;

use super::evaluate::judged;
use super::executor::{Keep, Kept};
use crate::engine::{Backtest, Report};
use crate::run::{OptimizationSpec, TrialRow, ValidationSpec, WindowCuts};
use crate::validation::{Returns, SharpeRatio, Survey, block_length};

/// Trials whose returns are held at once: as many as stay in a core's cache, about.
const TRIALS_AT_ONCE: usize = 64;

/// What is kept of one trial after the other.
pub(super) enum Taking<'c> {
    Nothing,
    BlockLengths { spec: &'c ValidationSpec, lengths: Vec<f64> },
    Part(Box<PartTaking<'c>>),
    Windows(Box<WindowTaking<'c>>),
}

/// The parts of the windows of a walk-forward.
pub(super) struct WindowTaking<'c> {
    search: &'c OptimizationSpec,
    cuts: &'c WindowCuts,
    rows: Vec<Vec<TrialRow>>,
}

/// The parts of a survey.
pub(super) struct PartTaking<'c> {
    spec: &'c ValidationSpec,
    survey: &'c Survey,
    held: Returns,
    part: crate::validation::Part,
    best: Option<SharpeRatio>,
}

impl<'c> Taking<'c> {
    /// What is to be kept for a validation.
    pub(super) fn of(spec: &'c ValidationSpec, keep: &'c Keep) -> Self {
        match keep {
            Keep::Rows | Keep::Reordered(_) | Keep::Span(_) | Keep::Leg(_) | Keep::Parts(_) => {
                Self::Nothing
            }
            Keep::BlockLengths => Self::BlockLengths { spec, lengths: Vec::new() },
            Keep::Part(survey) => Self::Part(Box::new(PartTaking {
                spec,
                survey,
                held: Returns::new(survey.draws.days()),
                part: survey.nothing(),
                best: None,
            })),
        }
    }

    /// What is to be kept for windows that are parts of one simulation.
    pub(super) fn parts_of(search: &'c OptimizationSpec, cuts: &'c WindowCuts) -> Self {
        let rows = vec![Vec::new(); 2 * cuts.parts.len()];
        Self::Windows(Box::new(WindowTaking { search, cuts, rows }))
    }

    /// A backtest whose reports have what is needed here.
    pub(super) fn prepared<'a>(&self, backtest: Backtest<'a>) -> Backtest<'a> {
        match self {
            Self::Nothing => backtest,
            Self::BlockLengths { .. } | Self::Part(_) => backtest.keeping_days(),
            Self::Windows(taking) => {
                let days = backtest.days();
                let border = |time_ms: &i64| days.day(*time_ms);
                let borders = taking.cuts.borders_ms.iter().map(border).collect();
                backtest.cut_at(borders)
            }
        }
    }

    /// Takes a trial. One that ended early, or whose returns do not vary, is left out.
    pub(super) fn take(&mut self, trial: u64, report: &Report, backtest: Option<&Backtest<'_>>) {
        let spec = match self {
            Self::Nothing => return,
            Self::BlockLengths { spec, .. } => *spec,
            Self::Part(taking) => taking.spec,
            Self::Windows(taking) => return taking.take(trial, report),
        };
        let Some(excess) = excess(spec, report, backtest) else { return };
        match self {
            Self::Nothing | Self::Windows(_) => {}
            Self::BlockLengths { lengths, .. } => lengths.extend(block_length(&excess)),
            Self::Part(taking) => taking.take(trial, &excess),
        }
    }

    /// All that was kept.
    pub(super) fn finish(&mut self) -> Kept {
        match mem::replace(self, Self::Nothing) {
            Self::Nothing => Kept::Rows,
            Self::BlockLengths { lengths, .. } => Kept::BlockLengths(lengths),
            Self::Windows(taking) => Kept::Parts(taking.rows),
            Self::Part(mut taking) => {
                taking.reduce();
                Kept::Part { part: Box::new(taking.part), best: taking.best }
            }
        }
    }
}

impl WindowTaking<'_> {
    /// A part that the trial did not live to see has no metrics.
    fn take(&mut self, trial_index: u64, report: &Report) {
        let Some(segments) = &report.segments else { return };
        for (rows, part) in self.rows.iter_mut().zip(self.cuts.parts.iter().flatten()) {
            let metrics = segments.metrics(part.clone()).unwrap_or_default();
            let outcome = judged(self.search, metrics);
            rows.push(TrialRow { trial_index, outcome, compute_us: 0, detail: None });
        }
    }
}

impl PartTaking<'_> {
    fn take(&mut self, trial: u64, excess: &[f64]) {
        if trial == self.spec.best_trial {
            self.best = SharpeRatio::of(excess);
        }
        self.held.push(trial, excess);
        if self.held.len() == TRIALS_AT_ONCE {
            self.reduce();
        }
    }

    fn reduce(&mut self) {
        if !self.held.is_empty() {
            let held = mem::replace(&mut self.held, Returns::new(self.survey.draws.days()));
            self.part.merge(self.survey.take(&held));
        }
    }
}

/// What the trial earned each day beyond what it is compared with, if it has all days.
fn excess(
    spec: &ValidationSpec,
    report: &Report,
    backtest: Option<&Backtest<'_>>,
) -> Option<Vec<f64>> {
    let (daily, market) = (report.daily.as_ref()?, backtest?.market()?);
    let excess = spec.excess_over.excess(&daily.returns, daily.mean_exposure, market)?;
    (excess.len() as u64 == spec.days).then_some(excess)
}
