//! What a bundle says of itself: its first member, and the hash that one cites.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The version of the form of bundles.
pub(super) const FORMAT: u32 = 1;
/// The name of the manifest in the file.
pub(super) const MANIFEST: &str = "manifest.json";
/// Longer than any that names every series of a run.
pub(super) const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// The names of what may be in a bundle.
pub(crate) mod member {
    /// The run as the contract tells it, in canonical JSON.
    pub(crate) const RUN: &str = "run.json";
    /// What was computed, fully resolved: what the run key is made of.
    pub(crate) const SPEC: &str = "spec.json";
    /// The trials of a search, one a line, in the order of their indices.
    pub(crate) const TRIALS: &str = "trials.jsonl";
    /// The round trips of a backtest.
    pub(crate) const TRADES: &str = "trades.jsonl";
    /// What the hash of a backtest goes over besides its metrics: fills and charges.
    pub(crate) const EVENTS: &str = "events.jsonl";
    /// The folder of the bars and auxiliary series that the run read.
    pub(crate) const BARS: &str = "bars";
}

/// What is known of the run itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Its id on the server that made it.
    pub run_id: String,
    /// The hash of what was asked for.
    pub run_key: Digest,
    /// What sort of work it is, as in filters.
    pub kind: String,
    /// How it ended.
    pub state: String,
    /// The hash of what came out; none of a run that did not complete.
    pub result_sha256: Option<Digest>,
    /// The rules that its numbers follow.
    pub engine_version: String,
    /// The content of every series of bars that it read.
    pub data_sha256: Vec<Digest>,
    /// The same of auxiliary series.
    pub aux_sha256: Vec<Digest>,
}

/// A file in the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub name: String,
    pub bytes: u64,
    pub sha256: Digest,
}

/// What stands in `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub format: u32,
    /// The version of the server that wrote it.
    pub version: String,
    /// The commit that it was built from.
    pub revision: String,
    pub run: Head,
    pub members: Vec<Member>,
    /// What would belong into it and is not there, and why.
    pub left_out: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn of(run: Head, members: Vec<Member>, left_out: BTreeMap<String, String>) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: env!("TRADEFORGE_REVISION").to_owned(),
            run,
            members,
            left_out,
        }
    }
}

/// Whether a bundle may hold a file of that name: nothing else is ever unpacked.
pub(super) fn is_ours(name: &str) -> bool {
    let is_series = |file: &str| {
        let known = file.strip_suffix(".bars").or_else(|| file.strip_suffix(".aux"));
        known.is_some_and(|digest| digest.parse::<Digest>().is_ok())
    };
    match name.split_once('/') {
        None => {
            use member::{EVENTS, RUN, SPEC, TRADES, TRIALS};
            [RUN, SPEC, TRIALS, TRADES, EVENTS].contains(&name)
        }
        Some((folder, file)) => folder == member::BARS && is_series(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_bundle_can_name_a_place_outside() {
        let bars = format!("bars/{}.bars", Digest::of(b"bars"));
        for name in ["run.json", "spec.json", &bars, &bars.replace(".bars", ".aux")] {
            assert!(is_ours(name), "{name}");
        }
        let up = format!("../{bars}");
        for name in
            ["/run.json", "../run.json", "bars/x.bars", "bars/", "bars/../run.json", "", &up]
        {
            assert!(!is_ours(name), "{name}");
        }
    }
}
