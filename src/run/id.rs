//! The name of a run.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// A `UUIDv7`: sorts by the time of submission, and within a millisecond by which was made first.
/// Written in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

/// The text is no run id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a run id such as 01993f0e-7c1b-7d2a-9f3e-5b6c7d8e9f00")]
pub struct RunIdError;

impl RunId {
    /// A new id of a run submitted at that time.
    pub fn new(now_ms: i64) -> Self {
        let millis = u64::try_from(now_ms).unwrap_or(0);
        let (seconds, nanos) = (millis / 1_000, (millis % 1_000) as u32 * 1_000_000);
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos));
        let mut bytes = id.into_bytes();
        // The twelve bits behind the version: a counter, as RFC 9562 suggests.
        let number = number_within(millis).to_be_bytes();
        bytes[6..8].copy_from_slice(&[0x70 | number[0] & 0x0f, number[1]]);
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of these 16 bytes; `None` if there are not 16.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

/// How many ids of that millisecond there were just before; a number of twelve bits. Lists are
/// ordered by id where times are equal, and nobody should find his runs the other way round.
fn number_within(millis: u64) -> u16 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let next = |last| Some(next_after(last, millis));
    let (Ok(last) | Err(last)) = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    (next_after(last, millis) & 0xfff) as u16
}

/// A millisecond and the number in its twelve last bits, after such a pair.
const fn next_after(last: u64, millis: u64) -> u64 {
    if last >> 12 == millis { last + 1 } else { millis << 12 }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    /// Takes the one canonical spelling only, so that an id is also a stable key for clients. A
    /// UUID of another version is the id of no run, and so is unknown rather than malformed.
    fn from_str(text: &str) -> Result<Self, RunIdError> {
        let id = Self(Uuid::parse_str(text).map_err(|_| RunIdError)?);
        if id.to_string() == text { Ok(id) } else { Err(RunIdError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_sorts_by_time() {
        let (early, late) = (RunId::new(1_000), RunId::new(2_000));
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let first = next_after(next_after(0, 6), 7);
        let numbers = std::iter::successors(Some(first), |last| Some(next_after(*last, 7)));
        assert!(numbers.take(0x1000).eq(0x7000..0x8000));
        let id = RunId::new(1_234_567_890_123);
        assert_eq!((id.0.get_version_num(), id.0.get_variant()), (7, uuid::Variant::RFC4122));
        assert!(id.to_string().starts_with("011f71fb-04cb-7"), "{id}");
    }

    #[test]
    fn other_spellings_are_refused_and_other_versions_are_not() {
        let id = RunId::new(1_000).to_string();
        for text in ["", "x", &id.to_uppercase(), &id.replace('-', "")] {
            assert_eq!(text.parse::<RunId>(), Err(RunIdError), "{text:?}");
        }
        for text in ["9b2d5c0e-4a57-4f0f-8a61-2f1f0c6d7e11", &Uuid::nil().to_string()] {
            assert!(text.parse::<RunId>().is_ok(), "{text}");
        }
    }
}
