//! The orders that wait and the exits of open positions, and how a bar fills them.

use super::ledger::Ledger;
use super::observer::Observer;
use super::protection::Group;
use super::scene::Scene;
use crate::market::Bar;
use crate::market::Decimal;
use crate::trading::{
    Entry, EntryBarPolicy, ExitReason, Exits, Intent, Order, OrderId, Overflow, Path, Priced,
};

/// Everything that may fill in the next bar.
pub(super) struct Book {
    /// In the order of submission.
    pub orders: Vec<Order>,
    /// How many were submitted so far.
    pub order_count: u64,
    /// The exits of each instrument's position.
    groups: Vec<Option<Group>>,
    entry_bar_policy: EntryBarPolicy,
}

/// What is left of a bar for the exits of the position.
struct Turn {
    /// The path to try them on; `None` if they are not live on this bar.
    path: Option<Path>,
    is_tried: bool,
}

impl Book {
    pub(super) fn new(instruments: usize, entry_bar_policy: EntryBarPolicy) -> Self {
        Self {
            orders: Vec::with_capacity(4),
            order_count: 0,
            groups: vec![None; instruments],
            entry_bar_policy,
        }
    }

    /// Whether the bar can fill anything of that instrument; cheap, for it is asked at every bar.
    #[inline]
    pub(super) fn has_work(&self, instrument: u32, bar: &Bar) -> bool {
        let group = &self.groups[instrument as usize];
        !self.orders.is_empty() || group.as_ref().is_some_and(|group| group.is_touched(bar))
    }

    /// Fills what the bar fills. Orders are matched in the order of their submission, those at the
    /// open first; each fill changes the account before the next. The exits of a position have
    /// the place of the order that opened it.
    pub(super) fn match_bar<O: Observer>(
        &mut self,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let mut turn = Turn { path: Some(scene.path), is_tried: false };
        if !self.orders.is_empty() {
            let mut orders = std::mem::take(&mut self.orders);
            self.match_at_open(&mut orders, scene, &mut turn, ledger)?;
            self.match_waiting(&mut orders, scene, &mut turn, ledger)?;
            self.orders = orders;
        }
        self.try_exits(scene, &mut turn, ledger)
    }

    fn match_at_open<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        scene: &Scene,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        for order in orders.iter().filter(|order| is_due(order, scene) && !order.waits_for_price())
        {
            let priced = scene.path.market();
            match &order.intent {
                Intent::Close { reason, portion } => {
                    self.close(*portion, *reason, &priced, scene, ledger)?;
                }
                Intent::Open(entry) => self.open(order.id, entry, &priced, scene, turn, ledger)?,
                Intent::Protect(exits) => self.protect(order.id, exits, scene, ledger),
            }
        }
        orders.retain(|order| {
            let is_here = order.instrument == scene.instrument;
            let is_done = is_due(order, scene) && !order.waits_for_price();
            !(is_done || is_here && order.is_gone(scene.time_ms))
        });
        Ok(())
    }

    fn match_waiting<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        scene: &Scene,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let mut index = 0;
        while index < orders.len() {
            let order = &mut orders[index];
            index += 1;
            if !is_due(order, scene) {
                continue;
            }
            let id = order.id;
            let Intent::Open(entry) = &mut order.intent else { continue };
            let group = self.groups[scene.instrument as usize].as_ref();
            if group.is_some_and(|group| group.order < id) {
                self.try_exits(scene, turn, ledger)?;
            }
            if let Some(priced) = entry.kind.priced(entry.side, scene.path) {
                let entry = *entry;
                index -= 1;
                orders.remove(index);
                self.open(id, &entry, &priced, scene, turn, ledger)?;
            }
        }
        Ok(())
    }

    /// A reversal is two fills: the close, then the opening in its own size.
    fn open<O: Observer>(
        &mut self,
        id: OrderId,
        entry: &Entry,
        priced: &Priced,
        scene: &Scene,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        if ledger.side(scene.instrument) == Some(entry.side.opposite()) {
            self.close(Decimal::ONE, ExitReason::Reversal, priced, scene, ledger)?;
        }
        let opens = ledger.side(scene.instrument).is_none();
        let Some(price) = ledger.enter(entry, &scene.execution(priced))? else { return Ok(()) };
        // An addition without exits of its own leaves those of the position.
        if opens || !entry.exits.is_empty() {
            let group = Group::new(id, entry.side, entry.exits.placed(entry.side, price));
            self.groups[scene.instrument as usize] = (!entry.exits.is_empty()).then_some(group);
            turn.is_tried = false;
            turn.path = match self.entry_bar_policy {
                EntryBarPolicy::WorstCase => Some(priced.rest),
                EntryBarPolicy::NextBar => None,
            };
        }
        Ok(())
    }

    fn close<O: Observer>(
        &mut self,
        portion: Decimal,
        reason: ExitReason,
        priced: &Priced,
        scene: &Scene,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        ledger.exit(portion, reason, &scene.execution(priced))?;
        if ledger.side(scene.instrument).is_none() {
            self.groups[scene.instrument as usize] = None;
        }
        Ok(())
    }

    fn protect<O: Observer>(
        &mut self,
        id: OrderId,
        exits: &Exits,
        scene: &Scene,
        ledger: &Ledger<'_, O>,
    ) {
        let position = &ledger.account.positions()[scene.instrument as usize];
        if let (Some(side), Some(entry)) = (position.side(), position.entry_price()) {
            let group = Group::new(id, side, exits.placed(side, entry));
            self.groups[scene.instrument as usize] = (!exits.is_empty()).then_some(group);
        }
    }

    fn try_exits<O: Observer>(
        &mut self,
        scene: &Scene,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let group = &mut self.groups[scene.instrument as usize];
        if let (Some(live), Some(path), false) = (group.as_mut(), turn.path, turn.is_tried) {
            turn.is_tried = true;
            if live.try_on(path, scene, ledger)? {
                *group = None;
            }
        }
        Ok(())
    }
}

/// Whether the order may fill in the bar.
fn is_due(order: &Order, scene: &Scene) -> bool {
    order.instrument == scene.instrument && order.is_due(scene.time_ms)
}
