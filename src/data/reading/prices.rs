//! Prices as integers while they are read: at the declared tick, or at the finest decimal so far,
//! and at the end at the tick that they lie on.

use std::convert::Infallible;

use super::noise::{SOMEWHAT_LONG, Was, cleaned, rounded_quotient};
use super::rounding::Rounding;
use crate::data::import_error::ImportProblem;
use crate::data::spill::{Room, WordColumn};
use crate::market::Decimal;

/// Of a thousand prices, at most so many may lie off the tick of all others and be rounded to it.
const OFF_TICK_PERMILLE_MAX: u64 = 10;
/// The greatest part of a price that rounding one of few to the tick of all others may change.
const CHANGE_MAX: f64 = 1e-4;
/// Digits that computed prices keep: of the greatest at least so many, and of the least.
const GREATEST_DIGITS: i32 = 9;
const LEAST_DIGITS: i32 = 7;
/// How far high or low may lie on the wrong side of open or close, as a part of the price.
const DOUBLE_ERROR: f64 = 1e-9;
const SINGLE_ERROR: f64 = 3e-7;

/// What the integers count.
#[derive(Clone, Copy, Debug)]
enum Unit {
    /// The tick that the request declares.
    Declared(Decimal),
    /// The finest decimal found so far, as digits after the point.
    Finest(u32),
}

/// Open, high, low and close of the rows so far.
#[derive(Debug)]
pub(super) struct PriceColumns {
    unit: Unit,
    columns: [WordColumn; 4],
    /// The finest decimal among prices that are not computed.
    written_scale: u32,
    computed: u64,
    rounding: Rounding,
}

/// A price that cannot be taken: which of the four, and why.
pub(super) type PriceFault = (usize, ImportProblem);

/// One row of prices as counts, and by which part of a price they may be off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) prices: [i64; 4],
    error: f64,
}

impl Counts {
    /// Widens high and low by what is a rounding error; whether it did.
    pub(super) fn widen(&mut self) -> bool {
        let [open, high, low, close] = self.prices;
        let (highest, lowest) = (open.max(close), open.min(close));
        if high >= highest && low <= lowest {
            return false;
        }
        let allowed = (highest as f64 * self.error) as i64;
        if highest.saturating_sub(high) > allowed || low.saturating_sub(lowest) > allowed {
            return false;
        }
        self.prices = [open, high.max(highest), low.min(lowest), close];
        true
    }
}

impl PriceColumns {
    /// Columns without rows; a declared tick must be above zero.
    pub(super) fn new(price_tick: Option<Decimal>) -> Self {
        Self {
            unit: price_tick.map_or(Unit::Finest(0), Unit::Declared),
            columns: [(); 4].map(|()| WordColumn::default()),
            written_scale: 0,
            computed: 0,
            rounding: Rounding::default(),
        }
    }

    /// The same columns with other room.
    pub(super) fn within(self, room: &Room) -> Self {
        Self { columns: self.columns.map(|_| WordColumn::new(room)), ..self }
    }

    /// What one count is worth.
    pub(super) fn unit(&self) -> Decimal {
        match self.unit {
            Unit::Declared(tick) => tick,
            Unit::Finest(decimals) => Decimal::power_of_ten(decimals).unwrap_or(Decimal::ONE),
        }
    }

    /// Counts one row of prices, and refines all rows before it where it is finer.
    pub(super) fn count(&mut self, prices: [Decimal; 4]) -> Result<Counts, PriceFault> {
        if let Some(prices) = self.plain_counts(prices) {
            return Ok(Counts { prices, error: 0.0 });
        }
        let row = self.columns[0].len();
        let (mut kept, mut error) = (prices, 0.0_f64);
        for (index, price) in kept.iter_mut().enumerate() {
            if !price.is_positive() {
                return Err((index, ImportProblem::PriceNotPositive { price: *price }));
            }
            let Unit::Finest(_) = self.unit else { continue };
            let (clean, was) = cleaned(*price);
            if was != Was::Written {
                self.rounding.note(row, *price, clean, was);
                error = error.max(if was == Was::Single { SINGLE_ERROR } else { DOUBLE_ERROR });
            }
            match was {
                Was::Computed => self.computed += 1,
                _ => self.written_scale = self.written_scale.max(clean.scale()),
            }
            *price = clean;
            if matches!(self.unit, Unit::Finest(decimals) if clean.scale() > decimals) {
                self.refine(clean).map_err(|problem| (index, problem))?;
            }
        }
        let mut counts = [0; 4];
        for (index, price) in kept.into_iter().enumerate() {
            counts[index] = self.count_one(row, price).map_err(|problem| (index, problem))?;
        }
        Ok(Counts { prices: counts, error })
    }

    /// The counts of a row of short prices that are no finer than those before: most are so.
    fn plain_counts(&self, prices: [Decimal; 4]) -> Option<[i64; 4]> {
        let Unit::Finest(decimals) = self.unit else { return None };
        let mut counts = [0; 4];
        for (count, price) in counts.iter_mut().zip(prices) {
            let (mantissa, scale) = (price.mantissa(), price.scale());
            let is_short = mantissa > 0 && mantissa.unsigned_abs() < SOMEWHAT_LONG;
            if !is_short || scale > self.written_scale {
                return None;
            }
            let finer = decimals.checked_sub(scale)?;
            *count = if finer == 0 { mantissa } else { mantissa.checked_mul(10_i64.pow(finer))? };
        }
        Some(counts)
    }

    /// Appends one row that was counted.
    pub(super) fn push(&mut self, counts: [i64; 4]) {
        for (column, count) in self.columns.iter_mut().zip(counts) {
            column.push(count);
        }
    }

    /// The price as a count of the unit; of a declared tick, the nearest.
    fn count_one(&mut self, row: usize, price: Decimal) -> Result<i64, ImportProblem> {
        let unit = self.unit();
        let too_large = || ImportProblem::PriceTooLarge { price, unit };
        if let Unit::Finest(decimals) = self.unit {
            return price.scaled_to(decimals).ok_or_else(too_large);
        }
        if price.scale() <= unit.scale() {
            let scaled = price.scaled_to(unit.scale()).ok_or_else(too_large)?;
            if unit.mantissa() == 1 || scaled % unit.mantissa() == 0 {
                return Ok(scaled / unit.mantissa());
            }
        }
        let count = nearest_count(price, unit).ok_or_else(too_large)?;
        if count == 0 {
            return Err(ImportProblem::RoundsToZero { price, tick: unit });
        }
        let rounded = count.checked_mul(unit.mantissa());
        let rounded = rounded.and_then(|count| Decimal::new(count, unit.scale()));
        self.rounding.note_tick(row, price, rounded.ok_or_else(too_large)?);
        Ok(count)
    }

    /// Counts all rows anew in the decimals of a finer price. Rare: files keep to their decimals.
    fn refine(&mut self, finer: Decimal) -> Result<(), ImportProblem> {
        // Both scales are at most 18, and so the power fits.
        let factor = 10_i64.pow(finer.scale() - self.unit().scale());
        self.unit = Unit::Finest(finer.scale());
        let unit = self.unit();
        self.columns.iter_mut().try_for_each(|column| {
            column.update(|_, count| {
                let too_large = || ImportProblem::PriceTooLarge { price: finer, unit };
                count.checked_mul(factor).ok_or_else(too_large)
            })
        })
    }

    /// The columns without spare room, at the tick that the prices lie on, and what was rounded.
    pub(super) fn finish(mut self) -> (Decimal, [WordColumn; 4], Rounding) {
        if self.computed > 0 {
            self.coarsen();
        }
        for column in &mut self.columns {
            column.shrink();
        }
        (self.unit(), self.columns, self.rounding)
    }

    /// Computed prices lie on no tick: few of them go to the tick of the others, and many to one
    /// that is fine enough for the least of them.
    fn coarsen(&mut self) {
        let Unit::Finest(decimals) = self.unit else { return };
        let all = 4 * self.columns[0].len() as u64;
        let is_few = self.computed * 1000 <= all * OFF_TICK_PERMILLE_MAX;
        let is_near = is_few && self.greatest_change(self.written_scale) <= CHANGE_MAX;
        let target = if is_near { self.written_scale } else { self.computed_scale() };
        let Some(dropped) = decimals.checked_sub(target).filter(|dropped| *dropped > 0) else {
            return;
        };
        let unit = 10_i64.pow(dropped);
        let worth = self.unit().to_f64();
        for column in &mut self.columns {
            let Ok(()) = column.update(|_, count| {
                let rounded = rounded_quotient(count, unit);
                let change = (rounded * unit - count).unsigned_abs() as f64 * worth;
                self.rounding.note_change(change);
                Ok::<_, Infallible>(rounded)
            });
        }
        self.unit = Unit::Finest(target);
    }

    /// The greatest part of a price that rounding to so many decimals changes.
    fn greatest_change(&self, target: u32) -> f64 {
        let Some(dropped) = self.unit().scale().checked_sub(target) else { return 0.0 };
        let unit = 10_i64.pow(dropped);
        let change = |count: i64| {
            let rounded = rounded_quotient(count, unit) * unit;
            (rounded - count).unsigned_abs() as f64 / count as f64
        };
        self.counts().map(change).fold(0.0, f64::max)
    }

    fn counts(&self) -> impl Iterator<Item = i64> + '_ {
        self.columns.iter().flat_map(WordColumn::iter)
    }

    /// The decimals that computed prices keep.
    fn computed_scale(&self) -> u32 {
        let scale = self.unit().scale().cast_signed();
        let size = |count: i64| count.checked_ilog10().map_or(0, u32::cast_signed) - scale;
        let greatest = self.counts().max().map_or(0, size);
        let least = self.counts().min().map_or(0, size);
        let decimals = (GREATEST_DIGITS - 1 - greatest).max(LEAST_DIGITS - 1 - least);
        decimals.max(0).unsigned_abs()
    }
}

/// How many units come nearest to the price.
fn nearest_count(price: Decimal, unit: Decimal) -> Option<i64> {
    let scale = price.scale().max(unit.scale());
    let up = |it: Decimal| i128::from(it.mantissa()).checked_mul(10_i128.pow(scale - it.scale()));
    let (price, unit) = (up(price)?, up(unit)?);
    i64::try_from((price + unit / 2) / unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(text: &str) -> [Decimal; 4] {
        [text.parse().unwrap(); 4]
    }

    fn columns(tick: Option<&str>, prices: &[&str]) -> Result<PriceColumns, ImportProblem> {
        let mut columns = PriceColumns::new(tick.map(|tick| tick.parse().unwrap()));
        for price in prices {
            let counts = columns.count(row(price)).map_err(|(_, problem)| problem)?;
            columns.push(counts.prices);
        }
        Ok(columns)
    }

    fn read(tick: Option<&str>, prices: &[&str]) -> Result<(String, Vec<i64>), ImportProblem> {
        let (unit, columns, _) = columns(tick, prices)?.finish();
        Ok((unit.to_string(), columns[0].iter().collect()))
    }

    fn told(tick: Option<&str>, prices: &[&str]) -> String {
        let (unit, _, rounding) = columns(tick, prices).unwrap().finish();
        rounding.told(unit).unwrap_or_default()
    }

    #[test]
    fn a_finer_price_refines_the_rows_before_it() {
        let (unit, counts) = read(None, &["100", "100.5", "100.125", "100.50"]).unwrap();
        assert_eq!(unit, "0.001");
        assert_eq!(counts, [100_000, 100_500, 100_125, 100_500]);
    }

    #[test]
    fn a_declared_tick_rounds_and_tells_it() {
        assert_eq!(read(Some("0.25"), &["100", "100.25"]).unwrap().1, [400, 401]);
        assert_eq!(read(Some("0.25"), &["100.3", "100.125"]).unwrap().1, [401, 401]);
        let said = told(Some("0.01"), &["100.5", "379.1700134277344"]);
        assert_eq!(said, "4 prices rounded to 0.01, at most 0.0000134 away");
        let refused = read(Some("0.01"), &["0.004"]);
        assert!(matches!(refused, Err(ImportProblem::RoundsToZero { .. })));
    }

    #[test]
    fn noise_is_no_tick_and_two_prices_of_other_sizes_are() {
        let (unit, counts) = read(None, &["89255.36000000001", "100.5"]).unwrap();
        assert_eq!((unit.as_str(), counts), ("0.01", vec![8_925_536, 10_050]));
        let (unit, counts) = read(None, &["0.0987", "250.12"]).unwrap();
        assert_eq!((unit.as_str(), counts), ("0.0001", vec![987, 2_501_200]));
    }

    #[test]
    fn one_computed_price_among_many_goes_to_their_tick() {
        let mut prices = vec!["250.12"; 200];
        prices.push("250.1233333333333");
        assert_eq!(read(None, &prices).unwrap().0, "0.01");
        assert!(told(None, &prices).contains("at most 0.0033"), "{}", told(None, &prices));
    }

    #[test]
    fn computed_prices_keep_their_first_digits() {
        let prices = ["0.09871234567890123", "250.12345678901234"];
        let (unit, counts) = read(None, &prices).unwrap();
        assert_eq!(unit, "0.00000001");
        assert_eq!(counts, [9_871_235, 25_012_345_679]);
    }

    #[test]
    fn a_rounding_error_of_high_or_low_is_widened_and_no_more() {
        let row = |high: &str| ["186.45", high, "185.97", "186.59"].map(|it| it.parse().unwrap());
        let mut columns = PriceColumns::new(None);
        let mut single = columns.count(row("186.58999633789062")).unwrap();
        assert!(!single.widen(), "its shortest decimal is the close: {single:?}");
        let mut error = columns.count(row("186.58998123456789")).unwrap();
        assert!(!error.widen(), "{error:?}");
        let mut error = columns.count(row("186.58999999123456")).unwrap();
        assert!(error.widen(), "{error:?}");
        assert_eq!(error.prices[1], error.prices[3]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let large = "9000000000000000000";
        assert!(read(None, &[large]).is_ok());
        for prices in [[large, "0.1"], ["0.1", large]] {
            let refused = read(None, &prices);
            assert!(matches!(refused, Err(ImportProblem::PriceTooLarge { .. })), "{prices:?}");
        }
        assert!(matches!(read(None, &["0.0"]), Err(ImportProblem::PriceNotPositive { .. })));
    }

    proptest! {
        #[test]
        fn counts_times_the_unit_are_the_prices(
            prices in prop::collection::vec((1_i64..1_000_000, 0_u32..6), 1..50),
        ) {
            let prices = prices.into_iter().map(|(mantissa, scale)| Decimal::new(mantissa, scale));
            let prices: Vec<Decimal> = prices.map(Option::unwrap).collect();
            let mut columns = PriceColumns::new(None);
            for price in &prices {
                let counts = columns.count([*price; 4]).unwrap().prices;
                columns.push(counts);
            }
            let (unit, columns, rounding) = columns.finish();
            prop_assert!(rounding.told(unit).is_none());
            prop_assert_eq!(unit.scale(), prices.iter().map(|price| price.scale()).max().unwrap());
            for (count, price) in columns[3].iter().zip(prices) {
                prop_assert_eq!(Decimal::new(count, unit.scale()), Some(price));
            }
        }
    }
}
