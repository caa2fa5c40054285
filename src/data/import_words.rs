//! Fields, headings and names as they stand in refusals: quoted, and cut where they are long.

use super::reading::{iso, normal};

/// The most characters of a faulty field that a message repeats.
const QUOTED_CHARS_MAX: usize = 40;
/// The most headings that a message lists.
const LISTED_MAX: usize = 20;
/// A heading of more words than this is several that blanks part.
const HEADING_WORDS_MAX: usize = 3;
/// The most fields of a first row that a message repeats.
const FIELDS_MAX: usize = 8;

/// The field in quotes, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// The headings, cut where there are many.
pub(super) fn listed(headings: &[String]) -> String {
    let name = |(index, heading): (usize, &String)| match heading.as_str() {
        "" => format!("column {} without a name", index + 1),
        name => quoted_if_long(name),
    };
    let shown: Vec<String> = headings.iter().enumerate().take(LISTED_MAX).map(name).collect();
    let more = headings.len() - shown.len();
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

/// Which columns there are, and what to do if one that is needed is not among them.
pub(super) fn columns_told(found: &[String], missing: &str) -> String {
    match found {
        [one] if one.split_whitespace().nth(HEADING_WORDS_MAX).is_some() => format!(
            "its only column is {}: if blanks part its fields, put commas in their place (tr -s \
             ' ' ',' <FILE)",
            quoted(one)
        ),
        _ => {
            let is_end = |name: &&String| ENDS.contains(&&*normal(name));
            let end = found.iter().find(is_end).filter(|_| missing == "open_time");
            let heading = end.map_or("HEADING", String::as_str);
            let edge = if end.is_some() { " --time-is close" } else { "" };
            format!(
                "its columns are {}; name them with `columns`, as in --column \
                 {missing}={heading}{edge}",
                listed(found)
            )
        }
    }
}

/// Headings of the ends of bars.
const ENDS: [&str; 8] = [
    "closetime",
    "timeclose",
    "endtime",
    "timeend",
    "end",
    "timeperiodend",
    "periodend",
    "closetimestamp",
];
/// A count of seconds in that range is a number that bars were never stamped with; a date, perhaps.
const DATE_COUNTS: std::ops::Range<i64> = 3_600..63_072_000;

/// The time, or the number itself where that can be no time of a bar.
pub(super) fn moment(time_ms: i64) -> String {
    match date_pattern(time_ms) {
        Some(_) => format!("the number {}", time_ms / 1000),
        None => iso(time_ms),
    }
}

/// How a number may be written that is a date and was read as seconds since 1970.
pub(super) fn date_pattern(time_ms: i64) -> Option<&'static str> {
    let number = time_ms / 1000;
    let is_year = |year: i64| (1900..2100).contains(&year);
    DATE_COUNTS.contains(&number).then_some(match number {
        10_000_000.. => "%d%m%Y",
        1_000_000.. if is_year(number / 1000) => "%Y%j",
        1_000_000.. => "%d%m%Y",
        100_000.. => "%y%m%d",
        _ => "%y%j",
    })
}

/// What to do about rows that are in no order.
pub(super) fn order_advice(time_ms: i64) -> String {
    date_pattern(time_ms).map_or_else(|| "sort the rows, oldest first".to_owned(), date_advice)
}

/// What to do about numbers that may be dates.
pub(super) fn date_advice(pattern: &str) -> String {
    format!(
        "it was read as a count since 1970: if it is a date, declare how it is written, as in \
         --time-format '{pattern}'"
    )
}

/// A name, cut where it is long.
fn quoted_if_long(name: &str) -> String {
    if name.chars().count() > QUOTED_CHARS_MAX { quoted(name) } else { name.to_owned() }
}

/// The fields of a row, cut where they are many.
pub(super) fn row(fields: &[String]) -> String {
    let shown: Vec<String> =
        fields.iter().take(FIELDS_MAX).map(|field| quoted_if_long(field)).collect();
    let more = if fields.len() > FIELDS_MAX { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// What was perhaps meant, as the end of a sentence.
pub(super) fn suggested(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}
