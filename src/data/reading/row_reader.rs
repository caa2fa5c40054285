//! One row of a table as a bar, and all of them as a series. Knows no file format: fields are text.

use csv::ByteRecord;

use super::collector::{BarCollector, Fault, PlacedFault, no_time, rows_of};
use super::declared::Declared;
use super::dialect::Headings;
use super::headings::BarColumn;
use super::layout::Layout;
use super::noise::from_double;
use super::notation::{DecimalMark, Notation, mark_of_all};
use super::number::{self, NumberError};
use super::symbols::SymbolColumn;
use super::time::StatedTimes;
use crate::data::import_error::{ImportError, ImportProblem};
use crate::data::parsed_bars::ParsedBars;
use crate::market::Decimal;

/// Digits after the point of the volumes in a file whose prices are counts of ticks.
const TICK_FILE_VOLUME_DECIMALS: u32 = 2;

/// Turns the fields of a row into a bar, and collects it.
pub(in crate::data) struct RowReader {
    layout: Layout,
    mark: Option<DecimalMark>,
    /// What a price of the file is multiplied by.
    scale: Option<Decimal>,
    symbols: Option<SymbolColumn>,
    collector: BarCollector,
    notation: Notation,
    /// Whether rows end in empty fields that the header does not have.
    has_empty_ends: bool,
    priceless: u64,
    /// Rows that say that their bar is not over.
    under_way: u64,
    absent_volumes: u64,
}

impl RowReader {
    /// Tells the columns; `stated` is what a typed table says of its times.
    pub(in crate::data) fn open(
        headings: Option<&Headings>,
        sample: &[Vec<String>],
        stated: Option<StatedTimes>,
        declared: &Declared,
    ) -> Result<Self, ImportProblem> {
        let mut layout = Layout::detect(headings, sample, &declared.layout)?;
        let scale = match declared.price_tick {
            None if layout.is_in_ticks => return Err(ImportProblem::PriceTickRequired),
            Some(tick) if layout.is_in_ticks => Some(tick),
            _ => declared.layout.scale.or(layout.scale),
        };
        let mark = declared.layout.decimal_mark.or_else(|| told_mark(&layout, sample));
        if mark == Some(DecimalMark::Comma) {
            layout.told.push("decimal comma".to_owned());
        }
        if let Some(scale) = declared.layout.scale.filter(|_| !layout.is_in_ticks) {
            layout.told.push(format!("prices times {scale}, as declared"));
        }
        let symbols = layout.position(BarColumn::Symbol);
        let has_own_columns = headings.is_some_and(|headings| !headings.tickers.is_empty());
        let wanted = declared.layout.symbol.clone().filter(|_| !has_own_columns);
        if layout.is_trades && declared.layout.times.edge.is_some() {
            return Err(ImportProblem::EdgeOfTrades);
        }
        if symbols.is_none() && wanted.is_some() {
            return Err(ImportProblem::NoSymbolColumn);
        }
        Ok(Self {
            collector: BarCollector::new(
                declared,
                stated.or(layout.stated_times),
                layout.is_trades,
            ),
            symbols: symbols.map(|_| SymbolColumn::new(wanted)),
            layout,
            mark,
            scale,
            notation: Notation::default(),
            has_empty_ends: false,
            priceless: 0,
            under_way: 0,
            absent_volumes: 0,
        })
    }

    /// Where the columns stand that bars are made of.
    #[cfg(feature = "parquet")]
    pub(in crate::data) fn positions(&self) -> impl Iterator<Item = (BarColumn, usize)> {
        let place = |column| self.layout.position(column).map(|position| (column, position));
        let other_volume = self.layout.other_volume.map(|position| (BarColumn::Volume, position));
        let over = self.layout.over.map(|position| (BarColumn::Symbol, position));
        BarColumn::ALL.into_iter().filter_map(place).chain(other_volume).chain(over)
    }

    /// Takes the next row in.
    pub(in crate::data) fn push(&mut self, record: &ByteRecord, line: u64) -> Result<(), Fault> {
        self.check_width(record)?;
        if let (Some(symbols), Some(position)) =
            (&mut self.symbols, self.layout.position(BarColumn::Symbol))
            && !symbols.takes(&record[position])
        {
            return Ok(());
        }
        let field = |column: BarColumn| {
            self.layout.position(column).and_then(|position| record.get(position))
        };
        let columns = self.layout.price_columns();
        let prices = columns.map(|column| field(column).unwrap_or_default());
        if number::is_missing(prices[0]) && prices.iter().all(|price| number::is_missing(price)) {
            self.priceless += 1;
            return Ok(());
        }
        if self.layout.over.and_then(|at| record.get(at)).is_some_and(is_false) {
            self.under_way += 1;
            return Ok(());
        }
        let time = field(BarColumn::OpenTime).unwrap_or_default();
        let pushed = self.collector.times.push(time, field(BarColumn::TimeOfDay));
        pushed.map_err(|cause| no_time(time, cause))?;
        let split = field(BarColumn::Split);
        let mut numbers = [Decimal::ZERO; 4];
        if self.layout.is_trades {
            numbers = [self.price(prices[0], columns[0])?; 4];
        } else {
            for ((number, field), column) in numbers.iter_mut().zip(prices).zip(columns) {
                *number = self.price(field, column)?;
            }
        }
        if let Some(split) = split {
            self.collector.splits.note(self.collector.len(), split);
        }
        let volume = self.volumes(record)?;
        self.collector.push(line, numbers, volume)
    }

    /// Rows may end in empty fields that the header does not have, or it in names that they lack.
    fn check_width(&mut self, record: &ByteRecord) -> Result<(), Fault> {
        let (expected, found) = (self.layout.field_count(), record.len());
        if expected == found || (found < expected && self.layout.is_unnamed_from(found)) {
            return Ok(());
        }
        let mut beyond = record.iter().skip(expected);
        if found > expected && beyond.all(|field| field.trim_ascii().is_empty()) {
            self.has_empty_ends = true;
            return Ok(());
        }
        Err(Fault::of_row(ImportProblem::FieldCount { expected, found }))
    }

    fn price(&mut self, field: &[u8], column: BarColumn) -> Result<Decimal, Fault> {
        let number = match number::quick(field, self.mark) {
            Some(number) => number,
            None => self.noted_price(field).map_err(|cause| not_a_number(column, field, cause))?,
        };
        let Some(scale) = self.scale else { return Ok(number) };
        if self.layout.is_in_ticks && number.scale() > 0 {
            let problem = ImportProblem::OffTick { price: number, tick: Decimal::ONE };
            return Err(Fault::of(column, problem));
        }
        let mantissa = number.mantissa().checked_mul(scale.mantissa());
        let price = mantissa.and_then(|m| Decimal::new(m, number.scale() + scale.scale()));
        let too_large = ImportProblem::PriceTooLarge { price: number, unit: Decimal::ONE };
        price.ok_or(Fault::of(column, too_large))
    }

    /// A price that is not written plainly.
    fn noted_price(&mut self, field: &[u8]) -> Result<Decimal, NumberError> {
        let number = match number::marked_decimal(field, self.mark) {
            Err(NumberError::TooLong) => from_double(field).ok_or(NumberError::TooLong),
            other => other,
        };
        self.notation.note(field, self.mark);
        number
    }

    /// The volume of a row, which may be in two columns.
    fn volumes(&mut self, record: &ByteRecord) -> Result<f64, Fault> {
        let at = |position: Option<usize>| position.and_then(|position| record.get(position));
        let mut volume = match at(self.layout.position(BarColumn::Volume)) {
            Some(field) => self.volume(field)?,
            None => return Ok(0.0),
        };
        if let Some(field) = at(self.layout.other_volume) {
            volume += self.volume(field)?;
        }
        Ok(volume)
    }

    fn volume(&mut self, field: &[u8]) -> Result<f64, Fault> {
        if !self.layout.is_in_ticks
            && let Some(volume) = number::quick_measure(field, self.mark)
        {
            return Ok(volume);
        }
        let volume = if self.layout.is_in_ticks {
            number::decimal(field).and_then(|number| {
                let scale = number.scale() + TICK_FILE_VOLUME_DECIMALS;
                Decimal::new(number.mantissa(), scale)
                    .map(Decimal::to_f64)
                    .ok_or(NumberError::TooLong)
            })
        } else {
            if !number::is_plain_amount(field, self.mark) {
                self.notation.note_amount(field, self.mark);
            }
            number::measure(field, self.mark)
        };
        // So brokers say that there is none.
        let is_absent = (volume == Ok(-1.0) && !self.layout.is_trades)
            || (volume.is_err() && number::is_missing(field));
        if is_absent {
            self.absent_volumes += 1;
            return Ok(0.0);
        }
        // The size of a sale may be written below zero.
        let volume = volume.map(|volume| if self.layout.is_trades { volume.abs() } else { volume });
        volume.map_err(|cause| not_a_number(BarColumn::Volume, field, cause))
    }

    /// Whether no bar was taken in.
    pub(in crate::data) fn is_empty(&self) -> bool {
        self.collector.len() == 0
    }

    /// The bars of all rows.
    pub(in crate::data) fn finish(self, source_name: &str) -> Result<ParsedBars, ImportError> {
        let Self {
            layout, symbols, collector, priceless, under_way, absent_volumes, scale, ..
        } = self;
        let (notation, has_empty_ends) = (self.notation, self.has_empty_ends);
        let heading = layout.heading(BarColumn::Symbol).to_owned();
        let place = |(line, fault): PlacedFault| placed(&layout, source_name, line, fault);
        if let Some(symbols) = &symbols {
            let checked = symbols.check(&heading);
            checked.map_err(|problem| place((None, Fault::of_row(problem))))?;
        }
        let mut parsed = collector.finish(source_name).map_err(place)?;
        let symbol = symbols.and_then(|symbols| symbols.told(&heading));
        let ends = has_empty_ends.then(|| "empty fields at the ends of rows left out".to_owned());
        let told = layout.told.iter().cloned().chain(notation.told()).chain(ends).chain(symbol);
        parsed.understood.splice(0..0, told);
        parsed.has_volume = layout.position(BarColumn::Volume).is_some();
        if priceless > 0 {
            parsed.warnings.push(format!("{} dropped without any price", rows_of(priceless)));
        }
        if under_way > 0 {
            let rows = rows_of(under_way);
            parsed.warnings.push(format!("{rows} dropped that the file says are not over yet"));
        }
        if absent_volumes > 0 {
            let rows = rows_of(absent_volumes);
            parsed.warnings.push(format!("{rows} without a volume, which is 0 then"));
        }
        if layout.is_in_ticks
            && let Some(tick) = scale
        {
            let close = parsed.first_close();
            parsed.warnings.push(format!(
                "prices taken as counts of {tick} and volumes as hundredths (columns \
                 ts,o,h,l,c,vol): the first close is {close}; if they are plain, declare scale 1"
            ));
        }
        Ok(parsed)
    }

    /// The refusal of a row; an earlier row that only all rows could show to be wrong comes first.
    pub(in crate::data) fn refuse(self, source_name: &str, line: u64, fault: Fault) -> ImportError {
        let refused = placed(&self.layout, source_name, Some(line), fault);
        match self.finish(source_name) {
            Err(earlier) if earlier.problem.is_of_order() => earlier,
            _ => refused,
        }
    }
}

/// Whether the field says no.
fn is_false(field: &[u8]) -> bool {
    let no: [&[u8]; 3] = [b"false", b"0", b"no"];
    no.iter().any(|word| field.trim_ascii().eq_ignore_ascii_case(word))
}

/// The mark before fractions that prices and volumes tell together.
fn told_mark(layout: &Layout, sample: &[Vec<String>]) -> Option<DecimalMark> {
    let columns = layout.price_columns().into_iter().chain([BarColumn::Volume]);
    let positions: Vec<usize> = columns.filter_map(|column| layout.position(column)).collect();
    let fields = sample.iter().flat_map(|row| positions.iter().filter_map(|at| row.get(*at)));
    mark_of_all(fields.map(String::as_str))
}

/// The fault with its place in the file.
fn placed(layout: &Layout, source_name: &str, line: Option<u64>, fault: Fault) -> ImportError {
    let column = fault.column.map(|column| layout.heading(column).to_owned());
    ImportError { line, column, ..ImportError::of_file(source_name, fault.problem) }
}

fn not_a_number(column: BarColumn, field: &[u8], cause: NumberError) -> Fault {
    let text = String::from_utf8_lossy(field.trim_ascii()).into_owned();
    Fault::of(column, ImportProblem::Number { text, cause })
}
