//! The span of a run: its time range cut to the bars that are there, and the bars before it.

use std::sync::Arc;

use super::Runner;
use super::error::{MissingData, RunnerError};
use super::sourcing::Sourced;
use crate::market::Series;
use crate::run::SubscriptionRequest;
use crate::storage::SeriesRow;

impl Runner {
    /// Cuts the time range to the bars that are there.
    pub(super) async fn cut(
        &self,
        sourced: &[Sourced],
        are_alternatives: bool,
        start_ms: Option<i64>,
        end_ms: Option<i64>,
    ) -> Result<Cut, RunnerError> {
        let mut cut = Cut::default();
        let mut missing = Vec::new();
        for (place, Sourced { request, source }) in sourced.iter().enumerate() {
            let whole = start_ms.is_none_or(|start| start <= source.first_open_ms)
                && end_ms.is_none_or(|end| end >= source.end_ms)
                && source.timeframe == request.timeframe;
            if whole {
                // The catalog knows; no bar need be read.
                cut.include(source.first_open_ms, source.end_ms, source.bar_count);
                continue;
            }
            match self.bars_of(request, source).await {
                Ok(series) => {
                    cut.left_out.extend(left_out(request, &series, source, end_ms));
                    let range = series.range(start_ms, end_ms);
                    if let Some(last) = range.clone().last() {
                        let first_ms = series.bars.open_time_ms[range.start];
                        cut.include(first_ms, series.bar_end_ms(last), range.len() as u64);
                        if place == 0 || are_alternatives {
                            cut.bars_before = cut.bars_before.max(range.start as u64);
                        }
                        continue;
                    }
                    let message = format!("{request} has no whole bar in that time range");
                    missing.push(MissingData { subject: request.to_string(), message });
                }
                Err(message) => missing.push(MissingData { subject: request.to_string(), message }),
            }
        }
        if missing.is_empty() { Ok(cut) } else { Err(RunnerError::DataMissing(missing)) }
    }

    async fn bars_of(
        &self,
        request: &SubscriptionRequest,
        source: &SeriesRow,
    ) -> Result<Arc<Series>, String> {
        let (bars, data, timeframe) = (Arc::clone(&self.bars), source.data, request.timeframe);
        tokio::task::spawn_blocking(move || bars.resampled(&data, timeframe))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

/// The part of the time axis that holds bars of the run.
pub(super) struct Cut {
    pub start_ms: i64,
    pub end_ms: i64,
    pub bars: u64,
    /// Bars before it: of the first subscription, or the most of any alternative.
    pub bars_before: u64,
    /// Bars that are no bars yet, in sentences.
    pub left_out: Vec<String>,
}

impl Default for Cut {
    fn default() -> Self {
        let (start_ms, end_ms) = (i64::MAX, i64::MIN);
        Self { start_ms, end_ms, bars: 0, bars_before: 0, left_out: Vec::new() }
    }
}

impl Cut {
    fn include(&mut self, start_ms: i64, end_ms: i64, bars: u64) {
        self.start_ms = self.start_ms.min(start_ms);
        self.end_ms = self.end_ms.max(end_ms);
        self.bars += bars;
    }
}

/// What is said of a last week or month that is not over; a range that ends before it needs none.
fn left_out(
    request: &SubscriptionRequest,
    series: &Series,
    source: &SeriesRow,
    end_ms: Option<i64>,
) -> Option<String> {
    let made_until_ms = series.end_ms().unwrap_or(i64::MIN);
    let reaches = end_ms.is_none_or(|end| end >= source.end_ms);
    (made_until_ms < source.end_ms && reaches).then(|| {
        format!(
            "the last bar of {request} is left out: the days that it would have are not all there"
        )
    })
}

/// What is said where fewer bars are there than a warm-up asks for.
pub(super) fn short_warm_up(asked: u64, there: u64) -> Option<String> {
    (there < asked).then(|| {
        format!("{asked} bars of warm-up are asked for, and {there} are there before the span")
    })
}
