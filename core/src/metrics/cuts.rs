//! Where a run is cut into segments, and what is noted there while it goes.

use std::sync::Arc;

use super::days::Day;
use super::drawdown::Drawdown;
use super::segments::{DayLines, Segment, Segments, TradeSums};
use super::tally::{Closing, Tally};
use crate::market::TradingDays;

/// How far a run has come among the days that it is cut at.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    /// The first day of each segment but the first, rising.
    borders: Arc<[i64]>,
    /// The segments behind, with sums from the beginning of the run, without trades and days.
    behind: Vec<Segment>,
    /// What trades came to before each border that a trade was closed after.
    trades: Vec<TradeSums>,
    /// The equity with which the segment began.
    start: i64,
    /// The first bar of the next one, where bars are laid out; found when it is asked for.
    next_bar: Option<usize>,
}

impl Cuts {
    /// Before the first bar; nothing where there is nothing to cut.
    pub(super) fn new(borders: &Arc<[i64]>, initial: i64) -> Option<Box<Self>> {
        (!borders.is_empty()).then(|| {
            Box::new(Self {
                borders: Arc::clone(borders),
                behind: Vec::with_capacity(borders.len()),
                trades: Vec::with_capacity(borders.len()),
                start: initial,
                next_bar: None,
            })
        })
    }

    /// The day of the next border; the end of time behind the last.
    pub(super) fn next_day(&self) -> i64 {
        self.borders.get(self.behind.len()).copied().unwrap_or(i64::MAX)
    }

    /// When the next border is that no trade was closed after.
    pub(super) fn next_trade_ms(&self, days: &TradingDays) -> i64 {
        self.borders.get(self.trades.len()).map_or(i64::MAX, |day| days.day_start_ms(*day))
    }

    pub(super) const fn next_bar(&mut self) -> &mut Option<usize> {
        &mut self.next_bar
    }

    /// Notes what trades came to before the next border.
    pub(super) fn note_trades(&mut self, sums: TradeSums) {
        self.trades.push(sums);
    }

    /// Ends a segment.
    fn end(&mut self, drawdown: &Drawdown, equity: i64, bars: usize, held: usize) {
        self.behind.push(Segment {
            start: self.start,
            end: equity,
            bars: bars as u64,
            held: held as u64,
            ..fallen(drawdown)
        });
        self.start = equity;
        self.next_bar = None;
    }
}

/// What a segment tells of its peaks and troughs.
fn fallen(drawdown: &Drawdown) -> Segment {
    let (least, greatest) = (drawdown.least(), drawdown.greatest());
    Segment { least, greatest, deepest: drawdown.deepest(), ..Segment::default() }
}

impl Tally {
    /// The same, cut where those days begin, which rise.
    #[must_use]
    pub fn cut_at(mut self, days: &Arc<[i64]>) -> Self {
        self.cuts = Cuts::new(days, self.frame.initial_cash);
        self.look_ahead();
        self
    }

    /// Ends all segments before that day; the next bar is of it.
    #[cold]
    pub(super) fn cut_before(&mut self, day: i64) {
        while self.next_border_day <= day {
            self.cut();
        }
    }

    /// Ends a segment with the bars so far.
    pub(super) fn cut(&mut self) {
        let Some(cuts) = &mut self.cuts else { return };
        cuts.end(&self.drawdown, self.equity, self.bars, self.exposure.held());
        self.drawdown = Drawdown::new(self.equity);
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        let (day, trade_ms) = self.cuts.as_ref().map_or((i64::MAX, i64::MAX), |cuts| {
            (cuts.next_day(), cuts.next_trade_ms(&self.frame.days))
        });
        (self.next_border_day, self.next_border_ms) = (day, trade_ms);
    }

    /// A trade is about to be counted that was closed behind a border, or several.
    #[cold]
    pub(super) fn trades_before(&mut self, exit_ms: i64) {
        while self.next_border_ms <= exit_ms {
            let sums = self.trades.sums();
            let Some(cuts) = &mut self.cuts else { return };
            cuts.note_trades(sums);
            self.next_border_ms = cuts.next_trade_ms(&self.frame.days);
        }
    }

    /// The deepest fall over all segments.
    pub(super) fn deepest(&self) -> f64 {
        let Some(cuts) = &self.cuts else { return self.drawdown.deepest() };
        let last = fallen(&self.drawdown);
        let joined = |whole: Segment, next: Segment| Segment {
            least: whole.least.min(next.least),
            greatest: whole.greatest.max(next.greatest),
            deepest: whole.deepest_with(&next),
            ..next
        };
        let all = cuts.behind.iter().copied().chain([last]);
        all.reduce(joined).map_or(0.0, |whole| whole.deepest)
    }

    /// The segments of the finished run, whose days are finished; `market` has the return of each
    /// of them of what is traded. `None` of a run that is not cut.
    pub fn segments(&self, closing: &Closing, market: &[f64]) -> Option<Segments> {
        let mut cuts = self.cuts.clone()?;
        let borders = Arc::clone(&cuts.borders);
        cuts.end(&self.drawdown, self.equity, self.bars, self.exposure.held());
        // Whoever was ruined has no more of them; else those without bars are empty.
        while !closing.bankrupt && cuts.behind.len() <= borders.len() {
            let still = Drawdown::new(self.equity);
            cuts.end(&still, self.equity, self.bars, self.exposure.held());
        }
        let mut all = cuts.behind;
        let after = all.clone();
        for (place, pair) in after.windows(2).enumerate() {
            let [before, now] = [pair[0], pair[1]];
            (all[place + 1].bars, all[place + 1].held) =
                (now.bars - before.bars, now.held - before.held);
        }
        let (last, mut before) = (self.trades.sums(), TradeSums::default());
        let count = all.len();
        for (place, segment) in all.iter_mut().enumerate() {
            // What a ruin closed may be stamped with the border behind it.
            let known = cuts.trades.get(place).filter(|_| place + 1 < count);
            let until = known.copied().unwrap_or(last);
            segment.trades = until.since(before);
            before = until;
        }
        let days_per_year = self.days_per_year(closing);
        let risk_free = self.frame.risk_free_rate.to_f64() / days_per_year;
        let returns = self.days.returns();
        let mut market = market.to_vec();
        market.resize(returns.len(), 0.0);
        let days = DayLines {
            numbers: self.days.iter().map(|day| day.number).collect(),
            excess: returns.iter().map(|value| value - risk_free).collect(),
            returns,
            market,
            exposures: self.days.iter().map(Day::exposure).collect(),
        };
        let within =
            |day: &i64| self.frame.days.day_start_ms(*day).clamp(closing.start_ms, closing.end_ms);
        let borders_ms = std::iter::once(closing.start_ms)
            .chain(borders.iter().map(within))
            .chain([closing.end_ms])
            .collect();
        let frame = self.frame.clone();
        Some(Segments { frame, borders_ms, borders, days_per_year, days, all })
    }
}
