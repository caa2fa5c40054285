//! What workers need for their chunks, given piece by piece to whoever has the ticket.

use std::sync::Arc;

use prost::Message as _;
use tokio::task::spawn_blocking;

use super::gateway::Fleet;
use super::message::{Kind, PIECE_BYTES, Piece, Ticket, Want};
use crate::data::FileKind;
use crate::digest::Digest;

/// A piece of what belongs to the chunk of that ticket.
pub(super) async fn give(fleet: &Arc<Fleet>, question: &[u8]) -> Option<Piece> {
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
