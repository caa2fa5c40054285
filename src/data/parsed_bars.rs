//! The bars of one source, valid by themselves. Knows no file format.

use super::import_error::{ImportError, ImportProblem};
use super::lines::LineMap;
use super::reading::BarColumn;
use super::spill::BarColumns;
use crate::market::{Columns, Decimal, Timeframe};

/// The bars of one source, valid by themselves.
#[derive(Debug)]
pub struct ParsedBars {
    /// The source, by the name that the caller gave it.
    pub source_name: String,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What the prices count: the declared tick, else the one that they lie on.
    pub price_unit: Decimal,
    /// The bars, at least one, prices in `price_unit`.
    pub bars: BarColumns,
    /// Whether the source has volumes; without, they are 0.
    pub has_volume: bool,
    /// The minute at which days must begin for its bars to open with buckets, if that was found.
    pub day_start: Option<u16>,
    /// How the source was read, in a few words each.
    pub understood: Vec<String>,
    /// What is allowed but perhaps not meant, in sentences.
    pub warnings: Vec<String>,
    pub(super) lines: LineMap,
}

impl ParsedBars {
    /// The line of the source in which the bar at `index` stands.
    pub fn line(&self, index: usize) -> u64 {
        self.lines.line(index)
    }

    /// All bars in memory.
    pub fn columns(&self) -> Columns {
        self.bars.some(0, self.bars.len())
    }

    /// The close of the first bar.
    pub(super) fn first_close(&self) -> Decimal {
        let [.., close] = &self.bars.prices;
        let close = close.first().unwrap_or(0);
        price_of(close, self.price_unit).unwrap_or(Decimal::ZERO)
    }

    /// The greatest price; zero without bars.
    pub(super) fn greatest_price(&self) -> Decimal {
        greatest_price(&self.bars, self.price_unit)
    }

    /// Counts the prices anew, in `tick`.
    pub(super) fn count_in(&mut self, tick: Decimal) -> Result<(), ImportError> {
        if let Some((index, column, count)) = count_anew(&mut self.bars, self.price_unit, tick) {
            return Err(self.uncountable(index, column, count, tick));
        }
        self.price_unit = tick;
        Ok(())
    }

    /// Why the price of `count` units is no count of ticks.
    fn uncountable(
        &self,
        index: usize,
        column: BarColumn,
        count: i64,
        tick: Decimal,
    ) -> ImportError {
        let problem = uncountable(count, self.price_unit, tick);
        let at_line = ImportError::at_line(&self.source_name, self.line(index), problem);
        ImportError { column: Some(column.name().to_owned()), ..at_line }
    }
}

/// Counts prices anew, in `tick` instead of `unit`; names the first that is no count.
pub(super) fn count_anew(
    bars: &mut BarColumns,
    unit: Decimal,
    tick: Decimal,
) -> Option<(usize, BarColumn, i64)> {
    if unit == tick {
        return None;
    }
    let factor = unit.count_of(tick);
    let counted = |count: i64| match factor {
        Some(factor) => count.checked_mul(factor),
        None => price_of(count, unit)?.count_of(tick),
    };
    let mut first: Option<(usize, BarColumn, i64)> = None;
    for (prices, column) in bars.prices.iter_mut().zip(BarColumn::PRICES) {
        let counted = prices.update(|row, count| counted(count).ok_or((row, count)));
        if let Err((row, count)) = counted
            && first.is_none_or(|(other, ..)| row < other)
        {
            first = Some((row, column, count));
        }
    }
    first
}

/// What is wrong with `count` units as a count of ticks.
pub(super) fn uncountable(count: i64, unit: Decimal, tick: Decimal) -> ImportProblem {
    let price = price_of(count, unit).unwrap_or(Decimal::ZERO);
    match unit.count_of(tick) {
        Some(_) => ImportProblem::PriceTooLarge { price, unit: tick },
        None => ImportProblem::OffTick { price, tick },
    }
}

/// The price of that many units; `None` if it does not fit.
pub(super) fn price_of(count: i64, unit: Decimal) -> Option<Decimal> {
    Decimal::new(count.checked_mul(unit.mantissa())?, unit.scale())
}

/// The greatest price of bars that count in `unit`; zero without bars, and the greatest decimal if
/// it does not fit.
pub(super) fn greatest_price(bars: &BarColumns, unit: Decimal) -> Decimal {
    let [_, high, ..] = &bars.prices;
    let greatest = high.iter().max().unwrap_or(0);
    price_of(greatest, unit).or_else(|| Decimal::new(i64::MAX, 0)).unwrap_or(Decimal::ZERO)
}
