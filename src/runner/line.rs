//! The line of searches that wait for a slot, and the place of each in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::permits::{Permit, Permits};

/// So many slots, and a line before them, in the order of their turns.
pub(super) struct Line {
    slots: Permits,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    next_ticket: u64,
    /// The place of each, 1 being the next, by its rank.
    places: BTreeMap<Rank, watch::Sender<u32>>,
}

/// The turn for a slot, then who came first: as the slots themselves are given.
type Rank = (u64, u64);

/// Leaves the line when dropped.
struct Spot<'l> {
    line: &'l Line,
    rank: Rank,
}

impl Line {
    pub(super) fn new(slots: usize) -> Self {
        Self { slots: Permits::new(slots), standing: Mutex::default() }
    }

    /// Waits for a slot and tells every place on the way to it. Dropping the future leaves.
    pub(super) async fn wait(&self, priority: i32, mut tell: impl FnMut(u32)) -> Permit {
        let turn = self.slots.turn_of(priority);
        let (_spot, mut place) = self.stand(turn);
        let slot = self.slots.acquire_in_turn(turn);
        tokio::pin!(slot);
        loop {
            tokio::select! {
                biased;
                slot = &mut slot => return slot,
                Ok(()) = place.changed() => {
                    let place = *place.borrow_and_update();
                    tell(place);
                }
            }
        }
    }

    /// How many stand in it.
    pub(super) fn waiting(&self) -> usize {
        self.lock().places.len()
    }

    fn stand(&self, turn: u64) -> (Spot<'_>, watch::Receiver<u32>) {
        let mut standing = self.lock();
        let rank = (turn, standing.next_ticket);
        standing.next_ticket += 1;
        let (sender, place) = watch::channel(0);
        standing.places.insert(rank, sender);
        standing.count_again();
        (Spot { line: self, rank }, place)
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn count_again(&self) {
        for (place, told) in (1..).zip(self.places.values()) {
            told.send_if_modified(|known| std::mem::replace(known, place) != place);
        }
    }
}

impl Drop for Spot<'_> {
    fn drop(&mut self) {
        let mut standing = self.line.lock();
        standing.places.remove(&self.rank);
        standing.count_again();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::cell::Cell;

    #[test]
    fn everybody_hears_of_the_place_in_the_line_and_of_every_change() {
        let line = Line::new(1);
        let held = line.wait(0, |_| panic!("a free slot makes no line")).now_or_never().unwrap();
        let places = [const { Cell::new(0) }; 3];
        let told = || places.each_ref().map(Cell::get);
        let mut low = Box::pin(line.wait(0, |place| places[0].set(place)));
        let mut late = Box::pin(line.wait(0, |place| places[1].set(place)));
        assert!(low.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [1, 2, 0]);
        let mut high = Box::pin(line.wait(5, |place| places[2].set(place)));
        assert!(high.as_mut().now_or_never().is_none());
        assert!(low.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [2, 3, 1]);
        drop(held);
        let held = high.as_mut().now_or_never().expect("the slot goes to the highest priority");
        drop(low);
        assert!(late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [2, 1, 1]);
        drop(held);
        assert!(late.as_mut().now_or_never().is_some());
    }
}
