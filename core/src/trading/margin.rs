//! What must be left of the equity while positions are held, and at which price that is used up.

use serde::{Deserialize, Serialize};

use super::Overflow;
use super::account::Account;
use super::fees::Deal;
use super::fill::ExitReason;
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

/// The same on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin {
    initial: Option<Fraction>,
    maintenance: Fraction,
    fee: Fraction,
}

impl From<&MarginTerms> for Margin {
    fn from(terms: &MarginTerms) -> Self {
        Self {
            initial: terms.initial_rate.map(Into::into),
            maintenance: terms.maintenance_rate.into(),
            fee: terms.liquidation_fee_rate.into(),
        }
    }
}

impl Margin {
    /// What a liquidation of that notional pays beside the fees of any fill.
    pub(super) fn fee_on(&self, notional: i64) -> Result<i64, Overflow> {
        self.fee.share(notional, 1, 1)
    }

    /// Whether positions of that size may be had with so much equity, of which `fee` is spent.
    pub(super) fn admits(&self, gross: i128, equity: i64, fee: i64) -> bool {
        let left = equity.saturating_sub(fee);
        self.initial.is_none_or(|rate| {
            let (part, whole) = rate.parts();
            let needed = gross.checked_mul(part.into());
            needed.is_some_and(|needed| needed <= i128::from(left) * i128::from(whole))
        })
    }

    /// The most value that one may have beside `gross`, costs aside.
    pub(super) fn room(&self, gross: i128, equity: i64) -> i64 {
        let Some(rate) = self.initial else { return i64::MAX };
        let (part, whole) = rate.parts();
        let most = i128::from(equity.max(0)) * i128::from(whole) / i128::from(part.max(1));
        (most - gross).clamp(0, i64::MAX.into()) as i64
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
        let Some(margin) = &self.terms().margin else { return Ok(None) };
        let position = &self.positions[instrument as usize];
        let held = position.quantity();
        if held == 0 {
            return Ok(None);
        }
        let (part, whole) = margin.maintenance.parts();
        let (part, whole) = (i128::from(part), i128::from(whole));
        let value = i128::from(position.value());
        let others = i128::from(self.cash) + i128::from(self.value) - value;
        let gross = self.gross() - value.abs();
        // Both over `whole`.
        let needed = gross.checked_mul(part).ok_or(Overflow)?;
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
        let Some(margin) = &self.terms().margin else { return Ok(false) };
        if !self.is_holding() {
            return Ok(false);
        }
        let (part, whole) = margin.maintenance.parts();
        let needed = self.gross().checked_mul(part.into()).ok_or(Overflow)?;
        Ok(i128::from(self.equity()?) * i128::from(whole) <= needed)
    }

    /// The position that needs the most margin; of equals the first.
    pub fn most_margined(&self) -> Option<u32> {
        let size = |position: &super::position::Position| position.value().unsigned_abs();
        let held = (0..).zip(&self.positions).filter(|(_, position)| position.quantity() != 0);
        let most = held.reduce(|most, next| if size(next.1) > size(most.1) { next } else { most });
        most.map(|(instrument, _)| instrument)
    }

    /// What a fill pays, with what a liquidation pays besides.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn commission_on(&self, deal: &Deal, reason: ExitReason) -> Result<i64, Overflow> {
        let fee = self.terms().fees.on(deal)?;
        if reason != ExitReason::Liquidation {
            return Ok(fee);
        }
        let besides = self.terms().margin.map_or(Ok(0), |margin| margin.fee_on(deal.notional));
        fee.checked_add(besides?).ok_or(Overflow)
    }

    /// Liquidations so far.
    pub const fn liquidation_count(&self) -> u64 {
        self.liquidation_count
    }
}
