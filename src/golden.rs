//! What every machine must compute to the bit: one digest for each shipped strategy and market bar
//! by bar, for searches by columns, for a strategy as text bar by bar, and for the statistics of
//! luck. Made-up bars, a second of work; pure.

use crate::digest::{Digest, Encoder};
use crate::engine::{Backtest, ENGINE_VERSION, Meter, Subscribed, Tape};
use crate::market::{Calendar, Decimal, Instrument, Series, SyntheticSpec, Units};
use crate::rules::compile;
use crate::run::{Recorder, ResultHash, TrialState};
use crate::strategy::{Catalog, ParamValue, Params, StrategyEntry};
use crate::trading::{Simulation, Sizing};
use crate::validation::{Draws, Resampling, Returns, Survey};

/// What must be equal, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    /// What was computed.
    pub name: String,
    /// Over all that came of it.
    pub digest: Digest,
}

const BARS: u64 = 5_000;
/// Strategies that are there for tests only: one waits for a file, and one panics.
const OF_TESTS: [&str; 2] = ["gate", "unlucky"];
/// Parameters of a search, and the strategy that has them.
type Sweep = (&'static str, &'static [(&'static str, i64)], &'static [(&'static str, i64)]);
const SWEEPS: [Sweep; 3] = [
    ("sma_cross", &[("fast", 5), ("fast", 12)], &[("slow", 30), ("slow", 81)]),
    ("rsi_reversion", &[("period", 7), ("period", 14)], &[]),
    ("donchian_breakout", &[("entry", 20), ("entry", 55)], &[("exit", 5), ("exit", 10)]),
];
/// Averages, a deviation, strengths, a crossing, and a stop by the true range.
const TEXT: &str = "\
param fast = 8
param slow = 34
trend = ema(close, fast) - wma(close, slow)
width = stdev(close, slow) / sma(close, slow)
enter long when trend > 0 and rsi(close, 14) < 60 and width > 0.001
exit long when crosses_below(close, sma(close, fast)) or adx(14) < 15
stop long at position.entry - 2.5 * atr(14)
";

/// Everything, and last of all a digest over it.
///
/// # Panics
///
/// If the shipped strategies do not run on made-up bars: a fault of this program.
pub fn golden() -> Vec<Golden> {
    let markets = [market("hours", "1h", None), market("days", "1d", Some(Calendar::Sessions))];
    let mut all = Vec::new();
    for (name, series) in &markets {
        add(&mut all, format!("bars of {name}"), digest_of_bars(series));
        let catalog = Catalog::shipped();
        // What follows an auxiliary series does nothing without one.
        let is_shipped = |entry: &&StrategyEntry| {
            !OF_TESTS.contains(&entry.name.as_ref()) && entry.aux.is_none()
        };
        for entry in catalog.entries().iter().filter(is_shipped) {
            add(&mut all, format!("{} over {name}", entry.name), bar_by_bar(entry, series));
        }
    }
    let series = &markets[0].1;
    let catalog = Catalog::shipped();
    for (strategy, some, others) in SWEEPS {
        let entry = catalog.find(strategy, "").expect("it is shipped");
        let digest = by_columns(entry, &grid(some, others), series);
        add(&mut all, format!("{strategy} by columns"), digest);
    }
    let text = compile(TEXT).entry.expect("the text has no mistakes");
    add(&mut all, "text bar by bar".to_owned(), bar_by_bar(&text, series));
    add(&mut all, "luck".to_owned(), luck(series));
    let mut sum = Encoder::new("tradeforge.golden/1");
    sum.text(ENGINE_VERSION);
    for each in &all {
        sum.text(&each.name).bytes(each.digest.as_bytes());
    }
    add(&mut all, "all".to_owned(), sum.finish());
    all
}

fn add(all: &mut Vec<Golden>, name: String, digest: Digest) {
    all.push(Golden { name, digest });
}

fn market(
    name: &'static str,
    timeframe: &str,
    calendar: Option<Calendar>,
) -> (&'static str, Series) {
    let spec = SyntheticSpec {
        bar_count: BARS,
        seed: 7,
        annual_volatility: 0.5,
        annual_drift: 0.05,
        trend_strength: 1.0,
        start_ms: 946_684_800_000,
        timeframe: timeframe.parse().expect("a timeframe"),
        units: Units::with_default_step(number("0.01")),
        calendar,
    };
    (name, spec.series().expect("bars of these terms"))
}

fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// An account whose money has fees in it.
fn simulation() -> Simulation {
    Simulation {
        commission_rate: number("0.0005"),
        sizing: Some(Sizing::EquityFraction(number("0.5"))),
        ..Simulation::with_cash(number("1000000"))
    }
}

fn digest_of_bars(series: &Series) -> Digest {
    let mut encoder = Encoder::new("tradeforge.golden-bars/1");
    for row in 0..series.bars.len() {
        let bar = series.bars.bar(row);
        for value in [bar.open_time_ms, bar.open, bar.high, bar.low, bar.close] {
            encoder.integer(value);
        }
        encoder.double(bar.volume);
    }
    encoder.finish()
}

/// Fills and metrics of a backtest with the defaults.
fn bar_by_bar(entry: &StrategyEntry, series: &Series) -> Digest {
    let (simulation, instrument) = (simulation(), instrument());
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    let params = Params::resolve(&entry.params, &[].into()).expect("defaults are valid");
    let mut strategy = (entry.build)(&params).expect("defaults make sense");
    let mut recorder = Recorder::default();
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut recorder);
    recorder.finish(report.expect("it runs to its end")).0.result_sha256
}

fn instrument() -> Instrument {
    Instrument::new("SYN", "GOLDEN").expect("a name")
}

/// Every pair of the one and the other, or the one alone.
fn grid(
    some: &'static [(&'static str, i64)],
    others: &'static [(&'static str, i64)],
) -> Vec<Vec<(String, ParamValue)>> {
    let value = |(name, value): &(&str, i64)| ((*name).to_owned(), ParamValue::from(*value));
    if others.is_empty() {
        return some.iter().map(|one| vec![value(one)]).collect();
    }
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs.map(|(one, other)| vec![value(one), value(other)]).collect()
}

/// The metrics of a search.
fn by_columns(
    entry: &StrategyEntry,
    grid: &[Vec<(String, ParamValue)>],
    series: &Series,
) -> Digest {
    let (simulation, instrument) = (simulation(), instrument());
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    let tape = Tape::new(series, range).expect("bars of one market");
    let rules: Vec<_> = grid
        .iter()
        .map(|row| {
            let params = Params::resolve(&entry.params, &row.iter().cloned().collect());
            let strategy = (entry.build)(&params.expect("values of the domain"));
            strategy.expect("parameters that make sense").rule()
        })
        .collect();
    let reports = backtest.run_all(&tape, &rules, &Meter::default()).expect("nobody stops it");
    let mut hash = ResultHash::default();
    for (index, report) in (0..).zip(&reports) {
        let report = report.as_ref().expect("its rule is stated");
        hash.add(index, TrialState::Completed, &report.metrics, "");
    }
    hash.finish()
}

/// The statistics of some averages of the market's own returns.
fn luck(series: &Series) -> Digest {
    const DAYS: usize = 400;
    let closes = &series.bars.close;
    let mut returns = Returns::new(DAYS);
    for trial in 0..10 {
        let step = 1 + trial as usize;
        let day = |day: usize| closes[(day + 1) * step] as f64 / closes[day * step] as f64 - 1.0;
        returns.push(trial, &(0..DAYS).map(day).collect::<Vec<_>>());
    }
    let resampling = Resampling { days: DAYS, count: 500, mean_block_days: 5.0, seed: 11 };
    let survey = Survey { draws: Draws::of(&resampling), blocks: 16, combinatorial: None };
    let part = survey.take(&returns);
    let luck = survey.luck(&part).expect("there are trials");
    let mut encoder = Encoder::new("tradeforge.golden-luck/1");
    for p in [luck.spa, luck.spa_lower, luck.spa_upper, luck.reality_check] {
        encoder.double(p);
    }
    for p in survey.p_values(&part) {
        encoder.double(p);
    }
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_has_a_name_of_its_own_and_is_the_same_again() {
        let all = golden();
        let mut names: Vec<_> = all.iter().map(|each| &each.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(golden(), all);
    }
}
