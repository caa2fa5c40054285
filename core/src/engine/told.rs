//! What a text is told of the account, held against the fills of its run.

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Instrument, Series, SyntheticSpec, Units};
use crate::rules::compile;
use crate::strategy::Params;
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

#[derive(Default)]
struct Fills(Vec<Fill>);

impl Observer for Fills {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(*fill);
    }
}

fn market() -> Series {
    let spec = SyntheticSpec {
        bar_count: 3_000,
        seed: 7,
        annual_volatility: 0.8,
        annual_drift: 0.0,
        trend_strength: 1.0,
        start_ms: 1_704_067_200_000,
        timeframe: "1h".parse().unwrap(),
        units: Units::with_default_step("0.01".parse().unwrap()),
        calendar: None,
    };
    spec.series().unwrap()
}

fn fills(series: &Series, text: &str) -> Vec<Fill> {
    let compiled = compile(text);
    let entry = compiled.entry.unwrap();
    let params = Params::resolve(&entry.params, &std::collections::BTreeMap::new()).unwrap();
    let mut strategy = (entry.build)(&params).unwrap();
    let end_of_run_policy = EndOfRunPolicy::MarkOpen;
    let cash = "100000".parse().unwrap();
    let sizing = entry.default_sizing;
    let simulation = Simulation { sizing, end_of_run_policy, ..Simulation::with_cash(cash) };
    let instrument = Instrument::new("TEST", "TOLD").unwrap();
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut fills = Fills::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap();
    fills.0
}

/// Entries with their exits.
fn trips(fills: &[Fill]) -> Vec<(Fill, Fill)> {
    let trips: Vec<_> = fills.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    assert!(trips.len() > 10, "{}", trips.len());
    trips
}

/// Each exit is filled at the open after the first bar of its position on which that holds.
#[track_caller]
fn assert_left_when(text: &str, holds: impl Fn(&Series, Fill, usize) -> bool) {
    let series = market();
    for (entry, exit) in trips(&fills(&series, text)) {
        let held = entry.bar as usize..exit.bar as usize;
        let first = held.clone().find(|bar| holds(&series, entry, *bar));
        assert_eq!(first, held.last(), "{entry:?} {exit:?}");
    }
}

#[test]
fn bars_count_from_the_bar_of_the_entry() {
    assert_left_when(
        "enter long when close > open\nexit long when position.bars >= 3",
        |_, entry, bar| bar as u64 >= entry.bar + 3,
    );
}

#[test]
fn extremes_are_those_since_the_entry() {
    assert_left_when(
        "enter long when close > open\nexit long when close < position.high * 0.98",
        |series, entry, bar| {
            let high = *series.bars.high[entry.bar as usize..=bar].iter().max().unwrap();
            (series.bars.close[bar] as f64) < high as f64 * 0.98
        },
    );
    assert_left_when(
        "enter short when close < open\nexit short when close > position.low * 1.02\n\
         stop short at position.entry * 9",
        |series, entry, bar| {
            let low = *series.bars.low[entry.bar as usize..=bar].iter().min().unwrap();
            series.bars.close[bar] as f64 > low as f64 * 1.02
        },
    );
}

#[test]
fn profit_is_a_part_of_the_entry_price() {
    assert_left_when(
        "enter long when close > open\nexit long when abs(position.profit) >= 1%",
        |series, entry, bar| {
            let gained = (series.bars.close[bar] - entry.price) as f64 / entry.price as f64;
            gained.abs() >= 0.01
        },
    );
    assert_left_when(
        "enter long when close > open\nexit long when close < position.entry - 50 * tick",
        |series, entry, bar| series.bars.close[bar] < entry.price - 50,
    );
}

#[test]
fn the_last_trade_is_told_with_its_losses() {
    let series = market();
    let text = "enter long when last.losses < 2 and default(last.bars >= 4, true)\n\
                exit long when position.bars >= 1";
    let fills = fills(&series, text);
    let trips: Vec<_> = fills.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let lost = |(entry, exit): &(Fill, Fill)| exit.price < entry.price;
    // Two losses in a row are the last that it does.
    let end = trips.windows(2).position(|pair| pair.iter().all(lost)).unwrap();
    assert_eq!(trips.len(), end + 2);
    for pair in trips.windows(2) {
        // Its exit is on bar 0; on bar 4 it is decided, and filled on the next.
        assert_eq!(pair[1].0.bar, pair[0].1.bar + 5);
    }
}

#[test]
fn a_part_leaves_a_part_and_a_whole_exit_comes_first() {
    let series = market();
    let text = "enter long when close > open\nexit long part 50% when position.bars == 1\n\
                exit long part 10% when position.bars == 1\nexit long when position.bars >= 3\n\
                exit long part 50% when position.bars >= 3\nsize quantity 100";
    let fills = fills(&series, text);
    assert!(fills.len() > 30);
    for trip in fills.chunks_exact(3) {
        let quantities: Vec<i64> = trip.iter().map(|fill| fill.quantity).collect();
        let [whole, half, rest] = quantities[..] else { panic!() };
        assert_eq!((half * 2, rest * 2), (-whole, -whole));
        assert_eq!((trip[1].bar, trip[2].bar), (trip[0].bar + 2, trip[0].bar + 4));
    }
}

#[test]
fn a_level_knows_what_a_position_has_as_it_is_entered() {
    let series = market();
    let text = |level: &str| {
        format!(
            "age = position.bars\nenter long when close > open\nexit long when close < open\n\
             stop long at position.entry * 99.5% - {level} * tick"
        )
    };
    let plain = fills(&series, &text("30"));
    assert_eq!(fills(&series, &text("(30 + age)")), plain);
    assert_eq!(fills(&series, &text("(if position.profit < 1% then 30 else 9)")), plain);
    assert_eq!(fills(&series, &text("30 * position.entries * position.side")), plain);
    assert_ne!(fills(&series, &text("31")), plain);
}

/// Where the stop of a position stood on the bar of its exit, and on which bar it was touched.
fn followed(series: &Series, entry: Fill, level: impl Fn(i64, usize) -> i64) -> (i64, u64) {
    let (mut high, mut stop) = (entry.price, level(entry.price, entry.bar as usize - 1));
    for bar in entry.bar as usize.. {
        if series.bars.low[bar] <= stop {
            // Past the stop at the open, it is left there.
            let open = series.bars.open[bar];
            let is_past = bar as u64 > entry.bar && open < stop;
            return (if is_past { open } else { stop }, bar as u64);
        }
        let extreme = series.bars.high[bar];
        high = if bar as u64 == entry.bar { extreme } else { high.max(extreme) };
        stop = stop.max(level(high, bar));
    }
    unreachable!("it was left")
}

#[test]
fn a_stop_follows_the_highest_price_and_never_falls_back() {
    let series = market();
    let text = "enter long when close > open\nstop long follow position.high - 200 * tick";
    for (entry, exit) in trips(&fills(&series, text)) {
        let expected = followed(&series, entry, |high, _| high - 200);
        assert_eq!((exit.price, exit.bar), expected, "{entry:?}");
    }
}
