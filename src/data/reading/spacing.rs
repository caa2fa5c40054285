//! How far rows lie apart, held against the timeframe that is declared, and what would fit them
//! better. Refuses nothing that could be meant.

use super::grid::Grid;
use crate::data::import_error::ImportProblem;
use crate::market::{DAY_MS, Timeframe};

const MINUTE_MS: i64 = 60_000;
/// Steps from which a rhythm can be told.
const STEPS_MIN: usize = 3;
/// How many bars must be missing at every step before the timeframe is doubted.
const TIMES_MIN: i64 = 5;
/// The days of months.
const MONTH_DAYS: std::ops::RangeInclusive<i64> = 28..=31;

/// What is wrong with rows that lie so far apart, if anything is.
pub(super) fn check(times_ms: &[i64], grid: &Grid, are_days: bool) -> Result<(), ImportProblem> {
    let other = |found: &str, why: &'static str| {
        let (timeframe, found) = (grid.timeframe(), found.to_owned());
        Err(ImportProblem::OtherTimeframe { timeframe, found, why })
    };
    let duration = grid.usual_ms();
    let steps = || times_ms.windows(2).map(|pair| pair[1] - pair[0]);
    let count = times_ms.len().saturating_sub(1);
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
    let Some(least) = steps().min().filter(|_| count >= STEPS_MIN) else { return Ok(()) };
    if duration <= 7 * DAY_MS && steps().all(is_month) {
        return other("1mo", "lie a month apart");
    }
    let usual = steps().filter(|step| *step == least).count();
    if least / duration >= TIMES_MIN && least % duration == 0 && usual * 2 >= count {
        return other(&name(least), "lie farther apart");
    }
    Ok(())
}

/// The timeframe in which rows would be next to each other, if they are closer than is declared.
pub(super) fn finer(times_ms: &[i64], grid: &Grid) -> Option<String> {
    let least = least_step(times_ms)?;
    let is_finer = least < grid.usual_ms() && least % MINUTE_MS == 0;
    (is_finer && grid.usual_ms() % least == 0).then(|| name(least))
}

fn least_step(times_ms: &[i64]) -> Option<i64> {
    times_ms.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0).min()
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
        let checked = check(&times, &grid(timeframe), are_days);
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

    #[test]
    fn rows_that_are_closer_are_told_by_their_step() {
        let times = [0, MINUTE_MS, 2 * MINUTE_MS];
        assert_eq!(finer(&times, &grid("1h")).as_deref(), Some("1m"));
        assert_eq!(finer(&times, &grid("1m")), None);
    }
}
