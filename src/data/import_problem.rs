//! What is wrong with bars, in one sentence each that says what would settle it. Knows no places.

use std::io;

use super::aux_problem::AuxProblem;
use super::import_words::{columns_told, listed, moment, order_advice, quoted, row, suggested};
use super::reading::{NumberError, TimeError, iso};
use crate::market::{DayRule, Decimal, Timeframe};

/// What is wrong with bars.
#[derive(Debug, thiserror::Error)]
pub enum ImportProblem {
    /// The source could not be read on.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// Control characters at the beginning of the file, or too few letters that can be read.
    #[error("is not text, and no container of bars that is known")]
    NotText,
    /// A file that is known and holds no bars that can be read.
    #[error("is {what}; {advice}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What could be read.
        advice: &'static str,
    },
    /// An archive without any bars.
    #[error("is packed, and none of its files holds bars: {}", listed(left_out))]
    NoneOfFiles {
        /// What it has, by name.
        left_out: Vec<String>,
    },
    /// An archive of too many files.
    #[error("packs more than {most} files; import them in several goes")]
    TooManyFiles {
        /// The most that are taken.
        most: usize,
    },
    /// A table of an auxiliary series.
    #[error(transparent)]
    Aux(#[from] AuxProblem),
    /// There is no row of data.
    #[error("holds no bars")]
    NoBars,
    /// Columns that every file must have.
    #[error(
        "has no column for {missing}; {}",
        columns_told(found, missing.first().unwrap_or(&"close")), missing = missing.join(", ")
    )]
    MissingColumns {
        /// Our names of what is missing.
        missing: Vec<&'static str>,
        /// The file's headings.
        found: Vec<String>,
    },
    /// The first line is a row, and its fields are no layout that is known.
    #[error(
        "has no header, and its first row is no layout that is known ({}): name the columns by \
         their numbers, as in --no-header --column open_time=1 --column open=2 --column high=3 \
         --column low=4 --column close=5, or of trades --column open_time=1 --column price=2",
        row(first)
    )]
    UnknownLayout {
        /// The fields of the first row.
        first: Vec<String>,
    },
    /// Rows that count the milliseconds of a day that they lack.
    #[error(
        "has no header, and its rows begin with milliseconds since midnight ({0}), as LEAN writes \
         minutes, of a day that only its name tells: write day and time in front of the prices, \
         as in 20240102 09:30, and give their scale (--scale 0.0001 for shares)"
    )]
    DayMissing(String),
    /// Rows or columns of several instruments, and none is chosen.
    #[error(
        "holds several instruments ({place}: {}): choose one with `symbol` (--symbol {})",
        listed(symbols), symbols.first().map_or("", String::as_str)
    )]
    SeveralSymbols {
        /// What tells them.
        place: String,
        /// Which there are.
        symbols: Vec<String>,
    },
    /// No row or column of the instrument that is asked for.
    #[error(
        "holds nothing of symbol {wanted:?}, but of {}{}",
        listed(symbols), suggested(nearest.as_ref())
    )]
    UnknownSymbol {
        /// Which is asked for.
        wanted: String,
        /// The one that comes nearest, if any is near.
        nearest: Option<String>,
        /// Which there are.
        symbols: Vec<String>,
    },
    /// An instrument is asked for where nothing tells instruments apart.
    #[error("has no column that tells instruments apart: name it with --column symbol=HEADING")]
    NoSymbolColumn,
    /// Two columns have the same heading, but for its case.
    #[error("has more than one column {heading:?}; choose one for {name} with `columns`")]
    AmbiguousColumn {
        /// Our name of the column.
        name: &'static str,
        /// The heading that occurs again.
        heading: String,
    },
    /// `columns` maps a name that is none of ours.
    #[error("columns: {given:?} is none of {}{}", known.join(", "), suggested(nearest.as_ref()))]
    UnknownName {
        /// The name as given.
        given: String,
        /// Our name that comes nearest, if any is near.
        nearest: Option<String>,
        /// All of our names.
        known: Vec<&'static str>,
    },
    /// `columns` maps to a heading that the file does not have.
    #[error(
        "columns: {name} is to be {given:?}, but the columns are {}{}",
        listed(found), suggested(nearest.as_ref())
    )]
    UnknownHeading {
        /// Our name of the column.
        name: &'static str,
        /// The heading as given.
        given: String,
        /// The heading that comes nearest, if any is near.
        nearest: Option<String>,
        /// The file's headings.
        found: Vec<String>,
    },
    /// A row with more or fewer fields than the first line.
    #[error("has {found} fields where the first line has {expected}")]
    FieldCount {
        /// Fields in the first line.
        expected: usize,
        /// Fields in this one.
        found: usize,
    },
    /// A field that is no time.
    #[error("{} {cause}", quoted(text))]
    Time {
        /// The field.
        text: String,
        /// What is wrong with it.
        cause: TimeError,
    },
    /// Times that all rows together show to be none.
    #[error("{cause}")]
    Times {
        /// What is wrong with them.
        cause: TimeError,
    },
    /// A field that is no number.
    #[error("{} {cause}", quoted(text))]
    Number {
        /// The field.
        text: String,
        /// What is wrong with it.
        cause: NumberError,
    },
    /// A price of zero or less.
    #[error("{price} is not above zero, as a price here must be: correct the row, or leave it out")]
    PriceNotPositive {
        /// The price.
        price: Decimal,
    },
    /// A volume below zero.
    #[error("{volume} is below zero")]
    NegativeVolume {
        /// The volume.
        volume: f64,
    },
    /// A high that is not the highest.
    #[error(
        "{high} is below {name} {price}, by more than a rounding error: correct the row, or leave \
         it out"
    )]
    HighBelow {
        /// The high.
        high: Decimal,
        /// Which price is higher.
        name: &'static str,
        /// That price.
        price: Decimal,
    },
    /// A low that is not the lowest.
    #[error(
        "{low} is above {name} {price}, by more than a rounding error: correct the row, or leave \
         it out"
    )]
    LowAbove {
        /// The low.
        low: Decimal,
        /// Which price is lower.
        name: &'static str,
        /// That price.
        price: Decimal,
    },
    /// Times do not ascend.
    #[error("{} is before the row above it; {}", moment(*time_ms), order_advice(*time_ms))]
    NotAscending {
        /// The time of the row.
        time_ms: i64,
    },
    /// Two rows of one time.
    #[error("{} is in line {other_line} too, with other values", moment(*time_ms))]
    DuplicateTime {
        /// The time of both.
        time_ms: i64,
        /// The line of the other.
        other_line: u64,
    },
    /// No bar of this timeframe opens at this time.
    #[error("{} is not the start of a {timeframe} bar{advice}", moment(*time_ms))]
    OffGrid {
        /// The time.
        time_ms: i64,
        /// The timeframe.
        timeframe: Timeframe,
        /// What would let the bars in; may be empty.
        advice: String,
    },
    /// Rows that lie apart as those of another timeframe.
    #[error("its rows {why} and are no {timeframe} bars: import them as {found}")]
    OtherTimeframe {
        /// The timeframe as declared.
        timeframe: Timeframe,
        /// The one that the rows have.
        found: String,
        /// How that was seen.
        why: String,
    },
    /// Every price is alone in its bar, as closes are and trades are not.
    #[error(
        "has one price for each {timeframe} bar, and no open, high and low: for bars without a \
         range, declare the column of the price as all four (--column open=…), for trades import \
         a longer timeframe"
    )]
    OnePriceABar {
        /// The timeframe.
        timeframe: Timeframe,
    },
    /// Trades have no edge.
    #[error("holds trades, and time_is (--time-is) is for the times of bars: leave it out")]
    EdgeOfTrades,
    /// More bars than one import may bring.
    #[error(
        "brings more than the {most} bars or trades that one import may (import_bars_max): import \
         it in parts"
    )]
    TooManyBars {
        /// The most that are taken.
        most: u64,
    },
    /// Not one bar is over.
    #[error(
        "its first bar, {}, is not over yet: are its times in another unit or zone?",
        iso(*time_ms)
    )]
    AllInFuture {
        /// When the first bar opens.
        time_ms: i64,
    },
    /// Whole prices, all of them huge and round.
    #[error(
        "{price} and all other prices are whole, huge and round, as if they counted fractions: \
         declare what they are multiplied by, scale 0.000000001 (--scale 0.000000001) or 1"
    )]
    ScaledPrices {
        /// The first price.
        price: i64,
    },
    /// A price that is less than half of the declared tick.
    #[error("{price} would be rounded to zero by price_tick {tick}")]
    RoundsToZero {
        /// The price.
        price: Decimal,
        /// The tick.
        tick: Decimal,
    },
    /// A price that is no whole number of ticks.
    #[error("{price} is not a multiple of price_tick {tick}")]
    OffTick {
        /// The price.
        price: Decimal,
        /// The tick.
        tick: Decimal,
    },
    /// A price whose count of ticks does not fit 64 bits.
    #[error("{price} does not fit 64 bits as a multiple of {unit}")]
    PriceTooLarge {
        /// The price.
        price: Decimal,
        /// The tick, or the finest decimal so far.
        unit: Decimal,
    },
    /// Prices are counts, and nobody said of what.
    #[error(
        "has whole prices under ts,o,h,l,c,vol, which may be counts of price_tick or plain: give \
         price_tick (--price-tick 0.01), or scale 1 (--scale 1) if they are plain"
    )]
    PriceTickRequired,
    /// Prices are whole in a layout that has counts and plain ones.
    #[error(
        "has whole prices under days such as {first}, as LEAN writes those of shares times 10000: \
         give scale 0.0001 (--scale 0.0001), or scale 1 (--scale 1) if they are plain"
    )]
    ScaleRequired {
        /// The first time.
        first: String,
    },
    /// A tick or a step that nothing can be counted in.
    #[error("{name} {value} is not above zero")]
    UnitNotPositive {
        /// `price_tick` or `quantity_step`.
        name: &'static str,
        /// Its value.
        value: Decimal,
    },
    /// What is declared is not what the stored series has.
    #[error("{name} {given} differs from the stored series, which has {stored}")]
    DiffersFromStored {
        /// What differs.
        name: &'static str,
        /// As declared, or as read.
        given: String,
        /// As stored.
        stored: String,
    },
    /// A bar over a day would end within one.
    #[error(
        "timeframe {timeframe} takes no whole days, as bars over a day must where days are those \
         of {days}"
    )]
    DaysCut {
        /// The timeframe.
        timeframe: Timeframe,
        /// The days of the series.
        days: DayRule,
    },
    /// Prices are finer than the stored series can hold.
    #[error(
        "has prices as fine as {finest}, but the stored series has price_tick {tick}: round them, \
         or delete the series and import all of it again"
    )]
    FinerThanStored {
        /// The finest decimal found.
        finest: Decimal,
        /// The stored series' tick.
        tick: Decimal,
    },
    /// Two bars of one time differ.
    #[error(
        "{value} differs from {other} in {other_place} for the bar of {}: replace (--replace) \
         takes {value}",
        iso(*time_ms)
    )]
    Clash {
        /// The time of both.
        time_ms: i64,
        /// What the first column that differs has here.
        value: String,
        /// What it has there.
        other: String,
        /// Where the other bar is: in the stored series, or in an earlier file.
        other_place: &'static str,
    },
}

impl ImportProblem {
    /// Whether it says that there are no bars of the instrument at all, and not that they are
    /// faulty.
    pub(super) const fn is_of_no_table(&self) -> bool {
        matches!(
            self,
            Self::NotText
                | Self::NoBars
                | Self::Foreign { .. }
                | Self::MissingColumns { .. }
                | Self::UnknownLayout { .. }
                | Self::DayMissing(..)
                | Self::NoSymbolColumn
                | Self::UnknownSymbol { .. }
        )
    }

    /// Whether only rows together can show it.
    pub(super) const fn is_of_order(&self) -> bool {
        matches!(
            self,
            Self::NotAscending { .. }
                | Self::DuplicateTime { .. }
                | Self::OffGrid { .. }
                | Self::SeveralSymbols { .. }
        )
    }
}
