//! Columns of times, each settled as a whole.

use super::*;
use crate::data::reading::grid::{Edge, Grid};
use crate::market::OPEN_TIMES_MS;
use proptest::prelude::*;

/// 2020-01-01.
const NEW_YEAR: i64 = 1_577_836_800_000;

fn settled(
    terms: &TimeTerms,
    timeframe: &str,
    fields: &[&str],
) -> Result<(Vec<i64>, String), TimeError> {
    let mut column = TimeColumn::new(terms.clone(), None);
    for field in fields {
        let mut parts = field.split('|');
        let date = parts.next().unwrap_or_default();
        column.push(date.as_bytes(), parts.next().map(str::as_bytes))?;
    }
    let settled =
        column.settle(&Grid::utc(timeframe.parse().unwrap())).map_err(|(_, error)| error)?;
    Ok((settled.times_ms.into_vec(), settled.told.join(", ")))
}

fn all(timeframe: &str, fields: &[&str]) -> Result<Vec<i64>, TimeError> {
    settled(&TimeTerms::default(), timeframe, fields).map(|found| found.0)
}

fn read(field: &str) -> Result<i64, TimeError> {
    all("1m", &[field]).map(|times| times[0])
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn every_form_of_one_moment_is_the_same_time() {
    let forms = [
        "1577836800",
        "1577836800.0",
        "1577836800000",
        "1.5778368e12",
        "1577836800000000",
        "1577836800000000000",
        "43831",
        "2020-01-01",
        "20200101",
        "20200101000000",
        "2020-01-01 00:00",
        "2020/1/1 0:00",
        "01-Jan-2020",
        "01/01/2020",
        "2020-01-01 00:00:00",
        " 2020-01-01 00:00:00 UTC",
        "2020-01-01T00:00:00Z",
        "2020-01-01 00:00:00+00:00",
        "2020-01-01T01:30:00.000+01:30",
        "20191231 19:00:00 US/Eastern",
    ];
    for text in forms {
        let timeframe = if text == "43831" { "1d" } else { "1m" };
        assert_eq!(all(timeframe, &[text]), Ok(vec![NEW_YEAR]), "{text}");
    }
}

#[test]
fn fractions_are_kept_to_the_millisecond_and_refused_beyond() {
    assert_eq!(read("1577836800.25"), Ok(NEW_YEAR + 250));
    assert_eq!(read("2020-01-01 00:00:00.25"), Ok(NEW_YEAR + 250));
    let finer = ["1577836800.0001", "1577836800000.5", "1577836800000001", "1577836800000000001"];
    for text in finer.into_iter().chain(["2020-01-01 00:00:00.0001"]) {
        assert_eq!(read(text), Err(TimeError::SubMillisecond), "{text}");
    }
}

#[test]
fn times_before_1970_are_allowed_in_seconds_and_in_text() {
    assert_eq!(read("-86400"), Ok(-86_400_000));
    assert_eq!(read("1969-12-31"), Ok(-86_400_000));
    assert_eq!(read("60000"), Ok(60_000_000));
}

#[test]
fn rows_of_another_form_are_refused() {
    let other = |expected, found| Err(TimeError::OtherForm { expected, found });
    let (seconds, ms) = (TimeForm::Seconds, TimeForm::Milliseconds);
    assert_eq!(all("1m", &["1577836800", "1577836860000"]), other(seconds, ms));
    assert_eq!(all("1m", &["1577836800", "2020-01-01"]), other(seconds, TimeForm::Text));
    assert_eq!(all("1m", &["2020-01-01", "1577836800"]), other(TimeForm::Text, seconds));
    assert_eq!(all("1m", &["1577836800", "soon"]), Err(TimeError::Malformed));
    assert_eq!(all("1d", &["2020-01-01", "13/01/2020"]), Err(TimeError::NoDateOrder));
}

#[test]
fn counts_that_grow_across_the_border_of_a_unit_are_one_unit() {
    let found = all("1d", &["99964800000", "100051200000"]);
    assert_eq!(found, Ok(vec![99_964_800_000, 100_051_200_000]));
    let found = all("1d", &["0", "86400000", "172800000"]);
    assert_eq!(found, Ok(vec![0, 86_400_000, 172_800_000]));
}

#[test]
fn a_day_with_an_offset_is_the_day_that_is_written() {
    let days = ["2024-03-08 00:00:00-05:00", "2024-03-11 00:00:00-04:00"];
    assert_eq!(all("1d", &days), Ok(vec![ms("2024-03-08T00:00:00Z"), ms("2024-03-11T00:00:00Z")]));
    let hours = ["2024-03-08 09:30:00-05:00", "2024-03-11 09:30:00-04:00"];
    assert_eq!(
        all("30m", &hours),
        Ok(vec![ms("2024-03-08T14:30:00Z"), ms("2024-03-11T13:30:00Z")])
    );
}

#[test]
fn clocks_without_a_zone_are_those_of_the_declared_zone_or_utc() {
    let fields = ["2024-03-08 09:30:00", "2024-03-11 09:30:00"];
    let (times, told) = settled(&TimeTerms::default(), "1m", &fields).unwrap();
    assert_eq!(times[0], ms("2024-03-08T09:30:00Z"));
    assert!(told.contains("no zone: taken as UTC"), "{told}");
    let terms = TimeTerms { zone: zone_named("America/New_York"), ..TimeTerms::default() };
    let (times, told) = settled(&terms, "1m", &fields).unwrap();
    assert_eq!(times, [ms("2024-03-08T14:30:00Z"), ms("2024-03-11T13:30:00Z")]);
    assert!(told.contains("America/New_York"), "{told}");
    let skipped = settled(&terms, "1m", &["2024-03-10 02:30"]);
    assert_eq!(skipped, Err(TimeError::Skipped));
    let falling = ["2024-11-03 01:30", "2024-11-03 01:00", "2024-11-03 01:30", "2024-11-03 01:00"];
    let (times, _) = settled(&terms, "30m", &falling).unwrap();
    let half_hour = 1_800_000;
    let first = ms("2024-11-03T05:00:00Z");
    assert_eq!(times, [3, 2, 1, 0].map(|step| first + step * half_hour));
}

#[test]
fn dates_and_times_of_day_in_two_columns_are_one_time() {
    let wanted = ms("2024-01-02T09:00:00Z");
    let spellings = [
        "20240102|090000",
        "20240102|90000",
        "2024.01.02|09:00:00",
        "2024/1/2|9:00",
        "20240102|0900",
        "20240102|900",
        "02-Jan-2024|9:00 AM",
    ];
    for text in spellings {
        assert_eq!(read(text), Ok(wanted), "{text}");
    }
    assert_eq!(all("1h", &["20240102|9", "20240102|10"]), Err(TimeError::OpenClock));
    let seconds = ["20240102|0", "20240102|100", "20240102|5900"];
    assert_eq!(all("1m", &seconds).map(|times| times[2] - times[1]), Ok(58 * 60_000));
}

#[test]
fn a_close_is_the_end_of_its_bar() {
    let terms = TimeTerms { edge: Some(Edge::Close), ..TimeTerms::default() };
    for text in ["1577836860000", "1577836859999", "2020-01-01 00:01", "1577836859"] {
        let found = settled(&terms, "1m", &[text]).map(|found| found.0);
        assert_eq!(found, Ok(vec![NEW_YEAR]), "{text}");
    }
    let day = settled(&terms, "1d", &["2020-01-01"]).map(|found| found.0);
    assert_eq!(day, Ok(vec![NEW_YEAR]), "a mere day is itself");
}

#[test]
fn a_declared_format_wins() {
    let with =
        |format: &str| TimeTerms { format: Some(format.parse().unwrap()), ..TimeTerms::default() };
    let day = ms("2020-02-01T00:00:00Z");
    let found = |format, field| settled(&with(format), "1m", &[field]).map(|found| found.0);
    assert_eq!(found("dmy", "01/02/2020"), Ok(vec![day]));
    assert_eq!(found("mdy", "02/01/2020"), Ok(vec![day]));
    assert_eq!(found("ymd", "20/02/01"), Ok(vec![day]));
    assert_eq!(found("%d/%m/%y", "01/02/20"), Ok(vec![day]));
    assert_eq!(found("%d.%m.%Y %H:%M", "01.02.2020 00:05"), Ok(vec![day + 300_000]));
    assert_eq!(found("%d.%m.%Y %H:%M", "01.02.2020|00:05"), Ok(vec![day + 300_000]));
    assert_eq!(found("ms", "60000"), Ok(vec![60_000]));
    assert!(matches!(found("%d/%m/%y", "soon"), Err(TimeError::OffFormat(_))));
    assert_eq!(found("dmy", "12/31/2020"), Err(TimeError::NoDateOrder));
}

#[test]
fn what_is_no_time_is_refused_by_its_kind() {
    for text in ["", "soon", "2020-13-01", "12:00", "NaN"] {
        assert_eq!(read(text), Err(TimeError::Malformed), "{text}");
    }
    assert_eq!(read("2020-01-01[Europe/Belrin]"), Err(TimeError::UnknownZone));
    for text in ["1899-12-31", "2262-01-01", "99999999999", "-99999999999999999999"] {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(read("1899-12-31"), Err(TimeError::OutOfRange));
}

proptest! {
    #[test]
    fn a_time_survives_its_iso_form(time_ms in OPEN_TIMES_MS) {
        prop_assert_eq!(read(&iso(time_ms)), Ok(time_ms));
    }

    #[test]
    fn any_text_is_a_time_or_refused(
        rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..4),
    ) {
        let mut column = TimeColumn::new(TimeTerms::default(), None);
        if rows.iter().all(|row| column.push(row, None).is_ok()) {
            let _ = column.settle(&Grid::utc("1m".parse().unwrap()));
        }
    }

    #[test]
    fn any_rows_of_dates_are_times_or_refused(
        rows in prop::collection::vec(
            "[0-9]{1,4}[-/. ][0-9A-Za-z]{1,3}[-/. ][0-9]{1,4}[T ]?[0-9:]{0,8}",
            1..4,
        ),
    ) {
        let _ = all("1d", &rows.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn a_day_of_a_year_is_no_number_of_a_spreadsheet_unless_that_is_declared() {
    let error = all("1d", &["24057", "24058"]).unwrap_err().to_string();
    assert!(error.contains("may be 1965-11-11 as spreadsheets count days, or day 57 of 2024"));
    assert!(error.contains("--time-format excel, or '%y%j'"), "{error}");
    let declared = |format: &str, fields: &[&str]| {
        let terms = TimeTerms { format: Some(format.parse().unwrap()), ..TimeTerms::default() };
        settled(&terms, "1d", fields).map(|found| found.0[0])
    };
    assert_eq!(declared("%y%j", &["24057", "24058"]), Ok(ms("2024-02-26T00:00:00Z")));
    assert_eq!(declared("excel", &["24057", "24058"]), Ok(ms("1965-11-11T00:00:00Z")));
    // What one row rules out is no question; nor is this century.
    assert_eq!(all("1d", &["24057", "24999"]).map(|it| it[0]), Ok(ms("1965-11-11T00:00:00Z")));
    assert_eq!(all("1d", &["45303"]).map(|it| it[0]), Ok(ms("2024-01-12T00:00:00Z")));
}
