//! The exits of open positions: one group per instrument, of which one cancels the others.

use super::ledger::Ledger;
use super::observer::Observer;
use super::scene::Scene;
use crate::market::{Bar, Decimal};
use crate::trading::{
    Bracket, ExitReason, OrderId, Overflow, Path, PlacedTarget, Priced, Side, portion_of,
};

/// The stop and the targets of one position. How much they close is the position's to say, so
/// that a partial close resizes them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The order that brought it; its place among the orders of a bar.
    pub order: OrderId,
    side: Side,
    bracket: Bracket,
    /// No exit fills in a bar that stays above this price,
    below: i64,
    /// and below that one.
    above: i64,
}

/// A target that the path touches, by its place in the group.
type Touched = (usize, PlacedTarget, Priced);

impl Group {
    pub(super) fn new(order: OrderId, side: Side, bracket: Bracket) -> Self {
        let mut group = Self { order, side, bracket, below: i64::MIN, above: i64::MAX };
        group.find_reach();
        group
    }

    /// Whether any of its levels lies in the bar; two comparisons, for it is asked at every bar.
    #[inline]
    pub(super) const fn is_touched(&self, bar: &Bar) -> bool {
        bar.low <= self.below || bar.high >= self.above
    }

    /// Whether a bar that opens at that price fills one of them there.
    pub(super) const fn is_reached_by(&self, open: i64) -> bool {
        open <= self.below || open >= self.above
    }

    /// No exit fills in a bar that stays above the one price and below the other.
    pub(super) const fn reach(&self) -> (i64, i64) {
        (self.below, self.above)
    }

    fn find_reach(&mut self) {
        let targets = || self.bracket.targets.iter().flatten().map(|target| target.price);
        let stop = self.bracket.stop;
        (self.below, self.above) = match self.side {
            Side::Long => (stop.unwrap_or(i64::MIN), targets().min().unwrap_or(i64::MAX)),
            Side::Short => (targets().max().unwrap_or(i64::MIN), stop.unwrap_or(i64::MAX)),
        };
    }

    /// Whether it can never fill any more.
    fn is_spent(&self) -> bool {
        self.bracket.stop.is_none() && self.bracket.targets.iter().all(Option::is_none)
    }

    /// The next target that the path touches, in the order given.
    fn touched(&self, path: Path) -> Option<Touched> {
        let exit_side = self.side.opposite();
        self.bracket.targets.iter().enumerate().find_map(|(place, target)| {
            let target = (*target)?;
            Some((place, target, path.limit(exit_side, target.price)?))
        })
    }

    /// As [`Self::touched`], but only where the path begins: those come before the stop for sure.
    fn touched_first(&self, path: Path) -> Option<Touched> {
        let exit_side = self.side.opposite();
        self.bracket.targets.iter().enumerate().find_map(|(place, target)| {
            let target = (*target)?;
            let priced = path.limit(exit_side, target.price)?;
            path.begins_with(&priced).then_some((place, target, priced))
        })
    }

    /// Tries the exits on the path. Returns whether the group is done with.
    ///
    /// Where the path begins there is no doubt. Inside it the stop is taken to come before any
    /// target: the worst case.
    pub(super) fn try_on<O: Observer>(
        &mut self,
        path: Path,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        let stopped = self.bracket.stop.and_then(|stop| path.stop(self.side.opposite(), stop));
        if let Some(priced) = stopped.filter(|priced| path.begins_with(priced)) {
            ledger.exit(Decimal::ONE, ExitReason::StopLoss, &scene.execution(&priced))?;
            return Ok(true);
        }
        while let Some(touched) = self.touched_first(path) {
            if self.take(touched, scene, ledger)? {
                return Ok(true);
            }
        }
        if let Some(priced) = stopped {
            self.stop_out(path, &priced, scene, ledger)?;
            return Ok(true);
        }
        while let Some(touched) = self.touched(path) {
            if self.take(touched, scene, ledger)? {
                return Ok(true);
            }
        }
        Ok(self.is_spent())
    }

    /// Closes a target's portion. Returns whether the position is flat.
    fn take<O: Observer>(
        &mut self,
        (place, target, priced): Touched,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        self.bracket.targets[place] = None;
        self.find_reach();
        ledger.exit(target.portion, ExitReason::TakeProfit, &scene.execution(&priced))?;
        Ok(ledger.side(scene.instrument).is_none())
    }

    fn stop_out<O: Observer>(
        &self,
        path: Path,
        priced: &Priced,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let mut at = scene.execution(priced);
        at.is_ambiguous = self.touched(path).is_some();
        if !at.is_ambiguous {
            return ledger.exit(Decimal::ONE, ExitReason::StopLoss, &at);
        }
        let held = ledger.account.positions()[scene.instrument as usize].quantity().abs();
        let cash_before = i128::from(ledger.account.cash());
        ledger.exit(Decimal::ONE, ExitReason::StopLoss, &at)?;
        let brought = i128::from(ledger.account.cash()) - cash_before;
        let stop_price = ledger.account.slipped(&at, -self.side.sign());
        let otherwise = self.other_way(path, held, stop_price, scene, ledger)?;
        let gain = i64::try_from(otherwise - brought).map_err(|_| Overflow)?;
        let ambiguous = &mut ledger.ambiguous;
        ambiguous.exits += 1;
        ambiguous.difference = ambiguous.difference.checked_add(gain).ok_or(Overflow)?;
        Ok(())
    }

    /// What the exits would have brought had the targets come first, and then the stop.
    fn other_way<O>(
        &self,
        path: Path,
        mut held: i64,
        stop_price: i64,
        scene: &Scene,
        ledger: &Ledger<'_, O>,
    ) -> Result<i128, Overflow> {
        let proceeds =
            |price, steps| ledger.account.proceeds(self.side, scene.instrument, price, steps);
        let mut brought = 0;
        for target in self.bracket.targets.iter().flatten() {
            if held > 0 && path.limit(self.side.opposite(), target.price).is_some() {
                let steps = portion_of(target.portion, held);
                brought += proceeds(target.price, steps)?;
                held -= steps;
            }
        }
        Ok(brought + if held > 0 { proceeds(stop_price, held)? } else { 0 })
    }
}
