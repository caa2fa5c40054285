//! Who computes next: one queue for all runs, so that they share the cores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What one permit costs a run of priority 0, in shares of time.
const STRIDE: u64 = 1 << 16;
/// Each point of priority doubles or halves a run's share, up to here.
const PRIORITY_WEIGHED_MAX: i32 = 8;
/// Where runs go one by one, a point of priority passes this many that were there first: more than
/// wait at a time, as a rule, and few enough that nobody waits for ever.
const PASSED_BY_A_POINT: u64 = 64;

/// So many permits, handed to waiters by rank.
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
    /// Permits handed out so far: the clock by which waiters grow older.
    granted: u64,
    /// The rank of the latest permit: where a run that was idle joins the race.
    now: u64,
    waiting: BTreeMap<Rank, oneshot::Sender<Permit>>,
}

/// The order of waiters: the lower turn first, then who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    turn: u64,
    ticket: u64,
}

/// A run's place in the race for permits: start-time fair queueing (Goyal, Vin & Cheng 1996), so
/// that each gets its share however long its chunks are.
#[derive(Debug)]
pub(super) struct Share {
    next_turn: Mutex<u64>,
    cost: u64,
}

/// The right to compute one chunk; given back when dropped.
pub(super) struct Permit {
    queue: Arc<Mutex<Queue>>,
    is_held: bool,
}

impl Share {
    pub(super) fn of_priority(priority: i32) -> Self {
        let weighed = priority.clamp(-PRIORITY_WEIGHED_MAX, PRIORITY_WEIGHED_MAX);
        let cost = if weighed < 0 { STRIDE << -weighed } else { STRIDE >> weighed };
        Self { next_turn: Mutex::new(0), cost }
    }

    /// The turn of the next permit, not before `now`.
    fn take_turn(&self, now: u64) -> u64 {
        let mut next = self.next_turn.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + self.cost;
        turn
    }
}

impl Permits {
    pub(super) fn new(count: usize) -> Self {
        let queue = Queue {
            size: count,
            free: count as i64,
            next_ticket: 0,
            granted: 0,
            now: 0,
            waiting: BTreeMap::new(),
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

    /// Waits for a permit: higher priority first, then who came first; but a point of priority
    /// passes only so many. Dropping the future leaves the queue.
    pub(super) async fn acquire(&self, priority: i32) -> Permit {
        self.acquire_in_turn(self.turn_of(priority)).await
    }

    /// The turn of whoever comes now with that priority: the lower goes first.
    pub(super) fn turn_of(&self, priority: i32) -> u64 {
        let behind = (i64::from(i32::MAX) - i64::from(priority)) as u64;
        lock(&self.queue).granted + behind * PASSED_BY_A_POINT
    }

    /// Waits for a permit with a turn that was given.
    pub(super) async fn acquire_in_turn(&self, turn: u64) -> Permit {
        self.acquire_at(|_| turn).await
    }

    /// Waits for a permit in proportion to the share.
    pub(super) async fn acquire_share(&self, share: &Share) -> Permit {
        self.acquire_at(|now| share.take_turn(now)).await
    }

    async fn acquire_at(&self, turn: impl FnOnce(u64) -> u64) -> Permit {
        let waiting = {
            let mut queue = lock(&self.queue);
            let turn = turn(queue.now);
            // Who waits is being served at the moment.
            if queue.free > 0 && queue.waiting.is_empty() {
                queue.free -= 1;
                queue.granted += 1;
                queue.now = queue.now.max(turn);
                return self.permit();
            }
            let (sender, receiver) = oneshot::channel();
            let ticket = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting.insert(Rank { turn, ticket }, sender);
            receiver
        };
        // The sender lives in the queue until it has sent.
        waiting.await.unwrap_or_else(|_| self.permit())
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.queue).waiting.len()
    }

    fn permit(&self) -> Permit {
        Permit { queue: Arc::clone(&self.queue), is_held: true }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_held {
            return;
        }
        hand_out(&self.queue, |queue| queue.free += 1);
    }
}

impl Queue {
    /// Takes a permit for who is next, if there are both.
    fn next(&mut self) -> Option<oneshot::Sender<Permit>> {
        if self.free <= 0 {
            return None;
        }
        let (rank, waiter) = self.waiting.pop_first()?;
        self.free -= 1;
        self.granted += 1;
        self.now = self.now.max(rank.turn);
        Some(waiter)
    }
}

/// Hands what is free after the change to who waits.
fn hand_out(queue: &Arc<Mutex<Queue>>, change: impl FnOnce(&mut Queue)) {
    let mut next = {
        let mut held = lock(queue);
        change(&mut held);
        held.next()
    };
    while let Some(waiter) = next {
        let permit = Permit { queue: Arc::clone(queue), is_held: true };
        let sent = waiter.send(permit);
        let mut held = lock(queue);
        if let Err(mut refused) = sent {
            // That waiter has left; its permit must not come back here by its drop.
            refused.is_held = false;
            held.free += 1;
        }
        next = held.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn the_highest_priority_goes_first_then_the_oldest() {
        let permits = Permits::new(1);
        let held = permits.acquire(0).await;
        let mut low = Box::pin(permits.acquire(0));
        let mut left = Box::pin(permits.acquire(9));
        let mut high = Box::pin(permits.acquire(5));
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
        let permits = Permits::new(1);
        let mut held = permits.acquire(1).now_or_never().unwrap();
        let mut low = Box::pin(permits.acquire(0));
        assert!(low.as_mut().now_or_never().is_none());
        let mut passed = 0;
        loop {
            let mut high = Box::pin(permits.acquire(1));
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
        let permits = Permits::new(1);
        let (once, twice) = (Share::of_priority(0), Share::of_priority(1));
        let mut held = permits.acquire_share(&once).now_or_never().unwrap();
        let (mut ones, mut twos) = (0, 0);
        for _ in 0..300 {
            let mut one = Box::pin(permits.acquire_share(&once));
            let mut two = Box::pin(permits.acquire_share(&twice));
            _ = one.as_mut().now_or_never();
            _ = two.as_mut().now_or_never();
            drop(held);
            // Whoever was not served leaves, and asks again in the next round.
            held = if let Some(permit) = two.as_mut().now_or_never() {
                twos += 1;
                *once.next_turn.lock().unwrap() -= once.cost;
                permit
            } else {
                ones += 1;
                *twice.next_turn.lock().unwrap() -= twice.cost;
                one.as_mut().now_or_never().unwrap()
            };
        }
        assert!((195..=205).contains(&twos), "{twos} of 300 and {ones}");
    }

    #[test]
    fn more_permits_go_to_who_waits_and_fewer_are_held_back_until_they_are_given_back() {
        let permits = Permits::new(0);
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(permits.acquire(0))).collect();
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
        let permits = Permits::new(0);
        let mut left = Box::pin(permits.acquire(0));
        let mut stays = Box::pin(permits.acquire(0));
        assert!(left.as_mut().now_or_never().is_none());
        assert!(stays.as_mut().now_or_never().is_none());
        drop(left);
        permits.resize(1);
        assert!(stays.as_mut().now_or_never().is_some());
        assert!(permits.acquire(0).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_permit_that_nobody_waits_for_is_free_again() {
        let permits = Permits::new(1);
        drop(permits.acquire(0).await);
        assert!(permits.acquire(0).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_permit_on_its_way_to_a_waiter_that_leaves_is_not_lost() {
        let permits = Permits::new(1);
        let held = permits.acquire(0).await;
        let mut leaving = Box::pin(permits.acquire(0));
        assert!(leaving.as_mut().now_or_never().is_none());
        drop(held);
        drop(leaving);
        assert!(permits.acquire(0).now_or_never().is_some());
    }
}
