//! Which chunks are handed out, by which tickets, and what is to be done about those that nothing
//! is heard of: a state machine without a clock, a broker or a thread.
//!
//! A chunk has one ticket at a time, and only its bearer may answer. So whatever the broker loses,
//! doubles or delays, an answer counts once or not at all.

use std::collections::{BTreeMap, HashMap};

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
    /// A worker that is silent for so long is dead.
    pub dead_ms: u64,
    /// What is being computed moves at least so often, or hangs.
    pub still_ms: u64,
    /// What could not be handed out is tried again after that.
    pub again_ms: u64,
}

/// Looks that must find nothing until a chunk is taken for lost.
const ABSENCES: u32 = 2;
/// A machine that is lost takes its chunk along once; twice, it may be the chunk.
const SUSPECT_FROM: u32 = 2;
/// What takes so many times as long as it should may still be at work.
const SLOWER_MAX: u64 = 20;
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
}

#[derive(Debug)]
struct Assignment {
    stage: Stage,
    holders: Vec<Holder>,
    /// The most that anyone went through, and since when that is so.
    bars: u64,
    moved_ms: u64,
    expected_ms: u64,
    deaths: u32,
    deaths_max: u32,
    stalls: u32,
    /// It may be what took down a worker: the gateway must not compute it.
    is_suspect: bool,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// To be handed out, not before that time.
    Waiting(u64),
    /// On its way into the queue.
    Leaving(Ticket),
    /// In the queue, or with a worker.
    Out { ticket: Ticket, heard_ms: u64, absences: u32 },
}

#[derive(Debug)]
struct Holder {
    worker: String,
    named_ms: u64,
    is_computing: bool,
}

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

impl Assignments {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules, chunks: BTreeMap::new(), tickets: HashMap::new() }
    }

    /// Takes a chunk that is to be handed out.
    pub(super) fn begin(&mut self, id: ChunkId, care: Care, now_ms: u64) {
        let Care { expected_ms, deaths_max, is_suspect } = care;
        let assignment = Assignment {
            stage: Stage::Waiting(now_ms),
            holders: Vec::new(),
            bars: 0,
            moved_ms: now_ms,
            expected_ms,
            deaths: 0,
            deaths_max,
            stalls: 0,
            is_suspect,
        };
        self.chunks.insert(id, assignment);
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

    /// What the bearer of the ticket did so far, if that is more than was known.
    pub(super) fn advance(&mut self, id: ChunkId, bars: u64, now_ms: u64) -> u64 {
        let Some(chunk) = self.chunks.get_mut(&id) else { return 0 };
        let more = bars.saturating_sub(chunk.bars);
        if more > 0 {
            (chunk.bars, chunk.moved_ms) = (bars, now_ms);
        }
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
        if is_all {
            for chunk in self.chunks.values_mut() {
                let is_named = words.iter().any(|word| chunk.stage.ticket() == Some(word.ticket));
                if !is_named {
                    chunk.holders.retain(|holder| holder.worker != worker);
                }
            }
        }
        let mut unwanted = Vec::new();
        for &Word { ticket, is_computing, .. } in words {
            let chunk = self.tickets.get(&ticket).and_then(|id| self.chunks.get_mut(id));
            match chunk {
                Some(chunk) => chunk.hear(worker, ticket, is_computing, now_ms),
                None => unwanted.push(ticket),
            }
        }
        unwanted
    }

    /// What there is to do now. Nothing is told twice, save for what is to be looked for.
    pub(super) fn tick(&mut self, now_ms: u64, is_alone: bool) -> Vec<Action> {
        let mut actions = Vec::new();
        for (&id, chunk) in &mut self.chunks {
            chunk.bury(now_ms, self.rules.dead_ms);
            if chunk.deaths >= chunk.deaths_max {
                actions.push(Action::GiveUp(id, Why::Deaths));
                continue;
            }
            if is_alone && !chunk.is_suspect {
                actions.push(Action::Return(id));
                continue;
            }
            if chunk.hangs(now_ms, self.rules.still_ms) {
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
            if let Action::GiveUp(id, _) | Action::Return(id) = action {
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

    /// How many are handed out.
    pub(super) fn out(&self) -> usize {
        self.tickets.len()
    }
}

impl Stage {
    const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Waiting(_) => None,
            Self::Leaving(ticket) | Self::Out { ticket, .. } => Some(*ticket),
        }
    }
}

impl Assignment {
    fn hear(&mut self, worker: &str, ticket: Ticket, is_computing: bool, now_ms: u64) {
        // Who has it from the queue proves that it came there.
        self.stage = Stage::Out { ticket, heard_ms: now_ms, absences: 0 };
        let known = self.holders.iter_mut().find(|holder| holder.worker == worker);
        let begins = is_computing && known.as_ref().is_none_or(|holder| !holder.is_computing);
        if begins {
            self.moved_ms = now_ms;
        }
        if let Some(holder) = known {
            (holder.named_ms, holder.is_computing) = (now_ms, is_computing);
        } else {
            let worker = worker.to_owned();
            self.holders.push(Holder { worker, named_ms: now_ms, is_computing });
        }
    }

    /// Takes those for dead that are silent: of this chunk, if they were computing it.
    fn bury(&mut self, now_ms: u64, dead_ms: u64) {
        let is_dead = |holder: &Holder| now_ms.saturating_sub(holder.named_ms) >= dead_ms;
        let died = self.holders.iter().filter(|it| is_dead(it) && it.is_computing).count();
        self.deaths += died as u32;
        self.is_suspect |= self.deaths >= SUSPECT_FROM;
        self.holders.retain(|holder| !is_dead(holder));
    }

    fn hangs(&self, now_ms: u64, still_ms: u64) -> bool {
        let still_ms = still_ms.max(SLOWER_MAX * self.expected_ms);
        let is_computed = self.holders.iter().any(|holder| holder.is_computing);
        is_computed && now_ms.saturating_sub(self.moved_ms) >= still_ms
    }

    fn begin_again(&mut self, now_ms: u64) {
        self.stage = Stage::Waiting(now_ms);
        self.holders.clear();
        self.moved_ms = now_ms;
    }
}

#[cfg(test)]
#[path = "assignments_tests.rs"]
mod tests;
