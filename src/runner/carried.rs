//! The auxiliary series that positions of a run are charged by: whether they are there, and what is
//! strange about them.

use std::collections::HashSet;

use super::sourcing::Sourced;
use crate::market::{Instrument, Timeframe};
use crate::run::{AuxRequest, Violations, charged_by};
use crate::storage::AuxRow;
use crate::trading::Simulation;

/// Checks the terms of single instruments, and answers which of the requested series are charged by
/// rather than followed.
pub(super) fn check_carry(
    path: &str,
    simulation: &Simulation,
    (requests, found): (&[Option<AuxRequest>], &[(usize, AuxRow)]),
    sourced: &[&[Sourced]],
    violations: &mut Violations,
) -> HashSet<usize> {
    let field = format!("{path}.simulation.instruments");
    let instruments: HashSet<&Instrument> =
        sourced.iter().copied().flatten().map(|it| &it.request.instrument).collect();
    let keys = requests.iter().map(|request| request.as_ref().map(|it| &it.key));
    // One that cannot be read may be the one that is named.
    let are_read = requests.iter().all(Option::is_some);
    let mut charging = HashSet::new();
    for own in &simulation.instruments {
        let instrument = &own.instrument;
        if !instruments.is_empty() && !instruments.contains(instrument) {
            let message = format!("{instrument}: no subscription is of that instrument");
            violations.add(&field, message);
        }
        for (kind, name) in own.series() {
            let Some(place) = charged_by(&keys, instrument, name) else {
                if are_read {
                    let message = format!(
                        "{instrument} is charged by the {} of {name}, which is not among aux: \
                         name {name}@{instrument} there, or {name} if it belongs to no instrument",
                        kind.as_str()
                    );
                    violations.add(&field, message);
                }
                continue;
            };
            charging.insert(place);
            let Some((_, row)) = found.iter().find(|(of, _)| *of == place) else { continue };
            if kind.place(row.columns.iter().map(|column| column.name.as_str())).is_none() {
                let names: Vec<_> = row.columns.iter().map(|it| it.name.as_str()).collect();
                let message = format!(
                    "{} has the columns {}, and none is called {}, which {} go by",
                    row.key,
                    names.join(", "),
                    kind.column(),
                    kind.as_str()
                );
                violations.add(format!("{path}.aux[{place}]"), message);
            }
        }
    }
    charging
}

/// What is perhaps not meant, in sentences: rates that come more often than bars.
pub(super) fn carry_warnings(
    charging: &[(usize, AuxRow)],
    sourced: [&Vec<Sourced>; 2],
) -> Vec<String> {
    let apart_ms = |row: &AuxRow| {
        let rows = i64::try_from(row.row_count).unwrap_or(i64::MAX);
        (rows > 1).then(|| (row.last_ms - row.first_ms) / (rows - 1))
    };
    let mut timeframes = sourced.into_iter().flatten().map(|it| it.request.timeframe);
    let Some(first) = timeframes.next() else { return Vec::new() };
    let finest = timeframes.fold(first, Timeframe::finer);
    let comes_often = |row: &&AuxRow| apart_ms(row).is_some_and(|apart| finest.exceeds_ms(apart));
    let said = |row: &AuxRow| {
        let key = &row.key;
        format!(
            "{key} has rows that are closer together than the bars: each is charged at the end of \
             its bar, on what is held then"
        )
    };
    charging.iter().map(|(_, row)| row).filter(comes_often).map(said).collect()
}
