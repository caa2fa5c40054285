//! What must be left of the equity while positions are held, and at which price that is used up.

use serde::{Deserialize, Serialize};

use super::Overflow;
use super::account::Account;
use super::fees::Deal;
use super::position::Position;
use super::terms::Fraction;
use crate::market::Decimal;

/// Margin of the account, all positions together, as a user states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginTerms {
    /// The part of their value that positions need when one is opened or added to, above 0 and at
    /// most 1; `None` leaves it to the greatest leverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_rate: Option<Decimal>,
    /// The part that must be left, `0 <= rate < 1`.
    pub maintenance_rate: Decimal,
    /// What a liquidation pays besides, a fraction of its notional, `0 <= rate < 1`.
    pub liquidation_fee_rate: Decimal,
}

impl MarginTerms {
    /// Nothing must be left, and a liquidation pays nothing.
    pub const LEAST: Self = Self {
        initial_rate: None,
        maintenance_rate: Decimal::ZERO,
        liquidation_fee_rate: Decimal::ZERO,
    };
}

/// The same on the grid, of each instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margins {
    /// What initial rates are parts of.
    initial_whole: i128,
    /// What maintenance rates are parts of.
    maintenance_whole: i128,
    instruments: Vec<Rates>,
    /// Whether all have the same.
    is_uniform: bool,
    /// Whether any is bound by more than the greatest leverage.
    has_initial: bool,
}

/// The rates of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rates {
    initial: i128,
    maintenance: i128,
    fee: Fraction,
}

impl Margins {
    /// Those of instruments that may have terms of their own; `None` where none has any.
    pub(super) fn new<'t>(
        common: Option<&'t MarginTerms>,
        own: impl Iterator<Item = Option<&'t MarginTerms>>,
        max_leverage: Decimal,
    ) -> Option<Self> {
        let terms: Vec<_> = own.map(|own| own.or(common)).collect();
        if terms.iter().all(Option::is_none) {
            return None;
        }
        let terms: Vec<_> =
            terms.into_iter().map(|it| *it.unwrap_or(&MarginTerms::LEAST)).collect();
        let given = || terms.iter().filter_map(|it| it.initial_rate);
        let power = |scale: u32| 10_i128.pow(scale);
        let parts =
            |rate: Decimal, scale: u32| i128::from(rate.mantissa()) * power(scale - rate.scale());
        let scale = given().map(Decimal::scale).max().unwrap_or(0);
        // What says nothing needs one over the greatest leverage, which may be no decimal.
        let leverage = i128::from(max_leverage.mantissa());
        let times = if given().count() == terms.len() { 1 } else { leverage };
        let unsaid = power(scale) * power(max_leverage.scale());
        let initial =
            |rate: Option<Decimal>| rate.map_or(unsaid, |rate| parts(rate, scale) * times);
        let least = terms.iter().map(|it| it.maintenance_rate.scale()).max().unwrap_or(0);
        let rates = |it: &MarginTerms| Rates {
            initial: initial(it.initial_rate),
            maintenance: parts(it.maintenance_rate, least),
            fee: it.liquidation_fee_rate.into(),
        };
        let instruments: Vec<_> = terms.iter().map(rates).collect();
        Some(Self {
            initial_whole: power(scale) * times,
            maintenance_whole: power(least),
            is_uniform: instruments.windows(2).all(|two| two[0] == two[1]),
            has_initial: given().next().is_some(),
            instruments,
        })
    }

    fn of(&self, instrument: u32) -> &Rates {
        &self.instruments[instrument as usize]
    }
}

impl Account {
    /// Whether a position of that instrument may be liquidated.
    #[inline]
    pub fn is_margined(&self, instrument: u32) -> bool {
        self.terms().margin.is_some() && self.positions[instrument as usize].quantity() != 0
    }

    /// The price at or under which the equity is at or under the maintenance margin, all other
    /// positions staying as they are valued. It is seen by a long: that of a short is negated.
    /// `None` where nothing is held, or there is no margin.
    pub fn liquidation_level(&self, instrument: u32) -> Result<Option<i64>, Overflow> {
        let Some(margins) = &self.terms().margin else { return Ok(None) };
        let position = &self.positions[instrument as usize];
        let held = position.quantity();
        if held == 0 {
            return Ok(None);
        }
        let (part, whole) = (margins.of(instrument).maintenance, margins.maintenance_whole);
        let value = i128::from(position.value());
        let others = i128::from(self.cash) + i128::from(self.value) - value;
        // Both over `whole`.
        let own = value.abs().checked_mul(part).ok_or(Overflow)?;
        let needed = self.needed(margins, |rates| rates.maintenance).ok_or(Overflow)? - own;
        let owned = others.checked_mul(whole).ok_or(Overflow)?;
        let tick_value = self.terms().instruments[instrument as usize].tick_value;
        let per_tick = i128::from(held.abs()) * i128::from(tick_value);
        let sign = if held > 0 { -1 } else { 1 };
        let per_tick = per_tick.checked_mul(whole + sign * part).ok_or(Overflow)?;
        // A long: floor((needed - owned) / per tick); a short, negated: the same.
        let level = (needed - owned).div_euclid(per_tick);
        Ok(Some(level.clamp(i64::MIN.into(), i64::MAX.into()) as i64))
    }

    /// Whether the equity is above zero, and at or under the maintenance margin of what is held.
    pub fn is_called(&self) -> Result<bool, Overflow> {
        let Some(margins) = &self.terms().margin else { return Ok(false) };
        if !self.is_holding() {
            return Ok(false);
        }
        let needed = self.needed(margins, |rates| rates.maintenance).ok_or(Overflow)?;
        Ok(i128::from(self.equity()?) * margins.maintenance_whole <= needed)
    }

    /// The position that needs the most margin; of equals the first.
    pub fn most_margined(&self) -> Option<u32> {
        let margins = self.terms().margin.as_ref()?;
        let held = (0_u32..).zip(&self.positions).filter(|(_, it)| it.quantity() != 0);
        // What does not fit is the most.
        let needs = |(instrument, position): (u32, &Position)| {
            let value = i128::from(position.value()).abs();
            let needed = value.checked_mul(margins.of(instrument).maintenance);
            (needed.unwrap_or(i128::MAX), instrument)
        };
        let most = held.map(needs).reduce(|most, next| if next.0 > most.0 { next } else { most });
        most.map(|(_, instrument)| instrument)
    }

    /// What a liquidation pays besides the fee of any fill.
    pub(super) fn liquidation_fee(&self, deal: &Deal) -> Result<i64, Overflow> {
        match &self.terms().margin {
            Some(margins) => margins.of(deal.instrument).fee.share(deal.notional, 1, 1),
            None => Ok(0),
        }
    }

    /// What positions need, over what these rates are parts of; `None` if it does not fit.
    fn needed(&self, margins: &Margins, rate: impl Fn(&Rates) -> i128) -> Option<i128> {
        if margins.is_uniform {
            return self.gross().checked_mul(rate(margins.of(0)));
        }
        self.positions.iter().zip(&margins.instruments).try_fold(0_i128, |sum, (it, rates)| {
            sum.checked_add(i128::from(it.value()).abs().checked_mul(rate(rates))?)
        })
    }

    /// Whether `equity` is enough for an order of that notional beside what is held.
    pub(super) fn is_margin_for(&self, instrument: u32, notional: i64, equity: i64) -> bool {
        let Some(margins) = self.terms().margin.as_ref().filter(|it| it.has_initial) else {
            return true;
        };
        let more = i128::from(notional).checked_mul(margins.of(instrument).initial);
        let held = self.needed(margins, |rates| rates.initial);
        let needed = held.zip(more).and_then(|(held, more)| held.checked_add(more));
        let owned = i128::from(equity).checked_mul(margins.initial_whole);
        needed.zip(owned).is_some_and(|(needed, owned)| needed <= owned)
    }

    /// The most value of that instrument that one may have besides, costs aside.
    pub(super) fn margin_room(&self, instrument: u32, equity: i64) -> i64 {
        let Some(margins) = self.terms().margin.as_ref().filter(|it| it.has_initial) else {
            return i64::MAX;
        };
        let owned = i128::from(equity.max(0)).checked_mul(margins.initial_whole);
        let held = self.needed(margins, |rates| rates.initial);
        let room = owned.zip(held).and_then(|(owned, held)| owned.checked_sub(held));
        // What does not fit is refused, as by `is_margin_for`.
        let most = room.unwrap_or(0) / margins.of(instrument).initial.max(1);
        most.clamp(0, i64::MAX.into()) as i64
    }

    /// Liquidations so far.
    pub const fn liquidation_count(&self) -> u64 {
        self.liquidation_count
    }
}
