//! Why a server could not start, or ended by itself.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::keep::KeepRuleError;
use super::{LostFile, OidcError, TlsError};
use crate::access::TokenError;
use crate::outgoing::AllowError;
use crate::storage::{OpenError, StoreError};

/// Why a server could not start. Nothing was damaged.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}: {source}", path.display())]
    DataDir {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server has it.
    #[error("another server uses the data directory {}", path.display())]
    Locked {
        /// Which folder.
        path: PathBuf,
    },
    /// The certificate cannot be shown.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// It cannot go by the issuer of signed tokens.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// A rule of what is kept cannot be read.
    #[error(transparent)]
    KeepRule(#[from] KeepRuleError),
    /// What webhooks may call cannot be read.
    #[error(transparent)]
    HookAllow(#[from] AllowError),
    /// There is no first token.
    #[error("cannot make the first token: {0}")]
    Token(#[from] TokenError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// What a former process left cannot be taken up.
    #[error("cannot take up the runs of the former process: {0}")]
    Recovery(#[from] StoreError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The worker threads cannot be started.
    #[error("cannot start the worker threads: {0}")]
    Workers(#[from] rayon::ThreadPoolBuildError),
    /// The fleet cannot be used as it is set.
    #[error("{0}")]
    Fleet(String),
    /// The descriptors of the contract cannot be served.
    #[error("cannot serve reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Why a server ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error(transparent)]
    Transport(#[from] tonic::transport::Error),
    /// Somebody took its files.
    #[error(transparent)]
    Lost(#[from] LostFile),
}
