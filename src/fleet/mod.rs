//! One more process: chunks computed on other machines, over NATS.
//!
//! The gateway is the server, and SQL the truth. Nothing here is kept: what broker, workers or
//! links lose is handed out anew, and what they double counts once, by its ticket.

mod ability;
mod alone;
mod answers;
mod assignment;
mod assignments;
mod cell;
mod check;
mod desk;
mod errand;
mod executor;
mod gateway;
mod giving;
mod jobs;
mod keys;
mod link;
mod message;
mod names;
mod presence;
mod proof;
mod rounds;
mod rows;
mod seen;
mod supplies;
mod suspects;
mod taking;
mod timing;
mod words;
mod worker;

pub use alone::{AloneError, compute_alone};
pub use executor::NatsExecutor;
pub use gateway::FleetSettings;
pub use keys::{FleetKeys, KeysError, Written, init};
pub use link::{Broker, LinkError};
pub use timing::Timing;
pub use worker::{WorkerEnd, WorkerError, WorkerSettings, work};
