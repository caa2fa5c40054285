//! What became of one parameter set under stress: the numbers, and the sentence that every surface
//! begins with.

use serde::{Deserialize, Serialize};

use super::distributions::Distributions;
use super::robustness::{RobustnessPart, RobustnessSpec, Variant};
use super::walk_forward::NamedMetrics;
use crate::digest::{Digest, Encoder};
use crate::metrics::{Metric, Metrics};
use crate::validation::{OrderFigures, PathFigures, Paths, Yearly, quantile};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.robustness-result/1";
/// What a neighbour must keep of the Sharpe ratio to count.
const HALF: f64 = 0.5;
/// Which shares of paths are told.
const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// The same in the names of the lists that a fan is drawn from.
const FAN: [&str; 5] = ["fan.p05", "fan.p25", "fan.p50", "fan.p75", "fan.p95"];

/// A figure of a path.
type Figure = fn(&PathFigures) -> Option<f64>;
/// A figure of an order of the trades.
type OrderFigure = fn(&OrderFigures) -> f64;

/// The figures of paths that are told, by the names of the metrics that they are of.
const FIGURES: [(&str, &str, Figure); 5] = [
    ("total_return", "paths.total_return", |path| Some(path.total_return)),
    ("cagr", "paths.cagr", |path| Some(path.cagr)),
    ("sharpe", "paths.sharpe", |path| path.sharpe),
    ("max_drawdown", "paths.max_drawdown", |path| Some(path.max_drawdown)),
    ("longest_drawdown_days", "paths.longest_drawdown_days", |path| {
        Some(path.longest_drawdown_days)
    }),
];

/// The figures of an order of the trades, by the names of their spreads and lists.
const ORDER_FIGURES: [(&str, OrderFigure); 2] = [
    ("shuffle.max_drawdown", |order| order.max_drawdown),
    ("shuffle.losing_streak", |order| order.losing_streak),
];

/// What one of the backtests came to.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantFound {
    /// Its place.
    pub place: u64,
    /// Its metrics, or why it has none.
    pub outcome: Result<Metrics, String>,
}

/// The days of the backtest as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct BaseDays {
    /// What each of them returned.
    pub returns: Vec<f64>,
    /// How many make a year.
    pub yearly: Yearly,
    /// What the backtest's own result hashes to.
    pub result_sha256: Digest,
    /// What each of its round trips earned of the equity before it.
    pub trade_returns: Vec<f64>,
}

/// What one parameter set came to under stress. What was not asked for, or is not defined, is
/// absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessResult {
    /// Of the backtest as it is.
    pub metrics: NamedMetrics,
    /// What that backtest's own result hashes to.
    pub backtest_sha256: Digest,
    /// Backtests that ran to their end.
    pub completed: u64,
    /// Those that did not.
    pub failed: u64,
    /// Daily returns of the backtest.
    pub days: u64,
    /// Paths that its days were strung together to.
    pub path_count: u64,
    /// How many days a block of them had on average.
    pub mean_block_days: Option<f64>,
    /// What paths came to, one figure after the other.
    pub spreads: Vec<Spread>,
    /// The share of paths that end below their start.
    pub probability_of_loss: Option<f64>,
    /// How many fall below fractions of their start.
    pub ruin: Vec<Ruin>,
    /// How many times the commission leaves no profit, between those that were tried.
    pub breakeven_commission_factor: Option<f64>,
    /// The same of ticks by which each fill is worse.
    pub breakeven_slippage_ticks: Option<f64>,
    /// The most commission that was tried and left a profit, if no more left none.
    pub greatest_commission_factor: Option<f64>,
    /// Parameter sets near its own.
    pub neighbour_count: u64,
    /// Those that keep half of its Sharpe ratio; `None` if that is not above 0.
    pub neighbours_keeping_half: Option<u64>,
    /// Later starts.
    pub start_count: u64,
    /// Those that end with a profit.
    pub starts_with_profit: u64,
    /// Backtests over prices with noise on them.
    #[serde(default)]
    pub noise_count: u64,
    /// Those that end with a profit.
    #[serde(default)]
    pub noise_with_profit: u64,
    /// The least delay that was tried and left no profit, where there was one to lose.
    #[serde(default)]
    pub first_delay_without_profit: Option<u32>,
    /// The greatest that was tried, if it and all before it left one.
    #[serde(default)]
    pub greatest_delay_with_profit: Option<u32>,
    /// Backtests that were in the market as often and as long, at other times.
    #[serde(default)]
    pub random_entry_count: u64,
    /// Those that came to at least its return.
    #[serde(default)]
    pub random_entries_as_good: Option<u64>,
    /// Over every number of every backtest and path.
    pub result_sha256: Digest,
}

/// How one figure is spread over the paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Which figure, by the name of a metric.
    pub figure: String,
    /// That of the days as they came.
    pub observed: Option<f64>,
    /// The share of paths with less.
    pub rank: Option<f64>,
    /// At or below which 5, 25, 50, 75 and 95 % of paths are; empty where none has it.
    pub quantiles: Vec<f64>,
}

/// How many paths fall below a fraction of their start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruin {
    /// The fraction.
    pub level: f64,
    /// Their share.
    pub probability: f64,
}

impl Spread {
    /// Of values in rising order.
    fn of(figure: &str, observed: Option<f64>, sorted: &[f64]) -> Self {
        Self {
            figure: figure.to_owned(),
            observed,
            rank: observed.filter(|_| !sorted.is_empty()).map(|observed| {
                let less = sorted.partition_point(|value| *value < observed);
                less as f64 / sorted.len() as f64
            }),
            quantiles: SHARES.iter().filter_map(|share| quantile(sorted, *share)).collect(),
        }
    }
}

impl RobustnessResult {
    /// What all backtests and paths come to, and what charts of it are drawn from. The first of
    /// `found` is the backtest as it is.
    pub fn of(
        spec: &RobustnessSpec,
        found: &[VariantFound],
        base: &BaseDays,
        (paths, orders): (Option<(&Paths, f64)>, &[OrderFigures]),
    ) -> (Self, Distributions) {
        let of_base = found.first().and_then(|it| it.outcome.as_ref().ok());
        let failed = found.iter().filter(|it| it.outcome.is_err()).count() as u64;
        let neighbours = outcomes(spec, found, RobustnessPart::Neighbours);
        let starts = outcomes(spec, found, RobustnessPart::Starts);
        let costs = outcomes(spec, found, RobustnessPart::Costs);
        let noise = outcomes(spec, found, RobustnessPart::Noise);
        let random = outcomes(spec, found, RobustnessPart::RandomEntries);
        let delays = profits(&outcomes(spec, found, RobustnessPart::Delays), "delay_bars");
        let without = delays.iter().find(|(_, profit)| *profit <= 0.0);
        let earns_itself = of_base.and_then(|it| it.value(Metric::NetProfit));
        let earns_itself = earns_itself.is_some_and(|profit| profit > 0.0);
        let commission = profits(&costs, "commission");
        let breakeven_commission_factor = break_even(&commission);
        let mut distributions = Distributions::default();
        let mut result = Self {
            metrics: of_base.map(named).unwrap_or_default(),
            backtest_sha256: base.result_sha256,
            completed: found.len() as u64 - failed,
            failed,
            days: base.returns.len() as u64,
            path_count: paths.map_or(0, |(paths, _)| paths.figures.len() as u64),
            mean_block_days: paths.map(|(_, mean_block_days)| mean_block_days),
            spreads: Vec::new(),
            probability_of_loss: paths.map(|(paths, _)| paths.share(|it| it.total_return < 0.0)),
            ruin: Vec::new(),
            breakeven_commission_factor,
            breakeven_slippage_ticks: break_even(&profits(&costs, "slippage_ticks")),
            greatest_commission_factor: commission
                .last()
                .filter(|(_, profit)| *profit > 0.0 && breakeven_commission_factor.is_none())
                .map(|(factor, _)| *factor),
            neighbour_count: neighbours.len() as u64,
            neighbours_keeping_half: keeping_half(of_base, &neighbours),
            start_count: starts.len() as u64,
            starts_with_profit: starts.iter().filter(|(_, it)| earns(it)).count() as u64,
            noise_count: noise.len() as u64,
            noise_with_profit: noise.iter().filter(|(_, it)| earns(it)).count() as u64,
            first_delay_without_profit: without
                .filter(|_| earns_itself)
                .map(|(bars, _)| *bars as u32),
            greatest_delay_with_profit: delays
                .last()
                .filter(|_| earns_itself && without.is_none())
                .map(|(bars, _)| *bars as u32),
            random_entry_count: random.len() as u64,
            random_entries_as_good: as_good(of_base, &random),
            result_sha256: base.result_sha256,
        };
        keep_lists(&noise, ["noise.total_return", "noise.sharpe"], &mut distributions);
        keep_lists(&random, ["random.total_return", "random.sharpe"], &mut distributions);
        if let Some((paths, _)) = paths {
            result.tell(spec, base, paths, &mut distributions);
        }
        result.tell_orders(&base.trade_returns, orders, &mut distributions);
        result.result_sha256 = result.hash(found);
        (result, distributions)
    }

    /// Tells how paths are spread.
    fn tell(
        &mut self,
        spec: &RobustnessSpec,
        base: &BaseDays,
        paths: &Paths,
        distributions: &mut Distributions,
    ) {
        let as_they_came = PathFigures::of(&base.returns, base.yearly);
        for (figure, list, value) in FIGURES {
            let sorted = paths.sorted(value);
            self.spreads.push(Spread::of(figure, value(&as_they_came), &sorted));
            distributions.keep(list, sorted);
        }
        let levels = spec.paths.as_ref().map_or(&[][..], |terms| terms.ruin_levels.as_slice());
        self.ruin = levels
            .iter()
            .map(|level| Ruin { level: *level, probability: paths.share(|it| it.least < *level) })
            .collect();
        distributions.keep("fan.day", paths.days.iter().map(|day| *day as f64).collect());
        for (name, share) in FAN.into_iter().zip(SHARES) {
            let worth = paths.fan.iter().filter_map(|worth| quantile(worth, share));
            distributions.keep(name, worth.collect());
        }
        distributions.keep("fan.observed", worth_after(&base.returns, &paths.days));
    }

    /// Tells how figures are spread over other orders of the trades.
    fn tell_orders(
        &mut self,
        returns: &[f64],
        orders: &[OrderFigures],
        distributions: &mut Distributions,
    ) {
        if orders.is_empty() {
            return;
        }
        let as_they_came = OrderFigures::of(returns);
        for (figure, value) in ORDER_FIGURES {
            let mut sorted: Vec<f64> = orders.iter().map(value).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            self.spreads.push(Spread::of(figure, Some(value(&as_they_came)), &sorted));
            distributions.keep(figure, sorted);
        }
    }

    /// The spread of that figure.
    pub fn spread(&self, figure: &str) -> Option<&Spread> {
        self.spreads.iter().find(|spread| spread.figure == figure)
    }

    fn hash(&self, found: &[VariantFound]) -> Digest {
        let mut encoder = Encoder::new(DOMAIN);
        encoder.bytes(self.backtest_sha256.as_bytes()).integer(found.len() as i64);
        for VariantFound { place, outcome } in found {
            encoder.integer(*place as i64);
            match outcome {
                Ok(metrics) => {
                    for (metric, value) in metrics.defined() {
                        encoder.text(metric.name()).double(value);
                    }
                }
                Err(reason) => _ = encoder.text("failed").text(reason),
            }
        }
        encoder.integer(self.path_count as i64);
        for value in [self.mean_block_days, self.probability_of_loss] {
            encoder.optional(value, |encoder, value| _ = encoder.double(value));
        }
        for Spread { figure, observed, rank, quantiles } in &self.spreads {
            encoder.text(figure);
            for value in [observed, rank].into_iter().flatten().chain(quantiles) {
                encoder.double(*value);
            }
        }
        for Ruin { level, probability } in &self.ruin {
            encoder.double(*level).double(*probability);
        }
        encoder.finish()
    }
}

/// The backtests of a part.
fn outcomes<'s>(
    spec: &'s RobustnessSpec,
    found: &'s [VariantFound],
    part: RobustnessPart,
) -> Vec<(Variant<'s>, &'s VariantFound)> {
    spec.variants().zip(found).filter(|(variant, _)| variant.part() == Some(part)).collect()
}

fn named(metrics: &Metrics) -> NamedMetrics {
    metrics.defined().map(|(metric, value)| (metric.name().to_owned(), value)).collect()
}

fn value(found: &VariantFound, metric: Metric) -> Option<f64> {
    found.outcome.as_ref().ok().and_then(|metrics| metrics.value(metric))
}

fn earns(found: &VariantFound) -> bool {
    value(found, Metric::NetProfit).is_some_and(|profit| profit > 0.0)
}

/// What is left at each amount that was tried of that kind.
fn profits(costs: &[(Variant<'_>, &VariantFound)], name: &str) -> Vec<(f64, f64)> {
    let of_name = costs.iter().filter(|(variant, _)| variant.name() == name);
    of_name
        .filter_map(|(variant, it)| Some((variant.amount(), value(it, Metric::NetProfit)?)))
        .collect()
}

/// Where the profit is gone for the first time, on the straight line between its neighbours.
pub(super) fn break_even(profits: &[(f64, f64)]) -> Option<f64> {
    profits.windows(2).find_map(|pair| match pair {
        [(before, gain), (after, loss)] if *gain > 0.0 && *loss <= 0.0 => {
            Some(before + (after - before) * gain / (gain - loss))
        }
        _ => None,
    })
}

/// How many keep half of the ratio of the backtest, if that is above 0.
fn keeping_half(
    base: Option<&Metrics>,
    neighbours: &[(Variant<'_>, &VariantFound)],
) -> Option<u64> {
    let sharpe = base?.value(Metric::Sharpe).filter(|sharpe| *sharpe > 0.0)?;
    let keeps = |(_, it): &&(Variant<'_>, &VariantFound)| {
        value(it, Metric::Sharpe).is_some_and(|other| other >= HALF * sharpe)
    };
    (!neighbours.is_empty()).then(|| neighbours.iter().filter(keeps).count() as u64)
}

/// How many come to at least the return of the backtest.
fn as_good(base: Option<&Metrics>, others: &[(Variant<'_>, &VariantFound)]) -> Option<u64> {
    let own = base?.value(Metric::TotalReturn)?;
    let reaches = |(_, it): &&(Variant<'_>, &VariantFound)| {
        value(it, Metric::TotalReturn).is_some_and(|other| other >= own)
    };
    (!others.is_empty()).then(|| others.iter().filter(reaches).count() as u64)
}

/// Keeps what they came to, in rising order.
fn keep_lists(
    found: &[(Variant<'_>, &VariantFound)],
    [total_return, sharpe]: [&str; 2],
    distributions: &mut Distributions,
) {
    for (name, metric) in [(total_return, Metric::TotalReturn), (sharpe, Metric::Sharpe)] {
        let values: Vec<f64> = found.iter().filter_map(|(_, it)| value(it, metric)).collect();
        if !values.is_empty() {
            distributions.keep_sorted(name, values);
        }
    }
}

/// What the start is worth after so many days.
fn worth_after(returns: &[f64], days: &[usize]) -> Vec<f64> {
    let mut worth = 1.0_f64;
    let after: Vec<f64> = returns
        .iter()
        .map(|value| {
            worth = (worth * (1.0 + value)).max(0.0);
            worth
        })
        .collect();
    days.iter().filter_map(|day| after.get(day.checked_sub(1)?)).copied().collect()
}
