//! Where the gateway hears and acts: workers say that they are there and what they hold, answer,
//! and ask for what they need; and what nothing is heard of is looked after.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use prost::Message as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{interval, sleep};

use super::answers::receive;
use super::assignments::{Action, ChunkId, Why, Word};
use super::gateway::{Fleet, Outcome};
use super::link::{Ear, Heard, Link, LinkError};
use super::message::{Beat, FORMAT, Hello, Kind, PIECE_BYTES, Piece, Ticket, Unwanted, Want};
use super::proof::proof;
use crate::data::FileKind;
use crate::digest::Digest;
use crate::strategy::Catalog;
use crate::telemetry;

/// Bytes of what a worker says of itself, each.
const NAME_BYTES_MAX: usize = 256;
/// Until the broker is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Looks into the queue at once.
const LOOKS_AT_ONCE: usize = 16;
/// Pieces of files that are read at once.
const PIECES_AT_ONCE: usize = 4;
/// Answers that are taken in at once.
const ANSWERS_AT_ONCE: usize = 64;

/// Opens it, and keeps it open for as long as anybody polls this.
pub(super) async fn open(fleet: Arc<Fleet>, catalog: Arc<Catalog>) {
    let proving = spawn_blocking(move || proof(&catalog));
    let Ok(proof) = proving.await else {
        tracing::error!("this build does not compute what it should; it has no fleet");
        return;
    };
    tracing::info!(proof, gateway = fleet.gateway, fleet = fleet.settings.fleet, "for a fleet");
    _ = fleet.proof.set(proof);
    let name = format!("gateway-{}", fleet.gateway);
    let link = loop {
        match Link::to(&fleet.settings.broker, fleet.names.clone(), &name).await {
            Ok(link) => break link,
            Err(error) => tracing::error!(%error, "no fleet"),
        }
        sleep(AGAIN).await;
    };
    _ = fleet.link.set(link.clone());
    tokio::join!(hear_all(&fleet, &link), look_after(&fleet, &link));
}

async fn hear_all(fleet: &Arc<Fleet>, link: &Link) {
    loop {
        match ears(fleet, link).await {
            Ok(ears) => hear(fleet, link, ears).await,
            Err(error) => tracing::warn!(%error, "the fleet is not heard"),
        }
        sleep(AGAIN).await;
    }
}

struct Ears {
    hello: Ear,
    beat: Ear,
    answer: Ear,
    want: Ear,
}

async fn ears(fleet: &Fleet, link: &Link) -> Result<Ears, LinkError> {
    let Fleet { names, gateway, .. } = fleet;
    Ok(Ears {
        hello: link.hear(names.hello()).await?,
        beat: link.hear(names.beat(gateway)).await?,
        answer: link.hear(names.answer(gateway)).await?,
        want: link.hear(names.want(gateway)).await?,
    })
}

async fn hear(fleet: &Arc<Fleet>, link: &Link, mut ears: Ears) {
    let answers = Arc::new(Semaphore::new(ANSWERS_AT_ONCE));
    let pieces = Arc::new(Semaphore::new(PIECES_AT_ONCE));
    loop {
        tokio::select! {
            Some(heard) = ears.hello.next() => greet(fleet, &heard),
            Some(heard) = ears.beat.next() => {
                if let Some(unwanted) = beat(fleet, &heard) {
                    link.answer(&heard, unwanted.encode_to_vec()).await;
                }
            }
            Some(heard) = ears.answer.next() => {
                let Ok(turn) = Arc::clone(&answers).acquire_owned().await else { return };
                let (fleet, link) = (Arc::clone(fleet), link.clone());
                telemetry::spawn(async move {
                    let _turn = turn;
                    if let Some(receipt) = receive(&fleet, heard.bytes()).await {
                        link.answer(&heard, receipt.encode_to_vec()).await;
                    }
                });
            }
            Some(heard) = ears.want.next() => {
                let Ok(turn) = Arc::clone(&pieces).acquire_owned().await else { return };
                let (fleet, link) = (Arc::clone(fleet), link.clone());
                telemetry::spawn(async move {
                    let _turn = turn;
                    let piece = give(&fleet, heard.bytes()).await.unwrap_or_default();
                    link.answer(&heard, piece.encode_to_vec()).await;
                });
            }
            else => return,
        }
    }
}

fn greet(fleet: &Fleet, heard: &Heard) {
    let Ok(hello) = Hello::decode(heard.bytes()) else { return };
    let texts = [&hello.worker, &hello.host, &hello.proof, &hello.version, &hello.revision];
    if hello.format > FORMAT || texts.iter().any(|text| text.len() > NAME_BYTES_MAX) {
        return;
    }
    let (worker, host, slots) = (hello.worker.clone(), hello.host.clone(), hello.slots);
    let (version, revision) = (hello.version.clone(), hello.revision.clone());
    let is_other = fleet.proof.get().is_some_and(|proof| *proof != hello.proof);
    if fleet.books().presence.hear(hello, fleet.now_ms()) {
        if is_other {
            tracing::warn!(
                worker,
                host,
                version,
                revision,
                "a worker computes other bits: no work"
            );
        } else {
            tracing::info!(worker, host, slots, "a worker has come");
        }
    }
    fleet.count();
}

/// Takes what a worker holds; answers what of it nobody wants.
fn beat(fleet: &Fleet, heard: &Heard) -> Option<Unwanted> {
    let Beat { worker, held, is_all } = Beat::decode(heard.bytes()).ok()?;
    let word = |held: &super::message::Held| {
        let ticket = Ticket::read(&held.ticket)?;
        Some(Word { ticket, is_computing: held.is_computing, bars: held.bars })
    };
    let words: Vec<Word> = held.iter().filter_map(word).collect();
    let now_ms = fleet.now_ms();
    let mut books = fleet.books();
    let unwanted = books.assignments.beat(&worker, &words, is_all, now_ms);
    for Word { ticket, bars, .. } in words {
        if let Some(id) = books.assignments.bearer(ticket) {
            let more = books.assignments.advance(id, bars, now_ms);
            if let Some(waiting) = books.chunks.get(&id) {
                waiting.meter.add_bars(more);
            }
        }
    }
    Some(Unwanted { tickets: unwanted.into_iter().map(Ticket::bytes).collect() })
}

/// A piece of what belongs to the chunk of that ticket.
async fn give(fleet: &Arc<Fleet>, question: &[u8]) -> Option<Piece> {
    let want = Want::decode(question).ok()?;
    let sought = Digest::from_bytes(want.sha256.as_slice().try_into().ok()?);
    let (chunk, said) = {
        let books = fleet.books();
        let waiting = books.chunks.get(&books.assignments.bearer(Ticket::read(&want.ticket)?)?)?;
        (Arc::clone(&waiting.chunk), Arc::clone(&waiting.said))
    };
    let spec = &chunk.job.spec;
    let kind = match want.kind() {
        Kind::Job if said.sha256 == sought => None,
        Kind::Bars if spec.data().any(|data| data == sought) => Some(FileKind::Bars),
        Kind::Aux if spec.base().aux.iter().any(|aux| aux.data == sought) => Some(FileKind::Aux),
        Kind::Job | Kind::Bars | Kind::Aux => return None,
    };
    let fleet = Arc::clone(fleet);
    let read = move || {
        let (piece, total) = match kind {
            None => {
                let from = (want.offset as usize).min(said.json.len());
                let to = (from + PIECE_BYTES).min(said.json.len());
                (said.json[from..to].to_vec(), said.json.len() as u64)
            }
            Some(kind) => fleet.bars.piece(kind, &sought, want.offset, PIECE_BYTES)?,
        };
        let (packed, bytes) = (zstd::bulk::compress(&piece, 1)?, piece.len() as u64);
        Ok::<_, std::io::Error>(Piece { is_there: true, total, packed, bytes })
    };
    match spawn_blocking(read).await.ok()? {
        Ok(piece) => Some(piece),
        Err(error) => {
            tracing::warn!(%error, %sought, "a worker asks for what cannot be read");
            None
        }
    }
}

/// Hands out, looks for what is lost, and takes back what nobody is there for.
async fn look_after(fleet: &Arc<Fleet>, link: &Link) {
    let mut ticks = interval(fleet.settings.timing.beat / 2);
    // While the broker takes no work, it is asked now and then.
    let mut tried: Option<Instant> = None;
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
            }
        }
        if link.is_up() {
            let looked = looks.into_iter().map(|(id, ticket)| look(fleet, link, id, ticket));
            let found: Vec<bool> =
                stream::iter(looked).buffer_unordered(LOOKS_AT_ONCE).collect().await;
            // A broker that has forgotten work has perhaps forgotten the queue.
            if found.contains(&false) {
                make_queue(fleet, link).await;
            }
        }
    }
}

async fn make_queue(fleet: &Fleet, link: &Link) {
    let Some(proof) = fleet.proof.get() else { return };
    let made = link.make_queue(proof, fleet.settings.timing.lease).await;
    if let Err(error) = &made {
        tracing::warn!(%error, "the broker takes no work; this machine computes");
    }
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

/// Whether the ticket is in the queue; `true` as well if nobody can tell.
async fn look(fleet: &Fleet, link: &Link, id: ChunkId, ticket: Ticket) -> bool {
    let place = fleet.books().chunks.get(&id).and_then(|waiting| waiting.place.clone());
    let is_there = match place {
        Some((of, place, subject)) if of == ticket => match link.is_queued(place, &subject).await {
            Ok(is_there) => is_there,
            Err(error) => {
                tracing::debug!(%error, "a look into the queue fails");
                return true;
            }
        },
        _ => false,
    };
    if !is_there {
        tracing::debug!(%ticket, "a chunk is not in the queue, and nobody holds it");
    }
    fleet.books().assignments.looked(id, ticket, is_there, fleet.now_ms());
    is_there
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
        Fleet::suspect(&mut books, &chunk);
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
