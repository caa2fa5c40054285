//! The bars of one stored version, as somebody wants to see or to keep them.

use std::ops::Range;
use std::sync::Arc;

use super::bar_file::BarFileError;
use super::bar_store::ResampledError;
use super::library::{Library, LibraryError, blocking};
use crate::digest::Digest;
use crate::market::{Series, Timeframe};

/// Which bars of which version are wanted.
#[derive(Clone, Copy, Debug)]
pub struct VersionRequest {
    /// Its content.
    pub data: Digest,
    /// The timeframe; `None` for its own.
    pub timeframe: Option<Timeframe>,
    /// First bar at or after this time.
    pub start_ms: Option<i64>,
    /// Last bar ending at or before this time.
    pub end_ms: Option<i64>,
    /// Only so many of the first of them and, with `tail`, of the last; 0 and 0 for all.
    pub head: usize,
    /// See `head`.
    pub tail: usize,
}

impl Library {
    /// The series, and which of its bars are wanted: in order, each once.
    pub async fn version(
        &self,
        request: VersionRequest,
    ) -> Result<(Arc<Series>, Vec<Range<usize>>), LibraryError> {
        let (bars, data) = (Arc::clone(&self.bars), request.data);
        blocking(move || {
            let series = match request.timeframe {
                None => bars.load(&data).map_err(ResampledError::File),
                Some(timeframe) => bars.resampled(&data, timeframe),
            };
            let series = series.map_err(|error| match error {
                ResampledError::File(BarFileError::Missing(_)) => {
                    LibraryError::UnknownVersion(data)
                }
                ResampledError::File(error) => LibraryError::Unreadable(error),
                ResampledError::Timeframe(error) => LibraryError::Timeframe(error),
            })?;
            let range = series.range(request.start_ms, request.end_ms);
            Ok((series, ends_of(range, request.head, request.tail)))
        })
        .await
    }
}

/// The first and the last of a range; all of it if neither is asked for.
pub(super) fn ends_of(range: Range<usize>, head: usize, tail: usize) -> Vec<Range<usize>> {
    if head == 0 && tail == 0 {
        return vec![range];
    }
    let head_end = range.start.saturating_add(head).min(range.end);
    let tail_start = range.end.saturating_sub(tail).max(head_end);
    vec![range.start..head_end, tail_start..range.end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_bars_come_once_each() {
        let bars =
            |head, tail| ends_of(10..20, head, tail).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(bars(2, 1), [10, 11, 19]);
        assert_eq!(bars(0, 2), [18, 19]);
        assert_eq!(bars(usize::MAX, 0), (10..20).collect::<Vec<_>>());
        assert_eq!(bars(7, 7), (10..20).collect::<Vec<_>>(), "none twice");
        assert_eq!(bars(0, 0), (10..20).collect::<Vec<_>>());
    }
}
