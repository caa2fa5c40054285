//! A token in memory.

use tokio_util::sync::CancellationToken;

use crate::storage::StoredToken;

/// What is known of one.
pub(super) struct Known {
    pub(super) token: StoredToken,
    /// Ends what was opened with it.
    pub(super) revoked: CancellationToken,
}

impl Known {
    pub(super) fn of(token: StoredToken) -> Self {
        let revoked = CancellationToken::new();
        if token.revoke_ms.is_some() {
            revoked.cancel();
        }
        Self { token, revoked }
    }

    pub(super) fn holds(&self, now_ms: i64) -> bool {
        self.token.revoke_ms.is_none() && self.token.expire_ms.is_none_or(|end| now_ms < end)
    }
}
