//! What is kept no longer is removed, where somebody has set that: at the start, then now and
//! again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::keep::KeepRule;
use crate::clock::Clock;
use crate::data::{Library, LibraryError};
use crate::run::Actor;
use crate::runner::{Runner, RunnerError};
use crate::storage::{Expiring, Store};

const PERIOD: Duration = Duration::from_mins(10);
const DAY_MS: i64 = 24 * 3_600_000;
/// How long it is kept what webhooks were told.
const DELIVERIES_KEPT_MS: i64 = 7 * DAY_MS;

/// What is kept; 0 keeps all.
#[derive(Clone, Debug)]
pub(super) struct Retention {
    /// For runs that a filter names; the first that fits counts, and the next two no more.
    pub rules: Vec<KeepRule>,
    pub runs_max: u64,
    pub runs_days: u32,
    pub data_days: u32,
    pub audit_days: u32,
}

/// Removes what is kept no longer.
pub(super) struct Expiry {
    pub retention: Retention,
    pub runner: Arc<Runner>,
    pub library: Arc<Library>,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

impl Expiry {
    /// Until the server ends.
    pub(super) async fn run(self, draining: CancellationToken) {
        loop {
            tokio::select! {
                () = self.sweep() => {}
                () = draining.cancelled() => return,
            }
            tokio::select! {
                () = sleep(PERIOD) => {}
                () = draining.cancelled() => return,
            }
        }
    }

    /// What cannot be removed now is tried again the next time.
    async fn sweep(&self) {
        if let Err(error) = self.sweep_runs().await {
            tracing::warn!(%error, "runs that are kept no longer cannot be removed");
        }
        if let Err(error) = self.sweep_data().await {
            tracing::warn!(%error, "bars that are kept no longer cannot be removed");
        }
        if let Err(error) = self.store.purge_hooks(self.clock.now_ms() - DELIVERIES_KEPT_MS).await {
            tracing::warn!(%error, "what webhooks were told is kept longer than it should be");
        }
        if let Some(before_ms) = self.days_ago(self.retention.audit_days)
            && let Err(error) = self.store.expire_audit(before_ms).await
        {
            tracing::warn!(%error, "who changed what is kept longer than it should be");
        }
    }

    fn days_ago(&self, days: u32) -> Option<i64> {
        (days > 0).then(|| self.clock.now_ms() - i64::from(days) * DAY_MS)
    }

    async fn sweep_runs(&self) -> Result<(), RunnerError> {
        let Retention { rules, runs_max, runs_days, .. } = &self.retention;
        let named = rules.iter().map(|rule| (rule.query.clone(), self.days_ago(rule.days)));
        let expiring = Expiring {
            named: named.collect(),
            kept: (*runs_max > 0).then_some(*runs_max),
            ended_before_ms: self.days_ago(*runs_days),
        };
        if expiring.keeps_all() {
            return Ok(());
        }
        loop {
            let expired = self.store.expired_runs(&expiring).await?;
            if expired.is_empty() {
                return Ok(());
            }
            for run_id in expired {
                match self.runner.delete(run_id, &Actor::server()).await {
                    // Somebody else was faster.
                    Ok(()) | Err(RunnerError::RunNotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn sweep_data(&self) -> Result<(), LibraryError> {
        let Some(imported_before_ms) = self.days_ago(self.retention.data_days) else {
            return Ok(());
        };
        for data in self.store.unreferenced_data(imported_before_ms).await? {
            match self.library.delete(data, None, &Actor::server()).await {
                Ok(()) => tracing::info!(%data, "an old version of a series is removed"),
                Err(LibraryError::InUse { .. } | LibraryError::UnknownVersion(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
