//! What one owner has in a queue of permits: who waits, and how much was had so far.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use super::owner_shares::Owner;
use super::permits::Permit;

/// What a permit costs an owner whose share is 1, on the clock of all owners.
const STRIDE: u64 = 1 << 20;

/// The order of an owner's waiters: the lower turn first, then who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) turn: u64,
    pub(super) ticket: u64,
}

/// One owner's part of the queue.
pub(super) struct OwnQueue {
    owner: Weak<Owner>,
    pub(super) waiting: BTreeMap<Rank, oneshot::Sender<Permit>>,
    /// Permits of the owner that are out.
    held: usize,
    /// Where its next one begins on the clock of all owners.
    next_start: u64,
    /// Permits that it had so far: the clock by which its waiters grow older.
    pub(super) granted: u64,
    /// The turn of its latest one: where a run that was idle joins the race of the owner's.
    pub(super) now: u64,
}

/// Where an owner stands beside others: the least goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// Permits that are held, where those that are held for long are shared.
    held: usize,
    start: u64,
}

impl OwnQueue {
    pub(super) fn of(owner: &Arc<Owner>) -> Self {
        Self {
            owner: Arc::downgrade(owner),
            waiting: BTreeMap::new(),
            held: 0,
            next_start: 0,
            granted: 0,
            now: 0,
        }
    }

    /// Whether it can be forgotten: nothing of it is here, and no run of the owner is live.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.held == 0 && self.owner.strong_count() == 0
    }

    pub(super) fn claim(&self, now: u64, counts_held: bool) -> Claim {
        let held = if counts_held { self.held } else { 0 };
        Claim { held, start: self.next_start.max(now) }
    }

    pub(super) fn cost(&self) -> u64 {
        STRIDE / u64::from(self.owner.upgrade().map_or(1, |owner| owner.share()))
    }

    /// Takes a permit of that turn, and tells where on the clock of all it began.
    pub(super) fn take(&mut self, turn: u64, now: u64) -> u64 {
        let start = self.next_start.max(now);
        self.next_start = start + self.cost();
        self.held += 1;
        self.granted += 1;
        self.now = self.now.max(turn);
        start
    }

    /// A permit has come back.
    pub(super) fn give_back(&mut self) {
        self.held -= 1;
    }

    /// One that nobody took has come back.
    pub(super) fn undo(&mut self) {
        self.held -= 1;
        self.next_start = self.next_start.saturating_sub(self.cost());
    }
}

/// An owner some of whose runs wait, as [`served`] goes through them.
pub(super) struct Contender<T> {
    pub(super) claim: Claim,
    /// What a permit costs it.
    pub(super) cost: u64,
    /// Who waits, each with its ticket, in the owner's order.
    pub(super) waiting: Vec<(u64, T)>,
}

/// The order in which those who wait are served if nobody comes or goes. Of equal claims that goes
/// first whose waiter came first.
pub(super) fn served<T>(contenders: &[Contender<T>], counts_held: bool) -> Vec<&T> {
    let of = |owner: usize, place: usize, claim: Claim| {
        let (ticket, _) = contenders[owner].waiting.get(place)?;
        Some(Reverse((claim, *ticket, owner, place)))
    };
    let first = contenders.iter().enumerate().filter_map(|(owner, it)| of(owner, 0, it.claim));
    let mut next: BinaryHeap<_> = first.collect();
    let mut order = Vec::new();
    while let Some(Reverse((claim, _, owner, place))) = next.pop() {
        order.push(&contenders[owner].waiting[place].1);
        let held = claim.held + usize::from(counts_held);
        let later = Claim { held, start: claim.start + contenders[owner].cost };
        next.extend(of(owner, place + 1, later));
    }
    order
}
