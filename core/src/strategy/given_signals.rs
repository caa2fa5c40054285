//! Signals that an auxiliary series says, bar by bar and for all bars at once.

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::Market;
use super::direction::Signals;
use super::study::{Drawing, Line, Part, Plot, Sheet, Studied};
use crate::market::AuxSeries;

/// The columns of signals, in the order in which rules have them.
pub(super) const SIGNALS: [&str; 4] = ["enter_long", "exit_long", "enter_short", "exit_short"];
/// Bars of a word.
const WORD_BARS: usize = u64::BITS as usize;

/// Where the columns of signals stand.
pub(super) type SignalColumns = [Option<usize>; 4];

/// What some rows say at the end of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// All of them together; of two that contradict each other the later counts.
    pub signals: Signals,
    /// Rows that say something.
    pub acted: u64,
    /// Rows that would, but were known before the bar opened.
    pub stale: u64,
}

/// Where the columns of signals stand in that series.
pub(super) fn columns_of(series: &AuxSeries) -> SignalColumns {
    SIGNALS.map(|name| series.column(name))
}

/// What the rows say that became known since the bar before one that opened at that time.
pub(super) fn said(
    series: &AuxSeries,
    columns: SignalColumns,
    rows: Range<usize>,
    open_ms: i64,
) -> Said {
    let mut said = Said::default();
    for row in rows {
        let is_set = |column: Option<usize>| {
            column.is_some_and(|column| series.value(row, column) == Some(1.0))
        };
        let [enter_long, exit_long, enter_short, exit_short] = columns.map(is_set);
        let of_row = Signals { enter_long, exit_long, enter_short, exit_short };
        if of_row == Signals::default() {
            continue;
        }
        if series.known_ms()[row] < open_ms {
            said.stale += 1;
            continue;
        }
        said.acted += 1;
        said.signals = said.signals.then(of_row);
    }
    said
}

/// The signals of a series as a study; equal keys are equal rows.
#[derive(Clone)]
pub(super) struct GivenSignals {
    pub series: Arc<AuxSeries>,
    pub key: u128,
}

impl GivenSignals {
    /// All four over the bars of the sheet.
    fn lines(&self, sheet: &Sheet<'_>) -> [Line; 4] {
        let (bars, ends) = (sheet.range.len(), sheet.series.bar_ends());
        let columns = columns_of(&self.series);
        let mut holds = [(); 4].map(|()| vec![0_u64; bars.div_ceil(WORD_BARS)]);
        let mut next_row = 0;
        for (place, bar) in sheet.range.clone().enumerate() {
            let open_ms = sheet.series.bars.open_time_ms[bar];
            let (end_ms, first) = (ends.end_ms(bar, open_ms), next_row);
            while self.series.known_ms().get(next_row).is_some_and(|known| *known <= end_ms) {
                next_row += 1;
            }
            let Signals { enter_long, exit_long, enter_short, exit_short } =
                said(&self.series, columns, first..next_row, open_ms).signals;
            let all = [enter_long, exit_long, enter_short, exit_short];
            for (words, is_set) in holds.iter_mut().zip(all) {
                words[place / WORD_BARS] |= u64::from(is_set) << (place % WORD_BARS);
            }
        }
        holds.map(|holds| {
            let last = bars % WORD_BARS;
            let mut fails: Vec<u64> = holds.iter().map(|word| !word).collect();
            if let Some(word) = fails.last_mut().filter(|_| last > 0) {
                *word &= (1 << last) - 1;
            }
            Line::Condition { holds, fails }
        })
    }
}

impl Studied for GivenSignals {
    fn on(&self, _: &Market) -> Option<Box<dyn Plot>> {
        Some(Box::new(self.clone()))
    }
}

impl Plot for GivenSignals {
    fn parts(&self, tell: &mut dyn FnMut(Part<'_>)) {
        for signal in 0..SIGNALS.len() as u128 {
            tell(Part { key: self.key ^ signal, reads: &[], is_wanted: true, is_dear: true });
        }
    }

    fn mean_cross(&self) -> Option<[usize; 2]> {
        None
    }

    fn moves_stops(&self) -> bool {
        false
    }

    fn lines_kept(&self) -> usize {
        0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    // All of it is found in one pass over the rows as it is.
    fn share(&self, _: &[&dyn Plot], _: &Sheet<'_>) {}

    fn draw(&self, sheet: &Sheet<'_>) -> Drawing {
        // Found once, for all of the four that are not on the shelf.
        let lines = OnceLock::new();
        // A bit for true and one for false.
        let bytes = sheet.range.len() / 4;
        let signals = [0, 1, 2, 3].map(|signal: usize| {
            let key = self.key ^ signal as u128;
            let mut make = || lines.get_or_init(|| self.lines(sheet))[signal].clone();
            Some(if sheet.shared.contains(&key) {
                sheet.shelf.line(key, bytes, &mut make)
            } else {
                Arc::new(make())
            })
        });
        Drawing { signals, exits: None, told: None, strategy: None }
    }
}
