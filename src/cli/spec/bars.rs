//! Which bars a run reads, on the command line; the same for every command that submits one.

use clap::Args;

use crate::cli::spec::trading_day::TradingDay;
use crate::cli::text::args::{Moment, SeriesName};
use crate::cli::text::aux_name::AuxName;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::pb;

/// The bars that a run reads.
#[derive(Debug, Args)]
pub(in crate::cli) struct BarsArgs {
    /// The bars to run on, as in BINANCE:BTCUSDT@1m; several by commas, or repeat it
    #[arg(long, required = true, value_delimiter = ',', value_name = "EXCHANGE:SYMBOL@TF")]
    on: Vec<SeriesName>,
    /// The first moment, as in 2022, 2022-01, 2022-01-15 (a day of that market) or RFC 3339
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// The moment after the last
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// Let the strategy see so many bars before the first moment, untraded and uncounted
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    warmup: u32,
    /// An auxiliary series that the strategy follows, as in signals or weights@BINANCE:BTCUSDT;
    /// several by commas, or repeat it
    #[arg(long, value_delimiter = ',', value_name = "NAME[@EXCHANGE:SYMBOL]")]
    aux: Vec<AuxName>,
    #[arg(
        long,
        value_name = "EXCHANGE:SYMBOL@TF",
        help = "Measure it against this market, which is not traded: alpha, beta, \
                information_ratio and sharpe_excess"
    )]
    benchmark: Option<SeriesName>,
    /// Run on this version of the first bars, not on the newest
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
}

impl BarsArgs {
    /// The subscriptions, the first one pinned if that was asked for.
    pub(in crate::cli) fn subscriptions(&self) -> Vec<pb::Subscription> {
        let mut subscriptions: Vec<_> = self.on.iter().map(SeriesName::subscription).collect();
        if let (Some(first), Some(hash)) = (subscriptions.first_mut(), &self.pin) {
            first.data_sha256.clone_from(hash);
        }
        subscriptions
    }

    /// The auxiliary series.
    pub(in crate::cli) fn aux(&self) -> Vec<pb::AuxSubscription> {
        self.aux.iter().map(AuxName::subscription).collect()
    }

    /// What it is measured against.
    pub(in crate::cli) fn benchmark(&self) -> Option<pb::Subscription> {
        self.benchmark.as_ref().map(SeriesName::subscription)
    }

    /// Puts the span where the days of the first bars are; a server need only be asked for dates.
    pub(in crate::cli) async fn place_dates(
        &self,
        range: &mut Option<pb::TimeRange>,
        globals: &GlobalArgs,
    ) -> Result<(), CliError> {
        let has_dates = [self.from, self.to].into_iter().flatten().any(|it| it.date().is_some());
        let (Some(range), Some(first), true) = (range, self.on.first(), has_dates) else {
            return Ok(());
        };
        if let Some(day) = TradingDay::of(&globals.connect().await?, first).await? {
            range.start_time = self.from.map(|moment| day.moment(moment));
            range.end_time = self.to.map(|moment| day.moment(moment));
        }
        Ok(())
    }

    /// The days of the first bars; `None` if they are UTC's.
    pub(super) async fn trading_day(
        &self,
        globals: &GlobalArgs,
    ) -> Result<Option<TradingDay>, CliError> {
        let Some(first) = self.on.first() else { return Ok(None) };
        TradingDay::of(&globals.connect().await?, first).await
    }

    /// Bars before the span that the strategy sees beforehand.
    pub(in crate::cli) fn warmup_bars(&self) -> i64 {
        self.warmup.into()
    }

    /// The span; absent if neither end was given.
    pub(in crate::cli) fn time_range(&self) -> Option<pb::TimeRange> {
        (self.from.is_some() || self.to.is_some()).then(|| pb::TimeRange {
            start_time: self.from.map(Into::into),
            end_time: self.to.map(Into::into),
        })
    }
}
