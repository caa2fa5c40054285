//! What was decided of a series that nobody declared, in a line each: tick, step, calendar, days.

use super::terms::Terms;
use crate::market::{Calendar, DayRule, Decimal, Series, Timeframe, Units};
use crate::storage::Inferred;

/// What is known of a series besides its bars.
pub(super) struct Decided<'a> {
    pub(super) terms: &'a Terms,
    pub(super) inferred: Inferred,
    /// The series as it is to be.
    pub(super) series: &'a Series,
    /// When its first and its last bar open.
    pub(super) span: Option<(i64, i64)>,
    /// The units of the stored series, if there is one.
    pub(super) units_before: Option<Units>,
    /// Whether the bars told when their days begin.
    pub(super) has_found_start: bool,
}

/// A line for each decision that was taken of the whole series, with what would declare it.
pub(super) fn decisions(decided: &Decided<'_>) -> Vec<String> {
    let Decided { terms, inferred, series, span, units_before, has_found_start } = decided;
    let Units { price_tick, quantity_step } = series.units;
    let before = |step: fn(Units) -> Decimal, now: Decimal| {
        let other = units_before.map(step).filter(|before| *before != now);
        other.map_or_else(String::new, |before| format!(" (before, {before})"))
    };
    let tick = inferred.price_tick.then(|| {
        let before = before(|units| units.price_tick, price_tick);
        format!(
            "price tick: {price_tick}{before}, inferred from the decimals of the prices; for \
             another, declare price_tick (--price-tick)"
        )
    });
    let step = inferred.quantity_step.then(|| {
        let before = before(|units| units.quantity_step, quantity_step);
        format!(
            "quantity step: {quantity_step}{before}, inferred from tick and greatest price; for \
             another, declare quantity_step (--quantity-step)"
        )
    });
    let calendar = inferred.calendar.then(|| calendar_told(series, *span));
    let is_stored = units_before.is_some();
    let days = days_told(terms, &series.days.rule(), is_stored, *has_found_start);
    [tick, step, calendar, days].into_iter().flatten().collect()
}

fn calendar_told(series: &Series, span: Option<(i64, i64)>) -> String {
    let (calendar, why) = match series.calendar {
        Calendar::Sessions => ("sessions", "no bar is of a Saturday or Sunday"),
        Calendar::AlwaysOpen if is_long(series.timeframe) => {
            ("always open", "weeks and months tell nothing of their days")
        }
        Calendar::AlwaysOpen if is_short(series, span) => {
            ("always open", "less than seven days of bars tell nothing of weekends")
        }
        Calendar::AlwaysOpen => ("always open", "there are bars of Saturdays or Sundays"),
    };
    format!("calendar: {calendar}, inferred: {why}; for another, declare calendar (--calendar)")
}

fn is_long(timeframe: Timeframe) -> bool {
    matches!(timeframe, Timeframe::WEEK | Timeframe::MONTH)
}

fn is_short(series: &Series, span: Option<(i64, i64)>) -> bool {
    let days = &series.days;
    span.is_none_or(|(first, last)| days.day(last) - days.day(first) + 1 < Calendar::DAYS_TO_JUDGE)
}

/// When days begin, where somebody has left that open: of a stored series it is settled.
fn days_told(
    terms: &Terms,
    rule: &DayRule,
    is_stored: bool,
    has_found_start: bool,
) -> Option<String> {
    let (zone, start) = (&terms.days.time_zone, terms.days.start_minute);
    if is_stored || (zone.is_some() && start.is_some()) {
        return None;
    }
    let from = format!("days: from {} of {}", rule.start(), rule.time_zone);
    Some(if has_found_start {
        format!(
            "{from}, inferred: all bars open so far off the hour; for others, declare time_zone \
             and day_start (--time-zone, --day-start)"
        )
    } else if zone.is_some() {
        format!("{from}, as no other start is declared: day_start (--day-start)")
    } else if start.is_some() {
        format!("{from}, as no other zone is declared: time_zone (--time-zone)")
    } else {
        format!(
            "{from}, as no others are declared: time_zone and day_start (--time-zone, --day-start)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::market_days::DayTerms;
    use crate::data::terms::Known;
    use crate::data::{Assembled, Declared, Room, assemble, read_csv};

    /// What is told of a file with bars that open at these minutes, each with one price.
    fn told(
        rows: &[(i64, &str)],
        (timeframe, terms): (&str, &Terms),
        known: Option<&Assembled>,
    ) -> Vec<String> {
        assembled(rows, (timeframe, terms), known).understood.split_off(1)
    }

    fn assembled(
        rows: &[(i64, &str)],
        (timeframe, terms): (&str, &Terms),
        known: Option<&Assembled>,
    ) -> Assembled {
        let row = |(minute, price): &(i64, &str)| {
            format!("{},{price},{price},{price},{price}\n", minute * 60)
        };
        let text =
            format!("time,open,high,low,close\n{}", rows.iter().map(row).collect::<String>());
        let declared = Declared::of(timeframe.parse().unwrap());
        let parsed = read_csv("a.csv", text.as_bytes(), &declared).unwrap();
        let known = known.map(|it| Known { series: &it.series, inferred: it.inferred });
        assemble(vec![parsed], known, terms, &Room::memory()).unwrap()
    }

    #[test]
    fn what_nobody_declared_is_told_in_a_line_each() {
        let lines = told(&[(0, "1.25"), (1, "900.5")], ("1m", &Terms::default()), None);
        let wanted = [
            "price tick: 0.01, inferred from the decimals of the prices; for another, declare \
             price_tick (--price-tick)",
            "quantity step: 0.000001, inferred from tick and greatest price; for another, declare \
             quantity_step (--quantity-step)",
            "calendar: always open, inferred: less than seven days of bars tell nothing of \
             weekends; for another, declare calendar (--calendar)",
            "days: from 00:00 of UTC, as no others are declared: time_zone and day_start \
             (--time-zone, --day-start)",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn what_is_declared_is_no_decision() {
        let days = DayTerms { time_zone: Some("UTC".to_owned()), start_minute: Some(0) };
        let terms = Terms {
            price_tick: "0.01".parse().ok(),
            quantity_step: "1".parse().ok(),
            calendar: Some(Calendar::Sessions),
            days,
            quote_currency: None,
            replace: false,
        };
        assert_eq!(told(&[(0, "1.25")], ("1m", &terms), None), [""; 0]);
    }

    #[test]
    fn a_calendar_and_a_start_that_bars_show_are_told_with_what_showed_them() {
        let days = |wanted: [i64; 8]| wanted.map(|day| (day * 24 * 60, "1"));
        let plain = Terms::default();
        // 1970-01-05 was a Monday.
        let weekdays = told(&days([4, 5, 6, 7, 8, 11, 12, 13]), ("1d", &plain), None);
        let said = &weekdays[2];
        assert!(
            said.starts_with("calendar: sessions, inferred: no bar is of a Saturday"),
            "{said}"
        );
        let all = told(&days([4, 5, 6, 7, 8, 9, 10, 11]), ("1d", &plain), None);
        assert!(all[2].contains("always open, inferred: there are bars of Saturdays"), "{all:?}");
        let hours = told(&[(30, "1"), (90, "1"), (150, "1")], ("1h", &plain), None);
        let said = &hours[3];
        assert!(said.starts_with("days: from 00:30 of UTC, inferred: all bars open"), "{said}");
    }

    #[test]
    fn a_tick_that_further_bars_refine_is_told_with_the_one_before() {
        let plain = Terms::default();
        let first = assembled(&[(0, "1.5")], ("1m", &plain), None);
        let lines = told(&[(1, "1.125")], ("1m", &plain), Some(&first));
        assert!(lines[0].starts_with("price tick: 0.001 (before, 0.1), inferred"), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("days:")), "stored days: {lines:?}");
    }
}
