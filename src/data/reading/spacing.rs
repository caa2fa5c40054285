//! How far rows lie apart, held against the timeframe that is declared, and what would fit them
//! better. Refuses nothing that could be meant.

use std::collections::BTreeMap;

use super::grid::Grid;
use crate::data::import_error::ImportProblem;
use crate::data::spill::WordColumn;
use crate::market::{DAY_MS, Timeframe};

const MINUTE_MS: i64 = 60_000;
/// Steps from which a rhythm can be told: of one that is many times the timeframe, and of one that
/// is a few times as long, as rows with holes may have it by chance.
const STEPS_MIN: usize = 3;
const CLOSE_STEPS_MIN: usize = 4;
const TIMES_MIN: i64 = 5;
/// The part of all steps that the shortest of a rhythm is at least, since nights are longer ones.
const SHORTEST_MIN: f64 = 0.25;
/// The part of all steps that are whole multiples of the shortest: one row may be out of step.
const MULTIPLES_MIN: f64 = 0.95;
/// Lengths of steps that are counted apart; rows with more of them have no rhythm.
const LENGTHS_MAX: usize = 256;
/// Clocks that change make the way from one day to another so much longer or shorter.
const CLOCK_CHANGE_MS: i64 = 3_600_000;
/// The days of months.
const MONTH_DAYS: std::ops::RangeInclusive<i64> = 28..=31;

/// What is wrong with rows that lie so far apart, if anything is.
pub(super) fn check(times: &WordColumn, grid: &Grid, are_days: bool) -> Result<(), ImportProblem> {
    let other = |found: &str, why: &str| {
        let (timeframe, found, why) = (grid.timeframe(), found.to_owned(), why.to_owned());
        Err(ImportProblem::OtherTimeframe { timeframe, found, why })
    };
    let duration = grid.usual_ms();
    let steps = || times.steps();
    let count = times.len().saturating_sub(1);
    let is_month = |step: i64| step % DAY_MS == 0 && MONTH_DAYS.contains(&(step / DAY_MS));
    if are_days && duration < DAY_MS && count > 0 {
        // Few days may all have a weekend between them. Clocks that change move days by an hour.
        let days = |step: i64| (step + DAY_MS / 2) / DAY_MS;
        let found = if steps().all(|step| MONTH_DAYS.contains(&days(step))) {
            "1mo"
        } else if steps().all(|step| days(step) % 7 == 0) {
            "1w"
        } else {
            "1d"
        };
        return other(found, "are dates without a time of day");
    }
    if count < STEPS_MIN {
        return Ok(());
    }
    if duration <= 7 * DAY_MS && steps().all(is_month) {
        return other("1mo", "lie a month apart");
    }
    match rhythm(steps(), count) {
        Some(step) if is_coarser(step, duration, count) => {
            let found = name(step);
            other(&found, &format!("lie {found} or whole multiples of that apart"))
        }
        _ => Ok(()),
    }
}

/// Whether rows that are so far apart are of another timeframe than that of bars so long.
const fn is_coarser(step_ms: i64, duration_ms: i64, steps: usize) -> bool {
    let times = step_ms / duration_ms;
    let is_told = times >= TIMES_MIN || steps >= CLOSE_STEPS_MIN;
    times >= 2 && step_ms % duration_ms == 0 && is_told
}

/// The step of which nearly all steps are whole multiples, and not only a few are it itself.
fn rhythm(steps: impl Iterator<Item = i64>, count: usize) -> Option<i64> {
    let mut lengths = BTreeMap::<i64, usize>::new();
    for step in steps {
        *lengths.entry(step).or_default() += 1;
        if lengths.len() > LENGTHS_MAX {
            return None;
        }
    }
    let is_part = |some: usize, least: f64| some as f64 >= least * count as f64;
    let (&shortest, _) = lengths.iter().find(|(_, often)| is_part(**often, SHORTEST_MIN))?;
    let is_multiple = |step: i64| {
        let is_off_by = |ms: i64| (step + ms) % shortest == 0;
        let shifts = shortest >= DAY_MS;
        is_off_by(0) || (shifts && (is_off_by(CLOCK_CHANGE_MS) || is_off_by(-CLOCK_CHANGE_MS)))
    };
    let multiples = lengths.iter().filter(|(step, _)| is_multiple(**step)).map(|(_, often)| often);
    is_part(multiples.sum(), MULTIPLES_MIN).then_some(shortest)
}

/// The timeframe in which rows would be next to each other, if they are closer than is declared.
pub(super) fn finer(times: &WordColumn, grid: &Grid) -> Option<String> {
    let least = least_step(times)?;
    let is_finer = least < grid.usual_ms() && least % MINUTE_MS == 0;
    (is_finer && grid.usual_ms() % least == 0).then(|| name(least))
}

fn least_step(times: &WordColumn) -> Option<i64> {
    times.steps().map(i64::abs).filter(|step| *step > 0).min()
}

/// The timeframe of that length, as requests write it.
fn name(step_ms: i64) -> String {
    if step_ms == 7 * DAY_MS {
        return "1w".to_owned();
    }
    Timeframe::from_ms(step_ms).map_or_else(|_| format!("{step_ms} ms"), |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(timeframe: &str) -> Grid {
        Grid::utc(timeframe.parse().unwrap())
    }

    fn refusal(days: &[i64], timeframe: &str, are_days: bool) -> Option<String> {
        let times: Vec<i64> = days.iter().map(|day| day * DAY_MS).collect();
        let checked = check(&times.into(), &grid(timeframe), are_days);
        checked.err().map(|problem| problem.to_string())
    }

    #[test]
    fn days_as_hours_are_refused_with_the_right_timeframe() {
        let weekdays = [0, 1, 4, 5, 6, 7, 8, 11];
        for are_days in [true, false] {
            let said = refusal(&weekdays, "1h", are_days).unwrap();
            assert!(said.contains("1d"), "{said}");
        }
        for (days, wanted) in
            [(vec![0, 3], "as 1d"), (vec![4, 11], "as 1w"), (vec![0, 31], "as 1mo")]
        {
            let said = refusal(&days, "1h", true).unwrap();
            assert!(said.ends_with(wanted), "{said}");
        }
        assert!(refusal(&[0, 7, 14, 21], "1d", true).unwrap().contains("1w"));
        assert!(refusal(&[0, 31, 59, 90], "1d", true).unwrap().contains("1mo"));
    }

    #[test]
    fn rows_with_holes_are_of_the_timeframe_that_is_declared() {
        assert_eq!(refusal(&[0, 1, 4, 5, 40, 41], "1d", true), None);
        assert_eq!(refusal(&[0, 2, 4, 6], "1d", true), None);
        assert_eq!(refusal(&[0], "1h", true), None);
    }

    fn refusal_of_hours(hours: &[i64], timeframe: &str) -> Option<String> {
        let times: Vec<i64> = hours.iter().map(|hour| hour * 60 * MINUTE_MS).collect();
        let checked = check(&times.into(), &grid(timeframe), false);
        checked.err().map(|problem| problem.to_string())
    }

    #[test]
    fn four_hours_as_one_are_refused_by_their_rhythm_and_holes_by_chance_are_not() {
        let around_the_clock: Vec<i64> = (0..30).map(|bar| 4 * bar).collect();
        let two_a_day = [0, 4, 24, 28, 48, 52, 120, 124, 144];
        let one_out_of_step: Vec<i64> = (0..30).map(|bar| 4 * bar + i64::from(bar > 12)).collect();
        for hours in [&around_the_clock[..], &two_a_day, &one_out_of_step, &around_the_clock[..5]] {
            let said = refusal_of_hours(hours, "1h").unwrap();
            assert!(said.ends_with(
                "4h or whole multiples of that apart and are no 1h bars: import them as 4h"
            ));
            assert_eq!(refusal_of_hours(hours, "4h"), None);
        }
        let with_holes = [0, 2, 4, 5, 9, 11, 13, 15, 18, 20];
        for hours in [&with_holes[..], &around_the_clock[..4]] {
            assert_eq!(refusal_of_hours(hours, "1h"), None, "{hours:?}");
        }
        assert!(refusal_of_hours(&[0, 2, 4, 6, 8], "1h").unwrap().ends_with("as 2h"));
    }

    #[test]
    fn days_over_a_change_of_clocks_are_days() {
        let mut hours: Vec<i64> = (0..12).map(|day| 24 * day).collect();
        hours.iter_mut().skip(7).for_each(|hour| *hour -= 1);
        assert!(refusal_of_hours(&hours, "1h").unwrap().ends_with("as 1d"));
    }

    #[test]
    fn rows_that_are_closer_are_told_by_their_step() {
        let times = WordColumn::from(vec![0, MINUTE_MS, 2 * MINUTE_MS]);
        assert_eq!(finer(&times, &grid("1h")).as_deref(), Some("1m"));
        assert_eq!(finer(&times, &grid("1m")), None);
    }
}
