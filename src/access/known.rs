//! A token to be, and one in memory.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::run::Role;
use crate::storage::StoredToken;

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose runs are made with it.
    pub owner: String,
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub description: String,
    /// How long it holds; `None` for ever.
    pub ttl: Option<Duration>,
}

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
