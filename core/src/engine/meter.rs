//! How far a run is, and whether it shall go on: the two words that cross threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Shared by the thread that computes and those that watch it.
#[derive(Debug, Default)]
pub struct Meter {
    /// Of all parts together.
    bars: Arc<AtomicU64>,
    stop: AtomicBool,
    parts: Mutex<Vec<Weak<Meter>>>,
}

impl Meter {
    /// The meter of a part of the work: it counts here, stops when all of it stops, and can be
    /// stopped alone.
    pub fn part(&self) -> Arc<Self> {
        self.part_with(Arc::clone(&self.bars))
    }

    /// The meter of a part of the work whose bars are not among those of the whole.
    pub fn unheard(&self) -> Arc<Self> {
        self.part_with(Arc::default())
    }

    fn part_with(&self, bars: Arc<AtomicU64>) -> Arc<Self> {
        let part = Arc::new(Self { bars, ..Self::default() });
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|part| part.strong_count() > 0);
        parts.push(Arc::downgrade(&part));
        // Under the lock, so that a stop meanwhile is seen here or finds the part there.
        if self.is_stopping() {
            part.stop();
        }
        part
    }

    /// Bars delivered so far.
    pub fn bars(&self) -> u64 {
        self.bars.load(Ordering::Relaxed)
    }

    /// Asks the computation to stop; it does within a few thousand bars.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().filter_map(Weak::upgrade).for_each(|part| part.stop());
    }

    /// Lets the computation go on that was asked to stop.
    pub fn resume(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Counts from nothing.
    pub fn begin_again(&self) {
        self.bars.store(0, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) const fn stop_flag(&self) -> &AtomicBool {
        &self.stop
    }

    /// Counts bars that were delivered, here or on another machine.
    pub fn add_bars(&self, bars: u64) {
        self.bars.fetch_add(bars, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stops_alone_and_with_the_whole() {
        let whole = Meter::default();
        let (one, two) = (whole.part(), whole.part());
        one.stop();
        assert!(!whole.is_stopping() && !two.is_stopping());
        whole.stop();
        assert!(two.is_stopping() && whole.part().is_stopping());
    }

    #[test]
    fn the_whole_counts_what_its_parts_do_and_forgets_those_that_are_gone() {
        let whole = Meter::default();
        for _ in 0..100 {
            whole.part().add_bars(2);
        }
        assert_eq!((whole.bars(), whole.parts.lock().unwrap().len()), (200, 1));
        let unheard = whole.unheard();
        unheard.add_bars(7);
        whole.stop();
        assert_eq!((whole.bars(), unheard.is_stopping()), (200, true));
    }
}
