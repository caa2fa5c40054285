//! What trials over the same bars have in common, computed once: by whoever needs it first.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of one shelf; what is beyond is computed each time.
const SHELF_BYTES_MAX: usize = 64 << 20;

/// Values by what they are of.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    items: Mutex<Items<K, V>>,
}

/// A value of a shelf, whether it stands there or not.
#[derive(Debug)]
pub(super) struct Shared<V>(Arc<OnceLock<V>>);

impl<V> Shared<V> {
    /// A value that is on no shelf.
    pub(super) fn alone(value: V) -> Self {
        Self(Arc::new(OnceLock::from(value)))
    }
}

impl<V> Clone for Shared<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V> Deref for Shared<V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.0.get().expect("it was made before it was given out")
    }
}

#[derive(Debug)]
struct Items<K, V> {
    by_key: HashMap<K, Arc<OnceLock<V>>>,
    bytes: usize,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { items: Mutex::new(Items { by_key: HashMap::new(), bytes: 0 }) }
    }
}

impl<K: Eq + Hash, V> Shelf<K, V> {
    /// The value, which takes that many bytes. Who needs it at the same time waits for the one
    /// that makes it.
    pub(super) fn item(&self, key: K, bytes: usize, make: impl FnOnce() -> V) -> Shared<V> {
        let slot = self.slot(key, bytes);
        slot.get_or_init(make);
        Shared(slot)
    }

    fn slot(&self, key: K, bytes: usize) -> Arc<OnceLock<V>> {
        // The map is whole after every operation on it.
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = items.by_key.get(&key) {
            return Arc::clone(known);
        }
        let slot = Arc::default();
        if items.bytes + bytes <= SHELF_BYTES_MAX {
            items.bytes += bytes;
            items.by_key.insert(key, Arc::clone(&slot));
        }
        slot
    }

    /// The room that this takes.
    pub(super) fn bytes(&self) -> usize {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}
