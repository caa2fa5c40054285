//! What holds of the segments of a run, wherever it is cut.

use std::sync::Arc;

use proptest::prelude::*;

use super::equality::{borders_in, markets};
use crate::engine::chaos::{picks, simulations_with_terms, strategy_of};
use crate::engine::{Backtest, Meter, Report, Subscribed};
use crate::market::{Instrument, Series};
use crate::metrics::{Metric, Metrics, OF_FALLS, OF_SEGMENTS, Segments};
use crate::trading::Simulation;

const CASES: u32 = 2_000;

fn run(
    series: &Series,
    simulation: &Simulation,
    (pick, seed): (usize, u64),
    (borders, knows_falls): (Arc<[i64]>, bool),
) -> Option<Report> {
    let instrument = Instrument::new("TEST", "CUT").unwrap();
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest = Backtest::new(simulation, &subscribed).unwrap().cut_at(&borders);
    let backtest = if knows_falls { backtest } else { backtest.without_falls() };
    // What outgrows 64 bits has no report, cut or not.
    backtest.run(strategy_of(pick, seed).as_mut(), &Meter::default(), &mut ()).ok()
}

/// That both tell the same.
fn check_same(found: &Metrics, expected: &Metrics) -> Result<(), TestCaseError> {
    // Here holding is what the days of the market come to, and not its first open and last close.
    for metric in OF_SEGMENTS.into_iter().filter(|it| *it != Metric::BuyHoldReturn) {
        let (found, value) = (found.value(metric), expected.value(metric));
        let near = match (found, value) {
            (Some(found), Some(value)) => (found - value).abs() <= 1e-12 * value.abs().max(1.0),
            (found, value) => found == value,
        };
        prop_assert!(near, "{}: {found:?} is not {value:?}", metric.name());
    }
    Ok(())
}

/// Whoever asks for one metric is told what whoever asks for all is.
fn one_by_one_is_together(segments: &Segments) -> Result<(), TestCaseError> {
    for first in 0..=segments.len() {
        for after in first..=segments.len() + 1 {
            let all = segments.metrics(first..after);
            for metric in OF_SEGMENTS {
                let part = segments.together(first..after);
                let alone = part.as_ref().map(|part| part.metric(metric));
                prop_assert_eq!(alone, all.as_ref().map(|all| all.value(metric)));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn a_run_is_the_same_wherever_it_is_cut_and_all_its_segments_together_are_the_whole(
        series in markets(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..9),
    ) {
        let whole = run(&series, &simulation, strategy, (Arc::default(), true));
        let borders = borders_in(&series, &cuts);
        let cut = run(&series, &simulation, strategy, (Arc::clone(&borders), true));
        prop_assert_eq!(whole.is_some(), cut.is_some());
        let (Some(whole), Some(cut)) = (whole, cut) else { return Ok(()) };
        prop_assert_eq!(&whole.metrics, &cut.metrics);
        let segments = cut.segments.unwrap();
        let is_ruined = whole.metrics.value(Metric::Bankrupt) == Some(1.0);
        prop_assert!(is_ruined || segments.len() == borders.len() + 1);
        let together = segments.metrics(0..segments.len()).unwrap();
        one_by_one_is_together(&segments)?;
        check_same(&together, &whole.metrics)?;
    }

    /// Merging what lies between two borders is the same as not cutting there.
    #[test]
    fn neighbouring_segments_together_are_the_segment_that_they_were_cut_from(
        series in markets(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 3..9),
    ) {
        let fine = borders_in(&series, &cuts);
        let coarse: Arc<[i64]> = fine.iter().copied().step_by(2).collect();
        let cut_at = |days| run(&series, &simulation, strategy, (days, true))?.segments;
        let (Some(all), Some(few)) = (cut_at(Arc::clone(&fine)), cut_at(coarse)) else {
            return Ok(());
        };
        for place in 0..few.len() {
            let first = if place == 0 { 0 } else { 2 * place - 1 };
            let after = (2 * place + 1).min(fine.len() + 1).min(all.len());
            // No other border matters, to the bit.
            prop_assert_eq!(all.metrics(first..after), few.metrics(place..place + 1));
        }
    }

    /// Whoever does not ask how deep segments fell is told the same of all else.
    #[test]
    fn without_falls_all_but_these_is_the_same(
        series in markets(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..9),
    ) {
        let borders = borders_in(&series, &cuts);
        let cut_at = |falls| run(&series, &simulation, strategy, (Arc::clone(&borders), falls));
        let (Some(full), Some(lean)) = (cut_at(true), cut_at(false)) else { return Ok(()) };
        prop_assert_eq!(&full.metrics, &lean.metrics);
        let (full, lean) = (full.segments.unwrap(), lean.segments.unwrap());
        prop_assert_eq!(full.len(), lean.len());
        for first in 0..full.len() {
            let mut expected = full.metrics(first..full.len());
            if let Some(all) = &mut expected {
                for metric in OF_FALLS {
                    all.set(metric, None);
                }
            }
            prop_assert_eq!(expected, lean.metrics(first..full.len()));
        }
    }
}
