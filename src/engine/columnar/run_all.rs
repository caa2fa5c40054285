//! Many trials over the same bars: tile by tile, so that the bars stay close.

use super::leap::Leap;
use super::mask::TILE_BARS;
use super::signals::Scratch;
use super::tape::Tape;
use crate::engine::backtest::{Backtest, Report, RunError};
use crate::engine::meter::Meter;
use crate::strategy::Rule;

/// Trials that go over a tile one after the other: their states stay in a core's cache.
const TRIALS_AT_ONCE: usize = 32;

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
        let mut reports = Vec::with_capacity(rules.len());
        let mut scratch = Scratch::empty();
        for rules in rules.chunks(TRIALS_AT_ONCE) {
            let is_one = self.feeds.len() == 1 && self.feeds[0].range.len() == tape.len();
            let leap = |rule: &Option<Rule>| {
                rule.filter(|_| is_one).map(|rule| Leap::new(self, tape, rule))
            };
            let mut leaps: Vec<_> = rules.iter().map(leap).collect();
            self.cross_tiles(tape, &mut leaps, &mut scratch, meter)?;
            reports.extend(leaps.into_iter().map(|leap| leap?.report()));
        }
        Ok(reports)
    }

    /// Takes all trials over all bars; one that needs the bar loop is let go.
    fn cross_tiles<'b>(
        &'b self,
        tape: &'b Tape,
        leaps: &mut [Option<Leap<'b, '_>>],
        scratch: &mut Scratch,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let closes = &self.feeds[0].series.bars.close[self.feeds[0].range.clone()];
        for start in (0..tape.len()).step_by(TILE_BARS) {
            if meter.is_stopping() {
                return Err(RunError::Stopped);
            }
            let tile = start..tape.len().min(start + TILE_BARS);
            for slot in &mut *leaps {
                let Some(leap) = slot.as_mut().filter(|leap| !leap.is_over()) else { continue };
                let crossed = scratch
                    .signals(leap.rule.signal, tape, closes, &tile)
                    .is_some_and(|signals| leap.cross(&tile, &signals).is_ok());
                if !crossed {
                    *slot = None;
                }
            }
        }
        Ok(())
    }
}
