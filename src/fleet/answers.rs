//! What comes back from workers, put together and checked before anybody believes it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use prost::Message as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;

use super::assignments::ChunkId;
use super::gateway::{Fleet, Outcome, ROOM_KIB};
use super::message::{
    Answer, FORMAT, NAME_BYTES_MAX, PIECE_BYTES, Receipt, Refusal, Ticket, Verdict,
};
use super::rounds::finish;
use super::rows::{Asked, BARS_MAX, memory_of, unpack};
use crate::excerpt::excerpt;
use crate::runner::{ChunkResult, Hold};

/// Workers whose pieces of one chunk are kept at a time.
const SENDERS_MAX: usize = 4;

/// Takes an answer, or a piece of one; what to say to it. `None` to what is none.
pub(super) async fn receive(fleet: &Arc<Fleet>, bytes: &[u8]) -> Option<Receipt> {
    let answer = Answer::decode(bytes).ok()?;
    let verdict = take(fleet, answer).await.unwrap_or(Verdict::Unwanted);
    Some(Receipt { verdict: verdict.into() })
}

async fn take(fleet: &Arc<Fleet>, answer: Answer) -> Option<Verdict> {
    let ticket = Ticket::read(&answer.ticket)?;
    let (id, asked) = {
        let mut books = fleet.books();
        if books.presence.aside(&answer.worker).is_some() {
            books.assignments.take_back(ticket, &answer.worker, fleet.now_ms());
            return None;
        }
        let id = books.assignments.bearer(ticket)?;
        (id, Arc::clone(&books.chunks.get(&id)?.asked))
    };
    let is_sound = answer.format <= FORMAT
        && answer.pieces <= asked.pieces_max()
        && answer.piece < answer.pieces
        && answer.body.len() <= PIECE_BYTES
        && answer.worker.len() <= NAME_BYTES_MAX;
    if !is_sound {
        tracing::error!(%ticket, "an answer is not understood; it is computed here");
        leave_here(fleet, id, &answer.worker);
        return Some(Verdict::Taken);
    }
    if answer.refusal.is_some() {
        refused(fleet, id, &answer);
        return Some(Verdict::Taken);
    }
    let (worker, bars) = (answer.worker.clone(), answer.bars.min(BARS_MAX));
    let pieces = match gather(fleet, id, answer)? {
        Gathered::Whole(pieces) => pieces,
        Gathered::Part => return Some(Verdict::Taken),
    };
    let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
    let Some(mut room) = room(fleet, asked.memory() + bytes) else { return Some(Verdict::Later) };
    // Few at a time: they are unpacked beside what they were packed.
    let unpacking = fleet.unpacking.acquire().await.ok()?;
    let unpacked = spawn_blocking(move || checked(&pieces, &asked)).await;
    drop(unpacking);
    let outcome = match unpacked.map_err(|error| error.to_string()).flatten() {
        Ok(result) => {
            // What they take in memory is known only now.
            if !fit(fleet, &mut room, memory_of(&result.rows)) {
                return Some(Verdict::Later);
            }
            Outcome::Done(ChunkResult { hold: Some(Hold::of(room)), ..result }, worker.clone())
        }
        Err(why) => {
            tracing::error!(worker, %ticket, why, "an answer is none; it is computed here");
            leave_here(fleet, id, &worker);
            return Some(Verdict::Taken);
        }
    };
    // Somebody else may have answered meanwhile, or the run has ended.
    let mut books = fleet.books();
    if books.assignments.bearer(ticket) != Some(id) {
        return None;
    }
    let more = books.assignments.advance(id, bars);
    if let (Some(waiting), Outcome::Done(result, _)) = (books.chunks.get(&id), &outcome) {
        waiting.meter.add_bars(more);
        waiting.facts.learn(&result.rows);
        let run_id = waiting.chunk.run_id;
        books.presence.credit(&worker, run_id);
        fleet.answered.fetch_add(1, Ordering::Relaxed);
    }
    drop(books);
    finish(fleet, id, outcome);
    Some(Verdict::Taken)
}

const fn kib(bytes: usize) -> usize {
    // What is larger than all of it comes alone.
    let kib = bytes.div_ceil(1 << 10);
    if kib < ROOM_KIB { kib } else { ROOM_KIB }
}

/// Room for so many bytes, if there is some.
fn room(fleet: &Fleet, bytes: usize) -> Option<OwnedSemaphorePermit> {
    Arc::clone(&fleet.room).try_acquire_many_owned(kib(bytes) as u32).ok()
}

/// Makes the room what so many bytes need; false if there is not as much.
fn fit(fleet: &Fleet, room: &mut OwnedSemaphorePermit, bytes: usize) -> bool {
    let (has, needs) = (room.num_permits(), kib(bytes));
    if needs < has {
        drop(room.split(has - needs));
        return true;
    }
    match Arc::clone(&fleet.room).try_acquire_many_owned((needs - has) as u32) {
        Ok(more) => {
            room.merge(more);
            true
        }
        Err(_) => false,
    }
}

/// What the pieces of an answer make.
enum Gathered {
    /// Some are missing.
    Part,
    /// All are there.
    Whole(Vec<Arc<Vec<u8>>>),
}

/// The whole, once all pieces of this worker's are there. Two workers' pieces make no whole: they
/// took different times.
fn gather(fleet: &Fleet, id: ChunkId, answer: Answer) -> Option<Gathered> {
    let mut books = fleet.books();
    let waiting = books.chunks.get_mut(&id)?;
    if answer.pieces == 1 {
        return Some(Gathered::Whole(vec![Arc::new(answer.body)]));
    }
    let count = answer.pieces as usize;
    if !waiting.pieces.contains_key(&answer.worker) && waiting.pieces.len() >= SENDERS_MAX {
        waiting.pieces.clear();
    }
    let pieces = waiting.pieces.entry(answer.worker).or_default();
    if pieces.len() != count {
        *pieces = vec![None; count];
    }
    pieces[answer.piece as usize] = Some(Arc::new(answer.body));
    let all: Option<Vec<_>> = pieces.iter().cloned().collect();
    Some(all.map_or(Gathered::Part, Gathered::Whole))
}

fn checked(pieces: &[Arc<Vec<u8>>], asked: &Asked) -> Result<ChunkResult, String> {
    let slices: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_slice()).collect();
    unpack(&slices.concat(), asked).map_err(|error| error.to_string())
}

fn refused(fleet: &Fleet, id: ChunkId, answer: &Answer) {
    let (worker, why) = (&answer.worker, excerpt(&answer.text).into_owned());
    let refusal = answer.refusal();
    tracing::warn!(worker, why, ?refusal, "a worker does not compute a chunk");
    match refusal {
        Refusal::Job | Refusal::Data => leave_here(fleet, id, worker),
        // One alone is not believed: its memory may be what is broken, or it lies.
        Refusal::Poisoned => {
            fleet.books().suspect(id);
            finish(fleet, id, Outcome::Accused(why));
        }
    }
}

/// Lets the gateway compute it; with care, if somebody else may have died of it.
fn leave_here(fleet: &Fleet, id: ChunkId, speaker: &str) {
    let mut books = fleet.books();
    if books.assignments.is_suspect(id, speaker) {
        books.suspect(id);
    }
    drop(books);
    finish(fleet, id, Outcome::Here);
}

#[cfg(test)]
#[path = "answers_tests.rs"]
pub(super) mod tests;
