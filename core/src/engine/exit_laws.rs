//! Exits and limits of a run beside a plain telling of the rules: stops that follow, targets in
//! parts, additions, reversals, bars, clocks and cool-downs in every mixture.

use proptest::prelude::*;

use super::chaos::Dice;
use super::plain_exits::{Decided, Plain, Told};
use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{
    Bar, Calendar, Columns, Decimal, Instrument, MoneyUnit, Series, TradingDays, Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    AtrDistance, BreakEven, Distance, Entry, EntryBarPolicy, ExitTerms, Fill, PositionLimits, Side,
    Simulation, Sizing, TakeProfit, Trade, TrailingStop,
};

const HOUR_MS: i64 = 3_600_000;
const BARS: usize = 80;

/// Does what was decided beforehand.
struct Scripted {
    decided: Vec<Option<Decided>>,
    bars: usize,
}

impl Strategy for Scripted {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        match self.decided[self.bars] {
            Some(Decided::Enter(side)) => _ = context.submit(Entry::market(side)),
            Some(Decided::Leave) => context.exit(),
            None => {}
        }
        self.bars += 1;
    }
}

#[derive(Default)]
struct Seen {
    told: Told,
    tick_value: i64,
}

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        self.told.fills.push((fill.bar as usize, fill.price, fill.quantity));
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        if let Some(exit) = trade.exit {
            self.told.trades.push((exit.reason, profit / self.tick_value));
        }
    }
}

struct Case {
    series: Series,
    simulation: Simulation,
    steps: i64,
    decided: Vec<Option<Decided>>,
}

fn bars(dice: &mut Dice) -> Columns {
    let (mut bars, mut close, mut open_time_ms) = (Columns::default(), 1_000_i64, 0);
    let wild = 3 + dice.below(20) as i64;
    let mut some = |most: i64| dice.below(most as u64 + 1) as i64;
    for _ in 0..BARS {
        let open = close + if some(2) == 0 { some(2 * wild) - wild } else { 0 };
        close = (open + some(4 * wild) - 2 * wild).max(500);
        let (high, low) = (open.max(close) + some(wild), open.min(close) - some(wild));
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        open_time_ms += HOUR_MS * if some(9) == 0 { 1 + some(30) } else { 1 };
    }
    bars
}

fn distance(dice: &mut Dice) -> Distance {
    match dice.below(3) {
        0 => Distance::Percent(Decimal::new(1 + dice.below(40) as i64, 3).unwrap()),
        1 => Distance::Ticks(1 + dice.below(40) as u32),
        _ => {
            let multiple = Decimal::new(1 + dice.below(30) as i64, 1).unwrap();
            Distance::Atr(AtrDistance { multiple, period: 1 + dice.below(5) as u32 })
        }
    }
}

/// A thing in so many of a hundred cases.
fn perhaps<T>(dice: &mut Dice, percent: u64, thing: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    (dice.below(100) < percent).then(|| thing(dice))
}

fn exits(dice: &mut Dice) -> ExitTerms {
    let stop_loss = perhaps(dice, 40, distance);
    let mut take_profits = Vec::new();
    for _ in 0..dice.below(5) {
        let portion = Decimal::new(1 + dice.below(10) as i64, 1).unwrap();
        take_profits.push(TakeProfit { distance: distance(dice), portion });
    }
    let trailing_stop = perhaps(dice, 50, |dice| {
        let (distance, activation) = (distance(dice), perhaps(dice, 40, distance));
        let chandelier = distance.period().is_some() && dice.below(2) == 0;
        TrailingStop { distance, activation, chandelier }
    });
    let break_even = perhaps(dice, 30, |dice| {
        let (trigger, offset) = (distance(dice), perhaps(dice, 50, distance));
        BreakEven { trigger, offset }
    });
    let max_bars = perhaps(dice, 25, |dice| 1 + dice.below(9) as u32).unwrap_or(0);
    let daily_exit_minute = perhaps(dice, 25, |dice| 30 * dice.below(48) as u16);
    ExitTerms { stop_loss, take_profits, trailing_stop, break_even, max_bars, daily_exit_minute }
}

fn case(seed: u64) -> Case {
    let dice = &mut Dice(seed);
    let steps = 1 + dice.below(9) as i64;
    // With exits that wait for the next bar there is one entry.
    let is_at_once = dice.below(4) > 0;
    let policy = if is_at_once { EntryBarPolicy::WorstCase } else { EntryBarPolicy::NextBar };
    let limits = PositionLimits {
        max_entries: if is_at_once { 1 + dice.below(3) as u32 } else { 1 },
        cool_down_bars: perhaps(dice, 40, |dice| dice.below(6) as u32).unwrap_or(0),
        cool_down_after_loss_only: dice.below(2) == 0,
        ..PositionLimits::NONE
    };
    let simulation = Simulation {
        sizing: Some(Sizing::FixedQuantity(Decimal::new(steps, 0).unwrap())),
        max_leverage: "100".parse().unwrap(),
        slippage_ticks: dice.below(3) as u32,
        limit_through_ticks: dice.below(3) as u32,
        entry_bar_policy: policy,
        exits: exits(dice),
        limits,
        ..Simulation::with_cash("100000000".parse().unwrap())
    };
    let decide = |dice: &mut Dice| match dice.below(12) {
        0..=2 => Some(Decided::Enter(Side::Long)),
        3..=5 => Some(Decided::Enter(Side::Short)),
        6 => Some(Decided::Leave),
        _ => None,
    };
    let series = Series {
        timeframe: "1h".parse().unwrap(),
        units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars: bars(dice),
    };
    let decided = (0..BARS).map(|_| decide(dice)).collect();
    Case { series, simulation, steps, decided }
}

impl Case {
    fn by_engine(&self) -> Told {
        let instrument = Instrument::new("TEST", "EXITS").unwrap();
        let subscribed =
            [Subscribed { instrument: &instrument, series: &self.series, range: 0..BARS }];
        let backtest = Backtest::new(&self.simulation, &subscribed).unwrap();
        let units = self.series.units;
        let tick_value = MoneyUnit::for_units([units]).tick_value(units).unwrap();
        let mut seen = Seen { tick_value, ..Seen::default() };
        let mut strategy = Scripted { decided: self.decided.clone(), bars: 0 };
        let report = backtest.run(&mut strategy, &Meter::default(), &mut seen).unwrap();
        let metric = |metric| report.metrics.value(metric).unwrap_or(0.0);
        Told {
            ambiguous: metric(Metric::AmbiguousExitCount) as u64,
            difference: metric(Metric::AmbiguousProfitDifference) as i64,
            doubtful: metric(Metric::DoubtfulHoldCount) as u64,
            ..seen.told
        }
    }

    fn told_plainly(&self) -> Told {
        let bars: Vec<Bar> = (0..BARS).map(|index| self.series.bars.bar(index)).collect();
        Plain::new((&bars, HOUR_MS), &self.simulation, self.steps, &self.decided).tell()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn exits_and_limits_come_to_what_the_plain_rules_say(seed in any::<u64>()) {
        let case = case(seed);
        prop_assert_eq!(case.by_engine(), case.told_plainly(), "{:?}", case.simulation);
    }
}

/// A law that nothing is put to holds for nothing.
#[test]
fn the_law_is_put_to_every_kind_of_exit() {
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    let (mut ambiguous, mut doubtful, mut additions) = (0, 0, 0);
    for seed in 0..400 {
        let told = case(seed).told_plainly();
        for (reason, _) in &told.trades {
            *reasons.entry(reason.as_str().to_owned()).or_default() += 1;
        }
        ambiguous += told.ambiguous;
        doubtful += told.doubtful;
        let same_way = |pair: &&[(usize, i64, i64)]| pair[0].2.signum() == pair[1].2.signum();
        additions += told.fills.windows(2).filter(same_way).count();
    }
    let kinds = [
        "SIGNAL",
        "REVERSAL",
        "STOP_LOSS",
        "TAKE_PROFIT",
        "TRAILING_STOP",
        "BREAK_EVEN",
        "TIME_EXIT",
    ];
    for kind in kinds {
        assert!(reasons.get(kind).is_some_and(|count| *count >= 100), "{kind}: {reasons:?}");
    }
    assert!(ambiguous >= 100 && doubtful >= 100 && additions >= 100, "{reasons:?}");
}
