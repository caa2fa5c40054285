//! What a trial does where more than signals leaves positions: exits of the rule and of the run's
//! terms, and what a study says.

use super::leap::{LONG, Leap, Pending, SHORT, orders_of};
use super::lines::Lines;
use super::touch::next_touch;
use crate::engine::protection::Group;
use crate::engine::scene::Scene;
use crate::strategy::{Action, Signals};
use crate::trading::{
    Away, Entry, Execution, Exits, Level, MovingStops, OrderId, Overflow, Side, Size,
};

impl Leap<'_, '_> {
    /// Enters a position that something besides signals leaves, or that is walked through.
    #[inline(never)]
    pub(super) fn watch(
        &mut self,
        side: Side,
        stop: Option<f64>,
        at: &Execution,
    ) -> Result<(), Overflow> {
        if self.walk.is_none() && self.said.is_none() && !self.has_terms && !self.risks_to_stop() {
            return self.enter_with_stop(side, stop, at);
        }
        let said = self.said.take().map(|exits| *exits);
        let own = said.or_else(|| Some(Exits::stop(Level::Away(stop?)))).unwrap_or(Exits::NONE);
        if self.has_terms {
            self.enter_by_terms(side, &own, at)?;
        } else {
            let entry = Entry { exits: own, ..Entry::market(side) };
            self.enter_with_exits(&entry, &MovingStops::NONE, at)?;
        }
        if let Some(walk) = &mut self.walk {
            walk.enter(self.next, own);
        }
        Ok(())
    }

    /// Whether the size of an entry follows from its stop.
    fn risks_to_stop(&self) -> bool {
        matches!(self.backtest.terms.instruments[0].size, Some(Size::Risk(_)))
    }

    /// Enters with nothing but the stop of the rule: most that is watched is so.
    fn enter_with_stop(
        &mut self,
        side: Side,
        stop: Option<f64>,
        at: &Execution,
    ) -> Result<(), Overflow> {
        let entry = if side == Side::Long { &LONG } else { &SHORT };
        if let Some(price) = self.ledger.enter(entry, at)? {
            self.group = stop.map(|ticks| {
                let stop = Away::Range(ticks).from(price, -side.sign());
                Group::stopped(side, price, stop)
            });
        }
        Ok(())
    }

    /// Enters with the exits of the rule and, in place of their kinds, those of the run's terms.
    fn enter_by_terms(&mut self, side: Side, own: &Exits, at: &Execution) -> Result<(), Overflow> {
        // The bar before has decided.
        let decided_ms = self.end_ms(self.next - 1);
        match self.backtest.layer.given(0, decided_ms, &self.backtest.feeds) {
            Ok(given) => {
                let given = given.unwrap_or_default();
                let entry = given.to(&Entry::market(side).with(*own));
                self.enter_with_exits(&entry, &given.laid.moving, at)
            }
            Err(rejection) => {
                self.ledger.refuse(rejection, 0);
                Ok(())
            }
        }
    }

    fn enter_with_exits(
        &mut self,
        entry: &Entry,
        moving: &MovingStops,
        at: &Execution,
    ) -> Result<(), Overflow> {
        if let Some(price) = self.ledger.enter(entry, at)? {
            let bracket = entry.exits.placed(entry.side, price);
            let through = self.backtest.terms.instruments[0].limit_through_ticks;
            let group = Group::new(OrderId(0), entry.side, price, bracket, moving, through);
            self.group = (!group.is_spent()).then_some(group);
        }
        Ok(())
    }

    pub(super) fn try_exits(&mut self) -> Result<(), Overflow> {
        let index = self.bars.origin + self.next;
        let bar = self.bars.priced(index);
        let scene = Scene::new(0, index as u64, &bar);
        if let Some(group) = self.group.as_mut().filter(|group| group.is_touched(&bar))
            && group.try_on(scene.path, &scene, &mut self.ledger)?
        {
            self.group = None;
        }
        Ok(())
    }

    /// The first bar after the next one that touches an exit, at most `end`. Those before it may
    /// have moved a stop.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    pub(super) fn undisturbed(&mut self, end: usize) -> usize {
        let Some(group) = &mut self.group else { return end };
        let columns = &self.bars.series.bars;
        let (mut bar, end_bar) = (self.bars.origin + self.next + 1, self.bars.origin + end);
        loop {
            let (lows, highs) = (&columns.low[bar..end_bar], &columns.high[bar..end_bar]);
            let Some(touch) = next_touch(lows, highs, group.reach()) else { return end };
            let passed = group.passed_by(&lows[touch..], &highs[touch..]);
            bar += touch + passed;
            if passed == 0 {
                return bar - self.bars.origin;
            }
        }
    }

    /// Gives the rule's orders, as its strategy would.
    #[inline(never)]
    pub(super) fn decide_watched(&mut self, bar: usize, masked: Signals, open: i64, lines: &Lines) {
        let Some(mut signals) = self.signals(bar, masked) else {
            self.order_count += 1;
            let action = Action::Exit;
            self.pending = Some(Pending { action, is_part: true, open, stop: None });
            return;
        };
        // Without its exits there is no entry.
        let (mut long, mut short) = (None, None);
        if let Some(exits) = &lines.exits {
            long = signals.enter_long.then(|| exits(Side::Long, bar)).flatten();
            short = signals.enter_short.then(|| exits(Side::Short, bar)).flatten();
            signals.enter_long &= long.is_some();
            signals.enter_short &= short.is_some();
        }
        let action = self.direction.action(signals, self.ledger.side(0));
        self.order_count += orders_of(action);
        let stop = lines.stop_at(bar);
        self.pending = action.map(|action| Pending { action, is_part: false, open, stop });
        if lines.exits.is_some() {
            let said = match action {
                Some(Action::Enter(Side::Long) | Action::Reverse(Side::Long)) => long,
                Some(Action::Enter(Side::Short) | Action::Reverse(Side::Short)) => short,
                Some(Action::Exit) | None => None,
            };
            self.said = said.filter(|exits| !exits.is_empty()).map(Box::new);
        }
    }
}
