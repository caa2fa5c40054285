//! Whose runs they are: how much each owner may have and has, and who changed what.

use super::Runner;
use super::error::RunnerError;
use crate::run::{Actor, OwnerUse, Quota, SHARE_USUAL};
use crate::storage::{AuditEvent, AuditQuery};

impl Runner {
    /// Everybody who has a token or limits of their own, or the one of that name.
    pub async fn owners(&self, name: Option<&str>) -> Result<Vec<OwnerUse>, RunnerError> {
        Ok(self.store.owners(name, self.limits.quota, self.clock.now_ms()).await?)
    }

    /// Sets what an owner may have; the owner as it is then.
    pub async fn set_quota(
        &self,
        owner: &str,
        quota: Quota,
        actor: &Actor,
    ) -> Result<OwnerUse, RunnerError> {
        let store = self.store.by(actor, self.clock.now_ms());
        store.set_quota(owner.to_owned(), quota).await?;
        self.shares.set(owner, quota.share.unwrap_or(SHARE_USUAL));
        let found = self.owners(Some(owner)).await?.pop();
        Ok(found.unwrap_or_default())
    }

    /// Who changed what, the newest before that one first.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, RunnerError> {
        Ok(self.store.audit(query, before, limit).await?)
    }
}
