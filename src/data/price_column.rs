//! Prices as integers while they are read: at the declared tick, or at the finest decimal so far.

use super::import_error::ImportProblem;
use crate::market::Decimal;

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
    columns: [Vec<i64>; 4],
}

/// A price that cannot be taken: which of the four, and why.
pub(super) type PriceFault = (usize, ImportProblem);

impl PriceColumns {
    /// Columns without rows; a declared tick must be above zero.
    pub(super) fn new(price_tick: Option<Decimal>) -> Self {
        let unit = price_tick.map_or(Unit::Finest(0), Unit::Declared);
        Self { unit, columns: [const { Vec::new() }; 4] }
    }

    /// What one count is worth.
    pub(super) fn unit(&self) -> Decimal {
        match self.unit {
            Unit::Declared(tick) => tick,
            Unit::Finest(decimals) => Decimal::power_of_ten(decimals).unwrap_or(Decimal::ONE),
        }
    }

    /// Appends one row of prices and returns them as counts.
    pub(super) fn push(&mut self, prices: [Decimal; 4]) -> Result<[i64; 4], PriceFault> {
        for (index, price) in prices.iter().enumerate() {
            if !price.is_positive() {
                return Err((index, ImportProblem::PriceNotPositive { price: *price }));
            }
            if matches!(self.unit, Unit::Finest(decimals) if price.scale() > decimals) {
                self.refine(*price).map_err(|problem| (index, problem))?;
            }
        }
        let mut counts = [0; 4];
        for (index, price) in prices.into_iter().enumerate() {
            counts[index] = self.count(price).map_err(|problem| (index, problem))?;
        }
        for (column, count) in self.columns.iter_mut().zip(counts) {
            column.push(count);
        }
        Ok(counts)
    }

    /// The columns, without spare room.
    pub(super) fn into_columns(mut self) -> [Vec<i64>; 4] {
        for column in &mut self.columns {
            column.shrink_to_fit();
        }
        self.columns
    }

    /// The price as a count of the unit.
    fn count(&self, price: Decimal) -> Result<i64, ImportProblem> {
        let unit = self.unit();
        if price.scale() > unit.scale() {
            return Err(ImportProblem::OffTick { price, tick: unit });
        }
        let too_large = ImportProblem::PriceTooLarge { price, unit };
        let scaled = price.scaled_to(unit.scale()).ok_or(too_large)?;
        match unit.mantissa() {
            1 => Ok(scaled),
            step if scaled % step == 0 => Ok(scaled / step),
            _ => Err(ImportProblem::OffTick { price, tick: unit }),
        }
    }

    /// Counts all rows anew in the decimals of a finer price. Rare: files keep to their decimals.
    fn refine(&mut self, finer: Decimal) -> Result<(), ImportProblem> {
        // Both scales are at most 18, and so the power fits.
        let factor = 10_i64.pow(finer.scale() - self.unit().scale());
        self.unit = Unit::Finest(finer.scale());
        let too_large = ImportProblem::PriceTooLarge { price: finer, unit: self.unit() };
        let mut counts = self.columns.iter_mut().flatten();
        let refined = counts.try_for_each(|count| {
            *count = count.checked_mul(factor)?;
            Some(())
        });
        refined.ok_or(too_large)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(text: &str) -> [Decimal; 4] {
        [text.parse().unwrap(); 4]
    }

    fn read(tick: Option<&str>, prices: &[&str]) -> Result<(Decimal, Vec<i64>), ImportProblem> {
        let mut columns = PriceColumns::new(tick.map(|tick| tick.parse().unwrap()));
        for price in prices {
            columns.push(row(price)).map_err(|(_, problem)| problem)?;
        }
        Ok((columns.unit(), columns.into_columns()[0].clone()))
    }

    #[test]
    fn a_finer_price_refines_the_rows_before_it() {
        let (unit, counts) = read(None, &["100", "100.5", "100.125", "100.50"]).unwrap();
        assert_eq!(unit.to_string(), "0.001");
        assert_eq!(counts, [100_000, 100_500, 100_125, 100_500]);
    }

    #[test]
    fn a_declared_tick_counts_or_refuses() {
        assert_eq!(read(Some("0.25"), &["100", "100.25"]).unwrap().1, [400, 401]);
        for price in ["100.3", "100.125"] {
            let refused = read(Some("0.25"), &[price]);
            assert!(matches!(refused, Err(ImportProblem::OffTick { .. })), "{price}");
        }
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
                columns.push([*price; 4]).unwrap();
            }
            let unit = columns.unit();
            prop_assert_eq!(unit.scale(), prices.iter().map(|price| price.scale()).max().unwrap());
            for (count, price) in columns.into_columns()[3].iter().zip(prices) {
                prop_assert_eq!(Decimal::new(*count, unit.scale()), Some(price));
            }
        }
    }
}
