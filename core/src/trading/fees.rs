//! What a fill pays: a rate of its notional, and where the run says so more than that.

use serde::{Deserialize, Serialize};

use super::Overflow;
use super::commission::Commission;
use super::terms::{TermsError, Traded};
use crate::market::{Decimal, MoneyUnit, Units};

/// Fees in parts, as a user states them: `min(max(rate x notional + per_unit x quantity + per_fill,
/// minimum), maximum_rate x notional)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTerms {
    /// Of limits that had waited when they filled, a fraction of the notional, `0 <= rate < 1`.
    pub maker_rate: Decimal,
    /// Of all other fills.
    pub taker_rate: Decimal,
    /// Of each unit of quantity, in money.
    pub per_unit: Decimal,
    /// Of each fill.
    pub per_fill: Decimal,
    /// The least that a fill pays.
    pub minimum: Decimal,
    /// The most that a fill pays, as a fraction of its notional; it wins over the least.
    pub maximum_rate: Option<Decimal>,
}

/// Fees on the grid of the instruments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fees {
    /// What all instruments pay, where none differs and the rate is all.
    rates: Rates,
    /// Of each instrument what it pays; none where it is that.
    own: Vec<(Rates, Option<Parts>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rates {
    maker: Commission,
    taker: Commission,
}

/// The parts of a fee over one denominator, in money units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    denominator: i128,
    maker: i128,
    taker: i128,
    per_step: i128,
    per_fill: i128,
    minimum: i64,
    /// A fraction of the notional.
    maximum: Option<(i128, i128)>,
}

/// What of a fill its fee depends on.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    /// Which instrument.
    pub instrument: u32,
    /// What the fill is worth, in money units; not negative.
    pub notional: i64,
    /// How many steps; not negative.
    pub steps: i64,
    /// Whether it is a limit that had waited.
    pub is_maker: bool,
}

impl FeeTerms {
    /// That rate for every fill, and nothing else.
    pub const fn rate(rate: Decimal) -> Self {
        Self {
            maker_rate: rate,
            taker_rate: rate,
            per_unit: Decimal::ZERO,
            per_fill: Decimal::ZERO,
            minimum: Decimal::ZERO,
            maximum_rate: None,
        }
    }

    /// The one rate that these come to, if they do.
    pub fn only_rate(&self) -> Option<Decimal> {
        (*self == Self::rate(self.taker_rate)).then_some(self.taker_rate)
    }

    fn is_by_rate_alone(&self) -> bool {
        let Self { taker_rate, maker_rate, .. } = *self;
        *self == Self { maker_rate, ..Self::rate(taker_rate) }
    }
}

impl Fees {
    /// Brings the terms onto the grid of the instruments.
    pub(super) fn new(
        terms: &FeeTerms,
        money: MoneyUnit,
        traded: &[Traded<'_>],
        errors: &mut Vec<TermsError>,
    ) -> Self {
        let of = |it: &Traded<'_>| it.own.and_then(|own| own.fees);
        let is_one_rate = terms.is_by_rate_alone() && traded.iter().all(|it| of(it).is_none());
        let mut own_of = |it: &Traded<'_>| {
            let own = of(it);
            let terms = own.as_ref().unwrap_or(terms);
            let mut found = Vec::new();
            let parts = if terms.is_by_rate_alone() {
                None
            } else {
                Parts::new(terms, money, it.units, &mut found)
            };
            let is_own = own.is_some();
            errors.extend(found.into_iter().map(|error| it.refused(error, is_own)));
            (Rates::of(terms), parts)
        };
        let own = if is_one_rate { Vec::new() } else { traded.iter().map(&mut own_of).collect() };
        Self { rates: Rates::of(terms), own }
    }

    /// What the fill pays.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn on(&self, deal: &Deal) -> Result<i64, Overflow> {
        match self.own.get(deal.instrument as usize) {
            None => Ok(self.rates.of_fill(deal.is_maker).on(deal.notional)),
            Some((rates, None)) => Ok(rates.of_fill(deal.is_maker).on(deal.notional)),
            Some((_, Some(parts))) => parts.on(deal),
        }
    }

    /// The most steps at `unit_price` whose cost with the fee is within `value`.
    #[inline]
    pub fn affordable(
        &self,
        (instrument, is_maker): (u32, bool),
        unit_price: i64,
        value: i64,
    ) -> i64 {
        match self.own.get(instrument as usize) {
            None => self.rates.of_fill(is_maker).affordable(unit_price, value),
            Some((rates, None)) => rates.of_fill(is_maker).affordable(unit_price, value),
            Some((_, Some(parts))) => parts.affordable((instrument, is_maker), unit_price, value),
        }
    }
}

impl Rates {
    fn of(terms: &FeeTerms) -> Self {
        let [maker, taker] = [terms.maker_rate, terms.taker_rate].map(Commission::new);
        Self { maker, taker }
    }

    #[inline]
    const fn of_fill(&self, is_maker: bool) -> &Commission {
        if is_maker { &self.maker } else { &self.taker }
    }
}

impl Parts {
    fn new(
        terms: &FeeTerms,
        money: MoneyUnit,
        units: Units,
        errors: &mut Vec<TermsError>,
    ) -> Option<Self> {
        let mut refuse = |field, message: String| {
            errors.push(TermsError { field, message });
            None
        };
        let minimum = money.count(terms.minimum);
        let Some(minimum) = minimum else {
            let decimals = money.decimals();
            let message =
                format!("{} does not fit {decimals} decimals of this account", terms.minimum);
            return refuse("fees.minimum", message);
        };
        let step = units.quantity_step;
        let per_step = (
            i128::from(terms.per_unit.mantissa()) * i128::from(step.mantissa()),
            terms.per_unit.scale() + step.scale(),
        );
        let per_fill = (i128::from(terms.per_fill.mantissa()), terms.per_fill.scale());
        let money_scale = money.decimals();
        let rates = [terms.maker_rate, terms.taker_rate].map(Decimal::scale);
        let amounts = [per_step, per_fill].map(|(mantissa, scale)| {
            if mantissa == 0 { 0 } else { scale.saturating_sub(money_scale) }
        });
        let scale = rates.into_iter().chain(amounts).max().unwrap_or(0);
        let rate = |rate: Decimal| i128::from(rate.mantissa()) * 10_i128.pow(scale - rate.scale());
        // Money units over the denominator: at most 18 + 18 digits more than the mantissa.
        let amount = |(mantissa, own): (i128, u32)| {
            let digits = (scale + money_scale).checked_sub(own)?;
            mantissa.checked_mul(10_i128.checked_pow(digits)?)
        };
        let (Some(per_step), Some(per_fill), true) = (
            if per_step.0 == 0 { Some(0) } else { amount(per_step) },
            if per_fill.0 == 0 { Some(0) } else { amount(per_fill) },
            scale <= 18,
        ) else {
            let message = "has more digits than can be counted exactly on this quantity step";
            let field = if amounts[0] > amounts[1] { "fees.per_unit" } else { "fees.per_fill" };
            return refuse(field, message.to_owned());
        };
        let fraction = |it: Decimal| (i128::from(it.mantissa()), 10_i128.pow(it.scale()));
        Some(Self {
            denominator: 10_i128.pow(scale),
            maker: rate(terms.maker_rate),
            taker: rate(terms.taker_rate),
            per_step,
            per_fill,
            minimum,
            maximum: terms.maximum_rate.map(fraction),
        })
    }

    /// Rounded once, half away from zero; it never falls as the quantity rises.
    fn on(&self, deal: &Deal) -> Result<i64, Overflow> {
        let rate = if deal.is_maker { self.maker } else { self.taker };
        let exact = i128::from(deal.notional)
            .checked_mul(rate)
            .zip(i128::from(deal.steps).checked_mul(self.per_step))
            .and_then(|(of_notional, of_steps)| of_notional.checked_add(of_steps))
            .and_then(|sum| sum.checked_add(self.per_fill + self.denominator / 2));
        let fee = exact.ok_or(Overflow)? / self.denominator;
        let fee = fee.max(self.minimum.into());
        let most = self.maximum.map(|(part, of)| i128::from(deal.notional) * part / of);
        i64::try_from(most.map_or(fee, |most| fee.min(most))).map_err(|_| Overflow)
    }

    fn affordable(&self, (instrument, is_maker): (u32, bool), unit_price: i64, value: i64) -> i64 {
        if value <= 0 || unit_price <= 0 {
            return 0;
        }
        let fits = |steps: i64| {
            let notional = unit_price.checked_mul(steps);
            notional.is_some_and(|notional| {
                let fee = self.on(&Deal { instrument, notional, steps, is_maker });
                fee.is_ok_and(|fee| notional.checked_add(fee).is_some_and(|cost| cost <= value))
            })
        };
        // Costs rise with the quantity: what fits and what does not meet at one border.
        let (mut fitting, mut beyond) = (0, (value / unit_price).saturating_add(1));
        while beyond - fitting > 1 {
            let middle = fitting + (beyond - fitting) / 2;
            if fits(middle) { fitting = middle } else { beyond = middle }
        }
        fitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn units() -> Units {
        Units { price_tick: decimal("0.01"), quantity_step: decimal("1") }
    }

    fn fees(change: impl FnOnce(&mut FeeTerms)) -> Fees {
        let mut terms = FeeTerms::rate(Decimal::ZERO);
        change(&mut terms);
        let mut errors = Vec::new();
        let fees =
            Fees::new(&terms, MoneyUnit::for_units([units()]), &[Traded::of(units())], &mut errors);
        assert_eq!(errors, []);
        fees
    }

    /// In millionths of the currency.
    fn paid(fees: &Fees, notional: i64, steps: i64, is_maker: bool) -> i64 {
        let notional = notional * 1_000_000;
        fees.on(&Deal { instrument: 0, notional, steps, is_maker }).unwrap()
    }

    #[test]
    fn a_broker_charges_by_the_share_with_a_least_and_a_most() {
        let shares = fees(|terms| {
            terms.per_unit = decimal("0.005");
            terms.minimum = decimal("1");
            terms.maximum_rate = Some(decimal("0.01"));
        });
        assert_eq!(paid(&shares, 5_000, 100, false), 1_000_000, "the least");
        assert_eq!(paid(&shares, 50_000, 1_000, false), 5_000_000, "by the share");
        assert_eq!(paid(&shares, 50, 1_000, false), 500_000, "the most, above the least");
    }

    #[test]
    fn an_exchange_charges_what_waited_less() {
        let spot = fees(|terms| {
            terms.taker_rate = decimal("0.0005");
            terms.maker_rate = decimal("0.0002");
            terms.per_fill = decimal("0.1");
        });
        assert_eq!(paid(&spot, 10_000, 7, false), 5_100_000);
        assert_eq!(paid(&spot, 10_000, 7, true), 2_100_000);
    }

    #[test]
    fn what_cannot_be_counted_exactly_is_told_by_its_field() {
        let fields = |change: fn(&mut FeeTerms)| {
            let mut terms = FeeTerms::rate(Decimal::ZERO);
            change(&mut terms);
            let mut errors = Vec::new();
            Fees::new(&terms, MoneyUnit::for_units([units()]), &[Traded::of(units())], &mut errors);
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(|it| it.minimum = decimal("0.0000001")), ["fees.minimum"]);
        assert!(fields(|it| it.per_unit = decimal("0.0000001")).is_empty());
        let wide = |it: &mut FeeTerms| it.per_unit = decimal("9223372036854.775807");
        assert!(fields(wide).is_empty());
    }

    proptest! {
        #[test]
        fn parts_of_a_rate_alone_pay_what_the_rate_does(
            notional in 0_i64..1_000_000_000_000_000_000,
            rate in 0_i64..1_000_000,
            steps in 0_i64..1_000_000,
        ) {
            let rate = Decimal::new(rate, 6).unwrap();
            let simple = fees(|terms| *terms = FeeTerms::rate(rate));
            // A most that binds nothing makes them parts.
            let parts = fees(|terms| {
                *terms = FeeTerms { maximum_rate: Some(Decimal::ONE), ..FeeTerms::rate(rate) };
            });
            let deal = Deal { instrument: 0, notional, steps, is_maker: false };
            prop_assert_eq!(simple.on(&deal).unwrap(), parts.on(&deal).unwrap());
        }

        #[test]
        fn the_affordable_quantity_is_the_greatest_within_the_value(
            unit_price in 1_i64..1_000_000_000,
            value in 0_i64..1_000_000_000_000_000,
            (rate, per_unit, minimum) in (0_i64..10_000, 0_i64..10_000, 0_i64..10_000),
            most in prop::option::of(0_i64..10_000),
        ) {
            let fees = fees(|terms| *terms = FeeTerms {
                per_unit: Decimal::new(per_unit, 5).unwrap(),
                minimum: Decimal::new(minimum, 3).unwrap(),
                maximum_rate: most.map(|most| Decimal::new(most, 5).unwrap()),
                ..FeeTerms::rate(Decimal::new(rate, 5).unwrap())
            });
            let cost = |steps: i64| {
                let notional = unit_price * steps;
                let deal = Deal { instrument: 0, notional, steps, is_maker: false };
                notional + fees.on(&deal).unwrap()
            };
            let steps = fees.affordable((0, false), unit_price, value);
            prop_assert!(steps == 0 || cost(steps) <= value);
            prop_assert!(cost(steps + 1) > value);
        }
    }
}
