//! Making, showing, trying and removing hooks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::error::HookError;
use super::keys::Keys;
use super::signature::HookKey;
use crate::clock::Clock;
use crate::outgoing::{Answered, Outgoing, OutgoingError, Posted, Target};
use crate::run::{Actor, Caller, Role, RunId, Violations};
use crate::storage::{
    AttemptNote, HookEvent, HookOutcome, NewHook, Next, Store, StoredDelivery, StoredHook,
    check_hook_filter,
};
use crate::telemetry::{self, HookInstruments, Span};

/// Tries under way at once, of all callers.
const TESTS_MAX: usize = 8;
/// Characters of a filter.
const FILTER_LENGTH_MAX: usize = 2_000;
/// What a hook tells of that is not told otherwise.
const ENDS: [HookEvent; 3] =
    [HookEvent::RunCompleted, HookEvent::RunFailed, HookEvent::RunCancelled];

/// What they are made of.
pub struct HooksParts {
    /// The outbox.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub outgoing: Outgoing,
    /// What signs.
    pub keys: Keys,
    /// Where people see the server, without a slash at its end; empty if that is not known.
    pub public_url: String,
}

/// A hook that somebody wants.
#[derive(Clone, Debug, Default)]
pub struct HookWish {
    /// Where it is to post.
    pub url: String,
    /// What of; empty is the end of every run.
    pub events: Vec<HookEvent>,
    /// Of which runs.
    pub filter: String,
}

/// The webhooks of a server.
pub struct Hooks {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    outgoing: Outgoing,
    keys: Keys,
    public_url: String,
    tests: Semaphore,
    pub(super) instruments: HookInstruments,
    pub(super) pending: AtomicU64,
}

/// What became of one attempt to deliver.
pub(super) struct Attempted {
    pub(super) result: Result<Answered, OutgoingError>,
    pub(super) lasted: Duration,
}

impl Attempted {
    /// In words that a list has room for.
    pub(super) fn outcome(&self) -> String {
        match &self.result {
            Ok(answered) => answered.status.as_u16().to_string(),
            Err(error) => error.to_string().chars().take(200).collect(),
        }
    }

    pub(super) fn has_arrived(&self) -> bool {
        self.result.as_ref().is_ok_and(|answered| answered.status.is_success())
    }

    /// When the receiver wants to be asked again, if it said so.
    pub(super) fn later_ms(&self, now_ms: i64) -> Option<i64> {
        Some(self.result.as_ref().ok()?.later?.after_ms(now_ms))
    }

    /// Whether the receiver wants no more.
    pub(super) fn is_gone(&self) -> bool {
        self.result.as_ref().is_ok_and(|answered| answered.status == http::StatusCode::GONE)
    }
}

impl Hooks {
    /// Those of that database.
    pub fn new(parts: HooksParts) -> Self {
        let HooksParts { store, clock, outgoing, keys, public_url } = parts;
        Self {
            store,
            clock,
            outgoing,
            keys,
            public_url,
            tests: Semaphore::new(TESTS_MAX),
            instruments: HookInstruments::default(),
            pending: AtomicU64::new(0),
        }
    }

    /// What is measured of deliveries.
    pub const fn instruments(&self) -> &HookInstruments {
        &self.instruments
    }

    /// How many events are on their way, as was last counted.
    pub fn pending(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Makes a hook; with the key of its signatures, which is told nowhere else.
    ///
    /// # Errors
    ///
    /// What is wrong with the wish, or that there are too many.
    pub async fn create(
        &self,
        wish: HookWish,
        actor: &Actor,
    ) -> Result<(StoredHook, String), HookError> {
        let (target, events) = checked(&wish).map_err(HookError::Invalid)?;
        self.outgoing.check_now(&target).await?;
        let create_ms = self.clock.now_ms();
        let hook_id = RunId::new(create_ms);
        let key = self.keys.make(hook_id).await?;
        let new = NewHook {
            hook_id,
            url: target.as_str().to_owned(),
            host: target.authority(),
            events,
            filter: wish.filter,
            owner: actor.caller.owner.clone(),
            told_of_all: actor.caller.role == Role::Admin,
            key_sha256: key.sha256(),
            create_ms,
        };
        match self.store.by(actor, create_ms).keep_hook(new).await? {
            HookOutcome::Made => {}
            HookOutcome::TooManyOfOwner => return Err(HookError::TooManyOfOwner),
            HookOutcome::TooMany => return Err(HookError::TooMany),
        }
        let made = self.store.hook(hook_id).await?.ok_or(HookError::NotFound(hook_id))?;
        tracing::info!(hook = %hook_id, host = target.authority(), "webhook made");
        Ok((made, key.reveal()))
    }

    /// The caller's own, or all of an admin's server, the newest first.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<StoredHook>, HookError> {
        let mut hooks = self.store.hooks().await?;
        hooks.retain(|hook| caller.may_change(&hook.owner));
        Ok(hooks)
    }

    /// Removes a hook with what was on its way to it.
    ///
    /// # Errors
    ///
    /// `NotFound`, or `NotOwner`.
    pub async fn delete(&self, hook_id: RunId, actor: &Actor) -> Result<(), HookError> {
        self.own(hook_id, &actor.caller).await?;
        let now_ms = self.clock.now_ms();
        if !self.store.by(actor, now_ms).delete_hook(hook_id).await? {
            return Err(HookError::NotFound(hook_id));
        }
        let store = self.store.clone();
        telemetry::spawn(async move {
            // Nothing that is done is that old: only what the removed ones left goes.
            if let Err(error) = store.purge_hooks(0).await {
                tracing::warn!(%error, "what a webhook left is removed later");
            }
        });
        Ok(())
    }

    /// Posts a test there, once. One that arrives lets a hook that was ended deliver again.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotOwner`, `TooManyTests`, or that its key is lost; not that it does not
    /// arrive.
    pub async fn test(
        &self,
        hook_id: RunId,
        caller: &Caller,
    ) -> Result<(StoredDelivery, Duration), HookError> {
        let hook = self.own(hook_id, caller).await?;
        let _turn = self.tests.try_acquire().map_err(|_| HookError::TooManyTests)?;
        let key = self.key_of(&hook).await?.ok_or(HookError::KeyLost(hook_id))?;
        let delivery = self.store.keep_test(hook.hook_no, self.clock.now_ms()).await?;
        let attempted = self.attempt(&hook, &key, &delivery).await;
        let now_ms = self.clock.now_ms();
        let has_arrived = attempted.has_arrived();
        let next = if has_arrived { Next::Arrived } else { Next::GivenUp };
        let (hook_no, delivery_no) = (hook.hook_no, delivery.delivery_no);
        let outcome = attempted.outcome();
        let note = AttemptNote { hook_no, delivery_no, now_ms, outcome: outcome.clone(), next };
        self.store.note_attempt(note).await?;
        if has_arrived && !hook.disabled_reason.is_empty() {
            self.store.enable_hook(hook_no).await?;
        }
        let delivery = StoredDelivery {
            attempts: 1,
            delivery_ms: has_arrived.then_some(now_ms),
            last_outcome: outcome,
            ..delivery
        };
        Ok((delivery, attempted.lasted))
    }

    /// Deliveries of a hook before that one, the newest first.
    ///
    /// # Errors
    ///
    /// `NotFound`, or `NotOwner`.
    pub async fn deliveries(
        &self,
        hook_id: RunId,
        caller: &Caller,
        before: Option<i64>,
        limit: usize,
    ) -> Result<(StoredHook, Vec<StoredDelivery>), HookError> {
        let hook = self.own(hook_id, caller).await?;
        let found = self.store.deliveries(hook.hook_no, before, limit).await?;
        Ok((hook, found))
    }

    async fn own(&self, hook_id: RunId, caller: &Caller) -> Result<StoredHook, HookError> {
        let hook = self.store.hook(hook_id).await?.ok_or(HookError::NotFound(hook_id))?;
        if caller.may_change(&hook.owner) {
            return Ok(hook);
        }
        Err(HookError::NotOwner { hook_id, owner: hook.owner })
    }

    /// The key that its receiver knows; `None` if it cannot be made any more.
    pub(super) async fn key_of(&self, hook: &StoredHook) -> io::Result<Option<HookKey>> {
        let key = self.keys.of(hook.hook_id).await?;
        Ok(key.filter(|key| key.sha256() == hook.key_sha256))
    }

    /// Sends it, signed.
    pub(super) async fn attempt(
        &self,
        hook: &StoredHook,
        key: &HookKey,
        delivery: &StoredDelivery,
    ) -> Attempted {
        let began = Instant::now();
        let span = span_of(hook, delivery);
        let result = match Target::parse(&hook.url) {
            Ok(target) => self.outgoing.post(&target, self.posted(key, delivery)).await,
            // It was read when the hook was made.
            Err(error) => Err(OutgoingError::Http(error.to_string())),
        };
        let attempted = Attempted { result, lasted: began.elapsed() };
        let outcome = outcome_label(&attempted);
        self.instruments.attempted(outcome);
        span.note("tradeforge.delivery.outcome", || outcome);
        if !attempted.has_arrived() {
            span.fail(outcome);
        }
        attempted
    }

    fn posted(&self, key: &HookKey, delivery: &StoredDelivery) -> Posted {
        let (id, seconds) = (delivery.event_id.to_string(), self.clock.now_ms().div_euclid(1_000));
        let body = self.with_url(delivery);
        let signature = key.sign(&id, seconds, &body);
        let headers = vec![
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        Posted { headers, body }
    }

    /// The body, with where people see the run.
    fn with_url(&self, delivery: &StoredDelivery) -> String {
        let is_of_run = !matches!(delivery.kind, HookEvent::SeriesChanged | HookEvent::Test);
        if self.public_url.is_empty() || !is_of_run {
            return delivery.body.clone();
        }
        let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&delivery.body) else {
            return delivery.body.clone();
        };
        body["data"]["url"] = format!("{}/runs/{}", self.public_url, delivery.subject).into();
        body.to_string()
    }
}

const fn outcome_label_of(has_arrived: bool, is_gone: bool, has_answer: bool) -> &'static str {
    match (has_arrived, is_gone, has_answer) {
        (true, ..) => "ARRIVED",
        (_, true, _) => "GONE",
        (.., true) => "REFUSED",
        (.., false) => "FAILED",
    }
}

/// A delivery of what became of a run is in the trace of the run.
fn span_of(hook: &StoredHook, delivery: &StoredDelivery) -> Span {
    let span = match delivery.subject.parse::<RunId>() {
        Ok(run_id) => Span::of_run("delivery", run_id.as_bytes()),
        Err(_) => Span::within("delivery"),
    };
    span.note("tradeforge.hook.id", || hook.hook_id.to_string());
    span.note("tradeforge.event.id", || delivery.event_id.to_string());
    span.note("tradeforge.delivery.attempt", || delivery.attempts + 1);
    span
}

fn outcome_label(attempted: &Attempted) -> &'static str {
    let has_answer = attempted.result.is_ok();
    outcome_label_of(attempted.has_arrived(), attempted.is_gone(), has_answer)
}

fn checked(wish: &HookWish) -> Result<(Target, Vec<HookEvent>), Violations> {
    let mut violations = Violations::default();
    let target = violations.check("hook.url", Target::parse(&wish.url));
    let mut events = wish.events.clone();
    if events.is_empty() {
        events = ENDS.to_vec();
    }
    events.sort_unstable();
    events.dedup();
    let length = wish.filter.chars().count();
    if length > FILTER_LENGTH_MAX {
        let message = format!("must have at most {FILTER_LENGTH_MAX} characters, but has {length}");
        violations.add("hook.filter", message);
    } else if !wish.filter.is_empty() && events.contains(&HookEvent::SeriesChanged) {
        let message = "must be empty for a webhook that tells of series: it names runs";
        violations.add("hook.filter", message);
    } else if let Err(wrong) = check_hook_filter(&wish.filter) {
        violations.add("hook.filter", wrong.to_string().trim_start_matches("filter: "));
    }
    match target {
        Some(target) => violations.into_result().map(|()| (target, events)),
        None => Err(violations),
    }
}
