//! What the instruments of an account are quoted in: it has one money, and nothing is converted.

use std::collections::HashSet;

use super::sourcing::{Sourced, traded};
use crate::market::{Currency, Instrument};
use crate::run::Violations;
use crate::strategy::StrategyEntry;

/// How many instruments are named that tell no currency.
const NAMED_MAX: usize = 5;

/// Whether all instruments that are traded on the account tell one currency, so far as they do.
pub(super) fn check_currencies(
    path: &str,
    entry: &StrategyEntry,
    sourced: &[Sourced],
    violations: &mut Violations,
) {
    let mut told =
        traded(entry, sourced).filter_map(|(_, it)| Some((&it.request.instrument, currency(it)?)));
    let Some((first, money)) = told.next() else { return };
    let mut named: HashSet<&Instrument> = HashSet::new();
    for (place, it) in traded(entry, sourced) {
        let (instrument, other) = (&it.request.instrument, currency(it));
        if let Some(other) = other.filter(|other| *other != money && named.insert(instrument)) {
            let message = format!(
                "{instrument} is quoted in {other}, but {first} in {money}: an account has one \
                 money, and nothing is converted (quote_currency)"
            );
            violations.add(format!("{path}.subscriptions[{place}]"), message);
        }
    }
}

/// Which instruments do not say what they are quoted in, where others beside them do.
pub(super) fn currency_warning(entry: &StrategyEntry, sourced: &[Sourced]) -> Option<String> {
    let (_, money) = traded(entry, sourced).find_map(|(place, it)| Some((place, currency(it)?)))?;
    let mut known: HashSet<&Instrument> = HashSet::new();
    let silent = traded(entry, sourced).filter(|(_, it)| currency(it).is_none());
    let silent = silent.map(|(_, it)| &it.request.instrument);
    let silent: Vec<&Instrument> = silent.filter(|it| known.insert(it)).collect();
    let named: Vec<String> = silent.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let (named, more) = (named.join(", "), silent.len().saturating_sub(NAMED_MAX));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!silent.is_empty()).then(|| {
        format!(
            "what {named}{more} is quoted in was never told (quote_currency): taken for {money}, \
             as the rest"
        )
    })
}

fn currency(sourced: &Sourced) -> Option<&Currency> {
    sourced.source.quote_currency.as_ref()
}
