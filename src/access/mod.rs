//! Who may call a server that asks: tokens, what each may do, and the first one. Knows nothing of
//! gRPC or HTTP.

mod rules;
mod secret;
mod tokens;

pub use rules::{Need, need_of};
pub use secret::{Secret, SecretError};
pub use tokens::{Admitted, NewToken, TokenError, TokenInfo, Tokens};
