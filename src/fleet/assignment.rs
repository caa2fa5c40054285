//! One chunk that somebody waits for: where it is, who holds it, and what became of those who did.

use super::assignments::{Action, ChunkId, Word};
use super::message::Ticket;

/// What takes so many times as long as it should may still be at work.
const SLOWER_MAX: u64 = 20;
/// Workers that hold one chunk, as far as is kept in mind: one, and some that it was taken from.
pub(super) const HOLDERS_MAX: usize = 16;

/// How a chunk is to be treated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Care {
    /// How long it should take.
    pub expected_ms: u64,
    /// Of how many deaths it is guilty.
    pub deaths_max: u32,
    /// Whether it is known to be dangerous.
    pub is_suspect: bool,
}

#[derive(Debug)]
pub(super) struct Assignment {
    pub stage: Stage,
    pub holders: Vec<Holder>,
    /// The most that anyone went through.
    pub bars: u64,
    /// When one of its holders last began or went on.
    pub moved_ms: u64,
    pub expected_ms: u64,
    pub deaths: u32,
    pub deaths_max: u32,
    pub stalls: u32,
    /// It may be what took down a worker, or hang: the gateway must not compute it.
    pub is_suspect: bool,
    /// Whether that was told.
    pub is_told: bool,
    /// When somebody last computed it.
    pub computed_ms: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// To be handed out, not before that time.
    Waiting(u64),
    /// On its way into the queue.
    Leaving(Ticket),
    /// In the queue, or with a worker.
    Out { ticket: Ticket, heard_ms: u64, absences: u32 },
}

#[derive(Debug)]
pub(super) struct Holder {
    pub worker: String,
    pub named_ms: u64,
    pub is_computing: bool,
    pub bars: u64,
}

impl Stage {
    pub(super) const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Waiting(_) => None,
            Self::Leaving(ticket) | Self::Out { ticket, .. } => Some(*ticket),
        }
    }
}

impl Assignment {
    pub(super) fn new(care: Care, now_ms: u64) -> Self {
        let Care { expected_ms, deaths_max, is_suspect } = care;
        Self {
            stage: Stage::Waiting(now_ms),
            holders: Vec::new(),
            bars: 0,
            moved_ms: now_ms,
            expected_ms,
            deaths: 0,
            deaths_max,
            stalls: 0,
            is_suspect,
            is_told: is_suspect,
            computed_ms: now_ms,
        }
    }

    pub(super) fn hear(&mut self, worker: &str, word: &Word, now_ms: u64) {
        let &Word { ticket, is_computing, bars } = word;
        if is_computing {
            self.computed_ms = now_ms;
        }
        // Who has it from the queue proves that it came there.
        self.stage = Stage::Out { ticket, heard_ms: now_ms, absences: 0 };
        let known = self.holders.iter_mut().find(|holder| holder.worker == worker);
        let Some(holder) = known else {
            if self.holders.len() < HOLDERS_MAX {
                let (worker, named_ms) = (worker.to_owned(), now_ms);
                self.holders.push(Holder { worker, named_ms, is_computing, bars });
            }
            if is_computing {
                self.moved_ms = now_ms;
            }
            return;
        };
        // Whoever begins anew is further than it was itself, not than another once was.
        if is_computing && (!holder.is_computing || bars > holder.bars) {
            self.moved_ms = now_ms;
        }
        (holder.named_ms, holder.is_computing, holder.bars) = (now_ms, is_computing, bars);
    }

    /// Takes those for dead that are silent: of this chunk, if they were computing it.
    pub(super) fn bury(&mut self, now_ms: u64, dead_ms: u64, listening_ms: u64) {
        let is_dead =
            |holder: &Holder| now_ms.saturating_sub(holder.named_ms.max(listening_ms)) >= dead_ms;
        let died = self.holders.iter().filter(|it| is_dead(it) && it.is_computing).count();
        self.deaths += died as u32;
        self.is_suspect |= died > 0;
        self.holders.retain(|holder| !is_dead(holder));
    }

    pub(super) fn hangs(&self, now_ms: u64, still_ms: u64, listening_ms: u64) -> bool {
        let still_ms = still_ms.max(self.expected_ms.saturating_mul(SLOWER_MAX));
        self.is_computed() && now_ms.saturating_sub(self.moved_ms.max(listening_ms)) >= still_ms
    }

    pub(super) fn is_computed(&self) -> bool {
        self.holders.iter().any(|holder| holder.is_computing)
    }

    /// That it is suspect, once.
    pub(super) fn suspicion(&mut self, id: ChunkId) -> Option<Action> {
        let is_news = self.is_suspect && !self.is_told;
        self.is_told |= is_news;
        is_news.then_some(Action::Suspect(id))
    }

    pub(super) fn begin_again(&mut self, now_ms: u64) {
        // It hangs, or whoever computed it is not heard of.
        self.is_suspect |= self.is_computed();
        self.stage = Stage::Waiting(now_ms);
        self.holders.clear();
        self.moved_ms = now_ms;
    }
}
