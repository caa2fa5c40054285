//! What can be wrong with what somebody wants of a hook.

use std::io;
use std::net::IpAddr;

use crate::outgoing::OutgoingError;
use crate::run::{RunId, Violations};
use crate::storage::{HOOKS_MAX, HOOKS_PER_OWNER_MAX, StoreError};

/// Why something cannot be done with a hook.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// What is asked for cannot be.
    #[error(transparent)]
    Invalid(Violations),
    /// It would go where nothing is sent to.
    #[error("hook.url: {why}")]
    Refused {
        /// Why not.
        why: String,
        /// What the name means, where that is why.
        address: Option<IpAddr>,
    },
    /// There is none of that id.
    #[error("there is no webhook {0}")]
    NotFound(RunId),
    /// It is somebody else's.
    #[error("webhook {hook_id} is of {owner}: only {owner} and an admin may do that")]
    NotOwner {
        /// Which.
        hook_id: RunId,
        /// Whose.
        owner: String,
    },
    /// Its owner has too many.
    #[error("{HOOKS_PER_OWNER_MAX} webhooks are kept of one owner, the most")]
    TooManyOfOwner,
    /// There are too many.
    #[error("{HOOKS_MAX} webhooks are kept, the most")]
    TooMany,
    /// Others are being tried.
    #[error("other webhooks are being tried; try again")]
    TooManyTests,
    /// What it signed with is gone.
    #[error(
        "webhook {0} was made with another server.key, which is no part of backups: its signatures \
         cannot be made any more; make a new one"
    )]
    KeyLost(RunId),
    /// The file of what signs cannot be used.
    #[error("the key of the server cannot be used: {0}")]
    Key(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OutgoingError> for HookError {
    fn from(error: OutgoingError) -> Self {
        Self::Refused { why: error.to_string(), address: error.refused_address().copied() }
    }
}
