//! Where a run is cut into segments, and what is noted there while it goes.

use std::sync::Arc;

use super::drawdown::Drawdown;
use super::segments::{Border, Segment, Segments, TradeSums};
use super::tally::{Closing, Tally};

/// How far a run has come among the days that it is cut at.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    /// Where each segment begins but the first, rising.
    borders: Arc<[Border]>,
    /// The segments behind, with sums from the beginning of the run, without trades and days.
    behind: Vec<Segment>,
    /// What trades came to before each border that a trade was closed after.
    trades: Vec<TradeSums>,
    /// The equity with which the segment began.
    start: i64,
    /// Whether each segment has peaks and troughs of its own.
    knows_falls: bool,
}

impl Cuts {
    /// Before the first bar; nothing where there is nothing to cut.
    fn new(borders: &Arc<[Border]>, initial: i64, knows_falls: bool) -> Option<Box<Self>> {
        (!borders.is_empty()).then(|| {
            Box::new(Self {
                borders: Arc::clone(borders),
                behind: Vec::with_capacity(borders.len() + 1),
                trades: Vec::with_capacity(borders.len()),
                start: initial,
                knows_falls,
            })
        })
    }

    /// The day of the next border; the end of time behind the last.
    pub(super) fn next_day(&self) -> i64 {
        self.borders.get(self.behind.len()).map_or(i64::MAX, |border| border.day)
    }

    /// When the next border is that no trade was closed after.
    pub(super) fn next_trade_ms(&self) -> i64 {
        self.borders.get(self.trades.len()).map_or(i64::MAX, |border| border.start_ms)
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
    }
}

impl Cuts {
    /// Makes sums from the beginning of the run those of each segment; of trades there were `last`
    /// in the end.
    fn part(&mut self, last: TradeSums) {
        let (mut bars, mut held, mut trades) = (0, 0, TradeSums::default());
        let count = self.behind.len();
        for (place, segment) in self.behind.iter_mut().enumerate() {
            // What a ruin closed may be stamped with the border behind it.
            let known = self.trades.get(place).filter(|_| place + 1 < count);
            let until = known.copied().unwrap_or(last);
            segment.trades = until.since(trades);
            trades = until;
            (segment.bars, bars) = (segment.bars - bars, segment.bars);
            (segment.held, held) = (segment.held - held, segment.held);
        }
    }
}

/// What a segment tells of its peaks and troughs.
fn fallen(drawdown: &Drawdown) -> Segment {
    let (least, greatest) = (drawdown.least(), drawdown.greatest());
    Segment { least, greatest, deepest: drawdown.deepest(), ..Segment::default() }
}

impl Tally {
    /// The same, cut there, in rising order; whether segments know how deep they fell.
    #[must_use]
    pub fn cut_at(mut self, borders: &Arc<[Border]>, knows_falls: bool) -> Self {
        self.cuts = Cuts::new(borders, self.frame.initial_cash, knows_falls);
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
        if cuts.knows_falls {
            self.drawdown = Drawdown::new(self.equity);
        }
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        let (day, trade_ms) = self
            .cuts
            .as_ref()
            .map_or((i64::MAX, i64::MAX), |cuts| (cuts.next_day(), cuts.next_trade_ms()));
        (self.next_border_day, self.next_border_ms) = (day, trade_ms);
        self.next_border_bar = if day == i64::MAX { usize::MAX } else { 0 };
    }

    /// A trade is about to be counted that was closed behind a border, or several.
    #[cold]
    pub(super) fn trades_before(&mut self, exit_ms: i64) {
        while self.next_border_ms <= exit_ms {
            let sums = self.trades.sums();
            let Some(cuts) = &mut self.cuts else { return };
            cuts.note_trades(sums);
            self.next_border_ms = cuts.next_trade_ms();
        }
    }

    /// The deepest fall over all segments.
    pub(super) fn deepest(&self) -> f64 {
        let Some(cuts) = self.cuts.as_ref().filter(|cuts| cuts.knows_falls) else {
            return self.drawdown.deepest();
        };
        let last = fallen(&self.drawdown);
        let all = cuts.behind.iter().copied().chain([last]);
        all.reduce(Segment::fallen_with).map_or(0.0, |whole| whole.deepest)
    }

    /// The segments of the finished run, whose days are finished, have those returns, and those of
    /// what is traded. `None` of a run that is not cut.
    pub(super) fn segments(
        self,
        closing: &Closing,
        returns: Vec<f64>,
        market: &Arc<[f64]>,
    ) -> Option<Segments> {
        let days_per_year = self.days_per_year(closing);
        let mut cuts = self.cuts?;
        cuts.end(&self.drawdown, self.equity, self.bars, self.exposure.held());
        // Whoever was ruined has no more of them; else those without bars are empty.
        while !closing.bankrupt && cuts.behind.len() <= cuts.borders.len() {
            let still = Drawdown::new(self.equity);
            cuts.end(&still, self.equity, self.bars, self.exposure.held());
        }
        cuts.part(self.trades.sums());
        Some(Segments {
            frame: self.frame,
            start_ms: closing.start_ms,
            end_ms: closing.end_ms,
            borders: cuts.borders,
            days_per_year,
            days: self.days,
            returns,
            market: Arc::clone(market),
            knows_falls: cuts.knows_falls,
            all: cuts.behind,
        })
    }
}
