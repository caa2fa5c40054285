//! What a request says of the files it brings. What is declared wins over what is told.

use std::collections::BTreeMap;

use super::notation::DecimalMark;
use super::time::TimeTerms;
use crate::data::import_error::{ImportError, ImportProblem};
use crate::data::spill::Room;
use crate::market::{Decimal, Timeframe, TradingDays};

/// How a file is laid out, as far as a request says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarLayout {
    /// Our name of a column to the file's heading, its number, or `none`. With any, a file headed
    /// `ts,o,h,l,c,vol` holds plain prices and no counts of ticks.
    pub columns: BTreeMap<String, String>,
    /// How times are written, and what they mean.
    pub times: TimeTerms,
    /// The first row stands where a header usually does.
    pub has_no_header: bool,
    /// Lines at the beginning that are not looked at.
    pub skipped_lines: u64,
    /// What prices of the file are multiplied by.
    pub scale: Option<Decimal>,
    /// Which instrument of several.
    pub symbol: Option<String>,
    /// What stands before a fraction.
    pub decimal_mark: Option<DecimalMark>,
}

/// What a request says about the bars of a file.
#[derive(Clone, Debug)]
pub struct Declared {
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// Where the days of the series begin.
    pub days: TradingDays,
    /// Whether nobody has said when a day begins, so that the bars may.
    pub is_day_start_open: bool,
    /// The smallest price step; `None` takes the one that the prices lie on.
    pub price_tick: Option<Decimal>,
    /// How the file is laid out.
    pub layout: BarLayout,
    /// Bars that end after this are not over yet and are dropped; `None` takes all.
    pub now_ms: Option<i64>,
    /// The most rows that are taken as bars or trades, of all files of an import.
    pub bars_max: u64,
    /// How many the files before this one had.
    pub bars_before: u64,
    /// Where bars go that are too many for memory.
    pub room: Room,
}

impl Declared {
    /// Nothing but a timeframe.
    pub fn of(timeframe: Timeframe) -> Self {
        let (days, layout) = (TradingDays::UTC, BarLayout::default());
        let is_day_start_open = true;
        let (price_tick, now_ms, bars_max) = (None, None, u64::MAX);
        let bars_before = 0;
        Self {
            timeframe,
            days,
            is_day_start_open,
            price_tick,
            layout,
            now_ms,
            bars_max,
            bars_before,
            room: Room::memory(),
        }
    }

    /// Refuses a file that has so many rows.
    pub(in crate::data) const fn check_count(&self, rows: u64) -> Result<(), ImportProblem> {
        if self.bars_before.saturating_add(rows) > self.bars_max {
            return Err(ImportProblem::TooManyBars { most: self.bars_max });
        }
        Ok(())
    }

    /// Refuses a tick or a scale that nothing can be counted in.
    pub(in crate::data) fn check(&self) -> Result<(), ImportError> {
        for (name, value) in [("price_tick", self.price_tick), ("scale", self.layout.scale)] {
            if let Some(value) = value.filter(|value| !value.is_positive()) {
                let problem = ImportProblem::UnitNotPositive { name, value };
                return Err(ImportError::of_request(problem));
            }
        }
        Ok(())
    }
}
