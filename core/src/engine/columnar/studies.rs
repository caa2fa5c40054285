//! Studies of a group of trials over the bars of a run: which of their lines are kept for others.

use std::collections::HashSet;
use std::sync::Arc;

use super::lines::Bars;
use super::sharing::shared;
use super::shelf::Shelf;
use crate::market::MoneyUnit;
use crate::strategy::{Drawing, Keep, Line, Market, Plot, Rule, Sheet, Signal};

/// Bytes of what the trials of a group keep for themselves.
const GROUP_BYTES_MAX: usize = 64 << 20;
/// Below this, products of a close and two lengths are whole numbers of a double with room for the
/// rounding of two divisions: means compare as the whole numbers do.
const EXACT_MAX: f64 = (1_u64 << 52) as f64;

/// The plots of some trials, by their place; none where there is no study.
pub(super) struct Studies {
    plots: Vec<Option<Box<dyn Plot>>>,
    shared: HashSet<u128>,
}

impl Keep for Shelf<u128, Arc<Line>> {
    fn known(&self, key: u128) -> Option<Arc<Line>> {
        self.known(&key)
    }

    fn line(&self, key: u128, bytes: usize, make: &mut dyn FnMut() -> Line) -> Arc<Line> {
        Arc::clone(&*self.item(key, bytes, || Arc::new(make())))
    }
}

impl Studies {
    /// Stops that move beside those of the run's terms are left to the bar loop.
    pub(super) fn of(
        rules: &[Option<Rule>],
        bars: Bars<'_>,
        has_terms: bool,
        money: MoneyUnit,
    ) -> Self {
        let is_left = |plot: &dyn Plot| has_terms && plot.moves_stops();
        let market =
            || Market { units: bars.series.units, money, days: Arc::new(bars.series.days.clone()) };
        let mut made = None;
        let plots: Vec<_> = rules
            .iter()
            .map(|rule| match &rule.as_ref()?.signal {
                Signal::Study(study) => {
                    study.0.on(made.get_or_insert_with(market)).filter(|plot| !is_left(&**plot))
                }
                _ => None,
            })
            .collect();
        let shared = shared(plots.iter().flatten());
        let this = Self { plots, shared };
        this.share(bars);
        this
    }

    /// Makes what is shared, but for trials that have something quicker.
    fn share(&self, bars: Bars<'_>) {
        let is_drawn = |trial: &usize| self.known(*trial, bars).is_none();
        let drawn = (0..self.plots.len()).filter(is_drawn);
        let drawn: Vec<&dyn Plot> =
            drawn.filter_map(|trial| self.plots[trial].as_deref()).collect();
        if let Some(first) = drawn.first() {
            let range = &(bars.origin..bars.origin + bars.tape.len());
            let (shelf, shared) = (&bars.tape.lines, &self.shared);
            first.share(&drawn, &Sheet { series: bars.series, range, shelf, shared });
        }
    }

    /// The quicker signal that says the same over these bars, if there is one.
    pub(super) fn known(&self, trial: usize, bars: Bars<'_>) -> Option<Signal> {
        let [fast, slow] = self.plots.get(trial)?.as_ref()?.mean_cross()?;
        let product = bars.tape.greatest_close(bars.closes()) as f64 * fast as f64 * slow as f64;
        (product < EXACT_MAX).then_some(Signal::MeanCross { fast, slow })
    }

    /// Whether the orders of a trial need every bar.
    pub(super) fn needs_every_bar(&self, trial: usize) -> bool {
        let plot = self.plots.get(trial).and_then(Option::as_ref);
        plot.is_some_and(|plot| plot.needs_every_bar())
    }

    /// The study of a trial over all bars.
    pub(super) fn drawing(&self, trial: usize, bars: Bars<'_>) -> Option<Drawing> {
        let plot = self.plots.get(trial)?.as_ref()?;
        let range = &(bars.origin..bars.origin + bars.tape.len());
        let (shelf, shared) = (&bars.tape.lines, &self.shared);
        Some(plot.draw(&Sheet { series: bars.series, range, shelf, shared }))
    }

    /// Trials that may be on their way together, at most so many.
    pub(super) fn at_once(&self, bars: Bars<'_>, most: usize) -> usize {
        let kept = self.plots.iter().flatten().map(|plot| plot.lines_kept()).max();
        let Some(kept) = kept else { return most };
        // Four signals, each of two bits a bar, and numbers.
        let bytes = (1 + size_of::<f64>() * kept) * bars.tape.len();
        (GROUP_BYTES_MAX / bytes.max(1)).clamp(1, most)
    }
}
