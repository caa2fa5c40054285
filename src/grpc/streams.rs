//! How many streams of a kind are open: in all, and of each peer.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tonic::Status;

use super::status::too_many_streams;

/// The open streams of one kind. A clone counts the same ones.
#[derive(Clone, Debug)]
pub struct Streams {
    kind: Kind,
    open: Arc<Mutex<Open>>,
    max: usize,
    per_peer_max: usize,
}

/// What is counted, and how a further one is refused.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// In the plural.
    name: &'static str,
    reason: &'static str,
}

const WATCHES: Kind = Kind { name: "watch streams", reason: "TOO_MANY_STREAMS" };
const ALL_RUNS: Kind = Kind { name: "watches of all runs", reason: "TOO_MANY_STREAMS" };
/// Each holds a place in the story of every live run: megabytes where thousands are live. One is
/// enough for a page or a program.
const ALL_RUNS_MAX: usize = 1_000;
const ALL_RUNS_PER_PEER_MAX: usize = 64;
const EXPORTS: Kind = Kind { name: "exports", reason: "TOO_MANY_EXPORTS" };

#[derive(Debug, Default)]
struct Open {
    count: usize,
    /// Peers without an open stream are not here, so this does not grow.
    by_peer: HashMap<Option<IpAddr>, usize>,
}

/// The right to one stream; given back when dropped.
#[derive(Debug)]
pub(super) struct StreamPermit {
    open: Arc<Mutex<Open>>,
    peer: Option<IpAddr>,
}

impl Streams {
    /// Watches: at most `max` in all, and `per_peer_max` of one address.
    pub fn watches(max: usize, per_peer_max: usize) -> Self {
        Self { kind: WATCHES, open: Arc::default(), max, per_peer_max }
    }

    /// Watches of all runs, which count among the others as well.
    pub(super) fn watches_of_all_runs() -> Self {
        Self { kind: ALL_RUNS, ..Self::watches(ALL_RUNS_MAX, ALL_RUNS_PER_PEER_MAX) }
    }

    /// Exports, likewise.
    pub(super) fn exports(max: usize, per_peer_max: usize) -> Self {
        Self { kind: EXPORTS, ..Self::watches(max, per_peer_max) }
    }

    /// The most in all.
    pub(super) const fn max(&self) -> usize {
        self.max
    }

    /// The most of one address.
    pub(super) const fn per_peer_max(&self) -> usize {
        self.per_peer_max
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        lock(&self.open).count
    }

    /// Takes in one more.
    pub(super) fn open(&self, peer: Option<SocketAddr>) -> Result<StreamPermit, Status> {
        let peer = peer.map(|peer| peer.ip());
        let mut open = lock(&self.open);
        if open.count >= self.max {
            let message = format!("{} {} are open, the most in all", self.max, self.kind.name);
            return Err(too_many_streams(self.kind.reason, self.kind.name, message));
        }
        let of_peer = open.by_peer.get(&peer).copied().unwrap_or(0);
        if of_peer >= self.per_peer_max {
            let Kind { name, reason } = self.kind;
            let message = format!("{of_peer} {name} are open from your address, the most");
            return Err(too_many_streams(reason, &format!("{name} of a peer"), message));
        }
        open.by_peer.insert(peer, of_peer + 1);
        open.count += 1;
        Ok(StreamPermit { open: Arc::clone(&self.open), peer })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        open.count -= 1;
        let left = open.by_peer.get(&self.peer).map_or(0, |count| count - 1);
        if left == 0 {
            open.by_peer.remove(&self.peer);
        } else {
            open.by_peer.insert(self.peer, left);
        }
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    // The counts are whole after every operation on them.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_has_its_share_and_what_is_closed_counts_no_more() {
        let streams = Streams::watches(3, 2);
        let (one, two) = (Some(([10, 0, 0, 1], 1).into()), Some(([10, 0, 0, 2], 1).into()));
        let held = (streams.open(one).unwrap(), streams.open(one).unwrap());
        assert!(streams.open(one).unwrap_err().message().contains("from your address"));
        let other = streams.open(two).unwrap();
        assert!(streams.open(two).unwrap_err().message().contains("the most in all"));
        drop((held, other));
        assert_eq!(streams.count(), 0);
        assert!(lock(&streams.open).by_peer.is_empty());
    }
}
