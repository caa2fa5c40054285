//! Brings what is in the outbox to the hooks: one request of each at a time, so that a slow
//! receiver holds no other. A crash between a delivery and its note sends it once more, under the
//! same id.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::manage::Hooks;
use crate::digest::Encoder;
use crate::storage::{AttemptNote, Next, StoreError, StoredDelivery};

/// How long after each attempt that failed the next one is made; after the last it is given up.
const AGAIN_AFTER_S: [i64; 10] = [5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400];
/// How far each of these is moved, so that what failed together does not come again together.
const SPREAD_PERCENT: i64 = 20;
/// The longest rest of a receiver that fails, whatever else is on its way to it.
const REST_MS_MAX: i64 = 60_000;
const REST_MS: i64 = 1_000;
/// The longest sleep: what was missed is found then.
const LOOK_EVERY_MS: i64 = 30_000;
/// After a look that failed.
const LOOK_AGAIN_MS: i64 = 2_000;
/// A receiver that wants to be left alone for longer is asked then.
const LATER_MS_MAX: i64 = 86_400_000;

/// Who delivers.
pub struct Courier {
    hooks: Arc<Hooks>,
    /// Those that fail: how often on end, and until when they rest.
    resting: HashMap<i64, (u32, i64)>,
}

/// How a round of one hook ended.
struct Round {
    hook_no: i64,
    end: End,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing is left to tell.
    Told,
    /// Something failed; the receiver may have said until when it wants to be left alone.
    Failed { later_ms: Option<i64> },
}

impl Courier {
    /// Of those hooks.
    pub fn new(hooks: Arc<Hooks>) -> Self {
        Self { hooks, resting: HashMap::new() }
    }

    /// Delivers until the server ends. What is under way then is sent again by the next one.
    pub async fn run(mut self, draining: CancellationToken) {
        let hooks = Arc::clone(&self.hooks);
        let (mut busy, mut rounds) = (HashSet::new(), FuturesUnordered::new());
        loop {
            let now_ms = hooks.clock.now_ms();
            let mut wake_ms = now_ms + LOOK_EVERY_MS;
            match hooks.store.due_hooks().await {
                Ok(due) => {
                    hooks.pending.store(due.iter().map(|it| it.pending).sum(), Ordering::Relaxed);
                    for hook in due {
                        if busy.contains(&hook.hook_no) {
                            continue;
                        }
                        let rests_until = self.resting.get(&hook.hook_no).map_or(0, |(_, ms)| *ms);
                        let due_ms = hook.next_ms.max(rests_until);
                        if due_ms > now_ms {
                            wake_ms = wake_ms.min(due_ms);
                        } else {
                            busy.insert(hook.hook_no);
                            rounds.push(round(&hooks, hook.hook_no));
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "what webhooks are to be told is not known");
                    wake_ms = now_ms + LOOK_AGAIN_MS;
                }
            }
            let nap = Duration::from_millis((wake_ms - now_ms).unsigned_abs());
            tokio::select! {
                () = draining.cancelled() => return,
                () = hooks.store.outbox_filled() => {}
                Some(round) = rounds.next(), if !rounds.is_empty() => {
                    busy.remove(&round.hook_no);
                    self.note(&round, hooks.clock.now_ms());
                }
                () = sleep(nap) => {}
            }
        }
    }

    fn note(&mut self, round: &Round, now_ms: i64) {
        let End::Failed { later_ms } = round.end else {
            self.resting.remove(&round.hook_no);
            return;
        };
        let (times, until_ms) = self.resting.entry(round.hook_no).or_default();
        *times = (*times + 1).min(16);
        let rest_ms = now_ms + (REST_MS << (*times - 1)).min(REST_MS_MAX);
        *until_ms = rest_ms.max(later_ms.unwrap_or(0));
    }
}

/// Delivers what is due of one hook, until something fails.
async fn round(hooks: &Hooks, hook_no: i64) -> Round {
    let end = deliver_due(hooks, hook_no).await.unwrap_or_else(|error| {
        tracing::warn!(%error, hook_no, "a webhook is not told now");
        End::Failed { later_ms: None }
    });
    Round { hook_no, end }
}

async fn deliver_due(hooks: &Hooks, hook_no: i64) -> Result<End, StoreError> {
    loop {
        let Some(hook) = hooks.store.live_hook(hook_no).await? else { return Ok(End::Told) };
        let due = hooks.store.next_delivery(hook_no, hooks.clock.now_ms()).await?;
        let Some(delivery) = due else { return Ok(End::Told) };
        let key = match hooks.key_of(&hook).await {
            Ok(Some(key)) => key,
            Ok(None) => {
                tracing::warn!(hook = %hook.hook_id, "a webhook was made with another key");
                hooks.store.disable_hook(hook_no, "KEY_LOST").await?;
                return Ok(End::Told);
            }
            Err(error) => {
                tracing::warn!(%error, "server.key cannot be read");
                return Ok(End::Failed { later_ms: None });
            }
        };
        let attempted = hooks.attempt(&hook, &key, &delivery).await;
        let (now_ms, outcome) = (hooks.clock.now_ms(), attempted.outcome());
        let later_ms = attempted.later_ms(now_ms).map(|ms| ms.min(now_ms + LATER_MS_MAX));
        let next = if attempted.has_arrived() {
            Next::Arrived
        } else if attempted.is_gone() {
            Next::Gone
        } else {
            no_earlier_than(later_ms, after_failure(&delivery, now_ms))
        };
        let (event, hook_id) = (delivery.event_id, hook.hook_id);
        tracing::debug!(hook = %hook_id, %event, outcome, "a webhook was told");
        let delivery_no = delivery.delivery_no;
        let note = AttemptNote { hook_no, delivery_no, now_ms, outcome, next };
        hooks.store.note_attempt(note).await?;
        if next != Next::Arrived {
            return Ok(End::Failed { later_ms });
        }
    }
}

/// The same, but not before the receiver wants to be asked.
fn no_earlier_than(later_ms: Option<i64>, next: Next) -> Next {
    match (next, later_ms) {
        (Next::Again(next_ms), Some(later_ms)) => Next::Again(next_ms.max(later_ms)),
        _ => next,
    }
}

/// When a delivery that failed once more is sent again.
fn after_failure(delivery: &StoredDelivery, now_ms: i64) -> Next {
    let Some(seconds) = AGAIN_AFTER_S.get(delivery.attempts as usize) else {
        return Next::GivenUp;
    };
    let mut encoder = Encoder::new("tradeforge.hook-retry/1");
    encoder
        .bytes(delivery.event_id.as_bytes())
        .integer(delivery.delivery_no)
        .integer(i64::from(delivery.attempts));
    let byte = i64::from(encoder.finish().as_bytes()[0]);
    let percent = 100 - SPREAD_PERCENT + byte * 2 * SPREAD_PERCENT / 255;
    Next::Again(now_ms + seconds * 1_000 * percent / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunId;
    use crate::storage::HookEvent;

    fn delivery(attempts: u32) -> StoredDelivery {
        StoredDelivery {
            delivery_no: 1,
            event_id: RunId::new(7),
            kind: HookEvent::RunCompleted,
            subject: String::new(),
            event_ms: 0,
            body: String::new(),
            attempts,
            next_ms: Some(0),
            delivery_ms: None,
            last_outcome: String::new(),
        }
    }

    #[test]
    fn what_fails_is_sent_again_for_three_days_and_not_all_at_once() {
        let mut sum = 0;
        for (attempts, seconds) in (0..).zip(AGAIN_AFTER_S) {
            let Next::Again(next_ms) = after_failure(&delivery(attempts), 1_000) else {
                panic!("attempt {attempts}")
            };
            let wait = next_ms - 1_000;
            assert!((seconds * 800..=seconds * 1_200).contains(&wait), "{attempts}: {wait}");
            sum += seconds;
        }
        assert!((70 * 3_600..73 * 3_600).contains(&sum), "{sum}");
        assert_eq!(after_failure(&delivery(10), 0), Next::GivenUp);
        let waits = (0..50)
            .map(|number| after_failure(&StoredDelivery { delivery_no: number, ..delivery(2) }, 0));
        let waits: HashSet<String> = waits.map(|next| format!("{next:?}")).collect();
        assert!(waits.len() > 25, "{waits:?}");
    }
}
