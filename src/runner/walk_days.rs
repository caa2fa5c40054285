//! The days of several series that one walk-forward goes over: whether its windows are cut alike,
//! and whether what accounts on them are worth can be added up day by day.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::RunnerError;
use crate::market::Series;
use crate::run::{OptimizationSpec, Violations, WindowSpans};

/// Refuses series whose days begin at other times than those of the first.
pub(super) fn check_day_rules(
    search: &OptimizationSpec,
    series: &[Arc<Series>],
) -> Result<(), RunnerError> {
    let mut violations = Violations::default();
    if search.across.is_none() {
        return Ok(());
    }
    let Some((first, others)) = series.split_first() else { return Ok(()) };
    for (place, other) in (1..).zip(others) {
        if other.days != first.days {
            let name = |place: usize| &search.subscription_axis[place].instrument;
            let message = format!(
                "{}: its days begin at other times than those of {}, and windows are cut where \
                 days begin",
                name(place),
                name(0)
            );
            violations.add(format!("walk_forward.search.subscription_axis[{place}]"), message);
        }
    }
    Ok(violations.into_result()?)
}

/// Whether all of them have bars of one length, on the same days of every window.
pub(super) fn are_same(series: &[Arc<Series>], spans: &[WindowSpans]) -> bool {
    let Some((first, others)) = series.split_first() else { return true };
    let days = |series: &Series| -> BTreeSet<i64> {
        let bars = spans.iter().flat_map(|window| {
            let span = window.out_of_sample;
            series.range(Some(span.start_ms), Some(span.end_ms))
        });
        bars.map(|bar| series.days.day(series.bars.open_time_ms[bar])).collect()
    };
    let of_first = days(first);
    others.iter().all(|other| other.timeframe == first.timeframe && days(other) == of_first)
}

/// What is not known of accounts whose days differ.
pub(super) fn other_days(search: &OptimizationSpec, same_days: bool) -> Option<String> {
    let are_other = search.across.is_some() && !same_days;
    are_other.then(|| {
    "the series do not all have bars of one length on the same days: what the accounts on them are \
     worth is added up window by window, and there are no figures of their days together \
     (max_drawdown by windows only, no sharpe_per_day)"
        .to_owned()
    })
}
