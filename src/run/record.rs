//! A run as it is kept: what it computes, how it goes, and what its owner calls it.

use std::collections::BTreeMap;

use super::snapshot::Snapshot;
use super::spec::RunSpec;
use crate::digest::Digest;

/// Everything that is known of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// How it goes.
    pub snapshot: Snapshot,
    /// What it computes.
    pub spec: RunSpec,
    /// Equal for equal work.
    pub run_key: Digest,
    /// The engine that computes it.
    pub engine_version: String,
    /// What its owner says of it.
    pub tags: Tags,
}

/// What a run's owner says of it; not part of the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// A name to show.
    pub display_name: String,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
    /// Higher goes first.
    pub priority: i32,
    /// Who submitted it; empty until there are accounts.
    pub owner: String,
}
