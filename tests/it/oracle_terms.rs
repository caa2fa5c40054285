//! Fill by fill against a model of the rules, where it is at hand: random bars, orders, exits and
//! limits, one to three instruments on one account.
//!
//! It lies beside the project, in `../shared/oracle/engine2`, or where `TRADEFORGE_SHARED` points.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;
use tradeforge::engine::{Backtest, Meter, Observer, Report, Subscribed};
use tradeforge::market::{
    Bar, Calendar, Columns, Decimal, Instrument, Series, Timeframe, TradingDays, Units,
};
use tradeforge::metrics::Metric;
use tradeforge::run::{Course, UnderWay};
use tradeforge::strategy::{Context, Strategy};
use tradeforge::trading::{
    BreakEven, Distance, Entry, EntryBarPolicy, ExitTerms, Fill, OrderKind, PositionLimits, Side,
    Simulation, Size, TakeProfit, Trade, TrailingStop, Weight,
};

use crate::support::{output_of, python_with};

const RUNS: &str = "400";
/// The decimals of money in these runs.
const MONEY: i64 = 1_000_000;

#[derive(Deserialize)]
struct Run {
    seed: u64,
    account: Account,
    exits: Exits,
    hours: Vec<u32>,
    bars: Vec<Vec<[i64; 5]>>,
    plan: Vec<Order>,
    fills: Vec<(i64, u32, i64, i64, String)>,
    reasons: Vec<String>,
    /// Of each trade how often it was entered, and its least and greatest profit.
    excursions: Vec<(i64, i64, i64)>,
    equity: i64,
    ambiguous: (i64, i64),
    refused: u64,
}

#[derive(Deserialize)]
struct Account {
    cash: i64,
    rate: Decimal,
    slippage: u32,
    leverage: i64,
    policy: String,
    max_positions: u32,
    max_entries: u32,
    cool_down: u32,
    through: u32,
}

#[derive(Deserialize)]
struct Exits {
    stop: Option<Away>,
    targets: Vec<(Away, Decimal)>,
    trail: Option<Away>,
    activation: Option<Away>,
    break_even: Option<Away>,
    offset: Option<Away>,
    bars: u32,
    clock: Option<u16>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Away {
    Ticks(u32),
    Percent(Decimal),
}

#[derive(Clone, Deserialize)]
struct Order {
    time: i64,
    instrument: u32,
    kind: String,
    side: i64,
    size: (String, String),
    price: Option<(String, i64)>,
    portion: Decimal,
    weight: String,
    band: String,
    steps: i64,
}

impl From<Away> for Distance {
    fn from(away: Away) -> Self {
        match away {
            Away::Ticks(ticks) => Self::Ticks(ticks),
            Away::Percent(part) => Self::Percent(part),
        }
    }
}

/// Gives its orders when their time has come.
struct Planned {
    orders: BTreeMap<i64, Vec<Order>>,
}

impl Strategy for Planned {
    fn on_bar(&mut self, _bar: &Bar, _context: &mut Context<'_>) {}

    fn on_moment(&mut self, context: &mut Context<'_>) {
        for order in self.orders.remove(&context.now_ms).unwrap_or_default() {
            let mut desk = context.on(order.instrument);
            match order.kind.as_str() {
                "OPEN" => _ = desk.submit(order.entry()),
                "CLOSE" => desk.exit(),
                "PART" => desk.exit_part(order.portion),
                "STEPS" => _ = desk.target_steps(order.steps),
                _ => {
                    let weight = |text: &str| Weight::nearest(text.parse().unwrap()).unwrap();
                    let band = weight(&order.band);
                    desk.target_weight(weight(&order.weight), band);
                }
            }
        }
    }
}

impl Order {
    fn entry(&self) -> Entry {
        let side = if self.side > 0 { Side::Long } else { Side::Short };
        let kind = match &self.price {
            None => OrderKind::Market,
            Some((kind, price)) if kind == "limit" => OrderKind::Limit(*price),
            Some((_, price)) => OrderKind::Stop(*price),
        };
        let (kind_of_size, amount) = (self.size.0.as_str(), &self.size.1);
        let size = match kind_of_size {
            "steps" => Size::Steps(amount.parse().unwrap()),
            "value" => Size::Value(amount.parse::<i64>().unwrap() * MONEY),
            _ => Size::Equity(amount.parse::<Decimal>().unwrap().into()),
        };
        Entry { kind, ..Entry::market(side) }.sized(size)
    }
}

#[derive(Default)]
struct Seen {
    fills: Vec<(i64, u32, i64, i64, String)>,
    reasons: Vec<String>,
    under_way: UnderWay,
    courses: Vec<Course>,
}

impl Observer for Seen {
    const EXCURSIONS: bool = true;

    fn open_profit(&mut self, instrument: u32, profit: i64) {
        self.under_way.open_profit(instrument, profit);
    }

    fn fill(&mut self, fill: &Fill) {
        self.under_way.fill(fill);
        let Fill { time_ms, instrument, quantity, price, rule, .. } = *fill;
        self.fills.push((time_ms, instrument, quantity, price, format!("{rule:?}")));
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        let row = self.under_way.row(trade, profit);
        if let Some(exit) = trade.exit {
            self.reasons.push(exit.reason.as_str().to_owned());
            self.courses.extend(row.course);
        }
    }
}

impl Run {
    fn simulation(&self) -> Simulation {
        let Account {
            cash,
            rate,
            slippage,
            leverage,
            max_positions,
            max_entries,
            cool_down,
            through,
            ..
        } = self.account;
        let distance = |away: Option<Away>| away.map(Distance::from);
        let exits = &self.exits;
        Simulation {
            commission_rate: rate,
            slippage_ticks: slippage,
            limit_through_ticks: through,
            sizing: None,
            max_leverage: Decimal::new(leverage, 0).unwrap(),
            entry_bar_policy: if self.account.policy == "NEXT_BAR" {
                EntryBarPolicy::NextBar
            } else {
                EntryBarPolicy::WorstCase
            },
            exits: ExitTerms {
                stop_loss: distance(exits.stop),
                take_profits: exits
                    .targets
                    .iter()
                    .map(|&(away, portion)| TakeProfit { distance: away.into(), portion })
                    .collect(),
                trailing_stop: exits.trail.map(|away| TrailingStop {
                    distance: away.into(),
                    activation: distance(exits.activation),
                    chandelier: false,
                }),
                break_even: exits
                    .break_even
                    .map(|away| BreakEven { trigger: away.into(), offset: distance(exits.offset) }),
                max_bars: exits.bars,
                daily_exit_minute: exits.clock.map(|hour| hour * 60),
            },
            limits: PositionLimits {
                max_positions,
                max_entries,
                cool_down_bars: cool_down,
                ..PositionLimits::NONE
            },
            ..Simulation::with_cash(Decimal::new(cash, 0).unwrap())
        }
    }

    fn series(&self) -> Vec<(Instrument, Series)> {
        let units =
            Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.001".parse().unwrap() };
        let read = |(place, (bars, hours)): (usize, (&Vec<[i64; 5]>, &u32))| {
            let mut columns = Columns::default();
            for &[open_time_ms, open, high, low, close] in bars {
                columns.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
            }
            let timeframe: Timeframe = format!("{hours}h").parse().unwrap();
            let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
            let instrument = Instrument::new("TEST", &format!("N{place}")).unwrap();
            (instrument, Series { timeframe, units, calendar, days, bars: columns })
        };
        self.bars.iter().zip(&self.hours).enumerate().map(read).collect()
    }

    fn run(&self) -> (Seen, Report) {
        let (simulation, series) = (self.simulation(), self.series());
        let subscribed: Vec<_> = series
            .iter()
            .map(|(instrument, series)| Subscribed {
                instrument,
                series,
                range: 0..series.bars.len(),
            })
            .collect();
        let mut orders: BTreeMap<i64, Vec<Order>> = BTreeMap::new();
        for order in &self.plan {
            orders.entry(order.time).or_default().push(order.clone());
        }
        let mut seen = Seen::default();
        let backtest = Backtest::new(&simulation, &subscribed).unwrap();
        let report = backtest.run(&mut Planned { orders }, &Meter::default(), &mut seen).unwrap();
        (seen, report)
    }

    /// A bar into which an addition falls, and one that is left at its close by the clock, are held
    /// by the model in other ways; so those trades are left out.
    fn check_excursions(&self, seen: &Seen) {
        for (trade, (course, theirs)) in seen.courses.iter().zip(&self.excursions).enumerate() {
            assert_eq!(i64::from(course.entries), theirs.0, "seed {}, trade {trade}", self.seed);
            let is_by_clock = self.exits.clock.is_some() && seen.reasons[trade] == "TIME_EXIT";
            if course.entries == 1 && !is_by_clock {
                let ours = (course.worst, course.best);
                assert_eq!(ours, (theirs.1, theirs.2), "seed {}, trade {trade}", self.seed);
            }
        }
    }

    fn check(&self) {
        let (seen, report) = self.run();
        let first = seen.fills.iter().zip(&self.fills).position(|(ours, theirs)| ours != theirs);
        let at = first.unwrap_or(seen.fills.len().min(self.fills.len()));
        assert_eq!(seen.fills.get(at), self.fills.get(at), "seed {}, fill {at}", self.seed);
        assert_eq!(seen.reasons, self.reasons, "seed {}", self.seed);
        self.check_excursions(&seen);
        let money = |metric| {
            let value: f64 = report.metrics.value(metric).unwrap();
            (value * MONEY as f64).round() as i64
        };
        assert_eq!(money(Metric::FinalEquity), self.equity, "seed {}", self.seed);
        let exits = report.metrics.value(Metric::AmbiguousExitCount).unwrap() as i64;
        let ambiguous = (exits, money(Metric::AmbiguousProfitDifference));
        assert_eq!(ambiguous, self.ambiguous, "seed {}", self.seed);
        // A strategy is asked once more where its account is used up.
        if report.metrics.value(Metric::Bankrupt) == Some(0.0) {
            let refused: u64 = report.rejections.values().sum();
            assert_eq!(refused, self.refused, "seed {}: {:?}", self.seed, report.rejections);
        }
    }
}

#[test]
fn every_fill_is_that_of_the_model() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("TRADEFORGE_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.join("oracle/engine2/examples.py").exists() {
        eprintln!("skipped: no model in {}", shared.join("oracle/engine2").display());
        return;
    }
    let Some(python) = python_with("json") else { return };
    let folder = TempDir::new().unwrap();
    let oracle = shared.join("oracle");
    let arguments = [oracle.as_path(), folder.path(), Path::new("0"), Path::new(RUNS)];
    output_of(&python, "oracle/terms.py", &arguments);
    let runs: Vec<Run> =
        serde_json::from_slice(&fs::read(folder.path().join("runs.json")).unwrap()).unwrap();
    assert_eq!(runs.len().to_string(), RUNS);
    runs.iter().for_each(Run::check);
}
