//! The commands for who may do what on a server, and who did.

pub(super) mod audit;
pub(super) mod hooks;
pub(super) mod owner;
pub(super) mod token;
