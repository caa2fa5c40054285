//! Which chunks are handed out, by which tickets, and what is to be done about those that nothing
//! is heard of: a state machine without a clock, a broker or a thread.
//!
//! A chunk has one ticket at a time, and only its bearer may answer. So whatever the broker loses,
//! doubles or delays, an answer counts once or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::assignment::{Assignment, Care, Stage};
use super::message::Ticket;

/// A chunk that somebody waits for.
pub(super) type ChunkId = u64;

/// After how long silence means something, in milliseconds.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units stand last")]
pub(super) struct Rules {
    /// A ticket that nobody names for so long is looked for in the queue.
    pub unnamed_ms: u64,
    /// Between two looks, of which both must find nothing.
    pub look_gap_ms: u64,
    /// A worker that is silent for so long, while others are heard, is dead.
    pub dead_ms: u64,
    /// What is being computed moves at least so often, or hangs.
    pub still_ms: u64,
    /// What could not be handed out is tried again after that.
    pub again_ms: u64,
    /// What nobody computes for so long is not waited for.
    pub untaken_ms: u64,
}

/// Looks that must find nothing until a chunk is taken for lost.
const ABSENCES: u32 = 2;
/// As often as that a chunk may hang.
const STALLS_MAX: u32 = 3;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Hand it out, by a new ticket.
    HandOut(ChunkId),
    /// Look whether that ticket is still in the queue.
    Look(ChunkId, Ticket),
    /// Tell its run that it takes down whoever computes it, or hangs.
    GiveUp(ChunkId, Why),
    /// Let it be computed elsewhere: there is no fleet.
    Return(ChunkId),
    /// The same: there is one, but nobody computes it.
    Untaken(ChunkId),
    /// Keep in mind that it may take down whoever computes it.
    Suspect(ChunkId),
}

/// Why a chunk is computed by nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Workers died of it.
    Deaths,
    /// It stood still.
    Stalls,
}

/// What a worker says of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub ticket: Ticket,
    pub is_computing: bool,
    pub bars: u64,
}

#[derive(Debug)]
pub(super) struct Assignments {
    rules: Rules,
    chunks: BTreeMap<ChunkId, Assignment>,
    tickets: HashMap<Ticket, ChunkId>,
    /// When any worker at all was heard, and since when that is so without a gap: where the link or
    /// this process was halted, silence says nothing of workers.
    heard_ms: u64,
    listening_ms: u64,
}

impl Assignments {
    pub(super) fn new(rules: Rules) -> Self {
        let (chunks, tickets) = (BTreeMap::new(), HashMap::new());
        Self { rules, chunks, tickets, heard_ms: 0, listening_ms: 0 }
    }

    /// Some worker is heard.
    pub(super) fn heard(&mut self, now_ms: u64) {
        if self.is_deaf(now_ms) {
            self.listening_ms = now_ms;
        }
        self.heard_ms = now_ms;
    }

    const fn is_deaf(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.heard_ms) > self.rules.unnamed_ms
    }

    /// Takes a chunk that is to be handed out.
    pub(super) fn begin(&mut self, id: ChunkId, care: Care, now_ms: u64) {
        self.chunks.insert(id, Assignment::new(care, now_ms));
    }

    /// The chunk goes on its way by that ticket; a former one counts no more.
    pub(super) fn leaving(&mut self, id: ChunkId, ticket: Ticket) {
        let Some(chunk) = self.chunks.get_mut(&id) else { return };
        if let Some(former) = chunk.stage.ticket() {
            self.tickets.remove(&former);
        }
        chunk.stage = Stage::Leaving(ticket);
        chunk.holders.clear();
        self.tickets.insert(ticket, id);
    }

    /// It has come into the queue, or has not.
    pub(super) fn left(&mut self, id: ChunkId, ticket: Ticket, is_queued: bool, now_ms: u64) {
        let Some(chunk) = self.chunks.get_mut(&id) else { return };
        // It may be with a worker already.
        if !matches!(chunk.stage, Stage::Leaving(leaving) if leaving == ticket) {
            return;
        }
        chunk.stage = if is_queued {
            Stage::Out { ticket, heard_ms: now_ms, absences: 0 }
        } else {
            self.tickets.remove(&ticket);
            Stage::Waiting(now_ms + self.rules.again_ms)
        };
    }

    /// Whose ticket that is at the moment.
    pub(super) fn bearer(&self, ticket: Ticket) -> Option<ChunkId> {
        self.tickets.get(&ticket).copied()
    }

    /// Ends the chunk, whatever is still said of it.
    pub(super) fn end(&mut self, id: ChunkId) {
        if let Some(ticket) = self.chunks.remove(&id).and_then(|chunk| chunk.stage.ticket()) {
            self.tickets.remove(&ticket);
        }
    }

    /// By how much somebody is further now than anybody was.
    pub(super) fn advance(&mut self, id: ChunkId, bars: u64) -> u64 {
        let Some(chunk) = self.chunks.get_mut(&id) else { return 0 };
        let more = bars.saturating_sub(chunk.bars);
        chunk.bars += more;
        more
    }

    /// Hears from a worker what it holds; answers which of these tickets nobody wants. Where that
    /// is all it holds, it has let go of what it does not name.
    pub(super) fn beat(
        &mut self,
        worker: &str,
        words: &[Word],
        is_all: bool,
        now_ms: u64,
    ) -> Vec<Ticket> {
        self.heard(now_ms);
        if is_all {
            let named: HashSet<_> = words.iter().map(|word| Some(word.ticket)).collect();
            for chunk in self.chunks.values_mut() {
                if !named.contains(&chunk.stage.ticket()) {
                    chunk.holders.retain(|holder| holder.worker != worker);
                }
            }
        }
        let mut unwanted = Vec::new();
        for word in words {
            let chunk = self.tickets.get(&word.ticket).and_then(|id| self.chunks.get_mut(id));
            match chunk {
                Some(chunk) => chunk.hear(worker, word, now_ms),
                None => unwanted.push(word.ticket),
            }
        }
        unwanted
    }

    /// Whether it may be what took down a worker that computed it, or is about to be found silent:
    /// another one than this, that speaks of it.
    pub(super) fn is_suspect(&self, id: ChunkId, speaker: &str) -> bool {
        let may_have_died = |chunk: &Assignment| {
            chunk.is_suspect
                || chunk.holders.iter().any(|it| it.is_computing && it.worker != speaker)
        };
        self.chunks.get(&id).is_some_and(may_have_died)
    }

    /// What that worker holds goes to others, by new tickets: nothing is taken from it any more.
    pub(super) fn take_away(&mut self, worker: &str, now_ms: u64) {
        for chunk in self.chunks.values_mut() {
            if chunk.holders.iter().any(|holder| holder.worker == worker) {
                // It is alive, so that nobody died of what it computes.
                chunk.holders.retain(|holder| holder.worker != worker);
                if let Some(ticket) = chunk.stage.ticket() {
                    self.tickets.remove(&ticket);
                }
                chunk.begin_again(now_ms);
            }
        }
    }

    /// The same of one chunk that it speaks of.
    pub(super) fn take_back(&mut self, ticket: Ticket, worker: &str, now_ms: u64) {
        let Some(id) = self.tickets.remove(&ticket) else { return };
        if let Some(chunk) = self.chunks.get_mut(&id) {
            chunk.holders.retain(|holder| holder.worker != worker);
            chunk.begin_again(now_ms);
        }
    }

    /// What there is to do now. Nothing is told twice, save for what is to be looked for.
    pub(super) fn tick(&mut self, now_ms: u64, is_alone: bool) -> Vec<Action> {
        let mut actions = Vec::new();
        let is_deaf = self.is_deaf(now_ms);
        for (&id, chunk) in &mut self.chunks {
            if !is_deaf {
                chunk.bury(now_ms, self.rules.dead_ms, self.listening_ms);
            }
            if chunk.deaths >= chunk.deaths_max {
                actions.push(Action::GiveUp(id, Why::Deaths));
                continue;
            }
            if is_alone {
                // Where nobody at all is heard, nobody is known to be dead either.
                chunk.is_suspect |= chunk.is_computed();
                actions.extend(chunk.suspicion(id));
                actions.push(Action::Return(id));
                continue;
            }
            if !chunk.is_computed() && now_ms >= chunk.computed_ms + self.rules.untaken_ms {
                actions.extend(chunk.suspicion(id));
                actions.push(Action::Untaken(id));
                continue;
            }
            if !is_deaf && chunk.hangs(now_ms, self.rules.still_ms, self.listening_ms) {
                chunk.stalls += 1;
                if chunk.stalls >= STALLS_MAX {
                    actions.push(Action::GiveUp(id, Why::Stalls));
                    continue;
                }
                if let Some(ticket) = chunk.stage.ticket() {
                    self.tickets.remove(&ticket);
                }
                chunk.begin_again(now_ms);
            }
            actions.extend(chunk.suspicion(id));
            match chunk.stage {
                Stage::Waiting(from_ms) if from_ms <= now_ms => actions.push(Action::HandOut(id)),
                Stage::Out { ticket, heard_ms, absences } => {
                    let gap = self.rules.look_gap_ms * u64::from(absences);
                    if now_ms >= heard_ms + self.rules.unnamed_ms + gap {
                        actions.push(Action::Look(id, ticket));
                    }
                }
                Stage::Waiting(_) | Stage::Leaving(_) => {}
            }
        }
        for action in &actions {
            if let Action::GiveUp(id, _) | Action::Return(id) | Action::Untaken(id) = action {
                self.end(*id);
            }
        }
        actions
    }

    /// What a look into the queue found.
    pub(super) fn looked(&mut self, id: ChunkId, sought: Ticket, is_there: bool, now_ms: u64) {
        let Some(chunk) = self.chunks.get_mut(&id) else { return };
        let Stage::Out { ticket, heard_ms, absences } = &mut chunk.stage else { return };
        if *ticket != sought {
            return;
        }
        if is_there {
            (*heard_ms, *absences) = (now_ms, 0);
            return;
        }
        *absences += 1;
        if *absences >= ABSENCES {
            self.tickets.remove(&sought);
            chunk.begin_again(now_ms);
        }
    }

    /// Who holds which chunk.
    pub(super) fn held<'a>(&'a self) -> impl Iterator<Item = (&'a str, ChunkId)> {
        let of = |(&id, chunk): (&ChunkId, &'a Assignment)| {
            chunk.holders.iter().map(move |holder| (holder.worker.as_str(), id))
        };
        self.chunks.iter().flat_map(of)
    }

    /// How many are handed out.
    pub(super) fn out(&self) -> usize {
        self.tickets.len()
    }
}

#[cfg(test)]
#[path = "assignments_tests.rs"]
mod tests;
