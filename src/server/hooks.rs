//! Webhooks, as the settings have them.

use std::sync::Arc;

use super::DataDir;
use crate::clock::Clock;
use crate::config::Config;
use crate::hooks::{Hooks, HooksParts, Keys};
use crate::outgoing::{AllowError, Outgoing};
use crate::storage::Store;

/// The way out, with what the operator admits besides the world.
pub(super) fn outgoing(allow: &[String]) -> Result<Outgoing, AllowError> {
    let allowed: Result<Vec<_>, _> = allow.iter().map(|text| text.parse()).collect();
    Ok(Outgoing::new(allowed?))
}

pub(super) fn hooks(
    config: &Config,
    outgoing: Outgoing,
    folders: &DataDir,
    store: &Store,
    clock: &Arc<dyn Clock>,
) -> Arc<Hooks> {
    Arc::new(Hooks::new(HooksParts {
        store: store.clone(),
        clock: Arc::clone(clock),
        outgoing,
        keys: Keys::at(folders.server_key()),
        public_url: config.public_url.clone().unwrap_or_default(),
    }))
}
