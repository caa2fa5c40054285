//! Files that become series, with each other and with what is stored.

use std::iter;

use proptest::prelude::*;

use super::assemble::assemble;
use super::import_error::ImportError;
use super::parsed_bars::ParsedBars;
use super::reading::{Declared, read_csv};
use super::spill::{LongSeries, Room};
use super::terms::{Known, Terms};
use crate::market::{Calendar, Decimal, Series, Units};
use crate::storage::Inferred;

const ALL: Inferred = Inferred { price_tick: true, quantity_step: true, calendar: true };

/// A file of one-minute bars: minute and close, in quarters of a volume.
fn file(name: &str, bars: &[(i64, &str)]) -> ParsedBars {
    let timeframe = "1m".parse().unwrap();
    let declared = Declared { room: room(), ..Declared::of(timeframe) };
    let rows = bars
        .iter()
        .map(|(minute, close)| format!("{},{close},{close},{close},{close},0.25\n", minute * 60));
    let header = "time,open,high,low,close,volume\n".to_owned();
    let text: String = iter::once(header).chain(rows).collect();
    read_csv(name, text.as_bytes(), &declared).unwrap()
}

/// As `Assembled`, with its bars in memory.
#[derive(Debug)]
struct Made {
    series: Series,
    inferred: Inferred,
    changed: bool,
    rows_read: u64,
    warnings: Vec<String>,
}

/// So little room in memory that what has more than a few bars is on the disk.
fn room() -> Room {
    Room::on_disk(&std::env::temp_dir(), 8)
}

fn made(
    parts: Vec<ParsedBars>,
    known: Option<(&Series, Inferred)>,
    terms: &Terms,
) -> Result<Made, ImportError> {
    let known = known.map(|(series, inferred)| (LongSeries::from(series.clone()), inferred));
    let known = known.as_ref().map(|(series, inferred)| Known { series, inferred: *inferred });
    let made = assemble(parts, known, terms, &room())?;
    Ok(Made {
        series: made.series.into_series(),
        inferred: made.inferred,
        changed: made.changed,
        rows_read: made.rows_read,
        warnings: made.warnings,
    })
}

/// The series that these files make, imported one after the other.
fn imported(files: &[&[(i64, &str)]], terms: &Terms) -> Result<Series, String> {
    let mut known: Option<(Series, Inferred)> = None;
    for rows in files {
        let before = known.as_ref().map(|(series, inferred)| (series, *inferred));
        let made = made(vec![file("a.csv", rows)], before, terms);
        let made = made.map_err(|error| error.to_string())?;
        known = Some((made.series, made.inferred));
    }
    Ok(known.unwrap().0)
}

fn assembled(parts: Vec<ParsedBars>, known: Option<&Series>) -> Result<Made, String> {
    let known = known.map(|series| (series, Inferred::default()));
    made(parts, known, &Terms::default()).map_err(|error| error.to_string())
}

fn replaced(parts: Vec<ParsedBars>, known: Option<&Series>) -> Made {
    let known = known.map(|series| (series, Inferred::default()));
    made(parts, known, &Terms { replace: true, ..Terms::default() }).unwrap()
}

#[test]
fn a_single_file_becomes_a_series_as_it_is() {
    let part = file("a.csv", &[(0, "1.5"), (1, "2.25")]);
    let result = assembled(vec![part], None).unwrap();
    assert_eq!(result.series.bars.close, [150, 225]);
    assert_eq!((result.changed, result.rows_read), (true, 2));
    assert_eq!(result.series.units, Units::with_default_step("0.01".parse().unwrap()));
    assert_eq!(result.warnings, [""; 0]);
}

#[test]
fn files_may_come_in_any_order_and_precision() {
    let parts = vec![
        file("b.csv", &[(2, "3.125")]),
        file("c.csv", &[(3, "4")]),
        file("a.csv", &[(0, "1"), (1, "2.5")]),
    ];
    let result = assembled(parts, None).unwrap();
    assert_eq!(result.series.bars.close, [1000, 2500, 3125, 4000]);
    assert!(result.series.bars.open_time_ms.is_sorted());
    assert_eq!(result.rows_read, 4);
}

#[test]
fn bars_that_are_stored_already_change_nothing() {
    let stored = assembled(vec![file("a.csv", &[(0, "1"), (1, "2"), (2, "3.5")])], None);
    let stored = stored.unwrap().series;
    let again = assembled(vec![file("a.csv", &[(1, "2.0")])], Some(&stored)).unwrap();
    assert_eq!((again.changed, again.rows_read), (false, 1));
    assert_eq!(again.series, stored);
    let more = assembled(vec![file("a.csv", &[(2, "3.5"), (3, "4")])], Some(&stored)).unwrap();
    assert_eq!((more.changed, more.series.bars.close), (true, vec![10, 20, 35, 40]));
}

#[test]
fn the_first_clash_is_refused_with_its_place_unless_it_replaces() {
    let stored = assembled(vec![file("a.csv", &[(0, "1"), (1, "2")])], None).unwrap().series;
    let parts = || vec![file("c.csv", &[(5, "9")]), file("b.csv", &[(0, "1"), (1, "3")])];
    let said = assembled(parts(), Some(&stored)).unwrap_err();
    let message = "b.csv line 3, column close: 3 differs from 2 in the stored series for the \
                   bar of 1970-01-01T00:01:00Z: replace (--replace) takes 3";
    assert_eq!(said, message);
    let result = replaced(parts(), Some(&stored));
    assert_eq!((result.changed, result.series.bars.close), (true, vec![1, 3, 9]));
}

#[test]
fn of_overlapping_files_the_later_given_wins_if_it_replaces() {
    let parts = || vec![file("b.csv", &[(1, "3"), (2, "4")]), file("a.csv", &[(0, "1"), (1, "2")])];
    let said = assembled(parts(), None).unwrap_err();
    assert!(
        said.starts_with("a.csv line 3, column close: 2 differs from 3 in an earlier file"),
        "{said}"
    );
    assert_eq!(replaced(parts(), None).series.bars.close, [1, 2, 4]);
}

#[test]
fn prices_off_the_stored_tick_are_refused_with_their_line() {
    let mut stored = assembled(vec![file("a.csv", &[(0, "1.25")])], None).unwrap().series;
    stored.units.price_tick = "0.25".parse().unwrap();
    let said = assembled(vec![file("b.csv", &[(1, "1.5"), (2, "1.3")])], Some(&stored));
    let message = "b.csv line 3, column open: 1.3 is not a multiple of price_tick 0.25";
    assert_eq!(said.unwrap_err(), message);
}

#[test]
fn the_calendar_is_declared_stored_or_inferred() {
    let part = || vec![file("a.csv", &[(0, "1")])];
    let sessions = Terms { calendar: Some(Calendar::Sessions), ..Terms::default() };
    let stored = made(part(), None, &sessions).unwrap().series;
    assert_eq!(stored.calendar, Calendar::Sessions);
    let known = (&stored, Inferred { calendar: false, ..ALL });
    let again = made(part(), Some(known), &Terms::default()).unwrap();
    assert_eq!((again.series.calendar, again.inferred.calendar), (Calendar::Sessions, false));
    assert_eq!(assembled(part(), None).unwrap().series.calendar, Calendar::AlwaysOpen);
}

#[test]
fn what_was_inferred_is_inferred_again_and_what_was_declared_stays() {
    let (coarse, fine): (&[_], &[_]) = (&[(0, "1.5")], &[(1, "2.125"), (2, "2.25")]);
    let either = imported(&[coarse, fine], &Terms::default()).unwrap();
    assert_eq!(either.units, Units::with_default_step("0.001".parse().unwrap()));
    assert_eq!(either.bars.close, [1500, 2125, 2250]);
    assert_eq!(imported(&[fine, coarse], &Terms::default()), Ok(either));
    let tick = Terms { price_tick: Some("0.1".parse().unwrap()), ..Terms::default() };
    assert_eq!(imported(&[coarse], &tick).unwrap().bars.close, [15]);
    assert!(imported(&[coarse, fine], &tick).unwrap_err().contains("price_tick 0.1"));
}

#[test]
fn a_declared_tick_must_fit_what_is_stored_too() {
    let stored = assembled(vec![file("a.csv", &[(0, "1.3")])], None).unwrap();
    let known = (&stored.series, stored.inferred);
    let quarter = Terms { price_tick: Some("0.25".parse().unwrap()), ..Terms::default() };
    let refused = made(vec![file("b.csv", &[(1, "1.5")])], Some(known), &quarter);
    let message = "the stored series, column open: 1.3 is not a multiple of price_tick 0.25";
    assert_eq!(refused.unwrap_err().to_string(), message);
}

#[test]
fn gaps_and_missing_volumes_are_remarked() {
    let gaps = file("a.csv", &[(0, "1"), (2, "1"), (3, "1"), (9, "1")]);
    let mut silent = file("b.csv", &[(10, "1")]);
    silent.has_volume = false;
    let warnings = [
        "b.csv has no column for volume, which is 0 then",
        "there are 2 gaps, the first from 1970-01-01T00:01:00Z to 1970-01-01T00:02:00Z",
    ];
    assert_eq!(assembled(vec![gaps, silent], None).unwrap().warnings, warnings);
    assert!(assembled(Vec::new(), None).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_a_file_in_pieces_changes_nothing(
        closes in prop::collection::vec((1_i64..4, 1_i64..9999, 0_u32..3), 1..40),
        cut in 0_usize..40,
        overlap in 0_usize..5,
    ) {
        let mut minute = 0;
        let rows: Vec<(i64, String)> = closes
            .into_iter()
            .enumerate()
            .map(|(index, (gap, mantissa, scale))| {
                // Rows that all lie farther apart are of another timeframe.
                minute += if index % 2 == 0 { 1 } else { gap };
                (minute, Decimal::new(mantissa, scale).unwrap().to_string())
            })
            .collect();
        let rows: Vec<(i64, &str)> =
            rows.iter().map(|(minute, close)| (*minute, close.as_str())).collect();
        let whole = assembled(vec![file("whole.csv", &rows)], None).unwrap().series;
        let cut = cut.min(rows.len() - 1);
        let first = &rows[..(cut + overlap).clamp(1, rows.len())];
        let parts = || vec![file("late.csv", &rows[cut..]), file("early.csv", first)];
        prop_assert_eq!(&assembled(parts(), None).unwrap().series, &whole);
        for files in [[first, &rows[cut..]], [&rows[cut..], first]] {
            let in_turn = imported(&files, &Terms::default());
            prop_assert_eq!(in_turn.as_ref(), Ok(&whole));
        }
        let again = assembled(parts(), Some(&whole)).unwrap();
        prop_assert!(!again.changed && again.series == whole);
    }
}
