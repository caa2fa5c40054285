//! Who may call a server that asks: tokens, what each may do, and the first one. Knows nothing of
//! gRPC or HTTP.

mod admitted;
mod certificate;
mod jwt;
mod known;
mod rules;
mod secret;
mod sessions;
mod tokens;

pub use admitted::{Admitted, TokenError};
pub use certificate::Fingerprint;
pub use jwt::{
    Issuer, IssuerRules, JwtError, KEYS_BYTES_MAX, Keys, KeysError, RoleOf, RoleOfError,
};
pub use known::NewToken;
pub use rules::{Need, need_of};
pub use secret::{Secret, SecretError};
pub use tokens::{TokenInfo, Tokens};
