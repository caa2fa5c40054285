//! All trials of a search, part by part. What is kept of a part does not grow with its days, and
//! parts are put together in any order with the same result.

use std::collections::BTreeMap;

use super::bootstrap::Draws;
use super::combinatorial::Combinatorial;
use super::extremes::Extremes;
use super::halves::Halves;
use super::luck::{Leader, Luck, implied_trials, leaders};
use super::overfitting::{Abandoned, Overfitting};
use super::path_ratios::{Choices, PathRatios};
use super::returns::{Merit, Returns};
use crate::metrics::normal_below;

/// How trials are looked at.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The draws of the bootstrap.
    pub draws: Draws,
    /// Into how many blocks the days are cut.
    pub blocks: usize,
    /// How they are cut for paths through groups of them, if they are to be.
    pub combinatorial: Option<Combinatorial>,
}

/// What is kept of some trials.
#[derive(Clone, Debug)]
pub struct Part {
    /// By trial, with the sums of its blocks.
    trials: BTreeMap<u64, (Merit, BlockSums)>,
    extremes: Extremes,
    choices: Choices,
}

/// The sums of returns and of their squares, by block.
type BlockSums = Box<[(f64, f64)]>;

impl Survey {
    /// Of no trial yet.
    pub fn nothing(&self) -> Part {
        let extremes = Extremes::new(self.draws.count());
        Part { trials: BTreeMap::new(), extremes, choices: Choices::default() }
    }

    /// What is kept of these trials.
    pub fn take(&self, returns: &Returns) -> Part {
        let mut part = self.nothing();
        let mut merits = Vec::with_capacity(returns.len());
        let cut = self.combinatorial.map(|cut| (cut, cut.splits()));
        for group in returns.groups() {
            let known = group.merits(self.draws.mean_block_days());
            for (lane, merit) in known.iter().enumerate() {
                let series = group.returns.iter().map(|day| day.0[lane]);
                if let Some((cut, splits)) = &cut {
                    let returns: Vec<f64> = series.clone().collect();
                    part.choices.take(cut, splits, merit.trial, &returns);
                }
                let sums = Halves::block_sums(self.blocks, series);
                part.trials.insert(merit.trial, (*merit, sums));
            }
            merits.extend(known);
        }
        part.extremes.add(&self.draws, returns, &merits);
        part
    }

    /// How often luck would look as good as the best; `None` without a trial.
    pub fn luck(&self, part: &Part) -> Option<Luck> {
        let merits = part.merits();
        (!merits.is_empty()).then(|| Luck::of(&merits, &part.extremes, self.draws.days()))
    }

    /// The best trials, each with its p adjusted for all.
    pub fn leaders(&self, part: &Part) -> Vec<Leader> {
        leaders(&part.merits(), &part.extremes, self.draws.days())
    }

    /// Of each trial alone, how often luck would do as well, in the order of trials.
    pub fn p_values(&self, part: &Part) -> Vec<f64> {
        let days = self.draws.days();
        part.trials.values().map(|(merit, _)| normal_below(-merit.t(days))).collect()
    }

    /// How often a choice by half of the days fails in the other half.
    ///
    /// # Errors
    ///
    /// If it is not `wanted` any more.
    pub fn overfitting(
        &self,
        part: &Part,
        wanted: impl Fn() -> bool,
    ) -> Result<Option<Overfitting>, Abandoned> {
        let mut halves = Halves::new(self.blocks, self.draws.days());
        for (_, sums) in part.trials.values() {
            halves.push_sums(sums);
        }
        Overfitting::of(&halves, wanted)
    }

    /// What choosing the best brought on paths through groups of days; `None` if that is not asked.
    pub fn paths(&self, part: &Part) -> Option<PathRatios> {
        self.combinatorial.map(|cut| cut.path_ratios(&part.choices))
    }
}

impl Part {
    /// Takes what was kept of other trials.
    pub fn merge(&mut self, other: Self) {
        self.extremes.merge(&other.extremes);
        self.trials.extend(other.trials);
        self.choices.merge(other.choices);
    }

    /// What is known of each trial alone, in the order of trials.
    pub fn merits(&self) -> Vec<Merit> {
        self.trials.values().map(|(merit, _)| *merit).collect()
    }

    /// The greatest of all trials in each draw.
    pub const fn extremes(&self) -> &Extremes {
        &self.extremes
    }

    /// How many independent trials would have a best as good as luck gives these.
    pub fn implied_trials(&self) -> Option<f64> {
        (!self.trials.is_empty()).then(|| implied_trials(&self.extremes))
    }

    /// The greatest value of each draw, as the consistent test compares it with the best: what the
    /// best would look like if none had merit.
    pub fn null_best(&self) -> Vec<f64> {
        self.extremes.consistent.iter().map(|value| value.max(0.0)).collect()
    }
}
