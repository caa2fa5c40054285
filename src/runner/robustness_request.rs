//! Taking a run under stress: its backtest as any other, and what is changed about it.

use std::sync::Arc;

use super::Runner;
use super::error::RunnerError;
use super::executor::Route;
use super::found::find;
use super::job::Job;
use super::paces::Asked;
use super::resolve::Resolved;
use crate::market::{Decimal, Series, TradingDays};
use crate::run::{
    BacktestSpec, MIN_DAYS, Nearness, Neighbour, PathTerms, RobustnessPart, RobustnessRequest,
    RobustnessSpec, RunSpec, Span, Violations, pays_fees, with_fees,
};

/// Where the backtest stands as one, and where it does here.
const BASE_PATHS: (&str, &str) = ("backtest", "robustness.base");

/// What 0 or an empty list stands for.
const PATHS_USUAL: u64 = 10_000;
const STEPS_USUAL: u64 = 3;
const BOX_USUAL: u64 = 50;
const STARTS_USUAL: u64 = 20;
const FACTORS_USUAL: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 3.0, 5.0];
const TICKS_USUAL: [u32; 5] = [0, 1, 2, 5, 10];
const RUIN_USUAL: [f64; 1] = [0.5];
/// More tell nothing more.
const DRAWS_MAX: u64 = 1_000;
const DELAY_MAX: u32 = 1_000;
const PATHS_MAX: u64 = 100_000;
const STEPS_MAX: u64 = 20;
const BOX_MAX: u64 = 1_000;
const STARTS_MAX: u64 = 366;
/// Days of all paths together: a second or two of work, and a list of numbers at the end.
const PATH_DAYS_MAX: u64 = 100_000_000;
/// Later starts that nobody asked for leave this part of the days at least.
const START_PART: u64 = 4;

impl Runner {
    pub(super) async fn resolve_robustness(
        &self,
        request: RobustnessRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        check_counts(&request, &mut violations);
        if !request.base.schedule.is_empty() {
            let message = "is for a backtest: one set of parameters is put under stress";
            violations.add("robustness.base.schedule", message);
        }
        let base = request.base.clone();
        let resolved = match self.resolve_backtest(base, Violations::default()).await {
            Ok(resolved) => resolved,
            Err(RunnerError::Invalid(of_base)) => {
                violations.extend_moved(of_base, BASE_PATHS.0, BASE_PATHS.1);
                return Err(RunnerError::Invalid(violations));
            }
            Err(error) if violations.is_empty() => return Err(error),
            Err(_) => return Err(RunnerError::Invalid(violations)),
        };
        let Resolved { job, total: bars, mut warnings, warm_up, .. } = resolved;
        let RunSpec::Backtest(base) = job.spec else {
            return Err(RunnerError::Invalid(violations));
        };
        let series = self.series_of(&base.subscriptions[..1]).await?;
        let mut asked = Stress { request, base, violations, warnings: Vec::new() };
        let days = series.first().map_or(&TradingDays::UTC, |first| &first.days);
        let spec = asked.spec(self, days, series.first());
        asked.violations.into_result()?;
        warnings.extend(asked.warnings);
        let total = spec.places();
        let asked = Asked {
            strategy: spec.base.strategy.clone(),
            route: Route::BarByBar,
            bars: bars.saturating_mul(total),
            trials: total,
        };
        let job = Job::of(RunSpec::Robustness(Box::new(spec)), None);
        Ok(Resolved { job, total, asked: Some(asked), warm_up, warnings })
    }
}

/// Whether the counts are within their limits; nothing of it needs data.
fn check_counts(request: &RobustnessRequest, violations: &mut Violations) {
    let counts = [
        ("path_count", request.path_count, PATHS_MAX),
        ("neighbour_steps", request.neighbour_steps, STEPS_MAX),
        ("box_count", request.box_count, BOX_MAX),
        ("box_steps", request.box_steps, STEPS_MAX),
        ("start_shift_days", request.start_shift_days, STARTS_MAX),
        ("noise_count", request.noise_count, DRAWS_MAX),
        ("random_entry_count", request.random_entry_count, DRAWS_MAX),
    ];
    for (field, count, most) in counts {
        if count > most {
            let message = format!("is {count}; must be at most {most}, or 0");
            violations.add(format!("robustness.{field}"), message);
        }
    }
    for (index, level) in request.ruin_levels.iter().enumerate() {
        if !(*level > 0.0 && *level < 1.0) {
            let message = format!("is {level}; must be above 0 and below 1");
            violations.add(format!("robustness.ruin_levels[{index}]"), message);
        }
    }
    if !(request.noise >= 0.0 && request.noise <= 1.0) {
        let message = format!("is {}; must be above 0 and at most 1, or 0", request.noise);
        violations.add("robustness.noise", message);
    }
    for (index, bars) in request.delay_bars.iter().enumerate() {
        if !(1..=DELAY_MAX).contains(bars) {
            let message = format!("is {bars}; must be from 1 to {DELAY_MAX}");
            violations.add(format!("robustness.delay_bars[{index}]"), message);
        }
    }
    for (index, factor) in request.commission_factors.iter().enumerate() {
        if !(*factor >= 0.0 && factor.is_finite()) {
            let message = format!("is {factor}; must be 0 or above");
            violations.add(format!("robustness.commission_factors[{index}]"), message);
        }
    }
}

/// What is asked of a backtest that can be computed.
pub(super) struct Stress {
    pub request: RobustnessRequest,
    pub base: BacktestSpec,
    pub violations: Violations,
    pub warnings: Vec<String>,
}

impl Stress {
    fn spec(
        &mut self,
        runner: &Runner,
        days: &TradingDays,
        first: Option<&Arc<Series>>,
    ) -> RobustnessSpec {
        let span = Span { start_ms: self.base.start_ms, end_ms: self.base.end_ms };
        let day_count = span.day_count(days);
        let nearness = Nearness {
            steps: or_usual(self.request.neighbour_steps, STEPS_USUAL),
            box_count: or_usual(self.request.box_count, BOX_USUAL),
            box_steps: or_usual(self.request.box_steps, STEPS_USUAL),
            seed: self.request.seed,
        };
        let neighbours = self.neighbours(runner, nearness);
        let has_neighbours = !neighbours.is_empty();
        let if_any = |count: u64| if has_neighbours { count } else { 0 };
        let spec = RobustnessSpec {
            seed: self.request.seed,
            paths: self.paths(day_count),
            neighbour_steps: if_any(nearness.steps),
            box_count: if_any(nearness.box_count),
            box_steps: if_any(nearness.box_steps),
            neighbours,
            commission_factors: self.commission_factors(),
            slippage_ticks: self.slippage_ticks(),
            starts_ms: self.starts(days, day_count, first),
            noise: self.noise(),
            delay_bars: self.delay_bars(),
            random_entries: self.random_entries(),
            base: self.base.clone(),
        };
        if spec.paths.is_none() && spec.places() == 1 {
            let message = "leaves nothing to examine of this backtest";
            self.violations.add("robustness.parts", message);
        }
        spec
    }

    /// Whether a part is examined.
    pub(super) fn wants(&self, part: RobustnessPart) -> bool {
        self.request.parts.is_empty() || self.request.parts.contains(&part)
    }

    fn paths(&mut self, day_count: u64) -> Option<PathTerms> {
        if !self.wants(RobustnessPart::Resampling) {
            return None;
        }
        if day_count < MIN_DAYS {
            let message = format!("{day_count} days tell nothing of others: it takes {MIN_DAYS}");
            self.warnings.push(message);
            return None;
        }
        let most = PATH_DAYS_MAX / day_count;
        let count = match self.request.path_count {
            0 => PATHS_USUAL.min(most),
            asked => asked,
        };
        if count > most {
            let message = format!("is {count}; over {day_count} days at most {most} are drawn");
            self.violations.add("robustness.path_count", message);
        }
        if let Some(asked) = self.request.mean_block_days
            && !(asked >= 1.0 && asked <= day_count as f64)
        {
            let message =
                format!("is {asked}; must be from 1 to the {day_count} days of the run, or 0");
            self.violations.add("robustness.mean_block_days", message);
        }
        let ruin_levels = sorted(or_these(&self.request.ruin_levels, &RUIN_USUAL));
        Some(PathTerms { count, mean_block_days: self.request.mean_block_days, ruin_levels })
    }

    fn neighbours(&mut self, runner: &Runner, nearness: Nearness) -> Vec<Neighbour> {
        if !self.wants(RobustnessPart::Neighbours) {
            return Vec::new();
        }
        let Ok(entry) = find(&runner.catalog, &self.base.strategy) else { return Vec::new() };
        let makes_one = |params: &_| (entry.build)(params).is_ok();
        let found = nearness.of(&entry.params, &self.base.params, makes_one);
        if found.is_empty() {
            let message = "the strategy has no parameter that is a number: there are no neighbours";
            self.warnings.push(message.to_owned());
        }
        found
    }

    fn commission_factors(&mut self) -> Vec<Decimal> {
        const FIELD: &str = "robustness.commission_factors";
        if !self.wants(RobustnessPart::Costs) {
            return Vec::new();
        }
        if !pays_fees(&self.base.simulation) {
            let message = "the account pays no commission: no multiple of it changes anything";
            self.warnings.push(message.to_owned());
            return Vec::new();
        }
        let mut factors = Vec::new();
        for factor in sorted(or_these(&self.request.commission_factors, &FACTORS_USUAL)) {
            let exact = Decimal::nearest(factor)
                .filter(|exact| with_fees(&self.base.simulation, *exact).is_some());
            match exact {
                Some(exact) => factors.push(exact),
                // Nobody asked for this one.
                None if self.request.commission_factors.is_empty() => {}
                None => {
                    let message = format!(
                        "has {factor}: so many times the commission is no commission that an \
                         account can pay"
                    );
                    self.violations.add(FIELD, message);
                }
            }
        }
        factors
    }

    fn slippage_ticks(&self) -> Vec<u32> {
        if !self.wants(RobustnessPart::Costs) {
            return Vec::new();
        }
        let mut ticks = or_these(&self.request.slippage_ticks, &TICKS_USUAL);
        ticks.sort_unstable();
        ticks.dedup();
        ticks
    }

    /// The first moments of days after the first that still have bars.
    fn starts(
        &mut self,
        days: &TradingDays,
        day_count: u64,
        first: Option<&Arc<Series>>,
    ) -> Vec<i64> {
        if !self.wants(RobustnessPart::Starts) {
            return Vec::new();
        }
        let count = match self.request.start_shift_days {
            0 => STARTS_USUAL.min(day_count / START_PART),
            asked => asked,
        };
        if count >= day_count {
            let message = format!("is {count}; the run has {day_count} days");
            self.violations.add("robustness.start_shift_days", message);
            return Vec::new();
        }
        let first_day = days.day(self.base.start_ms);
        let has_bars = |start: &i64| {
            first.is_some_and(|it| !it.range(Some(*start), Some(self.base.end_ms)).is_empty())
        };
        let starts = (1..=count.cast_signed()).map(|day| days.day_start_ms(first_day + day));
        starts.filter(has_bars).collect()
    }
}

pub(super) fn or_usual(asked: u64, usual: u64) -> u64 {
    if asked == 0 { usual } else { asked }
}

pub(super) fn or_these<T: Copy>(asked: &[T], usual: &[T]) -> Vec<T> {
    if asked.is_empty() { usual.to_vec() } else { asked.to_vec() }
}

/// In rising order, each once.
fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
}
