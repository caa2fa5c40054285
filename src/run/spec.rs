//! What a run computes, fully resolved: defaults, versions and data hashes filled in.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account_axis::AccountFault;
use super::objective::{MetricConstraint, Objective};
use super::robustness::RobustnessSpec;
use super::schedule::Schedule;
use super::validation::ValidationSpec;
use super::walk_forward::WalkForwardSpec;
use crate::digest::Digest;
use crate::market::{AuxKey, Instrument, MoneyUnit, Timeframe, Units};
use crate::metrics::Metric;
use crate::strategy::Params;
use crate::sweep::{Across, Axis, Drawn, Grid, ParamConstraint, Plan, PlanError, Search};
use crate::trading::Simulation;

/// What a run computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunSpec {
    /// One strategy with one set of parameters.
    Backtest(BacktestSpec),
    /// One strategy with many sets of parameters.
    Optimization(Box<OptimizationSpec>),
    /// How much of the best of an optimization is luck.
    Validation(Box<ValidationSpec>),
    /// A search judged by days that it had not seen.
    WalkForward(Box<WalkForwardSpec>),
    /// One parameter set under stress.
    Robustness(Box<RobustnessSpec>),
}

/// Which kind of run it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunKind {
    /// One strategy with one set of parameters.
    Backtest,
    /// One strategy with many sets of parameters.
    Optimization,
    /// How much of the best of an optimization is luck.
    Validation,
    /// A search judged by days that it had not seen.
    WalkForward,
    /// One parameter set under stress.
    Robustness,
}

impl RunKind {
    /// The name in filters and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backtest => "BACKTEST",
            Self::Optimization => "OPTIMIZATION",
            Self::Validation => "VALIDATION",
            Self::WalkForward => "WALK_FORWARD",
            Self::Robustness => "ROBUSTNESS",
        }
    }
}

/// One strategy with one set of parameters over some bars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestSpec {
    /// Which strategy.
    pub strategy: StrategyRef,
    /// A value for each of its parameters.
    pub params: Params,
    /// Which bars; at least one.
    pub subscriptions: Vec<Subscription>,
    /// Open time of the first bar that the run sees.
    pub start_ms: i64,
    /// End of the last one.
    pub end_ms: i64,
    /// Bars of the first subscription before that span that the strategy sees beforehand, with no
    /// say in anything; those of other subscriptions from the same time on.
    #[serde(default)]
    pub warmup_bars: u64,
    /// The account.
    pub simulation: Simulation,
    /// Values beside bars that the strategy follows; at most one for each instrument.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aux: Vec<AuxSource>,
    /// Other parameters later on; `None` keeps these throughout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Box<Schedule>>,
    /// Another market that it is measured against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<Subscription>,
}

/// An auxiliary series, pinned to a version of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuxSource {
    /// What it is called, and what it belongs to.
    #[serde(flatten)]
    pub key: AuxKey,
    /// Content hash of its rows.
    pub data: Digest,
}

/// A strategy of a certain version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StrategyRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The text that it is made of; `None` for a shipped one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Arc<RuleText>>,
}

impl StrategyRef {
    /// Whether both compute the same: texts do if they mean the same.
    pub fn is_same_work(&self, other: &Self) -> bool {
        match (&self.rules, &other.rules) {
            (None, None) => (&self.name, &self.version) == (&other.name, &other.version),
            (Some(one), Some(other)) => one.meaning == other.meaning,
            _ => false,
        }
    }
}

/// A strategy as text, and what it computes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleText {
    /// The text as it was given.
    pub source: String,
    /// The hash of what it computes: texts that differ in layout and names only have one.
    pub meaning: Digest,
}

/// Bars of one instrument, pinned to a version of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// What trades.
    pub instrument: Instrument,
    /// The timeframe asked for; coarser than the data's if resampled.
    pub timeframe: Timeframe,
    /// Content hash of the source series.
    pub data: Digest,
    /// What the data's integers mean.
    pub units: Units,
}

impl RunSpec {
    /// Which kind of run it is.
    pub const fn kind(&self) -> RunKind {
        match self {
            Self::Backtest(_) => RunKind::Backtest,
            Self::Optimization(_) => RunKind::Optimization,
            Self::Validation(_) => RunKind::Validation,
            Self::WalkForward(_) => RunKind::WalkForward,
            Self::Robustness(_) => RunKind::Robustness,
        }
    }

    /// The backtest, or what all trials of a search have in common.
    pub const fn base(&self) -> &BacktestSpec {
        match self {
            Self::Backtest(spec) => spec,
            Self::Optimization(spec) => &spec.base,
            Self::Validation(spec) => &spec.search.base,
            Self::WalkForward(spec) => &spec.search.base,
            Self::Robustness(spec) => &spec.base,
        }
    }

    /// The search that a run makes, or judges.
    pub fn search(&self) -> Option<&OptimizationSpec> {
        match self {
            Self::Backtest(_) | Self::Robustness(_) => None,
            Self::Optimization(spec) => Some(spec),
            Self::Validation(spec) => Some(&spec.search),
            Self::WalkForward(spec) => Some(&spec.search),
        }
    }

    /// What a search looks for, the objective first; empty for a backtest.
    pub fn watched_metrics(&self) -> Arc<[Metric]> {
        self.search().map_or_else(Arc::default, |spec| {
            std::iter::once(spec.objective.metric)
                .chain(spec.constraints.iter().map(|rule| rule.metric))
                .collect()
        })
    }

    /// What the run's money is counted in; of trials on several instruments, in the finest of their
    /// units.
    pub fn money(&self) -> MoneyUnit {
        match self.search() {
            Some(spec) if !spec.subscription_axis.is_empty() => {
                money_of(&spec.base.simulation, spec.subscription_axis.iter())
            }
            _ => self.base().money(),
        }
    }

    /// All bars that the run reads, those of every trial.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        let alternatives = self.search().map_or(&[][..], |spec| spec.subscription_axis.as_slice());
        self.base().subscriptions.iter().chain(alternatives)
    }

    /// The same, and what it is measured against.
    pub fn markets(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions().chain(&self.base().benchmark)
    }

    /// Every series version that the run reads.
    pub fn data(&self) -> impl Iterator<Item = Digest> + '_ {
        self.markets().map(|subscription| subscription.data)
    }
}

impl BacktestSpec {
    /// Where the orders of each instrument fill: in its finest bars. Instruments stand in the order
    /// in which they appear, as in the engine.
    pub fn executing(&self) -> Vec<&Subscription> {
        let mut finest: Vec<&Subscription> = Vec::new();
        let mut places: HashMap<&Instrument, usize> = HashMap::new();
        for subscription in &self.subscriptions {
            let place = *places.entry(&subscription.instrument).or_insert(finest.len());
            match finest.get_mut(place) {
                Some(known) if subscription.timeframe < known.timeframe => *known = subscription,
                Some(_) => {}
                None => finest.push(subscription),
            }
        }
        finest
    }

    /// What its money is counted in.
    pub fn money(&self) -> MoneyUnit {
        money_of(&self.simulation, self.executing().into_iter())
    }
}

/// The unit in which whatever an account trades there comes to whole amounts.
fn money_of<'s>(
    simulation: &Simulation,
    traded: impl Iterator<Item = &'s Subscription>,
) -> MoneyUnit {
    let contract = |it: &Subscription| (it.units, simulation.contract_multiplier(&it.instrument));
    MoneyUnit::for_contracts(traded.map(contract))
}

/// One strategy with many sets of parameters over the same bars, or over several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizationSpec {
    /// What all trials share; its parameters hold the fixed values.
    pub base: BacktestSpec,
    /// What they differ in; of a search through points, the values of each point by name.
    pub axes: Vec<Axis>,
    /// The same axes on each of these instead of the base's subscriptions; may be empty.
    pub subscription_axis: Vec<Subscription>,
    /// How trials are chosen.
    pub search: Search,
    /// What makes a trial better.
    pub objective: Objective,
    /// What else does: only a search that breeds trials goes by these too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_objectives: Vec<Objective>,
    /// How what a combination came to on all series becomes its one score; `None` compares trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<Across>,
    /// What makes a trial acceptable.
    pub constraints: Vec<MetricConstraint>,
    /// Combinations that break one of these are no trials.
    pub param_constraints: Vec<ParamConstraint>,
    /// The most trials that were allowed.
    pub trials_max: u64,
    /// More failures than this end the run; `None` lets them all be.
    pub failed_trials_max: Option<u64>,
    /// How far a random search went beyond the places that every search goes through; `None` if
    /// it did not, as no search of an older version did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
    /// The run that trials are taken over from. It is no part of the work: the result is as if all
    /// had been computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// The trials that a search which learns proposed, where another run judges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Arc<[u64]>>,
}

impl OptimizationSpec {
    /// The product of subscriptions and axes.
    ///
    /// # Errors
    ///
    /// If it has more indices than 64 bits count.
    pub fn grid(&self) -> Result<Grid, PlanError> {
        let subscriptions = self.subscription_axis.len().max(1) as u64;
        if self.search == Search::Points {
            let points = self.axes.first().and_then(|axis| axis.values.count()).unwrap_or(0);
            let size = u128::from(subscriptions) * u128::from(points);
            return Grid::of_points(subscriptions, &self.axes).ok_or(PlanError::TooMany(size));
        }
        let counts = self.axes.iter().map(|axis| axis.values.count().unwrap_or(1));
        let size = counts
            .fold(u128::from(subscriptions), |size, count| size.saturating_mul(u128::from(count)));
        Grid::new(subscriptions, &self.axes, self.search.seed()).ok_or(PlanError::TooMany(size))
    }

    /// Which trials the search makes.
    ///
    /// # Errors
    ///
    /// If they cannot be counted or there are none.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        let mut plan = self.uncounted_plan()?;
        if self.proposed.is_none() {
            plan.count(self.drawn);
        }
        plan.check().map(|()| plan)
    }

    /// Which trials it makes, for whoever need not know how many: counting takes time.
    ///
    /// # Errors
    ///
    /// If they could not be counted.
    pub fn uncounted_plan(&self) -> Result<Plan, PlanError> {
        let (rules, fixed) = (&self.param_constraints, &self.base.params);
        let plan = Plan::uncounted(self.grid()?, self.search, rules, fixed)?;
        let plan = if self.across.is_some() { plan.across_series()? } else { plan };
        Ok(match &self.proposed {
            Some(indices) => plan.with_proposed(Arc::clone(indices)),
            None => plan,
        })
    }

    /// The subscriptions of the trial with that index.
    pub fn subscriptions(&self, grid: &Grid, trial_index: u64) -> &[Subscription] {
        match self.subscription_axis.get(grid.subscription(trial_index)) {
            Some(subscription) => std::slice::from_ref(subscription),
            None => &self.base.subscriptions,
        }
    }

    /// How many indices a combination on one series is from that on the next, where combinations
    /// are compared across several; else 0.
    pub fn stride_across(&self) -> u64 {
        self.across.and_then(|_| self.grid().ok()).map_or(0, |grid| grid.series_stride())
    }

    /// Where the orders of its first trial fill; those of others fill elsewhere only if the search
    /// is over several series.
    pub fn traded(&self) -> Vec<&Subscription> {
        match self.subscription_axis.first() {
            Some(subscription) => vec![subscription],
            None => self.base.executing(),
        }
    }

    /// The backtest that the trial with that index is.
    ///
    /// # Errors
    ///
    /// If its values make no account.
    pub fn backtest(&self, grid: &Grid, trial_index: u64) -> Result<BacktestSpec, AccountFault> {
        Ok(BacktestSpec {
            params: self.params(grid, trial_index),
            subscriptions: self.subscriptions(grid, trial_index).to_vec(),
            simulation: self.simulation(grid, trial_index)?,
            ..self.base.clone()
        })
    }

    /// All that tells the trial with that index from others: the strategy's parameters, and the
    /// numbers of the account that axes sweep.
    pub fn values(&self, grid: &Grid, trial_index: u64) -> Params {
        let mut values = self.params(grid, trial_index);
        for (name, value) in grid.values(trial_index) {
            values.insert(name, value);
        }
        values
    }

    /// All parameters of the strategy in the trial with that index.
    pub fn params(&self, grid: &Grid, trial_index: u64) -> Params {
        let mut params = self.base.params.clone();
        for (name, value) in grid.values(trial_index) {
            params.set(name, value);
        }
        params
    }
}
