//! Parsed files and what is stored already become one series, or a refusal that names the clash.

use super::import_error::{ImportError, ImportProblem};
use super::market_days::{DaysOfBars, days_of};
use super::merge::merge;
use super::parsed_bars::{ParsedBars, count_anew, uncountable};
use super::reading::iso;
use super::spill::{BarColumns, LongSeries, Room};
use super::stretch::stretches;
use super::terms::{Known, Terms, settled_timeframe};
use super::told::{Decided, decisions};
use crate::market::{Calendar, Columns, DayRule, Series, Units};
use crate::storage::Inferred;

/// A series that is ready to be stored.
#[derive(Debug, PartialEq)]
pub struct Assembled {
    /// The series.
    pub series: LongSeries,
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
    room: &Room,
) -> Result<Assembled, ImportError> {
    let timeframe = settled_timeframe(&parts, known)?;
    let units = terms.units(&parts, known)?;
    let (rule, finds_start) = (terms.day_rule(known)?, terms.finds_start(known));
    let (calendar, inferred) = (terms.calendar(known)?, terms.inferred(known));
    let stored = known.map(|known| known.series);
    for part in &mut parts {
        part.count_in(units.price_tick)?;
    }
    let rows_read = parts.iter().map(|part| part.bars.len() as u64).sum();
    let mut warnings = warnings_of(&parts);
    // Where nobody has said when days begin, the bars may: hours that all open at half past.
    let found = parts.iter().find_map(|part| part.day_start).filter(|_| finds_start);
    let rule = DayRule { start_minute: found.unwrap_or(rule.start_minute), ..rule };
    let mut understood = understood(&parts);

    let bars = merged(parts, stored, (units, terms.replace, room))?;
    let before = stored.map(|stored| (&stored.head.days, stored.bars.span()));
    let DaysOfBars { days, has_kept_older } = days_of(&rule, timeframe, bars.span(), before);
    if has_kept_older {
        warnings.push(kept_days_warning(&rule));
    }
    let infer = || {
        let times = bars.open_time_ms.iter();
        bars.span().map_or(Calendar::AlwaysOpen, |span| {
            Calendar::infer_among(span, times, timeframe, &days)
        })
    };
    let calendar = calendar.unwrap_or_else(infer);
    let head = Series { timeframe, units, calendar, days, bars: Columns::default() };
    let series = LongSeries { head, bars };
    check_grid(&series)?;
    warnings.extend(gap_warning(&series));
    let changed = stored.is_none_or(|stored| *stored != series);
    understood.extend(decisions(&Decided {
        terms,
        inferred,
        series: &series.head,
        span: series.bars.span(),
        units_before: stored.map(|stored| stored.head.units),
        has_found_start: found.is_some(),
    }));
    Ok(Assembled { series, inferred, changed, rows_read, warnings, understood })
}

/// The bars of all files and of what is stored.
fn merged(
    parts: Vec<ParsedBars>,
    stored: Option<&LongSeries>,
    (units, replaces, room): (Units, bool, &Room),
) -> Result<BarColumns, ImportError> {
    let known = stored.map(|series| in_units(series, units)).transpose()?;
    let known = match &known {
        Some(counted) => counted.as_ref().or(stored),
        None => None,
    };
    let mut merged: Option<BarColumns> = None;
    for stretch in stretches(parts) {
        merged = Some(match merged.as_ref().or(known.map(|known| &known.bars)) {
            None => stretch.bars,
            Some(earlier) => merge(earlier, &stretch.bars, replaces, room).map_err(|clash| {
                let (bar, other) = (stretch.bars.bar(clash.later), earlier.bar(clash.earlier));
                stretch.refusal(clash.later, bar, other, known, units)
            })?,
        });
    }
    merged.ok_or_else(|| ImportError::of_request(ImportProblem::NoBars))
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

/// The stored series on the grid of those units, if further bars have refined it.
fn in_units(series: &LongSeries, units: Units) -> Result<Option<LongSeries>, ImportError> {
    if series.head.units == units {
        return Ok(None);
    }
    let (from, to) = (series.head.units.price_tick, units.price_tick);
    let head = Series { units, ..series.head.clone() };
    let mut series = LongSeries { head, bars: series.bars.copied() };
    match count_anew(&mut series.bars, from, to) {
        None => Ok(Some(series)),
        Some((_, column, count)) => {
            let of_file = ImportError::of_file("the stored series", uncountable(count, from, to));
            Err(ImportError { column: Some(column.name().to_owned()), ..of_file })
        }
    }
}

/// Every bar opens where its bucket does: files are read one by one and by the zone as it is known
/// today, and the series may keep other days.
fn check_grid(series: &LongSeries) -> Result<(), ImportError> {
    let Series { timeframe, days, .. } = &series.head;
    if days.is_utc() {
        return Ok(());
    }
    if !days.takes(*timeframe) {
        let (timeframe, days) = (*timeframe, days.rule());
        return Err(ImportError::of_request(ImportProblem::DaysCut { timeframe, days }));
    }
    let mut times = series.bars.open_time_ms.iter();
    match times.find(|time| days.bucket(*timeframe, *time).start != *time) {
        None => Ok(()),
        Some(time_ms) => {
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

fn gap_warning(series: &LongSeries) -> Option<String> {
    let mut gaps = series.gaps();
    let first = gaps.next()?;
    let (from, to) = (iso(first.start), iso(first.end));
    Some(match gaps.count() {
        0 => format!("there is a gap: no bars from {from} to {to}"),
        more => format!("there are {} gaps, the first from {from} to {to}", more + 1),
    })
}
