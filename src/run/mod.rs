//! What a run is: its name, its work, its key, its life. How it happens is told elsewhere.

mod id;
mod key;
mod life;
mod record;
mod request;
mod result;
mod snapshot;
mod spec;
mod trade_blob;
mod trial;
mod violation;

pub use id::{RunId, RunIdError};
pub use key::run_key;
pub use life::{IllegalMove, Life, State};
pub use record::{RunRecord, Tags};
pub use request::{
    BacktestRequest, Disposition, RequestId, ReusePolicy, SubmitRequest, SubscriptionRequest,
};
pub use result::{BacktestResult, Failure, Recorder, TradeRow};
pub use snapshot::{CancelInfo, Progress, Sequence, Snapshot};
pub use spec::{BacktestSpec, RunKind, RunSpec, StrategyRef, Subscription};
pub use trade_blob::{TRADES_PER_PART, unpack as unpack_trades};
pub use trial::{BacktestDetail, TrialOutcome, TrialRow};
pub use violation::{Violation, Violations};
