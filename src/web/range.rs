//! Which bytes of a file a request wants: the header `Range` of RFC 9110, one range of it.

use std::ops::Range;

use http::{HeaderMap, header};

/// What is answered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that there are none of.
    Nothing,
}

/// What the headers want of a file of that length and tag. Several ranges at once, and what is no
/// range of bytes, are answered by the whole, as the RFC allows.
pub(super) fn wanted(headers: &HeaderMap, length: u64, tag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    match part(range.trim(), length) {
        None => Wanted::Whole,
        Some(range) if range.is_empty() => Wanted::Nothing,
        Some(range) => Wanted::Part(range),
    }
}

/// The bytes meant, empty if there are none; `None` for what is no single range.
fn part(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too large for us is larger than any file.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (first, last) {
        ("", last) => Some(length.saturating_sub(number(last)?)..length),
        (first, "") => Some(number(first)?.min(length)..length),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Wanted {
        let headers = [(header::RANGE, range.parse().unwrap())].into_iter().collect();
        wanted(&headers, 10, "\"tag\"")
    }

    #[test]
    fn a_range_is_cut_to_the_file() {
        for (text, range) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-5", 2..6),
            ("bytes=7-", 7..10),
            ("bytes=7-99999999999999999999999", 7..10),
            ("bytes=-3", 7..10),
            ("bytes=-30", 0..10),
            ("bytes= 0-9", 0..10),
        ] {
            assert_eq!(of(text), Wanted::Part(range), "{text}");
        }
    }

    #[test]
    fn bytes_behind_the_end_are_none_and_what_is_no_range_is_the_whole() {
        for text in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(text), Wanted::Nothing, "{text}");
        }
        for text in
            ["bytes=5-2", "bytes=0-1,3-4", "bytes=a-b", "lines=1-2", "bytes=-", "bytes=+1-2"]
        {
            assert_eq!(of(text), Wanted::Whole, "{text}");
        }
    }

    #[test]
    fn a_part_of_another_version_is_not_what_was_meant() {
        let mut headers: HeaderMap =
            [(header::RANGE, "bytes=0-1".parse().unwrap())].into_iter().collect();
        headers.insert(header::IF_RANGE, "\"tag\"".parse().unwrap());
        assert_eq!(wanted(&headers, 10, "\"tag\""), Wanted::Part(0..2));
        assert_eq!(wanted(&headers, 10, "\"other\""), Wanted::Whole);
    }
}
