//! A submission before it is resolved: what could be read of it, and what is wrong so far.

use std::collections::BTreeMap;
use std::fmt;

use uuid::Uuid;

use super::actor::Actor;
use super::allowance::Allowance;
use super::id::RunId;
use super::objective::{MetricConstraint, Objective};
use super::record::{Continuation, Tags};
use super::robustness::RobustnessPart;
use super::violation::Violations;
use crate::digest::Digest;
use crate::market::{AuxKey, Instrument, Timeframe};
use crate::strategy::{Handover, ParamValue};
use crate::sweep::{Across, Axis, ParamConstraint, Search, WindowWish};
use crate::trading::Simulation;
use crate::validation::ExcessOver;

/// A submission. Fields that could not be read are `None` and stand among the violations, so that
/// the rest can still be checked and everything be reported at once.
#[derive(Clone, Debug)]
pub struct SubmitRequest {
    /// The work.
    pub work: WorkRequest,
    /// What to do about equal work.
    pub reuse: ReusePolicy,
    /// The client's name for this submission, with a hash of all the rest of it.
    pub request: Option<RequestId>,
    /// Checks everything and runs nothing.
    pub validate_only: bool,
    /// What the owner says of it.
    pub tags: Tags,
    /// How long it may take.
    pub allowance: Allowance,
    /// The search that it goes on from.
    pub continues: Option<Continuation>,
    /// Who submits it.
    pub actor: Actor,
    /// What is wrong so far.
    pub violations: Violations,
}

/// Work as asked for.
#[derive(Clone, Debug)]
pub enum WorkRequest {
    /// That of the search that it goes on from.
    OfContinued,
    /// One strategy with one set of parameters.
    Backtest(BacktestRequest),
    /// One strategy with many sets of parameters.
    Optimization(Box<OptimizationRequest>),
    /// How much of the best of an optimization is luck.
    Validation(ValidationRequest),
    /// A search judged by days that it had not seen.
    WalkForward(Box<WalkForwardRequest>),
    /// One parameter set under stress.
    Robustness(Box<RobustnessRequest>),
}

/// A walk-forward as asked for.
#[derive(Clone, Debug)]
pub struct WalkForwardRequest {
    /// What is searched in each window.
    pub search: OptimizationRequest,
    /// How long windows are.
    pub windows: WindowWish,
    /// What the days to choose by are for a trial.
    pub in_sample: super::carried_windows::InSample,
    /// By what a trial is chosen.
    pub smoothing: super::walk_forward::Smoothing,
    /// What becomes of a position at a border where the choice is another.
    pub handover: Handover,
    /// Where the windows stand in the request.
    pub path: &'static str,
}

/// One parameter set under stress as asked for; 0 and empty lists stand for what is usual.
#[derive(Clone, Debug)]
pub struct RobustnessRequest {
    /// The backtest as it is.
    pub base: BacktestRequest,
    /// What is examined; empty for all that can be.
    pub parts: Vec<RobustnessPart>,
    /// What the randomness follows from.
    pub seed: u64,
    /// How many paths.
    pub path_count: u64,
    /// How many days a block of a path has on average; `None` finds it from the returns.
    pub mean_block_days: Option<f64>,
    /// By how many steps each parameter is moved alone.
    pub neighbour_steps: u64,
    /// How many points in the box around the parameters.
    pub box_count: u64,
    /// By how many steps they are moved at most.
    pub box_steps: u64,
    /// How many times the commission is paid.
    pub commission_factors: Vec<f64>,
    /// By how many ticks each fill is worse.
    pub slippage_ticks: Vec<u32>,
    /// How many days later it begins at most.
    pub start_shift_days: u64,
    /// Fractions of the initial cash.
    pub ruin_levels: Vec<f64>,
    /// How many draws of noise on the prices.
    pub noise_count: u64,
    /// How wide it is, in parts of the standard deviation of the bars' returns.
    pub noise: f64,
    /// By how many bars it hears of each bar late.
    pub delay_bars: Vec<u32>,
    /// How often its stays in the market are put elsewhere.
    pub random_entry_count: u64,
}

/// A validation as asked for.
#[derive(Clone, Debug)]
pub struct ValidationRequest {
    /// The optimization; `None` where unreadable.
    pub run_id: Option<RunId>,
    /// What is taken off the returns.
    pub excess_over: ExcessOver,
    /// Into how many blocks the days are cut; 0 is the usual number.
    pub blocks: u64,
    /// How many draws; 0 is the usual number.
    pub draw_count: u64,
    /// How many days a block of a draw has on average; `None` finds it from the returns.
    pub mean_block_days: Option<f64>,
    /// What the randomness follows from.
    pub seed: u64,
    /// How often the whole search is made over bars in another order.
    pub permutations: u64,
    /// How days are cut into groups; `None` leaves that out.
    pub combinatorial: Option<GroupingRequest>,
}

/// How days are cut into groups every choice of which judges once; 0 is what is usual.
#[derive(Clone, Copy, Debug)]
pub struct GroupingRequest {
    /// Groups.
    pub groups: u64,
    /// Groups that judge.
    pub test_groups: u64,
    /// Days before each of these by which nothing is chosen.
    pub purge_days: u64,
    /// Days after each of them; `None` is what is usual.
    pub embargo_days: Option<u64>,
}

/// A search as asked for.
#[derive(Clone, Debug)]
pub struct OptimizationRequest {
    /// What all trials share.
    pub base: BacktestRequest,
    /// What they differ in; `None` where unreadable.
    pub axes: Vec<Option<Axis>>,
    /// Points in the place of axes; empty unless the search goes through such.
    pub points: Vec<BTreeMap<String, ParamValue>>,
    /// Instead of the base's subscriptions, one after the other.
    pub subscription_axis: Vec<Option<SubscriptionRequest>>,
    /// How what a combination came to on all of them becomes one score.
    pub across: Option<Across>,
    /// How trials are chosen.
    pub search: Search,
    /// What makes a trial better; `None` where unreadable.
    pub objective: Option<Objective>,
    /// What else does.
    pub more_objectives: Vec<Objective>,
    /// What makes a trial acceptable.
    pub constraints: Vec<MetricConstraint>,
    /// Combinations that break one of these are no trials.
    pub param_constraints: Vec<ParamConstraint>,
    /// The most trials; 0 is the server's limit.
    pub trials_max: u64,
    /// More failures than this end the run.
    pub failed_trials_max: Option<u64>,
    /// The run that trials are taken over from.
    pub extends: Option<RunId>,
}

/// A backtest as asked for.
#[derive(Clone, Debug)]
pub struct BacktestRequest {
    /// Name of the strategy.
    pub strategy_name: String,
    /// Its version; empty for the newest.
    pub strategy_version: String,
    /// The strategy as a text, in place of a name; empty if there is a name.
    pub strategy_source: String,
    /// Parameters; absent ones take their defaults.
    pub params: BTreeMap<String, ParamValue>,
    /// Which bars; `None` where unreadable.
    pub subscriptions: Vec<Option<SubscriptionRequest>>,
    /// First bar at or after this time.
    pub start_ms: Option<i64>,
    /// Last bar ending at or before this time.
    pub end_ms: Option<i64>,
    /// Bars before the first that the strategy sees beforehand.
    pub warmup_bars: u64,
    /// The account; `None` where unreadable.
    pub simulation: Option<Simulation>,
    /// Values beside bars; `None` where unreadable.
    pub aux: Vec<Option<AuxRequest>>,
    /// Other parameters later on.
    pub schedule: Vec<ChangeRequest>,
    /// What becomes of the position then.
    pub handover: Handover,
    /// Another market to be measured against.
    pub benchmark: Option<SubscriptionRequest>,
}

/// Other parameters from a moment on, as asked for.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    /// When; `None` where unreadable.
    pub from_ms: Option<i64>,
    /// What differs from the parameters of the backtest.
    pub params: BTreeMap<String, ParamValue>,
    /// Whether nothing is held from then on.
    pub is_flat: bool,
}

/// An auxiliary series as asked for.
#[derive(Clone, Debug)]
pub struct AuxRequest {
    /// What it is called, and what it belongs to.
    pub key: AuxKey,
    /// A version of it; `None` for the newest.
    pub pinned: Option<Digest>,
}

/// Bars as asked for.
#[derive(Clone, Debug)]
pub struct SubscriptionRequest {
    /// What trades.
    pub instrument: Instrument,
    /// How long a bar lasts.
    pub timeframe: Timeframe,
    /// A version of the source series; `None` for the newest.
    pub pinned: Option<Digest>,
}

impl fmt::Display for SubscriptionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.instrument, self.timeframe)
    }
}

/// What to do about equal work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReusePolicy {
    /// Join it while it is live.
    JoinActive,
    /// Join it while it is live, else take the newest completed.
    ReuseCompleted,
    /// Do it again.
    AlwaysNew,
}

/// A client's name for a submission: the same name and payload get the first answer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The name.
    pub id: Uuid,
    /// Hash of everything else in the request.
    pub payload: Digest,
}

impl RequestId {
    /// The same name in that owner's mouth: two owners may say the same and mean different things.
    #[must_use]
    pub fn of_owner(self, owner: &str) -> Self {
        let digest = Digest::of(&[owner.as_bytes(), b"\0", self.id.as_bytes()].concat());
        let (own, _) = digest.as_bytes().split_first_chunk::<16>().expect("it has 32");
        Self { id: Uuid::from_bytes(*own), ..self }
    }
}

/// How a submission was answered. The numbers stand in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// A new run.
    Created = 1,
    /// Equal work that is live.
    Joined = 2,
    /// Equal work that is done.
    Reused = 3,
}

impl Disposition {
    /// The name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Joined => "JOINED",
            Self::Reused => "REUSED",
        }
    }
}
