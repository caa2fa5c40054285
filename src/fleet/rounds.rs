//! What the gateway does time and again: it hands chunks out, looks for those that nothing is heard
//! of, and takes back what nobody is there for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream;
use prost::Message as _;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::assignments::{Action, ChunkId, Why};
use super::gateway::{Fleet, Outcome};
use super::link::Link;
use super::message::Ticket;
use crate::telemetry;

/// Looks into the queue at once.
const LOOKS_AT_ONCE: usize = 16;

/// Goes on for as long as anybody polls this.
pub(super) async fn look_after(fleet: &Arc<Fleet>, link: &Link) {
    let mut ticks = interval(fleet.settings.timing.beat / 2);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // While the broker takes no work, it is asked now and then.
    let mut tried: Option<Instant> = None;
    // A queue that could have more copies is looked at now and then: the other brokers may have
    // come later.
    let mut made = Instant::now();
    let mut looking: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => fleet.count(),
            () = fleet.wake.notified() => {}
        }
        if !link.is_up() {
            fleet.has_queue.store(false, Ordering::Relaxed);
            tried = None;
        } else if !fleet.has_queue.load(Ordering::Relaxed)
            && tried.is_none_or(|tried| tried.elapsed() >= fleet.settings.timing.unnamed)
        {
            tried = Some(Instant::now());
            make_queue(fleet, link).await;
            made = Instant::now();
        } else if fleet.copies.load(Ordering::Relaxed) == 1
            && made.elapsed() >= fleet.settings.timing.alone
            && link.is_among_others()
        {
            made = Instant::now();
            make_queue(fleet, link).await;
        }
        let now_ms = fleet.now_ms();
        let actions = {
            let mut books = fleet.books();
            let alone_ms = fleet.settings.timing.alone.as_millis() as u64;
            let is_alone = books.alone_since_ms.is_some_and(|since| now_ms >= since + alone_ms);
            books.assignments.tick(now_ms, is_alone)
        };
        let mut looks = Vec::new();
        for action in actions {
            match action {
                Action::HandOut(id) => hand_out(fleet, link, id),
                Action::Look(id, ticket) => looks.push((id, ticket)),
                Action::GiveUp(id, why) => give_up(fleet, id, why),
                Action::Return(id) => finish(fleet, id, Outcome::Alone),
                Action::Untaken(id) => {
                    tracing::warn!(id, "no worker computes a chunk; this machine does");
                    finish(fleet, id, Outcome::Here);
                }
                Action::Suspect(id) => fleet.books().suspect(id),
            }
        }
        // A broker that is slow to tell keeps nothing else waiting. What is not looked for now is
        // told again.
        let is_looking = looking.as_ref().is_some_and(|looking| !looking.is_finished());
        if link.is_up() && !is_looking && !looks.is_empty() {
            let (fleet, link) = (Arc::clone(fleet), link.clone());
            looking = Some(telemetry::spawn(async move { look_all(&fleet, &link, looks).await }));
        }
    }
}

async fn look_all(fleet: &Fleet, link: &Link, looks: Vec<(ChunkId, Ticket)>) {
    let looked = looks.into_iter().map(|(id, ticket)| look(fleet, link, id, ticket));
    let mut found = stream::iter(looked).buffer_unordered(LOOKS_AT_ONCE);
    let mut is_missing = false;
    while let Some(is_there) = found.next().await {
        match is_there {
            Some(is_there) => is_missing |= !is_there,
            // It does not answer: for the others it would not either.
            None => break,
        }
    }
    // A broker that has forgotten work has perhaps forgotten the queue.
    if is_missing {
        make_queue(fleet, link).await;
    }
}

async fn make_queue(fleet: &Fleet, link: &Link) {
    let Some(proof) = fleet.proof.get() else { return };
    let made = link.make_queue(proof, fleet.settings.timing.lease).await;
    match &made {
        Err(error) => tracing::warn!(%error, "the broker takes no work; this machine computes"),
        Ok(copies) if fleet.copies.swap(*copies, Ordering::Relaxed) != *copies => {
            tracing::info!(copies, "the queue");
        }
        Ok(_) => {}
    }
    fleet.tell(made.as_ref().err().map(|error| format!("the broker takes no work: {error}")));
    fleet.has_queue.store(made.is_ok(), Ordering::Relaxed);
}

/// Puts the chunk into the queue, by a new ticket.
fn hand_out(fleet: &Arc<Fleet>, link: &Link, id: ChunkId) {
    let (Some(proof), Ok(ticket)) = (fleet.proof.get(), Ticket::random()) else { return };
    let mut books = fleet.books();
    books.assignments.leaving(id, ticket);
    let Some(waiting) = books.chunks.get_mut(&id) else { return };
    waiting.pieces.clear();
    waiting.place = None;
    let mut work = waiting.work.clone();
    work.ticket = ticket.bytes();
    let run = hex::encode(&work.run_id);
    drop(books);
    let name = ticket.to_string();
    let subject = fleet.names.work(proof, &fleet.gateway, &run, &name);
    let (fleet, link) = (Arc::clone(fleet), link.clone());
    telemetry::spawn(async move {
        let place = match link.offer(subject.clone(), &name, work.encode_to_vec()).await {
            Ok(place) => Some((ticket, place, subject)),
            Err(error) => {
                tracing::warn!(%error, "a chunk is not handed out; it is tried again");
                // The queue may be gone: it is made anew.
                fleet.has_queue.store(false, Ordering::Relaxed);
                None
            }
        };
        let now_ms = fleet.now_ms();
        let mut books = fleet.books();
        books.assignments.left(id, ticket, place.is_some(), now_ms);
        if let Some(waiting) = books.chunks.get_mut(&id)
            && place.is_some()
        {
            waiting.place = place;
        }
    });
}

/// Whether the ticket is in the queue; `None` if nobody can tell.
async fn look(fleet: &Fleet, link: &Link, id: ChunkId, ticket: Ticket) -> Option<bool> {
    let place = fleet.books().chunks.get(&id).and_then(|waiting| waiting.place.clone());
    let is_there = match place {
        Some((of, place, subject)) if of == ticket => match link.is_queued(place, &subject).await {
            Ok(is_there) => is_there,
            Err(error) => {
                tracing::debug!(%error, "a look into the queue fails");
                return None;
            }
        },
        _ => false,
    };
    if !is_there {
        tracing::debug!(%ticket, "a chunk is not in the queue, and nobody holds it");
    }
    fleet.books().assignments.looked(id, ticket, is_there, fleet.now_ms());
    Some(is_there)
}

fn give_up(fleet: &Fleet, id: ChunkId, why: Why) {
    let words = match why {
        Why::Deaths => "the workers that computed it ended: killed, or out of memory",
        Why::Stalls => "it stood still on every worker that computed it",
    };
    let mut books = fleet.books();
    if let Some(chunk) = books.chunks.get(&id).map(|waiting| Arc::clone(&waiting.chunk)) {
        let (run_id, places) = (chunk.run_id, &chunk.portion.places);
        tracing::warn!(%run_id, ?places, words, "a chunk is given up");
        books.suspect(id);
    }
    drop(books);
    finish(fleet, id, Outcome::Deadly(words.to_owned()));
}

/// Tells whoever waits for it.
pub(super) fn finish(fleet: &Fleet, id: ChunkId, outcome: Outcome) {
    let mut books = fleet.books();
    books.assignments.end(id);
    if let Some(waiting) = books.chunks.remove(&id) {
        // Nobody may wait any more.
        _ = waiting.answer.send(outcome);
    }
}
