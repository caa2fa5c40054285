//! What a strategy sees at a bar's close, and the orders it may give.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cursors::Cursors;
use super::desk::Desk;
use super::known_rows::{self, AuxFeed, KnownRows};
use super::reached::{LastEntry, Reached};
use super::views::{AccountView, LastTrade, PositionView};
use crate::market::{Bar, Decimal};
use crate::trading::{Account, AtFill, Entry, Exits, Order, OrderId, Orders, Side, Weight};

/// The account and the market as a strategy sees them when a bar is delivered. Orders given here
/// can fill in the next bar of the instrument's finest timeframe at the earliest.
///
/// Instruments and subscriptions are told by their places: subscriptions in the order of the
/// request, instruments in the order in which they appear there.
pub struct Context<'a> {
    /// Which of the run's subscriptions the bar belongs to. A strategy that decides for one
    /// instrument counts those of its own instrument only.
    pub subscription: usize,
    /// The instrument of that subscription.
    pub(crate) instrument: u32,
    /// The bar's end, UTC milliseconds: now.
    pub now_ms: i64,
    /// Which way the position in that instrument looks; `None` when flat.
    pub side: Option<Side>,
    /// Whether the run has not begun: orders given now are thrown away.
    pub is_warming_up: bool,
    /// The subscriptions of a strategy that sees some of them only, by its own count.
    pub(crate) own: Option<&'a [usize]>,
    /// How many entries a position may have by the run's limits; 0 if they do not say.
    pub(crate) entries_max: u32,
    pub(crate) bars: &'a Cursors<'a>,
    pub(crate) aux: &'a [AuxFeed],
    pub(crate) account: &'a Account,
    /// The equity with which the trading day began.
    pub(crate) day_start_equity: i64,
    pub(crate) last_trades: &'a [Option<LastTrade>],
    /// Of each instrument, or of none where nothing is ever held.
    pub(crate) reached: &'a [Reached],
    pub(crate) orders: &'a mut Orders,
    pub(crate) stop: &'a AtomicBool,
}

/// What becomes of the instruments that a rebalancing does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They stay as they are.
    Keep,
    /// They are closed.
    Close,
}

impl<'a> Context<'a> {
    /// The known rows of the auxiliary series of the instrument whose bar is delivered: its own, or
    /// the one that belongs to none.
    pub fn own_aux(&self) -> Option<KnownRows<'a>> {
        let feed = known_rows::of_instrument(self.aux, self.instrument)?;
        Some(KnownRows::by(&feed.series, self.now_ms))
    }

    /// The place of the auxiliary series of that name for the instrument whose bar is delivered.
    pub fn aux_place(&self, name: &str) -> Option<usize> {
        known_rows::of_name(self.aux, name, self.instrument)
    }

    /// The known rows of the series at that place.
    pub fn aux_at(&self, place: usize) -> Option<KnownRows<'a>> {
        self.aux.get(place).map(|feed| KnownRows::by(&feed.series, self.now_ms))
    }
}

impl Context<'_> {
    /// The instrument whose bar is delivered.
    pub const fn instrument(&self) -> u32 {
        self.instrument
    }

    /// How many instruments the run has.
    pub const fn instruments(&self) -> usize {
        self.orders.instruments()
    }

    /// The instrument of a subscription.
    pub fn instrument_of(&self, subscription: usize) -> u32 {
        self.bars.instrument(self.of_run(subscription))
    }

    /// The first subscription of an instrument.
    pub fn first_subscription(&self, instrument: u32) -> usize {
        self.bars.first_of(instrument)
    }

    /// The last bar of a subscription that has ended; `None` before the first.
    pub fn bar(&self, subscription: usize) -> Option<Bar> {
        self.past(subscription, 0)
    }

    /// The bar so many before that; `None` if there is none, or from
    /// [`lookback`](super::Strategy::lookback) on.
    pub fn past(&self, subscription: usize, back: usize) -> Option<Bar> {
        self.bars.past(self.of_run(subscription), back)
    }

    /// When the last bar of a subscription ended; `None` before the first. Missing bars show here.
    pub fn ended_ms(&self, subscription: usize) -> Option<i64> {
        self.bars.ended_ms(self.of_run(subscription))
    }

    /// The account at the closes of now.
    pub fn account(&self) -> AccountView {
        AccountView::of(self.account, self.day_start_equity)
    }

    /// The value of a further order of that instrument and side that the account can carry, in
    /// money units, commission included.
    pub fn room(&self, instrument: u32, side: Side) -> i64 {
        // The equity of now is found to fit before anybody decides.
        self.account.room(instrument, side).unwrap_or(0)
    }

    /// What is held of an instrument.
    pub fn position(&self, instrument: u32) -> PositionView {
        PositionView::of(self.account, self.reached, instrument)
    }

    /// Bars of a subscription that have ended since the position in its instrument was entered: 0
    /// at the end of the bar of the entry. `None` when flat.
    pub fn bars_since_entry(&self, subscription: usize) -> Option<usize> {
        let subscription = self.of_run(subscription);
        let position = &self.account.positions()[self.bars.instrument(subscription) as usize];
        let entered_ms = position.open_trade()?.entry_time_ms;
        Some(self.bars.bars_since(subscription, entered_ms))
    }

    /// Bars of a subscription that have ended since the last round trip in its instrument did: 0 at
    /// the end of the bar of the exit. `None` before the first.
    pub fn bars_since_exit(&self, subscription: usize) -> Option<usize> {
        let subscription = self.of_run(subscription);
        let last = self.last_trade(self.bars.instrument(subscription))?;
        Some(self.bars.bars_since(subscription, last.exit_bar_ms))
    }

    /// How many entries the position of an instrument has; 0 when flat.
    pub fn entries(&self, instrument: u32) -> u32 {
        self.account.positions()[instrument as usize].entries()
    }

    /// The last entry into an instrument; `None` before the first.
    pub(crate) fn last_entry(&self, instrument: u32) -> Option<&LastEntry> {
        self.reached.get(instrument as usize)?.last_entry()
    }

    /// The last round trip of an instrument that has ended.
    pub fn last_trade(&self, instrument: u32) -> Option<LastTrade> {
        self.last_trades[instrument as usize]
    }

    /// The orders of an instrument that wait.
    pub fn orders(&self, instrument: u32) -> impl Iterator<Item = &Order> {
        let orders = self.orders.of(instrument).iter();
        orders.filter(|order| order.cancelled_ms.is_none() && !order.has_always_stood())
    }

    /// The orders of an instrument, to give some or take some back.
    pub fn on(&mut self, instrument: u32) -> Desk<'_> {
        let side = self.account.positions()[instrument as usize].side();
        Desk { instrument, now_ms: self.now_ms, side, orders: self.orders }
    }

    /// Holds so much of each of these instruments from its next open on, in parts of the equity.
    /// A change that is worth less than `band` of it is left alone.
    pub fn rebalance(&mut self, targets: &[(u32, Weight)], rest: Rest, band: Weight) {
        for &(instrument, weight) in targets {
            self.on(instrument).target_weight(weight, band);
        }
        if rest == Rest::Keep {
            return;
        }
        for instrument in 0..self.instruments() as u32 {
            let is_named = targets.iter().any(|(named, _)| *named == instrument);
            let is_held = self.account.positions()[instrument as usize].quantity() != 0;
            if !is_named && (is_held || self.orders(instrument).next().is_some()) {
                self.on(instrument).target_steps(0);
            }
        }
    }

    /// Opens a position at the next open, in the size of the run's sizing.
    pub fn enter(&mut self, side: Side) -> OrderId {
        self.desk().enter(side)
    }

    /// Opens a position or adds to it, when and how the entry says. A position on the other side
    /// is closed first. The order is good till cancelled.
    pub fn submit(&mut self, entry: Entry) -> OrderId {
        self.desk().submit(entry)
    }

    /// Closes the position at the next open.
    pub fn exit(&mut self) {
        self.desk().exit();
    }

    /// Closes that portion of the position at the next open: whole steps, and at least one.
    pub fn exit_part(&mut self, portion: Decimal) {
        self.desk().exit_part(portion);
    }

    /// Closes the position at the next open and opens one on the other side.
    pub fn reverse(&mut self, entry: Entry) -> OrderId {
        self.desk().reverse(entry)
    }

    /// Puts these exits in place of those of the position, from the next bar on. Without a
    /// position nothing happens.
    pub fn protect(&mut self, exits: Exits) {
        self.desk().protect(exits);
    }

    /// The same, but targets of the position that were taken stay so.
    pub fn move_exits(&mut self, exits: Exits) {
        self.desk().move_exits(exits);
    }

    /// Gives an entry that waits other exits, from the next bar on; it keeps its price, and how
    /// long it has waited. Returns its new name; `None` if it waits no more.
    pub fn renew(&mut self, id: OrderId, exits: Exits) -> Option<OrderId> {
        self.desk().renew(id, exits)
    }

    /// Puts an entry in place of one that waits, from the next bar on. The two are one order: if a
    /// bar that has begun still fills the former, the latter is gone with it.
    pub fn replace(&mut self, id: OrderId, entry: Entry) -> OrderId {
        self.desk().replace(id, entry)
    }

    /// Says who tells the levels of the order that was given last, as it fills.
    pub(crate) fn answer(&mut self, id: OrderId, answer: Arc<dyn AtFill>) {
        self.orders.answer(self.instrument, id, answer);
    }

    /// Takes an order back, from the next bar on: one that has begun may still fill it. Returns
    /// whether it still waited.
    pub fn cancel(&mut self, id: OrderId) -> bool {
        self.desk().cancel(id)
    }

    /// Whether an order for this instrument still waits.
    pub fn has_pending_order(&self) -> bool {
        self.orders(self.instrument).next().is_some()
    }

    /// Whether an order for this instrument waits for its next open, and not for a price.
    pub fn has_order_at_open(&self) -> bool {
        self.orders(self.instrument).any(|order| !order.waits_for_price())
    }

    /// Whether the run's limits let a signal for the side that is held add to the position.
    pub fn may_add(&self) -> bool {
        self.account.positions()[self.instrument as usize].entries() < self.entries_max
    }

    /// Whether the run was asked to stop; for a strategy that may take long over one bar.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The same for a strategy that sees these subscriptions only, in its own count, and decides
    /// for the instrument of the first.
    pub(crate) fn within<'s>(&'s mut self, subscription: usize, own: &'s [usize]) -> Context<'s> {
        let instrument = own.first().map_or(self.instrument, |first| self.bars.instrument(*first));
        let side = self.account.positions()[instrument as usize].side();
        Context {
            subscription,
            instrument,
            now_ms: self.now_ms,
            side,
            is_warming_up: self.is_warming_up,
            own: Some(own),
            entries_max: self.entries_max,
            bars: self.bars,
            aux: self.aux,
            account: self.account,
            day_start_equity: self.day_start_equity,
            last_trades: self.last_trades,
            reached: self.reached,
            orders: self.orders,
            stop: self.stop,
        }
    }

    fn desk(&mut self) -> Desk<'_> {
        self.on(self.instrument)
    }

    fn of_run(&self, subscription: usize) -> usize {
        self.own.map_or(subscription, |own| own[subscription])
    }
}
