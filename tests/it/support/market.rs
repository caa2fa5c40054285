//! Markets small enough to compute by hand, as the text that an import takes.

use std::fmt::Write as _;

use tradeforge::pb;

/// 2025-01-01, where every market here begins.
pub(crate) const START_MS: i64 = 1_735_689_600_000;
/// How long each bar lasts.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// One-minute bars; prices are whole cents: open, high, low, close.
#[derive(Clone)]
pub(crate) struct Market {
    bars: Vec<[i64; 4]>,
    first: i64,
}

impl Market {
    /// These very bars.
    pub(crate) fn of(bars: &[[i64; 4]]) -> Self {
        Self { bars: bars.to_vec(), first: 0 }
    }

    /// Bars that open at the close before and go straight to these closes.
    pub(crate) fn of_closes(closes: impl IntoIterator<Item = i64>) -> Self {
        let mut bars = Vec::new();
        let mut before = None;
        for close in closes {
            let open = before.unwrap_or(close);
            bars.push([open, open.max(close), open.min(close), close]);
            before = Some(close);
        }
        Self { bars, first: 0 }
    }

    /// Up by ten cents a bar.
    pub(crate) fn rising(bars: i64) -> Self {
        Self::of_closes((0..bars).map(|bar| 10_000 + 10 * bar))
    }

    /// Up for seven bars and down for seven: averages cross all the time.
    pub(crate) fn wavy(bars: i64) -> Self {
        Self::of_closes((0..bars).map(|bar| {
            let phase = bar % 14;
            10_000 + 25 * phase.min(14 - phase) + bar % 3
        }))
    }

    /// The same bars, that many minutes later.
    pub(crate) fn later(mut self, minutes: i64) -> Self {
        self.first += minutes;
        self
    }

    /// Without a heading: what follows another market's text.
    pub(crate) fn rows(&self) -> String {
        let mut text = String::new();
        for (minute, [open, high, low, close]) in (self.first..).zip(&self.bars) {
            let time = START_MS + minute * MINUTE_MS;
            let [open, high, low, close] = [open, high, low, close].map(|cents| price(*cents));
            _ = writeln!(text, "{time},{open},{high},{low},{close},1");
        }
        text
    }

    /// The whole file.
    pub(crate) fn csv(&self) -> String {
        format!("timestamp_ms,open,high,low,close,volume\n{}", self.rows())
    }
}

fn price(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The series `TEST:symbol@1m`.
pub(crate) fn series(symbol: &str) -> pb::SeriesSpec {
    pb::SeriesSpec {
        exchange: "TEST".into(),
        symbol: symbol.into(),
        timeframe: "1m".into(),
        ..pb::SeriesSpec::default()
    }
}
