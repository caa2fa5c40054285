//! What the account does by itself where its equity comes down to what must be left of it.

use super::bar_loop::BarLoop;
use super::ledger::Ledger;
use super::observer::Observer;
use crate::market::{Bar, Decimal};
use crate::trading::{Execution, ExitReason, FillRule, Overflow};

impl<O: Observer> Ledger<'_, O> {
    /// Whether a bar of the only instrument comes to the price at which its position is liquidated.
    #[inline]
    pub(super) fn is_met(&self, instrument: u32, bar: &Bar) -> Result<bool, Overflow> {
        if !self.account.is_margined(instrument) {
            return Ok(false);
        }
        let level = self.account.liquidation_level(instrument)?;
        let side = self.side(instrument);
        Ok(level.zip(side).is_some_and(|(level, side)| match side.sign() {
            1 => bar.low <= level,
            _ => -bar.high <= level,
        }))
    }

    /// Leaves the position at the price that it is valued at, which others have made too low.
    pub(super) fn liquidate(
        &mut self,
        instrument: u32,
        bar: u64,
        now_ms: i64,
    ) -> Result<(), Overflow> {
        let position = &self.account.positions()[instrument as usize];
        let Some(reference_price) = position.valued_at() else { return Ok(()) };
        let at = Execution {
            instrument,
            time_ms: now_ms,
            bar,
            reference_price,
            rule: FillRule::LiquidationAtClose,
            is_ambiguous: false,
            is_maker: false,
        };
        self.exit(Decimal::ONE, ExitReason::Liquidation, &at)
    }
}

impl<O: Observer> BarLoop<'_, '_, O> {
    /// While there is too little equity, the position that needs the most is left as it is valued.
    /// One that nothing is left of at all is bankrupt.
    pub(super) fn call(&mut self, now_ms: i64) -> Result<(), Overflow> {
        if self.backtest.terms.margin.is_none() || self.ledger.account.equity()? <= 0 {
            return Ok(());
        }
        while self.ledger.account.is_called()? {
            let Some(instrument) = self.ledger.account.most_margined() else { break };
            let bar = self.last_bars[instrument as usize].bar;
            self.ledger.liquidate(instrument, bar, now_ms)?;
            self.book.queue_mut(instrument).clear();
        }
        Ok(())
    }
}
