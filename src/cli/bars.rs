//! Which bars a run reads, on the command line; the same for every command that submits one.

use clap::Args;

use super::args::{Moment, SeriesName};
use crate::pb;

/// The bars that a run reads.
#[derive(Debug, Args)]
pub(super) struct BarsArgs {
    /// The bars to run on, as in BINANCE:BTCUSDT@1m; several by commas, or repeat it
    #[arg(long, required = true, value_delimiter = ',', value_name = "EXCHANGE:SYMBOL@TF")]
    on: Vec<SeriesName>,
    /// The first moment, as in 2022, 2022-01, 2022-01-15 or RFC 3339, in UTC
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// The moment after the last
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// Run on this version of the first bars, not on the newest
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
}

impl BarsArgs {
    /// The subscriptions, the first one pinned if that was asked for.
    pub(super) fn subscriptions(&self) -> Vec<pb::Subscription> {
        let mut subscriptions: Vec<_> = self.on.iter().map(SeriesName::subscription).collect();
        if let (Some(first), Some(hash)) = (subscriptions.first_mut(), &self.pin) {
            first.data_sha256.clone_from(hash);
        }
        subscriptions
    }

    /// The span; absent if neither end was given.
    pub(super) fn time_range(&self) -> Option<pb::TimeRange> {
        (self.from.is_some() || self.to.is_some()).then(|| pb::TimeRange {
            start_time: self.from.map(Into::into),
            end_time: self.to.map(Into::into),
        })
    }
}
