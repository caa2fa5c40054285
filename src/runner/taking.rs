//! What a chunk of a validation keeps of its trials: their daily returns, reduced at once.

use std::mem;

use super::executor::{Keep, Kept};
use super::window_trials::WindowTaking;
use crate::engine::{Backtest, Report};
use crate::run::ValidationSpec;
use crate::validation::{Returns, SharpeRatio, Survey, block_length};

/// Trials whose returns are held at once: as many as stay in a core's cache, about.
const TRIALS_AT_ONCE: usize = 64;

/// What is kept of one trial after the other.
pub(super) enum Taking<'c> {
    Nothing,
    BlockLengths { spec: &'c ValidationSpec, lengths: Vec<f64> },
    Part(Box<PartTaking<'c>>),
    Windows(WindowTaking<'c>),
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
            Keep::Rows
            | Keep::Reordered(_)
            | Keep::Span(_)
            | Keep::Leg(_)
            | Keep::Parts(_)
            | Keep::PartsInFull(_) => Self::Nothing,
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

    /// A backtest whose reports have what is needed here.
    pub(super) fn prepared<'a>(&self, backtest: Backtest<'a>) -> Backtest<'a> {
        match self {
            Self::Nothing => backtest,
            Self::BlockLengths { .. } | Self::Part(_) => backtest.keeping_days(),
            Self::Windows(taking) => taking.prepared(backtest),
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
            Self::Windows(taking) => taking.finish(),
            Self::Part(mut taking) => {
                taking.reduce();
                Kept::Part { part: Box::new(taking.part), best: taking.best }
            }
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
