//! What headings mean, in the words that vendors and programs use. Knows nothing of the rows below.

use super::vocabulary::{
    CLOCKS, CLOSES, HIGHS, LOWS, OPENS, SPLITS, SYMBOLS, TIMES, TRADED, VOLUMES, WEAK_TIMES,
};
use crate::spelling::distance;

/// The columns that bars are made of, and those that say which rows to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum BarColumn {
    OpenTime,
    Open,
    High,
    Low,
    Close,
    Volume,
    TimeOfDay,
    Symbol,
    Split,
    Price,
}

/// How many [`BarColumn`]s there are.
pub(super) const COLUMN_COUNT: usize = 10;

impl BarColumn {
    pub(in crate::data) const ALL: [Self; COLUMN_COUNT] = [
        Self::OpenTime,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::TimeOfDay,
        Self::Symbol,
        Self::Split,
        Self::Price,
    ];
    /// The prices, in the order in which they stand in a bar.
    pub(in crate::data) const PRICES: [Self; 4] = [Self::Open, Self::High, Self::Low, Self::Close];
    /// Those without which there are no bars.
    pub(super) const NEEDED: [Self; 5] =
        [Self::OpenTime, Self::Open, Self::High, Self::Low, Self::Close];

    /// Our name of the column, as requests spell it.
    pub(in crate::data) const fn name(self) -> &'static str {
        match self {
            Self::OpenTime => "open_time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::TimeOfDay => "time_of_day",
            Self::Symbol => "symbol",
            Self::Split => "split",
            Self::Price => "price",
        }
    }

    /// Headings that mean this column, as [`normal`] writes them, the most telling first.
    pub(super) const fn usual(self) -> &'static [&'static str] {
        match self {
            Self::OpenTime => &TIMES,
            Self::Open => &OPENS,
            Self::High => &HIGHS,
            Self::Low => &LOWS,
            Self::Close => &CLOSES,
            Self::Volume => &VOLUMES,
            Self::TimeOfDay => &CLOCKS,
            Self::Symbol => &SYMBOLS,
            Self::Split => &SPLITS,
            Self::Price => &TRADED,
        }
    }
}

/// Whether the fields below must look like times, for the heading says too little.
pub(super) fn is_weak_time(normal: &str) -> bool {
    WEAK_TIMES.contains(&normal)
}

/// Whether the heading means times.
pub(in crate::data) fn is_time_heading(heading: &str) -> bool {
    TIMES.contains(&&*normal(heading))
}

/// Headings are compared by their letters and digits alone, in lower case, without a number in
/// front, as `1. open` has it.
pub(in crate::data) fn normal(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric());
    let all: String = kept.flat_map(char::to_lowercase).collect();
    let unnumbered = all.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if unnumbered.is_empty() { all } else { unnumbered.to_owned() }
}

/// The heading without what it has in brackets, as in `Volume (BTC)`.
pub(super) fn unbracketed(heading: &str) -> String {
    normal(heading.split(['(', '[']).next().unwrap_or(heading))
}

/// How many of these headings are known.
pub(super) fn known_count(headings: &[String]) -> usize {
    let is_known = |heading: &&String| {
        let normal = normal(heading);
        !normal.is_empty() && BarColumn::ALL.iter().any(|it| it.usual().contains(&&*normal))
    };
    headings.iter().filter(is_known).count()
}

/// The candidate nearest to `given` by letters and digits, if any is near.
pub(in crate::data) fn nearest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let given = normal(given);
    let near = |name: &'a str| Some((distance(&given, &normal(name))?, name));
    let rated = candidates.into_iter().filter_map(near);
    rated.min_by_key(|(distance, _)| *distance).map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_compared_by_letters_and_digits() {
        let spellings =
            [("<OPEN>", "open"), (" Open Time ", "opentime"), ("Adj. Close", "adjclose")];
        let more = [("1. open", "open"), ("Close/Last", "closelast"), ("#timestamp", "timestamp")];
        for (heading, wanted) in spellings.into_iter().chain(more) {
            assert_eq!(normal(heading), wanted);
        }
        assert_eq!(unbracketed("Volume (BTC)"), "volume");
        assert_eq!(normal("123"), "123");
    }

    #[test]
    fn no_usual_heading_means_two_things_but_time() {
        let mut seen = std::collections::BTreeMap::new();
        for column in BarColumn::ALL {
            for usual in column.usual() {
                assert_eq!(&normal(usual), usual, "{column:?}");
                if let Some(other) = seen.insert(*usual, column) {
                    let pair = (other, column);
                    let wanted = (BarColumn::OpenTime, BarColumn::TimeOfDay);
                    assert!(*usual == "time" && pair == wanted, "{usual} {pair:?}");
                }
            }
        }
    }
}
