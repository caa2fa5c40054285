//! Which state a run is in, and which moves are legal. Knows nothing of storage, threads or the
//! wire; storage repeats the legal source states in its WHERE clauses.

use super::result::{Failure, RunResult};
use super::snapshot::PauseInfo;

/// The life of a run. Each state carries only what is true in it. Times are UTC milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Life {
    /// Waits for its turn.
    Pending,
    /// Its first chunk was handed out.
    Running {
        /// When.
        start_ms: i64,
    },
    /// Somebody halted it; it goes on when somebody says so.
    Paused {
        /// When it began, if it did.
        start_ms: Option<i64>,
        /// Who halted it, when and why.
        pause: PauseInfo,
    },
    /// Everything was computed.
    Completed {
        /// When it began.
        start_ms: i64,
        /// When it ended.
        end_ms: i64,
        /// What came out.
        result: Box<RunResult>,
    },
    /// It could not be computed.
    Failed {
        /// When it began, if it did.
        start_ms: Option<i64>,
        /// When it ended.
        end_ms: i64,
        /// Why.
        failure: Box<Failure>,
    },
    /// A user ended it.
    Cancelled {
        /// When it began, if it did.
        start_ms: Option<i64>,
        /// When it ended.
        end_ms: i64,
    },
}

/// A state without its facts. The numbers stand in the database, but that of a paused run: there it
/// is pending, and since when it is paused stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for its turn.
    Pending = 1,
    /// Its first chunk was handed out.
    Running = 2,
    /// Everything was computed.
    Completed = 3,
    /// It could not be computed.
    Failed = 4,
    /// A user ended it.
    Cancelled = 5,
    /// Somebody halted it.
    Paused = 6,
}

/// A move that the state machine does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {} cannot become {}", from.as_str(), to.as_str())]
pub struct IllegalMove {
    /// The state it was in.
    pub from: State,
    /// The state it should have got.
    pub to: State,
}

impl State {
    /// The name in filters and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Paused => "PAUSED",
        }
    }

    /// Whether no state follows.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Paused => false,
            Self::Completed | Self::Failed | Self::Cancelled => true,
        }
    }

    /// The state of that number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Pending),
            2 => Some(Self::Running),
            3 => Some(Self::Completed),
            4 => Some(Self::Failed),
            5 => Some(Self::Cancelled),
            6 => Some(Self::Paused),
            _ => None,
        }
    }
}

impl Life {
    /// The state without its facts.
    pub const fn state(&self) -> State {
        match self {
            Self::Pending => State::Pending,
            Self::Running { .. } => State::Running,
            Self::Paused { .. } => State::Paused,
            Self::Completed { .. } => State::Completed,
            Self::Failed { .. } => State::Failed,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }

    /// When the first chunk was handed out, if it was.
    pub const fn start_ms(&self) -> Option<i64> {
        match self {
            Self::Pending => None,
            Self::Running { start_ms } | Self::Completed { start_ms, .. } => Some(*start_ms),
            Self::Paused { start_ms, .. }
            | Self::Failed { start_ms, .. }
            | Self::Cancelled { start_ms, .. } => *start_ms,
        }
    }

    /// When it ended, if it did.
    pub const fn end_ms(&self) -> Option<i64> {
        match self {
            Self::Pending | Self::Running { .. } | Self::Paused { .. } => None,
            Self::Completed { end_ms, .. }
            | Self::Failed { end_ms, .. }
            | Self::Cancelled { end_ms, .. } => Some(*end_ms),
        }
    }

    /// Hands out the first chunk.
    ///
    /// # Errors
    ///
    /// `IllegalMove` unless the run is pending.
    pub fn start(self, now_ms: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::Pending => Ok(Self::Running { start_ms: now_ms }),
            Self::Running { .. }
            | Self::Paused { .. }
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.cannot_become(State::Running)),
        }
    }

    /// Ends the run with its result.
    ///
    /// # Errors
    ///
    /// `IllegalMove` unless the run is running.
    pub fn complete(self, now_ms: i64, result: RunResult) -> Result<Self, IllegalMove> {
        match self {
            Self::Running { start_ms } => {
                Ok(Self::Completed { start_ms, end_ms: now_ms, result: Box::new(result) })
            }
            Self::Pending
            | Self::Paused { .. }
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.cannot_become(State::Completed)),
        }
    }

    /// Ends the run without a result.
    ///
    /// # Errors
    ///
    /// `IllegalMove` if the run has already ended.
    pub fn fail(self, now_ms: i64, failure: Failure) -> Result<Self, IllegalMove> {
        let failed = |start_ms| Self::Failed { start_ms, end_ms: now_ms, failure: failure.into() };
        match self {
            Self::Pending => Ok(failed(None)),
            Self::Running { start_ms } => Ok(failed(Some(start_ms))),
            // Its time was up.
            Self::Paused { start_ms, .. } => Ok(failed(start_ms)),
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => {
                Err(self.cannot_become(State::Failed))
            }
        }
    }

    /// Ends the run at a user's wish.
    ///
    /// # Errors
    ///
    /// `IllegalMove` if the run has already ended.
    pub fn cancel(self, now_ms: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::Pending | Self::Running { .. } | Self::Paused { .. } => {
                Ok(Self::Cancelled { start_ms: self.start_ms(), end_ms: now_ms })
            }
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => {
                Err(self.cannot_become(State::Cancelled))
            }
        }
    }

    /// Halts the run.
    ///
    /// # Errors
    ///
    /// `IllegalMove` unless the run is pending or running.
    pub fn pause(self, pause: PauseInfo) -> Result<Self, IllegalMove> {
        match self {
            Self::Pending | Self::Running { .. } => {
                Ok(Self::Paused { start_ms: self.start_ms(), pause })
            }
            Self::Paused { .. }
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.cannot_become(State::Paused)),
        }
    }

    /// Lets a halted run wait for its turn again.
    ///
    /// # Errors
    ///
    /// `IllegalMove` unless the run is paused.
    pub fn resume(self) -> Result<Self, IllegalMove> {
        match self {
            Self::Paused { .. } => Ok(Self::Pending),
            Self::Pending
            | Self::Running { .. }
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.cannot_become(State::Pending)),
        }
    }

    const fn cannot_become(&self, to: State) -> IllegalMove {
        IllegalMove { from: self.state(), to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lives() -> Vec<Life> {
        let pending = Life::Pending;
        let running = pending.clone().start(1).unwrap();
        let failed = running.clone().fail(2, Failure::new("PANIC", "")).unwrap();
        let cancelled = pending.clone().cancel(2).unwrap();
        let paused = running.clone().pause(PauseInfo::default()).unwrap();
        vec![pending, running, failed, cancelled, paused]
    }

    #[test]
    fn no_move_leaves_a_final_state() {
        for life in lives().into_iter().filter(|life| life.state().is_final()) {
            assert!(life.clone().start(3).is_err());
            assert!(life.clone().cancel(3).is_err());
            assert!(life.clone().pause(PauseInfo::default()).is_err());
            assert!(life.clone().resume().is_err());
            assert!(life.fail(3, Failure::new("PANIC", "")).is_err());
        }
    }

    #[test]
    fn what_is_paused_goes_on_is_cancelled_or_out_of_time_and_does_nothing_else() {
        let paused = lives()[4].clone();
        assert_eq!((paused.state(), paused.start_ms()), (State::Paused, Some(1)));
        assert!(paused.clone().start(3).is_err() && paused.clone().resume().is_ok());
        let out_of_time = paused.clone().fail(3, Failure::new("DEADLINE_EXCEEDED", "")).unwrap();
        assert_eq!((out_of_time.state(), out_of_time.start_ms()), (State::Failed, Some(1)));
        assert!(paused.clone().pause(PauseInfo::default()).is_err());
        assert_eq!(paused.cancel(3).unwrap().start_ms(), Some(1));
        assert!(lives()[0].clone().resume().is_err());
    }

    #[test]
    fn an_illegal_move_names_both_states() {
        let error = lives()[3].clone().start(3).unwrap_err();
        assert_eq!(error.to_string(), "a run that is CANCELLED cannot become RUNNING");
    }

    #[test]
    fn every_state_is_found_by_its_number() {
        for number in 1..=6 {
            assert_eq!(State::from_number(number).map(|state| state as i64), Some(number));
        }
        assert_eq!(State::from_number(0), None);
    }
}
