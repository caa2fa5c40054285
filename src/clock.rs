//! What time it is, as a parameter: tests decide it.

use std::time::UNIX_EPOCH;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// UTC milliseconds.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let now = std::time::SystemTime::now();
        now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
    }
}
