//! How far a run is, and whether it shall go on: the two words that cross threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by the thread that computes and those that watch it.
#[derive(Debug, Default)]
pub struct Meter {
    bars: AtomicU64,
    stop: AtomicBool,
}

impl Meter {
    /// Bars delivered so far.
    pub fn bars(&self) -> u64 {
        self.bars.load(Ordering::Relaxed)
    }

    /// Asks the computation to stop; it does within a few thousand bars.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Lets the computation go on that was asked to stop.
    pub fn resume(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) const fn stop_flag(&self) -> &AtomicBool {
        &self.stop
    }

    pub(super) fn add_bars(&self, bars: u64) {
        self.bars.fetch_add(bars, Ordering::Relaxed);
    }
}
