//! The rows of one table while they come in, and the bars that they are at the end: in order, on
//! the grid of their timeframe, with words on everything that was decided. Knows no file format.

use super::declared::Declared;
use super::grid::Grid;
use super::headings::BarColumn;
use super::order::{Ordered, put_in_order};
use super::prices::PriceColumns;
use super::rhythm;
use super::spacing;
use super::splits::Splits;
use super::time::{StatedTimes, TimeColumn, TimeError, iso};
use super::trades;
use crate::data::import_error::ImportProblem;
use crate::data::lines::LineMap;
use crate::data::parsed_bars::ParsedBars;
use crate::data::spill::{BarColumns, Room, WordColumn, word_of};
use crate::market::Decimal;

/// What is wrong with a row, and in which column if it is one.
#[derive(Debug)]
pub(in crate::data) struct Fault {
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

/// A fault with the line in which it stands, if it is in one.
pub(super) type PlacedFault = (Option<u64>, Fault);

/// Takes rows in and refuses the first that no valid series can hold.
#[derive(Debug)]
pub(super) struct BarCollector {
    grid: Grid,
    now_ms: Option<i64>,
    bars_max: u64,
    /// How many of those this file may have.
    rows_max: u64,
    /// Whether rows are trades, and bars are made of them.
    is_trades: bool,
    pub(super) times: TimeColumn,
    prices: PriceColumns,
    volumes: WordColumn,
    room: Room,
    pub(super) splits: Splits,
    lines: LineMap,
    widened: u64,
}

/// Prices that are all whole and so large, and so round, are counts of something.
const SCALED_MIN: i64 = 1_000_000_000;
const SCALED_STEP: i64 = 100_000;

impl BarCollector {
    /// A collector without rows; a declared tick must be above zero.
    pub(super) fn new(declared: &Declared, stated: Option<StatedTimes>, is_trades: bool) -> Self {
        let (terms, room) = (declared.layout.times.clone(), declared.room.clone());
        let times =
            if is_trades { TimeColumn::cut(terms, stated) } else { TimeColumn::new(terms, stated) };
        Self {
            grid: Grid::of(declared),
            now_ms: declared.now_ms,
            bars_max: declared.bars_max,
            rows_max: declared.bars_max.saturating_sub(declared.bars_before),
            is_trades,
            times: times.within(&room),
            prices: PriceColumns::new(declared.price_tick).within(&room),
            volumes: WordColumn::new(&room),
            lines: LineMap::new(&room),
            room,
            splits: Splits::default(),
            widened: 0,
        }
    }

    /// How many rows were taken in.
    pub(super) fn len(&self) -> usize {
        self.volumes.len()
    }

    /// Appends prices and volume of the row whose time was taken in last.
    pub(super) fn push(
        &mut self,
        line: u64,
        prices: [Decimal; 4],
        volume: f64,
    ) -> Result<(), Fault> {
        if self.volumes.len() as u64 >= self.rows_max {
            return Err(Fault::of_row(ImportProblem::TooManyBars { most: self.bars_max }));
        }
        self.room.check().map_err(|error| Fault::of_row(ImportProblem::Io(error)))?;
        let counted = self.prices.count(prices);
        let mut counts =
            counted.map_err(|(index, why)| Fault::of(BarColumn::PRICES[index], why))?;
        self.widened += u64::from(counts.widen());
        check_extremes(counts.prices, prices)?;
        if volume < 0.0 {
            return Err(Fault::of(BarColumn::Volume, ImportProblem::NegativeVolume { volume }));
        }
        self.lines.push(self.volumes.len(), line);
        self.prices.push(counts.prices);
        self.volumes.push(word_of(volume));
        Ok(())
    }

    /// The bars, if there are any, and what is said of them.
    pub(super) fn finish(mut self, source_name: &str) -> Result<ParsedBars, PlacedFault> {
        self.volumes.shrink();
        let rows = self.volumes.len();
        if rows == 0 {
            return Err((None, Fault::of_row(ImportProblem::NoBars)));
        }
        let at_time = |line: u64, why| (Some(line), Fault::of(BarColumn::OpenTime, why));
        let grid = if self.is_trades { self.grid.of_moments() } else { self.grid.clone() };
        let settled = self.times.settle(&grid).map_err(|(row, cause)| {
            at_time(self.lines.line(row), ImportProblem::Times { cause })
        })?;
        let (price_unit, [open, high, low, close], rounding) = self.prices.finish();
        check_scaled(price_unit, &low).map_err(|why| (None, Fault::of(BarColumn::Low, why)))?;
        let mut notes = Notes::default();
        notes.of_prices(&self.splits, (&open, &close), settled.is_falling, &self.lines);
        if let Some(told) = rounding.told(price_unit) {
            let line = rounding.first_row().map_or(0, |row| self.lines.line(row));
            notes.warn(format!("{told}; the first in line {line}"));
        }
        if self.widened > 0 {
            let rows = rows_of(self.widened);
            notes.warn(format!("high or low of {rows} widened by a rounding error"));
        }
        let (open_time_ms, volume) = (settled.times_ms, self.volumes);
        let prices = [open, high, low, close];
        let mut bars = BarColumns { open_time_ms, prices, volume };
        let mut lines = self.lines;
        let (ordered, day_start) = if self.is_trades {
            let place = (&self.grid, &self.room);
            let joined = trades::join(&mut bars, &mut lines, settled.is_falling, place);
            joined.map_err(|(row, why)| at_time(lines.line(row), why))?;
            notes.tell(format!("{} joined to {} bars", rows_of(rows as u64), bars.len()));
            (Ordered { is_turned: settled.is_falling, ..Ordered::default() }, None)
        } else {
            let ordered = put_in_order(&mut bars, &mut lines, settled.is_falling, &self.room)
                .map_err(|(row, why)| at_time(lines.line(row), why))?;
            let kind = (settled.are_days, settled.are_bare_clocks);
            let checked = check_rhythm(&bars, &self.grid, kind, &mut notes);
            let checked = checked.map_err(|(row, why)| {
                (row.map(|row| lines.line(row)), Fault::of(BarColumn::OpenTime, why))
            });
            (ordered, checked?)
        };
        settled.told.into_iter().for_each(|told| notes.tell(told));
        settled.doubt.into_iter().for_each(|doubt| notes.warn(doubt));
        if ordered.is_turned {
            notes.tell("newest first, turned round".to_owned());
        }
        if ordered.duplicates > 0 {
            let (count, line) = (ordered.duplicates, ordered.first_line);
            let rows = rows_of(count as u64);
            notes.warn(format!("{rows} dropped that came again, the first in line {line}"));
        }
        drop_unfinished(&mut bars, &self.grid, self.now_ms, &mut notes)
            .map_err(|why| (None, Fault::of(BarColumn::OpenTime, why)))?;
        Ok(ParsedBars {
            source_name: source_name.to_owned(),
            timeframe: self.grid.timeframe(),
            price_unit,
            bars,
            has_volume: true,
            day_start,
            understood: notes.told,
            warnings: notes.warnings,
            lines,
        })
    }
}

/// So many rows, in words.
pub(super) fn rows_of(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

/// What is said of a file.
#[derive(Debug, Default)]
struct Notes {
    told: Vec<String>,
    warnings: Vec<String>,
}

impl Notes {
    fn tell(&mut self, text: String) {
        self.told.push(text);
    }

    /// What splits say of prices.
    fn of_prices(
        &mut self,
        splits: &Splits,
        (open, close): (&WordColumn, &WordColumn),
        is_falling: bool,
        lines: &LineMap,
    ) {
        if let Some((row, ratio)) = splits.unadjusted(open, close, is_falling) {
            self.warn(format!(
                "prices are not adjusted for splits: in line {} they fall as its split of {ratio} \
                 says",
                lines.line(row)
            ));
        } else if splits.count() > 0 {
            let splits = match splits.count() {
                1 => "1 split".to_owned(),
                count => format!("{count} splits"),
            };
            self.tell(format!("prices adjusted for {splits}"));
        }
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }
}

/// Bars that end after now are dropped; refused if all of them do.
fn drop_unfinished(
    bars: &mut BarColumns,
    grid: &Grid,
    now_ms: Option<i64>,
    notes: &mut Notes,
) -> Result<(), ImportProblem> {
    let Some(now_ms) = now_ms else { return Ok(()) };
    let times = &bars.open_time_ms;
    let is_over = |time| grid.bucket(time).end <= now_ms;
    let over = times.partition_point(is_over);
    if over == times.len() {
        return Ok(());
    }
    let first = times.get(over);
    if over == 0 {
        return Err(ImportProblem::AllInFuture { time_ms: first });
    }
    let count = times.len() - over;
    let rows = rows_of(count as u64);
    notes.warn(format!("{rows} dropped whose bars are not over yet, from {} on", iso(first)));
    bars.truncate(over);
    Ok(())
}

/// Holds the times of bars against the timeframe; answers when days must begin for them to fit, if
/// nobody has said so.
fn check_rhythm(
    bars: &BarColumns,
    grid: &Grid,
    (are_days, are_bare_clocks): (bool, bool),
    notes: &mut Notes,
) -> Result<Option<u16>, (Option<usize>, ImportProblem)> {
    let times = &bars.open_time_ms;
    spacing::check(times, grid, are_days).map_err(|why| (None, why))?;
    let day_start = grid.day_start_of(times);
    match day_start {
        Some(minute) => {
            let (hour, minute) = (minute / 60, minute % 60);
            notes.tell(format!("bars open off the hour: days begin at {hour:02}:{minute:02}"));
        }
        None => check_grid(times, grid, are_bare_clocks).map_err(|(row, why)| (Some(row), why))?,
    }
    Ok(day_start)
}

fn check_grid(
    times: &WordColumn,
    grid: &Grid,
    are_bare_clocks: bool,
) -> Result<(), (usize, ImportProblem)> {
    match times.iter().position(|time| !grid.begins_at(time)) {
        None => Ok(()),
        Some(row) => {
            let advice = rhythm::advice(times, grid, are_bare_clocks);
            let timeframe = grid.timeframe();
            Err((row, ImportProblem::OffGrid { time_ms: times.get(row), timeframe, advice }))
        }
    }
}

/// Whole prices, all of them huge and round, are counts of a fraction that nobody declared.
fn check_scaled(unit: Decimal, lows: &WordColumn) -> Result<(), ImportProblem> {
    let is_scaled = |price: i64| price >= SCALED_MIN && price % SCALED_STEP == 0;
    match lows.first() {
        Some(price) if unit == Decimal::ONE && lows.iter().all(is_scaled) => {
            Err(ImportProblem::ScaledPrices { price })
        }
        _ => Ok(()),
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

/// Why a field of a time is none, with the field.
pub(super) fn no_time(field: &[u8], cause: TimeError) -> Fault {
    let text = String::from_utf8_lossy(field.trim_ascii()).into_owned();
    Fault::of(BarColumn::OpenTime, ImportProblem::Time { text, cause })
}
