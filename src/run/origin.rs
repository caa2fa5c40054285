//! Where a run comes from that was computed on another server.

use serde::{Deserialize, Serialize};

use super::id::RunId;
use crate::digest::Digest;

/// What is told of an imported run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its id on the server that made it.
    #[serde(with = "as_text")]
    pub run_id: RunId,
    /// The hash of the manifest of its bundle.
    pub manifest_sha256: Digest,
    /// The version of the server that wrote that.
    pub version: String,
    /// When it came here, UTC milliseconds.
    pub import_ms: i64,
    /// Whether it was computed again here, to the same bits: then it is as good as one of our own.
    pub is_recomputed: bool,
}

/// Ids as people see them.
mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use super::RunId;

    pub(super) fn serialize<S: Serializer>(id: &RunId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<RunId, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| de::Error::custom("no run id"))
    }
}
