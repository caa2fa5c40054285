//! One instrument's orders and exits, and the order in which a bar tries them.
//!
//! At the open first what fills there: orders at the market, then what waits for a price that the
//! open reaches. Inside the bar what waits. Always by submission; the exits of a position have the
//! place of the order that brought them.

use super::backtest::Backtest;
use super::ledger::Ledger;
use super::observer::Observer;
use super::placing::Placed;
use super::protection::Group;
use super::scene::Scene;
use super::turn::{Addition, Meeting, Stance, Turn, told};
use crate::market::{Bar, Decimal};
use crate::strategy::Amount;
use crate::trading::{
    EntryBarPolicy, ExitReason, Exits, Goal, Intent, Order, OrderId, Overflow, Priced, Rejection,
    Side, Target, remove_line, trigger,
};

/// What the bars of one instrument are to try beside its orders.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The exits of the position.
    pub(super) placed: Placed,
    /// How much the entry that opened it asked for.
    pub(super) amount: Amount,
    /// Why the position is to be left at the next open, before anything else.
    leaves: Option<ExitReason>,
    /// Whether the exits are not live yet on the bar under way.
    exits_wait: bool,
}

/// How far a target is once everything that reduces is done.
enum Approach {
    /// Nothing is left to do.
    Reached,
    /// The other side was left; so much of this one is to be taken.
    Turned { goal: i64 },
    /// The position is to be opened or added to.
    Adds,
}

impl Queue {
    /// Nothing yet, where a price must go so many ticks through a limit to fill it.
    pub(super) fn new(through: i64) -> Self {
        Self { placed: Placed::new(through), ..Self::default() }
    }

    /// Whether the bar can fill anything; cheap, for it is asked at every bar.
    #[inline]
    pub(super) fn has_work(&self, orders: &[Order], bar: &Bar) -> bool {
        !orders.is_empty()
            || self.leaves.is_some()
            || self.placed.group.as_ref().is_some_and(|group| group.is_touched(bar))
    }

    /// The next bar begins: what was taken back by then is gone.
    pub(super) fn begin_bar(&mut self, orders: &mut Vec<Order>, open_ms: i64) {
        self.exits_wait = false;
        orders.retain_mut(|order| {
            order.opens = order.opens.saturating_add(order.is_due(open_ms).into());
            !order.is_gone(open_ms)
        });
    }

    /// What the open of the bar is to do here, if it may do anything.
    pub(super) fn turn_at_open(
        &self,
        orders: &[Order],
        instrument: u32,
        index: u64,
        bar: &Bar,
        is_margined: bool,
    ) -> Option<Turn> {
        let is_reached = || {
            let group = self.placed.group.as_ref();
            self.leaves.is_some() || group.is_some_and(|group| group.is_reached_by(bar.open))
        };
        (is_margined || !orders.is_empty() || is_reached())
            .then(|| Turn::at_open(instrument, index, bar))
    }

    /// What the inside of the bar is to do here, if it may do anything.
    pub(super) fn turn_inside(
        &self,
        orders: &[Order],
        instrument: u32,
        index: u64,
        bar: &Bar,
        is_margined: bool,
    ) -> Option<Turn> {
        if !is_margined && !self.has_work(orders, bar) {
            return None;
        }
        let scene = Scene::new(instrument, index, bar);
        Some(Turn::of(scene, (!self.exits_wait).then_some(scene.path)))
    }

    /// Does what closes or reduces, up to the first order that opens or adds, and tells that one.
    pub(super) fn reduce<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<Option<Addition>, Overflow> {
        self.take_on(orders, turn, ledger);
        if turn.takes_market
            && let Some(reason) = self.leaves.take()
        {
            self.close(Decimal::ONE, reason, &turn.scene.path.market(), turn, ledger)?;
        }
        loop {
            let Some(index) = turn.next_due(orders) else {
                if !turn.takes_market {
                    self.try_exits(turn, ledger)?;
                    return Ok(None);
                }
                (turn.takes_market, turn.next) = (false, 0);
                continue;
            };
            let id = orders[index].id;
            let group = self.placed.group.as_ref();
            if !turn.takes_market && group.is_some_and(|group| group.order < id) {
                self.try_exits(turn, ledger)?;
            }
            turn.next = index;
            let has_waited = orders[index].is_waiting_limit();
            turn.stance = if has_waited { Stance::Waited } else { Stance::Takes };
            match &mut orders[index].intent {
                &mut Intent::Close { reason, portion, of } => {
                    orders.remove(index);
                    // A bar that was under way may have left that side, and taken another.
                    if of.is_none() || of == ledger.side(turn.scene.instrument) {
                        self.close(portion, reason, &turn.scene.path.market(), turn, ledger)?;
                    }
                }
                &mut Intent::Protect { exits, keeps_taken } => {
                    orders.remove(index);
                    self.protect(id, &exits, keeps_taken, turn, ledger);
                }
                &mut Intent::Target(target) => match self.approach(target, turn, ledger)? {
                    Approach::Reached => _ = orders.remove(index),
                    Approach::Turned { goal } => {
                        let goal = Goal::Steps(goal);
                        orders[index].intent = Intent::Target(Target { goal, ..target });
                    }
                    Approach::Adds => {
                        turn.adds = Some(turn.scene.path.market());
                        return Ok(Some((false, id)));
                    }
                },
                Intent::Open(_) => match self.meet(orders, turn, ledger) {
                    Meeting::Waits => turn.next = index + 1,
                    Meeting::Lapses => remove_line(orders, index),
                    // A reversal is two fills: the close, then the opening in its own size.
                    Meeting::Turns(priced) => {
                        self.close(Decimal::ONE, ExitReason::Reversal, &priced, turn, ledger)?;
                    }
                    Meeting::Adds(priced) => {
                        turn.adds = Some(priced);
                        return Ok(Some((!turn.takes_market, id)));
                    }
                },
            }
        }
    }

    /// Exits that an account has adopted, before anything else: they stand as if they had always
    /// been those, also in a bar that was under way. They are the first of the orders.
    fn take_on<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        turn: &Turn,
        ledger: &Ledger<'_, O>,
    ) {
        if !orders.first().is_some_and(Order::has_always_stood) {
            return;
        }
        let adopted = orders.remove(0);
        if let Intent::Protect { exits, keeps_taken } = adopted.intent {
            self.protect(adopted.id, &exits, keeps_taken, turn, ledger);
        }
    }

    /// What the entry at `turn.next` comes to; one that only triggers it leaves it waiting.
    fn meet<O: Observer>(
        &self,
        orders: &mut [Order],
        turn: &Turn,
        ledger: &Ledger<'_, O>,
    ) -> Meeting {
        let index = turn.next;
        let Intent::Open(entry) = &mut orders[index].intent else { return Meeting::Waits };
        let before = entry.kind;
        let meeting = turn.meets(entry, self.placed.through, ledger);
        let kind = entry.kind;
        if kind != before {
            trigger(orders, index, kind);
        }
        meeting
    }

    /// Fills the order that [`Self::reduce`] has told.
    pub(super) fn add<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        turn: &mut Turn,
        backtest: &Backtest<'_>,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let Some(priced) = turn.adds.take() else { return Ok(()) };
        let place = turn.next;
        if self.fill_addition(&orders[place], &priced, turn, backtest, ledger)? {
            // What was decided while the bar was under way knew nothing of this entry.
            let open_ms = turn.scene.time_ms;
            orders.retain(|order| {
                !matches!(order.intent, Intent::Protect { .. }) || order.is_due(open_ms)
            });
        }
        remove_line(orders, place);
        Ok(())
    }

    /// Returns whether it was filled.
    fn fill_addition<O: Observer>(
        &mut self,
        order: &Order,
        priced: &Priced,
        turn: &mut Turn,
        backtest: &Backtest<'_>,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        let instrument = turn.scene.instrument;
        let layer = &backtest.layer;
        let given = match layer.refuses(&ledger.account, instrument) {
            Some(rejection) => Err(rejection),
            None => layer.given(instrument, order.decided_ms, &backtest.feeds),
        };
        let given = match given {
            Ok(given) => given,
            Err(rejection) => {
                ledger.refuse(rejection, instrument);
                return Ok(false);
            }
        };
        let at = turn.execution(priced);
        let opens = ledger.side(instrument).is_none();
        let (side, own, filled) = match &order.intent {
            Intent::Open(entry) => {
                let Some(entry) = told(order, entry, &at, ledger) else {
                    ledger.refuse(Rejection::LevelUndefined, instrument);
                    return Ok(false);
                };
                let with_terms = given.as_ref().map(|given| given.to(&entry));
                let filled = ledger.enter(with_terms.as_ref().unwrap_or(&entry), &at)?;
                (entry.side, entry.exits, filled)
            }
            Intent::Target(target) => {
                let change = turn.change_to(*target, ledger)?;
                let side = if change > 0 { Side::Long } else { Side::Short };
                (side, Exits::NONE, ledger.enter_up_to(side, change.abs(), &at)?)
            }
            Intent::Close { .. } | Intent::Protect { .. } => return Ok(false),
        };
        let Some(price) = filled else { return Ok(false) };
        if opens {
            self.amount = Amount::of(&order.intent);
        }
        if turn.is_inside {
            ledger.entered_inside(&at, priced.rest);
        }
        if opens {
            turn.opened_by = Some(order.id);
        }
        let inside = turn.is_inside.then_some((at.bar, priced.rest));
        let own = &own;
        ledger.entered(instrument, (price, own), opens, inside);
        let laid = given.as_ref().map(|given| &given.laid);
        let is_placed = if opens {
            self.placed.open(order.id, side, price, own, laid);
            true
        } else {
            let position = &ledger.account.positions()[instrument as usize];
            let average = position.entry_price().unwrap_or(price);
            self.placed.add(order.id, side, price, average, own)
        };
        // An addition that places nothing leaves the exits of the position as they are.
        if is_placed {
            self.exits_wait = backtest.simulation.entry_bar_policy == EntryBarPolicy::NextBar;
            turn.exits_path = (!self.exits_wait).then_some(priced.rest);
            turn.exits_are_tried &= !opens && own.is_empty();
        }
        Ok(true)
    }

    /// The position is left at the next open.
    pub(super) const fn leave(&mut self, reason: ExitReason) {
        self.leaves = Some(reason);
    }

    /// The position is gone.
    pub(super) fn clear(&mut self) {
        self.placed.clear();
        self.leaves = None;
    }

    /// Goes toward a target as far as that reduces what is held.
    fn approach<O: Observer>(
        &mut self,
        target: Target,
        turn: &Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<Approach, Overflow> {
        let held = ledger.account.positions()[turn.scene.instrument as usize].quantity();
        let change = turn.change_to(target, ledger)?;
        let goal = held.checked_add(change).ok_or(Overflow)?;
        if change == 0 || turn.is_within_band(target, change, goal, ledger)? {
            return Ok(Approach::Reached);
        }
        let stays = goal.signum() == held.signum();
        if held == 0 || (stays && goal.abs() > held.abs()) {
            return Ok(Approach::Adds);
        }
        let turns = goal != 0 && !stays;
        let kept = if stays { goal.abs() } else { 0 };
        let reason = if turns { ExitReason::Reversal } else { ExitReason::Signal };
        let at = turn.scene.execution(&turn.scene.path.market());
        ledger.exit_steps(held.abs() - kept, reason, &at)?;
        if kept == 0 {
            self.placed.clear();
        }
        Ok(if turns { Approach::Turned { goal } } else { Approach::Reached })
    }

    fn close<O: Observer>(
        &mut self,
        portion: Decimal,
        reason: ExitReason,
        priced: &Priced,
        turn: &Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        ledger.exit(portion, reason, &turn.execution(priced))?;
        if ledger.side(turn.scene.instrument).is_none() {
            self.placed.clear();
        }
        Ok(())
    }

    fn protect<O: Observer>(
        &mut self,
        id: OrderId,
        exits: &Exits,
        keeps_taken: bool,
        turn: &Turn,
        ledger: &Ledger<'_, O>,
    ) {
        let position = &ledger.account.positions()[turn.scene.instrument as usize];
        if let (Some(side), Some(entry)) = (position.side(), position.entry_price()) {
            self.placed.protect(id, side, entry, exits, keeps_taken);
        }
    }

    fn try_exits<O: Observer>(
        &mut self,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let (Some(path), false) = (turn.exits_path, turn.exits_are_tried) else { return Ok(()) };
        let instrument = turn.scene.instrument;
        if let Some(live) = self.placed.group.as_mut() {
            turn.exits_are_tried = true;
            let is_done = live.try_on(path, &turn.scene, ledger)?;
            // Targets of the terms that were taken stay so while the position goes on.
            if is_done && (ledger.side(turn.scene.instrument).is_none() || !self.placed.is_laid()) {
                self.placed.clear();
            }
        } else if let (true, Some(side)) =
            (ledger.account.is_margined(instrument), ledger.side(instrument))
        {
            turn.exits_are_tried = true;
            Group::bare(side).try_on(path, &turn.scene, ledger)?;
        }
        Ok(())
    }
}
