//! What the windows of a walk-forward tell together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::carried::Carried;
use super::walk_forward::{NamedMetrics, WalkForwardSpec, WindowFound};
use super::walk_series::{SeriesAccount, over_all};
use super::walk_stability::{AxisStability, stability};
use crate::digest::{Digest, Encoder};
use crate::metrics::{deviation, mean};
use crate::validation::mean_and_t;

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.walk-forward-result/1";
/// All trials held together: the mean of their returns.
pub const ALL_TRIALS: &str = "all_trials";
/// The trial in the middle of each window.
pub const MEDIAN_TRIAL: &str = "median_trial";
/// The parameters that are taken where none are given.
pub const DEFAULTS: &str = "defaults";
/// The first instrument, held.
pub const BUY_AND_HOLD: &str = "buy_and_hold";
/// The best trial of each window, chosen after it.
pub const HINDSIGHT: &str = "hindsight";

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
    /// The same choices as one backtest; `None` where they make none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
    /// The account on each series, where combinations are compared across several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesAccount>,
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
        let chosen: Vec<u64> = windows.iter().filter_map(|window| window.selected).collect();
        let grid = spec.search.grid();
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
            stability: grid.map_or_else(|_| Vec::new(), |grid| stability(&grid, &chosen)),
            baselines: compounded(windows),
            windows_sha256: Some(encoder.finish()),
            carried: None,
            series: over_all(spec, windows),
        }
    }

    /// What a person reads first.
    pub fn sentence(&self) -> String {
        if self.windows > 0 && self.empty_windows == self.windows {
            let said = "windows was a trial feasible with a defined objective: the account rested.";
            return format!("In none of {} {said}", self.windows);
        }
        let percent = |value: &f64| format!("{:.1} %", value * 100.0);
        let of = |map: &NamedMetrics, name: &str| map.get(name).map_or("unknown".into(), percent);
        let carried = self.rank_correlation.map_or_else(String::new, |rank| {
            let t = self.rank_correlation_t.map_or_else(String::new, |t| format!(" (t {t:.1})"));
            format!(" Ranks carried over by {rank:.2}{t}.")
        });
        let one = self.carried.as_ref().and_then(|it| it.metrics.get("total_return"));
        let one = one.map_or_else(String::new, |total| {
            format!(" As one account that carries positions on, it earned {}.", percent(total))
        });
        let rested = match self.empty_windows {
            0 => String::new(),
            empty => format!(
                " In {empty} of {} windows no trial was feasible, and the account rested.",
                self.windows
            ),
        };
        format!(
            "Over the days that it had not seen, what was chosen earned {}; all trials together \
             {}, holding the market {}.{one}{carried}{rested}",
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

/// Metrics of the account over all windows, by its daily returns.
fn account(windows: &[WindowFound]) -> NamedMetrics {
    let returns: Vec<f64> =
        windows.iter().flat_map(|window| window.returns.iter().copied()).collect();
    let growth = windows.iter().filter_map(WindowFound::growth).product::<f64>();
    let (mut peak, mut fall, mut at_start) = (1.0_f64, 0.0_f64, 1.0_f64);
    for window in windows {
        let mut worth = at_start;
        let mut stand = |worth: f64| {
            peak = peak.max(worth);
            fall = fall.max(1.0 - worth / peak);
        };
        for value in &window.returns {
            worth *= 1.0 + value;
            stand(worth);
        }
        // Who was ruined has no days, but fell.
        at_start *= window.growth().unwrap_or(1.0);
        if window.is_without_days() {
            stand(at_start);
        }
    }
    let trades = windows.iter().filter_map(|it| it.out_of_sample_metrics.get("trade_count")).sum();
    let mut metrics = NamedMetrics::from([
        ("total_return".to_owned(), growth - 1.0),
        ("max_drawdown".to_owned(), fall),
        ("return_days".to_owned(), returns.len() as f64),
        ("trade_count".to_owned(), trades),
    ]);
    let is_whole = !windows.iter().any(WindowFound::is_without_days);
    if let Some(spread) = deviation(&returns).filter(|spread| is_whole && *spread > 0.0) {
        let ratio = mean(&returns).unwrap_or(0.0) / spread;
        metrics.insert("sharpe_per_day".to_owned(), ratio);
    }
    metrics
}

/// Growth a day out of sample over that in sample, a ratio of sums: a mean of the windows' own
/// ratios would explode where one of them hardly grew.
fn efficiency(windows: &[WindowFound]) -> Option<f64> {
    let (mut out, mut out_days, mut within, mut within_days) = (0.0, 0.0, 0.0, 0.0);
    for window in windows.iter().filter(|window| window.selected.is_some()) {
        let inside = 1.0 + window.in_sample_metrics.get("total_return")?;
        out += positive_log(window.growth()?)?;
        within += positive_log(inside)?;
        out_days += window.spans.out_of_sample.days();
        within_days += window.spans.in_sample.days();
    }
    let per_day = within / within_days;
    (per_day > 0.0).then(|| out / out_days / per_day)
}

fn positive_log(value: f64) -> Option<f64> {
    (value > 0.0).then(|| libm::log(value))
}

fn compounded(windows: &[WindowFound]) -> BTreeMap<String, f64> {
    let mut growth = BTreeMap::new();
    for name in [ALL_TRIALS, MEDIAN_TRIAL, DEFAULTS, BUY_AND_HOLD, HINDSIGHT] {
        let product = windows
            .iter()
            .try_fold(1.0, |product, window| Some(product * (1.0 + window.baselines.get(name)?)));
        growth.extend(product.map(|product| (name.to_owned(), product - 1.0)));
    }
    growth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{DAY_MS, Decimal};
    use crate::run::{Span, WindowSpans};

    fn close(left: Option<f64>, right: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    #[test]
    fn where_nothing_was_ever_chosen_nothing_is_said_to_have_earned() {
        let result = WalkForwardResult { windows: 3, empty_windows: 3, ..Default::default() };
        let said = result.sentence();
        assert!(said.starts_with("In none of 3 windows") && !said.contains("earned"), "{said}");
    }

    /// A window of ten days and five after them.
    fn window(inside: f64, returns: &[f64]) -> WindowFound {
        let span = |start: i64, end: i64| Span { start_ms: start * DAY_MS, end_ms: end * DAY_MS };
        let total = returns.iter().fold(1.0, |worth, value| worth * (1.0 + value)) - 1.0;
        let named = |name: &str, value| NamedMetrics::from([(name.to_owned(), value)]);
        WindowFound {
            spans: WindowSpans { in_sample: span(0, 10), out_of_sample: span(10, 15) },
            selected: Some(0),
            objective: Some(1.0),
            in_sample_metrics: named("total_return", inside),
            carried_metrics: NamedMetrics::new(),
            cash: Decimal::ONE,
            out_of_sample_metrics: named("total_return", total),
            returns: returns.to_vec(),
            account_sha256: None,
            equity: Decimal::ONE,
            rank: None,
            rank_correlation: None,
            baselines: named(ALL_TRIALS, 0.5),
            completed: 1,
            failed: 0,
            failures: Vec::new(),
            series: Vec::new(),
        }
    }

    fn resting(days: usize) -> WindowFound {
        WindowFound {
            selected: None,
            in_sample_metrics: NamedMetrics::new(),
            out_of_sample_metrics: NamedMetrics::new(),
            ..window(0.0, &vec![0.0; days])
        }
    }

    #[test]
    fn the_account_goes_on_from_window_to_window() {
        let found = account(&[window(0.1, &[0.5, -0.2]), resting(1), window(0.1, &[-0.5, 0.1])]);
        let of = |name: &str| found.get(name).copied();
        close(of("total_return"), 1.5 * 0.8 * 0.5 * 1.1 - 1.0);
        // From the first day's end to the fourth's.
        close(of("max_drawdown"), 1.0 - 0.8 * 0.5);
        assert_eq!(of("return_days"), Some(5.0));
        let returns = [0.5, -0.2, 0.0, -0.5, 0.1];
        let mean = returns.iter().sum::<f64>() / 5.0;
        let squares = returns.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        close(of("sharpe_per_day"), mean / (squares / 4.0).sqrt());
    }

    #[test]
    fn who_is_ruined_fell_as_deep_as_that_and_has_no_ratio_of_the_days_before() {
        let mut ruined = window(0.1, &[]);
        ruined.out_of_sample_metrics.insert("total_return".into(), -1.25);
        let found = account(&[window(0.1, &[0.5, -0.2, 0.1]), ruined, resting(2)]);
        close(found.get("max_drawdown").copied(), 1.0 + 1.32 * 0.25 / 1.5);
        close(found.get("total_return").copied(), -1.32 * 0.25 - 1.0);
        assert!(!found.contains_key("sharpe_per_day"), "it would leave the ruin out");
    }

    #[test]
    fn an_account_that_only_rested_earned_nothing_and_has_no_ratios() {
        let windows = [resting(3), resting(3)];
        let found = account(&windows);
        assert_eq!((found["total_return"], found["max_drawdown"]), (0.0, 0.0));
        assert!(!found.contains_key("sharpe_per_day"));
        assert_eq!(efficiency(&windows), None);
    }

    #[test]
    fn efficiency_is_a_ratio_of_growth_a_day_over_windows_with_a_choice() {
        // In sample e^2 and e^1 over ten days each, out of sample e^0.5 and e^-0.2 over five.
        let window = |inside: f64, out: f64| window(inside.exp() - 1.0, &[out.exp() - 1.0]);
        let windows = [window(2.0, 0.5), resting(5), window(1.0, -0.2)];
        close(efficiency(&windows), (0.3 / 10.0) / (3.0 / 20.0));
        // Who lost by what he chose from had nothing to keep.
        assert_eq!(efficiency(&[window(-1.0, 0.5)]), None);
    }

    #[test]
    fn what_others_earned_is_compounded_and_absent_if_a_window_does_not_know_it() {
        let mut windows = [window(0.0, &[0.0]), window(0.0, &[0.0])];
        windows[0].baselines.insert(HINDSIGHT.into(), 1.0);
        let found = compounded(&windows);
        close(found.get(ALL_TRIALS).copied(), 1.25);
        assert!(!found.contains_key(HINDSIGHT));
    }

    #[test]
    fn the_sentence_tells_what_was_earned_beside_what_the_others_did() {
        let mut told = WalkForwardResult { windows: 8, ..WalkForwardResult::default() };
        told.metrics.insert("total_return".into(), 0.123);
        told.baselines.insert(BUY_AND_HOLD.into(), -0.5);
        told.rank_correlation = Some(0.051);
        let said = told.sentence();
        assert!(said.contains("earned 12.3 %; all trials together unknown"), "{said}");
        assert!(said.ends_with("the market -50.0 %. Ranks carried over by 0.05."), "{said}");
        told.empty_windows = 3;
        assert!(
            told.sentence()
                .ends_with("In 3 of 8 windows no trial was feasible, and the account rested.")
        );
    }

    #[test]
    fn every_number_of_a_window_is_in_the_hash() {
        let hash = |change: fn(&mut WindowFound)| {
            let mut window = window(0.1, &[0.2, 0.1]);
            change(&mut window);
            let mut encoder = Encoder::new(DOMAIN);
            window.write(&mut encoder);
            encoder.finish()
        };
        let all = [
            hash(|_| ()),
            hash(|it| it.spans.out_of_sample.end_ms += 1),
            hash(|it| it.selected = Some(1)),
            hash(|it| it.objective = None),
            hash(|it| _ = it.in_sample_metrics.insert("sharpe".into(), 1.0)),
            hash(|it| _ = it.carried_metrics.insert("sharpe".into(), 1.0)),
            hash(|it| it.cash = Decimal::ZERO),
            hash(|it| it.out_of_sample_metrics.clear()),
            hash(|it| it.returns[1] = 0.3),
            hash(|it| it.account_sha256 = Some(Digest::of(b"fills"))),
            hash(|it| it.equity = Decimal::ZERO),
            hash(|it| it.rank = Some(1.0)),
            hash(|it| it.rank_correlation = Some(1.0)),
            hash(|it| it.baselines.clear()),
            hash(|it| it.failed = 1),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
