//! Whether what is computed moves: a strategy that never returns reads no flag, so that nothing but
//! its silence tells of it.

use std::time::{Duration, Instant};

use super::executor::Pace;

/// What takes so many times as long as it should may still be at work.
const SLOWER_MAX: u32 = 20;

/// What was seen of the work of a run.
pub(super) struct Stall {
    seen: u64,
    since: Instant,
    is_told: bool,
}

impl Stall {
    /// Of work that is begun now.
    pub(super) const fn new(now: Instant) -> Self {
        Self { seen: 0, since: now, is_told: false }
    }

    /// Takes what was done so far, which is only compared. Answers how long nothing has moved, once
    /// that is too long for this pace, and once only until something does.
    pub(super) fn look(&mut self, done: u64, pace: &Pace, now: Instant) -> Option<Duration> {
        if done != self.seen {
            *self = Self { seen: done, since: now, is_told: false };
        }
        let still = now.duration_since(self.since);
        if self.is_told || still < pace.still_max.max(SLOWER_MAX * pace.chunk_time) {
            return None;
        }
        self.is_told = true;
        Some(still)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL_MAX: Duration = Duration::from_mins(1);

    const fn pace(chunk_time: Duration) -> Pace {
        let (rows_max, slots, chunks_out, chunks_in_flight) = (1, 1, 1, 2);
        Pace { chunk_time, rows_max, slots, chunks_out, chunks_in_flight, still_max: STILL_MAX }
    }

    #[test]
    fn what_moves_is_not_told_and_what_stands_still_is_told_once() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let (mut stall, pace) = (Stall::new(begin), pace(Duration::from_millis(40)));
        for minute in 1..5 {
            assert_eq!(stall.look(minute, &pace, after(59 * minute)), None);
        }
        assert_eq!(stall.look(4, &pace, after(295)), None);
        assert_eq!(stall.look(4, &pace, after(296)), Some(STILL_MAX));
        assert_eq!(stall.look(4, &pace, after(900)), None, "it is known");
        assert_eq!(stall.look(5, &pace, after(901)), None);
        assert_eq!(stall.look(5, &pace, after(961)), Some(STILL_MAX));
    }

    #[test]
    fn long_parts_may_take_longer() {
        let begin = Instant::now();
        let (mut stall, pace) = (Stall::new(begin), pace(Duration::from_secs(10)));
        assert_eq!(stall.look(0, &pace, begin + Duration::from_secs(199)), None);
        let still = Duration::from_secs(200);
        assert_eq!(stall.look(0, &pace, begin + still), Some(still));
    }
}
