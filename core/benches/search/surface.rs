//! A strategy over all its cells: what each comes to in the days that are searched, and in those
//! after them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tradeforge_core::engine::{Backtest, Meter, Subscribed, Tape};
use tradeforge_core::market::{Decimal, Instrument, Series};
use tradeforge_core::metrics::Metric;
use tradeforge_core::strategy::{Catalog, ParamValue, Params, Rule};
use tradeforge_core::sweep::{
    Axis, AxisValues, Comparison, Grid, Operand, ParamConstraint, Plan, Search,
};
use tradeforge_core::trading::{Simulation, Sizing};

use crate::Outcome;

/// Trials that one thread takes at a time.
const TRIALS_AT_ONCE: usize = 256;

/// Trial by trial; none where there is no value.
type Sharpes = Vec<Option<f64>>;

/// A strategy and its axes.
pub(crate) struct Sight {
    pub(crate) strategy: &'static str,
    /// By name: whole numbers, or tenths.
    pub(crate) axes: &'static [(&'static str, Steps)],
    /// The first must be below the second.
    pub(crate) below: Option<(&'static str, &'static str)>,
}

/// From, to, and by what.
#[derive(Clone, Copy)]
pub(crate) enum Steps {
    Whole(i64, i64, i64),
    Decimal(f64, f64, f64),
}

/// The Sharpe ratio of every cell.
pub(crate) struct Surface {
    axes: Vec<Axis>,
    rules: Vec<ParamConstraint>,
    fixed: Params,
    /// By index; none where there is no trial, or it has no value.
    pub(crate) inside: Sharpes,
    pub(crate) outside: Sharpes,
}

impl Sight {
    /// Runs all cells: over the bars before `split_ms`, and over those from then on.
    pub(crate) fn surface(&self, series: &Series, split_ms: i64) -> Outcome<Surface> {
        let catalog = Catalog::shipped();
        let entry = catalog.find(self.strategy, "").map_err(|unknown| unknown.message)?;
        let axes = self.axes.iter().map(|(name, steps)| {
            let values = match *steps {
                Steps::Whole(min, max, step) => AxisValues::ints(min, max, step),
                Steps::Decimal(min, max, step) => AxisValues::doubles(min, max, step),
            };
            values.map(|values| Axis { name: (*name).into(), values }).map_err(|it| it.message)
        });
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        let rules: Vec<ParamConstraint> = self.below.iter().map(below).collect();
        let resolved = |given: Vec<(String, ParamValue)>| {
            Params::resolve(&entry.params, &given.into_iter().collect())
                .map_err(|errors| format!("{errors:?}"))
        };
        let fixed = resolved(Vec::new())?;
        let grid = Grid::new(1, &axes, 0).ok_or("too many cells")?;
        let len = grid.len();
        let mut plan = Plan::uncounted(grid, Search::Grid, &rules, &fixed)?;
        plan.count(None);
        let indices: Vec<u64> = plan.indices(0..plan.places()).collect();
        let stated = indices.iter().map(|&index| {
            let values = plan.grid().values(index);
            let values = values.map(|(name, value)| (name.to_owned(), value)).collect();
            let strategy = (entry.build)(&resolved(values)?).map_err(|it| it.message)?;
            Ok::<_, String>(strategy.rule())
        });
        let stated = stated.collect::<Result<Vec<_>, _>>()?;
        let spread = |sharpes: Sharpes| {
            let mut all = vec![None; len as usize];
            for (index, sharpe) in indices.iter().zip(sharpes) {
                all[*index as usize] = sharpe;
            }
            all
        };
        let inside = spread(sharpes(series, (None, Some(split_ms)), &stated)?);
        let outside = spread(sharpes(series, (Some(split_ms), None), &stated)?);
        Ok(Surface { axes, rules, fixed, inside, outside })
    }
}

fn below((left, right): &(&str, &str)) -> ParamConstraint {
    ParamConstraint {
        left: (*left).into(),
        comparison: Comparison::Less,
        right: Operand::Param((*right).into()),
    }
}

/// By columns, on all threads.
fn sharpes(
    series: &Series,
    (start_ms, end_ms): (Option<i64>, Option<i64>),
    rules: &[Option<Rule>],
) -> Outcome<Sharpes> {
    let number = |text: &str| text.parse::<Decimal>();
    let simulation = Simulation {
        commission_rate: number("0.0005")?,
        sizing: Some(Sizing::EquityFraction(Decimal::ONE)),
        ..Simulation::with_cash(number("100000")?)
    };
    let instrument = Instrument::new("SYN", "BENCH")?;
    let range = series.range(start_ms, end_ms);
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest =
        Backtest::new(&simulation, &subscribed).map_err(|errors| format!("{errors:?}"))?;
    let tape = Tape::new(series, range).ok_or("bars of several markets")?;
    let parts: Vec<&[Option<Rule>]> = rules.chunks(TRIALS_AT_ONCE).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Sharpes)>, String> {
        let mut done = Vec::new();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            let Some(rules) = parts.get(part) else { return Ok(done) };
            let reports = backtest.run_all(&tape, rules, &Meter::default());
            let reports = reports.map_err(|error| error.to_string())?;
            let values = reports.iter().map(|report| {
                let report = report.as_ref().ok_or("a cell cannot be run by columns")?;
                Ok::<_, String>(report.metrics.value(Metric::Sharpe))
            });
            done.push((part, values.collect::<Result<Vec<_>, _>>()?));
        }
    };
    let threads = thread::available_parallelism()?.get();
    let done = thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a panic".into()))).collect()
    });
    let done: Result<Vec<_>, String> = done;
    let mut done = done?.concat();
    done.sort_by_key(|(part, _)| *part);
    Ok(done.into_iter().flat_map(|(_, values)| values).collect())
}

impl Surface {
    /// How many trials there are.
    pub(crate) fn cells(&self) -> usize {
        self.inside.iter().flatten().count()
    }

    /// What a search makes of it.
    pub(crate) fn plan(&self, search: Search) -> Outcome<Plan> {
        let grid = Grid::new(1, &self.axes, 0).ok_or("too many cells")?;
        let mut plan = Plan::uncounted(grid, search, &self.rules, &self.fixed)?;
        plan.count(None);
        Ok(plan)
    }
}
