//! Where chunks are computed: on this machine, or on those of a fleet as well.

use std::sync::Arc;

use super::StartError;
use crate::config::Config;
#[cfg(feature = "fleet")]
use crate::fleet::{Broker, FleetSettings, NatsExecutor, Timing};
use crate::runner::{Executor, LocalExecutor};

#[cfg(not(feature = "fleet"))]
pub(super) enum FleetSettings {}

/// What is set of a fleet, if one is.
#[cfg(feature = "fleet")]
pub(super) fn settings(config: &Config) -> Result<Option<FleetSettings>, StartError> {
    let Some(addresses) = config.nats.clone() else { return Ok(None) };
    let broker = Broker {
        addresses,
        key: config.nats_key.clone(),
        credentials: config.nats_creds.clone(),
        authority: config.nats_ca.clone(),
    };
    broker.check(config.allow_insecure_nats).map_err(StartError::Fleet)?;
    let (fleet, min_seconds) = (config.fleet.clone(), config.fleet_min_seconds);
    let (verify, program) = (config.fleet_verify, config.program.clone());
    let timing = Timing::default();
    Ok(Some(FleetSettings { broker, fleet, min_seconds, verify, program, timing }))
}

/// The same, where this build has none.
#[cfg(not(feature = "fleet"))]
pub(super) fn settings(config: &Config) -> Result<Option<FleetSettings>, StartError> {
    match &config.nats {
        None => Ok(None),
        Some(_) => {
            let message = "nats is set, but this build has no fleet: build it with that feature";
            Err(StartError::Fleet(message.to_owned()))
        }
    }
}

/// What computes.
pub(super) fn executor(local: LocalExecutor, fleet: Option<FleetSettings>) -> Arc<dyn Executor> {
    match fleet {
        None => Arc::new(local),
        #[cfg(feature = "fleet")]
        Some(fleet) => Arc::new(NatsExecutor::start(local, fleet)),
        #[cfg(not(feature = "fleet"))]
        Some(never) => match never {},
    }
}
