//! Many trials over the same bars: tile by tile, so that the bars stay close.

use super::leap::{Cross, Leap};
use super::lines::{Bars, Lines, Scratch};
use super::mask::TILE_BARS;
use super::studies::Studies;
use super::tape::Tape;
use crate::engine::backtest::{Backtest, Report, RunError};
use crate::engine::ledger::Executing;
use crate::engine::meter::Meter;
use crate::simd::widest;
use crate::strategy::Rule;

/// Trials that go over a tile one after the other: their states stay in a core's cache.
const TRIALS_AT_ONCE: usize = 128;

/// A trial on its way, and what it needs of the bars.
type Walk<'b, 'a> = (Leap<'b, 'a>, Lines);

impl Backtest<'_> {
    /// The reports of strategies that are stated as rules, each as [`Self::run`] gives it; `None`
    /// for one that is not stated, or must be run bar by bar. `tape` holds the bars of the one
    /// subscription.
    ///
    /// # Errors
    ///
    /// `Stopped` if the meter says so.
    pub fn run_all(
        &self,
        tape: &Tape,
        rules: &[Option<Rule>],
        meter: &Meter,
    ) -> Result<Vec<Option<Report>>, RunError> {
        let [feed] = self.feeds.as_slice() else { return Ok(vec![None; rules.len()]) };
        let warm_bars = feed.first - feed.range.start;
        let is_same = feed.range.len() == tape.len() && warm_bars == tape.warm_bars;
        // What is charged at times of its own, or liquidated, goes bar by bar.
        let is_plain = self.charges.is_none() && self.terms.margin.is_none();
        if !is_same || !is_plain || !self.layer.is_by_price() {
            return Ok(vec![None; rules.len()]);
        }
        let bars = Bars::new(tape, feed);
        self.executing.iter().for_each(Executing::find_least);
        let studies = Studies::of(rules, bars, !self.layer.is_none(), self.terms.money);
        let mut reports = Vec::with_capacity(rules.len());
        let mut scratch = Scratch::empty();
        let at_once = studies.at_once(bars, TRIALS_AT_ONCE);
        for (first, rules) in (0..).step_by(at_once).zip(rules.chunks(at_once)) {
            rules.iter().flatten().for_each(|rule| bars.begin(rule));
            let by_bars = |place| self.bar_by_bar(&studies, first + place, bars, meter);
            let by_bars = (0..rules.len()).map(by_bars).collect::<Result<Vec<_>, RunError>>()?;
            let walk = |(place, rule): (usize, &Option<Rule>)| {
                if studies.needs_every_bar(first + place) {
                    return None;
                }
                let lines = bars.lines(rule.as_ref()?, &studies, first + place)?;
                Some((Leap::new(self, bars, rule.as_ref()?.direction, &lines), lines))
            };
            let mut walks: Vec<_> = rules.iter().enumerate().map(walk).collect();
            cross_tiles(bars, &mut walks, &mut scratch, meter)?;
            let all = walks.into_iter().zip(by_bars);
            reports.extend(all.map(|(walk, report)| report.or_else(|| walk?.0.report())));
        }
        Ok(reports)
    }

    /// The report of a trial whose orders need every bar, over what its study draws; `None` of
    /// others.
    fn bar_by_bar(
        &self,
        studies: &Studies,
        trial: usize,
        bars: Bars<'_>,
        meter: &Meter,
    ) -> Result<Option<Report>, RunError> {
        if !studies.needs_every_bar(trial) {
            return Ok(None);
        }
        let drawn = studies.drawing(trial, bars).and_then(|drawing| drawing.strategy);
        let Some(mut strategy) = drawn else { return Ok(None) };
        match self.run(strategy.as_mut(), meter, &mut ()) {
            Ok(report) => Ok(Some(report)),
            Err(RunError::Stopped) => Err(RunError::Stopped),
            // Whoever asks for it alone is told.
            Err(_) => Ok(None),
        }
    }
}

/// Takes all trials over all bars; one that needs the bar loop is let go.
fn cross_tiles(
    bars: Bars<'_>,
    walks: &mut [Option<Walk<'_, '_>>],
    scratch: &mut Scratch,
    meter: &Meter,
) -> Result<(), RunError> {
    for start in (0..bars.tape.len()).step_by(TILE_BARS) {
        if meter.is_stopping() {
            return Err(RunError::Stopped);
        }
        let tile = &(start..bars.tape.len().min(start + TILE_BARS));
        let mut trials_across = 0;
        for slot in &mut *walks {
            let Some((leap, lines)) = slot.as_mut().filter(|(leap, _)| leap.goes_on_in(tile))
            else {
                continue;
            };
            let crossed = lines
                .signals(bars, tile, scratch)
                .is_some_and(|signals| widest(Cross { leap, lines, tile, signals }).is_ok());
            if crossed {
                trials_across += 1;
            } else {
                *slot = None;
            }
        }
        let counted = tile.end.saturating_sub(tile.start.max(bars.tape.warm_bars));
        meter.add_bars(trials_across * counted as u64);
    }
    Ok(())
}
