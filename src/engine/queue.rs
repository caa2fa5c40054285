//! One instrument's orders and exits, and the order in which a bar tries them.
//!
//! At the open first what fills there: orders at the market, then what waits for a price that the
//! open reaches. Inside the bar what waits. Always by submission; the exits of a position have the
//! place of the order that brought them.

use super::ledger::Ledger;
use super::observer::Observer;
use super::protection::Group;
use super::scene::Scene;
use crate::market::{Bar, Decimal};
use crate::trading::{
    Entry, EntryBarPolicy, ExitReason, Exits, Intent, Order, OrderId, Overflow, Path, Priced,
};

/// What waits for the next bars of one instrument.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// In the order of submission.
    pub orders: Vec<Order>,
    /// The exits of the position.
    pub group: Option<Group>,
    /// Whether the exits are not live yet on the bar under way.
    exits_wait: bool,
}

/// One instrument's way through the open or the inside of a bar.
#[derive(Debug)]
pub(super) struct Turn {
    pub scene: Scene,
    /// Whether orders at the market are still to come; none fills inside a bar.
    takes_market: bool,
    is_inside: bool,
    /// The first order that was not tried yet.
    next: usize,
    /// The path to try the exits on; `None` if they are not live on this bar.
    exits_path: Option<Path>,
    exits_are_tried: bool,
    /// Where the order at `next` opens or adds.
    adds: Option<Priced>,
}

/// An order that opens or adds: at the market before those that waited for a price, then by
/// submission.
pub(super) type Addition = (bool, OrderId);

impl Turn {
    fn at_open(instrument: u32, index: u64, bar: &Bar) -> Self {
        let scene = Scene::at_open(instrument, index, bar);
        Self { takes_market: true, is_inside: false, ..Self::of(scene, Some(scene.path)) }
    }

    fn of(scene: Scene, exits_path: Option<Path>) -> Self {
        Self {
            scene,
            takes_market: false,
            is_inside: true,
            next: 0,
            exits_path,
            exits_are_tried: false,
            adds: None,
        }
    }
}

impl Queue {
    /// Whether the bar can fill anything; cheap, for it is asked at every bar.
    #[inline]
    pub(super) fn has_work(&self, bar: &Bar) -> bool {
        !self.orders.is_empty() || self.group.as_ref().is_some_and(|group| group.is_touched(bar))
    }

    /// The next bar begins: what was taken back by then is gone.
    pub(super) fn begin_bar(&mut self, open_ms: i64) {
        self.exits_wait = false;
        self.orders.retain(|order| !order.is_gone(open_ms));
    }

    /// What the open of the bar is to do here, if it may do anything.
    pub(super) fn turn_at_open(&self, instrument: u32, index: u64, bar: &Bar) -> Option<Turn> {
        let is_reached = || self.group.as_ref().is_some_and(|group| group.is_reached_by(bar.open));
        (!self.orders.is_empty() || is_reached()).then(|| Turn::at_open(instrument, index, bar))
    }

    /// What the inside of the bar is to do here, if it may do anything.
    pub(super) fn turn_inside(&self, instrument: u32, index: u64, bar: &Bar) -> Option<Turn> {
        if !self.has_work(bar) {
            return None;
        }
        let scene = Scene::new(instrument, index, bar);
        Some(Turn::of(scene, (!self.exits_wait).then_some(scene.path)))
    }

    /// Does what closes or reduces, up to the first order that opens or adds, and tells that one.
    pub(super) fn reduce<O: Observer>(
        &mut self,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<Option<Addition>, Overflow> {
        loop {
            let Some(index) = self.next_due(turn) else {
                if !turn.takes_market {
                    self.try_exits(turn, ledger)?;
                    return Ok(None);
                }
                (turn.takes_market, turn.next) = (false, 0);
                continue;
            };
            let id = self.orders[index].id;
            if !turn.takes_market && self.group.as_ref().is_some_and(|group| group.order < id) {
                self.try_exits(turn, ledger)?;
            }
            turn.next = index;
            match &mut self.orders[index].intent {
                &mut Intent::Close { reason, portion } => {
                    self.orders.remove(index);
                    self.close(portion, reason, &turn.scene.path.market(), turn, ledger)?;
                }
                &mut Intent::Protect(exits) => {
                    self.orders.remove(index);
                    self.protect(id, &exits, turn, ledger);
                }
                Intent::Open(entry) => {
                    let Some(priced) = priced(entry, turn) else {
                        turn.next = index + 1;
                        continue;
                    };
                    if ledger.side(turn.scene.instrument) != Some(entry.side.opposite()) {
                        turn.adds = Some(priced);
                        return Ok(Some((!turn.takes_market, id)));
                    }
                    // A reversal is two fills: the close, then the opening in its own size.
                    self.close(Decimal::ONE, ExitReason::Reversal, &priced, turn, ledger)?;
                }
            }
        }
    }

    /// Fills the order that [`Self::reduce`] has told.
    pub(super) fn add<O: Observer>(
        &mut self,
        turn: &mut Turn,
        policy: EntryBarPolicy,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let Some(priced) = turn.adds.take() else { return Ok(()) };
        let order = self.orders.remove(turn.next);
        let Intent::Open(entry) = &order.intent else { return Ok(()) };
        let opens = ledger.side(turn.scene.instrument).is_none();
        let filled = ledger.enter(entry, &turn.scene.execution(&priced))?;
        let Some(price) = filled else { return Ok(()) };
        // An addition without exits of its own leaves those of the position.
        if opens || !entry.exits.is_empty() {
            let group = Group::new(order.id, entry.side, entry.exits.placed(entry.side, price));
            self.group = (!entry.exits.is_empty()).then_some(group);
            self.exits_wait = policy == EntryBarPolicy::NextBar;
            turn.exits_path = (!self.exits_wait).then_some(priced.rest);
            turn.exits_are_tried = false;
        }
        Ok(())
    }

    fn next_due(&self, turn: &Turn) -> Option<usize> {
        let is_due = |order: &Order| {
            order.waits_for_price() != turn.takes_market && order.is_due(turn.scene.time_ms)
        };
        self.orders[turn.next..].iter().position(is_due).map(|behind| turn.next + behind)
    }

    fn close<O: Observer>(
        &mut self,
        portion: Decimal,
        reason: ExitReason,
        priced: &Priced,
        turn: &Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        ledger.exit(portion, reason, &turn.scene.execution(priced))?;
        if ledger.side(turn.scene.instrument).is_none() {
            self.group = None;
        }
        Ok(())
    }

    fn protect<O: Observer>(
        &mut self,
        id: OrderId,
        exits: &Exits,
        turn: &Turn,
        ledger: &Ledger<'_, O>,
    ) {
        let position = &ledger.account.positions()[turn.scene.instrument as usize];
        if let (Some(side), Some(entry)) = (position.side(), position.entry_price()) {
            let group = Group::new(id, side, exits.placed(side, entry));
            self.group = (!exits.is_empty()).then_some(group);
        }
    }

    fn try_exits<O: Observer>(
        &mut self,
        turn: &mut Turn,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        if let (Some(live), Some(path), false) =
            (self.group.as_mut(), turn.exits_path, turn.exits_are_tried)
        {
            turn.exits_are_tried = true;
            if live.try_on(path, &turn.scene, ledger)? {
                self.group = None;
            }
        }
        Ok(())
    }
}

/// Where the entry fills on this turn.
fn priced(entry: &mut Entry, turn: &Turn) -> Option<Priced> {
    if turn.is_inside {
        return entry.kind.priced(entry.side, turn.scene.path);
    }
    // What the open does not fill stays as it is: how the bar goes on is not known there.
    let mut kind = entry.kind;
    kind.priced(entry.side, turn.scene.path)
}
