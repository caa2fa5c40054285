//! How a worker takes work: as much as it has threads, and a little that waits beside them for as
//! long as they are soon free. What waits for longer goes to somebody who is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::errand::carry;
use super::link::{Leased, Said, Taker};
use super::message::{Ticket, Work};
use super::worker::{Grip, Shop};
use crate::telemetry;

/// Until the queue is looked for again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a worker waits for work before it asks again.
const PULL: Duration = Duration::from_secs(5);
/// A chunk is cut to take one such time; what takes so many is something else, and no end in sight.
const CHUNKS: u32 = 2;

/// How much is to be taken: for so many threads, so many of them with no end in sight.
const fn room(threads: usize, long: usize, held: usize) -> usize {
    (threads + threads.saturating_sub(long).div_ceil(4)).saturating_sub(held)
}

impl Shop {
    /// What waits for a thread for so long goes back to the queue: whoever is free has it sooner.
    pub(super) fn patience(&self) -> Duration {
        self.settings.timing.chunk * CHUNKS
    }

    /// How much to take now, and how long that holds.
    fn room(&self) -> (usize, Duration) {
        let (threads, held) = (self.executor.threads(), self.held());
        let is_long = |began: Instant| began.elapsed() >= self.patience();
        let long = held.values().filter_map(|grip| grip.began).filter(|it| is_long(*it)).count();
        let holds_for = if held.len() < threads { PULL } else { self.patience() };
        (room(threads, long, held.len()), holds_for)
    }

    pub(super) async fn take_work(self: &Arc<Self>) -> std::convert::Infallible {
        let mut taker: Option<Taker> = None;
        loop {
            self.until_well().await;
            let (room, holds_for) = self.room();
            if room == 0 {
                self.freed.notified().await;
                continue;
            }
            let taken = match &taker {
                Some(taker) => taker.take(room, holds_for).await,
                None => match self.link.taker(&self.proof).await {
                    // Whether it is listened to is known at once, and not when there is work.
                    Ok(found) => taker.insert(found).look(room).await,
                    Err(error) => Err(error),
                },
            };
            let result = match taken {
                Ok(mut taken) => loop {
                    match taken.next().await {
                        Some(Ok(Said::Listening)) => self.is_listened_to(),
                        Some(Ok(Said::Work(leased))) => {
                            self.is_listened_to();
                            self.take_on(leased);
                        }
                        Some(Err(error)) => break Err(error),
                        None => break Ok(()),
                    }
                },
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => self.is_listened_to(),
                Err(error) => {
                    // No gateway has made the queue yet, or the broker is not there.
                    tracing::debug!(%error, "no work");
                    self.asked(Some(error.to_string()));
                    taker = None;
                    sleep(AGAIN.min(self.settings.timing.hello)).await;
                }
            }
        }
    }

    fn is_listened_to(&self) {
        self.asked(None);
    }

    /// Whether it can take work is said at once: what is handed out is meant for those who can.
    fn asked(&self, problem: Option<String>) {
        let why = problem.clone();
        if self.ability().asked(problem) {
            match why {
                None => tracing::info!("the queue gives work"),
                Some(why) => tracing::warn!(why, "the queue gives no work; it is asked again"),
            }
            self.changed.notify_one();
        }
    }

    /// Waits until the folder can be used, if it cannot.
    async fn until_well(&self) {
        loop {
            let pause = self.ability().pause(self.settings.timing.hello);
            let Some((pause, bytes)) = pause else { break };
            sleep(pause).await;
            match self.supplies.try_room(bytes).await {
                Ok(()) => {
                    self.ability().mended();
                    tracing::info!(bytes, "bars can be kept again");
                    self.changed.notify_one();
                }
                Err(error) => {
                    tracing::warn!(%error, bytes, "bars can still not be kept");
                    self.ability().ails_still();
                }
            }
        }
        if !self.ability().is_well() {
            std::future::pending::<()>().await;
        }
    }

    fn take_on(self: &Arc<Self>, leased: Leased) {
        // It was asked for before it was known that nothing can be made of it.
        if !self.ability().is_well() {
            let after = self.settings.timing.beat;
            telemetry::spawn(async move { leased.give_back(Some(after)).await });
            return;
        }
        let shop = Arc::clone(self);
        if let Some((ticket, work)) = shop.grip(&leased) {
            telemetry::spawn(async move {
                carry(&shop, ticket, work, &leased).await;
                shop.free(ticket);
            });
        } else {
            telemetry::spawn(async move { leased.end().await });
        }
    }

    /// Holds the work, unless it is none, or is held already.
    fn grip(&self, leased: &Leased) -> Option<(Ticket, Work)> {
        let work = Work::decode(leased.bytes()).ok()?;
        let ticket = Ticket::read(&work.ticket)?;
        let grip = Grip {
            gateway: work.gateway.clone(),
            meter: Arc::default(),
            began: None,
            unwanted: CancellationToken::new(),
        };
        let mut held = self.held();
        if held.contains_key(&ticket) {
            return None;
        }
        held.insert(ticket, grip);
        Some((ticket, work))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_waits_beside_threads_that_are_soon_free_and_beside_no_others() {
        assert_eq!(room(1, 0, 0), 2);
        assert_eq!(room(1, 0, 1), 1);
        assert_eq!(room(1, 1, 1), 0);
        assert_eq!(room(8, 0, 8), 2);
        assert_eq!(room(8, 5, 8), 1);
        assert_eq!(room(8, 8, 8), 0);
        assert_eq!(room(8, 7, 7), 2, "one thread is free");
        assert_eq!(room(8, 8, 10), 0);
    }
}
