//! Fields, headings and names as they stand in refusals: quoted, and cut where they are long.

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
        _ => format!(
            "its columns are {}; name them with `columns`, as in --column {missing}=HEADING",
            listed(found)
        ),
    }
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
