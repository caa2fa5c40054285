//! Auxiliary series between the wire and the domain.

use std::ops::Range;

use super::columns::{doubles, ints};
use super::layout::time_terms;
use super::submit::{ticker, timeframe};
use super::time::timestamp;
use crate::data::{AuxImportRequest, AuxLayout, KnownRule};
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::market::{
    AUX_COLUMNS_MAX, AuxColumn, AuxColumnFacts, AuxKey, AuxName, AuxSeries, Instrument,
};
use crate::pb;
use crate::run::{AuxRequest, AuxSource, Violations};
use crate::storage::{AuxRow, AuxVersion};

/// The longest time after which a row was known: 366 days.
const DELAY_S_MAX: i64 = 31_622_400;
/// The longest heading.
const HEADING_BYTES_MAX: usize = 200;
/// What an export calls the times; an import knows it.
const KNOWN_AT: &str = "known_at";

/// Reads which auxiliary series is meant, and what is declared of its file.
pub(in crate::grpc) fn aux_import(
    wire: Option<&pb::AuxSpec>,
    path: &str,
    violations: &mut Violations,
) -> Option<AuxImportRequest> {
    let Some(wire) = wire else {
        violations.add(path, "is required");
        return None;
    };
    let field = |name: &str| format!("{path}.{name}");
    let names = (wire.name.as_str(), wire.exchange.as_str(), wire.symbol.as_str());
    let key = aux_key(names, &format!("{path}."), violations);
    let known = known_rule(wire, path, violations);
    let times = time_terms(&wire.times_in, &wire.time_format, path, violations);
    violations.count_at_most(AUX_COLUMNS_MAX, &field("columns"), wire.columns.len());
    for (name, heading) in wire.columns.iter().take(AUX_COLUMNS_MAX) {
        let name_field = format!("{path}.columns.{}", excerpt(name));
        let checked = AuxName::new(name).map_err(|error| format!("{:?} {error}", excerpt(name)));
        violations.check(&name_field, checked);
        violations.check(&name_field, short(heading));
    }
    let time_column = violations.check(field("time_column"), short(&wire.time_column));
    Some(AuxImportRequest {
        key: key?,
        layout: AuxLayout {
            columns: wire.columns.clone(),
            time_column: Some(time_column?.to_owned()).filter(|heading| !heading.is_empty()),
            known,
            times: times?,
        },
    })
}

fn short(heading: &str) -> Result<&str, String> {
    let is_short = heading.len() <= HEADING_BYTES_MAX;
    is_short.then_some(heading).ok_or_else(|| format!("is longer than {HEADING_BYTES_MAX} bytes"))
}

/// When a row was known; none is declared where a column says so itself, or where none can be read.
fn known_rule(wire: &pb::AuxSpec, path: &str, violations: &mut Violations) -> Option<KnownRule> {
    match (wire.known_after_seconds, wire.known_at_end_of.as_str()) {
        (None, "") => None,
        (Some(seconds), "") => {
            let is_in_range = (0..=DELAY_S_MAX).contains(&seconds);
            let rule = is_in_range.then_some(KnownRule::After(seconds.saturating_mul(1_000)));
            let message = || {
                format!("must be from 0 to {DELAY_S_MAX}, not {seconds}: no row is known too soon")
            };
            violations.check(format!("{path}.known_after_seconds"), rule.ok_or_else(message))
        }
        (None, text) => {
            timeframe(text, &format!("{path}.known_at_end_of"), violations).map(KnownRule::AtEndOf)
        }
        (Some(_), _) => {
            let message = "says when a row was known, and so does known_after_seconds: give one";
            violations.add(format!("{path}.known_at_end_of"), message);
            None
        }
    }
}

/// Reads which series is meant: its name, and the instrument that it belongs to, if to one. The
/// path of each field begins with `prefix`.
pub(in crate::grpc) fn aux_key(
    (name, exchange, symbol): (&str, &str, &str),
    prefix: &str,
    violations: &mut Violations,
) -> Option<AuxKey> {
    let field = |name: &str| format!("{prefix}{name}");
    let name = match name {
        "" => {
            violations.add(field("name"), "is required, as in \"funding\"");
            None
        }
        text => {
            let name = AuxName::new(text).map_err(|error| format!("{:?} {error}", excerpt(text)));
            violations.check(field("name"), name)
        }
    };
    let instrument = match (exchange, symbol) {
        ("", "") => Some(None),
        (exchange, symbol) => {
            let exchange = ticker(exchange, &field("exchange"), violations);
            let symbol = ticker(symbol, &field("symbol"), violations);
            exchange.zip(symbol).map(|(exchange, symbol)| Some(Instrument { exchange, symbol }))
        }
    };
    Some(AuxKey { name: name?, instrument: instrument? })
}

/// Reads which version of which series a run follows.
pub(super) fn aux_subscription(
    wire: &pb::AuxSubscription,
    path: &str,
    violations: &mut Violations,
) -> Option<AuxRequest> {
    let names = (wire.name.as_str(), wire.exchange.as_str(), wire.symbol.as_str());
    let key = aux_key(names, &format!("{path}."), violations);
    let pinned = match wire.data_sha256.as_str() {
        "" => Some(None),
        text => {
            let data = text.parse::<Digest>();
            let data = data.map_err(|error| format!("{:?} {error}", excerpt(text)));
            violations.check(format!("{path}.data_sha256"), data).map(Some)
        }
    };
    Some(AuxRequest { key: key?, pinned: pinned? })
}

impl From<&AuxSource> for pb::AuxSubscription {
    fn from(source: &AuxSource) -> Self {
        let AuxKey { name, instrument } = &source.key;
        let instrument = instrument.as_ref();
        Self {
            name: name.to_string(),
            exchange: instrument.map(|it| it.exchange.to_string()).unwrap_or_default(),
            symbol: instrument.map(|it| it.symbol.to_string()).unwrap_or_default(),
            data_sha256: source.data.to_string(),
        }
    }
}

/// Where a page ends, as a token holds it: the name, then the version.
pub(in crate::grpc) fn aux_position_text(version: &AuxVersion) -> String {
    let AuxKey { name, instrument } = &version.row.key;
    let instrument = instrument.as_ref().map(Instrument::to_string).unwrap_or_default();
    format!("{name}@{instrument}#{}", version.version_no)
}

impl From<&AuxRow> for pb::AuxSeries {
    fn from(row: &AuxRow) -> Self {
        let AuxKey { name, instrument } = &row.key;
        let instrument = instrument.as_ref();
        Self {
            spec: Some(pb::AuxSpec {
                name: name.to_string(),
                exchange: instrument.map(|it| it.exchange.to_string()).unwrap_or_default(),
                symbol: instrument.map(|it| it.symbol.to_string()).unwrap_or_default(),
                ..Default::default()
            }),
            data_sha256: row.data.to_string(),
            row_count: row.row_count as i64,
            first_time: Some(timestamp(row.first_ms)),
            last_time: Some(timestamp(row.last_ms)),
            columns: row.columns.iter().map(Into::into).collect(),
            size_bytes: row.size_bytes as i64,
            import_time: Some(timestamp(row.import_ms)),
            source: row.source.clone(),
            is_newest: true,
        }
    }
}

impl From<&AuxColumnFacts> for pb::AuxColumn {
    fn from(facts: &AuxColumnFacts) -> Self {
        let AuxColumnFacts { name, filled, min, max, .. } = facts;
        Self { name: name.clone(), value_count: *filled as i64, min: *min, max: *max }
    }
}

impl From<&AuxVersion> for pb::AuxSeries {
    fn from(version: &AuxVersion) -> Self {
        Self { is_newest: version.is_newest, ..(&version.row).into() }
    }
}

/// The rows by column, when each was known first.
pub(in crate::grpc) fn aux_table(series: &AuxSeries, rows: Range<usize>) -> Vec<pb::Column> {
    let known = series.known_ms()[rows.clone()].iter().map(|&known_ms| Some(known_ms));
    let values = |column: &AuxColumn| {
        let values = column.values().skip(rows.start).take(rows.len());
        doubles(column.name().to_owned(), values)
    };
    let times = ints(KNOWN_AT.to_owned(), known);
    [times].into_iter().chain(series.columns().iter().map(values)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &pb::AuxSpec) -> Result<AuxImportRequest, String> {
        let mut violations = Violations::default();
        let request = aux_import(Some(wire), "aux", &mut violations);
        violations.into_result().map_err(|violations| violations.to_string())?;
        Ok(request.expect("no violation"))
    }

    fn spec(name: &str) -> pb::AuxSpec {
        pb::AuxSpec { name: name.to_owned(), ..Default::default() }
    }

    #[test]
    fn when_a_row_was_known_is_read_in_either_form() {
        let known = |wire: &pb::AuxSpec| read(wire).unwrap().layout.known;
        assert_eq!(known(&spec("a")), None);
        let after = pb::AuxSpec { known_after_seconds: Some(90), ..spec("a") };
        assert_eq!(known(&after), Some(KnownRule::After(90_000)));
        let end = pb::AuxSpec { known_at_end_of: "4h".to_owned(), ..spec("a") };
        assert_eq!(known(&end), Some(KnownRule::AtEndOf("4h".parse().unwrap())));
        let named = pb::AuxSpec { exchange: "x".to_owned(), symbol: "y".to_owned(), ..spec("a") };
        assert_eq!(read(&named).unwrap().key.to_string(), "a@X:Y");
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let wire = pb::AuxSpec {
            name: "My Signals".to_owned(),
            exchange: "X".to_owned(),
            known_after_seconds: Some(-60),
            times_in: "Nowhere/City".to_owned(),
            columns: [("Bad".to_owned(), "x".to_owned())].into(),
            ..Default::default()
        };
        let said = read(&wire).unwrap_err();
        for field in
            ["aux.name", "aux.symbol", "aux.known_after_seconds", "aux.times_in", "aux.columns.Bad"]
        {
            assert!(said.contains(field), "{field}: {said}");
        }
        let both = pb::AuxSpec {
            known_after_seconds: Some(0),
            known_at_end_of: "1h".to_owned(),
            ..spec("a")
        };
        assert!(read(&both).unwrap_err().contains("give one"));
    }
}
