//! The line of searches that wait for a slot, and the place of each in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Runner;
use super::own_queue::{Rank, served};
use super::owner_shares::Owner;
use super::permits::{Permit, Permits};

/// How long places stand as they were told. Whoever comes or goes moves all behind him, so that of
/// thousands who come at once each would count thousands.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// So many slots, and a line before them, in the order of their turns.
pub(super) struct Line {
    slots: Permits,
    places: Mutex<Places>,
    /// That somebody came or went.
    moved: Notify,
}

#[derive(Default)]
struct Places {
    next_ticket: u64,
    /// Who stands there, by owner and rank, and where the place is told, 1 being the next.
    told: BTreeMap<(Arc<str>, Rank), watch::Sender<u32>>,
}

/// Leaves the line when dropped.
struct Spot<'l> {
    line: &'l Line,
    owner: Arc<str>,
    rank: Rank,
}

impl Line {
    pub(super) fn new(slots: usize) -> Self {
        let slots = Permits::held_long(slots);
        Self { slots, places: Mutex::default(), moved: Notify::new() }
    }

    /// Waits for a slot and tells each place that was counted on the way to it. Dropping the future
    /// leaves.
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
        self.lock().told.len()
    }

    fn stand(&self, owner: &Arc<Owner>, turn: u64) -> (Spot<'_>, watch::Receiver<u32>) {
        let mut places = self.lock();
        let rank = Rank { turn, ticket: places.next_ticket };
        places.next_ticket += 1;
        let (sender, place) = watch::channel(0);
        let owner = Arc::clone(owner.name());
        places.told.insert((Arc::clone(&owner), rank), sender);
        self.moved.notify_one();
        (Spot { line: self, owner, rank }, place)
    }

    /// Tells everybody the place that it would have if nobody came any more. Goes through all of
    /// them, but lets them come and go meanwhile.
    pub(super) fn count(&self) {
        let mut by_owner: HashMap<Arc<str>, Vec<(u64, watch::Sender<u32>)>> = HashMap::new();
        for ((owner, rank), told) in &self.lock().told {
            by_owner.entry(Arc::clone(owner)).or_default().push((rank.ticket, told.clone()));
        }
        let contenders = self.slots.contenders(by_owner);
        for (place, told) in (1..).zip(served(&contenders, true)) {
            told.send_if_modified(|known| std::mem::replace(known, place) != place);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spot<'_> {
    fn drop(&mut self) {
        self.line.lock().told.remove(&(Arc::clone(&self.owner), self.rank));
        self.line.moved.notify_one();
    }
}

impl Runner {
    /// Counts the places of those who wait for a slot, off the threads that answer.
    pub(super) fn tell_places(self: &Arc<Self>) {
        let runner = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = runner.sweep_slots.moved.notified() => {}
                    () = runner.shutdown.cancelled() => return,
                }
                let counting = Arc::clone(&runner);
                if spawn_blocking(move || counting.sweep_slots.count()).await.is_err() {
                    return;
                }
                tokio::select! {
                    () = sleep(TOLD_EVERY) => {}
                    () = runner.shutdown.cancelled() => return,
                }
            }
        });
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
        assert_eq!(told(), [0, 0, 0]);
        line.count();
        assert!(low.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [1, 2, 0]);
        let mut high = Box::pin(line.wait(&owner, 5, |place| places[2].set(place)));
        assert!(high.as_mut().now_or_never().is_none());
        line.count();
        assert!(high.as_mut().now_or_never().is_none());
        assert!(low.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [2, 3, 1]);
        drop(held);
        let held = high.as_mut().now_or_never().expect("the slot goes to the highest priority");
        drop(low);
        line.count();
        assert!(late.as_mut().now_or_never().is_none());
        assert_eq!(told(), [2, 1, 1]);
        drop(held);
        assert!(late.as_mut().now_or_never().is_some());
    }

    #[test]
    fn of_ten_thousand_who_come_nobody_counts_the_line_and_a_count_tells_all() {
        const CROWD: usize = 10_000;
        let shares = OwnerShares::default();
        let owners = ["ann", "bob", "eve"].map(|name| shares.of(name));
        let line = Line::new(0);
        let come = |i: usize| line.stand(&owners[i % 3], line.slots.turn_of(&owners[i % 3], 0));
        let standing: Vec<_> = (0..CROWD).map(come).collect();
        assert!(standing.iter().all(|(_, place)| !place.has_changed().unwrap()));
        let begun = std::time::Instant::now();
        line.count();
        println!("{CROWD} places counted in {:?}", begun.elapsed());
        // Nobody holds one and all came in turn: each is where he came.
        let told: Vec<u32> = standing.iter().map(|(_, place)| *place.borrow()).collect();
        assert_eq!(told, (1..=CROWD as u32).collect::<Vec<_>>());
        drop(standing);
        assert_eq!(line.waiting(), 0);
    }
}
