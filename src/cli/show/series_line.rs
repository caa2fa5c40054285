//! A stored series in a line, and what it is called.

use crate::cli::text::args::SeriesName;
use crate::cli::text::figures::{self, ABSENT};
use crate::pb;

/// One series on one line, as after an import.
pub fn series_line(series: &pb::Series, created: bool) -> String {
    let gaps = if series.gap_count == 1 { "gap" } else { "gaps" };
    format!(
        "{}  {} bars  {} .. {}  {} {gaps}  sha {}  {}",
        name(series),
        figures::whole(series.bar_count),
        day(series.first_bar_time.as_ref()),
        day(series.end_time.as_ref()),
        figures::whole(series.gap_count),
        figures::short_hash(&series.data_sha256),
        if created { "new" } else { "unchanged" }
    )
}

/// What the command line calls it.
pub(in crate::cli) fn name(series: &pb::Series) -> String {
    let spec = series.spec.as_ref();
    spec.map_or_else(|| ABSENT.to_owned(), |spec| SeriesName::from(spec).to_string())
}

/// A moment as short as it may be.
pub(in crate::cli) fn day(time: Option<&prost_types::Timestamp>) -> String {
    time.map_or_else(|| ABSENT.to_owned(), figures::moment)
}

/// A series as tests of several files need one.
#[cfg(test)]
pub(in crate::cli) fn sample() -> pb::Series {
    let name: SeriesName = "BINANCE:BTCUSDT@1m".parse().unwrap();
    pb::Series {
        spec: Some(name.spec()),
        data_sha256: "1a2b3c4d5e6f7a8b".to_owned(),
        bar_count: 129_600,
        first_bar_time: Some(figures::from_unix_ms(1_735_689_600_000)),
        end_time: Some(figures::from_unix_ms(1_743_465_600_000)),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_told_on_one_line() {
        assert_eq!(
            series_line(&sample(), true),
            "BINANCE:BTCUSDT@1m  129,600 bars  2025-01-01 .. 2025-04-01  0 gaps  \
             sha 1a2b3c4d5e6f  new"
        );
        assert!(series_line(&sample(), false).ends_with("  unchanged"));
    }
}
