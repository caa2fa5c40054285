//! A search judged by windows: what is asked, how its days are cut, and what each window showed.
//!
//! In every window the search is made over the days to choose by; what was best there is run over
//! the days after them, with the cash that the window before left. Nothing is chosen by a day that
//! it is judged by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account_axis::AccountFault;
use super::account_number::is_account_path;
use super::carried_windows::InSample;
use super::key::write_backtest;
use super::result::FailureGroup;
use super::search_key::write_search;
use super::spec::{BacktestSpec, OptimizationSpec};
use super::walk_series::SeriesLeg;
use crate::digest::{Digest, Encoder};
use crate::market::{DAY_MS, Decimal, TradingDays};
use crate::strategy::{Handover, Params};
use crate::sweep::{Grid, Window, WindowPlan};
use crate::trading::EndOfRunPolicy;

/// A walk-forward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardSpec {
    /// What is searched in each window. Its span is that of all windows, its warm-up that of each.
    pub search: OptimizationSpec,
    /// How long windows are.
    pub plan: WindowPlan,
    /// The windows that have bars, in order.
    pub spans: Vec<WindowSpans>,
    /// What the days to choose by are for a trial.
    #[serde(default, skip_serializing_if = "InSample::is_flat")]
    pub in_sample: InSample,
    /// By what a trial is chosen.
    #[serde(default, skip_serializing_if = "Smoothing::is_none")]
    pub smoothing: Smoothing,
    /// What becomes of a position at a border where the choice is another.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub handover: Handover,
    /// Whether the series that combinations are compared across have bars on the same days: only
    /// then have their accounts daily returns together.
    #[serde(default, skip_serializing_if = "is_not")]
    pub same_days: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_not(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_usual(handover: &Handover) -> bool {
    *handover == Handover::default()
}

/// By what the trial of a window is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// By its own objective.
    #[default]
    None,
    /// By the median of its own and its neighbours'.
    Median,
}

impl Smoothing {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// A span of time, in UTC milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first moment.
    pub start_ms: i64,
    /// The first moment after it.
    pub end_ms: i64,
}

/// When a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSpans {
    /// The days to choose by.
    pub in_sample: Span,
    /// The days to be judged by.
    pub out_of_sample: Span,
}

/// Metrics by name.
pub type NamedMetrics = BTreeMap<String, f64>;

/// What a window showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowFound {
    /// When it was.
    pub spans: WindowSpans,
    /// The trial that was best in sample; `None` if none was feasible, and the account rests.
    pub selected: Option<u64>,
    /// The objective that it was chosen by.
    pub objective: Option<f64>,
    /// Its metrics in sample.
    pub in_sample_metrics: NamedMetrics,
    /// What was chosen, over the days after, in the simulation over all days that it was chosen by;
    /// empty where there is none.
    #[serde(default, skip_serializing_if = "NamedMetrics::is_empty")]
    pub carried_metrics: NamedMetrics,
    /// The cash that the account had before.
    pub cash: Decimal,
    /// Its metrics out of sample.
    pub out_of_sample_metrics: NamedMetrics,
    /// Its daily returns out of sample; zeros of an account that rests.
    pub returns: Vec<f64>,
    /// What that backtest's result hashes to; `None` of an account that rests.
    pub account_sha256: Option<Digest>,
    /// Its equity after them.
    pub equity: Decimal,
    /// The place of what was chosen among all trials out of sample, 1 being the best.
    pub rank: Option<f64>,
    /// How the objective's ranks in and out of sample go together, over the feasible trials.
    pub rank_correlation: Option<f64>,
    /// What others earned over the same days, by name.
    pub baselines: NamedMetrics,
    /// Trials that ran to their end, over both parts.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
    /// Why, the most frequent first; at most ten.
    pub failures: Vec<FailureGroup>,
    /// What it came to on each series, where combinations are compared across several: the account
    /// is all of them together then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesLeg>,
}

impl Span {
    /// How long it is, in days.
    pub fn days(self) -> f64 {
        (self.end_ms - self.start_ms) as f64 / DAY_MS as f64
    }

    /// How many days of the market it touches.
    pub fn day_count(self, days: &TradingDays) -> u64 {
        if self.end_ms <= self.start_ms {
            return 0;
        }
        (days.day(self.end_ms - 1) - days.day(self.start_ms) + 1).max(0) as u64
    }
}

impl WindowSpans {
    /// The windows of a plan: they end where days of the market end, and none reaches beyond the
    /// whole.
    pub fn of(plan: WindowPlan, days: &TradingDays, whole: Span) -> Vec<Self> {
        let first = days.day(whole.start_ms);
        let moment = |day: u64| {
            let start_ms = days.day_start_ms(first + day as i64);
            start_ms.clamp(whole.start_ms, whole.end_ms)
        };
        let span = |days: &std::ops::Range<u64>| Span {
            start_ms: moment(days.start),
            end_ms: moment(days.end),
        };
        let windows = plan.windows(whole.day_count(days));
        windows
            .map(|Window { in_sample, out_of_sample }| Self {
                in_sample: span(&in_sample),
                out_of_sample: span(&out_of_sample),
            })
            .collect()
    }
}

impl WalkForwardSpec {
    /// The search over that span.
    pub fn search_over(&self, span: Span) -> OptimizationSpec {
        let mut search = self.search.clone();
        (search.base.start_ms, search.base.end_ms) = (span.start_ms, span.end_ms);
        search
    }

    /// The account's way through the days after a window: a backtest like any other. It begins with
    /// that cash, and leaves only cash.
    ///
    /// # Errors
    ///
    /// If the trial's values make no account; never for one that was computed.
    pub fn leg(
        &self,
        grid: &Grid,
        (trial, span): (u64, Span),
        cash: Decimal,
    ) -> Result<BacktestSpec, AccountFault> {
        let mut leg = self.search_over(span).backtest(grid, trial)?;
        leg.simulation.initial_cash = cash;
        leg.simulation.end_of_run_policy = EndOfRunPolicy::CloseAtLastClose;
        Ok(leg)
    }

    /// How many accounts there are: one on each series that combinations are compared across.
    pub fn account_count(&self) -> u64 {
        self.search.across.map_or(1, |_| self.search.subscription_axis.len() as u64)
    }

    /// The parameters that are taken where none are given, over that span of that series; `None`
    /// where an axis sweeps the account, which has none.
    pub fn with_defaults(&self, span: Span, series: u64) -> Option<BacktestSpec> {
        let search = self.search_over(span);
        let is_given = search.axes.iter().all(|axis| !is_account_path(&axis.name));
        let alternative = search.subscription_axis.get(series as usize).cloned();
        is_given.then(|| {
            let mut base = search.base;
            base.subscriptions = alternative.map_or(base.subscriptions, |only| vec![only]);
            base
        })
    }

    /// All of it that is work, for its key.
    pub(super) fn write(&self, encoder: &mut Encoder) {
        encoder.text("walk_forward");
        write_backtest(encoder, &self.search.base);
        write_search(encoder, &self.search);
        let WindowPlan { anchored, in_sample_days, out_of_sample_days, step_days, purge_days } =
            self.plan;
        encoder.text(if anchored { "anchored" } else { "rolling" });
        for days in [in_sample_days, out_of_sample_days, step_days, purge_days] {
            encoder.integer(days as i64);
        }
        encoder.integer(self.spans.len() as i64);
        for spans in &self.spans {
            spans.write(encoder);
        }
        // What is usual writes nothing, as before there was anything else.
        if self.smoothing == Smoothing::Median {
            encoder.text("median/1");
        }
        if self.in_sample == InSample::Carried {
            encoder.text("carried/1");
        }
        match self.handover {
            Handover::Close => {}
            Handover::RunOff => _ = encoder.text("run_off"),
            Handover::Keep => _ = encoder.text("keep"),
            Handover::Adopt => _ = encoder.text("adopt"),
        }
    }
}

impl WindowSpans {
    fn write(&self, encoder: &mut Encoder) {
        for span in [self.in_sample, self.out_of_sample] {
            encoder.integer(span.start_ms).integer(span.end_ms);
        }
    }
}

impl WindowFound {
    /// What the account grew to, from 1.
    pub(super) fn growth(&self) -> Option<f64> {
        self.out_of_sample_metrics.get("total_return").map(|total| 1.0 + total)
    }

    /// Whether the account was there, and yet has no daily returns: it was ruined, or is several
    /// that have other days.
    pub(super) fn is_without_days(&self) -> bool {
        self.returns.is_empty() && self.out_of_sample_metrics.contains_key("total_return")
    }

    pub(super) fn write(&self, encoder: &mut Encoder) {
        self.spans.write(encoder);
        encoder.optional(self.selected, |encoder, index| _ = encoder.integer(index as i64));
        for value in [self.objective, self.rank, self.rank_correlation] {
            encoder.optional(value, |encoder, value| _ = encoder.double(value));
        }
        let maps = [&self.in_sample_metrics, &self.out_of_sample_metrics, &self.baselines];
        // Where there is none of it, nothing is written, as before there was any.
        let carried = Some(&self.carried_metrics).filter(|map| !map.is_empty());
        for map in maps.into_iter().chain(carried) {
            encoder.integer(map.len() as i64);
            for (name, value) in map {
                encoder.text(name).double(*value);
            }
        }
        encoder.integer(self.returns.len() as i64);
        for value in &self.returns {
            encoder.double(*value);
        }
        encoder.optional(self.account_sha256, |encoder, hash| _ = encoder.bytes(hash.as_bytes()));
        encoder.text(&self.cash.to_string()).text(&self.equity.to_string());
        encoder.integer(self.completed as i64).integer(self.failed as i64);
        for leg in &self.series {
            leg.write(encoder);
        }
    }

    /// The parameters of what was chosen.
    pub fn params(&self, spec: &WalkForwardSpec, grid: &Grid) -> Option<Params> {
        Some(spec.search.values(grid, self.selected?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{DayRule, OffsetChange};

    const HOUR_MS: i64 = 3_600_000;

    fn plan() -> WindowPlan {
        WindowPlan {
            anchored: false,
            in_sample_days: 2,
            out_of_sample_days: 1,
            step_days: 1,
            purge_days: 0,
        }
    }

    fn spans(days: &TradingDays, start_ms: i64, end_ms: i64) -> Vec<[i64; 4]> {
        let spans = WindowSpans::of(plan(), days, Span { start_ms, end_ms });
        let hours = |WindowSpans { in_sample, out_of_sample }: &WindowSpans| {
            [in_sample.start_ms, in_sample.end_ms, out_of_sample.start_ms, out_of_sample.end_ms]
                .map(|time_ms| time_ms / HOUR_MS)
        };
        spans.iter().map(hours).collect()
    }

    #[test]
    fn no_window_reaches_beyond_the_span_of_the_run() {
        // From six in the morning of the first day to noon of the fourth.
        let found = spans(&TradingDays::UTC, 6 * HOUR_MS, 84 * HOUR_MS);
        assert_eq!(found, [[6, 48, 48, 72], [24, 72, 72, 84]]);
    }

    #[test]
    fn windows_begin_where_days_of_the_market_do() {
        // Days that begin at 17:00 five hours behind UTC, so at 22:00.
        let rule = DayRule { time_zone: "America/New_York".into(), start_minute: 17 * 60 };
        let zone = OffsetChange { at_ms: 0, offset_s: -5 * 3_600 };
        let days = TradingDays::new(rule, vec![zone]);
        let (start_ms, end_ms) = (22 * HOUR_MS, 22 * HOUR_MS + 4 * DAY_MS);
        assert_eq!(spans(&days, start_ms, end_ms), [[22, 70, 70, 94], [46, 94, 94, 118]]);
        // A day that was begun counts as one.
        let early = spans(&days, start_ms - HOUR_MS, end_ms);
        assert_eq!(early[0], [21, 46, 46, 70]);
    }

    #[test]
    fn a_span_of_nothing_has_no_days() {
        assert_eq!(Span { start_ms: 5, end_ms: 5 }.day_count(&TradingDays::UTC), 0);
        assert_eq!(Span { start_ms: 0, end_ms: DAY_MS }.day_count(&TradingDays::UTC), 1);
        assert_eq!(Span { start_ms: -1, end_ms: DAY_MS }.day_count(&TradingDays::UTC), 2);
    }
}
