//! The terms of an account in integers: a [`Simulation`] brought onto the grid of its instruments.

use super::bars_before::BarsBefore;
use super::fees::Fees;
use super::margin::Margins;
use super::own_terms::OwnTerms;
use super::room;
use super::simulation::{Simulation, Sizing};
use crate::market::{Decimal, Instrument, MoneyUnit, Units};

/// What an account needs to know to price fills, in money units.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// What money is counted in.
    pub money: MoneyUnit,
    /// Cash before the first bar.
    pub initial_cash: i64,
    /// What fills pay.
    pub fees: Fees,
    /// The most gross notional per equity.
    pub max_leverage: Fraction,
    /// What must be left of the equity, if anything.
    pub margin: Option<Margins>,
    /// What differs between instruments, in the order given.
    pub instruments: Vec<InstrumentTerms>,
    /// Their bars, in the same order; empty where no fill goes by them.
    pub bars: Vec<BarsBefore>,
    /// The greatest part of the volume of the bar before that an entry may be.
    pub max_volume_share: Option<f64>,
}

/// The terms of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstrumentTerms {
    /// Money units that one tick of one step is worth.
    pub tick_value: i64,
    /// How much an entry buys; `None` if the strategy says so itself, or each entry has its own.
    pub size: Option<Size>,
    /// Ticks against the trader on market fills.
    pub slippage_ticks: i64,
    /// The same as a fraction of the price.
    pub slippage_rate: Option<Fraction>,
    /// The same as a fraction of the range of the bar before the fill.
    pub slippage_range: Option<Fraction>,
    /// Ticks by which a price must go through a limit or a target to fill it.
    pub limit_through_ticks: i64,
}

/// An instrument as the terms see it.
#[derive(Clone, Copy)]
pub(super) struct Traded<'a> {
    pub units: Units,
    /// What differs for it.
    pub own: Option<&'a OwnTerms>,
}

impl Traded<'_> {
    /// One for which nothing differs.
    pub(super) const fn of(units: Units) -> Self {
        Self { units, own: None }
    }

    fn multiplier(&self) -> Decimal {
        self.own.and_then(|own| own.contract_multiplier).unwrap_or(Decimal::ONE)
    }

    /// What is wrong with terms of its own stands where they do.
    pub(super) fn refused(&self, error: TermsError, is_own: bool) -> TermsError {
        let Some(own) = self.own.filter(|_| is_own) else { return error };
        let message = format!("{}: {} {}", own.instrument, error.field, error.message);
        TermsError { field: "instruments", message }
    }
}

/// How much an entry buys, on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// That many steps.
    Steps(i64),
    /// What that many money units pay for.
    Value(i64),
    /// What that fraction of the equity pays for.
    Equity(Fraction),
    /// What loses that fraction of the equity from the fill to the entry's stop-loss, and no more
    /// than the account can carry. Nothing without a stop-loss.
    Risk(Fraction),
    /// What so many ticks move by that fraction of the equity, and no more than the account can
    /// carry.
    Range {
        /// Of the equity.
        fraction: Fraction,
        /// An average true range, at least one.
        ticks: i64,
    },
}

/// A decimal as an exact fraction of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: i64,
    denominator: i64,
}

impl From<Decimal> for Fraction {
    fn from(decimal: Decimal) -> Self {
        Self {
            numerator: decimal.mantissa(),
            // The scale is at most 18.
            denominator: 10_i64.pow(decimal.scale()),
        }
    }
}

impl Fraction {
    /// The whole part of this fraction of `amount`; clamped to what fits 64 bits.
    pub fn of(self, amount: i64) -> i64 {
        if self.is_one() {
            return amount;
        }
        let exact = i128::from(amount) * i128::from(self.numerator) / i128::from(self.denominator);
        exact.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The whole number nearest to `price x (1 + direction x self)`, half away from zero.
    pub fn beyond(self, price: i64, direction: i64) -> i64 {
        if let Some(nearest) = self.narrow_beyond(price, direction) {
            return nearest;
        }
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        let exact = i128::from(price) * (denominator + i128::from(direction) * numerator);
        let nearest = (exact + exact.signum() * (denominator / 2)) / denominator;
        nearest.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The same where 64 bits hold all of it, which takes a tenth of the time.
    #[inline]
    fn narrow_beyond(self, price: i64, direction: i64) -> Option<i64> {
        let factor = self.denominator.checked_add(direction.checked_mul(self.numerator)?)?;
        let exact = price.checked_mul(factor)?;
        Some(exact.checked_add(exact.signum() * (self.denominator / 2))? / self.denominator)
    }

    /// The least whole number that is not below this fraction of `amount`, which is not negative,
    /// as this is not.
    pub fn at_least(self, amount: i64) -> i64 {
        let exact = i128::from(amount) * i128::from(self.numerator);
        let up = (exact + i128::from(self.denominator) - 1) / i128::from(self.denominator);
        up.clamp(0, i64::MAX.into()) as i64
    }

    /// The numerator and the denominator.
    pub(super) const fn parts(self) -> (i64, i64) {
        (self.numerator, self.denominator)
    }

    /// Whether this is exactly one.
    pub const fn is_one(self) -> bool {
        self.numerator == self.denominator
    }

    /// Whether `part > self x whole`, exactly.
    pub fn is_exceeded_by(self, part: i128, whole: i64) -> bool {
        let limit = i128::from(whole) * i128::from(self.numerator);
        part.checked_mul(i128::from(self.denominator)).is_none_or(|part| part > limit)
    }
}

/// A field of the simulation that does not fit these instruments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsError {
    /// The field, as in the request: `initial_cash`, `sizing.fixed_quantity` …
    pub field: &'static str,
    /// What would be valid.
    pub message: String,
}

impl Terms {
    /// Brings the simulation onto the grid of the instruments, which are in subscription order.
    ///
    /// # Errors
    ///
    /// Every field that cannot be counted exactly there.
    pub fn new(simulation: &Simulation, units: &[Units]) -> Result<Self, Vec<TermsError>> {
        let traded: Vec<_> = units.iter().copied().map(Traded::of).collect();
        Self::on_grid(simulation, &traded)
    }

    /// The same with what the simulation says about each of them.
    ///
    /// # Errors
    ///
    /// Likewise.
    pub fn of_instruments(
        simulation: &Simulation,
        instruments: &[(&Instrument, Units)],
    ) -> Result<Self, Vec<TermsError>> {
        let traded = |&(instrument, units): &(&Instrument, Units)| Traded {
            units,
            own: simulation.own(instrument),
        };
        let traded: Vec<_> = instruments.iter().map(traded).collect();
        Self::on_grid(simulation, &traded)
    }

    fn on_grid(simulation: &Simulation, traded: &[Traded<'_>]) -> Result<Self, Vec<TermsError>> {
        let contracts = traded.iter().map(|it| (it.units, it.multiplier()));
        let money = MoneyUnit::for_contracts(contracts);
        let units: Vec<_> = traded.iter().map(|it| it.units).collect();
        let mut errors = Vec::new();
        let amount = |value, field, errors: &mut _| amount(money, &units, value, field, errors);
        let initial_cash = amount(simulation.initial_cash, "initial_cash", &mut errors);
        let notional = match simulation.sizing {
            Some(Sizing::FixedNotional(value)) => {
                amount(value, "sizing.fixed_notional", &mut errors)
            }
            _ => 0,
        };
        let fees = Fees::new(&simulation.fee_terms(), money, traded, &mut errors);
        let common = simulation.slippage_terms();
        let instruments = traded
            .iter()
            .map(|it| {
                let slippage = it.own.and_then(|own| own.slippage).unwrap_or(common);
                InstrumentTerms {
                    tick_value: tick_value(money, it, &mut errors),
                    size: simulation
                        .sizing
                        .and_then(|sizing| size(sizing, it.units, notional, &mut errors)),
                    slippage_ticks: slippage.ticks.into(),
                    slippage_rate: slippage.rate.map(Into::into),
                    slippage_range: slippage.range_fraction.map(Into::into),
                    limit_through_ticks: slippage.limit_through_ticks.into(),
                }
            })
            .collect();
        let own_margins = traded.iter().map(|it| it.own.and_then(|own| own.margin.as_ref()));
        let margin = simulation.margin.as_ref();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            money,
            initial_cash,
            fees,
            max_leverage: simulation.max_leverage.into(),
            margin: Margins::new(margin, own_margins, simulation.max_leverage),
            instruments,
            bars: Vec::new(),
            max_volume_share: simulation.limits.max_volume_share.map(Decimal::to_f64),
        })
    }
}

fn amount(
    money: MoneyUnit,
    units: &[Units],
    value: Decimal,
    field: &'static str,
    errors: &mut Vec<TermsError>,
) -> i64 {
    money.count(value).unwrap_or_else(|| {
        let decimals = money.decimals();
        let message = if value.scale() > decimals {
            format!("{value} has more than the {decimals} decimals of this account's money unit")
        } else {
            room::refusal(value, money, units)
        };
        errors.push(TermsError { field, message });
        0
    })
}

fn tick_value(money: MoneyUnit, of: &Traded<'_>, errors: &mut Vec<TermsError>) -> i64 {
    let multiplier = of.multiplier();
    money.contract_tick_value(of.units, multiplier).unwrap_or_else(|| {
        let Units { price_tick, quantity_step } = of.units;
        let times = match multiplier {
            Decimal::ONE => String::new(),
            other => format!(", times {other},"),
        };
        let message = format!(
            "one tick of {price_tick} on one step of {quantity_step}{times} does not fit 64 bits \
             of money; import the series with a price_tick and a quantity_step of less than 19 \
             decimals together"
        );
        errors.push(TermsError { field: "initial_cash", message });
        0
    })
}

fn size(sizing: Sizing, units: Units, notional: i64, errors: &mut Vec<TermsError>) -> Option<Size> {
    Some(match sizing {
        Sizing::FixedQuantity(quantity) => {
            Size::Steps(quantity.count_of(units.quantity_step).unwrap_or_else(|| {
                let step = units.quantity_step;
                let message =
                    format!("{quantity} is not a whole number of quantity steps ({step})");
                errors.push(TermsError { field: "sizing.fixed_quantity", message });
                0
            }))
        }
        Sizing::FixedNotional(_) => Size::Value(notional),
        Sizing::EquityFraction(fraction) => Size::Equity(fraction.into()),
        Sizing::RiskFraction(fraction) => Size::Risk(fraction.into()),
        // The range of each entry is its own.
        Sizing::RangeFraction(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents() -> Units {
        Units::with_default_step("0.01".parse().unwrap())
    }

    fn fields(simulation: &Simulation) -> Vec<&'static str> {
        let errors = Terms::new(simulation, &[cents()]).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn cash_is_counted_in_the_unit_that_makes_notionals_whole() {
        let terms = Terms::new(&Simulation::with_cash(Decimal::ONE), &[cents()]).unwrap();
        assert_eq!(terms.initial_cash, 100_000_000);
        assert_eq!(terms.instruments[0].tick_value, 1);
    }

    #[test]
    fn every_field_off_the_grid_is_named() {
        let mut simulation = Simulation::with_cash("0.000000001".parse().unwrap());
        simulation.sizing = Some(Sizing::FixedQuantity("0.0000001".parse().unwrap()));
        assert_eq!(fields(&simulation), ["initial_cash", "sizing.fixed_quantity"]);
        simulation.initial_cash = "100000000000".parse().unwrap();
        simulation.sizing = Some(Sizing::FixedNotional("0.0000000001".parse().unwrap()));
        assert_eq!(fields(&simulation), ["initial_cash", "sizing.fixed_notional"]);
    }
}
