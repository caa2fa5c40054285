//! The only client of foreign hosts: one HTTP request to an address that somebody else chose, who
//! must not reach by it what only this machine can. Knows nothing of what is sent.

mod address;
mod allow;
mod exchange;
#[cfg(test)]
mod exchange_tests;
mod later;
mod target;

pub use allow::{AllowError, Allowed};
pub use exchange::{Answered, Outgoing, OutgoingError, Posted, Resolver};
pub use target::{Target, TargetError};
