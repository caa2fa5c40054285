//! How a file of bars is laid out, from the wire.

use super::field::{Bound, choice, decimal};
use crate::data::{BarLayout, DecimalMark, Edge, TimeFormat, TimeTerms, zone_named};
use crate::pb;
use crate::run::Violations;

/// The most lines that may be skipped.
const SKIPPED_LINES_MAX: u64 = 10_000;
/// The longest text of one field.
const TEXT_BYTES_MAX: usize = 200;

const EDGES: [(i32, Option<Edge>); 3] = [
    (pb::BarTime::Unspecified as i32, None),
    (pb::BarTime::Open as i32, Some(Edge::Open)),
    (pb::BarTime::Close as i32, Some(Edge::Close)),
];
const MARKS: [(i32, Option<DecimalMark>); 3] = [
    (pb::DecimalMark::Unspecified as i32, None),
    (pb::DecimalMark::Point as i32, Some(DecimalMark::Point)),
    (pb::DecimalMark::Comma as i32, Some(DecimalMark::Comma)),
];

/// Reads what is declared of a file's layout; the columns stand in the series for historical
/// reasons.
pub(super) fn bar_layout(
    wire: Option<&pb::BarLayout>,
    series: &pb::SeriesSpec,
    path: &str,
    violations: &mut Violations,
) -> Option<BarLayout> {
    let columns = series.columns.clone();
    let Some(wire) = wire else { return Some(BarLayout { columns, ..BarLayout::default() }) };
    let field = |name: &str| format!("{path}.{name}");
    let times = time_terms(&wire.times_in, &wire.time_format, path, violations);
    let edge = choice(wire.time_is, &field("time_is"), &EDGES, violations);
    let decimal_mark = choice(wire.decimal_mark, &field("decimal_mark"), &MARKS, violations);
    let skipped = u64::try_from(wire.skip_rows).ok().filter(|rows| *rows <= SKIPPED_LINES_MAX);
    let skipped = skipped.ok_or_else(|| format!("must be from 0 to {SKIPPED_LINES_MAX}"));
    let skipped_lines = violations.check(field("skip_rows"), skipped);
    let scale = match wire.scale.as_str() {
        "" => Some(None),
        text => decimal(text, field("scale"), Bound::Positive, None, violations).map(Some),
    };
    let symbol = violations.check(field("symbol"), short(&wire.symbol));
    Some(BarLayout {
        columns,
        times: TimeTerms { edge: edge?, ..times? },
        has_no_header: wire.no_header,
        skipped_lines: skipped_lines?,
        scale: scale?,
        symbol: Some(symbol?.to_owned()).filter(|symbol| !symbol.is_empty()),
        decimal_mark: decimal_mark?,
    })
}

/// Reads how times are written, and of which zone those without one are.
pub(super) fn time_terms(
    times_in: &str,
    time_format: &str,
    path: &str,
    violations: &mut Violations,
) -> Option<TimeTerms> {
    let field = |name: &str| format!("{path}.{name}");
    let format = match time_format {
        "" => Some(None),
        text => violations.check(field("time_format"), short(text).and_then(format_of)).map(Some),
    };
    let zone = match times_in {
        "" => Some(None),
        name => violations.check(field("times_in"), short(name).and_then(zone)).map(Some),
    };
    Some(TimeTerms { format: format?, zone: zone?, edge: None })
}

fn short(text: &str) -> Result<&str, String> {
    let is_short = text.len() <= TEXT_BYTES_MAX;
    is_short.then_some(text).ok_or_else(|| format!("is longer than {TEXT_BYTES_MAX} bytes"))
}

fn format_of(text: &str) -> Result<TimeFormat, String> {
    text.parse().map_err(|error| format!("{text:?} {error}"))
}

fn zone(name: &str) -> Result<jiff::tz::TimeZone, String> {
    let unknown = || format!("{name:?} is no zone of the IANA database, such as America/New_York");
    zone_named(name).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &pb::BarLayout) -> Result<BarLayout, String> {
        let mut violations = Violations::default();
        let layout = bar_layout(Some(wire), &pb::SeriesSpec::default(), "layout", &mut violations);
        violations.into_result().map_err(|violations| violations.to_string())?;
        Ok(layout.expect("no violation"))
    }

    #[test]
    fn all_fields_are_read() {
        let wire = pb::BarLayout {
            times_in: "Europe/Berlin".to_owned(),
            time_format: "dmy".to_owned(),
            time_is: pb::BarTime::Close.into(),
            no_header: true,
            skip_rows: 3,
            scale: "0.0001".to_owned(),
            symbol: "AAPL".to_owned(),
            decimal_mark: pb::DecimalMark::Comma.into(),
        };
        let layout = read(&wire).unwrap();
        let zone = layout.times.zone.unwrap();
        assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
        assert!(
            layout.times.edge == Some(Edge::Close)
                && layout.has_no_header
                && layout.times.format.is_some()
        );
        assert_eq!((layout.skipped_lines, layout.symbol.as_deref()), (3, Some("AAPL")));
        assert_eq!(layout.decimal_mark, Some(DecimalMark::Comma));
        assert_eq!(layout.scale.unwrap().to_string(), "0.0001");
        assert_eq!(read(&pb::BarLayout::default()), Ok(BarLayout::default()));
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let wire = pb::BarLayout {
            times_in: "Europe/Belrin".to_owned(),
            time_format: "iso".to_owned(),
            time_is: 7,
            skip_rows: -1,
            scale: "0".to_owned(),
            symbol: "x".repeat(TEXT_BYTES_MAX + 1),
            ..Default::default()
        };
        let said = read(&wire).unwrap_err();
        for name in ["times_in", "time_format", "time_is", "skip_rows", "scale", "symbol"] {
            assert!(said.contains(&format!("layout.{name}")), "{name}: {said}");
        }
    }
}
