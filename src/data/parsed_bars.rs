//! The bars of one source, checked row by row while they come in. Knows no file format.

use super::header::BarColumn;
use super::import_error::{ImportError, ImportProblem};
use super::price_column::PriceColumns;
use crate::market::{Columns, Decimal, Timeframe, TradingDays};

/// The bars of one source, valid by themselves.
#[derive(Debug)]
pub struct ParsedBars {
    /// The source, by the name that the caller gave it.
    pub source_name: String,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What the prices count: the declared tick, else the finest decimal found.
    pub price_unit: Decimal,
    /// The bars, at least one, prices in `price_unit`.
    pub bars: Columns,
    /// Whether the source has volumes; without, they are 0.
    pub has_volume: bool,
    lines: LineMap,
}

impl ParsedBars {
    /// The line of the source in which the bar at `index` stands.
    pub fn line(&self, index: usize) -> u64 {
        self.lines.line(index)
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

/// Counts prices anew, in `tick` instead of `unit`; stops at the first that is no count, and names
/// it.
pub(super) fn count_anew(
    bars: &mut Columns,
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
    replace_prices(bars, counted)
}

/// What is wrong with `count` units as a count of ticks.
pub(super) fn uncountable(count: i64, unit: Decimal, tick: Decimal) -> ImportProblem {
    let price = price_of(count, unit).unwrap_or(Decimal::ZERO);
    match unit.count_of(tick) {
        Some(_) => ImportProblem::PriceTooLarge { price, unit: tick },
        None => ImportProblem::OffTick { price, tick },
    }
}

/// Puts `counted` of every price in its place; stops at the first that has none, and names it.
fn replace_prices(
    bars: &mut Columns,
    counted: impl Fn(i64) -> Option<i64>,
) -> Option<(usize, BarColumn, i64)> {
    let Columns { open, high, low, close, .. } = bars;
    let mut columns = [open, high, low, close];
    for index in 0..columns[0].len() {
        for (prices, column) in columns.iter_mut().zip(BarColumn::PRICES) {
            let price = &mut prices[index];
            match counted(*price) {
                Some(ticks) => *price = ticks,
                None => return Some((index, column, *price)),
            }
        }
    }
    None
}

/// The price of that many units; `None` if it does not fit.
pub(super) fn price_of(count: i64, unit: Decimal) -> Option<Decimal> {
    Decimal::new(count.checked_mul(unit.mantissa())?, unit.scale())
}

/// One row as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) open_time_ms: i64,
    /// Open, high, low, close.
    pub(super) prices: [Decimal; 4],
    /// Finite.
    pub(super) volume: f64,
}

/// What is wrong with a row, and in which column if it is one.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) column: Option<BarColumn>,
    pub(super) problem: ImportProblem,
}

impl Fault {
    pub(super) const fn of_row(problem: ImportProblem) -> Self {
        Self { column: None, problem }
    }

    pub(super) const fn of(column: BarColumn, problem: ImportProblem) -> Self {
        Self { column: Some(column), problem }
    }
}

/// Takes rows in and refuses the first that no valid series can hold.
#[derive(Debug)]
pub(super) struct BarCollector {
    timeframe: Timeframe,
    open_times_ms: Vec<i64>,
    prices: PriceColumns,
    volumes: Vec<f64>,
    lines: LineMap,
}

impl BarCollector {
    /// A collector without rows; a declared tick must be above zero.
    pub(super) fn new(timeframe: Timeframe, price_tick: Option<Decimal>) -> Self {
        Self {
            timeframe,
            open_times_ms: Vec::new(),
            prices: PriceColumns::new(price_tick),
            volumes: Vec::new(),
            lines: LineMap::default(),
        }
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: &Row) -> Result<(), Fault> {
        self.check_time(row.open_time_ms).map_err(|why| Fault::of(BarColumn::OpenTime, why))?;
        let counts = self
            .prices
            .push(row.prices)
            .map_err(|(index, why)| Fault::of(BarColumn::PRICES[index], why))?;
        check_extremes(counts, row.prices)?;
        if row.volume < 0.0 {
            let volume = row.volume;
            return Err(Fault::of(BarColumn::Volume, ImportProblem::NegativeVolume { volume }));
        }
        self.lines.push(self.open_times_ms.len(), row.line);
        self.open_times_ms.push(row.open_time_ms);
        self.volumes.push(row.volume);
        Ok(())
    }

    fn check_time(&self, time_ms: i64) -> Result<(), ImportProblem> {
        let timeframe = self.timeframe;
        if let Some(&before) = self.open_times_ms.last() {
            if time_ms == before {
                return Err(ImportProblem::DuplicateTime { time_ms });
            }
            if time_ms < before {
                return Err(ImportProblem::NotAscending { time_ms });
            }
        }
        if TradingDays::UTC.bucket(timeframe, time_ms).start != time_ms {
            return Err(ImportProblem::OffGrid { time_ms, timeframe });
        }
        Ok(())
    }

    /// The bars, if there are any.
    pub(super) fn finish(
        mut self,
        source_name: &str,
        has_volume: bool,
    ) -> Result<ParsedBars, ImportProblem> {
        if self.open_times_ms.is_empty() {
            return Err(ImportProblem::NoBars);
        }
        self.open_times_ms.shrink_to_fit();
        self.volumes.shrink_to_fit();
        let price_unit = self.prices.unit();
        let [open, high, low, close] = self.prices.into_columns();
        let (open_time_ms, volume) = (self.open_times_ms, self.volumes);
        Ok(ParsedBars {
            source_name: source_name.to_owned(),
            timeframe: self.timeframe,
            price_unit,
            bars: Columns { open_time_ms, open, high, low, close, volume },
            has_volume,
            lines: self.lines,
        })
    }
}

/// High and low must enclose open and close; `counts` are the same prices, quicker to compare.
fn check_extremes(counts: [i64; 4], prices: [Decimal; 4]) -> Result<(), Fault> {
    let [open, high, low, close] = counts;
    for (count, index) in [(open, 0), (close, 3)] {
        let (name, price) = (BarColumn::PRICES[index].name(), prices[index]);
        if high < count {
            let problem = ImportProblem::HighBelow { high: prices[1], name, price };
            return Err(Fault::of(BarColumn::High, problem));
        }
        if low > count {
            let problem = ImportProblem::LowAbove { low: prices[2], name, price };
            return Err(Fault::of(BarColumn::Low, problem));
        }
    }
    Ok(())
}

/// Which line each bar stands in: only where the lines jump is anything kept.
#[derive(Clone, Debug, Default)]
struct LineMap {
    /// The first bar of each run of adjacent lines, and its line.
    runs: Vec<(usize, u64)>,
}

impl LineMap {
    fn push(&mut self, index: usize, line: u64) {
        if self.runs.is_empty() || self.line(index) != line {
            self.runs.push((index, line));
        }
    }

    /// The line of the bar; those after the last run are taken to go on in it.
    fn line(&self, index: usize) -> u64 {
        let runs_before = match self.runs.last() {
            Some(&(first, _)) if first <= index => self.runs.len(),
            _ => self.runs.partition_point(|&(first, _)| first <= index),
        };
        match runs_before.checked_sub(1).map(|run| self.runs[run]) {
            Some((first, line)) => line + (index - first) as u64,
            None => index as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u64, minute: i64, prices: [&str; 4]) -> Row {
        let prices = prices.map(|price| price.parse().unwrap());
        Row { line, open_time_ms: minute * 60_000, prices, volume: 1.0 }
    }

    fn collector() -> BarCollector {
        BarCollector::new("1m".parse().unwrap(), None)
    }

    #[test]
    fn every_bar_remembers_its_line() {
        let mut collector = collector();
        let lines = [2, 3, 7, 8, 9, 20];
        for (minute, line) in lines.into_iter().enumerate() {
            collector.push(&row(line, minute as i64, ["1"; 4])).unwrap();
        }
        assert_eq!(collector.lines.runs.len(), 3);
        let parsed = collector.finish("a.csv", true).unwrap();
        let found: Vec<u64> = (0..lines.len()).map(|index| parsed.line(index)).collect();
        assert_eq!(found, lines);
    }

    #[test]
    fn prices_out_of_the_range_of_high_and_low_are_refused_by_name() {
        let refused = [
            (["100", "99.5", "99", "99.2"], "99.5 is below open 100", BarColumn::High),
            (["100", "101", "99", "101.5"], "101 is below close 101.5", BarColumn::High),
            (["100", "101", "100.5", "101"], "100.5 is above open 100", BarColumn::Low),
            (["100", "101", "99", "98"], "99 is above close 98", BarColumn::Low),
        ];
        for (prices, message, column) in refused {
            let fault = collector().push(&row(2, 0, prices)).unwrap_err();
            assert_eq!((fault.problem.to_string().as_str(), fault.column), (message, Some(column)));
        }
    }

    #[test]
    fn times_must_ascend_on_the_grid() {
        let mut collector = collector();
        collector.push(&row(2, 5, ["1"; 4])).unwrap();
        for (minute, message) in [(5, "is in the row above too"), (4, "is before the row above")] {
            let fault = collector.push(&row(3, minute, ["1"; 4])).unwrap_err();
            assert!(fault.problem.to_string().contains(message), "{fault:?}");
        }
        let off = Row { open_time_ms: 360_001, ..row(3, 0, ["1"; 4]) };
        let text = collector.push(&off).unwrap_err().problem.to_string();
        assert_eq!(text, "1970-01-01T00:06:00.001Z is not the start of a 1m bar");
    }

    #[test]
    fn without_a_row_there_is_nothing_to_finish() {
        assert!(matches!(collector().finish("a.csv", true), Err(ImportProblem::NoBars)));
    }
}
