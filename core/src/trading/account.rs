//! Cash and positions: what fills do to them, and what the account can carry.

use super::Overflow;
use super::carry::ChargeKind;
use super::execution::{Execution, Filled};
use super::exits::portion_of;
use super::fees::Deal;
use super::fill::{ExitReason, Fill, Rejection};
use super::order::Entry;
use super::position::{Exit, Position};
use super::terms::Terms;
use crate::market::Decimal;

/// One simulated account.
#[derive(Clone, Debug)]
pub struct Account {
    terms: Terms,
    pub(super) cash: i64,
    pub(super) positions: Vec<Position>,
    /// All positions at their marked prices.
    pub(super) value: i64,
    /// The same without signs, where there are several.
    gross: i128,
    /// Positions that are long, and that are short.
    pub(super) longs: usize,
    pub(super) shorts: usize,
    pub(super) fees_paid: i64,
    pub(super) slippage_cost: i64,
    pub(super) carry_cost: i64,
    /// The same by kind.
    pub(super) carry_by_kind: [i64; ChargeKind::ALL.len()],
    traded_notional: i128,
    fill_count: u64,
    pub(super) liquidation_count: u64,
    /// What liquidations have paid besides the fees of other fills.
    pub(super) liquidation_fees: i64,
}

impl Account {
    /// An account of these terms, all in cash.
    pub fn new(terms: Terms) -> Self {
        Self {
            cash: terms.initial_cash,
            positions: vec![Position::default(); terms.instruments.len()],
            terms,
            value: 0,
            gross: 0,
            longs: 0,
            shorts: 0,
            fees_paid: 0,
            slippage_cost: 0,
            carry_cost: 0,
            carry_by_kind: [0; ChargeKind::ALL.len()],
            traded_notional: 0,
            fill_count: 0,
            liquidation_count: 0,
            liquidation_fees: 0,
        }
    }

    /// The terms it was opened with.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// All positions, by instrument.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Cash, in money units.
    pub const fn cash(&self) -> i64 {
        self.cash
    }

    /// The notionals of all fills so far.
    pub const fn traded_notional(&self) -> i128 {
        self.traded_notional
    }

    /// Fills so far.
    pub const fn fill_count(&self) -> u64 {
        self.fill_count
    }

    /// Cash plus all positions at their marked prices.
    #[inline]
    pub fn equity(&self) -> Result<i64, Overflow> {
        self.cash.checked_add(self.value).ok_or(Overflow)
    }

    /// Whether any position is open.
    #[inline]
    pub const fn is_holding(&self) -> bool {
        self.longs + self.shorts > 0
    }

    /// How many instruments are held.
    pub const fn open_positions(&self) -> usize {
        self.longs + self.shorts
    }

    /// All positions at their marked prices, without their signs.
    #[inline]
    pub fn gross(&self) -> i128 {
        match self.positions.as_slice() {
            [only] => only.value().unsigned_abs().into(),
            _ => self.gross,
        }
    }

    /// Values one position at `price` ticks.
    #[inline]
    pub fn mark(&mut self, instrument: u32, price: i64) -> Result<(), Overflow> {
        let position = &mut self.positions[instrument as usize];
        let before = position.value();
        position.mark(price)?;
        let after = position.value();
        self.revalue(before, after)
    }

    /// A position is worth something else now.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn revalue(&mut self, before: i64, after: i64) -> Result<(), Overflow> {
        // What one instrument is worth is what all are worth.
        if self.positions.len() == 1 {
            self.value = after;
            return Ok(());
        }
        // As at every bar on which nothing is held.
        if before == after {
            return Ok(());
        }
        let value = i128::from(self.value) - i128::from(before) + i128::from(after);
        self.value = i64::try_from(value).map_err(|_| Overflow)?;
        self.gross += i128::from(after.unsigned_abs()) - i128::from(before.unsigned_abs());
        Ok(())
    }

    /// The profit of all open round trips at their marked prices, entry fees included.
    pub fn open_profit(&self) -> Result<i64, Overflow> {
        self.positions.iter().try_fold(0_i64, |sum, position| {
            let profit =
                position.open_trade().map_or(Ok(0), |trade| trade.profit(position.value()));
            sum.checked_add(profit?).ok_or(Overflow)
        })
    }

    /// Opens a position or adds to it, or tells why the order is refused.
    ///
    /// The size is found at the fill's own price, so that an entry with all of the equity fits.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn enter(
        &mut self,
        entry: &Entry,
        at: &Execution,
    ) -> Result<Result<Filled, Rejection>, Overflow> {
        let side = entry.side;
        let price = self.slipped(at, side.sign());
        let value = self.positions()[at.instrument as usize].value();
        self.mark(at.instrument, price)?;
        let steps = match self.entry_steps(entry, at, price)? {
            0 => return self.refused(Rejection::QuantityTooSmall, at, value),
            steps => steps,
        };
        if self.is_too_large(at, steps) {
            return self.refused(Rejection::VolumeLimit, at, value);
        }
        if !self.can_carry(side, at, price, steps)? {
            return self.refused(Rejection::InsufficientFunds, at, value);
        }
        self.execute(at, price, steps * side.sign(), ExitReason::Signal).map(Ok)
    }

    /// Closes the whole position; `None` if it is flat.
    pub fn exit(&mut self, reason: ExitReason, at: &Execution) -> Result<Option<Filled>, Overflow> {
        self.exit_part(Decimal::ONE, reason, at)
    }

    /// Closes that portion of the position, whole steps of it; `None` if it is flat.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn exit_part(
        &mut self,
        portion: Decimal,
        reason: ExitReason,
        at: &Execution,
    ) -> Result<Option<Filled>, Overflow> {
        let held = self.positions[at.instrument as usize].quantity();
        if held == 0 {
            return Ok(None);
        }
        self.exit_steps(portion_of(portion, held.abs()), reason, at).map(Some)
    }

    /// Closes so many steps of a position that has as many.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn exit_steps(
        &mut self,
        steps: i64,
        reason: ExitReason,
        at: &Execution,
    ) -> Result<Filled, Overflow> {
        let side = self.positions[at.instrument as usize].quantity().signum();
        let price = self.slipped(at, -side);
        self.execute(at, price, -side * steps, reason)
    }

    /// Takes two amounts out of the cash.
    #[inline]
    fn pay(&mut self, price: i64, fee: i64) -> Result<(), Overflow> {
        let narrow = self.cash.checked_sub(price).and_then(|cash| cash.checked_sub(fee));
        // Both together may fit where the first alone does not.
        let wide = || i128::from(self.cash) - i128::from(price) - i128::from(fee);
        self.cash = match narrow {
            Some(cash) => cash,
            None => i64::try_from(wide()).map_err(|_| Overflow)?,
        };
        Ok(())
    }

    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(crate) fn notional(
        &self,
        instrument: u32,
        price: i64,
        steps: i64,
    ) -> Result<i64, Overflow> {
        let tick_value = self.terms.instruments[instrument as usize].tick_value;
        price.checked_mul(steps).and_then(|n| n.checked_mul(tick_value)).ok_or(Overflow)
    }

    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn execute(
        &mut self,
        at: &Execution,
        price: i64,
        quantity: i64,
        reason: ExitReason,
    ) -> Result<Filled, Overflow> {
        let notional = self.notional(at.instrument, price, quantity.abs())?;
        let slipped = (price - at.reference_price).abs();
        let (instrument, steps) = (at.instrument, quantity.abs());
        let deal = Deal { instrument, notional, steps, is_maker: at.is_maker };
        let mut commission = self.terms.fees.on(&deal)?;
        if reason == ExitReason::Liquidation {
            let besides = self.liquidation_fee(&deal)?;
            commission = commission.checked_add(besides).ok_or(Overflow)?;
            self.liquidation_fees = self.liquidation_fees.checked_add(besides).ok_or(Overflow)?;
        }
        let fill = Fill {
            instrument: at.instrument,
            time_ms: at.time_ms,
            bar: at.bar,
            price,
            quantity,
            commission,
            slippage: self.notional(at.instrument, slipped, quantity.abs())?,
            rule: at.rule,
        };
        self.pay(notional * quantity.signum(), fill.commission)?;
        self.fees_paid = self.fees_paid.checked_add(fill.commission).ok_or(Overflow)?;
        self.slippage_cost = self.slippage_cost.checked_add(fill.slippage).ok_or(Overflow)?;
        self.traded_notional += i128::from(notional);
        self.fill_count += 1;
        self.liquidation_count += u64::from(reason == ExitReason::Liquidation);
        let tick_value = self.terms.instruments[at.instrument as usize].tick_value;
        let position = &mut self.positions[at.instrument as usize];
        let Execution { time_ms, bar, is_ambiguous, .. } = *at;
        let exit = Exit { time_ms, bar, reason, is_ambiguous };
        let (before, held) = (position.value(), position.quantity());
        let ended = position.apply(&fill, notional, tick_value, exit)?;
        let (after, holds) = (position.value(), position.quantity());
        self.longs = self.longs + usize::from(holds > 0) - usize::from(held > 0);
        self.shorts = self.shorts + usize::from(holds < 0) - usize::from(held < 0);
        self.revalue(before, after)?;
        Ok((fill, ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Units;
    use crate::trading::{FillRule, Side, Simulation, Sizing};
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn account(change: impl FnOnce(&mut Simulation)) -> Account {
        let mut simulation = Simulation::with_cash(decimal("1000"));
        change(&mut simulation);
        let units = Units::with_default_step(decimal("0.01"));
        Account::new(Terms::new(&simulation, &[units]).unwrap())
    }

    fn at(reference_price: i64) -> Execution {
        let (rule, is_ambiguous) = (FillRule::MarketAtOpen, false);
        Execution {
            instrument: 0,
            time_ms: 0,
            bar: 0,
            reference_price,
            rule,
            is_ambiguous,
            is_maker: false,
        }
    }

    fn market(side: Side) -> Entry {
        Entry::market(side)
    }

    #[test]
    fn all_of_the_equity_fits_a_cash_account_on_both_sides() {
        for side in [Side::Long, Side::Short] {
            let mut account = account(|s| s.commission_rate = decimal("0.001"));
            let (fill, _) = account.enter(&market(side), &at(9_999)).unwrap().unwrap();
            assert!(fill.quantity.abs() > 9_000_000, "{side:?} {}", fill.quantity);
        }
    }

    #[test]
    fn a_fixed_quantity_beyond_the_cash_is_refused_whole() {
        let mut account = account(|s| {
            s.sizing = Some(Sizing::FixedQuantity(decimal("10")));
            s.commission_rate = decimal("0.001");
        });
        let refused = account.enter(&market(Side::Long), &at(10_000)).unwrap();
        assert_eq!(refused.unwrap_err(), Rejection::InsufficientFunds);
        assert_eq!(account.cash(), account.terms().initial_cash);
    }

    #[test]
    fn leverage_bounds_the_gross_notional() {
        let enter = |quantity: &str| {
            let mut account = account(|s| {
                s.sizing = Some(Sizing::FixedQuantity(decimal(quantity)));
                s.max_leverage = decimal("2");
            });
            account.enter(&market(Side::Long), &at(10_000)).unwrap().is_ok()
        };
        assert!(enter("20"));
        assert!(!enter("20.000001"));
    }

    #[test]
    fn slippage_moves_both_sides_of_a_trade_against_the_trader() {
        let mut account = account(|s| {
            s.sizing = Some(Sizing::FixedQuantity(decimal("1")));
            s.slippage_ticks = 3;
        });
        let (bought, _) = account.enter(&market(Side::Long), &at(10_000)).unwrap().unwrap();
        let (sold, _) = account.exit(ExitReason::Signal, &at(10_000)).unwrap().unwrap();
        assert_eq!((bought.price, sold.price), (10_003, 9_997));
        assert_eq!(account.slippage_cost(), 6_000_000);
    }

    proptest! {
        #[test]
        fn net_profit_is_realized_plus_open_to_the_money_unit(
            prices in prop::collection::vec((1_i64..1_000_000, any::<bool>()), 1..40),
            rate in 0_i64..1_000,
            slippage in 0_u32..5,
        ) {
            let mut account = account(|s| {
                s.commission_rate = Decimal::new(rate, 5).unwrap();
                s.slippage_ticks = slippage;
            });
            let (mut realized, mut fees) = (0, 0);
            for (price, long) in prices {
                let side = if long { Side::Long } else { Side::Short };
                // What outgrows 64 bits ends a run, and is told.
                let Ok(closing) = account.exit(ExitReason::Reversal, &at(price)) else { break };
                if let Some((fill, Some(trade))) = closing {
                    realized += trade.profit(0).unwrap();
                    fees += fill.commission;
                }
                let Ok(entered) = account.enter(&market(side), &at(price)) else { break };
                if let Ok((fill, _)) = entered {
                    fees += fill.commission;
                }
                account.mark(0, price).unwrap();
                let net = account.equity().unwrap() - account.terms().initial_cash;
                prop_assert_eq!(net, realized + account.open_profit().unwrap());
                prop_assert_eq!(fees, account.fees_paid());
            }
        }
    }
}
