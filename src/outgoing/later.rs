//! When somebody who cannot take a request now wants to be asked again: `Retry-After` of RFC 9110.

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::fmt::rfc2822;

/// In so many seconds, or at that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Seconds from the answer on.
    In(u32),
    /// Unix milliseconds.
    At(i64),
}

impl Later {
    /// What the headers say; `None` if they say nothing, or nothing that is understood.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        match text.parse() {
            Ok(seconds) => Some(Self::In(seconds)),
            Err(_) => Some(Self::At(rfc2822::parse(text).ok()?.timestamp().as_millisecond())),
        }
    }

    /// The time, for an answer that came at that one.
    pub const fn after_ms(self, now_ms: i64) -> i64 {
        match self {
            Self::In(seconds) => now_ms + seconds as i64 * 1_000,
            Self::At(time_ms) => time_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &'static str) -> Option<Later> {
        Later::of(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]))
    }

    #[test]
    fn seconds_and_dates_are_understood_and_nothing_else() {
        assert_eq!(of("120"), Some(Later::In(120)));
        let date = of("Fri, 31 Dec 1999 23:59:59 GMT").unwrap();
        assert_eq!((date, date.after_ms(5)), (Later::At(946_684_799_000), 946_684_799_000));
        assert_eq!(Later::In(120).after_ms(5), 120_005);
        for nothing in ["", "soon", "-5", "1.5", "99999999999999999999", "2026-01-01"] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
        assert_eq!(Later::of(&HeaderMap::new()), None);
    }
}
