//! What a worker says without being asked: that it is there, and what it holds.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::future::join_all;
use prost::Message as _;
use tokio::time::{MissedTickBehavior, interval};

use super::link::Reply;
use super::message::{Beat, FORMAT, Held, Hello, Ticket, Unwanted};
use super::worker::{Grip, Shop};
use crate::excerpt::excerpt;

impl Shop {
    pub(super) async fn say_hello(&self) -> std::convert::Infallible {
        let mut ticks = interval(self.settings.timing.hello);
        let mut unknown_since = None;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.changed.notified() => {}
            }
            // What is said to nobody would only be late.
            if !self.link.is_up() {
                continue;
            }
            // The queue listens in a moment, or a server makes it: before, there is nothing to say.
            let since = *unknown_since.get_or_insert_with(Instant::now);
            if self.ability().is_unknown() && since.elapsed() < 2 * self.settings.timing.hello {
                continue;
            }
            self.hello().await;
        }
    }

    pub(super) async fn hello(&self) {
        let busy = self.held().values().filter(|grip| grip.began.is_some()).count();
        let hello = Hello {
            format: FORMAT,
            worker: self.name.clone(),
            host: host(),
            proof: self.proof.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: env!("TRADEFORGE_REVISION").to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            slots: self.executor.threads() as u32,
            busy: busy as u32,
            chunks: self.chunks.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            is_leaving: self.leaving.is_cancelled(),
            known_as: self.settings.name.clone().unwrap_or_default(),
            problem: self
                .ability()
                .problem()
                .map(|why| excerpt(why).into_owned())
                .unwrap_or_default(),
        };
        if let Err(error) = self.link.say(self.names.hello(), hello.encode_to_vec()).await {
            tracing::debug!(%error, "nobody is greeted");
        }
    }

    /// Tells each gateway what is held of it, time and again, and hears what nobody wants.
    pub(super) async fn say_what_is_held(&self) -> std::convert::Infallible {
        let mut ticks = interval(self.settings.timing.beat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.tell_what_is_held().await;
        }
    }

    /// The same, once. A gateway hears as well that nothing of it is held any more: what was given
    /// back did not die here. Nobody waits for another who is silent.
    pub(super) async fn tell_what_is_held(&self) {
        let mut by_gateway: HashMap<String, Vec<Held>> = HashMap::new();
        for gateway in self.told().keys() {
            by_gateway.insert(gateway.clone(), Vec::new());
        }
        for (ticket, grip) in self.held().iter() {
            let held = by_gateway.entry(grip.gateway.clone()).or_default();
            held.push(said(*ticket, grip));
        }
        join_all(by_gateway.into_iter().map(|(gateway, held)| self.tell(gateway, held))).await;
    }

    /// A gateway that is gone wants nothing.
    async fn tell(&self, gateway: String, held: Vec<Held>) {
        let gone = self.settings.timing.gone;
        if let Some(unwanted) = self.beat(&gateway, held, true).await {
            self.drop_unwanted(&unwanted);
            let mut told = self.told();
            if told.get(&gateway).is_some_and(|since| since.elapsed() >= gone) {
                told.remove(&gateway);
            }
            return;
        }
        let since = *self.told().entry(gateway.clone()).or_insert_with(Instant::now);
        if since.elapsed() >= gone {
            self.drop_all_of(&gateway);
            self.told().remove(&gateway);
        }
    }

    fn told(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what is held; what of it nobody wants. `None` if there is no gateway of that name.
    pub(super) async fn beat(
        &self,
        gateway: &str,
        held: Vec<Held>,
        is_all: bool,
    ) -> Option<Vec<Ticket>> {
        let holds_some = !held.is_empty();
        let beat = Beat { worker: self.name.clone(), held, is_all };
        match self.link.ask(self.names.beat(gateway), beat.encode_to_vec()).await {
            Reply::Answered(bytes) => {
                let unwanted = Unwanted::decode(bytes).unwrap_or_default();
                self.hear_aside(&unwanted.aside);
                // Whoever heard of something is told for a while that nothing is held any more, and
                // may say what it thinks of what it was answered.
                if holds_some {
                    self.told().insert(gateway.to_owned(), Instant::now());
                }
                Some(unwanted.tickets.iter().filter_map(|bytes| Ticket::read(bytes)).collect())
            }
            // A broker that is away says nothing of the gateway.
            Reply::Silence => Some(Vec::new()),
            Reply::Nobody => None,
        }
    }

    /// Nothing is taken from here any more: whatever is wrong, a new process begins anew.
    fn hear_aside(&self, why: &str) {
        let why = excerpt(why);
        if !why.is_empty() && self.ability().set_aside(format!("a server set it aside: {why}")) {
            tracing::error!(%why, "what this worker computes is wrong: it takes nothing any more");
            self.changed.notify_one();
        }
    }

    fn drop_unwanted(&self, tickets: &[Ticket]) {
        let held = self.held();
        for grip in tickets.iter().filter_map(|ticket| held.get(ticket)) {
            grip.unwanted.cancel();
        }
    }

    fn drop_all_of(&self, gateway: &str) {
        for grip in self.held().values().filter(|grip| grip.gateway == gateway) {
            grip.unwanted.cancel();
        }
    }
}

/// What is said of a chunk that is held.
pub(super) fn said(ticket: Ticket, grip: &Grip) -> Held {
    let (is_computing, bars) = (grip.began.is_some(), grip.meter.bars());
    Held { ticket: ticket.bytes(), is_computing, bars }
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
