//! At which price a fill is, and what an exit there would bring.

use super::Overflow;
use super::account::Account;
use super::execution::Execution;
use super::fees::Deal;
use super::fill::Side;
use super::terms::Fraction;

impl Account {
    /// What an exit of `steps` at `price` ticks brings a position of that side, net of its fee;
    /// negative for a short position, which pays to get out.
    pub fn proceeds(
        &self,
        side: Side,
        (instrument, is_maker): (u32, bool),
        price: i64,
        steps: i64,
    ) -> Result<i128, Overflow> {
        let notional = self.notional(instrument, price, steps)?;
        let commission = self.terms().fees.on(&Deal { instrument, notional, steps, is_maker })?;
        Ok(i128::from(notional) * i128::from(side.sign()) - i128::from(commission))
    }

    /// The fill price: slippage moves it against the trader, never below one tick.
    #[inline]
    pub fn slipped(&self, at: &Execution, direction: i64) -> i64 {
        if !at.rule.slips() {
            return at.reference_price;
        }
        let terms = &self.terms().instruments[at.instrument as usize];
        let by_rate = |rate: Fraction| rate.at_least(at.reference_price);
        let by_rate = terms.slippage_rate.map_or(0, by_rate);
        let by_range = terms.slippage_range.map_or(0, |part| part.at_least(self.range_before(at)));
        let ticks = terms.slippage_ticks.saturating_add(by_rate).saturating_add(by_range);
        at.reference_price.saturating_add(direction.saturating_mul(ticks)).max(1)
    }

    /// The range of the bar before that of the fill, in ticks.
    #[cold]
    fn range_before(&self, at: &Execution) -> i64 {
        let bars = self.terms().bars.get(at.instrument as usize);
        bars.map_or(0, |bars| bars.range(at.bar))
    }

    /// Whether so many steps are more of the volume of the bar before than an entry may be.
    #[inline]
    pub(super) fn is_too_large(&self, at: &Execution, steps: i64) -> bool {
        let Some(share) = self.terms().max_volume_share else { return false };
        let bars = self.terms().bars.get(at.instrument as usize);
        bars.is_some_and(|bars| bars.is_exceeded_by(steps, share, at.bar))
    }
}
