//! The line of searches that wait for a slot, and the place of each in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::own_queue::{Rank, Waiter, served};
use super::owner_shares::Owner;
use super::permits::{Permit, Permits};

/// So many slots, and a line before them, in the order of their turns.
pub(super) struct Line {
    slots: Permits,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    next_ticket: u64,
    /// Who stands there, by owner and rank, and where the place is told, 1 being the next.
    places: BTreeMap<(Arc<str>, Rank), watch::Sender<u32>>,
}

/// Leaves the line when dropped.
struct Spot<'l> {
    line: &'l Line,
    owner: Arc<str>,
    rank: Rank,
}

impl Line {
    pub(super) fn new(slots: usize) -> Self {
        Self { slots: Permits::held_long(slots), standing: Mutex::default() }
    }

    /// Waits for a slot and tells every place on the way to it. Dropping the future leaves.
    pub(super) async fn wait(
        &self,
        owner: &Arc<Owner>,
        priority: i32,
        mut tell: impl FnMut(u32),
    ) -> Permit {
        let turn = self.slots.turn_of(owner, priority);
        let (_spot, mut place) = self.stand(owner, turn);
        let slot = self.slots.acquire_in_turn(owner, turn);
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

    fn stand(&self, owner: &Arc<Owner>, turn: u64) -> (Spot<'_>, watch::Receiver<u32>) {
        let mut standing = self.lock();
        let rank = Rank { turn, ticket: standing.next_ticket };
        standing.next_ticket += 1;
        let (sender, place) = watch::channel(0);
        let owner = Arc::clone(owner.name());
        standing.places.insert((Arc::clone(&owner), rank), sender);
        standing.count_again(&self.slots);
        (Spot { line: self, owner, rank }, place)
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Tells everybody the place that it would have if nobody came any more.
    fn count_again(&self, slots: &Permits) {
        let mut by_owner: HashMap<Arc<str>, Vec<Stander<'_>>> = HashMap::new();
        for ((owner, rank), told) in &self.places {
            by_owner.entry(Arc::clone(owner)).or_default().push(Stander { rank: *rank, told });
        }
        let standing = slots.standing(by_owner);
        for (place, stander) in (1..).zip(served(&standing, true)) {
            stander.told.send_if_modified(|known| std::mem::replace(known, place) != place);
        }
    }
}

/// Somebody who stands in the line.
struct Stander<'s> {
    rank: Rank,
    told: &'s watch::Sender<u32>,
}

impl Waiter for Stander<'_> {
    fn ticket(&self) -> u64 {
        self.rank.ticket
    }
}

impl Drop for Spot<'_> {
    fn drop(&mut self) {
        let mut standing = self.line.lock();
        standing.places.remove(&(Arc::clone(&self.owner), self.rank));
        standing.count_again(&self.line.slots);
    }
}

#[cfg(test)]
mod tests {
    use super::super::owner_shares::OwnerShares;
    use super::*;
    use futures_util::FutureExt as _;
    use std::cell::Cell;

    #[test]
    fn everybody_hears_of_the_place_in_the_line_and_of_every_change() {
        let (line, owner) = (Line::new(1), OwnerShares::default().of(""));
        let held =
            line.wait(&owner, 0, |_| panic!("a free slot makes no line")).now_or_never().unwrap();
        let places = [const { Cell::new(0) }; 3];
        let told = || places.each_ref().map(Cell::get);
        let mut low = Box::pin(line.wait(&owner, 0, |place| places[0].set(place)));
        let mut late = Box::pin(line.wait(&owner, 0, |place| places[1].set(place)));
        assert!(low.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [1, 2, 0]);
        let mut high = Box::pin(line.wait(&owner, 5, |place| places[2].set(place)));
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
