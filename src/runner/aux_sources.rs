//! The auxiliary series of a run: which version of each is meant, and whether the strategy can
//! follow it.

use std::collections::{BTreeSet, HashSet};

use super::Runner;
use super::beside::check_named;
use super::error::{MissingData, RunnerError};
use super::sourcing::Sourced;
use crate::market::{AuxKey, Instrument};
use crate::run::{AuxRequest, AuxSource, Violations};
use crate::storage::AuxRow;
use crate::strategy::{AuxCheck, AuxNeed, StrategyEntry};

impl Runner {
    /// The stored version of each readable request with its place in it, and what has none.
    pub(super) async fn find_aux(
        &self,
        requests: &[Option<AuxRequest>],
    ) -> Result<(Vec<(usize, AuxRow)>, Vec<MissingData>), RunnerError> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for (place, request) in requests.iter().enumerate() {
            let Some(AuxRequest { key, pinned }) = request else { continue };
            let row = match pinned {
                Some(data) => self.store.aux_version(key, *data).await?,
                None => self.store.newest_aux(key).await?,
            };
            match row {
                Some(row) => found.push((place, row)),
                None => missing.push(missing_aux(key, pinned.is_some())),
            }
        }
        Ok((found, missing))
    }
}

fn missing_aux(key: &AuxKey, is_pinned: bool) -> MissingData {
    let message = if is_pinned {
        format!("that version of the auxiliary series {key} is not stored")
    } else {
        format!("no auxiliary series {key} is imported; see ListAux (tradeforge data list-aux)")
    };
    MissingData { subject: key.to_string(), message }
}

/// Whether these series are what the strategy reads or follows, but for those that are charged by.
pub(super) fn check_aux(
    path: &str,
    entry: &StrategyEntry,
    (requests, found): (&[Option<AuxRequest>], &[(usize, AuxRow)]),
    charging: &HashSet<usize>,
    sourced: &[&[Sourced]],
    violations: &mut Violations,
) {
    let series = (requests, found, charging);
    match &entry.aux {
        Some(AuxNeed::Followed(can_follow)) => {
            check_followed(path, (entry, *can_follow), series, sourced, violations);
        }
        Some(AuxNeed::Named(named)) => {
            check_named(path, (entry, named), series, sourced, violations);
        }
        None if (0..requests.len()).any(|place| !charging.contains(&place)) => {
            let message = format!(
                "{} reads no auxiliary series; follow_series does, and a text that names one (aux \
                 NAME)",
                entry.name
            );
            violations.add(format!("{path}.aux"), message);
        }
        None => {}
    }
}

/// What was asked for, what of it was found, and the places of those that are charged by.
pub(super) type Asked<'r> = (&'r [Option<AuxRequest>], &'r [(usize, AuxRow)], &'r HashSet<usize>);

/// Whether there is one to follow for each instrument, and no other.
fn check_followed(
    path: &str,
    (entry, can_follow): (&StrategyEntry, AuxCheck),
    (requests, found, charging): Asked<'_>,
    sourced: &[&[Sourced]],
    violations: &mut Violations,
) {
    let field = format!("{path}.aux");
    let followed = || requests.iter().enumerate().filter(|(place, _)| !charging.contains(place));
    let instruments: BTreeSet<&Instrument> =
        sourced.iter().copied().flatten().map(|it| &it.request.instrument).collect();
    let mut owners: HashSet<Option<&Instrument>> = HashSet::new();
    for (place, request) in followed() {
        let Some(AuxRequest { key, .. }) = request else { continue };
        let owner = key.instrument.as_ref();
        let field = format!("{field}[{place}]");
        if !owners.insert(owner) {
            let message = format!("{key} is the second series of its instrument: one is followed");
            violations.add(field, message);
        } else if owner.is_some_and(|owner| !instruments.contains(owner)) {
            violations.add(field, format!("{key}: no subscription is of that instrument"));
        } else if owner.is_none() && instruments.len() > 1 {
            let message = format!(
                "{key} belongs to no instrument, and there are {}: import one for each, as in \
                 {}@EXCHANGE:SYMBOL",
                instruments.len(),
                key.name
            );
            violations.add(field, message);
        }
    }
    if owners.len() == 2 && instruments.len() == 1 && owners.contains(&None) {
        violations.add(&field, "of an own series and one that belongs to no instrument, give one");
    }
    for (place, row) in found.iter().filter(|(place, _)| !charging.contains(place)) {
        if let Err(why) = can_follow(&row.columns) {
            violations.add(format!("{field}[{place}]"), format!("{} {why}", row.key));
        }
    }
    let has_one = |instrument| owners.contains(&Some(instrument)) || owners.contains(&None);
    let without: Vec<String> = instruments
        .into_iter()
        .filter(|instrument| !has_one(*instrument))
        .map(Instrument::to_string)
        .collect();
    // One that cannot be read may be the one that is needed.
    let are_read = requests.iter().all(Option::is_some);
    let is_bare = owners.is_empty() && sourced.iter().all(|it| it.is_empty());
    if are_read && (!without.is_empty() || is_bare) {
        let of = without.join(", ");
        let message = format!(
            "{} needs the auxiliary series that it follows{}{of}: import one (tradeforge data \
             import-aux) and name it here (--aux)",
            entry.name,
            if of.is_empty() { "" } else { " for " }
        );
        violations.add(&field, message);
    }
}

fn holds_weights((_, row): &(usize, AuxRow)) -> bool {
    row.columns.iter().any(|column| column.name == "weight")
}

/// Whether there are series, and all of signals, so that trials on one of them go by columns.
pub(super) fn says_signals(found: &[(usize, AuxRow)]) -> bool {
    !found.is_empty() && !found.iter().any(holds_weights)
}

/// What is perhaps not meant, in sentences.
pub(super) fn aux_warnings(found: &[(usize, AuxRow)], is_sized: bool) -> Vec<String> {
    let holds_weights = found.iter().any(holds_weights);
    let message = "the series holds weights: the sizing that is given has no effect";
    (holds_weights && is_sized).then(|| message.to_owned()).into_iter().collect()
}

/// What a spec pins.
pub(super) fn aux_source((_, row): (usize, AuxRow)) -> AuxSource {
    AuxSource { key: row.key, data: row.data }
}
