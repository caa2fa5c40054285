//! Room that is set aside for the day when the disk is full. It is a file that holds nothing; given
//! up, it leaves enough to remove runs, to end them and to start, and for nothing else, until there
//! is room for it again.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

use crate::system::{disk, set_aside};

/// With less than this a server does not even start.
const START_BYTES: u64 = 8 << 20;
/// What must be free beside the reserve before it is taken again, so that it is not given up at
/// once.
const MARGIN_BYTES: u64 = 8 << 20;
const BLOCK_BYTES: usize = 1 << 20;

/// Where it is, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservePlan {
    /// The file.
    pub path: PathBuf,
    /// Its length; 0 sets nothing aside.
    pub bytes: u64,
}

/// The room, and whether it is needed now.
pub(super) struct Reserve {
    plan: Option<ReservePlan>,
    place: Place,
    is_full: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The room is set aside.
    Kept,
    /// It is given up, and only what makes room is written.
    GivenUp,
    /// There never was any: it is not wanted, or there was no room for it.
    None,
}

impl Reserve {
    /// No room.
    pub(super) fn none() -> Self {
        Self { plan: None, place: Place::None, is_full: Arc::default() }
    }

    /// Sets the room aside; gives up what there is of it where a server could not start otherwise.
    pub(super) async fn make(plan: ReservePlan) -> Self {
        if plan.bytes == 0 {
            _ = fs::remove_file(&plan.path);
            return Self::none();
        }
        let mut reserve = Self {
            plan: Some(plan),
            place: Place::None,
            is_full: Arc::new(AtomicBool::new(false)),
        };
        let made = reserve.blocking(|plan| {
            let folder = plan.path.parent().unwrap_or(Path::new("."));
            let is_there = fs::metadata(&plan.path).is_ok_and(|it| it.len() >= plan.bytes);
            let has_room = disk(folder)?.free >= START_BYTES;
            if is_there { Ok((true, has_room)) } else { Ok((allocate(plan, 0)?, true)) }
        });
        match made.await {
            Ok((true, true)) => reserve.place = Place::Kept,
            Ok((true, false)) => reserve.give_up().await,
            Ok((false, _)) => tracing::warn!("there is no room to set aside for a full disk"),
            Err(error) => tracing::warn!(%error, "no room is set aside for a full disk"),
        }
        reserve
    }

    /// Whether the last that was to be written found no room.
    pub(super) fn is_full(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_full)
    }

    /// Whether only what makes room may be written.
    pub(super) fn is_given_up(&self) -> bool {
        self.place == Place::GivenUp
    }

    /// What was written found no room.
    pub(super) async fn give_up(&mut self) {
        self.is_full.store(true, Ordering::Relaxed);
        let has_some = self.plan.as_ref().is_some_and(|plan| plan.path.exists());
        if !has_some || self.place == Place::GivenUp {
            return;
        }
        let given_up = self.blocking(|plan| fs::remove_file(&plan.path)).await;
        self.place = Place::GivenUp;
        match given_up {
            Ok(()) => tracing::error!(
                "the disk is full: the room that was set aside is given up, and only what makes \
                 room is written until there is as much again"
            ),
            Err(error) => tracing::error!(%error, "the room that was set aside is not given up"),
        }
    }

    /// What was written found its room.
    pub(super) fn tell_room(&self) {
        if self.place != Place::GivenUp {
            self.is_full.store(false, Ordering::Relaxed);
        }
    }

    /// Sets the room aside again, if there is as much; whether it is.
    pub(super) async fn take_back(&mut self) -> bool {
        let taken = self.blocking(|plan| allocate(plan, MARGIN_BYTES)).await;
        if !taken.is_ok_and(|is_taken| is_taken) {
            return false;
        }
        self.place = Place::Kept;
        self.is_full.store(false, Ordering::Relaxed);
        tracing::info!("there is room on the disk again");
        true
    }

    async fn blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&ReservePlan) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let Some(plan) = self.plan.clone() else {
            return Err(io::Error::other("no room is set aside"));
        };
        spawn_blocking(move || job(&plan)).await.map_err(io::Error::other)?
    }
}

/// Makes the file, if there is room for it and so much beside it.
fn allocate(plan: &ReservePlan, beside: u64) -> io::Result<bool> {
    let folder = plan.path.parent().unwrap_or(Path::new("."));
    if disk(folder)?.free < plan.bytes + beside {
        return Ok(false);
    }
    let mut file = File::create(&plan.path)?;
    let made = set_aside(&file, plan.bytes)
        .and_then(|is_done| if is_done { Ok(()) } else { write_zeros(&mut file, plan.bytes) });
    if made.is_err() {
        _ = fs::remove_file(&plan.path);
    }
    made.map(|()| true)
}

fn write_zeros(file: &mut File, bytes: u64) -> io::Result<()> {
    let block = vec![0; BLOCK_BYTES];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(BLOCK_BYTES as u64);
        file.write_all(&block[..now as usize])?;
        left -= now;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(folder: &Path, bytes: u64) -> ReservePlan {
        ReservePlan { path: folder.join("reserve"), bytes }
    }

    #[tokio::test]
    async fn room_is_set_aside_given_up_once_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(folder.path(), 1 << 20);
        let mut reserve = Reserve::make(plan.clone()).await;
        let is_full = reserve.is_full();
        assert_eq!(fs::metadata(&plan.path).unwrap().len(), 1 << 20);
        assert!(!reserve.is_given_up() && !is_full.load(Ordering::Relaxed));
        for _ in 0..2 {
            reserve.give_up().await;
            reserve.tell_room();
            assert!(reserve.is_given_up() && is_full.load(Ordering::Relaxed));
            assert!(!plan.path.exists());
        }
        assert!(reserve.take_back().await, "this disk has a megabyte");
        assert!(!reserve.is_given_up() && !is_full.load(Ordering::Relaxed));
        assert!(plan.path.exists());
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_set_aside_and_a_full_disk_is_told_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(folder.path(), u64::MAX / 4);
        let mut reserve = Reserve::make(plan.clone()).await;
        let is_full = reserve.is_full();
        assert!(!plan.path.exists() && !reserve.is_given_up());
        reserve.give_up().await;
        assert!(is_full.load(Ordering::Relaxed) && !reserve.is_given_up());
        reserve.tell_room();
        assert!(!is_full.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn where_nothing_is_to_be_set_aside_what_was_is_freed() {
        let folder = tempfile::tempdir().unwrap();
        Reserve::make(plan(folder.path(), 1 << 16)).await;
        Reserve::make(plan(folder.path(), 0)).await;
        assert!(!folder.path().join("reserve").exists());
    }
}
