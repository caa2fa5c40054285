//! What a strategy as text went by, bar by bar: computed again beside the executor.

use std::ops::Range;

use super::Runner;
use super::error::RunnerError;
use super::evaluate::{Bench, Stop, caught, prepare};
use super::executor::ExecError;
use super::resolve::one_violation;
use crate::excerpt::excerpt;
use crate::rules::{Compiled, Named, compile, said_again};
use crate::run::limits::RULE_NAMES_MAX;
use crate::run::{BacktestSpec, RuleText, RunId, StrategyRef, Violations};
use crate::spelling::did_you_mean;
use crate::strategy::{ValuesWanted, Watch, Watched};

/// Values that one answer may hold, over all of its columns: below a message of 1 MiB.
const VALUES_MAX: usize = 100_000;

/// Which values.
#[derive(Clone, Debug)]
pub struct RuleQuery {
    /// Definitions, and conditions of orders as in `enter long:9`; none means all definitions.
    pub names: Vec<String>,
    /// Bars that open in that span; `None` for all of the run.
    pub span_ms: Option<Range<i64>>,
    /// The most bars to tell of.
    pub points_max: usize,
    /// Of which instrument, by its place among those of the run.
    pub instrument: usize,
}

/// Values of definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleValues {
    /// Open times of the bars that are told of.
    pub times_ms: Vec<i64>,
    /// Each with a value for each of those bars; NaN is none.
    pub columns: Vec<(Named, Vec<f64>)>,
    /// Bars of the span.
    pub bars: usize,
}

impl Runner {
    /// What definitions of a strategy as text were on some bars of a completed backtest or trial.
    /// A shipped strategy that a text comes to the same as has the values of that text.
    ///
    /// # Errors
    ///
    /// As for the equity curve; that a strategy has no text; names that the text does not have.
    pub async fn rule_values(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
        query: RuleQuery,
    ) -> Result<RuleValues, RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let instruments = finished.spec.executing().len();
        let (strategy, named) = self.text_of(run_id, &finished.spec).await?;
        let (named, wanted) = wanted(named, query, instruments, &finished.spec)?;
        let (watched, bars) = self.watch_values(&finished.by(strategy), wanted).await?;
        if watched.values.len() < named.len() {
            let message = "is only read by the text: it has no values of its own".to_owned();
            return Err(one_violation("instrument", message));
        }
        let columns = named.into_iter().zip(watched.values).collect();
        Ok(RuleValues { times_ms: watched.times_ms, columns, bars })
    }

    /// The text of a run, and what has a value in it. It takes milliseconds to read: on a thread
    /// that may wait.
    async fn text_of(
        &self,
        run_id: RunId,
        spec: &BacktestSpec,
    ) -> Result<(StrategyRef, Vec<Named>), RunnerError> {
        let StrategyRef { name, version, rules } = spec.strategy.clone();
        let source = rules.map(|rules| rules.source.clone());
        let source = source.or_else(|| said_again(&name).map(str::to_owned));
        let Some(source) = source else {
            return Err(RunnerError::WithoutText { run_id, strategy: name });
        };
        let read = move || {
            let Compiled { meaning, named, .. } = compile(&source);
            let rules = meaning.map(|meaning| RuleText { source, meaning }.into());
            (StrategyRef { name, version, rules }, named)
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| RunnerError::ShuttingDown)
    }
}

/// What is asked for, if all of it is there.
fn wanted(
    all: Vec<Named>,
    query: RuleQuery,
    instruments: usize,
    spec: &BacktestSpec,
) -> Result<(Vec<Named>, Wanted), RunnerError> {
    let mut violations = Violations::default();
    if query.instrument >= instruments {
        let message = format!("must be below {instruments}, the instruments of the run");
        violations.add("instrument", message);
    }
    let mut named: Vec<Named> = Vec::new();
    if query.names.is_empty() {
        named = all.into_iter().filter(|it| it.is_definition).take(RULE_NAMES_MAX).collect();
    } else {
        let asked = violations.at_most(RULE_NAMES_MAX, "names", &query.names);
        for (index, name) in asked.iter().enumerate() {
            match all.iter().find(|known| known.name == *name) {
                Some(known) if named.contains(known) => {}
                Some(known) => named.push(known.clone()),
                None => {
                    let hint = did_you_mean(name, all.iter().map(|it| it.name.as_str()));
                    let message = format!("the text defines no {:?}{hint}", excerpt(name));
                    violations.add(format!("names[{index}]"), message);
                }
            }
        }
    }
    if !violations.is_empty() {
        return Err(violations.into());
    }
    let span_ms = query.span_ms.unwrap_or(spec.start_ms..spec.end_ms);
    let points_max = query.points_max.min(VALUES_MAX / (named.len() + 1));
    let names = named.iter().map(|it| it.name.clone()).collect();
    let values = ValuesWanted { instrument: query.instrument, names, span_ms, every: 1 };
    Ok((named, Wanted { values, points_max }))
}

/// Values of so many bars at the most.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// How many bars make one point is not known before the bars are.
    pub(super) values: ValuesWanted,
    pub(super) points_max: usize,
}

impl Wanted {
    /// The same for a span of so many bars.
    pub(super) fn of_bars(self, bars: usize) -> ValuesWanted {
        ValuesWanted { every: bars.div_ceil(self.points_max.max(1)).max(1), ..self.values }
    }
}

impl Bench<'_> {
    /// Values that a backtest's strategy goes by, and how many bars there are of the span.
    pub(super) fn watch(
        &self,
        spec: &BacktestSpec,
        wanted: Wanted,
    ) -> Result<Result<(Watched, usize), Stop>, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let aux = self.load_aux(&loaded, spec)?;
        Ok(caught(|| {
            let backtest = aux.given_to(prepare(&spec.simulation, spec.start_ms, &loaded)?);
            let ValuesWanted { instrument, span_ms, .. } = &wanted.values;
            let own = backtest.instruments().iter().position(|it| it == instrument);
            let bars = own.map_or(0, |place| {
                let (_, series, range) = &loaded[place];
                let opens = &series.bars.open_time_ms[range.clone()];
                opens.iter().filter(|open_ms| span_ms.contains(*open_ms)).count()
            });
            let watch = Watch::Values(wanted.of_bars(bars));
            let (_, watched) = self.run_watched(&backtest, spec, Some(&watch), &mut ())?;
            Ok((watched, bars))
        }))
    }
}
