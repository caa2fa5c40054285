//! Who was let in, and why somebody was not.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::certificate::Fingerprint;
use super::jwt::JwtError;
use super::secret::SecretError;
use super::tokens::TOKENS_MAX;
use crate::run::Caller;
use crate::storage::StoreError;

/// Why somebody is not let in, or a token not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nothing was shown.
    #[error("this server asks who calls: send a token, as `authorization: Bearer tf_…`")]
    Missing,
    /// What was shown is none.
    #[error("what was sent as a token {0}")]
    Malformed(#[from] SecretError),
    /// Nobody made it here.
    #[error("this token is not one of this server's")]
    Unknown,
    /// The client's certificate is signed as it should be, and nobody said whose it is.
    #[error(
        "nobody told this server whose certificate {0} is; an admin does, with: \
         tradeforge token add OWNER --certificate FILE"
    )]
    UnknownCertificate(Fingerprint),
    /// That certificate is somebody's already.
    #[error(
        "this certificate is known already, as {0}; one that was ended needs another in its place"
    )]
    KnownCertificate(String),
    /// It held until then.
    #[error("this token has expired; ask for a new one")]
    Expired,
    /// Somebody ended it.
    #[error("this token was revoked; ask for a new one")]
    Revoked,
    /// An issuer's, by which nobody is let in.
    #[error("this token {0}")]
    Signed(#[from] JwtError),
    /// There are too many.
    #[error("{TOKENS_MAX} tokens are kept, the most")]
    TooMany,
    /// The system has nothing random.
    #[error("the system gave nothing random: {0}")]
    NotRandom(#[from] getrandom::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who was let in, and for how long.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who it is.
    pub caller: Caller,
    revoked: CancellationToken,
    /// How long the token holds from now on.
    holds: Option<Duration>,
}

impl Admitted {
    pub(super) const fn new(
        caller: Caller,
        revoked: CancellationToken,
        holds: Option<Duration>,
    ) -> Self {
        Self { caller, revoked, holds }
    }

    /// Resolves when the token holds no more.
    pub async fn ended(self) {
        let expired = async {
            match self.holds {
                Some(holds) => sleep(holds).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.revoked.cancelled() => {}
            () = expired => {}
        }
    }
}
