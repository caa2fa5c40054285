//! A search judged by windows: what is asked, what each window showed, and what all of them tell.
//!
//! In every window the search is made over the days to choose by; what was best there is run over
//! the days after them, with the account as the window before left it. Nothing is chosen by a day
//! that it is judged by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::spec::{BacktestSpec, OptimizationSpec};
use crate::digest::{Digest, Encoder};
use crate::market::DAY_MS;
use crate::metrics::{deviation, mean};
use crate::strategy::Params;
use crate::sweep::{AxisValues, Grid, Window, WindowPlan};
use crate::validation::mean_and_t;

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.walk-forward-result/1";

/// A walk-forward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardSpec {
    /// What is searched in each window. Its span is that of all windows, its warm-up that of each.
    pub search: OptimizationSpec,
    /// How long windows are.
    pub windows: WindowPlan,
}

/// A span of time, in UTC milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first moment.
    pub start_ms: i64,
    /// The first moment after it.
    pub end_ms: i64,
}

/// Metrics by name.
pub type NamedMetrics = BTreeMap<String, f64>;

/// What a window showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowFound {
    /// The days to choose by.
    pub in_sample: Span,
    /// The days to be judged by.
    pub out_of_sample: Span,
    /// The trial that was best in sample; `None` if none was feasible, and the account rests.
    pub selected: Option<u64>,
    /// The objective that it was chosen by.
    pub objective: Option<f64>,
    /// Its metrics in sample.
    pub in_sample_metrics: NamedMetrics,
    /// Those of the account out of sample.
    pub out_of_sample_metrics: NamedMetrics,
    /// The account's daily returns out of sample.
    pub returns: Vec<f64>,
    /// The account's equity after them, as a decimal.
    pub equity: String,
    /// The place of what was chosen among all trials out of sample, 1 being the best.
    pub rank: Option<f64>,
    /// How the objective's ranks in and out of sample go together, over the feasible trials.
    pub rank_correlation: Option<f64>,
    /// What others earned over the same days, by name.
    pub baselines: BTreeMap<String, f64>,
    /// Trials that ran to their end.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
}

/// What a walk-forward tells. What is not defined is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardResult {
    /// Trials that ran to their end, over all windows.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
    /// Windows.
    pub windows: u64,
    /// Windows in which nothing was feasible.
    pub empty_windows: u64,
    /// Windows in which the account earned something.
    pub profitable_windows: u64,
    /// Of the account over all windows.
    pub metrics: NamedMetrics,
    /// Growth a day out of sample over that in sample.
    pub efficiency: Option<f64>,
    /// The mean of the windows' rank correlations.
    pub rank_correlation: Option<f64>,
    /// How many of its deviations that is from 0.
    pub rank_correlation_t: Option<f64>,
    /// How much the choice moved from window to window, by axis.
    pub stability: Vec<AxisStability>,
    /// What others earned over the same days, by name.
    pub baselines: BTreeMap<String, f64>,
    /// Over every window.
    pub windows_sha256: Option<Digest>,
}

/// How much a parameter moved from window to window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisStability {
    /// The parameter.
    pub axis: String,
    /// Mean distance of neighbours as a part of the whole axis; `None` where values have no order.
    pub mean_jump: Option<f64>,
    /// The share of windows whose choice differs from that before.
    pub changed_share: f64,
}

impl WalkForwardSpec {
    /// All windows, in order.
    pub fn spans(&self) -> Vec<(Span, Span)> {
        let BacktestSpec { start_ms, end_ms, .. } = self.search.base;
        let first = start_ms.div_euclid(DAY_MS);
        let days = day_count(start_ms, end_ms);
        let moment = |day: u64| (first + day as i64) * DAY_MS;
        let span = |days: &std::ops::Range<u64>| Span {
            start_ms: moment(days.start),
            end_ms: moment(days.end),
        };
        let windows = self.windows.windows(days);
        windows
            .map(|Window { in_sample, out_of_sample }| (span(&in_sample), span(&out_of_sample)))
            .collect()
    }

    /// The search over that span.
    pub fn search_over(&self, span: Span) -> OptimizationSpec {
        let mut search = self.search.clone();
        (search.base.start_ms, search.base.end_ms) = (span.start_ms, span.end_ms);
        search
    }
}

/// Days, of UTC, that a span touches.
pub fn day_count(start_ms: i64, end_ms: i64) -> u64 {
    let first = start_ms.div_euclid(DAY_MS);
    let past = end_ms.saturating_sub(1).div_euclid(DAY_MS) + 1;
    (past - first).max(0) as u64
}

impl WindowFound {
    fn write(&self, encoder: &mut Encoder) {
        for span in [self.in_sample, self.out_of_sample] {
            encoder.integer(span.start_ms).integer(span.end_ms);
        }
        encoder.optional(self.selected, |encoder, index| _ = encoder.integer(index as i64));
        for value in [self.objective, self.rank, self.rank_correlation] {
            encoder.optional(value, |encoder, value| _ = encoder.double(value));
        }
        let maps = [&self.in_sample_metrics, &self.out_of_sample_metrics, &self.baselines];
        for map in maps {
            write_map(encoder, map);
        }
        encoder.integer(self.returns.len() as i64);
        for value in &self.returns {
            encoder.double(*value);
        }
        encoder.text(&self.equity).integer(self.completed as i64).integer(self.failed as i64);
    }

    fn growth(&self) -> Option<f64> {
        self.out_of_sample_metrics.get("total_return").map(|total| 1.0 + total)
    }

    fn days(span: Span) -> f64 {
        (span.end_ms - span.start_ms) as f64 / DAY_MS as f64
    }
}

fn write_map(encoder: &mut Encoder, map: &BTreeMap<String, f64>) {
    encoder.integer(map.len() as i64);
    for (name, value) in map {
        encoder.text(name).double(*value);
    }
}

impl WalkForwardResult {
    /// What the windows tell together.
    pub fn of(spec: &WalkForwardSpec, windows: &[WindowFound]) -> Self {
        let correlations: Vec<f64> =
            windows.iter().filter_map(|window| window.rank_correlation).collect();
        let (rank_correlation, rank_correlation_t) = mean_and_t(&correlations);
        let sum = |count: fn(&WindowFound) -> u64| windows.iter().map(count).sum();
        let count = |which: fn(&WindowFound) -> bool| {
            windows.iter().filter(|window| which(window)).count() as u64
        };
        let mut encoder = Encoder::new(DOMAIN);
        for window in windows {
            window.write(&mut encoder);
        }
        Self {
            completed: sum(|window| window.completed),
            failed: sum(|window| window.failed),
            windows: windows.len() as u64,
            empty_windows: count(|window| window.selected.is_none()),
            profitable_windows: count(|window| window.growth().is_some_and(|it| it > 1.0)),
            metrics: account(windows),
            efficiency: efficiency(windows),
            rank_correlation,
            rank_correlation_t,
            stability: stability(spec, windows),
            baselines: compounded(windows),
            windows_sha256: Some(encoder.finish()),
        }
    }

    /// What a person reads first.
    pub fn sentence(&self) -> String {
        let percent = |value: &f64| format!("{:.1} %", value * 100.0);
        let of = |map: &NamedMetrics, name: &str| map.get(name).map_or("nothing".into(), percent);
        let carried = self.rank_correlation.map_or_else(String::new, |rank| {
            let t = self.rank_correlation_t.map_or_else(String::new, |t| format!(" (t {t:.1})"));
            format!(" Ranks carried over by {rank:.2}{t}.")
        });
        format!(
            "Over the days that it had not seen, what was chosen earned {}; all trials together {}, \
             holding the market {}.{carried}",
            of(&self.metrics, "total_return"),
            of(&self.baselines, ALL_TRIALS),
            of(&self.baselines, BUY_AND_HOLD),
        )
    }

    /// The hash over every number, by way of the windows.
    pub fn hash(&self) -> Digest {
        self.windows_sha256.unwrap_or_else(|| Digest::of(b""))
    }
}

/// All trials held together: the mean of their returns.
pub const ALL_TRIALS: &str = "all_trials";
/// The trial in the middle of each window.
pub const MEDIAN_TRIAL: &str = "median_trial";
/// The first instrument, held.
pub const BUY_AND_HOLD: &str = "buy_and_hold";
/// The best trial of each window, chosen after it.
pub const HINDSIGHT: &str = "hindsight";

/// Metrics of the account over all windows, by its daily returns.
fn account(windows: &[WindowFound]) -> NamedMetrics {
    let returns: Vec<f64> =
        windows.iter().flat_map(|window| window.returns.iter().copied()).collect();
    let growth = windows.iter().filter_map(WindowFound::growth).product::<f64>();
    let (mut worth, mut peak, mut fall) = (1.0_f64, 1.0_f64, 0.0_f64);
    for value in &returns {
        worth *= 1.0 + value;
        peak = peak.max(worth);
        fall = fall.max(1.0 - worth / peak);
    }
    let trades = windows.iter().filter_map(|it| it.out_of_sample_metrics.get("trade_count")).sum();
    let mut metrics = NamedMetrics::from([
        ("total_return".to_owned(), growth - 1.0),
        ("max_drawdown".to_owned(), fall),
        ("return_days".to_owned(), returns.len() as f64),
        ("trade_count".to_owned(), trades),
    ]);
    if let Some(spread) = deviation(&returns).filter(|spread| *spread > 0.0) {
        let ratio = mean(&returns).unwrap_or(0.0) / spread;
        metrics.insert("sharpe_per_day".to_owned(), ratio);
    }
    metrics
}

/// Growth a day out of sample over that in sample, a ratio of sums: a mean of the windows' own ratios
/// would explode where one of them hardly grew.
fn efficiency(windows: &[WindowFound]) -> Option<f64> {
    let (mut out, mut out_days, mut within, mut within_days) = (0.0, 0.0, 0.0, 0.0);
    for window in windows.iter().filter(|window| window.selected.is_some()) {
        let inside = 1.0 + window.in_sample_metrics.get("total_return")?;
        out += positive_log(window.growth()?)?;
        within += positive_log(inside)?;
        out_days += WindowFound::days(window.out_of_sample);
        within_days += WindowFound::days(window.in_sample);
    }
    let per_day = within / within_days;
    (per_day > 0.0).then(|| out / out_days / per_day)
}

fn positive_log(value: f64) -> Option<f64> {
    (value > 0.0).then(|| libm::log(value))
}

fn compounded(windows: &[WindowFound]) -> BTreeMap<String, f64> {
    let mut growth = BTreeMap::new();
    for name in [ALL_TRIALS, MEDIAN_TRIAL, BUY_AND_HOLD, HINDSIGHT] {
        let product = windows
            .iter()
            .try_fold(1.0, |product, window| Some(product * (1.0 + window.baselines.get(name)?)));
        growth.extend(product.map(|product| (name.to_owned(), product - 1.0)));
    }
    growth
}

fn stability(spec: &WalkForwardSpec, windows: &[WindowFound]) -> Vec<AxisStability> {
    let Ok(grid) = spec.search.grid() else { return Vec::new() };
    let chosen: Vec<u64> = windows.iter().filter_map(|window| window.selected).collect();
    if chosen.len() < 2 {
        return Vec::new();
    }
    let axes = grid.axes().iter().enumerate();
    axes.map(|(number, axis)| {
        let (stride, count) = grid.digit_of(number);
        let changed = chosen.windows(2).filter(|pair| differs(&grid, number, pair)).count();
        let pairs = (chosen.len() - 1) as f64;
        let place = |index: u64| (index / stride % count) as f64;
        let jumps = chosen.windows(2).map(|pair| (place(pair[1]) - place(pair[0])).abs());
        let is_ordered = count > 1 && !matches!(axis.values, AxisValues::List(_));
        AxisStability {
            axis: axis.name.clone(),
            mean_jump: is_ordered.then(|| jumps.sum::<f64>() / pairs / (count - 1) as f64),
            changed_share: changed as f64 / pairs,
        }
    })
    .collect()
}

fn differs(grid: &Grid, axis: usize, pair: &[u64]) -> bool {
    grid.value(axis, pair[0]) != grid.value(axis, pair[1])
}

/// The parameters of what a window chose.
pub fn chosen_params(spec: &WalkForwardSpec, grid: &Grid, window: &WindowFound) -> Params {
    window
        .selected
        .map_or_else(|| spec.search.base.params.clone(), |index| spec.search.params(grid, index))
}
