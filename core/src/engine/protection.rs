//! The exits of open positions: one group per instrument, of which one cancels the others.
//!
//! A bar tells where the price began, how far it went each way, and where it ended. What is proven
//! by that fills; what is not is counted.

use super::ledger::Ledger;
use super::observer::Observer;
use super::scene::Scene;
use crate::market::{Bar, Decimal};
use crate::trading::{
    Away, Bracket, ExitReason, FillRule, MovingStops, OrderId, Overflow, Path, PlacedTarget, Side,
    StopCurve, StopLevel, portion_of,
};

/// The stops and the targets of one position. How much they close is the position's to say, so
/// that a partial close resizes them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The order that brought it; its place among the orders of a bar.
    pub order: OrderId,
    side: Side,
    curve: StopCurve,
    targets: [Option<PlacedTarget>; crate::trading::TARGETS_MAX],
    /// The best price since the entry, the fill being the first; seen by a long.
    best: i64,
    /// Where the stop stands; it never falls.
    stop: Option<StopLevel>,
    /// By how many ticks the price must go through a target to fill it.
    through: i64,
    /// Nothing happens to the group in a bar that stays above this price,
    below: i64,
    /// and below that one.
    above: i64,
}

/// Bars that are tried at once.
const TOGETHER: usize = 16;

/// A target that the path touches, by its place in the group.
type Touched = (usize, PlacedTarget);

impl Group {
    /// The exits of a position whose entry was at that price.
    pub(super) fn new(
        order: OrderId,
        side: Side,
        entry: i64,
        bracket: Bracket,
        moving: &MovingStops,
        through: i64,
    ) -> Self {
        let curve = StopCurve::new(side, entry, bracket.stop, moving);
        let best = entry * side.sign();
        let (stop, targets) = (curve.at(best), bracket.targets);
        let (below, above) = (i64::MIN, i64::MAX);
        let mut group = Self { order, side, curve, targets, best, stop, through, below, above };
        group.find_reach();
        group
    }

    /// A stop alone, that stays where it is.
    pub(super) fn stopped(side: Side, entry: i64, stop: i64) -> Self {
        let bracket = Bracket { stop: Some(stop), targets: [None; crate::trading::TARGETS_MAX] };
        Self::new(OrderId(0), side, entry, bracket, &MovingStops::NONE, 0)
    }

    /// No exits at all: what the account does to a position that has none.
    pub(super) fn bare(side: Side) -> Self {
        let bracket = Bracket { stop: None, targets: [None; crate::trading::TARGETS_MAX] };
        Self::new(OrderId(u64::MAX), side, 0, bracket, &MovingStops::default(), 0)
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

    /// Nothing happens in a bar that stays above the one price and below the other.
    pub(super) const fn reach(&self) -> (i64, i64) {
        (self.below, self.above)
    }

    /// How many of these bars do nothing but move the stop, which they then have done; those of a
    /// block together if they can be. No margin is called meanwhile.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn passed_by(&mut self, lows: &[i64], highs: &[i64]) -> usize {
        if !self.curve.is_moving() {
            return 0;
        }
        if let (true, Some((lows, _)), Some((highs, _))) =
            (self.curve.may_leap(), lows.split_first_chunk(), highs.split_first_chunk::<TOGETHER>())
        {
            let lows: &[i64; TOGETHER] = lows;
            let low = lows.iter().fold(i64::MAX, |least, low| least.min(*low));
            let high = highs.iter().fold(i64::MIN, |greatest, high| greatest.max(*high));
            if self.is_passed_by(low, high) {
                return TOGETHER;
            }
        }
        usize::from(self.is_passed_by(lows[0], highs[0]))
    }

    /// Whether the price does nothing between these two but move the stop, which it then has done:
    /// it does not come down to where it may have moved the stop before.
    fn is_passed_by(&mut self, low: i64, high: i64) -> bool {
        let (low, high) = match self.side {
            Side::Long => (low, high),
            Side::Short => (-high, -low),
        };
        let best = self.best.max(high);
        let moved = self.curve.raised(best, self.stop);
        if self.touched(high).is_some() || moved.is_some_and(|stop| low <= stop.level) {
            return false;
        }
        (self.best, self.stop) = (best, moved);
        self.find_reach();
        true
    }

    /// Whether there is nothing in it, nor can there be.
    pub(super) fn is_spent(&self) -> bool {
        self.stop.is_none() && !self.curve.is_moving() && self.targets.iter().all(Option::is_none)
    }

    /// It stands in place of another of the same position: the stop stays where it was at least,
    /// and targets that were taken stay so, if they are the same ones.
    pub(super) fn go_on_from(&mut self, before: &Self, has_same_targets: bool) {
        self.stop = self.curve.raised(before.best.max(self.best), before.stop);
        self.best = self.best.max(before.best);
        if has_same_targets {
            for (target, then) in self.targets.iter_mut().zip(before.targets) {
                *target = target.filter(|_| then.is_some());
            }
        }
        self.find_reach();
    }

    /// The fixed stop and the targets that are left.
    pub(super) fn bracket(&self) -> Bracket {
        let stop = self.curve.stop_loss.map(|level| level * self.side.sign());
        Bracket { stop, targets: self.targets }
    }

    /// The same with its stop taken away, wherever it stands.
    pub(super) const fn without_stop(self) -> Self {
        Self { stop: None, ..self }
    }

    /// The targets that are left, each in its place.
    pub(super) const fn targets(&self) -> [Option<PlacedTarget>; crate::trading::TARGETS_MAX] {
        self.targets
    }

    /// A trailing stop keeps that distance from the best price from now on.
    pub(super) fn trail_by(&mut self, distance: Away) {
        self.curve.trail_by(distance);
        self.raise_to(self.best);
    }

    /// A price, seen by a long, that was reached.
    pub(super) fn raise_to(&mut self, price: i64) {
        self.best = self.best.max(price);
        self.stop = self.curve.raised(self.best, self.stop);
        self.find_reach();
    }

    fn find_reach(&mut self) {
        let stop = self.stop.map(|stop| stop.level);
        let targets = self.targets.iter().flatten().map(|target| self.filled_from(target));
        // A better price than the best moves the stop, if it moves at all.
        let better = self.curve.is_moving().then(|| self.best + 1);
        let target = targets.chain(better).min();
        (self.below, self.above) = match self.side {
            Side::Long => (stop.unwrap_or(i64::MIN), target.unwrap_or(i64::MAX)),
            Side::Short => (target.map_or(i64::MIN, |t| -t), stop.map_or(i64::MAX, |s| -s)),
        };
    }

    /// From which price on, seen by a long, a target is filled.
    const fn filled_from(&self, target: &PlacedTarget) -> i64 {
        (target.price * self.side.sign()).saturating_add(self.through)
    }

    /// At which price, seen by a long, a path fills a target inside the bar. Where it begins beyond
    /// the target, and not far enough to fill it there, that is the better one.
    fn filled_at(&self, target: &PlacedTarget, seen: Path) -> i64 {
        (target.price * self.side.sign()).max(seen.first())
    }

    /// The next target that a high, seen by a long, fills; in the order given.
    fn touched(&self, high: i64) -> Option<Touched> {
        self.targets.iter().enumerate().find_map(|(place, target)| {
            target.filter(|target| high >= self.filled_from(target)).map(|target| (place, target))
        })
    }

    /// Tries the exits on the path. Returns whether the group is done with.
    ///
    /// Where the path begins there is no doubt. Inside it the stop as it stood is taken to come
    /// before anything else: the worst case. A stop that the path itself has moved is met if the
    /// path ends at or under it.
    pub(super) fn try_on<O: Observer>(
        &mut self,
        path: Path,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        let seen = path.seen_by(self.side);
        let called = ledger.account.liquidation_level(scene.instrument)?;
        let called = called.map(|level| StopLevel { level, reason: ExitReason::Liquidation });
        let standing = higher(called, self.stop);
        if let Some(stop) = standing.filter(|stop| seen.first() <= stop.level) {
            // Beyond both levels it is the account that can no longer hold it.
            let stop = called.filter(|called| seen.first() <= called.level).unwrap_or(stop);
            let rule = rule_of(stop, seen.is_from_open());
            self.leave(seen.first(), rule, stop.reason, scene, ledger)?;
            return Ok(true);
        }
        let rule = if seen.is_from_open() { FillRule::LimitAtOpen } else { FillRule::LimitAtPrice };
        while let Some(touched) = self.touched(seen.first()) {
            if self.take(touched, seen.first(), rule, scene, ledger)? {
                return Ok(true);
            }
        }
        if scene.is_open {
            return Ok(self.is_spent());
        }
        let moved = self.curve.raised(self.best.max(seen.high()), self.stop);
        if let Some(stop) = standing.filter(|stop| seen.low() <= stop.level) {
            self.stop_out(seen, stop, moved, scene, ledger)?;
            return Ok(true);
        }
        while let Some((place, target)) = self.touched(seen.high()) {
            let price = self.filled_at(&target, seen);
            if self.take((place, target), price, FillRule::LimitAtPrice, scene, ledger)? {
                return Ok(true);
            }
        }
        if let Some(moved) = moved.filter(|_| moved != self.stop) {
            if seen.last() <= moved.level {
                self.leave(moved.level, FillRule::StopAtMoved, moved.reason, scene, ledger)?;
                return Ok(true);
            }
            ledger.ambiguous.doubtful_holds += u64::from(seen.low() <= moved.level);
        }
        self.raise_to(seen.high());
        Ok(self.is_spent())
    }

    /// Leaves the whole position at a price seen by a long.
    fn leave<O: Observer>(
        &self,
        price: i64,
        rule: FillRule,
        reason: ExitReason,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let at = scene.execution_at(price * self.side.sign(), rule);
        ledger.exit(Decimal::ONE, reason, &at)
    }

    /// Closes a target's portion. Returns whether the position is flat.
    fn take<O: Observer>(
        &mut self,
        (place, target): Touched,
        price: i64,
        rule: FillRule,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        self.targets[place] = None;
        self.find_reach();
        let mut at = scene.execution_at(price * self.side.sign(), rule);
        // A target waits from the fill on.
        at.is_maker = true;
        ledger.exit(target.portion, ExitReason::TakeProfit, &at)?;
        Ok(ledger.side(scene.instrument).is_none())
    }

    /// The stop inside the bar, where it stood; ambiguous if the bar would have done anything else
    /// to the position before.
    fn stop_out<O: Observer>(
        &self,
        seen: Path,
        stop: StopLevel,
        moved: Option<StopLevel>,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let mut at = scene.execution_at(stop.level * self.side.sign(), rule_of(stop, false));
        let is_moved = moved.is_some_and(|moved| moved.level > stop.level);
        at.is_ambiguous = self.touched(seen.high()).is_some() || is_moved;
        if !at.is_ambiguous {
            return ledger.exit(Decimal::ONE, stop.reason, &at);
        }
        let held = ledger.account.positions()[scene.instrument as usize].quantity().abs();
        let cash_before = i128::from(ledger.account.cash());
        ledger.exit(Decimal::ONE, stop.reason, &at)?;
        let brought = i128::from(ledger.account.cash()) - cash_before;
        at.reference_price = higher(Some(stop), moved).unwrap_or(stop).level * self.side.sign();
        let stop_price = ledger.account.slipped(&at, -self.side.sign());
        let otherwise = self.other_way(seen, held, stop_price, scene, ledger)?;
        let gain = i64::try_from(otherwise - brought).map_err(|_| Overflow)?;
        let ambiguous = &mut ledger.ambiguous;
        ambiguous.exits += 1;
        ambiguous.difference = ambiguous.difference.checked_add(gain).ok_or(Overflow)?;
        Ok(())
    }

    /// What the exits would have brought had the targets come first, and then the stop where the
    /// bar would have moved it.
    fn other_way<O>(
        &self,
        seen: Path,
        mut held: i64,
        stop_price: i64,
        scene: &Scene,
        ledger: &Ledger<'_, O>,
    ) -> Result<i128, Overflow> {
        let proceeds = |price, steps, is_maker| {
            ledger.account.proceeds(self.side, (scene.instrument, is_maker), price, steps)
        };
        let mut brought = 0;
        for target in self.targets.iter().flatten() {
            if held > 0 && seen.high() >= self.filled_from(target) {
                let steps = portion_of(target.portion, held);
                let price = self.filled_at(target, seen) * self.side.sign();
                brought += proceeds(price, steps, true)?;
                held -= steps;
            }
        }
        Ok(brought + if held > 0 { proceeds(stop_price, held, false)? } else { 0 })
    }
}

/// The rule by which a stop fills where a path begins, or inside it.
const fn rule_of(stop: StopLevel, is_at_open: bool) -> FillRule {
    match stop.reason {
        ExitReason::Liquidation => FillRule::Liquidation,
        _ if is_at_open => FillRule::StopAtOpen,
        _ => FillRule::StopAtPrice,
    }
}

/// The one that is met first; of equals the first.
fn higher(one: Option<StopLevel>, other: Option<StopLevel>) -> Option<StopLevel> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.level > one.level { other } else { one }),
        (one, other) => one.or(other),
    }
}
