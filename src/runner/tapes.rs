//! The bars of the searches under way, laid out for trials by columns: made once a search, not
//! once a chunk.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::digest::Digest;
use crate::engine::Tape;
use crate::market::{Series, Timeframe};

/// Bytes of tapes that are kept beside the latest.
const TAPE_BYTES_MAX: usize = 128 << 20;

/// Which bars: the content, how they are merged, which of them, and the first that counts.
pub(super) type TapeKey = (Digest, Timeframe, Range<usize>, usize);

/// A tape, once it is made; `None` if those bars have none.
type Slot = Arc<OnceLock<Option<Arc<Tape>>>>;

/// The latest tapes, the newest first.
#[derive(Default)]
pub(super) struct Tapes {
    latest: Mutex<VecDeque<(TapeKey, Slot)>>,
}

impl Tapes {
    /// The tape of those bars of `series`. Who needs it at the same time waits for the one that
    /// makes it.
    pub(super) fn tape(&self, key: TapeKey, series: &Series) -> Option<Arc<Tape>> {
        let (range, first) = (key.2.clone(), key.3);
        let slot = self.slot(key);
        slot.get_or_init(|| Tape::with_warm_up(series, range, first).map(Arc::new)).clone()
    }

    fn slot(&self, key: TapeKey) -> Slot {
        // The list is whole after every operation on it.
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = latest.iter().position(|(known, _)| *known == key) {
            return Arc::clone(&latest[place].1);
        }
        let mut room = TAPE_BYTES_MAX;
        latest.retain(|(_, slot)| {
            let bytes = slot.get().and_then(Option::as_ref).map_or(0, |tape| tape.bytes());
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        let slot = Slot::default();
        latest.push_front((key, Arc::clone(&slot)));
        slot
    }
}
