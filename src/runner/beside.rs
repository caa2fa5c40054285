//! What a text reads beside the bars that it trades on: whether the run has it.

use std::collections::{BTreeSet, HashSet};

use super::aux_sources::Asked;
use super::sourcing::{Sourced, traded};
use crate::market::{AuxKey, Instrument};
use crate::run::{SubscriptionRequest, Violations};
use crate::spelling::did_you_mean;
use crate::strategy::{NamedAux, Scope, StrategyEntry};

/// Whether each series that is named is there for each instrument that is traded, with the columns
/// that are read, and no other.
pub(super) fn check_named(
    path: &str,
    (entry, named): (&StrategyEntry, &[NamedAux]),
    (requests, found, charging): Asked<'_>,
    sourced: &[&[Sourced]],
    violations: &mut Violations,
) {
    let field = format!("{path}.aux");
    let names: Vec<&str> = named.iter().map(|it| it.name.as_str()).collect();
    let instruments: BTreeSet<&Instrument> =
        sourced.iter().copied().flatten().map(|it| &it.request.instrument).collect();
    let mut keys: HashSet<&AuxKey> = HashSet::new();
    let readable = requests.iter().enumerate();
    let readable = readable.filter_map(|(place, request)| Some((place, &request.as_ref()?.key)));
    for (place, key) in readable {
        let field = format!("{field}[{place}]");
        let (name, owner) = (key.name.as_str(), key.instrument.as_ref());
        if !names.contains(&name) {
            if !charging.contains(&place) {
                let hint = did_you_mean(name, names.iter().copied());
                let known = names.join(", ");
                let reader = &entry.name;
                let message = format!("{key}: {reader} reads no such series{hint}, but {known}");
                violations.add(field, message);
            }
        } else if !keys.insert(key) {
            violations.add(field, format!("{key} stands twice"));
        } else if owner.is_some_and(|owner| !instruments.contains(owner)) {
            violations.add(field, format!("{key}: no subscription is of that instrument"));
        }
    }
    check_columns(&field, named, found, violations);
    // One that cannot be read may be the one that is needed.
    if requests.iter().any(Option::is_none) {
        return;
    }
    let traded: BTreeSet<&Instrument> = sourced
        .iter()
        .flat_map(|all| traded(entry, all))
        .map(|(_, it)| &it.request.instrument)
        .collect();
    for NamedAux { name, .. } in named {
        let of = |owner: Option<&Instrument>| {
            keys.iter().any(|key| key.name.as_str() == name && key.instrument.as_ref() == owner)
        };
        if of(None) {
            continue;
        }
        let without: Vec<String> =
            traded.iter().filter(|it| !of(Some(it))).map(ToString::to_string).collect();
        if !without.is_empty() || traded.is_empty() {
            let of = without.join(", ");
            let message = format!(
                "{} reads the auxiliary series {name}{}{of}: import it (tradeforge data \
                 import-aux) and name it here (--aux)",
                entry.name,
                if of.is_empty() { "" } else { " for " }
            );
            violations.add(&field, message);
        }
    }
}

/// Whether the series have the columns that are read.
fn check_columns(
    field: &str,
    named: &[NamedAux],
    found: &[(usize, crate::storage::AuxRow)],
    violations: &mut Violations,
) {
    for (place, row) in found {
        let read = named.iter().filter(|it| it.name == row.key.name.as_str());
        for column in read.flat_map(|it| &it.columns) {
            let known: Vec<&str> = row.columns.iter().map(|it| it.name.as_str()).collect();
            if !known.contains(&column.as_str()) {
                let hint = did_you_mean(column, known.iter().copied());
                let known = known.join(", ");
                let message = format!("{} has no column {column}{hint}, but {known}", row.key);
                violations.add(format!("{field}[{place}]"), message);
            }
        }
    }
}

/// Whether there are bars of each market that is read.
pub(super) fn check_markets(
    path: &str,
    entry: &StrategyEntry,
    (subscriptions, alternatives): (usize, usize),
    violations: &mut Violations,
) {
    let wanted = entry.markets.len();
    if wanted == 0 {
        return;
    }
    let names = entry.markets.join(", ");
    let (what, are) = if wanted == 1 { ("the market", "is") } else { ("the markets", "are") };
    if alternatives > 0 {
        let message = format!(
            "{} reads {what} {names} beside the bars that it trades on: give those as \
             optimization.base.subscriptions, which have no axis",
            entry.name
        );
        violations.add("optimization.subscription_axis", message);
    } else if subscriptions <= wanted {
        let message = format!(
            "{} reads {what} {names}: the first subscription is traded, and of {names} {are} the \
             {wanted} after it, in that order, but there {} {subscriptions} in all",
            entry.name,
            if subscriptions == 1 { "is" } else { "are" }
        );
        violations.add(format!("{path}.subscriptions"), message);
    }
}

/// Whether all instruments of a text that looks across them go by bars of one length.
pub(super) fn check_alike(
    path: &str,
    entry: &StrategyEntry,
    requests: &[Option<SubscriptionRequest>],
    violations: &mut Violations,
) {
    if entry.scope != Scope::Portfolio {
        return;
    }
    let mut known: HashSet<&Instrument> = HashSet::new();
    let mut first: Option<&SubscriptionRequest> = None;
    let read_only = entry.read_only(requests.len());
    let traded = requests.iter().enumerate().filter(|(place, _)| !read_only.contains(place));
    for (place, request) in traded.filter_map(|(place, it)| Some((place, it.as_ref()?))) {
        // Further ones of an instrument serve to fill its orders.
        if !known.insert(&request.instrument) {
            continue;
        }
        let first = *first.get_or_insert(request);
        if request.timeframe != first.timeframe {
            let message = format!(
                "{} looks across instruments in bars of one length: {request} beside {first}",
                entry.name
            );
            violations.add(format!("{path}.subscriptions[{place}]"), message);
        }
    }
}
