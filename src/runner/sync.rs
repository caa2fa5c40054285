//! What the life of a run is shared through, and how it waits. The tests in `races` put others in
//! their place, which try the orders in which things can happen.

pub(super) use std::sync::atomic::AtomicBool;
pub(super) use std::sync::{Mutex, MutexGuard};
pub(super) use tokio::sync::{broadcast, watch};
pub(super) use tokio::time::{interval, sleep, sleep_until, timeout};
