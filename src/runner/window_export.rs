//! The trials of a walk-forward's windows one by one: put beside themselves as a window is done,
//! and read again part by part.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use tokio::task::spawn_blocking;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::resolve::one_violation;
use super::seen::{Seen, compared};
use crate::run::{
    Failure, RunId, RunSpec, WINDOW_TRIALS_MAX, WalkForwardSpec, WindowTrial, pack_window_trials,
};
use crate::storage::Store;

/// Trials of a window in both of its parts, and what they are together.
pub(super) struct Beside {
    pub inside: Seen,
    pub outside: Seen,
    pub rank_correlation: Option<f64>,
    /// The place of what was chosen out of sample.
    pub rank: Option<f64>,
    /// All of them one by one, packed; nothing where there are too many to keep.
    pub packed: Vec<Vec<u8>>,
}

/// Puts the trials of a window beside themselves. Of half a million that takes a while: on a thread
/// that has it.
pub(super) async fn beside(
    (inside, outside): (Seen, Seen),
    attempt: &Attempt,
    spec: &WalkForwardSpec,
) -> Result<Beside, Halt> {
    let objective = spec.search.objective;
    let keeps = keeps_trials(spec.spans.len() as u64, attempt.job.places());
    let putting = spawn_blocking(move || {
        let (rank_correlation, rank) = compared(&inside, &outside, objective);
        let trials = if keeps { inside.beside(&outside) } else { Vec::new() };
        let packed = pack_window_trials(&trials)?;
        Ok::<_, std::io::Error>(Beside { inside, outside, rank_correlation, rank, packed })
    });
    let broken = |error: std::io::Error| Halt::Failed(Failure::new("PANIC", error.to_string()));
    putting.await.map_err(|_| Halt::Stopped)?.map_err(broken)
}

/// Whether trials are kept one by one where each of so many windows has so many.
pub(super) const fn keeps_trials(windows: u64, trials: u64) -> bool {
    windows.saturating_mul(trials) <= WINDOW_TRIALS_MAX
}

/// Trials in their order, some at a time.
pub type WindowTrials = BoxStream<'static, Result<Vec<WindowTrial>, RunnerError>>;

impl Runner {
    /// What every trial of a window came to in both of its parts.
    ///
    /// # Errors
    ///
    /// That there is no such run, that it is another kind of run, has no such window, has not done
    /// it, or does not have its trials one by one.
    pub async fn window_trials(
        &self,
        run_id: RunId,
        window: i64,
    ) -> Result<(WalkForwardSpec, WindowTrials), RunnerError> {
        let RunSpec::WalkForward(spec) = self.run(run_id).await?.spec else {
            return Err(RunnerError::NotAWalkForward(run_id));
        };
        let last = spec.spans.len().saturating_sub(1);
        let number = usize::try_from(window).ok().filter(|number| *number <= last);
        let number = number.ok_or_else(|| {
            one_violation("window_index", format!("is {window}; there are windows 0 to {last}"))
        })? as u64;
        let done = self.store.window_count(run_id).await?;
        if number >= done {
            return Err(RunnerError::WindowNotDone { run_id, window: number, done });
        }
        let parts = self.store.window_part_count(run_id, number).await?;
        if parts == 0 {
            return Err(RunnerError::WithoutWindowTrials(run_id));
        }
        Ok((*spec, trials_of(self.store.clone(), (run_id, number), parts)))
    }
}

fn trials_of(store: Store, (run_id, window): (RunId, u64), parts: u64) -> WindowTrials {
    let part = move |part| {
        let store = store.clone();
        async move { Ok(store.window_trials(run_id, window, part).await?) }
    };
    stream::iter(0..parts).then(part).boxed()
}
