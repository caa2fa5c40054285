//! The law of this folder: over all bars at once and bar by bar, every definition of every program
//! has the same value on every bar, whatever is shared.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::super::check::check;
use super::super::graph::{Setting, build};
use super::super::moment::Given;
use super::super::rows::Sources;
use super::super::stream::Stream;
use super::Plotted;
use super::programs::{Author, cases};
use crate::market::{
    AuxColumn, AuxName, AuxSeries, Bar, Calendar, Columns, Series, TradingDays, Units,
};
use crate::strategy::{AuxFeed, Keep, Line, Sheet};

/// Keeps everything.
#[derive(Default)]
struct Drawer {
    lines: Mutex<HashMap<u128, Arc<Line>>>,
}

impl Keep for Drawer {
    fn known(&self, key: u128) -> Option<Arc<Line>> {
        self.lines.lock().unwrap().get(&key).cloned()
    }

    fn line(&self, key: u128, _: usize, make: &mut dyn FnMut() -> Line) -> Arc<Line> {
        let known = self.lines.lock().unwrap().get(&key).cloned();
        known.unwrap_or_else(|| {
            let line = Arc::new(make());
            self.lines.lock().unwrap().insert(key, Arc::clone(&line));
            line
        })
    }
}

/// Hours with ties, gaps in time and bars without volume.
fn series(moves: &[(i8, u8)]) -> Series {
    let (mut bars, mut close, mut open_time_ms) = (Columns::default(), 200_i64, 0);
    for (step, noise) in moves {
        let open = close;
        close = (close + i64::from(*step)).max(1);
        let (high, low) = (
            open.max(close) + i64::from(noise % 4),
            (open.min(close) - i64::from(noise % 3)).max(1),
        );
        let volume = f64::from(noise % 5);
        bars.push(Bar { open_time_ms, open, high, low, close, volume });
        open_time_ms += 3_600_000 * if *noise > 250 { 30 } else { 1 };
    }
    let units = Units::with_default_step("0.01".parse().unwrap());
    let timeframe = "1h".parse().unwrap();
    Series { timeframe, units, calendar: Calendar::AlwaysOpen, days: TradingDays::UTC, bars }
}

/// Rows that some bars know several of, and others none.
fn rows(seed: u64) -> Arc<AuxSeries> {
    let mut columns = ["a", "b"].map(|it| AuxColumn::with_capacity(AuxName::new(it).unwrap(), 9));
    let mut known_ms = Vec::new();
    for row in 0..200_i64 {
        let noise = (row + 1) * 7_919 + (seed % 1_000) as i64 * 104_729;
        known_ms.push(known_ms.last().unwrap_or(&0) + 1 + noise % 9_000_000);
        for (column, salt) in columns.iter_mut().zip([3, 5]) {
            let value = noise / salt % 11;
            column.push((value > 0).then_some(value as f64 - 4.0));
        }
    }
    Arc::new(AuxSeries::new(known_ms, columns.into()).unwrap())
}

fn at(line: &Line, bar: usize) -> Option<f64> {
    match line {
        Line::Numbers(values) => Some(values[bar]).filter(|value| !value.is_nan()),
        Line::Condition { holds, fails } => {
            let is_in = |words: &[u64]| words[bar / 64] >> (bar % 64) & 1 == 1;
            assert!(!(is_in(holds) && is_in(fails)));
            is_in(holds).then_some(1.0).or_else(|| is_in(fails).then_some(0.0))
        }
    }
}

fn check_all(seed: u64, series: &Series, from: usize, share: u8) -> Result<(), TestCaseError> {
    let text = Author(seed).definitions() + "enter long when d0 > d1 and c\nexit long when d2 > 1";
    // A third of them read rows of an auxiliary series.
    let text = match seed % 3 {
        0 => format!("aux s\n{}", text.replace("volume", "s.a").replace("weekday", "s.b")),
        _ => text,
    };
    let checked = check(&text);
    let Some(program) = checked.program else {
        // Some are too large, or divide units that have no quotient.
        return Ok(());
    };
    let setting = Setting { params: &[3.0, 2.0], ticks: &[series.units.price_tick] };
    let roots = program.definitions.iter().map(|(_, node)| *node);
    let Ok((graph, nodes)) = build(&program.template, setting, roots) else { return Ok(()) };
    let range = from.min(series.bars.len())..series.bars.len();
    let clocks = &program.template.clocks;
    let template = &program.template;
    let feeds = [AuxFeed { name: "s".to_owned(), series: rows(seed), instrument: None, key: 3 }];
    let sources = Sources::of(&template.auxes, &template.texts, &feeds);
    let stream = Stream::new(&graph, clocks, &template.texts, vec![Arc::default()]);
    let plotted = Plotted::of_nodes(graph, clocks, sources.clone(), nodes.clone());
    let mut shared = HashSet::new();
    plotted.tell_keys(&mut |key| {
        if key as u8 % 4 < share {
            shared.insert(key);
        }
    });
    let drawer = Drawer::default();
    let sheet = Sheet { series, range: &range, shelf: &drawer, shared: &shared };
    // The second time all that is shared is there.
    for _ in 0..2 {
        let lines = plotted.lines(&nodes, &sheet);
        let mut stream = stream.clone();
        for bar in range.clone() {
            let whole = series.bars.bar(bar);
            let end_ms = whole.open_time_ms + 3_600_000;
            let given = Given { rows: &sources.known(end_ms), ..Given::NOTHING };
            stream.bar(0, &whole, end_ms, &given);
            for ((name, _), (node, line)) in
                program.definitions.iter().zip(nodes.iter().zip(&lines))
            {
                let expected = Some(stream.value(*node)).filter(|value| !value.is_nan());
                let bits = |value: Option<f64>| value.map(|value| (value + 0.0).to_bits());
                prop_assert_eq!(
                    bits(at(line, bar - range.start)),
                    bits(expected),
                    "{} on bar {} of\n{}",
                    name,
                    bar,
                    &text
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(3_000), ..ProptestConfig::default() })]

    #[test]
    fn every_definition_is_the_same_over_all_bars_as_bar_by_bar(
        seed in any::<u64>(),
        moves in prop::collection::vec((-9_i8..=9, any::<u8>()), 0..300),
        from in 0_usize..40,
        share in 0_u8..=4,
    ) {
        check_all(seed, &series(&moves), from, share)?;
    }
}

#[test]
fn most_random_programs_are_programs() {
    let taken = (0..400).filter(|seed| {
        let text = Author(seed * 7_919).program();
        super::super::compile(&text).entry.is_some()
    });
    assert!(taken.count() > 200);
}
