//! What stands still, for whoever asks whether the server is ready.

use std::path::Path;
use std::sync::Arc;

use crate::runner::{Machines, Runner, Standstill};
use crate::storage::Store;
use crate::system::disk;
use crate::web::Wait;

/// With less than this nothing can be relied on to be written.
const FREE_BYTES_MIN: u64 = 1 << 20;
const STORAGE_FULL: &str = "STORAGE_FULL";

/// Looks, each time it is asked; may block on the file system.
pub(super) fn waits(
    runner: &Arc<Runner>,
    store: &Store,
    data_dir: &Path,
) -> Arc<dyn Fn() -> Vec<Wait> + Send + Sync> {
    let (runner, store, data_dir) = (Arc::clone(runner), store.clone(), data_dir.to_owned());
    Arc::new(move || {
        let standstills = runner.standstills().into_iter().filter(|still| still.count > 0);
        let mut waits: Vec<Wait> = standstills.map(told).collect();
        if !waits.iter().any(|wait| wait.reason == STORAGE_FULL) {
            waits.extend(full_disk(&store, &data_dir));
        }
        waits.extend(runner.machines().and_then(without_fleet));
        waits
    })
}

/// Why no work goes to workers: everything is computed, only slower.
fn without_fleet(machines: Machines) -> Option<Wait> {
    let Machines { name, problem, .. } = machines;
    let text = format!("fleet {name}: the server computes by itself; {}", problem?);
    Some(Wait { reason: "FLEET_UNAVAILABLE", is_fault: false, text })
}

fn told(standstill: Standstill) -> Wait {
    let Standstill { reason, is_fault, count, since_ms, message } = standstill;
    let since = jiff::Timestamp::from_millisecond(since_ms).unwrap_or_default();
    let runs = if count == 1 { "run waits" } else { "runs wait" };
    Wait { reason, is_fault, text: format!("{count} {runs} since {since:.0}: {message}") }
}

/// Whether the disk is full, also where no run waits for room.
fn full_disk(store: &Store, data_dir: &Path) -> Option<Wait> {
    let text = if store.is_full() {
        "the disk of the data directory is full; remove runs or series".to_owned()
    } else {
        let free =
            disk(data_dir).map(|disk| disk.free).ok().filter(|free| *free < FREE_BYTES_MIN)?;
        format!("the disk of the data directory has {free} bytes left")
    };
    Some(Wait { reason: STORAGE_FULL, is_fault: true, text })
}
