//! Which attempts at a run are halted, and which goes on. Wishes are committed one after the other,
//! but told here in any order: so what is told only ever rises, by the number of the attempt.

use super::sync::watch;
use crate::run::PauseInfo;

/// What is known of pauses of one run.
pub(super) struct Turns(watch::Sender<Turn>);

#[derive(Clone, Default)]
struct Turn {
    /// The last attempt that was halted, and why.
    halted: Option<(u32, PauseInfo)>,
    /// The last attempt that was let go on.
    resumed: u32,
}

impl Turn {
    fn is_halted(&self, attempt: u32) -> bool {
        self.halted.as_ref().is_some_and(|(halted, _)| *halted >= attempt)
    }
}

impl Turns {
    /// Of a run that was found halted in that attempt, or of one that goes on.
    pub(super) fn new(halted: Option<(u32, PauseInfo)>) -> Self {
        Self(watch::Sender::new(Turn { halted, resumed: 0 }))
    }

    /// The attempt is halted. `stop` is called unless a later one goes on already.
    pub(super) fn halt(&self, attempt: u32, pause: PauseInfo, stop: impl FnOnce()) {
        self.0.send_modify(|turn| {
            if !turn.is_halted(attempt) {
                turn.halted = Some((attempt, pause));
            }
            if turn.resumed <= attempt {
                stop();
            }
        });
    }

    /// The run goes on with that attempt.
    pub(super) fn resume(&self, attempt: u32) {
        self.0.send_modify(|turn| turn.resumed = turn.resumed.max(attempt));
    }

    /// Whether that attempt is halted.
    pub(super) fn is_halted(&self, attempt: u32) -> bool {
        self.0.borrow().is_halted(attempt)
    }

    /// Who halted that attempt and why, unless the run goes on.
    pub(super) fn pause_of(&self, attempt: u32) -> Option<PauseInfo> {
        let turn = self.0.borrow();
        let (halted, pause) = turn.halted.as_ref()?;
        (*halted >= attempt && turn.resumed <= *halted).then(|| pause.clone())
    }

    /// The attempt with which the run goes on after that one, if it is known.
    pub(super) fn after(&self, attempt: u32) -> Option<u32> {
        let resumed = self.0.borrow().resumed;
        (resumed > attempt).then_some(resumed)
    }

    /// Resolves when that attempt is halted.
    pub(super) async fn halted(&self, attempt: u32) {
        // The sender is in our hands, so that this never errs.
        _ = self.0.subscribe().wait_for(|turn| turn.is_halted(attempt)).await;
    }

    /// Resolves when the run goes on after that attempt.
    pub(super) async fn resumed(&self, attempt: u32) {
        _ = self.0.subscribe().wait_for(|turn| turn.resumed > attempt).await;
    }
}
