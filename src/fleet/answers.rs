//! What comes back from workers, put together and checked before anybody believes it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use prost::Message as _;
use tokio::task::spawn_blocking;

use super::assignments::ChunkId;
use super::gateway::{Fleet, Outcome, ROOM_KIB};
use super::jobs::trials_of;
use super::message::{
    Answer, FORMAT, NAME_BYTES_MAX, PIECE_BYTES, PIECES_MAX, Receipt, Refusal, Ticket, Verdict,
};
use super::rounds::finish;
use super::rows::{BARS_MAX, unpack};
use crate::excerpt::excerpt;
use crate::runner::{Chunk, ChunkResult, Hold};

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
    let id = fleet.books().assignments.bearer(ticket)?;
    let is_sound = answer.format <= FORMAT
        && answer.pieces <= PIECES_MAX
        && answer.piece < answer.pieces
        && answer.body.len() <= PIECE_BYTES
        && answer.worker.len() <= NAME_BYTES_MAX;
    if !is_sound {
        tracing::error!(%ticket, "an answer is not understood; it is computed here");
        finish(fleet, id, Outcome::Here);
        return Some(Verdict::Taken);
    }
    if answer.refusal.is_some() {
        refused(fleet, id, &answer);
        return Some(Verdict::Taken);
    }
    let (worker, bars) = (answer.worker.clone(), answer.bars.min(BARS_MAX));
    let (pieces, chunk) = match gather(fleet, id, answer)? {
        Gathered::Whole(pieces, chunk) => (pieces, chunk),
        Gathered::Part => return Some(Verdict::Taken),
    };
    let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
    let kib = (bytes >> 10).clamp(1, ROOM_KIB) as u32;
    let Ok(room) = Arc::clone(&fleet.room).try_acquire_many_owned(kib) else {
        return Some(Verdict::Later);
    };
    // Few at a time: what they unpack to is known only then.
    let unpacking = fleet.unpacking.acquire().await.ok()?;
    let unpacked = spawn_blocking(move || checked(&pieces, &chunk)).await;
    drop(unpacking);
    let outcome = match unpacked.map_err(|error| error.to_string()).flatten() {
        Ok(result) => Outcome::Done(ChunkResult { hold: Some(Hold::of(room)), ..result }),
        Err(why) => {
            tracing::error!(worker, %ticket, why, "an answer is none; it is computed here");
            Outcome::Here
        }
    };
    // Somebody else may have answered meanwhile, or the run has ended.
    let mut books = fleet.books();
    if books.assignments.bearer(ticket) != Some(id) {
        return None;
    }
    let more = books.assignments.advance(id, bars);
    if let (Some(waiting), Outcome::Done(result)) = (books.chunks.get(&id), &outcome) {
        waiting.meter.add_bars(more);
        waiting.facts.learn(&result.rows);
        fleet.answered.fetch_add(1, Ordering::Relaxed);
    }
    drop(books);
    finish(fleet, id, outcome);
    Some(Verdict::Taken)
}

/// What the pieces of an answer make.
enum Gathered {
    /// Some are missing.
    Part,
    /// All are there; of that chunk.
    Whole(Vec<Arc<Vec<u8>>>, Arc<Chunk>),
}

/// The whole, once all pieces of this worker's are there. Two workers' pieces make no whole: they
/// took different times.
fn gather(fleet: &Fleet, id: ChunkId, answer: Answer) -> Option<Gathered> {
    let mut books = fleet.books();
    let waiting = books.chunks.get_mut(&id)?;
    let chunk = Arc::clone(&waiting.chunk);
    if answer.pieces == 1 {
        return Some(Gathered::Whole(vec![Arc::new(answer.body)], chunk));
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
    Some(all.map_or(Gathered::Part, |all| Gathered::Whole(all, chunk)))
}

fn checked(pieces: &[Arc<Vec<u8>>], chunk: &Chunk) -> Result<ChunkResult, String> {
    let slices: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_slice()).collect();
    unpack(&slices.concat(), &trials_of(chunk)).map_err(|error| error.to_string())
}

fn refused(fleet: &Fleet, id: ChunkId, answer: &Answer) {
    let (worker, why) = (&answer.worker, excerpt(&answer.text).into_owned());
    let outcome = match answer.refusal() {
        Refusal::Job | Refusal::Data => Outcome::Here,
        Refusal::Poisoned => Outcome::Deadly(why.clone()),
    };
    tracing::warn!(worker, why, ?outcome, "a worker does not compute a chunk");
    finish(fleet, id, outcome);
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
