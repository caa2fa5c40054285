//! What a run is: its name, its work, its key, its life. How it happens is told elsewhere.

mod account_axis;
mod account_number;
mod actor;
mod allowance;
mod caller;
mod carried;
mod carried_windows;
mod charged;
mod dearer;
mod distributions;
mod extension;
mod extensions;
mod findings;
mod grouped_days;
mod id;
mod instruments;
mod key;
mod ledger;
mod life;
pub mod limits;
mod neighbours;
mod number_range;
mod objective;
mod origin;
mod quota;
mod record;
mod request;
mod result;
mod result_hash;
mod robustness;
mod robustness_result;
mod robustness_sentence;
#[cfg(test)]
mod robustness_tests;
mod run_report;
mod schedule;
mod search_key;
mod sketch;
mod snapshot;
mod spec;
mod standing;
mod trade_blob;
mod trade_row;
mod trial;
mod validation;
mod violation;
mod waiting;
mod walk_forward;
mod walk_result;
mod walk_series;
mod walk_stability;
mod window_trial;

pub use account_axis::{AccountAxes, AccountFault};
pub use account_number::{ATR_PERIOD_DEFAULT, AccountNumber, account_paths, is_account_path};
pub use actor::Actor;
pub use allowance::{Allowance, AllowanceChange, Spent};
pub use caller::{Caller, Role};
pub use carried::Carried;
pub use carried_windows::{InSample, WindowCuts};
pub use charged::charged_by;
pub use dearer::{pays_fees, with_fees};
pub use distributions::Distributions;
pub use extension::Extension;
pub use findings::{Findings, Subject};
pub use grouped_days::{GroupedDays, PathSummary};
pub use id::{RunId, RunIdError};
pub use instruments::{InstrumentFigures, InstrumentMetrics, InstrumentTally};
pub use key::run_key;
pub use ledger::{LedgerEntry, Tries};
pub use life::{IllegalMove, Life, State};
pub use neighbours::Nearness;
pub use objective::{MetricConstraint, Objective};
pub use origin::Origin;
pub use quota::{OverQuota, OwnerUse, Quota, SHARE_MAX, SHARE_USUAL};
pub use record::{Continuation, RunRecord, Tags, TagsChange};
pub use request::{
    AuxRequest, BacktestRequest, ChangeRequest, Disposition, GroupingRequest, OptimizationRequest,
    RequestId, ReusePolicy, RobustnessRequest, SubmitRequest, SubscriptionRequest,
    ValidationRequest, WalkForwardRequest, WorkRequest,
};
pub use result::{BacktestResult, Failure, FailureGroup, OptimizationResult, Recorder, RunResult};
pub use result_hash::{
    BacktestHash, HashedCharge, HashedFill, ResultHash, hashed_charge, hashed_fill,
};
pub use robustness::{Neighbour, NoiseTerms, PathTerms, RobustnessPart, RobustnessSpec, Variant};
pub use robustness_result::{BaseDays, RobustnessResult, Ruin, Spread, VariantFound};
pub use run_report::ReportRecorder;
pub use schedule::{ParamChange, Schedule};
pub use sketch::Sketch;
pub use snapshot::{CancelInfo, PauseInfo, Progress, Sequence, Snapshot};
pub use spec::{
    AuxSource, BacktestSpec, OptimizationSpec, RuleText, RunKind, RunSpec, StrategyRef,
    Subscription,
};
pub use standing::standings;
pub use trade_blob::{TRADES_PER_PART, pack_part as pack_trade_part, unpack as unpack_trades};
pub use trade_row::{Course, TradeRow, UnderWay};
pub use trial::{BacktestDetail, Trial, TrialOutcome, TrialRow, TrialState};
pub use validation::{DeflatedRatio, MIN_DAYS, MIN_TRIALS, ValidationResult, ValidationSpec};
pub use violation::{Violation, Violations};
pub use waiting::{WaitReason, Waiting};
pub use walk_forward::{NamedMetrics, Smoothing, Span, WalkForwardSpec, WindowFound, WindowSpans};
pub use walk_result::{
    ALL_TRIALS, BUY_AND_HOLD, DEFAULTS, HINDSIGHT, MEDIAN_TRIAL, WalkForwardResult,
};
pub use walk_series::{
    SeriesAccount, SeriesLeg, accounts_together, in_equal_parts, returns_together,
};
pub use walk_stability::AxisStability;
pub use window_trial::{WINDOW_TRIALS_MAX, WindowTrial, pack_window_trials, unpack_window_trials};
