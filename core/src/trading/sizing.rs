//! How much an entry buys: a value becomes a quantity at the price of the fill.

use super::Overflow;
use super::account::Account;
use super::execution::{Execution, Filled};
use super::fees::Deal;
use super::fill::{ExitReason, Rejection, Side};
use super::order::Entry;
use super::terms::{Fraction, Size};

impl Account {
    /// What purchases of a cash account may be paid from: what short sales have brought stays
    /// behind, and as much again as their cover.
    pub fn free_cash(&self) -> i128 {
        // The gross is longs plus shorts, the value longs less shorts.
        i128::from(self.cash()) - (self.gross() - i128::from(self.value))
    }

    /// An order that is refused leaves no trace: what is held is worth what it was before.
    pub(super) fn refused(
        &mut self,
        rejection: Rejection,
        at: &Execution,
        value: i64,
    ) -> Result<Result<Filled, Rejection>, Overflow> {
        self.value_again(at.instrument, value)?;
        Ok(Err(rejection))
    }

    /// Takes a mark back: the position is worth that again.
    fn value_again(&mut self, instrument: u32, value: i64) -> Result<(), Overflow> {
        let position = &mut self.positions[instrument as usize];
        let before = position.value();
        position.value_again(value);
        self.revalue(before, value)
    }

    /// Opens or adds up to so many steps: as many as the account can pay for.
    pub fn enter_up_to(
        &mut self,
        side: Side,
        steps_max: i64,
        at: &Execution,
    ) -> Result<Result<Filled, Rejection>, Overflow> {
        let price = self.slipped(at, side.sign());
        let value = self.positions()[at.instrument as usize].value();
        self.mark(at.instrument, price)?;
        let steps = steps_max.min(self.affordable(side, at, price)?);
        if steps <= 0 {
            return self.refused(Rejection::QuantityTooSmall, at, value);
        }
        if self.is_too_large(at, steps) {
            return self.refused(Rejection::VolumeLimit, at, value);
        }
        if !self.can_carry(side, at, price, steps)? {
            return self.refused(Rejection::InsufficientFunds, at, value);
        }
        self.execute(at, price, steps * side.sign(), ExitReason::Signal).map(Ok)
    }

    /// The steps that an entry at `price` ticks buys or sells: by the run's sizing, else by the
    /// order's own. The instrument is marked at that price.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn entry_steps(
        &self,
        entry: &Entry,
        at: &Execution,
        price: i64,
    ) -> Result<i64, Overflow> {
        let terms = &self.terms().instruments[at.instrument as usize];
        let unit_price = price.checked_mul(terms.tick_value).ok_or(Overflow)?;
        let fees = &self.terms().fees;
        let affordable = |value| fees.affordable((at.instrument, at.is_maker), unit_price, value);
        Ok(match terms.size.or(entry.size) {
            // More than all money counts is more than there is, and refused as that.
            Some(Size::Steps(steps)) if terms.size.is_none() => {
                steps.min(i64::MAX / unit_price.max(1))
            }
            Some(Size::Steps(steps)) => steps,
            Some(Size::Value(value)) => affordable(value),
            Some(Size::Equity(fraction)) => affordable(fraction.of(self.equity()?)),
            Some(Size::Risk(fraction)) => {
                let Some(stop) = entry.exits.stop_price(entry.side, price) else { return Ok(0) };
                let loss = (i128::from(price) - i128::from(stop)) * i128::from(entry.side.sign());
                self.losing(fraction, loss * i128::from(terms.tick_value))?
                    .min(self.affordable(entry.side, at, price)?)
            }
            Some(Size::Range { fraction, ticks }) => self
                .losing(fraction, i128::from(ticks) * i128::from(terms.tick_value))?
                .min(self.affordable(entry.side, at, price)?),
            None => 0,
        })
    }

    /// The steps that come to that fraction of the equity where each comes to so much.
    fn losing(&self, fraction: Fraction, each: i128) -> Result<i64, Overflow> {
        // Of an equity that fees have used up amid a bar nothing can be risked.
        let risked = i128::from(fraction.of(self.equity()?.max(0)));
        // A stop on the wrong side of the fill limits no loss: nothing is bought.
        let steps = if each > 0 { risked / each } else { 0 };
        Ok(i64::try_from(steps).unwrap_or(i64::MAX))
    }

    /// A cash account pays a purchase from its free cash; any other order is bound by the gross.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn can_carry(
        &self,
        side: Side,
        at: &Execution,
        price: i64,
        steps: i64,
    ) -> Result<bool, Overflow> {
        let (instrument, is_maker) = (at.instrument, at.is_maker);
        let notional = self.notional(instrument, price, steps)?;
        if self.pays_cash(side) {
            let fee = self.terms().fees.on(&Deal { instrument, notional, steps, is_maker })?;
            return Ok(i128::from(notional) + i128::from(fee) <= self.free_cash());
        }
        let (gross, equity) = (self.gross() + i128::from(notional), self.equity()?);
        let fits = !self.terms().max_leverage.is_exceeded_by(gross, equity);
        if !fits || self.terms().margin.is_none() {
            return Ok(fits);
        }
        let fee = self.terms().fees.on(&Deal { instrument, notional, steps, is_maker })?;
        Ok(self.is_margin_for(instrument, notional, equity.saturating_sub(fee)))
    }

    /// The most steps at `price` ticks that the account can carry.
    pub(super) fn affordable(
        &self,
        side: Side,
        at: &Execution,
        price: i64,
    ) -> Result<i64, Overflow> {
        let tick_value = self.terms().instruments[at.instrument as usize].tick_value;
        let unit_price = price.checked_mul(tick_value).ok_or(Overflow)?;
        let paid = (at.instrument, at.is_maker);
        let most = self.terms().fees.affordable(paid, unit_price, self.room(at.instrument, side)?);
        if self.terms().margin.is_none() || self.can_carry(side, at, price, most)? {
            return Ok(most);
        }
        // The fee comes out of the equity: what fits and what does not meet at one border.
        let (mut fitting, mut beyond) = (0, most);
        while beyond - fitting > 1 {
            let middle = fitting + (beyond - fitting) / 2;
            if self.can_carry(side, at, price, middle)? {
                fitting = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(fitting)
    }

    /// The value of a further order that the account can carry, commission included.
    pub fn room(&self, instrument: u32, side: Side) -> Result<i64, Overflow> {
        if self.pays_cash(side) {
            return Ok(self.free_cash().clamp(0, i64::MAX.into()) as i64);
        }
        let equity = self.equity()?;
        let limit = self.terms().max_leverage.of(equity);
        let room = (i128::from(limit) - self.gross()).clamp(0, i64::MAX.into()) as i64;
        Ok(room.min(self.margin_room(instrument, equity)))
    }

    const fn pays_cash(&self, side: Side) -> bool {
        matches!(side, Side::Long)
            && self.terms().max_leverage.is_one()
            && self.terms().margin.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FillRule, Simulation, Sizing, Terms};
    use super::*;
    use crate::market::Units;

    #[test]
    fn what_is_refused_leaves_no_trace_of_its_price() {
        let simulation = Simulation {
            sizing: Some(Sizing::FixedQuantity("7".parse().unwrap())),
            slippage_ticks: 2,
            ..Simulation::with_cash("1000".parse().unwrap())
        };
        let units = Units::with_default_step("0.01".parse().unwrap());
        let mut account = Account::new(Terms::new(&simulation, &[units]).unwrap());
        let at = Execution {
            instrument: 0,
            time_ms: 0,
            bar: 0,
            reference_price: 10_000,
            rule: FillRule::MarketAtOpen,
            is_ambiguous: false,
            is_maker: false,
        };
        let long = Entry::market(Side::Long);
        account.enter(&long, &at).unwrap().unwrap();
        let standing = account.standing();
        assert_eq!(account.enter(&long, &at).unwrap(), Err(Rejection::InsufficientFunds));
        assert_eq!(account.standing(), standing);
        let refused = account.enter_up_to(Side::Long, 0, &at).unwrap();
        assert_eq!(refused, Err(Rejection::QuantityTooSmall));
        assert_eq!(account.standing(), standing);
    }
}
