//! Texts whose orders wait in bars that their own are no multiple of, beside a plain telling of the
//! rules: each statement has one order, which each decision puts elsewhere or takes back, and a bar
//! that is under way goes by what was said before it opened.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::chaos::Dice;
use super::naive::{Bars, Kind, LevelSaid, Mode, Naive, Said};
use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::rules::compile;
use crate::rules::programs::cases;
use crate::strategy::Params;
use crate::trading::{EndOfRunPolicy, Fill, Side, Simulation};

const MINUTE_MS: i64 = 60_000;
const MINUTES: u64 = 240;
/// Minutes of the bar that decides and of those in which orders fill: such as divide, and not.
const PAIRS: [[i64; 2]; 10] =
    [[5, 3], [5, 2], [3, 2], [5, 4], [10, 4], [4, 3], [15, 4], [3, 1], [6, 3], [5, 5]];

/// One instrument: the bars that decide and those in which its orders fill.
type Feeds = [Series; 2];

struct Case {
    text: String,
    said: Vec<Said>,
    levels: Vec<LevelSaid>,
    markets: Vec<Feeds>,
}

#[derive(Default)]
struct Fills(Vec<Fill>);

impl Observer for Fills {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(*fill);
    }
}

fn series(path: &[i64], minutes: i64, dice: &mut Dice, gaps: u64) -> Series {
    let mut bars = Columns::default();
    for (index, prices) in (0..).zip(path.windows(minutes as usize + 1).step_by(minutes as usize)) {
        let (open, close) = (prices[0], prices[prices.len() - 1]);
        let (high, low) = (*prices.iter().max().unwrap(), *prices.iter().min().unwrap());
        let (open_time_ms, volume) = (index * minutes * MINUTE_MS, dice.below(10) as f64);
        if dice.below(100) >= gaps || index == 0 {
            bars.push(Bar { open_time_ms, open, high, low, close, volume });
        }
    }
    Series {
        timeframe: format!("{minutes}m").parse().unwrap(),
        units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    }
}

fn feeds(dice: &mut Dice) -> Feeds {
    let [deciding, executing] = PAIRS[dice.below(PAIRS.len() as u64) as usize];
    let gaps = [0, 0, 15][dice.below(3) as usize];
    let mut price = 1_000;
    let mut path = vec![price];
    for _ in 0..MINUTES {
        price += dice.below(9) as i64 - 4;
        path.push(price);
    }
    [series(&path, deciding, dice, gaps / 3), series(&path, executing, dice, gaps)]
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}

fn said(dice: &mut Dice, adds: bool, side: Side) -> Said {
    let kind = match dice.below(5) {
        0 => Kind::Market,
        1 | 2 => Kind::Limit,
        _ => Kind::Stop,
    };
    Said {
        adds,
        side,
        kind,
        offset: dice.below(13) as i64 - 6,
        volume_below: 2 + dice.below(7) as i64,
        bars: 1 + dice.below(3) as u32,
        most: 1 + dice.below(3) as u32,
    }
}

fn written(said: &Said) -> String {
    let Said { adds, side, kind, offset, volume_below, bars, most } = *said;
    let verb = if adds { "add" } else { "enter" };
    let at = match kind {
        Kind::Market => String::new(),
        Kind::Limit => format!(" at limit close + {offset}"),
        Kind::Stop => format!(" at stop close + {offset}"),
    };
    let life = if kind == Kind::Market { String::new() } else { format!(" for {bars} bars") };
    let most = if adds { format!(" max {most}") } else { String::new() };
    format!("{verb} {}{at} when volume < {volume_below}{life}{most}\n", name(side))
}

fn level(dice: &mut Dice, side: Side, is_stop: bool) -> LevelSaid {
    let distance = (3 + dice.below(12) as i64) * if is_stop { -side.sign() } else { side.sign() };
    let mode = match dice.below(3) {
        0 => Mode::At,
        1 if is_stop => Mode::Follow,
        _ => Mode::Move,
    };
    LevelSaid { side, is_stop, mode, distance }
}

fn written_level(level: &LevelSaid) -> String {
    let LevelSaid { side, is_stop, mode, distance } = *level;
    let what = if is_stop { "stop" } else { "target" };
    let at = match mode {
        Mode::At => format!("at position.entry + {distance}"),
        Mode::Follow => format!("follow close + {distance}"),
        Mode::Move => format!("move close + {distance}"),
    };
    format!("{what} {} {at}\n", name(side))
}

fn case(seed: u64) -> Case {
    let dice = &mut Dice(seed);
    dice.below(2);
    let sides: &[Side] = match dice.below(3) {
        0 => &[Side::Long],
        1 => &[Side::Short],
        _ => &[Side::Long, Side::Short],
    };
    let (mut all, mut levels, mut text) = (Vec::new(), Vec::new(), String::new());
    for &side in sides {
        for _ in 0..=dice.below(2) {
            all.push(said(dice, false, side));
        }
        for _ in 0..dice.below(3) {
            all.push(said(dice, true, side));
        }
        if dice.below(3) > 0 {
            levels.push(level(dice, side, true));
        }
        if dice.below(3) == 0 {
            levels.push(level(dice, side, false));
        }
    }
    text.extend(all.iter().map(written));
    text.extend(levels.iter().map(written_level));
    text.push_str("exit long when volume == 9\nexit short when volume == 8\nsize quantity 1\n");
    let count = 1 + dice.below(4) / 3;
    Case { text, said: all, levels, markets: (0..count).map(|_| feeds(dice)).collect() }
}

/// Time, price and steps of each fill of each instrument.
type Told = Vec<Vec<(i64, i64, i64)>>;

fn run(case: &Case) -> Told {
    let compiled = compile(&case.text);
    let told: Vec<_> = compiled.errors().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:?}\n{}", case.text);
    let entry = compiled.entry.unwrap();
    let names: Vec<_> = (0..case.markets.len())
        .map(|place| Instrument::new("TEST", &format!("BETWEEN{place}")).unwrap())
        .collect();
    let feeds = names.iter().zip(&case.markets).flat_map(|(instrument, feeds)| {
        let range = |series: &Series| 0..series.bars.len();
        feeds.iter().map(move |series| Subscribed { instrument, series, range: range(series) })
    });
    // One timeframe of an instrument is subscribed to once.
    let is_same = |feeds: &Feeds| feeds[0].timeframe == feeds[1].timeframe;
    let mut subscribed: Vec<Subscribed<'_>> = feeds.collect();
    for place in (0..case.markets.len()).rev().filter(|place| is_same(&case.markets[*place])) {
        subscribed.remove(2 * place + 1);
    }
    let simulation = Simulation {
        sizing: entry.default_sizing,
        end_of_run_policy: EndOfRunPolicy::MarkOpen,
        max_leverage: "100".parse().unwrap(),
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let params = Params::resolve(&entry.params, &BTreeMap::new()).unwrap();
    let mut strategy = entry.for_instruments(&params, &backtest.instruments()).unwrap();
    let mut fills = Fills::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap();
    let of = |instrument: u32| {
        let own = fills.0.iter().filter(move |fill| fill.instrument == instrument);
        own.map(|fill| (fill.time_ms, fill.price, fill.quantity)).collect()
    };
    (0..case.markets.len() as u32).map(of).collect()
}

fn told(case: &Case) -> Told {
    let bars = |series: &Series| -> Bars {
        let end = |bar: usize| (series.bars.bar(bar), series.bar_end_ms(bar));
        (0..series.bars.len()).map(end).collect()
    };
    let of = |[deciding, executing]: &Feeds| {
        // Where both are the same there is one feed.
        let is_same = deciding.timeframe == executing.timeframe;
        let executing = if is_same { deciding } else { executing };
        Naive::new(&case.said, &case.levels).over(&bars(deciding), &bars(executing))
    };
    case.markets.iter().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(4_000), ..ProptestConfig::default() })]

    #[test]
    fn orders_in_any_bars_come_to_what_the_plain_rules_say(seed in any::<u64>()) {
        let case = case(seed);
        prop_assert_eq!(run(&case), told(&case), "{}", case.text);
    }
}

#[test]
fn the_plain_rules_are_put_to_bars_that_do_not_divide() {
    let (mut uneven, mut of_two) = (0, 0);
    for seed in 0..300_u64 {
        let case = case(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for (fills, [deciding, executing]) in told(&case).iter().zip(&case.markets) {
            let minutes = |series: &Series| series.bar_end_ms(0) - series.bars.open_time_ms[0];
            let is_uneven = minutes(deciding) % minutes(executing) != 0;
            uneven += if is_uneven { fills.len() } else { 0 };
            of_two += if case.markets.len() > 1 { fills.len() } else { 0 };
        }
    }
    assert!(uneven > 2_000 && of_two > 500, "{uneven} {of_two}");
}
