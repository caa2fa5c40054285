//! Whose turn it is to import a run. Each may unpack to gigabytes, so there are two at once, and
//! one of an owner; who waits too long is told to come again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tonic::Status;

use super::status::{shutting_down, too_many_streams};

const AT_ONCE: usize = 2;
/// Uploads that wait: each has a file.
const WAITING_MAX: usize = 16;
const WAIT_MAX: Duration = Duration::from_mins(1);

/// The turns of one server. A clone hands out the same ones.
#[derive(Clone, Debug)]
pub(super) struct ImportTurns {
    all: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// One each; who has no import is not here for long.
    owners: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct ImportTurn {
    _of_all: OwnedSemaphorePermit,
    _of_owner: Option<OwnedSemaphorePermit>,
}

impl Default for ImportTurns {
    fn default() -> Self {
        let turns = |count| Arc::new(Semaphore::new(count));
        Self { all: turns(AT_ONCE), waiting: turns(WAITING_MAX), owners: Arc::default() }
    }
}

impl ImportTurns {
    /// The next turn of that owner. Where nobody is asked who he is, all have the two.
    ///
    /// # Errors
    ///
    /// If too many wait, or it did for a minute.
    pub(super) async fn turn(&self, owner: &str) -> Result<ImportTurn, Status> {
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| busy())?;
        let taken = timeout(WAIT_MAX, async {
            let of_owner = match self.of(owner) {
                Some(own) => Some(own.acquire_owned().await?),
                None => None,
            };
            let of_all = Arc::clone(&self.all).acquire_owned().await?;
            Ok(ImportTurn { _of_all: of_all, _of_owner: of_owner })
        });
        match taken.await {
            Ok(taken) => taken.map_err(|_: tokio::sync::AcquireError| shutting_down()),
            Err(_) => Err(busy()),
        }
    }

    fn of(&self, owner: &str) -> Option<Arc<Semaphore>> {
        if owner.is_empty() {
            return None;
        }
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever imports or waits holds a clone.
        owners.retain(|_, turns| Arc::strong_count(turns) > 1);
        let turns = owners.entry(owner.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1)));
        Some(Arc::clone(turns))
    }
}

fn busy() -> Status {
    let message = format!(
        "runs are being imported, {AT_ONCE} at once and one of each owner; this one waited for its \
         turn in vain"
    );
    too_many_streams("IMPORTS_BUSY", "imports of runs", message)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn two_import_at_once_and_of_one_owner_one() {
        let turns = ImportTurns::default();
        let anns = turns.turn("ann").await.unwrap();
        let mut anns_next = std::pin::pin!(turns.turn("ann"));
        assert!(futures_util::poll!(&mut anns_next).is_pending(), "she has one");
        let bobs = turns.turn("bob").await.unwrap();
        let mut carls = std::pin::pin!(turns.turn("carl"));
        assert!(futures_util::poll!(&mut carls).is_pending(), "there are two");
        drop(bobs);
        let carls = carls.await.unwrap();
        drop(anns);
        drop(anns_next.await.unwrap());
        drop(carls);
        assert_eq!(turns.turn("").await.map(|_| turns.owners.lock().unwrap().len()).unwrap(), 3);
        drop(turns.turn("dora").await.unwrap());
        let owners = turns.owners.lock().unwrap();
        assert_eq!(owners.keys().collect::<Vec<_>>(), ["dora"], "the others are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_or_comes_when_too_many_do_is_told() {
        let turns = ImportTurns::default();
        let held = [turns.turn("").await.unwrap(), turns.turn("").await.unwrap()];
        let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(turns.turn(""))).collect();
        for turn in &mut waiting {
            assert!(futures_util::poll!(turn).is_pending());
        }
        let refused = turns.turn("").await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        advance(WAIT_MAX).await;
        for turn in waiting {
            let refused = turn.await.unwrap_err();
            assert!(refused.message().contains("waited for its turn"), "{refused:?}");
        }
        drop(held);
        turns.turn("").await.unwrap();
    }
}
