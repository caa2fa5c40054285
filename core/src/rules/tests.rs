//! Texts from their words to their values.

use std::sync::Arc;

use super::check::{Program, check};
use super::graph::{Setting, build};
use super::moment::Given;
use super::stream::Stream;
use crate::indicator::{Atr, Ema, Highest, Indicator, Rsi, Sma};
use crate::market::zone_laws::days_of;
use crate::market::{Bar, TradingDays};

/// What is wrong with a text, a line each.
fn faults(source: &str) -> Vec<String> {
    check(source).diagnostics.iter().map(ToString::to_string).collect()
}

fn program(source: &str) -> Program {
    let checked = check(source);
    checked.program.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

/// The values of each definition, in the order of the text.
fn values(source: &str, bars: &[Bar]) -> Vec<Vec<f64>> {
    values_of(source, bars, TradingDays::UTC)
}

fn values_of(source: &str, bars: &[Bar], days: TradingDays) -> Vec<Vec<f64>> {
    let program =
        program(&format!("{source}\nenter long when close > open\nexit long when close < open"));
    let tick = "0.01".parse().unwrap();
    let setting = Setting { params: &[], ticks: &[tick] };
    let roots = program.definitions.iter().map(|(_, node)| *node);
    let (graph, nodes) = build(&program.template, setting, roots).unwrap();
    let days = vec![Arc::new(days)];
    let mut stream = Stream::new(&graph, &program.template.clocks, &[], days);
    let mut values = vec![Vec::new(); nodes.len()];
    for bar in bars {
        stream.bar(0, bar, bar.open_time_ms + 3_600_000, &Given::NOTHING);
        for (all, node) in values.iter_mut().zip(&nodes) {
            all.push(stream.value(*node));
        }
    }
    values
}

/// Hourly bars with ties, from a seed.
fn bars(count: i64, seed: i64) -> Vec<Bar> {
    let mut close = 10_000;
    (0..count)
        .map(|index| {
            let noise = |salt: i64| ((index + seed) * 7_919 + salt * 104_729) % 23 - 11;
            let open = close;
            close += noise(1) * 3;
            let (high, low) = (open.max(close) + noise(2).abs(), open.min(close) - noise(3).abs());
            let open_time_ms = index * 3_600_000;
            Bar { open_time_ms, open, high, low, close, volume: (noise(4).abs() + 1) as f64 }
        })
        .collect()
}

fn same(ours: &[f64], theirs: impl Iterator<Item = Option<f64>>) {
    let theirs: Vec<_> = theirs.collect();
    let ours: Vec<_> = ours.iter().map(|value| Some(*value).filter(|v| !v.is_nan())).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn functions_are_the_indicators_of_the_shipped_strategies() {
    let bars = bars(400, 3);
    let values = values(
        "a = sma(close, 20)\nb = ema(close, 12)\nc = rsi(close, 14)\nd = highest(high, 10)\n\
         e = atr(14)",
        &bars,
    );
    let close = || bars.iter().map(|bar| bar.close);
    let (mut sma, mut ema, mut rsi) = (Sma::new(20), Ema::new(12), Rsi::new(14));
    let (mut highest, mut atr) = (Highest::new(10), Atr::new(14));
    let mut window = Vec::new();
    same(
        &values[0],
        close().map(|price| {
            window.push(price);
            let sum: i64 = window.iter().rev().take(20).sum();
            sma.update(price).map(|_| sum as f64 / 20.0)
        }),
    );
    same(&values[1], close().map(|price| ema.update(price)));
    let near = |ours: &[f64], theirs: Vec<Option<f64>>| {
        for (ours, theirs) in ours.iter().zip(theirs) {
            match theirs {
                Some(theirs) => assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}"),
                None => assert!(ours.is_nan()),
            }
        }
    };
    near(&values[2], close().map(|price| rsi.update(price)).collect());
    let highs = bars.iter().map(|bar| highest.update(bar.high).map(|high| high as f64));
    same(&values[3], highs);
    near(&values[4], bars.iter().map(|bar| atr.update(*bar)).collect());
}

#[test]
fn a_longer_timeframe_is_seen_when_its_bar_has_ended() {
    let bars = bars(30, 1);
    let values = values("a = close@4h\nb = close[1]@4h\nc = close@4h[1]", &bars);
    for (index, bar) in bars.iter().enumerate() {
        let ended = (index + 1) / 4;
        let close_of = |bucket: usize| bars[bucket * 4 - 1].close as f64;
        let shown = |value: f64| Some(value).filter(|value| !value.is_nan());
        assert_eq!(shown(values[0][index]), (ended > 0).then(|| close_of(ended)), "{bar:?}");
        assert_eq!(shown(values[1][index]), (ended > 1).then(|| close_of(ended - 1)));
        let before = if index == 0 { f64::NAN } else { values[0][index - 1] };
        assert_eq!(shown(values[2][index]), shown(before));
    }
}

#[test]
fn dates_and_times_are_those_of_the_markets_own_clock() {
    let source = "a = time_of_day\nb = hour\nc = minute\nd = day\ne = month\nf = year\n\
                  g = weekday\nh = week\ni = number(new_day)";
    // 2024-03-10T06:30Z is half past one in New York, half an hour before its clocks go forward.
    let mut bar = bars(1, 0)[0];
    let mut told = |open_time_ms: i64, days: TradingDays| {
        bar.open_time_ms = open_time_ms;
        values_of(source, &[bar], days).iter().map(|all| all[0]).collect::<Vec<_>>()
    };
    let half_past_six = 1_710_052_200_000;
    let in_utc = told(half_past_six, TradingDays::UTC);
    assert_eq!(in_utc, [390.0, 6.0, 30.0, 10.0, 3.0, 2024.0, 7.0, 10.0, 1.0]);
    let before = told(half_past_six, days_of("America/New_York", 0));
    assert_eq!(before[..3], [90.0, 1.0, 30.0]);
    let after = told(half_past_six + 3_600_000, days_of("America/New_York", 0));
    assert_eq!(after[..3], [210.0, 3.0, 30.0]);
    // From 17:00 on it is the next day's, here Monday's.
    let evening = told(half_past_six + 15 * 3_600_000, days_of("America/New_York", 17 * 60));
    assert_eq!(evening[1..7], [17.0, 30.0, 11.0, 3.0, 2024.0, 1.0]);
}

#[test]
fn a_definition_may_use_its_own_past() {
    let bars = bars(50, 2);
    let source = "count = default(count[1], 0) + 1\n\
                  slow = default(slow[1] + 0.1 * (close - slow[1]), close)\n\
                  a = default(b[1], 0) + 1\nb = a * 2";
    let values = values(source, &bars);
    let mut slow = bars[0].close as f64;
    let mut b = 0.0;
    for (index, bar) in bars.iter().enumerate() {
        assert_eq!(values[0][index], index as f64 + 1.0);
        if index > 0 {
            slow += 0.1 * (bar.close as f64 - slow);
        }
        assert_eq!(values[1][index], slow);
        let a = b + 1.0;
        b = a * 2.0;
        assert_eq!((values[2][index], values[3][index]), (a, b));
    }
}

#[test]
fn a_value_is_the_same_however_seldom_it_is_asked_for() {
    let bars = bars(400, 4);
    let source = "a = (close - sma(close, 9)) / mean_deviation(close, 20)\n\
                  b = a > 1 and volume > 3 or close[3] > open and not (a < 0)\n\
                  c = if b then a else default(close[300], volume)\n\
                  d = sum k from 0 to 199 of close[k]\n\
                  e = number(all k from 0 to 90 of close[k] > 9000)";
    let expected = values(source, &bars);
    let program = program(&format!("{source}\nenter long when b\nexit long when not b"));
    let setting = Setting { params: &[], ticks: &["0.01".parse().unwrap()] };
    let roots = program.definitions.iter().map(|(_, node)| *node);
    let (graph, nodes) = build(&program.template, setting, roots).unwrap();
    let days = vec![Arc::new(TradingDays::UTC)];
    let mut stream = Stream::new(&graph, &program.template.clocks, &[], days);
    for (index, bar) in bars.iter().enumerate() {
        stream.bar(0, bar, bar.open_time_ms + 3_600_000, &Given::NOTHING);
        let asked = (0..nodes.len()).filter(|place| index * 7_919 % 13 == *place);
        for place in asked {
            let bits = |value: f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
            let (ours, theirs) = (stream.value(nodes[place]), expected[place][index]);
            assert_eq!(bits(ours), bits(theirs), "{place} on bar {index}");
        }
    }
    let last_200: f64 = bars[200..].iter().map(|bar| bar.close as f64).sum();
    assert_eq!(expected[3][399], last_200);
}

#[test]
fn constants_are_brought_onto_ticks_and_prices_into_currency() {
    let values = values("a = number(close == 100)\nb = close * 1\nc = log(close)", &bars(1, 0));
    // The first close of seed 0 lies at 10,000 less some ticks.
    let close = bars(1, 0)[0].close as f64;
    assert_eq!(values[0][0], f64::from(u8::from(close == 10_000.0)));
    assert_eq!(values[1][0], close);
    assert_eq!(values[2][0], libm::log(close * 0.01));
}

#[test]
fn folds_join_what_they_go_over() {
    let bars = bars(20, 5);
    let values = values(
        "a = sum k from 0 to 3 of close[k]\nb = sum(close, 4)\n\
         c = max i from 1 to 2 of (sum k from 0 to i of close[k])",
        &bars,
    );
    for index in 3..bars.len() {
        assert_eq!(values[0][index], values[1][index]);
        let three: f64 = (0..3).map(|back| bars[index - back].close as f64).sum();
        assert_eq!(values[2][index], three);
    }
}

#[test]
fn eight_mistakes_in_nine_lines_get_eight_answers() {
    let source = "param fast = 10 from 5 to 50\n\
                  f = smaa(close, fast)\n\
                  s = sma(clsoe, 50)\n\
                  r = rsi(close)\n\
                  t = sma(close, volume)\n\
                  u = close + (f > s)\n\
                  v = close@4x\n\
                  entr long when crosses_above(f, s)\n\
                  exit long when close\n";
    assert_eq!(
        faults(source),
        [
            "2:5: UNKNOWN_FUNCTION there is no function smaa (did you mean sma?)",
            "3:9: UNKNOWN_NAME there is no clsoe (did you mean close?)",
            "4:5: ARGUMENTS rsi(x, n) takes 2 arguments, but is given 1: n is missing",
            "5:16: NOT_CONSTANT n of sma must be constant: made of numbers and parameters",
            "6:14: TYPE + takes a number, but this is a condition",
            "7:11: CLOCK 4x is neither a market of this text nor a timeframe such as 15m, 4h or 1d",
            "8:1: SYNTAX entr begins no statement (did you mean enter?)",
            "9:16: TYPE when takes a condition, but this is a number",
        ]
    );
}

#[test]
fn what_needs_itself_is_told_with_the_way_out() {
    assert_eq!(
        faults("a = b + 1\nb = a * 2\nenter long when a > 1\nexit long when a < 1"),
        ["2:5: CYCLE a needs its own value of the same bar; that of the bar before is a[1]"]
    );
}

#[test]
fn one_text_has_one_meaning_however_it_is_written() {
    let plain =
        "f = sma(close, 10)\ns = sma(close, 20)\nenter long when f > s\nexit long when f < s";
    let same = [
        "enter long when sma(close, 10) > sma(close, 20)\n\
         exit long when sma(close,10)<sma(close,20)",
        "s = sma(close, 20) # slow\nquick = sma(close, 10)\nenter long\n when quick > s\n\
         exit long when quick < s",
        "def mean(n) = sum(close, n) / n\nenter long when mean(10) > mean(20)\n\
         exit long when mean(10) < mean(20)",
    ];
    let other = [
        "enter long when sma(close, 11) > sma(close, 20)\n\
         exit long when sma(close,10)<sma(close,20)",
        "enter long when sma(close, 10) > sma(close, 20)\n\
         exit long when sma(open,10)<sma(close,20)",
        "enter short when sma(close, 10) > sma(close, 20)\n\
         exit short when sma(close,10)<sma(close,20)",
    ];
    let meaning = |source: &str| program(source).meaning;
    for source in same {
        assert_eq!(meaning(source), meaning(plain), "{source}");
    }
    for source in other {
        assert_ne!(meaning(source), meaning(plain), "{source}");
    }
}

#[test]
fn every_function_of_the_prelude_is_without_mistake() {
    use super::language::prelude;
    for (name, (arguments, _)) in &prelude().functions {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| match argument.text.as_str() {
                "x" | "y" | "a" | "b" => "close",
                "c" => "new_day",
                "g" | "l" if name == "strength" => "abs(change(close))",
                _ => "5",
            })
            .collect();
        let source = format!(
            "z = {name}({})\nenter long when is_defined(z)\nexit long when close > 1",
            arguments.join(", ")
        );
        let faults = faults(&source);
        assert!(faults.iter().all(|fault| fault.contains("MIXED_UNITS")), "{name}: {faults:?}");
    }
    for name in prelude().values.keys() {
        let source = format!("z = {name}\nenter long when is_defined(z)\nexit long when close > 1");
        assert!(faults(&source).is_empty(), "{name}: {:?}", faults(&source));
    }
}

#[test]
fn what_no_parameter_can_mend_is_told_before_anything_runs() {
    use super::compile;
    let told = |source: &str| {
        let compiled = compile(source);
        assert!(compiled.entry.is_none());
        compiled.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let orders = "enter long when close > a\nexit long when close < a";
    assert_eq!(
        told(&format!("a = sma(close, 0)\n{orders}")),
        ["1:5: RANGE n must be a whole number from 1 to 10000, but is 0"]
    );
    assert_eq!(
        told(&format!("a = sum k from 1 to 0 of close[k]\n{orders}")),
        ["1:5: RANGE a fold goes over 1 to 1000 whole numbers, but this is from 1 to 0"]
    );
    assert_eq!(
        told(&format!("a = sma(close, 3)\nstop long at highest(position.entry, 3)\n{orders}"))[0],
        "2:14: TYPE a level is worked out as its entry fills: what looks at bars before, as \
         windows and own pasts do, cannot be made of the price of that fill"
    );
}

#[test]
fn a_word_that_statements_are_made_of_names_nothing() {
    for word in ["step", "part", "when", "if", "true"] {
        let text =
            format!("{word} = close\nenter long when close > open\nexit long when close < 1");
        let told = faults(&text);
        assert!(told[0].contains(&format!("{word} is a word of the language")), "{told:?}");
    }
}
