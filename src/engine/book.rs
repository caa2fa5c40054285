//! The queues of all instruments, and how the open or the inside of their bars fills them.
//!
//! What reduces goes before what adds: cash that one instrument sets free at a time is there for
//! another at the same time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ledger::Ledger;
use super::observer::Observer;
use super::queue::{Addition, Queue, Turn};
use crate::market::Bar;
use crate::trading::{EntryBarPolicy, Overflow};

/// Everything that may fill in the bars to come.
pub(super) struct Book {
    /// By instrument.
    pub queues: Vec<Queue>,
    /// How many orders were submitted so far.
    pub order_count: u64,
    entry_bar_policy: EntryBarPolicy,
    /// Whose turn it is at present.
    turns: Vec<Turn>,
    /// Of those, who wants to open or add, and with which order.
    additions: BinaryHeap<Reverse<(Addition, usize)>>,
}

impl Book {
    pub(super) fn new(instruments: usize, entry_bar_policy: EntryBarPolicy) -> Self {
        Self {
            queues: (0..instruments).map(|_| Queue::default()).collect(),
            order_count: 0,
            entry_bar_policy,
            turns: Vec::new(),
            additions: BinaryHeap::new(),
        }
    }

    /// Fills what a bar fills that nothing happens beside: its open, then its inside.
    pub(super) fn match_bar<O: Observer>(
        &mut self,
        instrument: u32,
        index: u64,
        bar: &Bar,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        let queue = &mut self.queues[instrument as usize];
        queue.begin_bar(bar.open_time_ms);
        if let Some(turn) = queue.turn_at_open(instrument, index, bar) {
            queue.run(turn, self.entry_bar_policy, ledger)?;
        }
        match queue.turn_inside(instrument, index, bar) {
            Some(turn) => queue.run(turn, self.entry_bar_policy, ledger),
            None => Ok(()),
        }
    }

    /// The bar of that instrument opens: what its open may fill takes part in the next pass.
    pub(super) fn open(&mut self, instrument: u32, index: u64, bar: &Bar) {
        let queue = &mut self.queues[instrument as usize];
        queue.begin_bar(bar.open_time_ms);
        self.turns.extend(queue.turn_at_open(instrument, index, bar));
    }

    /// The bar of that instrument has ended: what it may fill inside takes part in the next pass.
    pub(super) fn end(&mut self, instrument: u32, index: u64, bar: &Bar) {
        let queue = &self.queues[instrument as usize];
        self.turns.extend(queue.turn_inside(instrument, index, bar));
    }

    /// Goes over the instruments that take part: each does what reduces at the head of its queue;
    /// then of all heads the first that adds, and what reduces behind it, until none is left.
    pub(super) fn pass<O: Observer>(&mut self, ledger: &mut Ledger<'_, O>) -> Result<(), Overflow> {
        if self.turns.len() > 1 {
            self.turns.sort_unstable_by_key(|turn| turn.scene.instrument);
        }
        for place in 0..self.turns.len() {
            self.reduce(place, ledger)?;
        }
        while let Some(Reverse((_, place))) = self.additions.pop() {
            let turn = &mut self.turns[place];
            let queue = &mut self.queues[turn.scene.instrument as usize];
            queue.add(turn, self.entry_bar_policy, ledger)?;
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
        let addition = self.queues[turn.scene.instrument as usize].reduce(turn, ledger)?;
        self.additions.extend(addition.map(|addition| Reverse((addition, place))));
        Ok(())
    }
}

impl Queue {
    /// All of a turn that no other instrument shares.
    fn run<O: Observer>(
        &mut self,
        mut turn: Turn,
        policy: EntryBarPolicy,
        ledger: &mut Ledger<'_, O>,
    ) -> Result<(), Overflow> {
        while self.reduce(&mut turn, ledger)?.is_some() {
            self.add(&mut turn, policy, ledger)?;
        }
        Ok(())
    }
}
