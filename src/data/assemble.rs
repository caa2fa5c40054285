//! Parsed files and what is stored already become one series, or a refusal that names the clash.

use std::borrow::Cow;

use super::import_error::{ImportError, ImportProblem};
use super::market_days::{DaysOfBars, days_of};
use super::merge::merge;
use super::parsed_bars::{ParsedBars, count_anew, uncountable};
use super::reading::iso;
use super::stretch::stretches;
use super::terms::{Known, Terms, settled_timeframe};
use super::told::{Decided, decisions};
use crate::market::{Calendar, Columns, DayRule, Series, Units};
use crate::storage::Inferred;

/// A series that is ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembled {
    /// The series.
    pub series: Series,
    /// What of it nobody declared.
    pub inferred: Inferred,
    /// Whether it differs from the stored one.
    pub changed: bool,
    /// Bars in all files together.
    pub rows_read: u64,
    /// What is allowed but perhaps not meant, in sentences.
    pub warnings: Vec<String>,
    /// How each file was read, in one line each; one that was read like the one before has none.
    /// Then what was decided of the series as a whole, in a line each.
    pub understood: Vec<String>,
}

/// Merges the files with each other and with the stored series of the same instrument.
///
/// A bar may come twice if it is the same; with `replace`, the one of the later file counts.
///
/// # Errors
///
/// [`ImportError`] if terms and bars contradict each other or what is stored.
pub fn assemble(
    mut parts: Vec<ParsedBars>,
    known: Option<Known<'_>>,
    terms: &Terms,
) -> Result<Assembled, ImportError> {
    let timeframe = settled_timeframe(&parts, known)?;
    let units = terms.units(&parts, known)?;
    let (rule, finds_start) = (terms.day_rule(known)?, terms.finds_start(known));
    let (calendar, inferred) = (terms.calendar(known)?, terms.inferred(known));
    let stored = known.map(|known| known.series);
    let known = stored.map(|series| in_units(series, units)).transpose()?;
    let known = known.as_deref();
    for part in &mut parts {
        part.count_in(units.price_tick)?;
    }
    let rows_read = parts.iter().map(|part| part.bars.len() as u64).sum();
    let mut warnings = warnings_of(&parts);
    // Where nobody has said when days begin, the bars may: hours that all open at half past.
    let found = parts.iter().find_map(|part| part.day_start).filter(|_| finds_start);
    let rule = DayRule { start_minute: found.unwrap_or(rule.start_minute), ..rule };
    let mut understood = understood(&parts);

    let mut merged: Option<Columns> = None;
    for stretch in stretches(parts) {
        merged = Some(match merged.as_ref().or(known.map(|known| &known.bars)) {
            None => stretch.bars,
            Some(earlier) => merge(earlier, &stretch.bars, terms.replace).map_err(|clash| {
                let (bar, other) = (stretch.bars.bar(clash.later), earlier.bar(clash.earlier));
                stretch.refusal(clash.later, bar, other, known, units)
            })?,
        });
    }
    let no_bars = || ImportError::of_request(ImportProblem::NoBars);
    let bars = merged.ok_or_else(no_bars)?;
    let before = stored.map(|stored| (&stored.days, &stored.bars));
    let DaysOfBars { days, has_kept_older } = days_of(&rule, timeframe, &bars, before);
    if has_kept_older {
        warnings.push(kept_days_warning(&rule));
    }
    let infer = || Calendar::infer(&bars.open_time_ms, timeframe, &days);
    let calendar = calendar.unwrap_or_else(infer);
    let series = Series { timeframe, units, calendar, days, bars };
    check_grid(&series)?;
    warnings.extend(gap_warning(&series));
    let changed = stored.is_none_or(|stored| *stored != series);
    understood.extend(decisions(&Decided {
        terms,
        inferred,
        series: &series,
        span: series.bars.open_time_ms.first().copied().zip(series.bars.open_time_ms.last().copied()),
        units_before: stored.map(|stored| stored.units),
        has_found_start: found.is_some(),
    }));
    Ok(Assembled { series, inferred, changed, rows_read, warnings, understood })
}

/// What is said of single files.
fn warnings_of(parts: &[ParsedBars]) -> Vec<String> {
    let of_part = |part: &ParsedBars| {
        let name = part.source_name.clone();
        let silent = (!part.has_volume).then(|| "has no column for volume, which is 0 then".into());
        let own = part.warnings.iter().map(|warning| format!(": {warning}"));
        let silent = silent.map(|text: String| format!(" {text}"));
        silent.into_iter().chain(own).map(move |text| format!("{name}{text}")).collect::<Vec<_>>()
    };
    parts.iter().flat_map(of_part).collect()
}

/// How files were read, each that was read otherwise than the one before it.
fn understood(parts: &[ParsedBars]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut before: Option<&Vec<String>> = None;
    for part in parts.iter().filter(|part| !part.understood.is_empty()) {
        if before != Some(&part.understood) {
            lines.push(format!("{}: {}", part.source_name, part.understood.join("; ")));
        }
        before = Some(&part.understood);
    }
    lines
}

/// The stored series on the grid of those units, which further bars may have refined.
fn in_units(series: &Series, units: Units) -> Result<Cow<'_, Series>, ImportError> {
    if series.units == units {
        return Ok(Cow::Borrowed(series));
    }
    let (from, to) = (series.units.price_tick, units.price_tick);
    let mut series = Series { units, ..series.clone() };
    match count_anew(&mut series.bars, from, to) {
        None => Ok(Cow::Owned(series)),
        Some((_, column, count)) => {
            let of_file = ImportError::of_file("the stored series", uncountable(count, from, to));
            Err(ImportError { column: Some(column.name().to_owned()), ..of_file })
        }
    }
}

/// Every bar opens where its bucket does: files are read one by one and by the zone as it is known
/// today, and the series may keep other days.
fn check_grid(series: &Series) -> Result<(), ImportError> {
    let Series { timeframe, days, bars, .. } = series;
    if days.is_utc() {
        return Ok(());
    }
    if !days.takes(*timeframe) {
        let (timeframe, days) = (*timeframe, days.rule());
        return Err(ImportError::of_request(ImportProblem::DaysCut { timeframe, days }));
    }
    let mut times = bars.open_time_ms.iter();
    match times.find(|time| days.bucket(*timeframe, **time).start != **time) {
        None => Ok(()),
        Some(&time_ms) => {
            let timeframe = *timeframe;
            Err(ImportError::of_request(ImportProblem::OffGrid {
                time_ms,
                timeframe,
                advice: String::new(),
            }))
        }
    }
}

fn kept_days_warning(rule: &DayRule) -> String {
    format!(
        "the clocks of {} are known otherwise today than when the first bars were imported: the \
         days of the stored bars stay as they are",
        rule.time_zone
    )
}

fn gap_warning(series: &Series) -> Option<String> {
    let mut gaps = series.gaps();
    let first = gaps.next()?;
    let (from, to) = (iso(first.start), iso(first.end));
    Some(match gaps.count() {
        0 => format!("there is a gap: no bars from {from} to {to}"),
        more => format!("there are {} gaps, the first from {from} to {to}", more + 1),
    })
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::data::{Declared, read_csv};
    use crate::market::{Decimal, Units};
    use proptest::prelude::*;

    const ALL: Inferred = Inferred { price_tick: true, quantity_step: true, calendar: true };

    /// A file of one-minute bars: minute and close, in quarters of a volume.
    fn file(name: &str, bars: &[(i64, &str)]) -> ParsedBars {
        let timeframe = "1m".parse().unwrap();
        let declared = Declared::of(timeframe);
        let rows = bars.iter().map(|(minute, close)| {
            format!("{},{close},{close},{close},{close},0.25\n", minute * 60)
        });
        let header = "time,open,high,low,close,volume\n".to_owned();
        let text: String = iter::once(header).chain(rows).collect();
        read_csv(name, text.as_bytes(), &declared).unwrap()
    }

    fn declared(series: &Series) -> Known<'_> {
        Known { series, inferred: Inferred::default() }
    }

    /// The series that these files make, imported one after the other.
    fn imported(files: &[&[(i64, &str)]], terms: &Terms) -> Result<Series, String> {
        let mut known: Option<(Series, Inferred)> = None;
        for rows in files {
            let before = known.as_ref();
            let before = before.map(|(series, inferred)| Known { series, inferred: *inferred });
            let made = assemble(vec![file("a.csv", rows)], before, terms);
            let made = made.map_err(|error| error.to_string())?;
            known = Some((made.series, made.inferred));
        }
        Ok(known.unwrap().0)
    }

    fn assembled(parts: Vec<ParsedBars>, known: Option<&Series>) -> Result<Assembled, String> {
        assemble(parts, known.map(declared), &Terms::default()).map_err(|error| error.to_string())
    }

    fn replaced(parts: Vec<ParsedBars>, known: Option<&Series>) -> Assembled {
        assemble(parts, known.map(declared), &Terms { replace: true, ..Terms::default() }).unwrap()
    }

    #[test]
    fn a_single_file_becomes_a_series_as_it_is() {
        let part = file("a.csv", &[(0, "1.5"), (1, "2.25")]);
        let column = part.bars.close.as_ptr();
        let result = assembled(vec![part], None).unwrap();
        assert_eq!(result.series.bars.close, [150, 225]);
        assert!(std::ptr::eq(result.series.bars.close.as_ptr(), column), "moved, not copied");
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
        let parts =
            || vec![file("b.csv", &[(1, "3"), (2, "4")]), file("a.csv", &[(0, "1"), (1, "2")])];
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
        let stored = assemble(part(), None, &sessions).unwrap().series;
        assert_eq!(stored.calendar, Calendar::Sessions);
        let known = Known { series: &stored, inferred: Inferred { calendar: false, ..ALL } };
        let again = assemble(part(), Some(known), &Terms::default()).unwrap();
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
        let known = Known { series: &stored.series, inferred: stored.inferred };
        let quarter = Terms { price_tick: Some("0.25".parse().unwrap()), ..Terms::default() };
        let refused = assemble(vec![file("b.csv", &[(1, "1.5")])], Some(known), &quarter);
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
        #[test]
        fn cutting_a_file_in_pieces_changes_nothing(
            closes in prop::collection::vec((1_i64..4, 1_i64..9999, 0_u32..3), 1..40),
            cut in 0_usize..40,
            overlap in 0_usize..5,
        ) {
            let mut minute = 0;
            let rows: Vec<(i64, String)> = closes
                .into_iter()
                .map(|(gap, mantissa, scale)| {
                    minute += gap;
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
}
