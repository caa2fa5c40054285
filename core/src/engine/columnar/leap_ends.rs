//! What ends a leap besides signals: exits that a bar touches, what holding costs, and an equity
//! that comes down to what must be left of it.

use super::leap::Leap;
use super::touch::next_touch;
use crate::engine::protection::Group;
use crate::engine::scene::Scene;
use crate::trading::{Overflow, Side};

impl Leap<'_, '_> {
    /// Tries the exits on the next bar.
    pub(super) fn try_exits(&mut self) -> Result<(), Overflow> {
        let index = self.bars.origin + self.next;
        let bar = self.bars.priced(index);
        if self.ledger.account.is_margined(0)
            && let Some(group) = self.group.as_mut().filter(|group| group.is_reached_by(bar.open))
        {
            // What the open takes moves the price at which the rest is liquidated.
            let scene = Scene::at_open(0, index as u64, &bar);
            if group.try_on(scene.path, &scene, &mut self.ledger)? {
                self.group = None;
            }
        }
        let is_met = self.ledger.is_met(0, &bar)?;
        let scene = Scene::new(0, index as u64, &bar);
        if let Some(group) = &mut self.group {
            let is_touched = is_met || group.is_touched(&bar);
            if is_touched && group.try_on(scene.path, &scene, &mut self.ledger)? {
                self.group = None;
            }
        } else if let Some(side) = self.ledger.side(0).filter(|_| is_met) {
            Group::bare(side).try_on(scene.path, &scene, &mut self.ledger)?;
        }
        Ok(())
    }

    /// Charges what is due at the end of the next bar.
    pub(super) fn charge(&mut self) -> Result<(), Overflow> {
        let Some(events) = &mut self.events else { return Ok(()) };
        events.charge(self.bars.origin + self.next, &self.backtest.feeds[0], &mut self.ledger)
    }

    /// Leaves at the close of the next bar what the account can no longer hold: at other bars of a
    /// leap the price at which that is so is not met.
    pub(super) fn call(&mut self) -> Result<(), Overflow> {
        if !self.ledger.account.is_margined(0) {
            return Ok(());
        }
        self.ledger.account.mark(0, self.price(self.next))?;
        if self.ledger.account.equity()? > 0 && self.ledger.account.is_called()? {
            let index = (self.bars.origin + self.next) as u64;
            self.ledger.liquidate(0, index, self.end_ms(self.next))?;
            self.group = None;
        }
        Ok(())
    }

    /// The first bar after the next one at whose end something is charged, at most `end`.
    #[inline]
    pub(super) fn uncharged(&self, end: usize) -> usize {
        let Some(events) = &self.events else { return end };
        let charged = events.next(self.ledger.side(0));
        end.min(charged.saturating_sub(self.bars.origin))
    }

    /// The first bar after the next one that touches an exit, at most `end`.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn undisturbed(&self, end: usize) -> Result<usize, Overflow> {
        let Some(reach) = self.reach()? else { return Ok(end) };
        let after = self.next + 1;
        let bars = self.bars.origin + after..self.bars.origin + end;
        let columns = &self.bars.series.bars;
        let touch = next_touch(&columns.low[bars.clone()], &columns.high[bars], reach);
        Ok(touch.map_or(end, |bars| after + bars))
    }

    /// Nothing happens in a bar that stays above the one price and below the other.
    #[inline]
    fn reach(&self) -> Result<Option<(i64, i64)>, Overflow> {
        let own = self.group.as_ref().map(Group::reach);
        let Some(level) = self.ledger.account.liquidation_level(0)? else { return Ok(own) };
        let (below, above) = own.unwrap_or((i64::MIN, i64::MAX));
        Ok(Some(match self.ledger.side(0) {
            Some(Side::Short) => (below, above.min(level.saturating_neg())),
            _ => (below.max(level), above),
        }))
    }
}
