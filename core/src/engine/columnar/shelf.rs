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

/// Where a value will stand; `None` if its maker failed.
type Slot<V> = Arc<OnceLock<Option<V>>>;

/// A value of a shelf, whether it stands there or not. Who looks at it waits until it is made.
#[derive(Debug)]
pub(super) struct Shared<V>(Slot<V>);

impl<V> Shared<V> {
    /// A value that is on no shelf.
    pub(super) fn alone(value: V) -> Self {
        Self(Arc::new(OnceLock::from(Some(value))))
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
        self.0.wait().as_ref().expect("its maker has told of the failure")
    }
}

#[derive(Debug)]
struct Items<K, V> {
    by_key: HashMap<K, Slot<V>>,
    bytes: usize,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { items: Mutex::new(Items { by_key: HashMap::new(), bytes: 0 }) }
    }
}

impl<K: Eq + Hash, V> Shelf<K, V> {
    /// The value, which takes that many bytes. If another thread makes it just now, this one can
    /// go on until it has to look.
    pub(super) fn item(&self, key: K, bytes: usize, make: impl FnOnce() -> V) -> Shared<V> {
        match self.slot(key, bytes) {
            Place::Taken(slot) => Shared(slot),
            Place::Free(slot) => {
                let promise = Promise(&slot);
                _ = slot.set(Some(make()));
                drop(promise);
                Shared(slot)
            }
        }
    }

    /// The value, if it stands there already.
    pub(super) fn known(&self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        items.by_key.get(key)?.get()?.clone()
    }

    fn slot(&self, key: K, bytes: usize) -> Place<V> {
        // The map is whole after every operation on it.
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = items.by_key.get(&key) {
            return Place::Taken(Arc::clone(known));
        }
        let slot = Slot::default();
        if items.bytes + bytes <= SHELF_BYTES_MAX {
            items.bytes += bytes;
            items.by_key.insert(key, Arc::clone(&slot));
        }
        Place::Free(slot)
    }

    /// The room that this takes.
    pub(super) fn bytes(&self) -> usize {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

/// Whether the value of a slot is made by somebody else, or by the one who asks.
enum Place<V> {
    Taken(Slot<V>),
    Free(Slot<V>),
}

/// Nobody waits for ever for a maker that panicked.
struct Promise<'s, V>(&'s OnceLock<Option<V>>);

impl<V> Drop for Promise<'_, V> {
    fn drop(&mut self) {
        // It stands already, unless the maker failed.
        _ = self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn a_value_is_made_once_and_only_who_looks_at_it_waits() {
        let (shelf, begun, asked) = (Shelf::default(), Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                shelf.item("key", 1, || {
                    begun.wait();
                    asked.wait();
                    7
                })
            });
            begun.wait();
            let shared = shelf.item("key", 1, || panic!("it is being made"));
            asked.wait();
            assert_eq!(*shared, 7);
        });
    }

    #[test]
    fn whoever_waits_for_a_maker_that_panics_is_let_go() {
        let (shelf, begun, asked) = (Shelf::default(), Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let maker = scope.spawn(|| {
                shelf.item("key", 1, || -> i32 {
                    begun.wait();
                    asked.wait();
                    panic!("out of luck")
                })
            });
            begun.wait();
            let shared = shelf.item("key", 1, || 7);
            asked.wait();
            assert!(catch_unwind(AssertUnwindSafe(|| *shared)).is_err());
            assert!(maker.join().is_err());
        });
    }

    #[test]
    fn what_finds_no_room_is_made_each_time() {
        let shelf = Shelf::default();
        let made: Vec<i32> =
            [1, 2].map(|value| *shelf.item("key", SHELF_BYTES_MAX + 1, || value)).into();
        assert_eq!((made, shelf.bytes()), (vec![1, 2], 0));
    }
}
