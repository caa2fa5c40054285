//! Who computes next: one queue for all runs, so that they share the cores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// A fixed number of permits, handed to waiters by rank.
#[derive(Clone)]
pub(super) struct Permits {
    queue: Arc<Mutex<Queue>>,
}

struct Queue {
    free: usize,
    next_ticket: u64,
    waiting: BTreeMap<Rank, oneshot::Sender<Permit>>,
}

/// The order of waiters: higher priority first, then who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    priority: std::cmp::Reverse<i32>,
    ticket: u64,
}

/// The right to compute one chunk; given back when dropped.
pub(super) struct Permit {
    queue: Arc<Mutex<Queue>>,
    is_held: bool,
}

impl Permits {
    pub(super) fn new(count: usize) -> Self {
        let queue = Queue { free: count, next_ticket: 0, waiting: BTreeMap::new() };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// Waits for a permit. Dropping the future leaves the queue.
    pub(super) async fn acquire(&self, priority: i32) -> Permit {
        let waiting = {
            let mut queue = lock(&self.queue);
            if queue.free > 0 {
                queue.free -= 1;
                return self.permit();
            }
            let (sender, receiver) = oneshot::channel();
            let ticket = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting.insert(Rank { priority: std::cmp::Reverse(priority), ticket }, sender);
            receiver
        };
        // The sender lives in the queue until it has sent.
        waiting.await.unwrap_or_else(|_| self.permit())
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
        loop {
            let next = {
                let mut queue = lock(&self.queue);
                let next = queue.waiting.pop_first();
                if next.is_none() {
                    queue.free += 1;
                }
                next
            };
            let Some((_, waiter)) = next else { return };
            let permit = Self { queue: Arc::clone(&self.queue), is_held: true };
            match waiter.send(permit) {
                Ok(()) => return,
                // That waiter has left; its permit must not come back here by its drop.
                Err(mut refused) => refused.is_held = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

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
