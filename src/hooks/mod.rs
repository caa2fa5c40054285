//! Webhooks: what is written down for them in the database is brought to where they are. Knows
//! nothing of gRPC.

mod courier;
mod error;
mod keys;
mod manage;
mod signature;

pub use courier::Courier;
pub use error::HookError;
pub use keys::Keys;
pub use manage::{HookWish, Hooks, HooksParts};
