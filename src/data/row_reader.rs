//! One row of a file as a bar, and all of them as a series. Knows no file format: fields are text.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::header::{BarColumn, Layout};
use super::import_error::{ImportError, ImportProblem};
use super::number;
use super::parsed_bars::{BarCollector, Fault, ParsedBars, Row};
use super::timestamp::TimeColumn;
use crate::market::{Decimal, Timeframe, TradingDays};

/// Digits after the point of the volumes in a file whose prices are counts of ticks.
const TICK_FILE_VOLUME_DECIMALS: u32 = 2;

/// What a request says about the bars of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// Where the days of the series begin.
    pub days: TradingDays,
    /// The smallest price step; `None` takes the finest decimal found.
    pub price_tick: Option<Decimal>,
    /// Our name of a column to the file's heading, for columns that cannot be told. With any, a
    /// file headed `ts,o,h,l,c,vol` holds plain prices and no counts of ticks.
    pub columns: BTreeMap<String, String>,
}

impl Declared {
    /// Nothing but a timeframe.
    pub fn of(timeframe: Timeframe) -> Self {
        let days = TradingDays::UTC;
        Self { timeframe, days, price_tick: None, columns: BTreeMap::new() }
    }

    /// Refuses a tick that nothing can be counted in.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        match self.price_tick {
            Some(value) if !value.is_positive() => {
                let name = "price_tick";
                Err(ImportError::of_request(ImportProblem::UnitNotPositive { name, value }))
            }
            _ => Ok(()),
        }
    }
}

/// Turns the fields of a row into a bar, and collects it.
pub(super) struct RowReader {
    layout: Layout,
    time: TimeColumn,
    /// What a price of a file in ticks counts.
    counted_tick: Option<Decimal>,
    collector: BarCollector,
}

impl RowReader {
    /// Tells the columns from the first line's fields.
    pub(super) fn open(
        first_line: &ByteRecord,
        declared: &Declared,
    ) -> Result<Self, ImportProblem> {
        if first_line.is_empty() {
            return Err(ImportProblem::NoBars);
        }
        let layout = Layout::detect(first_line.iter().map(text_of).collect(), &declared.columns)?;
        let counted_tick = match declared.price_tick {
            None if layout.is_in_ticks => return Err(ImportProblem::PriceTickRequired),
            tick => tick.filter(|_| layout.is_in_ticks),
        };
        let collector = BarCollector::new(declared);
        Ok(Self { time: layout.time_column(), layout, counted_tick, collector })
    }

    /// Whether the first line is a header, and no row.
    pub(super) const fn has_header(&self) -> bool {
        self.layout.has_header
    }

    /// The file's headings of the columns that bars are made of.
    #[cfg(feature = "parquet")]
    pub(super) fn headings(&self) -> impl Iterator<Item = (BarColumn, &str)> {
        let there = |column: &BarColumn| self.layout.position(*column).is_some();
        let columns = BarColumn::ALL.into_iter().filter(there);
        columns.map(|column| (column, self.layout.heading(column)))
    }

    /// Says that the times are unix milliseconds, whatever their heading.
    #[cfg(feature = "parquet")]
    pub(super) const fn take_milliseconds(&mut self) {
        self.time = TimeColumn::in_milliseconds();
    }

    /// Takes the next row in.
    pub(super) fn push(&mut self, record: &ByteRecord, line: u64) -> Result<(), Fault> {
        let (expected, found) = (self.layout.field_count(), record.len());
        if expected != found {
            return Err(Fault::of_row(ImportProblem::FieldCount { expected, found }));
        }
        let field = self.field(record, BarColumn::OpenTime);
        let open_time_ms = self.time.read(field).map_err(|cause| {
            Fault::of(BarColumn::OpenTime, ImportProblem::Time { text: text_of(field), cause })
        })?;
        let mut prices = [Decimal::ZERO; 4];
        for (price, column) in prices.iter_mut().zip(BarColumn::PRICES) {
            *price = self.price(record, column)?;
        }
        let volume = self.volume(record)?;
        self.collector.push(&Row { line, open_time_ms, prices, volume })
    }

    /// The bars of all rows.
    pub(super) fn finish(self, source_name: &str) -> Result<ParsedBars, ImportProblem> {
        let has_volume = self.layout.position(BarColumn::Volume).is_some();
        self.collector.finish(source_name, has_volume)
    }

    fn field<'a>(&self, record: &'a ByteRecord, column: BarColumn) -> &'a [u8] {
        self.layout.position(column).map_or(b"0", |position| &record[position])
    }

    fn price(&self, record: &ByteRecord, column: BarColumn) -> Result<Decimal, Fault> {
        let field = self.field(record, column);
        let number = number::decimal(field).map_err(|cause| not_a_number(column, field, cause))?;
        let Some(tick) = self.counted_tick else { return Ok(number) };
        let mantissa = number.mantissa().checked_mul(tick.mantissa());
        let price = mantissa.and_then(|m| Decimal::new(m, number.scale() + tick.scale()));
        let too_large = ImportProblem::PriceTooLarge { price: number, unit: Decimal::ONE };
        price.ok_or(Fault::of(column, too_large))
    }

    fn volume(&self, record: &ByteRecord) -> Result<f64, Fault> {
        let (column, field) = (BarColumn::Volume, self.field(record, BarColumn::Volume));
        let volume = if self.layout.is_in_ticks {
            number::decimal(field).and_then(|number| {
                let scale = number.scale() + TICK_FILE_VOLUME_DECIMALS;
                Decimal::new(number.mantissa(), scale)
                    .map(Decimal::to_f64)
                    .ok_or(number::NumberError::TooLong)
            })
        } else {
            number::measure(field)
        };
        volume.map_err(|cause| not_a_number(column, field, cause))
    }

    /// The fault with its place in the file.
    pub(super) fn place(&self, source_name: &str, line: u64, fault: Fault) -> ImportError {
        let column = fault.column.map(|column| self.layout.heading(column).to_owned());
        ImportError { column, ..ImportError::at_line(source_name, line, fault.problem) }
    }
}

fn not_a_number(column: BarColumn, field: &[u8], cause: number::NumberError) -> Fault {
    Fault::of(column, ImportProblem::Number { text: text_of(field), cause })
}

fn text_of(field: &[u8]) -> String {
    String::from_utf8_lossy(field.trim_ascii()).into_owned()
}
