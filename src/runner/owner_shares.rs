//! Who the cores are shared among: the owners of runs, each with a share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Whose runs compete for the cores. There is one of each name while somebody has it.
#[derive(Debug)]
pub(super) struct Owner {
    name: Arc<str>,
    share: AtomicU32,
}

impl Owner {
    pub(super) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How many times as much of the cores as one with a share of 1.
    pub(super) fn share(&self) -> u32 {
        self.share.load(Ordering::Relaxed).max(1)
    }
}

/// The owners of live runs, and the shares of those who have another than most.
#[derive(Debug, Default)]
pub(super) struct OwnerShares(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    shares: HashMap<String, u32>,
    live: HashMap<Arc<str>, Weak<Owner>>,
}

impl OwnerShares {
    /// With these shares to begin with.
    pub(super) fn new(shares: impl Iterator<Item = (String, u32)>) -> Self {
        Self(Mutex::new(Known { shares: shares.collect(), live: HashMap::new() }))
    }

    /// The owner of that name.
    pub(super) fn of(&self, name: &str) -> Arc<Owner> {
        let mut known = self.lock();
        if let Some(owner) = known.live.get(name).and_then(Weak::upgrade) {
            return owner;
        }
        known.live.retain(|_, owner| owner.strong_count() > 0);
        let share = AtomicU32::new(known.shares.get(name).copied().unwrap_or(1));
        let owner = Arc::new(Owner { name: name.into(), share });
        known.live.insert(Arc::clone(&owner.name), Arc::downgrade(&owner));
        owner
    }

    /// From now on the owner of that name has this share, also for runs that are live.
    pub(super) fn set(&self, name: &str, share: u32) {
        let mut known = self.lock();
        known.shares.insert(name.to_owned(), share);
        if let Some(owner) = known.live.get(name).and_then(Weak::upgrade) {
            owner.share.store(share, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_owner_of_a_name_and_a_new_share_reaches_it() {
        let shares = OwnerShares::new([("ann".to_owned(), 3)].into_iter());
        let (ann, bob) = (shares.of("ann"), shares.of("bob"));
        assert!(Arc::ptr_eq(&ann, &shares.of("ann")));
        assert_eq!((ann.share(), bob.share()), (3, 1));
        shares.set("ann", 2);
        shares.set("bob", 5);
        assert_eq!((ann.share(), bob.share()), (2, 5));
        drop((ann, bob));
        assert_eq!((shares.of("ann").share(), shares.of("bob").share()), (2, 5));
    }
}
