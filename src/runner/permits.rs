//! Who computes next: one queue for all runs, so that they share the cores.
//!
//! It goes by owners first: each has its share of the permits, however many runs it has, by
//! start-time fair queueing (Goyal, Vin & Cheng 1996). What an owner has goes to its runs, by
//! priority and age or by their own shares. Where nobody is asked who he is, all is one owner's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::own_queue::{Contender, OwnQueue, Rank};
use super::owner_shares::Owner;
use super::share::Share;

/// Where runs go one by one, a point of priority passes this many that were there first: more than
/// wait at a time, as a rule, and few enough that nobody waits for ever.
const PASSED_BY_A_POINT: u64 = 64;

/// So many permits, handed to waiters by owner and by rank.
#[derive(Clone)]
pub(super) struct Permits {
    queue: Arc<Mutex<Queue>>,
}

struct Queue {
    /// How many there are.
    size: usize,
    /// How many are there to take; less than none while more are held than there are.
    free: i64,
    next_ticket: u64,
    waiting: usize,
    /// Where the latest permit began on the clock of all owners.
    now: u64,
    /// Whether an owner who holds fewer goes first, as is fair where they are held for long.
    counts_held: bool,
    owners: HashMap<Arc<str>, OwnQueue>,
}

/// The right to compute one chunk; given back when dropped.
pub(super) struct Permit {
    queue: Arc<Mutex<Queue>>,
    owner: Arc<str>,
    is_held: bool,
}

impl Permits {
    /// Permits for what is short.
    pub(super) fn new(count: usize) -> Self {
        Self::of(count, false)
    }

    /// Permits that are held for long.
    pub(super) fn held_long(count: usize) -> Self {
        Self::of(count, true)
    }

    fn of(count: usize, counts_held: bool) -> Self {
        let queue = Queue {
            size: count,
            free: count as i64,
            next_ticket: 0,
            waiting: 0,
            now: 0,
            counts_held,
            owners: HashMap::new(),
        };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// From now on there are so many. Those that are held stay so; where they are more, nobody gets
    /// one until as many are given back.
    pub(super) fn resize(&self, count: usize) {
        hand_out(&self.queue, |queue| {
            queue.free += count as i64 - queue.size as i64;
            queue.size = count;
        });
    }

    /// Waits for a permit. Of an owner's, the higher priority goes first, then who came first; but
    /// a point of priority passes only so many. Dropping the future leaves the queue.
    pub(super) async fn acquire(&self, owner: &Arc<Owner>, priority: i32) -> Permit {
        self.acquire_at(owner, |own| turn_of(own, priority)).await
    }

    /// The turn of whoever comes now with that priority: the owner's lower one goes first.
    pub(super) fn turn_of(&self, owner: &Arc<Owner>, priority: i32) -> u64 {
        turn_of(lock(&self.queue).own(owner), priority)
    }

    /// Waits for a permit with a turn that was given.
    pub(super) async fn acquire_in_turn(&self, owner: &Arc<Owner>, turn: u64) -> Permit {
        self.acquire_at(owner, |_| turn).await
    }

    /// Waits for a permit in proportion to the share.
    pub(super) async fn acquire_share(&self, owner: &Arc<Owner>, share: &Share) -> Permit {
        self.acquire_at(owner, |own| share.take_turn(own.now)).await
    }

    async fn acquire_at(&self, owner: &Arc<Owner>, turn: impl FnOnce(&OwnQueue) -> u64) -> Permit {
        let waiting = {
            let mut held = lock(&self.queue);
            let queue = &mut *held;
            let turn = turn(queue.own(owner));
            // Who waits is being served at the moment.
            if queue.free > 0 && queue.waiting == 0 {
                queue.free -= 1;
                let now = queue.now;
                queue.now = queue.own(owner).take(turn, now);
                return self.permit(owner);
            }
            let (sender, receiver) = oneshot::channel();
            let ticket = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting += 1;
            queue.own(owner).waiting.insert(Rank { turn, ticket }, sender);
            receiver
        };
        // The sender lives in the queue until it has sent.
        waiting.await.unwrap_or_else(|_| self.permit(owner))
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.queue).waiting
    }

    /// The owners of those who wait, and these in the order in which each owner has them, with
    /// their tickets.
    pub(super) fn contenders<T>(
        &self,
        by_owner: HashMap<Arc<str>, Vec<(u64, T)>>,
    ) -> Vec<Contender<T>> {
        let queue = lock(&self.queue);
        let contenders = by_owner.into_iter().filter_map(|(name, waiting)| {
            let own = queue.owners.get(&name)?;
            let claim = own.claim(queue.now, queue.counts_held);
            Some(Contender { claim, cost: own.cost(), waiting })
        });
        contenders.collect()
    }

    fn permit(&self, owner: &Arc<Owner>) -> Permit {
        Permit { queue: Arc::clone(&self.queue), owner: Arc::clone(owner.name()), is_held: true }
    }
}

fn turn_of(own: &OwnQueue, priority: i32) -> u64 {
    let behind = (i64::from(i32::MAX) - i64::from(priority)) as u64;
    own.granted + behind * PASSED_BY_A_POINT
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_held {
            return;
        }
        hand_out(&self.queue, |queue| {
            queue.free += 1;
            if let Some(own) = queue.owners.get_mut(&self.owner) {
                own.give_back();
            }
        });
    }
}

impl Queue {
    /// That owner's part.
    fn own(&mut self, owner: &Arc<Owner>) -> &mut OwnQueue {
        if !self.owners.contains_key(owner.name()) {
            self.owners.retain(|_, own| !own.is_over());
            self.owners.insert(Arc::clone(owner.name()), OwnQueue::of(owner));
        }
        self.owners.get_mut(owner.name()).expect("it was put there")
    }

    /// Takes a permit for who is next, if there are both.
    fn next(&mut self) -> Option<(Arc<str>, oneshot::Sender<Permit>)> {
        if self.free <= 0 {
            return None;
        }
        let (now, counts_held) = (self.now, self.counts_held);
        let waiting = self.owners.iter_mut().filter_map(|(name, own)| {
            let (first, _) = own.waiting.first_key_value()?;
            Some((own.claim(now, counts_held), first.ticket, name, own))
        });
        let (.., name, own) = waiting.min_by_key(|(claim, ticket, ..)| (*claim, *ticket))?;
        let (rank, waiter) = own.waiting.pop_first()?;
        self.now = own.take(rank.turn, now);
        self.free -= 1;
        self.waiting -= 1;
        Some((Arc::clone(name), waiter))
    }
}

/// Hands what is free after the change to who waits.
fn hand_out(queue: &Arc<Mutex<Queue>>, change: impl FnOnce(&mut Queue)) {
    let mut next = {
        let mut held = lock(queue);
        change(&mut held);
        held.next()
    };
    while let Some((owner, waiter)) = next {
        let permit = Permit { queue: Arc::clone(queue), owner, is_held: true };
        let sent = waiter.send(permit);
        let mut held = lock(queue);
        if let Err(mut refused) = sent {
            // That waiter has left; its permit must not come back here by its drop.
            refused.is_held = false;
            held.free += 1;
            if let Some(own) = held.owners.get_mut(&refused.owner) {
                own.undo();
            }
        }
        next = held.next();
    }
}

#[cfg(test)]
mod tests {
    use super::super::owner_shares::OwnerShares;
    use super::*;
    use futures_util::FutureExt;

    fn owner(name: &str) -> Arc<Owner> {
        OwnerShares::default().of(name)
    }

    #[tokio::test]
    async fn the_highest_priority_goes_first_then_the_oldest() {
        let (permits, owner) = (Permits::new(1), owner(""));
        let held = permits.acquire(&owner, 0).await;
        let mut low = Box::pin(permits.acquire(&owner, 0));
        let mut left = Box::pin(permits.acquire(&owner, 9));
        let mut high = Box::pin(permits.acquire(&owner, 5));
        assert!(low.as_mut().now_or_never().is_none());
        assert!(left.as_mut().now_or_never().is_none());
        assert!(high.as_mut().now_or_never().is_none());
        drop(left);
        drop(held);
        let held = high.as_mut().now_or_never().expect("the permit goes to the highest priority");
        assert!(low.as_mut().now_or_never().is_none());
        drop(held);
        assert!(low.as_mut().now_or_never().is_some());
    }

    #[test]
    fn however_many_of_higher_priority_keep_coming_the_others_have_their_turn() {
        let (permits, owner) = (Permits::new(1), owner(""));
        let mut held = permits.acquire(&owner, 1).now_or_never().unwrap();
        let mut low = Box::pin(permits.acquire(&owner, 0));
        assert!(low.as_mut().now_or_never().is_none());
        let mut passed = 0;
        loop {
            let mut high = Box::pin(permits.acquire(&owner, 1));
            assert!(high.as_mut().now_or_never().is_none());
            drop(held);
            held = match (low.as_mut().now_or_never(), high.as_mut().now_or_never()) {
                (Some(_), None) => break,
                (None, Some(permit)) => permit,
                (low, high) => panic!("{} and {} permits", low.iter().len(), high.iter().len()),
            };
            passed += 1;
        }
        assert_eq!(passed, PASSED_BY_A_POINT);
    }

    // Outside of a runtime, whose budget of polls would make a permit look as if it were not there.
    #[test]
    fn runs_get_permits_in_proportion_to_their_priority() {
        let (permits, owner) = (Permits::new(1), owner(""));
        let (once, twice) = (Share::of_priority(0), Share::of_priority(1));
        let mut held = permits.acquire_share(&owner, &once).now_or_never().unwrap();
        let (mut ones, mut twos) = (0, 0);
        for _ in 0..300 {
            let mut one = Box::pin(permits.acquire_share(&owner, &once));
            let mut two = Box::pin(permits.acquire_share(&owner, &twice));
            _ = one.as_mut().now_or_never();
            _ = two.as_mut().now_or_never();
            drop(held);
            // Whoever was not served leaves, and asks again in the next round.
            held = if let Some(permit) = two.as_mut().now_or_never() {
                twos += 1;
                once.give_back();
                permit
            } else {
                ones += 1;
                twice.give_back();
                one.as_mut().now_or_never().unwrap()
            };
        }
        assert!((195..=205).contains(&twos), "{twos} of 300 and {ones}");
    }

    #[test]
    fn more_permits_go_to_who_waits_and_fewer_are_held_back_until_they_are_given_back() {
        let (permits, owner) = (Permits::new(0), owner(""));
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(permits.acquire(&owner, 0))).collect();
        assert!(waiting.iter_mut().all(|it| it.as_mut().now_or_never().is_none()));
        permits.resize(3);
        let mut last = waiting.pop().unwrap();
        let taken = waiting.into_iter().map(FutureExt::now_or_never);
        let mut held: Vec<_> = taken.collect::<Option<_>>().expect("three have one");
        assert!(last.as_mut().now_or_never().is_none());
        permits.resize(1);
        for _ in 0..2 {
            drop(held.pop());
            assert!(last.as_mut().now_or_never().is_none(), "more are held than there are");
        }
        drop(held);
        assert!(last.as_mut().now_or_never().is_some());
    }

    #[test]
    fn one_that_was_handed_to_who_left_is_there_when_they_become_more() {
        let (permits, owner) = (Permits::new(0), owner(""));
        let mut left = Box::pin(permits.acquire(&owner, 0));
        let mut stays = Box::pin(permits.acquire(&owner, 0));
        assert!(left.as_mut().now_or_never().is_none());
        assert!(stays.as_mut().now_or_never().is_none());
        drop(left);
        permits.resize(1);
        assert!(stays.as_mut().now_or_never().is_some());
        assert!(permits.acquire(&owner, 0).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_permit_that_nobody_waits_for_is_free_again() {
        let (permits, owner) = (Permits::new(1), owner(""));
        drop(permits.acquire(&owner, 0).await);
        assert!(permits.acquire(&owner, 0).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_permit_on_its_way_to_a_waiter_that_leaves_is_not_lost() {
        let (permits, owner) = (Permits::new(1), owner(""));
        let held = permits.acquire(&owner, 0).await;
        let mut leaving = Box::pin(permits.acquire(&owner, 0));
        assert!(leaving.as_mut().now_or_never().is_none());
        drop(held);
        drop(leaving);
        assert!(permits.acquire(&owner, 0).now_or_never().is_some());
    }
}
