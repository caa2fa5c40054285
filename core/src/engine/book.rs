//! The queues of all instruments, and how the open or the inside of their bars fills them.
//!
//! What reduces goes before what adds: cash that one instrument sets free at a time is there for
//! another at the same time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::backtest::Backtest;
use super::ledger::Ledger;
use super::observer::Observer;
use super::queue::Queue;
use super::turn::{Addition, Turn};
use crate::market::Bar;
use crate::trading::{InstrumentTerms, Order, Orders, Overflow};

/// Everything that may fill in the bars to come.
pub(super) struct Book {
    pub orders: Orders,
    /// By instrument.
    queues: Vec<Queue>,
    /// Whose turn it is at present.
    turns: Vec<Turn>,
    /// Of those, who wants to open or add, and with which order.
    additions: BinaryHeap<Reverse<(Addition, usize)>>,
}

impl Book {
    pub(super) fn new(instruments: &[InstrumentTerms]) -> Self {
        let queue = |terms: &InstrumentTerms| Queue::new(terms.limit_through_ticks);
        Self {
            orders: Orders::new(instruments.len()),
            queues: instruments.iter().map(queue).collect(),
            turns: Vec::new(),
            additions: BinaryHeap::new(),
        }
    }

    /// What the bars of an instrument are to try beside its orders.
    pub(super) fn queue_mut(&mut self, instrument: u32) -> &mut Queue {
        &mut self.queues[instrument as usize]
    }

    /// The same, to be looked at.
    pub(super) fn queue(&self, instrument: u32) -> &Queue {
        &self.queues[instrument as usize]
    }

    /// Whether the bar can fill anything; cheap, for it is asked at every bar.
    #[inline]
    pub(super) fn has_work(&self, instrument: u32, bar: &Bar) -> bool {
        self.queues[instrument as usize].has_work(self.orders.of(instrument), bar)
    }

    /// Fills what a bar fills that nothing happens beside: its open, then its inside.
    pub(super) fn match_bar<O: Observer>(
        &mut self,
        instrument: u32,
        index: u64,
        bar: &Bar,
        backtest: &Backtest<'_>,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let orders = self.orders.of_mut(instrument);
        let queue = &mut self.queues[instrument as usize];
        queue.begin_bar(orders, bar.open_time_ms);
        let is_margined = ledger.account.is_margined(instrument);
        if let Some(mut turn) = queue.turn_at_open(orders, instrument, index, bar, is_margined) {
            ledger.account.mark(instrument, bar.open)?;
            turn.equity = ledger.account.equity()?.max(0);
            queue.run(orders, turn, backtest, ledger)?;
        }
        let is_margined = ledger.account.is_margined(instrument);
        match queue.turn_inside(orders, instrument, index, bar, is_margined) {
            Some(turn) => queue.run(orders, turn, backtest, ledger),
            None => Ok(()),
        }
    }

    /// The bar of that instrument opens: what its open may fill takes part in the next pass.
    pub(super) fn open(&mut self, instrument: u32, index: u64, bar: &Bar, is_margined: bool) {
        let orders = self.orders.of_mut(instrument);
        let queue = &mut self.queues[instrument as usize];
        queue.begin_bar(orders, bar.open_time_ms);
        self.turns.extend(queue.turn_at_open(orders, instrument, index, bar, is_margined));
    }

    /// The bar of that instrument has ended: what it may fill inside takes part in the next pass.
    pub(super) fn end(&mut self, instrument: u32, index: u64, bar: &Bar, is_margined: bool) {
        let orders = self.orders.of(instrument);
        let queue = &self.queues[instrument as usize];
        self.turns.extend(queue.turn_inside(orders, instrument, index, bar, is_margined));
    }

    /// Goes over the instruments that take part: each does what reduces at the head of its queue;
    /// then of all heads the first that adds, and what reduces behind it, until none is left.
    pub(super) fn pass<O: Observer>(
        &mut self,
        backtest: &Backtest<'_>,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        if self.turns.len() > 1 {
            self.turns.sort_unstable_by_key(|turn| turn.scene.instrument);
        }
        if self.turns.is_empty() {
            return Ok(());
        }
        let equity = ledger.account.equity()?.max(0);
        for place in 0..self.turns.len() {
            self.turns[place].equity = equity;
            self.reduce(place, ledger)?;
        }
        while let Some(Reverse((_, place))) = self.additions.pop() {
            let turn = &mut self.turns[place];
            let orders = self.orders.of_mut(turn.scene.instrument);
            let queue = &mut self.queues[turn.scene.instrument as usize];
            queue.add(orders, turn, backtest, ledger)?;
            self.reduce(place, ledger)?;
        }
        self.turns.clear();
        Ok(())
    }

    fn reduce<O: Observer>(
        &mut self,
        place: usize,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let turn = &mut self.turns[place];
        let orders = self.orders.of_mut(turn.scene.instrument);
        let queue = &mut self.queues[turn.scene.instrument as usize];
        let addition = queue.reduce(orders, turn, ledger)?;
        self.additions.extend(addition.map(|addition| Reverse((addition, place))));
        Ok(())
    }
}

impl Queue {
    /// All of a turn that no other instrument shares.
    fn run<O: Observer>(
        &mut self,
        orders: &mut Vec<Order>,
        mut turn: Turn,
        backtest: &Backtest<'_>,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        while self.reduce(orders, &mut turn, ledger)?.is_some() {
            self.add(orders, &mut turn, backtest, ledger)?;
        }
        Ok(())
    }
}
