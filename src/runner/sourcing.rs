//! The stored series that the bars of a subscription come from.

use super::Runner;
use super::error::{MissingData, RunnerError};
use crate::run::SubscriptionRequest;
use crate::storage::SeriesRow;
use crate::strategy::StrategyEntry;

/// A subscription with the version of its source.
#[derive(Clone)]
pub(super) struct Sourced {
    pub request: SubscriptionRequest,
    pub source: SeriesRow,
}

impl Sourced {
    /// What its bars take in memory: those of the source, and those that are made from them.
    pub(super) const fn bytes(&self) -> u64 {
        const BAR_BYTES: u64 = 48;
        let (stored, asked) = (self.source.timeframe, self.request.timeframe);
        let ratio = (asked.duration_ms() / stored.duration_ms()) as u64;
        let made = if ratio > 1 { self.source.bar_count.div_ceil(ratio) } else { 0 };
        (self.source.bar_count + made) * BAR_BYTES
    }
}

/// The subscriptions whose instruments the account trades, with their places.
pub(super) fn traded<'s>(
    entry: &StrategyEntry,
    sourced: &'s [Sourced],
) -> impl Iterator<Item = (usize, &'s Sourced)> {
    let read_only = entry.read_only(sourced.len());
    sourced.iter().enumerate().filter(move |(place, _)| !read_only.contains(place))
}

impl Runner {
    /// The source series of each readable subscription, and what has none.
    pub(super) async fn find_sources(
        &self,
        subscriptions: &[Option<SubscriptionRequest>],
    ) -> Result<(Vec<Sourced>, Vec<MissingData>), RunnerError> {
        let (mut sourced, mut missing) = (Vec::new(), Vec::new());
        for request in subscriptions.iter().flatten() {
            match self.find_source(request).await? {
                Ok(source) => sourced.push(Sourced { request: request.clone(), source }),
                Err(message) => missing.push(MissingData { subject: request.to_string(), message }),
            }
        }
        Ok((sourced, missing))
    }

    async fn find_source(
        &self,
        request: &SubscriptionRequest,
    ) -> Result<Result<SeriesRow, String>, RunnerError> {
        if let Some(pinned) = request.pinned {
            let version = self.store.series_version(&request.instrument, pinned).await?;
            let version = version.filter(|row| row.serves(request.timeframe));
            return Ok(version.ok_or_else(|| format!("no version {pinned} of {request} is stored")));
        }
        let stored = self.store.series_of_instrument(&request.instrument).await?;
        // The coarsest timeframe that still divides is the least work.
        let best = stored.iter().rev().find(|row| row.serves(request.timeframe)).cloned();
        if stored.is_empty() {
            return Ok(Err(self.unknown_instrument(request).await?));
        }
        Ok(best.ok_or_else(|| {
            let timeframes: Vec<_> = stored.iter().map(|row| row.timeframe.to_string()).collect();
            let there = timeframes.join(", ");
            format!("{request} cannot be made from the timeframes imported: {there}")
        }))
    }

    async fn unknown_instrument(
        &self,
        request: &SubscriptionRequest,
    ) -> Result<String, RunnerError> {
        let hint = self.store.instrument_hint(&request.instrument).await?;
        Ok(format!("no bars of {} are imported{hint}", request.instrument))
    }
}
