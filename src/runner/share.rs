//! A run's part of what its owner has.

use std::sync::{Mutex, PoisonError};

/// What one permit costs a run of priority 0, in shares of time.
const STRIDE: u64 = 1 << 16;
/// Each point of priority doubles or halves a run's share, up to here.
const PRIORITY_WEIGHED_MAX: i32 = 8;

/// A run's place in the race for permits: start-time fair queueing (Goyal, Vin & Cheng 1996), so
/// that each gets its share however long its chunks are.
#[derive(Debug)]
pub(super) struct Share {
    next_turn: Mutex<u64>,
    cost: u64,
}

impl Share {
    pub(super) fn of_priority(priority: i32) -> Self {
        let weighed = priority.clamp(-PRIORITY_WEIGHED_MAX, PRIORITY_WEIGHED_MAX);
        let cost = if weighed < 0 { STRIDE << -weighed } else { STRIDE >> weighed };
        Self { next_turn: Mutex::new(0), cost }
    }

    /// The turn of the next permit, not before `now`.
    pub(super) fn take_turn(&self, now: u64) -> u64 {
        let mut next = self.next_turn.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + self.cost;
        turn
    }

    /// Whoever left before its turn did not have it.
    #[cfg(test)]
    pub(super) fn give_back(&self) {
        *self.next_turn.lock().unwrap() -= self.cost;
    }
}
